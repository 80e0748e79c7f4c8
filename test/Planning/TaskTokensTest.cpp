//===- TaskTokensTest.cpp - which ids submissions are given -----------------------------------===//

#include "test/Planning/TokenNests.h"

#include <gtest/gtest.h>

#include <algorithm>

using namespace tilework::tokens;

namespace {
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
  EXPECT_TRUE(result.tokens[0].isShared(0));
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

namespace {
/// Of a loop of unknown trips, `run` any iteration, `near` that follow it, and any later one.
template <typename Run> void runGeneric(int near, Run run) {
  std::vector<int> guards;
  for (int i = 0; i <= near + 1; ++i) {
    guards.push_back(i);
    run(i > near ? kLater : i, guards);
  }
}
} // namespace

/// In a loop of unknown trips: what is before it, the iteration itself, and after it the last; what
/// the runtime tracks because of others is said as well.
TEST(TaskTokens, StayInOneIterationOfGenericLoops) {
  Nest nest;
  nest.problem.generic = {0};
  int before = nest.statement({1}), first = nest.statement({0}), second = nest.statement({0, 2});
  int after = nest.statement({});
  for (int i = 0; i < 2; ++i)
    nest.run(before, {i}, {nest.touch(0, 0, true, i, i + 1)});
  runGeneric(0, [&](int64_t trip, const std::vector<int> &guards) {
    int own = trip == 0 ? 1 : 2;
    nest.run(first, {trip}, {nest.touch(1, 0, false, 0, 2), nest.touch(2, own, true, 0, 4)},
             guards);
    for (int i = 0; i < 4; ++i)
      nest.run(second, {trip, i},
               {nest.touch(3, own, false, i, i + 1), nest.touch(4, 3, true, i, i + 1)}, guards);
  });
  nest.run(after, {}, {nest.touch(5, 3, false, 0, 4)});
  nest.problem.isKnown[4] = nest.problem.isKnown[5] = false;
  Plan result = planned(nest.problem);
  ASSERT_EQ(result.tokens.size(), 4u);
  EXPECT_EQ(result.tokens[0].producer, before);
  EXPECT_EQ(result.tokens[0].length(), 2);
  EXPECT_EQ(result.tokens[1].producer, first);
  EXPECT_EQ(result.tokens[1].delta, Trips{0});
  for (int i : {2, 3}) {
    EXPECT_EQ(result.tokens[i].producer, second);
    EXPECT_EQ(result.tokens[i].consumer, i == 2 ? second : after);
    EXPECT_EQ(result.tokens[i].all, AllTrips::last);
  }
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
      "(3) cannot name some iterations of loop 0");
  EXPECT_EQ(broken([&](Plan &plan) {
              plan.tokens.push_back({second, after, 0, {}, {{}, {}}, {kAllTrips, 4}});
            }),
            "(3) cannot name iterations that are not counted where their ids are kept");
  EXPECT_EQ(broken([](Plan &plan) { plan.isStatic[5] = true; }),
            "argument 5 is static, but not known");
  EXPECT_EQ(broken([](Plan &plan) { plan.tokens.erase(plan.tokens.begin() + 1); }),
            "(2 0 0) does not wait for (1 0)");
}

