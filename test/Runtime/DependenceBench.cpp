//===- DependenceBench.cpp - what dependences cost per task ------------------------*- C++ -*-===//
//
// dependence-bench: lines of a name and tab-separated numbers; ./dev bench dependences makes tables
// of them. Times are CPU time of the thread that does the work, the least of several runs.
//
//===------------------------------------------------------------------------------------------===//

#include "FakeImage.h"
#include "TaskGraph.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <functional>
#include <random>
#include <string>
#include <thread>

using namespace tilework::runtime;

constexpr int repeats = 5;

static double nanoseconds(clockid_t clock = CLOCK_THREAD_CPUTIME_ID) {
  timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec * 1e9 + time.tv_nsec;
}

static double least(const std::function<double()> &measure) {
  double best = measure();
  for (int i = 1; i < repeats; ++i)
    best = std::min(best, measure());
  return best;
}

//===----------------------------------------------------------------------------------------===//
// Dynamic dependences
//===----------------------------------------------------------------------------------------===//

namespace {

/// The i-th view of a buffer that holds `views` of them, each apart from the others.
struct Shape {
  int64_t offset, sizes[2], strides[2]; ///< in elements of two bytes
};
using Pattern = std::function<Shape(int64_t i, int64_t views)>;

} // namespace

/// Tasks that write one view each, round and round: each looks for what it meets and finds the
/// write of the same view that came `views` tasks before, which is what is live.
static double dynamicCost(const Pattern &pattern, int64_t views, bool retires) {
  int64_t retired = -1;
  AccessMap map([&](int64_t task) { return task <= retired; });
  constexpr uintptr_t begin = 1 << 20;
  map.addRoot({begin, begin + (int64_t(1) << 40)});
  AccessMap::Root &root = *map.rootOf({begin, begin + 1});
  std::vector<Dependence> found;
  std::vector<Shape> shapes;
  for (int64_t i = 0; i < views; ++i)
    shapes.push_back(pattern(i, views));
  int64_t task = 0, tasks = std::max<int64_t>(2 * views, 20000), edges = 0;
  size_t at = 0;
  auto round = [&](int64_t count) {
    for (int64_t end = task + count; task < end; ++task) {
      const Shape &shape = shapes[at];
      at = at + 1 == shapes.size() ? 0 : at + 1;
      View view = {begin + 2 * shape.offset, 2, 2, shape.sizes, shape.strides};
      Rectangle whole = {0, TW_WRITE, 2, {0, 0}, {shape.sizes[0], shape.sizes[1]}};
      Box box;
      makeBox(view, whole, root.span, box);
      found.clear();
      map.findDependences(root, box, TW_WRITE, found);
      map.record(root, box, TW_WRITE, task);
      edges += found.size();
      retired = retires ? task - views + 1 : -1;
    }
  };
  round(2 * views);
  edges = 0;
  double before = nanoseconds();
  round(tasks);
  double cost = (nanoseconds() - before) / tasks;
  if (edges != (retires ? 0 : tasks))
    std::fprintf(stderr, "expects %ld edges, but got %ld\n", long(retires ? 0 : tasks),
                 long(edges));
  return cost;
}

static void printDynamic() {
  std::vector<uint32_t> order(16384);
  std::mt19937 random(1);
  auto shuffle = [&](int64_t views) {
    order.resize(views);
    for (int64_t i = 0; i < views; ++i)
      order[i] = i;
    std::shuffle(order.begin(), order.end(), random);
  };
  struct Named {
    const char *name;
    Pattern pattern;
  };
  std::vector<Named> patterns = {
      {"strips of columns",
       [](int64_t i, int64_t views) { return Shape{128 * i, {5120, 128}, {128 * views, 1}}; }},
      {"strips of rows",
       [](int64_t i, int64_t) { return Shape{16 * 5120 * i, {16, 5120}, {5120, 1}}; }},
      {"tiles",
       [](int64_t i, int64_t) {
         return Shape{i / 64 * 16 * 8192 + i % 64 * 128, {16, 128}, {8192, 1}};
       }},
      {"tiles in parts of pieces", // not aligned to their shape
       [](int64_t i, int64_t) {
         return Shape{100 + i / 64 * 20 * 8192 + i % 64 * 120, {16, 112}, {8192, 1}};
       }},
      {"tiles at any place",
       [](int64_t i, int64_t) {
         auto any = static_cast<uint32_t>(i) * 2654435761u;
         return Shape{(i / 64 * 20 + any / 256 % 5) * 8192 + i % 64 * 120 + any / 65536 % 9,
                      {16, 112},
                      {8192, 1}};
       }},
      {"cache rows, in any order",
       [&](int64_t i, int64_t) { return Shape{128 * order[i], {1, 128}, {128, 1}}; }},
      {"rows, pages, tiles and strips",
       [](int64_t i, int64_t views) {
         int64_t quarter = views / 4, base = int64_t(1) << 32, at = i / 4;
         switch (i % 4) {
         case 0:
           return Shape{128 * at, {1, 128}, {128, 1}};
         case 1:
           return Shape{base + 128 * 128 * at, {128, 128}, {128, 1}};
         case 2:
           return Shape{2 * base + at / 64 * 16 * 8192 + at % 64 * 128, {16, 128}, {8192, 1}};
         default:
           return Shape{3 * base + 128 * at, {5120, 128}, {128 * quarter, 1}};
         }
       }},
  };
  for (bool retires : {false, true})
    for (const Named &each : patterns) {
      std::printf("dynamic\t%s\t%s", retires ? "ended" : "live", each.name);
      for (int64_t views : {256, 4096, 16384}) {
        shuffle(views);
        std::printf("\t%.0f", least([&] { return dynamicCost(each.pattern, views, retires); }));
      }
      std::printf("\n");
    }
}

