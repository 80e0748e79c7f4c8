//===- LoopStagesTest.cpp - stages for loops whose best is known --------------------===//

#include "lib/Planning/PipeModel/LoopStages.h"

#include <gtest/gtest.h>

using namespace tilework::pipes;

namespace {

/// One unit makes a tile, the other works on it and hands it back, the first goes on with it.
/// Channels 0 and 1 have two slots.
struct ThereAndBack {
  ThereAndBack() {
    problem.program.buffers = {{0, 2}, {0, 2}};
    problem.program.queues = 2;
    Node loop;
    loop.loop = 0;
    loop.trips = 100;
    loop.body = {{{0, 100, 0, {{0, true}}}, {}},             // first: make, push
                 {{1, 100, 0, {{0, false}, {1, true}}}, {}}, // second: pop, work, push
                 {{0, 100, 0, {{1, false}}}, {}}};           // first: pop, go on
    problem.program.nodes = {loop};
    problem.orders = {{0, 1}, {1, 2}};
    problem.waits = {1, 2};
    problem.handoffs = {{0, 0, 1}, {1, 1, 2}};
  }
  StageProblem problem;
};

} // namespace

TEST(LoopStages, DelaysAreIterationsLater) {
  ThereAndBack loop;
  Node &body = loop.problem.program.nodes.front();
  body.body.back().delay = 1;
  // Of each step, the first unit makes a tile and goes on with the one before.
  EXPECT_EQ(estimateLoop(loop.problem.program, body), kOuterTrips * 200);
}

TEST(LoopStages, PutsOffWhatWouldWait) {
  ThereAndBack loop;
  StageChoice choice = chooseStages(loop.problem);
  EXPECT_EQ(choice.stages, (std::vector<int32_t>{0, 0, 1}));
  EXPECT_EQ(choice.cyclesBefore, kOuterTrips * 300);
  EXPECT_EQ(choice.cyclesAfter, kOuterTrips * 200);
}

TEST(LoopStages, TakesAlongWhatDependsOnIt) {
  ThereAndBack loop;
  loop.problem.program.nodes.front().body.push_back({{0, 1, 0, {}}, {}});
  loop.problem.orders.push_back({2, 3});
  EXPECT_EQ(chooseStages(loop.problem).stages, (std::vector<int32_t>{0, 0, 1, 1}));
}

TEST(LoopStages, LeavesALoopWhoseStateWouldTearApart) {
  ThereAndBack loop;
  loop.problem.orders.push_back({2, 0}); // the next tile is made of what comes back
  StageChoice choice = chooseStages(loop.problem);
  EXPECT_EQ(choice.last(), 0);
  EXPECT_EQ(choice.cyclesAfter, choice.cyclesBefore);
}

TEST(LoopStages, CountsWhatHandingOverCosts) {
  ThereAndBack loop;
  loop.problem.handovers = {{0, {2}, {0, 95, 0, {}}}}; // as dear as waiting
  EXPECT_EQ(chooseStages(loop.problem).last(), 0);
}

TEST(LoopStages, ChannelsHoldWhatIsPutOff) {
  ThereAndBack loop;
  StageChoice choice = chooseStages(loop.problem);
  EXPECT_EQ(countSlots(choice, loop.problem.handoffs[1], 1), 2);
  EXPECT_EQ(countSlots(choice, loop.problem.handoffs[0], 1), 1);
}