/// A task that waits for itself in the iteration before stands for all of them.
TEST(TaskTokens, NameTheLastOfAChain) {
  Nest nest;
  nest.problem.generic = {0};
  int writer = nest.statement({0}), reader = nest.statement({0}), after = nest.statement({});
  runGeneric(0, [&](int64_t trip, const std::vector<int> &guards) {
    nest.run(writer, {trip}, {nest.touch(0, 0, true, 0, 4)}, guards);
    nest.run(reader, {trip}, {nest.touch(1, 0, false, 0, 4)}, guards);
  });
  nest.run(after, {}, {nest.touch(2, 0, true, 0, 4)});
  Plan result = planned(nest.problem);
  EXPECT_EQ(result.isStatic, (std::vector<bool>{true, true, true}));
  ASSERT_EQ(result.tokens.size(), 3u);
  EXPECT_EQ(result.tokens[0].delta, Trips{0}); // the reader takes the writer of its iteration
  for (int i : {1, 2}) {                       // the writer and who is after take the last reader
    EXPECT_EQ(result.tokens[i].producer, reader);
    EXPECT_EQ(result.tokens[i].consumer, i == 1 ? writer : after);
    EXPECT_EQ(result.tokens[i].lengths, Trips{kAllTrips});
    EXPECT_EQ(result.tokens[i].all, AllTrips::last);
  }

  // readers alone do not wait for each other: one id for all, or ids that are counted
  for (Instance &instance : nest.problem.instances)
    if (instance.statement == writer)
      instance.touches.clear();
  result = planned(nest.problem);
  EXPECT_EQ(result.isStatic, (std::vector<bool>{true, true, true}));
  ASSERT_EQ(result.tokens.size(), 1u);
  EXPECT_EQ(result.tokens[0].all, AllTrips::joined);
  EXPECT_EQ(placeOf(nest.problem, result.tokens[0]), 0);
  nest.problem.statements[reader].countedWithin[0] = 0;
  result = planned(nest.problem);
  ASSERT_EQ(result.tokens.size(), 1u);
  EXPECT_EQ(result.tokens[0].all, AllTrips::each);
  EXPECT_EQ(placeOf(nest.problem, result.tokens[0]), 0);
  result.tokens[0].all = AllTrips::last;
  EXPECT_EQ(check(nest.problem, result), "(1 1099511627776) does not stand for (1 0)");
}

/// Where ids of a distance are nowhere kept, the last one is as good.
TEST(TaskTokens, NameTheLastWhereNobodyCounts) {
  Nest nest;
  nest.problem.generic = {0};
  int writer = nest.statement({0});
  runGeneric(2, [&](int64_t trip, const std::vector<int> &guards) {
    nest.run(writer, {trip}, {nest.touch(0, 0, true, 0, 4)}, guards);
  });
  Plan result = planned(nest.problem);
  EXPECT_TRUE(result.isStatic[0]);
  ASSERT_EQ(result.tokens.size(), 1u);
  EXPECT_EQ(result.tokens[0].common, 0);
  EXPECT_EQ(result.tokens[0].all, AllTrips::last);
}

/// All iterations before one's own, none of which waits for another, are one id.
TEST(TaskTokens, JoinAllBeforeOnesOwn) {
  Nest nest;
  nest.problem.generic = {0};
  int reader = nest.statement({0}), writer = nest.statement({0});
  nest.problem.statements[reader].countedWithin[0] = 0;
  nest.problem.statements[writer].countedWithin[0] = 0;
  runGeneric(0, [&](int64_t trip, std::vector<int> guards) {
    nest.run(reader, {trip}, {nest.touch(0, 0, false, 0, 4)}, guards);
    guards.push_back(10 + static_cast<int>(guards.size())); // it is not always written
    nest.run(writer, {trip}, {nest.touch(1, 0, true, 0, 4)}, guards);
  });
  Plan result = planned(nest.problem);
  EXPECT_EQ(result.isStatic, (std::vector<bool>{true, true}));
  const Token *before = nullptr;
  for (const Token &token : result.tokens)
    if (token.producer == reader && token.takesAll())
      before = &token;
  ASSERT_NE(before, nullptr);
  EXPECT_EQ(before->consumer, writer);
  EXPECT_EQ(before->all, AllTrips::joined);
  result.tokens[before - result.tokens.data()].all = AllTrips::last;
  EXPECT_NE(check(nest.problem, result).find("does not stand for"), std::string::npos);
}

/// Of arguments that meet in the same tasks, one may say what both together do not.
TEST(TaskTokens, TakeWhatOneArgumentSays) {
  Nest nest;
  int writer = nest.statement({0}), reader = nest.statement({1});
  for (int i = 0; i < 7; ++i)
    nest.run(writer, {i}, {nest.touch(0, 0, true, i, i + 1), nest.touch(1, 1, true, i, i + 1)});
  for (int i = 0; i < 7; ++i) {
    int at = i * i % 7;
    nest.run(reader, {i}, {nest.touch(2, 0, false, at, at + 1), nest.touch(3, 1, false, i, i + 1)});
  }
  Plan result = planned(nest.problem);
  ASSERT_EQ(result.tokens.size(), 1u);
  EXPECT_EQ(result.tokens[0].begin[0].factors, std::vector<int64_t>{1});
  EXPECT_EQ(result.isStatic, (std::vector<bool>{false, true, false, true}));
}

