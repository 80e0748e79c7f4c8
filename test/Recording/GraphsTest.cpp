#include "Graphs.h"

#include <gtest/gtest.h>

namespace tilework::recording {

using Ranges = std::vector<std::pair<int64_t, int64_t>>;

static Ranges rangesOf(const Recording &recording) {
  Ranges ranges;
  for (const Graph &graph : graphsOf(recording))
    ranges.push_back({graph.begin, graph.end});
  return ranges;
}

static Recording tasks(int64_t count) {
  Recording recording;
  recording.tasks.resize(count);
  recording.loops = {{"a.py:1:1", "i", false}, {"a.py:2:1", "j", true}};
  return recording;
}

TEST(Graphs, of_a_program_without_loops_is_one) {
  EXPECT_EQ(rangesOf(tasks(0)), Ranges{});
  EXPECT_EQ(rangesOf(tasks(5)), (Ranges{{0, 5}}));
}

TEST(Graphs, end_where_the_orchestration_waits_for_one_of_theirs) {
  Recording recording = tasks(10);
  recording.waits = {{2, {}}, {4, {1}}, {6, {0, 3}}, {8, {2, 5}}, {10, {9}}};
  EXPECT_EQ(rangesOf(recording), (Ranges{{0, 4}, {4, 8}, {8, 10}}));
}

TEST(Graphs, begin_with_iterations_of_outermost_sequential_loops) {
  Recording recording = tasks(10);
  recording.marks = {{1, Mark::Enter, 0}, {1, Mark::Next}, {2, Mark::Enter, 1},
                     {2, Mark::Next},     {3, Mark::Next}, {4, Mark::Leave},
                     {5, Mark::Next},     {5, Mark::Next}, {7, Mark::Leave}};
  recording.waits = {{6, {5}}, {9, {6}}};
  EXPECT_EQ(rangesOf(recording), (Ranges{{0, 1}, {1, 5}, {5, 6}, {6, 7}, {7, 10}}));
}

TEST(Graphs, do_not_end_in_parallel_loops) {
  Recording recording = tasks(4);
  recording.marks = {{0, Mark::Enter, 1}, {0, Mark::Next},  {0, Mark::Enter, 0}, {0, Mark::Next},
                     {1, Mark::Next},     {2, Mark::Leave}, {2, Mark::Next},     {4, Mark::Leave}};
  EXPECT_EQ(rangesOf(recording), (Ranges{{0, 4}}));
}

} // namespace tilework::recording