//===----------------------------------------------------------------------------------------===//
// Static dependences
//===----------------------------------------------------------------------------------------===//

static double benchNs; ///< CPU time that the orchestration took

/// In which order each task in turn gives its ids, 0 being the latest of them. As many as a power
/// of two, taken round and round.
using Orders = std::vector<std::array<int64_t, 4>>;

/// Submits `rounds` times as many tasks without tracked arguments as the window holds, each behind
/// `edges` earlier ones, on one thread; between rounds, which is not counted, all of them are run.
static double submissionCost(int64_t window, int64_t rounds, int64_t edges, const Orders &orders) {
  FakeImage image;
  int64_t end = 0;
  int32_t idle = image.kernel("idle", [](tw_host *, const int64_t *) {}, {scalar("i", 0)});
  int32_t ends =
      image.kernel("ends", [](tw_host *, const int64_t *) {}, {memref("end", 0, 2, TW_WRITE)});
  image.orchestration = [&](tw_host *host, const int64_t *) {
    benchNs = 0;
    for (int64_t round = 0, last = -1; round < rounds; ++round) {
      double before = nanoseconds();
      for (int64_t i = 0, first = last + 1; i < window - 1; ++i) {
        const std::array<int64_t, 4> &order = orders[i & (orders.size() - 1)];
        int64_t deps[4];
        for (int64_t d = 0; d < edges; ++d)
          deps[d] = i > 8 * order[d] ? first + i - 1 - 8 * order[d] : TW_NO_TASK;
        last = host->submit(host, idle, &i, edges, deps, edges);
      }
      benchNs += (nanoseconds() - before) / (rounds * (window - 1));
      last = submit(host, ends, {{&end, 1, 1, 1}}, {}, {last});
      host->wait(host, &end, sizeof end, "");
    }
  };
  RunOptions options;
  options.threads = 1;
  options.window = window;
  image.run({{&end, 1, 1, 1}}, options);
  return benchNs;
}

/// In a window of the usual size, whose memory is used again and again, and in one for all tasks,
/// whose memory comes from the operating system.
static void printStatic() {
  Orders anyOrder(1024, {0, 1, 2, 3});
  std::mt19937 random(1);
  for (std::array<int64_t, 4> &order : anyOrder)
    std::shuffle(order.begin(), order.end(), random);
  struct Row {
    const char *name;
    int64_t edges;
    Orders orders;
    double cost[2];
  };
  std::vector<Row> rows = {
      {"none", 0, {{}}, {}},
      {"1", 1, {{0}}, {}},
      {"2, the latest first", 2, {{0, 1}}, {}},
      {"2, the oldest first", 2, {{1, 0}}, {}},
      {"4, the latest first", 4, {{0, 1, 2, 3}}, {}},
      {"4, the oldest first", 4, {{3, 2, 1, 0}}, {}},
      {"4, in any order", 4, anyOrder, {}},
  };
  // Every repeat measures all of them: differences are of one and the same state of the machine.
  for (int repeat = 0; repeat < 6 * repeats; ++repeat)
    for (Row &row : rows) {
      double cost[] = {submissionCost(256, 200, row.edges, row.orders),
                       submissionCost(200000, 1, row.edges, row.orders)};
      for (int i = 0; i < 2; ++i)
        row.cost[i] = repeat == 0 ? cost[i] : std::min(row.cost[i], cost[i]);
    }
  for (const Row &row : rows) {
    std::printf("static\t%s", row.name);
    for (int i = 0; i < 2; ++i)
      std::printf("\t%.1f\t%.1f", row.cost[i], row.cost[i] - rows[0].cost[i]);
    std::printf("\n");
  }
}

/// A million empty tasks, each behind the one a thousand before, from the first submission to the
/// last end.
static void printMillion() {
  constexpr int64_t count = 1000000;
  for (int threads : {1, 2})
    for (int64_t window : {int64_t(256), count}) {
      RunStats best;
      for (int i = 0; i < repeats; ++i) {
        FakeImage image;
        int32_t idle = image.kernel("idle", [](tw_host *, const int64_t *) {}, {scalar("i", 0)});
        image.orchestration = [&](tw_host *host, const int64_t *) {
          for (int64_t i = 0; i < count; ++i) {
            int64_t dep = i >= 1000 ? i - 1000 : TW_NO_TASK;
            host->submit(host, idle, &i, 1, &dep, 1);
          }
        };
        RunOptions options;
        options.threads = threads;
        options.window = window;
        RunStats stats = image.run({}, options).stats;
        if (i == 0 || stats.wallNs < best.wallNs)
          best = stats;
      }
      int64_t cpuNs = 0;
      for (int64_t each : best.cpuNs)
        cpuNs += each;
      std::printf("million\t%d\t%ld\t%.2f\t%.2f\t%.0f\n", threads, long(window), best.wallNs / 1e9,
                  cpuNs / 1e9, double(best.graphBytes) / count);
    }
}

int main(int argc, char **) {
  if (argc > 1)
    return printDynamic(), 0;
  printDynamic();
  printStatic();
  printMillion();
}
