//===- CapacityTest.cpp - what graphs ask of rings, worked out by hand
//--------------------------===//

#include "Capacity.h"
#include "MemoryPlan.h"

#include "gtest/gtest.h"

using namespace tilework::recording;

namespace {

/// Tasks that use memories, without streams.
struct Drawn {
  int64_t memory(int64_t bytes) {
    int64_t address = 0;
    for (const Memory &each : it.memories)
      address =
          each.address + (each.bytes + memoryAlignment - 1) / memoryAlignment * memoryAlignment;
    it.memories.push_back({"m" + std::to_string(it.memories.size()), address, bytes, numTasks()});
    return address;
  }
  int64_t task(std::initializer_list<int64_t> after, std::initializer_list<int64_t> uses = {}) {
    Task task;
    task.bases = uses;
    for (int64_t each : after)
      task.dependences.push_back({each, ReadAfterWrite});
    it.tasks.push_back(task);
    return numTasks() - 1;
  }
  void wait(std::initializer_list<int64_t> writers) { it.waits.push_back({numTasks(), writers}); }
  int64_t numTasks() const { return static_cast<int64_t>(it.tasks.size()); }
  Recording it;
};

constexpr int64_t place = memoryAlignment;

/// Each task reads what the one before has written: `length` tensors of one place.
Drawn chain(int length) {
  Drawn graph;
  int64_t before = graph.memory(place);
  graph.task({}, {before});
  for (int i = 1; i < length; ++i) {
    int64_t next = graph.memory(place);
    graph.task({i - 1}, {before, next});
    before = next;
  }
  return graph;
}

std::string errorOf(const Recording &recording, const Rings &rings) {
  try {
    partsOf(recording, graphsOf(recording), rings);
  } catch (const CapacityError &error) {
    return error.what();
  }
  return "none";
}

std::vector<std::pair<int64_t, int64_t>> splitOf(const Recording &recording, const Rings &rings) {
  std::vector<std::pair<int64_t, int64_t>> parts;
  for (Part part : partsOf(recording, graphsOf(recording), rings))
    parts.push_back({part.first, part.last});
  return parts;
}

using Parts = std::vector<std::pair<int64_t, int64_t>>;
constexpr Rings wide = {1000, int64_t(1) << 40, 1000};

} // namespace

TEST(Capacity, OfAChainIsTwoTensorsAtLeast) {
  Capacity capacity = capacityOf(chain(10).it);
  EXPECT_EQ(capacity.least.heap, 2 * place);
  EXPECT_EQ(capacity.ample.heap, 10 * place);
  EXPECT_EQ(capacity.least.window, 1);
  EXPECT_EQ(capacity.ample.window, 10);
  EXPECT_EQ(capacity.least.dependences, 1);
  EXPECT_EQ(capacity.ample.dependences, 9);
}

TEST(Capacity, AWaitLetsWhatItWaitedForLeave) {
  Drawn graph = chain(5);
  graph.wait({4}); // hence for all five
  for (int i = 0; i < 3; ++i)
    graph.task({});
  Capacity capacity = capacityOf(graph.it);
  EXPECT_EQ(capacity.ample.window, 5);
  EXPECT_EQ(capacity.ample.heap, 5 * place);
}

TEST(Capacity, TensorsLeaveInTheOrderTheyCame) {
  // The first is used last, so nothing leaves before.
  Drawn graph;
  int64_t first = graph.memory(place);
  graph.task({}, {first});
  for (int i = 0; i < 3; ++i)
    graph.task({}, {graph.memory(place)});
  graph.task({0}, {first});
  EXPECT_EQ(capacityOf(graph.it).least.heap, 4 * place);
}

TEST(Capacity, AGraphIsSplitWhereARingIsFull) {
  Recording it = chain(10).it;
  EXPECT_EQ(splitOf(it, wide), (Parts{{0, 10}}));
  EXPECT_EQ(splitOf(it, {4, wide.heap, 1000}), (Parts{{0, 4}, {4, 8}, {8, 10}}));
  // Behind the tensor that the task before has left there is room for three.
  EXPECT_EQ(splitOf(it, {1000, 4 * place, 1000}), (Parts{{0, 4}, {4, 7}, {7, 10}}));
  EXPECT_EQ(splitOf(it, {1000, wide.heap, 5}), (Parts{{0, 6}, {6, 10}}));
}

TEST(Capacity, NoGraphReachesOverAWait) {
  Drawn graph = chain(5);
  graph.wait({}); // of an array of the caller: nobody has to be waited for
  graph.task({});
  graph.wait({2});
  graph.task({});
  EXPECT_EQ(splitOf(graph.it, wide), (Parts{{0, 6}, {6, 7}}));
}

TEST(Capacity, WhatCannotWorkIsNamed) {
  Recording it = chain(3).it;
  EXPECT_EQ(
      errorOf(it, {1000, 2 * place - 1, 1000}),
      "'rings.heap' expects at least 131072, but got 131071: before task 1 (a join) there are "
      "'m0' of 65536 bytes, used until task 1 (a join), 'm1' of 65536 bytes, used until task "
      "2 (a join)");
  EXPECT_EQ(errorOf(it, {1000, wide.heap, 0}),
            "'rings.dependences' expects at least 1, but got 0: task 1 (a join) waits for as many");
  EXPECT_EQ(errorOf(it, {0, wide.heap, 1000}),
            "'rings.window' expects at least 1, but got 0: tasks are submitted into it");
}

TEST(MemoryPlan, TensorsOfAChainTakeTurns) {
  MemoryPlan plan = planMemory(chain(10).it);
  EXPECT_EQ(plan.sum, 10 * place);
  EXPECT_EQ(plan.bytes, 2 * place);
  EXPECT_EQ(plan.bound, 2 * place);
  EXPECT_EQ(plan.offsets[0], plan.offsets[2]);
}

TEST(MemoryPlan, TensorsOfParallelTasksStayApart) {
  Drawn graph;
  for (int i = 0; i < 4; ++i)
    graph.task({}, {graph.memory(place)});
  MemoryPlan plan = planMemory(graph.it);
  EXPECT_EQ(plan.bytes, 4 * place);
  EXPECT_EQ(plan.bound, place); // each might be executed alone, but nothing says so
}

TEST(MemoryPlan, EveryUserHasToPrecedeEveryUser) {
  // Two tasks use the first tensor; only one of them precedes the user of the second.
  Drawn graph;
  int64_t first = graph.memory(place);
  graph.task({}, {first});
  graph.task({}, {first});
  int64_t second = graph.memory(place);
  graph.task({0}, {second});
  EXPECT_EQ(planMemory(graph.it).bytes, 2 * place);
  graph.it.tasks[2].dependences.push_back({1, ReadAfterWrite});
  EXPECT_EQ(planMemory(graph.it).bytes, place);
}

TEST(MemoryPlan, WhatTheOrchestrationReadsLaterStays) {
  Drawn graph;
  int64_t first = graph.memory(place);
  graph.task({}, {first});
  int64_t second = graph.memory(place);
  graph.task({0}, {second});
  EXPECT_EQ(planMemory(graph.it).bytes, place);
  graph.wait({0});
  EXPECT_EQ(planMemory(graph.it).bytes, 2 * place);
}

TEST(MemoryPlan, ArraysOfTheCallerAreNotMoved) {
  Drawn graph = chain(3);
  graph.it.memories[0].tasksBefore = -1;
  MemoryPlan plan = planMemory(graph.it);
  EXPECT_EQ(plan.offsets[0], -1);
  EXPECT_EQ(plan.sum, 2 * place);
}
