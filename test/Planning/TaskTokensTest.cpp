//===- TaskTokensTest.cpp - which ids submissions are given -----------------------------------===//

#include "lib/Planning/TaskTokens.h"

#include <gtest/gtest.h>

#include <algorithm>
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
    return {argument, argument, tensor, !writes, writes, {begin}, {end}, {}};
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

/// In a loop of unknown trips: what is before it, and the iteration itself. What is after it, and
/// the next iteration, cannot name who was in it.
TEST(TaskTokens, StayInOneIterationOfGenericLoops) {
  Nest nest;
  nest.problem.generic = {0};
  int before = nest.statement({1}), first = nest.statement({0}), second = nest.statement({0, 2});
  int after = nest.statement({});
  for (int i = 0; i < 2; ++i)
    nest.run(before, {i}, {nest.touch(0, 0, true, i, i + 1)});
  nest.run(first, {0}, {nest.touch(1, 0, false, 0, 2), nest.touch(2, 1, true, 0, 4)});
  for (int i = 0; i < 4; ++i)
    nest.run(second, {0, i}, {nest.touch(3, 1, false, i, i + 1), nest.touch(4, 2, true, i, i + 1)});
  nest.run(after, {}, {nest.touch(5, 2, false, 0, 4)});
  nest.problem.isKnown[4] = nest.problem.isKnown[5] = false;
  Plan result = planned(nest.problem);
  ASSERT_EQ(result.tokens.size(), 2u);
  EXPECT_EQ(result.tokens[0].producer, before);
  EXPECT_EQ(result.tokens[0].length(), 2);
  EXPECT_EQ(result.tokens[1].producer, first);
  EXPECT_EQ(result.tokens[1].delta, Trips{0});
  EXPECT_EQ(result.isStatic, (std::vector<bool>{true, true, true, true, false, false}));

  auto broken = [&](auto breakIt) {
    Plan plan = result;
    breakIt(plan);
    return check(nest.problem, plan);
  };
  EXPECT_EQ(broken([](Plan &plan) { plan.tokens[1].delta[0] = -1; }),
            "(2) cannot name another iteration of loop 0");
  EXPECT_EQ(broken([](Plan &plan) { plan.tokens[0].begin[0].factors[0] = 1; }),
            "(1) cannot name what depends on the iteration of loop 0");
  EXPECT_EQ(
      broken([&](Plan &plan) { plan.tokens.push_back({second, after, 0, {}, {{}, {}}, {1, 4}}); }),
      "(3) cannot name iterations of loop 0");
  EXPECT_EQ(broken([](Plan &plan) { plan.isStatic[5] = true; }),
            "argument 5 is static, but not known");
  EXPECT_EQ(broken([](Plan &plan) { plan.tokens.pop_back(); }), "(2 0 0) does not wait for (1 0)");
}

namespace {
/// What only a run knows.
struct Choice {
  Trips trips;   ///< of the loop, each time
  int64_t shift; ///< of what lies where it says
};

/// Nests with a loop whose trips a run chooses, as the planner sees them and as they run.
class GenericNests {
public:
  explicit GenericNests(int seed) : random(seed) {
    outer = below(2) ? 2 + below(2) : 0;
    for (int i = 0, count = 2 + below(5); i < count; ++i) {
      Part part = {below(4), 1 + below(3),  below(3) == 0 ? 0 : 1,
                   below(2), below(2) == 0, below(5) == 0,
                   below(3), below(3),      below(3),
                   below(4), 1 + below(4),  below(6) == 0};
      // parts of the loop stand together
      parts.insert(std::upper_bound(parts.begin(), parts.end(), part,
                                    [](const Part &a, const Part &b) {
                                      return (a.where + 1) / 2 < (b.where + 1) / 2;
                                    }),
                   part);
    }
  }

  /// As it runs; without a run, as the planner sees it.
  Problem problem(const std::optional<Choice> &chosen) const {
    Nest nest;
    for (size_t i = 0; i < parts.size(); ++i) {
      std::vector<int> loops;
      if (outer > 0)
        loops.push_back(kOuter);
      if (parts[i].isInside())
        loops.push_back(kGeneric);
      if (parts[i].hasLoop)
        loops.push_back(10 + static_cast<int>(i));
      nest.statement(loops);
    }
    if (!chosen)
      nest.problem.generic = {kGeneric};
    int guard = 0;
    for (int i = 0; i < std::max(outer, 1); ++i) {
      auto run = [&](size_t begin, size_t end, int trip) {
        for (size_t at = begin; at < end; ++at)
          runPart(nest, static_cast<int>(at), i, trip, chosen, guard);
      };
      size_t first = 0;
      while (first < parts.size() && parts[first].where < 1)
        ++first;
      size_t last = first;
      while (last < parts.size() && parts[last].isInside())
        ++last;
      run(0, first, 0);
      for (int trip = 0; trip < (chosen ? chosen->trips[i] : 1); ++trip)
        run(first, last, trip);
      run(last, parts.size(), 0);
    }
    nest.problem.isKnown = isKnown;
    return nest.problem;
  }

