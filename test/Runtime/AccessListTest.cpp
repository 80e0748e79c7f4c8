#include "AccessList.h"

#include <algorithm>
#include <bitset>
#include <gtest/gtest.h>
#include <random>

namespace tilework::runtime {

namespace {

constexpr int64_t rootBytes = 1 << 13;
using Bytes = std::bitset<rootBytes>;

/// A rectangle of a strided view, and the bytes it is.
struct Part {
  Box box;
  Bytes bytes;
};

Part partOf(int64_t offset, std::vector<int64_t> sizes, std::vector<int64_t> strides) {
  View view = {static_cast<uintptr_t>(offset), 1, static_cast<int32_t>(sizes.size()), sizes.data(),
               strides.data()};
  Rectangle whole = {0, 0, view.rank, {}, {}};
  std::copy(sizes.begin(), sizes.end(), whole.sizes.begin());
  Part part;
  EXPECT_TRUE(makeBox(view, whole, {0, rootBytes}, part.box));
  std::vector<int64_t> index(sizes.size(), 0);
  for (size_t d = 0; d < sizes.size();) {
    int64_t at = offset;
    for (size_t i = 0; i < sizes.size(); ++i)
      at += index[i] * strides[i];
    part.bytes.set(at);
    for (d = 0; d < sizes.size() && ++index[d] == sizes[d]; ++d)
      index[d] = 0;
  }
  return part;
}

/// Draws parts of one memory: of a matrix in strips or tiles, of a cache, of arrays of three
/// dimensions, of anything; or all of that.
struct Draw {
  std::mt19937 random;
  explicit Draw(uint32_t seed) : random(seed) {}
  int64_t below(int64_t limit) { return static_cast<int64_t>(random() % limit); }

  Part part(int64_t kind) {
    switch (kind) {
    case 0: // columns of a matrix of 64 x 128
      return partOf(below(32) * 4, {64, 4}, {128, 1});
    case 1: // rows
      return partOf(below(64) * 128, {1, 128}, {128, 1});
    case 2: // tiles
      return partOf(below(16) * 4 * 128 + below(16) * 8, {4, 8}, {128, 1});
    case 3: // one row of a cache, or some pages
      return below(3) ? partOf(below(512) * 16, {1, 16}, {16, 1})
                      : partOf(below(32) * 256, {1 + below(1), 256}, {256, 1});
    case 4: { // any rectangle of an array
      int64_t from[3], sizes[3], whole[] = {8, 16, 48}, strides[] = {1024, 64, 1};
      for (int d = 0; d < 3; ++d) {
        from[d] = below(whole[d]);
        sizes[d] = 1 + below(below(2) ? 3 : whole[d] - from[d]);
        sizes[d] = std::min(sizes[d], whole[d] - from[d]);
      }
      return partOf(from[0] * 1024 + from[1] * 64 + from[2], {sizes[0], sizes[1], sizes[2]},
                    {strides[0], strides[1], strides[2]});
    }
    case 5: // bytes
      return below(20) ? partOf(below(8000), {1 + below(30)}, {1})
                       : partOf(below(1000), {1 + below(7000)}, {1});
    case 6: // what runs into itself
      return partOf(below(1000), {1 + below(9), 1 + below(9), 1 + below(9)},
                    {below(300), below(40), below(5)});
    case 7: // tiles at any place
      return partOf(below(61) * 128 + below(121), {4, 8}, {128, 1});
    default:
      return part(below(8));
    }
  }
};

} // namespace

/// Whatever happens, it finds and keeps what a list of sets of bytes does.
TEST(AccessList, finds_what_sets_of_bytes_find) {
  for (uint32_t seed = 0; seed < 54; ++seed) {
    Draw draw(seed);
    AccessList list;
    struct Plain {
      int64_t task;
      Bytes bytes;
    };
    std::vector<Plain> plain;
    int64_t retired = -1, kind = seed % 9, covering = 0, step = 0;
    for (int64_t task = 0; task < 1200; ++task) {
      Part own = draw.part(kind);
      if (draw.below(2) == 0) {
        bool writes = draw.below(2);
        std::vector<int64_t> found, expected, forgotten;
        for (const Plain &each : plain)
          if (each.task > retired && (each.bytes & own.bytes).any())
            expected.push_back(each.task);
        auto find = [&](int64_t earlier) {
          return std::find_if(plain.begin(), plain.end(),
                              [&](const Plain &each) { return each.task == earlier; });
        };
        list.visitMeeting(own.box, writes, [&](int64_t earlier, bool isCovered) {
          if (earlier > retired)
            found.push_back(earlier);
          EXPECT_TRUE(!isCovered || (writes && (find(earlier)->bytes & ~own.bytes).none()));
          covering += isCovered;
          if (!isCovered && earlier > retired)
            return true;
          forgotten.push_back(earlier);
          return false;
        });
        for (int64_t earlier : forgotten)
          plain.erase(find(earlier));
        std::sort(found.begin(), found.end());
        ASSERT_EQ(found, expected) << "seed " << seed << " task " << task;
      }
      list.add(task, own.box, [&](int64_t earlier) { return earlier <= retired; });
      plain.push_back({task, own.bytes});
      // What is retired may be forgotten now or later.
      if (++step % 300 == 0)
        retired = task - 200;
      ASSERT_LE(list.size(), plain.size());
    }
    if (kind < 6) {
      EXPECT_GT(covering, 10) << seed;
    }
  }
}

TEST(AccessList, retired_accesses_do_not_pile_up) {
  Draw draw(1);
  AccessList list;
  for (int64_t task = 0; task < 20000; ++task) {
    list.add(task, draw.part(2).box, [&](int64_t earlier) { return earlier < task - 100; });
    EXPECT_LE(list.size(), 102u);
  }
}

} // namespace tilework::runtime