/// Of some places of another loop the last can be named, whatever the tasks at the others do.
TEST(TaskTokens, NameTheLastOfSomePlaces) {
  Nest nest;
  nest.problem.generic = {0};
  int writer = nest.statement({0, 1}), reader = nest.statement({0, 1});
  runGeneric(0, [&](int64_t trip, const std::vector<int> &guards) {
    nest.run(writer, {trip, 0}, {nest.touch(0, 0, true, 0, 1)}, guards);
    for (int place : {0, 1})
      nest.run(reader, {trip, place}, {nest.touch(1, 0, false, place, place + 1)}, guards);
  });
  Plan result = planned(nest.problem);
  EXPECT_EQ(result.isStatic, (std::vector<bool>{true, true}));
  auto last = std::find_if(result.tokens.begin(), result.tokens.end(),
                           [&](const Token &token) { return token.consumer == writer; });
  ASSERT_NE(last, result.tokens.end());
  EXPECT_EQ(last->all, AllTrips::last);
  EXPECT_EQ(last->lengths, (Trips{kAllTrips, 1}));
}

/// Two loops of equal trips: each iteration takes that of the other.
TEST(TaskTokens, NameTheSameIterationOfGenericLoops) {
  Nest nest;
  nest.problem.generic = {0, 1};
  int writer = nest.statement({0}), reader = nest.statement({1});
  nest.problem.statements[writer].countedWithin[0] = 0;
  nest.problem.statements[reader].countedWithin[1] = 0;
  for (int statement : {writer, reader})
    runGeneric(0, [&](int64_t trip, const std::vector<int> &guards) {
      Touch touch = nest.touch(statement, 0, statement == writer, 0, 4);
      touch.origins = {trip == 0 ? 1 : 2};
      nest.run(statement, {trip}, {touch}, guards);
    });
  Plan result = planned(nest.problem);
  ASSERT_EQ(result.tokens.size(), 1u);
  EXPECT_EQ(result.tokens[0].begin[0].factors, std::vector<int64_t>{1});
  EXPECT_EQ(result.tokens[0].lengths, Trips{1});
  EXPECT_EQ(result.isStatic, (std::vector<bool>{true, true}));
  Plan far = result;
  far.tokens[0].begin[0].constant = -1;
  EXPECT_EQ(check(nest.problem, far), "(1) cannot name some iterations of loop 0");
  result.tokens[0].begin[0].factors[0] = 0;
  EXPECT_EQ(check(nest.problem, result), "(1) cannot name some iterations of loop 0");
}

/// Equal trips are one number of the n-th generic loops around either, not of others.
TEST(TaskTokens, CompareTripsOfTheSameDepth) {
  Nest nest;
  nest.problem.generic = {0, 1, 2, 3};
  int writer = nest.statement({0, 1}), reader = nest.statement({2, 3});
  nest.problem.statements[writer].countedWithin = {{0, 0}, {1, 0}};
  nest.problem.statements[reader].countedWithin = {{2, 0}, {3, 0}};
  for (int statement : {writer, reader})
    runGeneric(0, [&](int64_t outer, const std::vector<int> &around) {
      runGeneric(0, [&](int64_t inner, std::vector<int> guards) {
        for (int &guard : guards) // of other loops than those around
          guard += 2;
        guards.insert(guards.begin(), around.begin(), around.end());
        Touch touch = nest.touch(statement, 0, statement == writer, 0, 4);
        touch.origins = {inner == 0 ? 1 : 2};
        nest.run(statement, {outer, inner}, {touch}, guards);
      });
    });
  Plan result = planned(nest.problem);
  EXPECT_EQ(result.isStatic, (std::vector<bool>{true, true}));
  ASSERT_EQ(result.tokens.size(), 2u); // the writer takes itself as well
  const Token &token = result.tokens[1];
  EXPECT_EQ(token.lengths, (Trips{kAllTrips, 1}));
  EXPECT_EQ(token.begin[1].factors, (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(token.all, AllTrips::last);
  result.tokens[1].begin[1].factors = {1, 0};
  EXPECT_EQ(check(nest.problem, result), "(1) cannot name what depends on the iteration of loop 2");
}
