#include "Words.h"

#include <gtest/gtest.h>

namespace tilework::runtime {

static int32_t add(WordTable &table, std::vector<int64_t> words) {
  return table.add(words.data(), words.size());
}
static int32_t addAfter(WordTable &table, int32_t before, std::vector<int64_t> words) {
  return table.addAfter(before, words.data(), words.size());
}

TEST(Words, equal_sequences_have_one_number) {
  WordTable table;
  EXPECT_EQ(add(table, {1, 2}), 0);
  EXPECT_EQ(add(table, {2, 1}), 1);
  EXPECT_EQ(add(table, {1, 2}), 0);
  EXPECT_EQ(add(table, {1, 2, 0}), 2);
  EXPECT_EQ(add(table, {}), 3);
  EXPECT_EQ(add(table, {}), 3);
  EXPECT_EQ(table.size(), 4);
  EXPECT_EQ(table[1].count, 2);
  EXPECT_EQ(table[1].words[0], 2);
}

TEST(Words, numbers_stay_while_the_table_grows) {
  WordTable table;
  for (int64_t round = 0; round < 2; ++round)
    for (int64_t i = 0; i < 5000; ++i)
      ASSERT_EQ(add(table, {i, i * i, -i}), i);
  EXPECT_EQ(table[4999].words[1], 4999 * 4999);
}

TEST(Words, what_followed_last_time_is_found_again) {
  WordTable table;
  int32_t first = addAfter(table, -1, {7});
  int32_t even = addAfter(table, first, {8}), odd = addAfter(table, first, {9});
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(addAfter(table, first, {8}), even);
    EXPECT_EQ(addAfter(table, first, {9}), odd);
  }
  EXPECT_EQ(table.size(), 3);
}

} // namespace tilework::runtime
