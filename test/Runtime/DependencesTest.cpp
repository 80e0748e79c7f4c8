#include "Dependences.h"

#include <gtest/gtest.h>
#include <map>
#include <random>

namespace tilework::runtime {

using recording::Dependence;

namespace {

using Pairs = std::vector<std::pair<int64_t, uint32_t>>;

Pairs united(const Pairs &given) {
  std::vector<Dependence> dependences;
  for (auto [task, reasons] : given)
    dependences.push_back({task, reasons});
  unite(dependences);
  Pairs result;
  for (const Dependence &each : dependences)
    result.push_back({each.task, each.reasons});
  return result;
}

} // namespace

TEST(DependencesTest, those_in_order_stay) {
  EXPECT_EQ(united({}), Pairs());
  EXPECT_EQ(united({{7, 1}}), Pairs({{7, 1}}));
  EXPECT_EQ(united({{1, 16}, {4, 1}, {9, 2}}), Pairs({{1, 16}, {4, 1}, {9, 2}}));
}

TEST(DependencesTest, any_others_are_sorted) {
  EXPECT_EQ(united({{9, 2}, {4, 1}, {1, 16}}), Pairs({{1, 16}, {4, 1}, {9, 2}}));
  EXPECT_EQ(united({{4, 1}, {9, 1}, {1, 16}, {6, 16}}), Pairs({{1, 16}, {4, 1}, {6, 16}, {9, 1}}));
}

TEST(DependencesTest, a_task_stands_once_with_all_its_reasons) {
  EXPECT_EQ(united({{4, 1}, {4, 1}}), Pairs({{4, 1}}));
  EXPECT_EQ(united({{1, 1}, {4, 1}, {4, 16}, {9, 1}}), Pairs({{1, 1}, {4, 17}, {9, 1}}));
  EXPECT_EQ(united({{9, 1}, {4, 1}, {9, 2}, {1, 4}, {4, 8}}), Pairs({{1, 4}, {4, 9}, {9, 3}}));
}

TEST(DependencesTest, any_number_in_any_order) {
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    Pairs given;
    std::map<int64_t, uint32_t> expected;
    for (int64_t n = random() % 40, tasks = 1 + random() % 60; n > 0; --n) {
      given.push_back({random() % tasks, 1u << random() % 5});
      expected[given.back().first] |= given.back().second;
    }
    ASSERT_EQ(united(given), Pairs(expected.begin(), expected.end()));
  }
}

} // namespace tilework::runtime
