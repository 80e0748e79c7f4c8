#include "FakeImage.h"

#include <gtest/gtest.h>

namespace tilework::runtime {

static void nothing(tw_host *, const int64_t *) {}

struct HazardTest : testing::Test {
  FakeImage image;
  int64_t storage[64 * 64] = {};
  Matrix all = {storage, 64, 64, 64};
  int32_t read = image.kernel("read", nothing, {memref("x", 0, 2, TW_READ)});
  int32_t write = image.kernel("write", nothing, {memref("x", 0, 2, TW_WRITE)});
  int32_t update = image.kernel("update", nothing, {memref("x", 0, 2, TW_READ_WRITE)});

  using Edges = std::vector<std::pair<int64_t, uint32_t>>;
  RunResult result;
  void run() { result = image.run({all}, traced()); }
  Edges edgesOf(int64_t task) {
    Edges edges;
    for (const Dependence &each : result.tasks[task].dependences)
      edges.push_back({each.task, each.reasons});
    return edges;
  }
};

TEST_F(HazardTest, every_hazard_is_an_edge_with_its_reason) {
  image.orchestration = [&](tw_host *host, const int64_t *) {
    submit(host, write, {all});
    submit(host, read, {all});
    submit(host, read, {all});
    submit(host, write, {all});
    submit(host, write, {all});
    submit(host, update, {all});
  };
  run();
  EXPECT_EQ(edgesOf(1), (Edges{{0, ReadAfterWrite}}));
  EXPECT_EQ(edgesOf(2), (Edges{{0, ReadAfterWrite}})); // two readers are no hazard
  EXPECT_EQ(edgesOf(3), (Edges{{0, WriteAfterWrite}, {1, WriteAfterRead}, {2, WriteAfterRead}}));
  EXPECT_EQ(edgesOf(4), (Edges{{3, WriteAfterWrite}}));
  EXPECT_EQ(edgesOf(5), (Edges{{4, ReadAfterWrite}}));
  EXPECT_EQ(result.stats.readAfterWrite, 3);
  EXPECT_EQ(result.stats.writeAfterWrite, 2);
  EXPECT_EQ(result.stats.writeAfterRead, 2);
  EXPECT_EQ(result.stats.tasks, 6);
}

TEST_F(HazardTest, parts_that_do_not_meet_are_independent) {
  image.orchestration = [&](tw_host *host, const int64_t *) {
    for (int64_t column = 0; column < 64; column += 16)
      submit(host, write, {all.part(0, column, 64, 16)});
    submit(host, read, {all.part(8, 16, 8, 16)}); // one of them
    submit(host, read, {all.part(0, 15, 1, 2)});  // two of them
    submit(host, write, {all.part(0, 0, 8, 16)}); // touches the corner of task 4
  };
  run();
  for (int64_t task = 0; task < 4; ++task)
    EXPECT_EQ(edgesOf(task), Edges{});
  EXPECT_EQ(edgesOf(4), (Edges{{1, ReadAfterWrite}}));
  EXPECT_EQ(edgesOf(5), (Edges{{0, ReadAfterWrite}, {1, ReadAfterWrite}}));
  EXPECT_EQ(edgesOf(6), (Edges{{0, WriteAfterWrite}, {5, WriteAfterRead}}));
}

TEST_F(HazardTest, callers_arrays_that_overlap_are_one) {
  Matrix lower = all.part(0, 0, 40, 64), upper = all.part(32, 0, 32, 64);
  image.orchestration = [&](tw_host *host, const int64_t *) {
    submit(host, write, {lower});
    submit(host, read, {upper.part(8, 0, 8, 64)});
    submit(host, read, {upper.part(7, 0, 8, 64)});
  };
  result = image.run({lower, upper}, traced());
  EXPECT_EQ(edgesOf(1), Edges{});
  EXPECT_EQ(edgesOf(2), (Edges{{0, ReadAfterWrite}}));
}

TEST_F(HazardTest, a_region_program_replaces_whole_arguments) {
  int32_t rows = image.kernel("rows", nothing, {memref("x", 0, 2, TW_READ), scalar("row", 6)},
                              [](tw_host *host, const int64_t *slots) {
                                for (int64_t i = 0; i < 4; ++i) {
                                  int64_t offsets[] = {slots[6] + i, 0}, sizes[] = {1, slots[3]};
                                  host->access(host, 0, TW_READ, offsets, sizes);
                                }
                                int64_t nowhere[] = {0, 0}, empty[] = {0, 64};
                                host->access(host, 0, TW_WRITE, nowhere, empty);
                              });
  image.orchestration = [&](tw_host *host, const int64_t *) {
    submit(host, write, {all.part(0, 0, 8, 64)});
    submit(host, write, {all.part(8, 0, 8, 64)});
    submit(host, rows, {all}, {6});
    submit(host, rows, {all}, {4});
  };
  run();
  EXPECT_EQ(edgesOf(2), (Edges{{0, ReadAfterWrite}, {1, ReadAfterWrite}}));
  EXPECT_EQ(edgesOf(3), (Edges{{0, ReadAfterWrite}}));
  ASSERT_EQ(result.tasks[2].rectangles.size(), 1u);
  EXPECT_EQ(result.tasks[2].rectangles[0].offsets[0], 6);
  EXPECT_EQ(result.tasks[2].rectangles[0].sizes[0], 4);
  EXPECT_EQ(result.stats.rectangles, 4);
}

TEST_F(HazardTest, explicit_dependences_and_joins) {
  image.orchestration = [&](tw_host *host, const int64_t *) {
    int64_t a = submit(host, read, {all});
    int64_t b = submit(host, read, {all}, {}, {TW_NO_TASK, a, a});
    int64_t both[] = {a, b, TW_NO_TASK};
    int64_t joined = host->join(host, 3, both, 3);
    submit(host, write, {all}, {}, {joined, b});
    // Of ids that the compiler adds, a task is told as well.
    host->join(host, 3, both, 1);
  };
  run();
  EXPECT_EQ(edgesOf(4), (Edges{{0, Explicit}, {1, recording::Known}}));
  EXPECT_EQ(edgesOf(1), (Edges{{0, Explicit}}));
  EXPECT_EQ(edgesOf(2), (Edges{{0, Explicit}, {1, Explicit}}));
  EXPECT_EQ(edgesOf(3),
            (Edges{{0, WriteAfterRead}, {1, Explicit | WriteAfterRead}, {2, Explicit}}));
  EXPECT_EQ(result.stats.joins, 2);
  EXPECT_EQ(result.stats.explicitDependences, 6);
  EXPECT_EQ(result.stats.knownDependences, 1);
}

TEST_F(HazardTest, allocated_tensors_are_roots) {
  image.orchestration = [&](tw_host *host, const int64_t *) {
    Matrix tensor = {static_cast<int64_t *>(host->alloc(host, 8 * 8 * 8, 0)), 8, 8, 8};
    submit(host, write, {tensor});
    submit(host, read, {tensor.part(1, 1, 2, 2)});
    submit(host, read, {all});
  };
  run();
  EXPECT_EQ(edgesOf(1), (Edges{{0, ReadAfterWrite}}));
  EXPECT_EQ(edgesOf(2), Edges{});
  EXPECT_EQ(result.stats.allocatedBytes, 512);
}

TEST_F(HazardTest, a_trace_does_not_depend_on_threads_or_order) {
  image.orchestration = [&](tw_host *host, const int64_t *) {
    for (int64_t i = 0; i < 300; ++i)
      submit(host, i % 3 ? read : write, {all.part(i * 7 % 50, i * 11 % 50, 9, 9)});
  };
  run();
  RunResult first = std::move(result);
  RunOptions options = traced();
  options.threads = 4;
  options.orderSeed = 5;
  options.window = 8;
  result = image.run({all}, options);
  for (int64_t task = 0; task < 300; ++task) {
    Edges edges = edgesOf(task);
    std::swap(result, first);
    EXPECT_EQ(edges, edgesOf(task));
    std::swap(result, first);
  }
  EXPECT_LE(result.stats.maxOutstanding, 8);
}

} // namespace tilework::runtime