  /// Every pair that meets in some run and that the planner does not see is the runtime's.
  void findKnown() {
    isKnown.assign(parts.size(), true);
    Problem runs = problem(Choice{{3, 3, 3}, 0});
    for (size_t b = 0; b < runs.instances.size(); ++b)
      for (size_t a = 0; a < b; ++a) {
        const Instance &x = runs.instances[a], &y = runs.instances[b];
        const Touch &from = x.touches[0], &to = y.touches[0];
        if (from.tensor != to.tensor || !(from.writes || to.writes))
          continue;
        bool isApart = from.end[0] <= to.begin[0] || to.end[0] <= from.begin[0];
        const Part &p = parts[x.statement], &q = parts[y.statement];
        int depth = outer > 0;
        bool isOne = !p.isInside() ||
                     (q.isInside() &&
                      std::equal(x.trips.begin(), x.trips.begin() + depth + 1, y.trips.begin()));
        bool isComparable = p.perTrip() == q.perTrip() || p.isWhole || q.isWhole;
        if (!isComparable || (!isOne && !isApart))
          isKnown[x.statement] = isKnown[y.statement] = false;
      }
  }

private:
  static constexpr int kOuter = 0, kGeneric = 1;

  struct Part {
    int where; ///< 0: before the loop, 1 and 2: in it, 3: after it
    int trips, hasLoop, tensor;
    bool writes, isConditional;
    int64_t perOuter, perGeneric, perInner, base, length;
    bool isWhole;
    bool isInside() const { return where == 1 || where == 2; }
    int64_t perTrip() const { return isInside() ? perGeneric : 0; }
  };

  void runPart(Nest &nest, int number, int i, int trip, const std::optional<Choice> &chosen,
               int &guard) const {
    const Part &part = parts[number];
    for (int j = 0; j < (part.hasLoop ? part.trips : 1); ++j) {
      Trips trips;
      if (outer > 0)
        trips.push_back(i);
      if (part.isInside())
        trips.push_back(trip);
      if (part.hasLoop)
        trips.push_back(j);
      int64_t begin = part.base + i * part.perOuter + j * part.perInner;
      begin += (trip + (chosen ? chosen->shift : 0)) * part.perTrip();
      Touch touch = nest.touch(number, part.tensor, part.writes, begin, begin + part.length);
      // relative to an origin of the iteration, where there is one
      if (!chosen && part.perTrip() != 0)
        touch.origins = {static_cast<int>(part.perTrip()) + 10 * (i + 1)};
      if (part.isWhole) {
        touch.begin = {0};
        touch.end = {1000};
        touch.origins = {WholeTensor};
      }
      nest.run(number, trips, {touch},
               part.isConditional ? std::vector<int>{guard++} : std::vector<int>{});
    }
  }
  int below(int limit) { return static_cast<int>(random() % limit); }

  std::mt19937 random;
  int outer;
  std::vector<Part> parts;
  std::vector<bool> isKnown;
};
} // namespace

/// A plan for any iteration is one for every run, and a broken one is seen without running it.
TEST(TaskTokens, AreTrueOfEveryNumberOfIterations) {
  size_t tokens = 0, broken = 0;
  for (int seed = 0; seed < 1000; ++seed) {
    GenericNests nests(seed);
    nests.findKnown();
    Problem problem = nests.problem(std::nullopt);
    Plan whole = plan(problem);
    ASSERT_EQ(check(problem, whole), "") << "seed " << seed;
    tokens += whole.tokens.size();
    std::vector<Plan> plans = {whole};
    for (size_t i = 0; i < whole.tokens.size(); ++i) {
      plans.push_back(whole);
      plans.back().tokens.erase(plans.back().tokens.begin() + static_cast<long>(i));
      for (size_t dim = 0; dim < whole.tokens[i].lengths.size(); ++dim) {
        plans.push_back(whole);
        ++plans.back().tokens[i].lengths[dim];
        plans.push_back(whole);
        --plans.back().tokens[i].begin[dim].constant;
      }
    }
    for (const Plan &each : plans) {
      bool isRight = true;
      for (const Trips &trips :
           {Trips{0, 0, 0}, {1, 1, 1}, {3, 3, 3}, {0, 2, 0}, {2, 0, 1}, {0, 0, 2}})
        for (int64_t shift : {0, 40})
          isRight &= check(nests.problem(Choice{trips, shift}), each).empty();
      EXPECT_EQ(check(problem, each).empty(), isRight) << "seed " << seed;
      broken += !isRight;
    }
  }
  EXPECT_GT(tokens, 400u);
  EXPECT_GT(broken, 400u);
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
