#include "Footprint.h"

#include <gtest/gtest.h>
#include <random>
#include <set>

namespace tilework::check {

static std::set<int64_t> bytesOf(int64_t base, int64_t bytes, const Extents &sizes,
                                 const Extents &strides) {
  std::set<int64_t> all = {base};
  for (int d = 0; d < maxRank; ++d) {
    std::set<int64_t> more;
    for (int64_t byte : all)
      for (int64_t i = 0; i < sizes[d]; ++i)
        more.insert(byte + i * strides[d]);
    all = more;
  }
  std::set<int64_t> found;
  for (int64_t byte : all)
    for (int64_t i = 0; i < bytes; ++i)
      found.insert(byte + i);
  return found;
}

struct Case {
  std::set<int64_t> bytes;
  Footprint footprint;
};

static Case randomCase(std::mt19937 &random) {
  auto below = [&](int64_t n) { return static_cast<int64_t>(random() % n); };
  static const int64_t pitches[] = {0, 1, 2, 4, 6, 8, 12, 24, 48, -4, -24};
  Extents sizes, strides;
  int64_t rank = below(4);
  for (int d = 0; d < maxRank; ++d) {
    sizes[d] = d < maxRank - rank ? 1 : 1 + below(4) - (below(40) == 0);
    sizes[d] = std::max<int64_t>(sizes[d], 0);
    strides[d] = pitches[below(std::size(pitches))];
  }
  int64_t base = below(80), bytes = 1 << below(3);
  return {bytesOf(base, bytes, sizes, strides), makeFootprint(base, bytes, sizes, strides)};
}

TEST(Footprint, is_exact_for_any_strides) {
  std::mt19937 random(7);
  int64_t meeting = 0, covering = 0;
  for (int i = 0; i < 40000; ++i) {
    Case a = randomCase(random), b = randomCase(random);
    bool meets = std::any_of(a.bytes.begin(), a.bytes.end(),
                             [&](int64_t byte) { return b.bytes.count(byte) > 0; });
    ASSERT_EQ(overlap(a.footprint, b.footprint), meets) << i;
    ASSERT_EQ(overlap(b.footprint, a.footprint), meets) << i;
    bool holds = std::includes(a.bytes.begin(), a.bytes.end(), b.bytes.begin(), b.bytes.end());
    if (covers(a.footprint, b.footprint)) {
      ASSERT_TRUE(holds) << i;
      ++covering;
    }
    meeting += meets;
    std::set<int64_t> runs;
    forEachRun(a.footprint, [&](int64_t begin, int64_t width) {
      for (int64_t byte = begin; byte < begin + width; ++byte)
        runs.insert(byte);
    });
    ASSERT_EQ(runs, a.bytes) << i;
  }
  EXPECT_GT(meeting, 5000);
  EXPECT_GT(covering, 500);
}

TEST(Footprint, columns_of_one_matrix_are_apart) {
  auto columns = [](int64_t first, int64_t count) {
    return makeFootprint(first * 2, 2, {1, 1, 1, 128, count}, {0, 0, 0, 2048, 2});
  };
  EXPECT_FALSE(overlap(columns(0, 64), columns(64, 64)));
  EXPECT_TRUE(overlap(columns(0, 65), columns(64, 64)));
  EXPECT_TRUE(covers(columns(0, 65), columns(1, 64)));
  EXPECT_FALSE(covers(columns(0, 64), columns(1, 64)));
}

} // namespace tilework::check
