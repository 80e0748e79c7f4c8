//===- KnownCasesTest.cpp - timelines worked out by hand --------------------------------------===//

#include "Costs.h"
#include "Recordings.h"

#include <gtest/gtest.h>

using namespace tilework::simulator;

constexpr Time ns = 1000;

/// Rates are rounded down, times up: a transfer may take a picosecond more.
#define EXPECT_TIME(got, expected) EXPECT_NEAR(got, expected, 12)

TEST(KnownCases, OneTransferTakesItsLatencyAndItsBytes) {
  Recorder it;
  int64_t a = it.memory("a", 65536);
  it.kernel(true, 0);
  it.task();
  it.load(TW_CUBE, a, 1, 32000); // 63 lines of 512 bytes at 32 bytes a cycle
  EXPECT_TIME(it.simulate().makespan, (1000 + 63 * 16) * ns);
}

TEST(KnownCases, RowsThatBeginAnywhereHaveAPartOfTheBandwidth) {
  Recorder it;
  int64_t a = it.memory("a", 65536);
  it.kernel(true, 0);
  it.task();
  it.load(TW_CUBE, a + 32, 1, 16000); // lines 0 to 31, at half the rate
  EXPECT_TIME(it.simulate().makespan, (1000 + 32 * 32) * ns);
}

TEST(KnownCases, TwoTransfersShareTheHbm) {
  // Both cubes could take 32 bytes a cycle, the HBM gives 48 to both: 24 each.
  Recorder it;
  int64_t a = it.memory("a", 65536), b = it.memory("b", 65536);
  it.kernel(true, 0);
  for (int64_t address : {a, b}) {
    it.task();
    it.load(TW_CUBE, address, 1, 24 * 1024);
  }
  Timeline timeline = it.simulate(with({{"hbm.bandwidth", 48e9}}));
  EXPECT_NEAR(timeline.makespan, (1000 + 1024) * ns, 2 * ns);
  EXPECT_EQ(timeline.hbm.bytes, 48 * 1024);
  EXPECT_NEAR(timeline.cores[0][TW_CUBE][TW_MTE2].contended, (1024 - 768) * ns, 2 * ns);
}

TEST(KnownCases, TheShorterOfTwoGivesItsShareBack) {
  // Together at 24 until the shorter one has its 12 KiB (512 cycles); the other's last 12 KiB
  // at 32.
  Recorder it;
  int64_t a = it.memory("a", 65536), b = it.memory("b", 65536);
  it.kernel(true, 0);
  it.task();
  it.load(TW_CUBE, a, 1, 12 * 1024);
  it.task();
  it.load(TW_CUBE, b, 1, 24 * 1024);
  EXPECT_NEAR(it.simulate(with({{"hbm.bandwidth", 48e9}})).makespan, (1000 + 512 + 384) * ns,
              2 * ns);
}

TEST(KnownCases, WhatIsInTheCacheComesFromThere) {
  Recorder it;
  int64_t a = it.memory("a", 65536);
  it.kernel(true, 0);
  it.task();
  it.load(TW_CUBE, a, 1, 32768);
  it.task({0});
  it.load(TW_CUBE, a, 1, 32768);
  Timeline timeline = it.simulate();
  // 32 bytes a cycle from the HBM; then 128 from the cache, 400 cycles earlier.
  EXPECT_TIME(timeline.tasks[0].ended, (1000 + 1024) * ns);
  EXPECT_TIME(timeline.makespan, (1000 + 1024 + 600 + 256) * ns);
  EXPECT_EQ(timeline.memories[0].read, 65536);
  EXPECT_EQ(timeline.memories[0].hbmRead, 32768);
}

TEST(KnownCases, ATransferLargerThanTheCacheIsReadAgain) {
  Recorder it;
  int64_t a = it.memory("a", 65536);
  it.kernel(true, 0);
  it.task();
  it.load(TW_CUBE, a, 1, 65536);
  it.task({0});
  it.load(TW_CUBE, a, 1, 65536);
  EXPECT_EQ(it.simulate(with({{"capacity.l2", 32768}})).hbm.bytes, 2 * 65536);
}

