//===- PolicyTest.cpp - what each policy does, worked out by hand
//-------------------------------===//

#include "Recordings.h"

#include "Capacity.h"

#include <gtest/gtest.h>

using namespace tilework::simulator;

constexpr Time ns = 1000;

static Options with(Policy policy) {
  Options options;
  options.policy = policy;
  return options;
}

constexpr Policy plain = {Scheduling::Fifo, Submission::Tasks, false, false};
constexpr Policy byPath = {Scheduling::CriticalPath, Submission::Graph, false, false};
constexpr Policy byPathInTasks = {Scheduling::CriticalPath, Submission::Tasks, false, false};
constexpr Policy early = {Scheduling::Fifo, Submission::Tasks, true, false};
constexpr Policy graph = {Scheduling::Fifo, Submission::Graph, false, false};
constexpr Policy shared = {Scheduling::Fifo, Submission::Graph, false, true};

/// A task of the cube that takes `cycles`, a multiple of 20 from 40 on.
static void cubeTask(Recorder &it, std::initializer_list<int64_t> after, int64_t cycles) {
  it.task(after);
  it.mmad(16, 16 * (cycles - 20), 16);
}

//===----------------------------------------------------------------------------------------===//
// Order
//===----------------------------------------------------------------------------------------===//

/// Two that nobody waits for, and a chain of two behind them; two cores without pending slots.
static Recorder chainBehindTwo() {
  Recorder it;
  it.kernel(true, 0);
  cubeTask(it, {}, 1000);
  cubeTask(it, {}, 1000);
  cubeTask(it, {}, 1000);
  cubeTask(it, {2}, 1000);
  return it;
}

TEST(Policy, FifoTakesTheOldestFirst) {
  Timeline timeline = chainBehindTwo().simulate(with({{"cores.pending_per_core", 0}}), with(graph));
  EXPECT_EQ(timeline.tasks[2].started, 1000 * ns);
  EXPECT_EQ(timeline.makespan, 3000 * ns);
}

TEST(Policy, TheLongestPathIsTakenFirst) {
  // `submit_graph` is below the price of four tasks, and nothing is looked up: all four are known
  // at once.
  Recorder it = chainBehindTwo();
  it.recording.kernels.back().trackedArguments = 0;
  Timeline timeline =
      it.simulate(with({{"cores.pending_per_core", 0}, {"dispatch.submit", 10}}), with(byPath));
  EXPECT_EQ(timeline.tasks[2].started, 0);
  EXPECT_EQ(timeline.tasks[0].started, 0);
  EXPECT_EQ(timeline.tasks[3].started, 1000 * ns);
  EXPECT_EQ(timeline.makespan, 2000 * ns);
}

TEST(Policy, WhatIsNotSubmittedIsNotKnown) {
  // The first two have the cores before the chain is there.
  Timeline timeline = chainBehindTwo().simulate(
      with({{"cores.pending_per_core", 0}, {"dispatch.submit", 10}}), with(byPathInTasks));
  EXPECT_EQ(timeline.tasks[2].started, 1010 * ns);
  EXPECT_EQ(timeline.makespan, 3010 * ns);
}

TEST(Policy, AnIdleCoreComesBeforeAPendingSlotOfABusyOne) {
  // Two threads, three cores: the third task goes to the third core, whoever dispatches it.
  Recorder it;
  it.kernel(true, 0);
  for (int i = 0; i < 4; ++i)
    cubeTask(it, {}, 1000);
  Timeline timeline = it.simulate(
      with({{"cores.groups", 3}, {"dispatch.schedulers", 2}, {"dispatch.schedule_dispatch", 100}}));
  EXPECT_EQ(timeline.tasks[2].group, 2);
  EXPECT_EQ(timeline.tasks[2].started, 200 * ns);
  EXPECT_EQ(timeline.tasks[3].arrived, 200 * ns); // to a pending slot
  EXPECT_EQ(timeline.tasks[3].started, 1100 * ns);
}

TEST(Policy, AnyFreeThreadTakesNoteOfACompletion) {
  // Both end at 1100. The second thread need not wait until the first has taken note of both.
  Recorder it;
  it.kernel(true, 0);
  cubeTask(it, {}, 1000);
  cubeTask(it, {}, 1000);
  Timeline timeline = it.simulate(with({{"cores.groups", 4},
                                        {"dispatch.schedulers", 2},
                                        {"dispatch.schedule_dispatch", 100},
                                        {"dispatch.schedule_complete", 50}}));
  EXPECT_EQ(timeline.makespan, 1150 * ns);
}

