//===- TaskTokensTest.cpp - which ids submissions are given
//------------------------------------===//

#include "lib/Planning/TaskTokens.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>

using namespace tilework::tokens;

namespace {
/// Writes problems as nests: each statement has its own loops below those that it shares.
struct Nest {
  Problem problem;
  int accesses = 0;

  int statement(std::vector<int> loops) {
    problem.statements.push_back({std::move(loops)});
    return static_cast<int>(problem.statements.size()) - 1;
  }
  Touch touch(int argument, int tensor, bool writes, int64_t begin, int64_t end) {
    problem.arguments = std::max(problem.arguments, argument + 1);
    problem.isKnown.resize(problem.arguments, true);
    return {argument, argument, tensor, !writes, writes, {begin}, {end}};
  }
  void run(int statement, Trips trips, std::vector<Touch> touches, std::vector<int> guards = {}) {
    problem.instances.push_back(
        {statement, std::move(trips), std::move(guards), std::move(touches)});
  }
};

Plan planned(const Problem &problem) {
  Plan result = plan(problem);
  EXPECT_EQ(check(problem, result), "");
  return result;
}
} // namespace

TEST(TaskTokens, GiveTheSameIterationOfAnotherLoop) {
  Nest nest;
  int writer = nest.statement({0}), reader = nest.statement({1});
  for (int i = 0; i < 4; ++i)
    nest.run(writer, {i}, {nest.touch(0, 0, true, i, i + 1)});
  for (int i = 0; i < 4; ++i)
    nest.run(reader, {i}, {nest.touch(1, 0, false, i, i + 1)});
  Plan result = planned(nest.problem);
  ASSERT_EQ(result.tokens.size(), 1u);
  EXPECT_EQ(result.tokens[0].begin[0].factors, std::vector<int64_t>{1});
  EXPECT_EQ(result.tokens[0].begin[0].constant, 0);
  EXPECT_EQ(result.tokens[0].length(), 1);
  EXPECT_TRUE(result.isStatic[0] && result.isStatic[1]);
}

TEST(TaskTokens, AreSharedByReadersOfTheWhole) {
  Nest nest;
  int writer = nest.statement({0}), reader = nest.statement({1});
  for (int i = 0; i < 4; ++i)
    nest.run(writer, {i}, {nest.touch(0, 0, true, i, i + 1)});
  for (int i = 0; i < 3; ++i)
    nest.run(reader, {i}, {nest.touch(1, 0, false, 0, 4)});
  Plan result = planned(nest.problem);
  ASSERT_EQ(result.tokens.size(), 1u);
  EXPECT_TRUE(result.tokens[0].isShared());
  EXPECT_EQ(result.tokens[0].length(), 4);
}

/// At the borders the box is cut off: there is nobody to wait for.
TEST(TaskTokens, ReachAcrossTheBordersOfStencils) {
  Nest nest;
  int writer = nest.statement({0}), reader = nest.statement({1});
  for (int i = 0; i < 5; ++i)
    nest.run(writer, {i}, {nest.touch(0, 0, true, i, i + 1)});
  for (int i = 0; i < 5; ++i)
    nest.run(reader, {i}, {nest.touch(1, 0, false, std::max(i - 1, 0), std::min(i + 2, 5))});
  Plan result = planned(nest.problem);
  ASSERT_EQ(result.tokens.size(), 1u);
  EXPECT_EQ(result.tokens[0].begin[0].constant, -1);
  EXPECT_EQ(result.tokens[0].length(), 3);
}

/// What a path joins needs no token: only the layer before, and of it only the last writer.
TEST(TaskTokens, LeaveOutWhatOthersImply) {
  Nest nest;
  int first = nest.statement({0}), second = nest.statement({0}), third = nest.statement({0});
  for (int layer = 0; layer < 5; ++layer) {
    nest.run(first, {layer}, {nest.touch(0, 0, false, 0, 8), nest.touch(1, 1, true, 0, 8)});
    nest.run(second, {layer}, {nest.touch(2, 1, false, 0, 8), nest.touch(3, 2, true, 0, 8)});
    nest.run(third, {layer}, {nest.touch(4, 2, false, 0, 8), nest.touch(5, 0, true, 0, 8)});
  }
  Plan result = planned(nest.problem);
  ASSERT_EQ(result.tokens.size(), 3u);
  for (const Token &token : result.tokens)
    EXPECT_EQ(token.delta[0], token.producer > token.consumer ? -1 : 0);
}