TEST(KnownCases, WritesGoToTheHbmWhenTheCacheIsFull) {
  Recorder it;
  int64_t a = it.memory("a", 65536);
  it.kernel(false, 1);
  it.task();
  it.store(a, 1, 65536);
  Timeline timeline = it.simulate(with({{"capacity.l2", 16384}}));
  EXPECT_TIME(timeline.makespan, (1024 + 300) * ns); // 64 bytes a cycle, then the latency
  EXPECT_EQ(timeline.memories[0].hbmWritten, 65536 - 16384);
  EXPECT_EQ(timeline.memories[0].dirty, 16384);
}

/// Loads two tiles of 32 KiB in turns and computes on each: a load takes 1000 + 1024 cycles.
static Recorder doubleBuffered(int64_t iterations, int64_t computeBytes) {
  Recorder it;
  int64_t a = it.memory("a", iterations * 32768);
  it.kernel(false, 1);
  it.task();
  for (int64_t i = 0; i < iterations; ++i) {
    if (i >= 2)
      it.wait(TW_VECTOR_0, TW_V, TW_MTE2, i % 2);
    it.load(TW_VECTOR_0, a + i * 32768, 1, 32768);
    it.set(TW_VECTOR_0, TW_MTE2, TW_V, i % 2);
    it.wait(TW_VECTOR_0, TW_MTE2, TW_V, i % 2);
    it.compute(TW_VECTOR_0, computeBytes);
    if (i + 2 < iterations)
      it.set(TW_VECTOR_0, TW_V, TW_MTE2, i % 2);
  }
  return it;
}

TEST(KnownCases, TwoBuffersHideLoadsBehindLongComputation) {
  // 3160 repeats and 10: 3170 cycles, longer than a load. Only the first load shows.
  Timeline timeline = doubleBuffered(10, 3160 * 256).simulate();
  EXPECT_TIME(timeline.makespan, (2024 + 10 * 3170) * ns);
}

TEST(KnownCases, TwoBuffersAreBoundByLoadsWhenTheyAreLonger) {
  // A computation takes 20 cycles. Two loads are on their way at a time: a buffer is free again
  // 20 cycles after its load, and its next load then takes 1000 and 1024 unless the path is busy.
  Timeline timeline = doubleBuffered(10, 10 * 256).simulate();
  EXPECT_TIME(timeline.cores[0][TW_VECTOR_0][TW_MTE2].busy, 10 * 1024 * ns);
  // Loads 0 and 1 end at 2024 and 3048; load i + 2 begins 20 after load i ends.
  Time even = 2024, odd = 3048;
  for (int i = 2; i < 10; ++i) {
    Time &own = i % 2 ? odd : even, other = i % 2 ? even : odd;
    own = std::max(own + 20 + 1000, other) + 1024;
  }
  EXPECT_TIME(timeline.makespan, (std::max(even, odd) + 20) * ns);
}

TEST(KnownCases, AChainOfShortTasksIsBoundByDispatch) {
  Recorder it;
  it.kernel(false, 1);
  for (int64_t i = 0; i < 5; ++i) {
    if (i == 0)
      it.task();
    else
      it.task({i - 1});
    it.compute(TW_VECTOR_0, 256); // 11 cycles
  }
  Timeline timeline = it.simulate(with({{"dispatch.submit", 100},
                                        {"dispatch.schedule_dispatch", 4000},
                                        {"dispatch.schedule_complete", 3000},
                                        {"dispatch.to_core", 140},
                                        {"dispatch.from_core", 600},
                                        {"dispatch.core_head", 350}}));
  EXPECT_TIME(timeline.makespan, (100 + 5 * (4000 + 140 + 350 + 11 + 600 + 3000)) * ns);
  EXPECT_EQ(timeline.tasks[3].readyBy, 2);
}

