#include "Region.h"

#include <algorithm>
#include <gtest/gtest.h>

#include <random>
#include <set>

namespace tilework::runtime {

static constexpr uintptr_t root = 1 << 20;
static constexpr Span rootSpan = {root, root + (1 << 20)};

/// A view with its storage, and the rectangle that is all of it.
struct Strided {
  int64_t offset, bytes;
  std::vector<int64_t> sizes, strides;

  Box box() const {
    View view = {uintptr_t(root + offset * bytes), bytes, int32_t(sizes.size()), sizes.data(),
                 strides.data()};
    Rectangle whole = {0, TW_READ, view.rank, {}, {}};
    std::copy(sizes.begin(), sizes.end(), whole.sizes.begin());
    Box result;
    EXPECT_TRUE(makeBox(view, whole, rootSpan, result));
    return result;
  }
  std::set<int64_t> touched() const {
    std::set<int64_t> all = {offset * bytes};
    for (size_t d = 0; d < sizes.size(); ++d) {
      std::set<int64_t> grown;
      for (int64_t at : all)
        for (int64_t i = 0; i < sizes[d]; ++i)
          grown.insert(at + i * strides[d] * bytes);
      all = grown;
    }
    std::set<int64_t> byBytes;
    for (int64_t at : all)
      for (int64_t b = 0; b < bytes; ++b)
        byBytes.insert(at + b);
    return byBytes;
  }
};

static bool meet(const std::set<int64_t> &a, const std::set<int64_t> &b) {
  return std::any_of(a.begin(), a.end(), [&](int64_t at) { return b.count(at); });
}

TEST(Box, columns_of_one_matrix_are_apart) {
  Strided left = {0, 4, {16, 128}, {1024, 1}}, right = {128, 4, {16, 128}, {1024, 1}};
  EXPECT_FALSE(overlap(left.box(), right.box()));
  Strided touching = {127, 4, {16, 128}, {1024, 1}};
  EXPECT_TRUE(overlap(left.box(), touching.box()));
}

TEST(Box, corners_touch_without_meeting) {
  Strided a = {0, 2, {8, 8}, {64, 1}}, b = {8 * 64 + 8, 2, {8, 8}, {64, 1}};
  EXPECT_FALSE(overlap(a.box(), b.box()));
  Strided c = {7 * 64 + 7, 2, {8, 8}, {64, 1}};
  EXPECT_TRUE(overlap(a.box(), c.box()));
  EXPECT_TRUE(overlap(b.box(), c.box()));
}

TEST(Box, a_row_piece_is_apart_from_other_columns) {
  Strided piece = {5 * 64 + 32, 4, {1, 16}, {64, 1}};
  EXPECT_FALSE(overlap(piece.box(), Strided{0, 4, {64, 32}, {64, 1}}.box()));
  EXPECT_TRUE(overlap(piece.box(), Strided{16, 4, {64, 17}, {64, 1}}.box()));
}

TEST(Box, heads_of_a_reshaped_row_meet_their_columns_only) {
  Strided head = {3 * 128, 2, {16, 1, 128}, {1024, 128, 1}};
  Strided twoHeads = {3 * 128, 2, {16, 2, 128}, {1024, 128, 1}};
  Strided columns = {4 * 128, 2, {16, 256}, {1024, 1}};
  EXPECT_FALSE(overlap(head.box(), columns.box()));
  EXPECT_TRUE(overlap(twoHeads.box(), columns.box()));
}

TEST(Box, outside_of_the_root_is_refused) {
  int64_t sizes[] = {8}, strides[] = {1};
  View view = {rootSpan.end - 4 * 7, 4, 1, sizes, strides};
  Rectangle whole = {0, TW_READ, 1, {0}, {8}};
  Box box;
  EXPECT_FALSE(makeBox(view, whole, rootSpan, box));
  whole.sizes[0] = 7;
  EXPECT_TRUE(makeBox(view, whole, rootSpan, box));
}

/// Boxes against the sets of bytes they stand for: overlap() is exact, and covers() is for parts of
/// one array, and errs on the safe side for everything else.
TEST(Box, agrees_with_sets_of_bytes) {
  std::mt19937 random(1);
  auto below = [&](int64_t n) { return int64_t(random() % n); };
  int64_t overlapping = 0, covering = 0;
  for (int i = 0; i < 20000; ++i) {
    bool parts = i % 2;
    auto draw = [&]() -> Strided {
      if (parts) { // of an array [4, 6, 10] with padded rows
        int64_t from[3], sizes[3];
        constexpr int64_t whole[] = {4, 6, 10};
        for (int d = 0; d < 3; ++d) {
          from[d] = below(whole[d]);
          sizes[d] = 1 + below(whole[d] - from[d]);
        }
        return {
            from[0] * 96 + from[1] * 12 + from[2], 2, {sizes[0], sizes[1], sizes[2]}, {96, 12, 1}};
      }
      return {200 + below(40),
              2,
              {1 + below(4), 1 + below(4), 1 + below(4)},
              {below(30) - 10, below(12) - 2, below(4)}};
    };
    Strided a = draw(), b = draw();
    auto inA = a.touched(), inB = b.touched();
    bool truth = meet(inA, inB), answer = overlap(a.box(), b.box());
    EXPECT_EQ(answer, truth);
    EXPECT_EQ(answer, overlap(b.box(), a.box()));
    bool holds = std::includes(inA.begin(), inA.end(), inB.begin(), inB.end());
    bool says = covers(a.box(), b.box());
    EXPECT_TRUE(holds || !says);
    if (parts)
      EXPECT_EQ(says, holds);
    overlapping += truth;
    covering += says;
  }
  EXPECT_GT(overlapping, 1000);
  EXPECT_GT(covering, 100);
}

static Rectangle rectangle(int64_t row, int64_t column, int64_t rows, int64_t columns,
                           int32_t direction = TW_READ) {
  return {0, direction, 2, {row, column}, {rows, columns}};
}

TEST(RectangleList, tiles_in_row_order_become_one) {
  RectangleList list;
  list.clear(1);
  for (int64_t row = 0; row < 64; row += 8)
    for (int64_t column = 0; column < 64; column += 16)
      list.append(rectangle(row, column, 8, 16));
  ASSERT_EQ(list.of(0).size(), 1u);
  EXPECT_EQ(list.of(0)[0].sizes[0], 64);
  EXPECT_EQ(list.of(0)[0].sizes[1], 64);
}

TEST(RectangleList, keeps_apart_what_is_no_rectangle) {
  RectangleList list;
  list.clear(1);
  list.append(rectangle(0, 0, 8, 8));
  list.append(rectangle(8, 8, 8, 8));            // a corner
  list.append(rectangle(8, 17, 8, 8));           // a gap
  list.append(rectangle(8, 25, 8, 8, TW_WRITE)); // another direction
  list.append(rectangle(8, 33, 7, 8, TW_WRITE)); // another height
  EXPECT_EQ(list.of(0).size(), 5u);
}

TEST(RectangleList, what_is_held_already_adds_nothing) {
  RectangleList list;
  list.clear(1);
  list.append(rectangle(2, 2, 4, 4));
  list.append(rectangle(3, 3, 1, 1));
  list.append(rectangle(0, 0, 8, 8));
  ASSERT_EQ(list.of(0).size(), 1u);
  EXPECT_EQ(list.of(0)[0].sizes[0], 8);
}

} // namespace tilework::runtime