//===----------------------------------------------------------------------------------------===//
// Early dispatch
//===----------------------------------------------------------------------------------------===//

TEST(Policy, ATaskThatCameEarlyStartsWhenItsDoorbellRings) {
  Recorder it;
  it.kernel(true, 0);
  cubeTask(it, {}, 20000);
  cubeTask(it, {0}, 20000);
  Description description = with({{"dispatch.submit", 100},
                                  {"dispatch.schedule_dispatch", 4000},
                                  {"dispatch.schedule_complete", 3000},
                                  {"dispatch.doorbell_store", 5},
                                  {"dispatch.to_core", 140},
                                  {"dispatch.from_core", 600},
                                  {"dispatch.core_head", 350}});
  Time first = 100 + 4000 + 140 + 350 + 20000 + 600 + 3000; // completed
  Timeline timeline = it.simulate(description, with(early));
  EXPECT_EQ(timeline.tasks[1].dispatched, 4100 * ns);
  EXPECT_EQ(timeline.tasks[1].arrived, (4100 + 4000 + 140) * ns);
  EXPECT_EQ(timeline.tasks[1].ready, first * ns);
  EXPECT_EQ(timeline.tasks[1].released, (first + 145) * ns);
  EXPECT_EQ(timeline.tasks[1].started, (first + 145) * ns);
  timeline = it.simulate(description, with(plain));
  EXPECT_EQ(timeline.tasks[1].released, -1);
  EXPECT_EQ(timeline.tasks[1].started, (first + 4000 + 140) * ns);
}

TEST(Policy, AGatedTaskGivesItsSlotToAReadyOne) {
  Recorder it;
  it.kernel(true, 0);
  cubeTask(it, {}, 20000);
  cubeTask(it, {0}, 1000);
  cubeTask(it, {}, 1000);
  Timeline timeline = it.simulate(with({{"cores.groups", 1},
                                        {"dispatch.submit", 1000},
                                        {"dispatch.schedule_dispatch", 100},
                                        {"dispatch.schedule_complete", 10}}),
                                  with(early));
  ASSERT_EQ(timeline.takenBack.size(), 1u);
  EXPECT_EQ(timeline.takenBack[0].task, 1);
  EXPECT_EQ(timeline.takenBack[0].dispatched, 2000 * ns);
  EXPECT_EQ(timeline.takenBack[0].taken, 3000 * ns);
  EXPECT_EQ(timeline.tasks[2].started, 21100 * ns); // right behind the first
  EXPECT_EQ(timeline.tasks[1].dispatched, 21110 * ns);
  EXPECT_EQ(timeline.tasks[1].started, 22100 * ns);
}

TEST(Policy, AGatedTaskDoesNotHoldUpAnotherOnItsCore) {
  // The second waits at the core for the first of another core; the third passes it.
  Recorder it;
  it.kernel(false, 2);
  it.task();
  it.compute(TW_VECTOR_0, 990 * 256); // 1000 cycles
  it.kernel(true, 0);
  cubeTask(it, {0}, 100);
  cubeTask(it, {}, 500);
  Timeline timeline = it.simulate(with({{"cores.groups", 1}}), with(early));
  EXPECT_EQ(timeline.tasks[1].dispatched, 0);
  EXPECT_EQ(timeline.tasks[2].started, 0);
  EXPECT_EQ(timeline.tasks[1].started, 1000 * ns);
  EXPECT_TRUE(timeline.takenBack.empty());
}

TEST(Policy, ATaskBehindAJoinComesEarlyToo) {
  Recorder it;
  it.kernel(true, 0);
  cubeTask(it, {}, 1000);
  cubeTask(it, {}, 1000);
  tilework::recording::Task join;
  join.dependences = {{0, tilework::recording::Explicit}, {1, tilework::recording::Explicit}};
  it.recording.tasks.push_back(join);
  cubeTask(it, {2}, 1000);
  Timeline timeline = it.simulate(with({{"dispatch.schedule_dispatch", 100}}), with(early));
  EXPECT_EQ(timeline.tasks[3].dispatched, 200 * ns); // by the one thread, after the other two
  EXPECT_EQ(timeline.tasks[3].started, 1200 * ns);
}

//===----------------------------------------------------------------------------------------===//
// Submission
//===----------------------------------------------------------------------------------------===//

static Recorder independent(int count, int trackedArguments = 1) {
  Recorder it;
  it.kernel(true, 0);
  it.recording.kernels.back().trackedArguments = trackedArguments;
  for (int i = 0; i < count; ++i)
    cubeTask(it, {}, 1000);
  return it;
}

