#include "TaskGraph.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <random>
#include <thread>

namespace tilework::runtime {

namespace {

/// A random graph: which tasks there are, what each waits for, and which fail.
struct Problem {
  struct Node {
    std::vector<Dependence> dependences;
    bool isJoin, fails;
    int microseconds;
  };
  std::vector<Node> nodes;

  Problem(uint32_t seed, int64_t count) {
    std::mt19937 random(seed);
    auto below = [&](int64_t limit) { return static_cast<int64_t>(random() % limit); };
    int64_t reach = 1 + below(count), most = below(6), failing = below(3);
    for (int64_t task = 0; task < count; ++task) {
      Node node = {{}, below(10) == 0, false, below(20) == 0 ? int(below(100)) : 0};
      node.fails = !node.isJoin && failing > 0 && below(50 * failing) == 0;
      for (int64_t i = below(most + 1); i > 0 && task > 0; --i) {
        int64_t before = std::max<int64_t>(0, task - 1 - below(reach));
        auto isIt = [&](const Dependence &each) { return each.task == before; };
        if (std::none_of(node.dependences.begin(), node.dependences.end(), isIt))
          node.dependences.push_back({before, Explicit});
      }
      nodes.push_back(node);
    }
  }
  struct Fates {
    std::vector<bool> runs, isLost; ///< the second: failed, or dropped
  };
  Fates fates() const {
    Fates fates;
    for (const Node &node : nodes) {
      bool isDropped = false;
      for (const Dependence &each : node.dependences)
        isDropped |= fates.isLost[each.task];
      fates.runs.push_back(!isDropped && !node.isJoin);
      fates.isLost.push_back(isDropped || node.fails);
    }
    return fates;
  }
};

/// Submits a problem on one thread and works on it on all.
struct Trial {
  const Problem &problem;
  TaskGraph graph;
  std::vector<std::atomic<int>> starts, ends;
  std::atomic<int64_t> early{0}; ///< tasks that began before something they wait for had ended

  Trial(const Problem &problem, int64_t window, std::optional<uint64_t> orderSeed)
      : problem(problem), graph(window, orderSeed), starts(problem.nodes.size()),
        ends(problem.nodes.size()) {}

  bool execute(const Task &task) {
    const Problem::Node &node = problem.nodes[task.id];
    EXPECT_EQ(task.slots[0], task.id);
    for (const Dependence &each : node.dependences)
      if (!problem.nodes[each.task].isJoin && !ends[each.task])
        ++early;
    ++starts[task.id];
    if (node.microseconds > 0)
      std::this_thread::sleep_for(std::chrono::microseconds(node.microseconds));
    ++ends[task.id];
    return !node.fails;
  }
  void run(int threads, int64_t cancelsAfter = -1) {
    auto body = [&](const Task &task) { return execute(task); };
    std::vector<std::thread> workers;
    for (int i = 1; i < threads; ++i)
      workers.emplace_back([&] { graph.drain(body); });
    for (int64_t id = 0; id < int64_t(problem.nodes.size()) && !graph.isCancelled(); ++id) {
      if (id == cancelsAfter)
        graph.cancel();
      if (graph.isFull())
        graph.workUntil([&] { return !graph.isFull(); }, body);
      if (id > 0 && id % 97 == 0)
        graph.workUntil([&] { return graph.isEnded(id / 2); }, body);
      const Problem::Node &node = problem.nodes[id];
      Task &task = graph.prepare(node.isJoin ? Task::join : 0, &id, 1);
      graph.submit(task, node.dependences);
    }
    graph.close();
    graph.drain(body);
    for (std::thread &worker : workers)
      worker.join();
  }
};

} // namespace

TEST(TaskGraph, stress) {
  for (uint32_t seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    int64_t count = 1 + random() % 400;
    Problem problem(seed, count);
    int64_t window = seed % 3 == 0 ? 1 + random() % 4 : 1 + random() % 500;
    std::optional<uint64_t> order;
    if (seed % 2)
      order = seed;
    Trial trial(problem, window, order);
    bool cancels = seed % 5 == 0;
    trial.run(1 + seed % 8, cancels ? int64_t(random() % count) : -1);

    Problem::Fates fates = problem.fates();
    EXPECT_EQ(trial.early, 0) << seed;
    EXPECT_LE(trial.graph.maxOutstanding(), window);
    for (int64_t id = 0; id < trial.graph.size(); ++id) {
      ASSERT_TRUE(trial.graph.isEnded(id)) << seed << " " << id;
      ASSERT_LE(trial.starts[id], fates.runs[id]) << seed << " " << id;
      if (cancels)
        continue;
      ASSERT_EQ(trial.starts[id], fates.runs[id]) << seed << " " << id;
      ASSERT_EQ(trial.graph.isFailed(id), fates.isLost[id]) << seed << " " << id;
      ASSERT_EQ(trial.graph.isRetired(id), !fates.isLost[id]) << seed << " " << id;
    }
  }
}

/// Tasks as short as they get: threads fall asleep and are woken all the time.
TEST(TaskGraph, chains_of_empty_tasks) {
  for (int threads : {1, 2, 4, 8}) {
    TaskGraph graph(64, std::nullopt);
    std::atomic<int64_t> executed{0};
    auto body = [&](const Task &) { return ++executed, true; };
    std::vector<std::thread> workers;
    for (int i = 1; i < threads; ++i)
      workers.emplace_back([&] { graph.drain(body); });
    constexpr int64_t count = 20000;
    for (int64_t id = 0; id < count; ++id) {
      if (graph.isFull())
        graph.workUntil([&] { return !graph.isFull(); }, body);
      std::vector<Dependence> before;
      if (id >= 3)
        before.push_back({id - 3, Explicit});
      graph.submit(graph.prepare(0, nullptr, 0), before);
      if (id % 1000 == 999)
        graph.workUntil([&] { return graph.isEnded(id); }, body);
    }
    graph.close();
    graph.drain(body);
    for (std::thread &worker : workers)
      worker.join();
    EXPECT_EQ(executed, count);
  }
}

TEST(TaskGraph, memory_is_that_of_the_window) {
  TaskGraph graph(256, std::nullopt);
  auto body = [](const Task &) { return true; };
  int64_t slots[20] = {};
  for (int64_t id = 0; id < 100000; ++id) {
    if (graph.isFull())
      graph.workUntil([&] { return !graph.isFull(); }, body);
    graph.submit(graph.prepare(0, slots, 1 + id % 20), {});
  }
  EXPECT_LT(graph.capacityBytes(), 256 * sizeof(Task) + 256 * sizeof slots + (128 << 10));
  graph.close();
  graph.drain(body);
}

} // namespace tilework::runtime