/// Through a task that may not run there is no path.
TEST(TaskTokens, DoNotRelyOnConditions) {
  Nest nest;
  int first = nest.statement({}), second = nest.statement({}), third = nest.statement({});
  nest.run(first, {}, {nest.touch(0, 0, true, 0, 8)});
  nest.run(second, {}, {nest.touch(1, 0, true, 0, 8)}, {0});
  nest.run(third, {}, {nest.touch(2, 0, false, 0, 8)});
  EXPECT_EQ(planned(nest.problem).tokens.size(), 3u);
  nest.problem.instances[2].guards = {0};
  EXPECT_EQ(planned(nest.problem).tokens.size(), 2u);
}

TEST(TaskTokens, LeaveIrregularPairsToTheRuntime) {
  Nest nest;
  int writer = nest.statement({0}), reader = nest.statement({1});
  for (int i = 0; i < 7; ++i)
    nest.run(writer, {i}, {nest.touch(0, 0, true, i, i + 1), nest.touch(1, 1, true, i, i + 1)});
  for (int i = 0; i < 7; ++i) {
    int at = i * i % 7;
    nest.run(reader, {i}, {nest.touch(2, 0, false, at, at + 1)});
  }
  Plan result = planned(nest.problem);
  EXPECT_TRUE(result.tokens.empty());
  EXPECT_EQ(result.isStatic, (std::vector<bool>{false, true, false}));
}

TEST(TaskTokens, RespectWhatTheAuthorSays) {
  Nest nest;
  int writer = nest.statement({}), reader = nest.statement({});
  nest.run(writer, {}, {nest.touch(0, 0, true, 0, 8)});
  nest.run(reader, {}, {nest.touch(1, 0, false, 0, 8)});
  nest.problem.statements[writer].givesId = nest.problem.statements[reader].takesIds = true;
  EXPECT_TRUE(planned(nest.problem).tokens.empty());
}

TEST(TaskTokens, AreCheckedByTheirEffect) {
  Nest nest;
  int writer = nest.statement({0}), reader = nest.statement({1});
  for (int i = 0; i < 4; ++i)
    nest.run(writer, {i}, {nest.touch(0, 0, true, i, i + 1)});
  for (int i = 0; i < 4; ++i)
    nest.run(reader, {i}, {nest.touch(1, 0, false, i, i + 1)});
  Plan right = planned(nest.problem);
  Plan none = right;
  none.tokens.clear();
  EXPECT_EQ(check(nest.problem, none), "(1 0) does not wait for (0 0)");
  Plan shifted = right;
  shifted.tokens[0].begin[0].constant = 1;
  EXPECT_NE(check(nest.problem, shifted), "");
  Plan wide = right;
  wide.tokens[0].lengths[0] = 2;
  EXPECT_EQ(check(nest.problem, wide), "(1 0) waits for (0 1) for no reason");
  Plan tracked = none;
  tracked.isStatic = {false, false};
  EXPECT_EQ(check(nest.problem, tracked), "");
}

/// Affine touches under random loops and conditions; the check judges every plan.
TEST(TaskTokens, AreTrueAndCompleteOfRandomPrograms) {
  size_t planned = 0;
  for (int seed = 0; seed < 400; ++seed) {
    std::mt19937 random(seed);
    auto below = [&](int limit) { return static_cast<int>(random() % limit); };
    Nest nest;
    bool isNested = below(2);
    int outer = isNested ? 2 + below(3) : 1, count = 2 + below(4);
    struct Shape {
      int statement, trips, tensor, argument;
      bool writes, isConditional;
      int64_t perOuter, perInner, base, length;
    };
    std::vector<Shape> shapes;
    for (int i = 0; i < count; ++i) {
      std::vector<int> loops;
      if (isNested)
        loops.push_back(0);
      loops.push_back(i + 1);
      int statement = nest.statement(loops);
      shapes.push_back({statement, 1 + below(4), below(2), i, below(2) == 0, below(4) == 0,
                        below(3), below(3), below(4), 1 + below(5)});
    }
    int guard = 0;
    for (int i = 0; i < outer; ++i)
      for (const Shape &shape : shapes)
        for (int j = 0; j < shape.trips; ++j) {
          int64_t begin = shape.base + i * shape.perOuter + j * shape.perInner;
          Trips trips = isNested ? Trips{i, j} : Trips{j};
          nest.run(
              shape.statement, trips,
              {nest.touch(shape.argument, shape.tensor, shape.writes, begin, begin + shape.length)},
              shape.isConditional ? std::vector<int>{guard++} : std::vector<int>{});
        }
    Plan result = plan(nest.problem);
    ASSERT_EQ(check(nest.problem, result), "") << "seed " << seed;
    planned += result.tokens.size();
  }
  EXPECT_GT(planned, 500u);
}