static Description priced(std::initializer_list<std::pair<const std::string, double>> more) {
  Description description = with({{"dispatch.submit", 874}, {"dispatch.submit_graph", 2300}});
  for (const auto &[entry, value] : more)
    description[entry] = value;
  return description;
}

TEST(Policy, AGraphIsSubmittedForOnePrice) {
  Timeline timeline = independent(10, 0).simulate(priced({}), with(graph));
  for (const TaskTime &task : timeline.tasks)
    EXPECT_EQ(task.submitted, 2300 * ns);
  EXPECT_EQ(timeline.orchestratorBusy, 2300 * ns);
}

TEST(Policy, TasksOfAGraphComeAsTheirDependencesAreLookedUp) {
  Timeline timeline = independent(10).simulate(priced({}), with(graph));
  for (size_t task = 0; task < timeline.tasks.size(); ++task)
    EXPECT_EQ(timeline.tasks[task].submitted, (2300 + (int64_t(task) + 1) * 437) * ns);
  EXPECT_EQ(timeline.orchestratorBusy, (2300 + 10 * 437) * ns);
}

TEST(Policy, AGraphOfFewTasksIsCheaperTaskByTask) {
  Timeline timeline = independent(5).simulate(priced({}), with(graph));
  EXPECT_EQ(timeline.tasks[4].submitted, 5 * 874 * ns);
}

TEST(Policy, AGraphThatTheWindowCannotHoldIsSplit) {
  // Eight at once; then, one by one as two are few, when the first two have been retired.
  Timeline timeline = independent(10, 0).simulate(priced({{"rings.window", 8}}), with(graph));
  Time first = 2300;
  EXPECT_EQ(timeline.tasks[7].submitted, first * ns);
  EXPECT_EQ(timeline.tasks[7].part, 0);
  EXPECT_EQ(timeline.tasks[8].submitting, (first + 1000) * ns);
  EXPECT_EQ(timeline.tasks[8].submission, TaskTime::ForWindow);
  EXPECT_EQ(timeline.tasks[9].submitted, (first + 1000 + 2 * 437) * ns);
}

TEST(Policy, RingsThatCannotWorkAreRefusedBeforeAnythingHappens) {
  Recorder it;
  it.kernel(false, 1);
  int64_t first = it.memory("first", 65536, /*isAllocated=*/true);
  it.task();
  it.load(TW_VECTOR_0, first, 1, 512);
  it.memory("second", 4096, /*isAllocated=*/true);
  it.task({0});
  it.load(TW_VECTOR_0, first, 1, 512);
  try {
    it.simulate(with({{"rings.heap", 69000}}));
    FAIL();
  } catch (const tilework::recording::CapacityError &error) {
    EXPECT_STREQ(error.what(),
                 "'rings.heap' expects at least 69632, but got 69000: before task 1 'kernel' at "
                 "test.py:1:1 there are 'first' of 65536 bytes, used until task 1 'kernel' at "
                 "test.py:1:1, 'second' of 4096 bytes");
  }
  EXPECT_GT(it.simulate(with({{"rings.heap", 69632}})).makespan, 0);
}

//===----------------------------------------------------------------------------------------===//
// Addresses
//===----------------------------------------------------------------------------------------===//

TEST(Policy, TensorsThatShareAnAddressShareTheCache) {
  // Three tensors in a chain, the third where the first was: what is read of it is in the cache,
  // which has room for two, and nothing has to be written back.
  Recorder it;
  it.kernel(false, 1);
  int64_t before = -1;
  for (int64_t i = 0; i < 3; ++i) {
    int64_t tensor = it.memory("t", 65536, /*isAllocated=*/true);
    if (i == 0)
      it.task();
    else
      it.task({i - 1});
    if (before >= 0) {
      it.load(TW_VECTOR_0, before, 1, 65536);
      it.set(TW_VECTOR_0, TW_MTE2, TW_MTE3, 0);
      it.wait(TW_VECTOR_0, TW_MTE2, TW_MTE3, 0);
    }
    it.store(tensor, 1, 65536);
    before = tensor;
  }
  Description description = with({{"capacity.l2", 2 * 65536}, {"dispatch.submit", 10}});
  Timeline apart = it.simulate(description, with(graph));
  EXPECT_EQ(apart.hbm.bytes, 65536);
  EXPECT_EQ(apart.heapPeak, 3 * 65536);
  Timeline together = it.simulate(description, with(shared));
  EXPECT_EQ(together.hbm.bytes, 0);
  EXPECT_EQ(together.heapPeak, 2 * 65536);
  EXPECT_EQ(together.addresses[2], together.addresses[0]);
}
