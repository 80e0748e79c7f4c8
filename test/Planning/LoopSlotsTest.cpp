//===- LoopSlotsTest.cpp - slots for loops whose best is known ----------------------===//

#include "lib/Planning/PipeModel/LoopSlots.h"

#include <gtest/gtest.h>

using namespace tilework::pipes;

namespace {

/// Each iteration loads a buffer and computes on it.
struct LoadAndCompute {
  LoadAndCompute(int64_t load, int64_t latency, int64_t compute, int64_t trips = 100) {
    program.buffers = {{0, 1}};
    program.queues = 2;
    Node loop;
    loop.loop = 0;
    loop.trips = trips;
    loop.body = {{{0, load, latency, {{0, true}}}, {}}, {{1, compute, 0, {{0, false}}}, {}}};
    program.nodes = {loop};
  }
  SlotChoice choose(const std::function<bool(int32_t)> &fits = [](int32_t) { return true; }) {
    return chooseSlots(program, program.nodes[0], {{0, 0, 1024}}, fits);
  }
  int64_t slots() const { return program.buffers[0].slots; }

  Program program;
};

} // namespace

TEST(PipeModel, OneSlotTakesTurns) {
  LoadAndCompute loop(100, 0, 100);
  EXPECT_EQ(estimateLoop(loop.program, loop.program.nodes[0]), kOuterTrips * 200);
}

TEST(PipeModel, TwoSlotsOverlap) {
  LoadAndCompute loop(100, 0, 100);
  loop.program.buffers[0].slots = 2;
  EXPECT_EQ(estimateLoop(loop.program, loop.program.nodes[0]), (kOuterTrips + 1) * 100);
}

TEST(PipeModel, FlagsTakeTime) {
  LoadAndCompute loop(100, 0, 100, 1);
  loop.program.flagCycles = 20;
  EXPECT_EQ(estimateLoop(loop.program, loop.program.nodes[0]), 220);
}

TEST(PipeModel, InnerLoopsTurnTheirOwnSlots) {
  LoadAndCompute inner(100, 0, 100, 3);
  Node outer;
  outer.loop = 1;
  outer.trips = 2;
  outer.body = inner.program.nodes;
  inner.program.nodes = {outer};
  EXPECT_EQ(estimateLoop(inner.program, inner.program.nodes[0]), 2 * 3 * 200);
  EXPECT_EQ(countSteps(inner.program.nodes[0]), 2 * 3 * 2);
}

TEST(LoopSlots, TakesTheFewestThatPay) {
  LoadAndCompute loop(100, 0, 100);
  SlotChoice choice = loop.choose();
  EXPECT_EQ(loop.slots(), 2);
  EXPECT_LT(choice.cyclesAfter, choice.cyclesBefore);
}

TEST(LoopSlots, HidesALongLatencyBehindSeveral) {
  LoadAndCompute loop(100, 250, 100);
  loop.choose();
  EXPECT_EQ(loop.slots(), 4);
}

TEST(LoopSlots, LeavesALoopThatWouldNotGain) {
  LoadAndCompute loop(1, 0, 1000);
  SlotChoice choice = loop.choose();
  EXPECT_EQ(loop.slots(), 1);
  EXPECT_EQ(choice.cyclesAfter, choice.cyclesBefore);
}

TEST(LoopSlots, StaysWithinTheMemory) {
  LoadAndCompute loop(100, 250, 100);
  loop.choose([&](int32_t) { return loop.slots() <= 2; });
  EXPECT_EQ(loop.slots(), 2);
}

TEST(LoopSlots, GivesBackTheLargestFirst) {
  // Two buffers: the load of the first is what the loop waits for.
  Program program;
  program.queues = 3;
  program.buffers = {{0, 1}, {0, 1}};
  Node loop;
  loop.loop = 0;
  loop.trips = 100;
  loop.body = {{{0, 100, 0, {{0, true}}}, {}},
               {{1, 5, 0, {{1, true}}}, {}},
               {{2, 100, 0, {{0, false}, {1, false}}}, {}}};
  program.nodes = {loop};
  auto fits = [&](int32_t) { return program.buffers[0].slots + 4 * program.buffers[1].slots <= 6; };
  chooseSlots(program, program.nodes[0], {{0, 0, 1}, {1, 0, 4}}, fits);
  EXPECT_EQ(program.buffers[0].slots, 2);
  EXPECT_EQ(program.buffers[1].slots, 1);
}