TEST(KnownCases, ACubeWaitsForItsFlagsAndThenMultiplies) {
  Recorder it;
  int64_t a = it.memory("a", 65536);
  it.kernel(true, 0);
  it.task();
  it.load(TW_CUBE, a, 128, 256, 512); // half of each line: 128 lines come, 32 bytes a cycle
  it.set(TW_CUBE, TW_MTE2, TW_M, 0);
  it.wait(TW_CUBE, TW_MTE2, TW_M, 0);
  it.mmad(128, 128, 128); // 20 + 512
  Timeline timeline = it.simulate(with({{"latency.flag", 7}}));
  EXPECT_TIME(timeline.makespan, (1000 + 128 * 16 + 7 + 532) * ns);
  const PipeTime &m = timeline.cores[0][TW_CUBE][TW_M];
  EXPECT_TIME(m.busy, 532 * ns);
  EXPECT_TIME(m.stalled[TW_MTE2], (1000 + 128 * 16 + 7) * ns);
}

TEST(KnownCases, ATileGoesThroughTheRingToBothLanes) {
  // 16 x 32 floats: the fixpipe takes 100 + 16 * 4 cycles, 300 to be seen, 50 for the signal; each
  // lane pops half of it from the cache, in 600 + 8 cycles, and computes for 11.
  Recorder it;
  tw_channel channel = {16, 32, TW_F32, 2, 0, 1, 0, 2048};
  it.kernel(true, 2, {channel});
  it.task();
  it.channel(TW_CUBE, TW_PUSH, 0, 16, 32);
  for (int32_t lane : {TW_VECTOR_0, TW_VECTOR_1}) {
    it.channel(lane, TW_POP, 0, 8, 32);
    it.channel(lane, TW_RELEASE, 0, 0, 0);
    it.set(lane, TW_MTE2, TW_V, 0);
    it.wait(lane, TW_MTE2, TW_V, 0);
    it.compute(lane, 256);
  }
  Timeline timeline = it.simulate(with({{"latency.cross_flag", 50}}));
  EXPECT_TIME(timeline.makespan, (164 + 300 + 50 + 600 + 8 + 11) * ns);
  EXPECT_EQ(timeline.memories.back().written, 2048);
  EXPECT_EQ(timeline.memories.back().read, 2048);
  EXPECT_EQ(timeline.hbm.bytes, 0);
}

TEST(KnownCases, TheFixpipeIsSlowerWhereRowsHaveAnOddPart) {
  // Of the public fit: 128 columns are 16 blocks of 8 and pay nothing, 96 are 12, whose odd part is
  // 3, 80 are 10, whose odd part is 5.
  Machine machine(with({{"fixpipe.odd_factor", 2}}));
  EXPECT_TIME(fixpipeTime(machine, 16, 128), (100 + 16 * 4) * ns);
  EXPECT_TIME(fixpipeTime(machine, 16, 96), (100 + 16 * (4 + 2 * 2)) * ns);
  EXPECT_TIME(fixpipeTime(machine, 16, 80), (100 + 16 * (4 + 2 * 4)) * ns);
  EXPECT_TIME(fixpipeTime(machine, 1, 1), (100 + 4) * ns);
}

TEST(KnownCases, ATileGoesDirectlyToBothLanes) {
  // The fixpipe takes as long, and the signal; then the tile is there. Nothing touches memory.
  Recorder it;
  tw_channel channel = {16, 32, TW_F32, 1, 0, 1, 0, 1024, 1};
  it.kernel(true, 2, {channel});
  it.task();
  for (int i = 0; i < 2; ++i) {
    it.channel(TW_CUBE, TW_PUSH, 0, 16, 32);
    for (int32_t lane : {TW_VECTOR_0, TW_VECTOR_1}) {
      it.channel(lane, TW_POP, 0, 8, 32);
      it.compute(lane, 256);
      it.channel(lane, TW_RELEASE, 0, 0, 0);
    }
  }
  Timeline timeline = it.simulate(with({{"latency.cross_flag", 50}}));
  Time round = 164 + 50 + 11 + 50; // push, signal, compute, signal back: there is one slot
  EXPECT_TIME(timeline.makespan, (2 * round - 50) * ns);
  EXPECT_TIME(timeline.cores[0][TW_CUBE][TW_FIXP].stalled[StallChannelFull], (round - 164) * ns);
  EXPECT_EQ(timeline.memories.back().written, 0);
}

