#include "DeclaredBytes.h"

#include <gtest/gtest.h>

namespace tilework::runtime {

constexpr int64_t base = 4096;

/// A kernel of two arguments: a matrix of 8x16 int64, and its transpose.
struct DeclaredBytesTest : testing::Test {
  tw_arg args[2] = {{TW_MEMREF, TW_I64, 2, 0, TW_READ_WRITE, 0, "x"},
                    {TW_MEMREF, TW_I64, 2, 6, TW_READ_WRITE, 0, "xt"}};
  tw_kernel kernel = {};
  std::vector<int64_t> slots = {base, 0, 8, 16, 16, 1, base, 0, 16, 8, 1, 16};
  std::vector<Rectangle> rectangles;

  DeclaredBytesTest() {
    kernel.args = args;
    kernel.num_args = 2;
  }
  void declare(int32_t argument, int32_t direction, int64_t row, int64_t column, int64_t rows,
               int64_t columns) {
    rectangles.push_back({argument, direction, 2, {row, column}, {rows, columns}});
  }
  static tw_region part(int64_t row, int64_t column, int64_t rows, int64_t columns) {
    return {TW_GM, TW_I64, 2, base + (row * 16 + column) * 8, {rows, columns}, {16, 1}};
  }
  std::optional<DeclaredBytes::Breach> find(tw_region region, bool writes) {
    tw_region onChip = region;
    onChip.space = TW_UB;
    tw_instruction instruction = {};
    instruction.num_regions = 2;
    instruction.regions[0] = writes ? onChip : region;
    instruction.regions[1] = writes ? region : onChip;
    return DeclaredBytes(kernel, slots.data(), rectangles).findBreach(instruction);
  }
  bool mayRead(tw_region region) { return !find(region, false); }
  bool mayWrite(tw_region region) { return !find(region, true); }
};

TEST_F(DeclaredBytesTest, a_region_lies_in_a_rectangle) {
  declare(0, TW_READ, 2, 4, 3, 8);
  EXPECT_TRUE(mayRead(part(2, 4, 3, 8)));
  EXPECT_TRUE(mayRead(part(3, 5, 1, 2)));
  EXPECT_FALSE(mayRead(part(1, 4, 3, 8)));
  EXPECT_FALSE(mayRead(part(2, 4, 4, 8)));
  EXPECT_FALSE(mayRead(part(2, 3, 3, 8)));
  EXPECT_FALSE(mayRead(part(2, 4, 3, 9)));
}

TEST_F(DeclaredBytesTest, several_rectangles_hold_a_region_together) {
  declare(0, TW_READ, 4, 0, 4, 16);
  declare(0, TW_READ, 0, 0, 4, 8);
  EXPECT_TRUE(mayRead(part(0, 0, 8, 8)));
  EXPECT_TRUE(mayRead(part(4, 0, 4, 16)));
  EXPECT_FALSE(mayRead(part(0, 0, 8, 9)));
}

TEST_F(DeclaredBytesTest, nothing_is_touched_where_nothing_is_declared) {
  EXPECT_FALSE(mayRead(part(0, 0, 1, 1)));
  EXPECT_TRUE(mayRead(part(0, 0, 0, 16)));
  EXPECT_TRUE(mayWrite(part(0, 0, 8, 0)));
}

TEST_F(DeclaredBytesTest, what_is_written_may_be_read_but_not_the_other_way_round) {
  declare(0, TW_READ, 0, 0, 4, 16);
  declare(0, TW_WRITE, 4, 0, 4, 16);
  EXPECT_TRUE(mayRead(part(0, 0, 8, 16)));
  EXPECT_TRUE(mayWrite(part(4, 0, 4, 16)));
  EXPECT_FALSE(mayWrite(part(3, 0, 2, 16)));
}

TEST_F(DeclaredBytesTest, arguments_may_be_views_of_the_same_array) {
  declare(1, TW_READ_WRITE, 2, 1, 3, 4); // columns 2 to 4 of rows 1 to 4
  EXPECT_TRUE(mayWrite(part(1, 2, 4, 3)));
  EXPECT_FALSE(mayWrite(part(1, 2, 4, 4)));
  EXPECT_FALSE(mayWrite(part(1, 2, 5, 3)));
}

TEST_F(DeclaredBytesTest, a_breach_names_the_first_bytes) {
  declare(0, TW_READ, 0, 4, 2, 8);
  auto breach = find(part(1, 4, 2, 8), false);
  ASSERT_TRUE(breach);
  EXPECT_EQ(breach->region, 0);
  EXPECT_FALSE(breach->writes);
  EXPECT_EQ(breach->bytes.begin, base + (2 * 16 + 4) * 8u);
  EXPECT_EQ(breach->bytes.end, base + (2 * 16 + 12) * 8u);
  breach = find(part(0, 0, 1, 16), false);
  ASSERT_TRUE(breach);
  EXPECT_EQ(breach->bytes.begin, base + 0u);
  EXPECT_EQ(breach->bytes.end, base + 4 * 8u);
  breach = find(part(1, 6, 1, 10), false);
  ASSERT_TRUE(breach);
  EXPECT_EQ(breach->bytes.begin, base + (16 + 12) * 8u);
}

} // namespace tilework::runtime