TEST(KnownCases, ATileOfTheVectorCoresGoesAtTheirPace) {
  // 4096 bytes of each at 8 bytes a cycle.
  Recorder it;
  tw_channel channel = {32, 64, TW_F32, 1, 1, 1, 0, 8192, 1};
  it.kernel(true, 2, {channel});
  it.task();
  for (int32_t lane : {TW_VECTOR_0, TW_VECTOR_1})
    it.channel(lane, TW_PUSH, 0, 16, 64);
  it.channel(TW_CUBE, TW_POP, 0, 32, 64);
  it.channel(TW_CUBE, TW_RELEASE, 0, 0, 0);
  Timeline timeline = it.simulate(with({{"latency.cross_flag", 50}, {"bandwidth.ub_to_l1", 8}}));
  EXPECT_TIME(timeline.makespan, (512 + 50) * ns);
}

TEST(KnownCases, AFullRingHoldsTheCubeBack) {
  Recorder it;
  tw_channel channel = {16, 32, TW_F32, 1, 0, 0, 0, 2048};
  it.kernel(true, 1, {channel});
  it.task();
  for (int i = 0; i < 3; ++i) {
    it.channel(TW_CUBE, TW_PUSH, 0, 16, 32);
    it.channel(TW_VECTOR_0, TW_POP, 0, 16, 32);
    it.channel(TW_VECTOR_0, TW_RELEASE, 0, 0, 0);
  }
  Time round = 164 + 300 + 50 + 600 + 16 + 50; // push, see, signal, pop, signal back
  Timeline timeline = it.simulate(with({{"latency.cross_flag", 50}}));
  EXPECT_TIME(timeline.tasks[0].ended, (3 * round - 50) * ns);
  EXPECT_TIME(timeline.cores[0][TW_CUBE][TW_FIXP].stalled[StallChannelFull],
              2 * (round - 164) * ns);
}

TEST(KnownCases, AScalarThatIsReadHoldsLaterInstructionsBack) {
  Recorder it;
  int64_t a = it.memory("a", 65536);
  it.kernel(false, 1);
  it.task();
  it.compute(TW_VECTOR_0, 90 * 256); // 100 cycles
  it.set(TW_VECTOR_0, TW_V, TW_S, 0);
  it.wait(TW_VECTOR_0, TW_V, TW_S, 0);
  it.readScalar(TW_VECTOR_0);
  it.load(TW_VECTOR_0, a, 1, 32);
  Timeline timeline = it.simulate();
  EXPECT_TIME(timeline.makespan, (100 + 1000 + 16) * ns);
  EXPECT_TIME(timeline.cores[0][TW_VECTOR_0][TW_MTE2].stalled[StallScalar], 100 * ns);
}

TEST(KnownCases, APendingTaskStartsWhenTheRunningOneEnds) {
  Recorder it;
  it.kernel(true, 0);
  for (int i = 0; i < 3; ++i) {
    it.task();
    it.mmad(16, 16 * 980, 16); // 1000 cycles
  }
  Timeline timeline = it.simulate(with({{"cores.groups", 1},
                                        {"dispatch.schedule_dispatch", 100},
                                        {"dispatch.schedule_complete", 10},
                                        {"dispatch.core_head", 5}}));
  EXPECT_TIME(timeline.tasks[0].started, 100 * ns);
  EXPECT_TIME(timeline.tasks[1].arrived, 200 * ns);
  EXPECT_TIME(timeline.tasks[1].started, 1105 * ns);
  EXPECT_TIME(timeline.tasks[1].startedAfter, 0);
  // The third finds no place before the first has been completed, and waits on the core then.
  EXPECT_TIME(timeline.tasks[2].dispatched, 1115 * ns);
  EXPECT_TIME(timeline.tasks[2].started, 2110 * ns);
}
