#include "Recorder.h"

#include <gtest/gtest.h>

namespace tilework::runtime {

constexpr int64_t hostArray = 1 << 20;

/// Loads `columns` elements of an array into ub.
static tw_instruction load(int64_t element, int64_t ubByte, int64_t line = 0, int64_t columns = 8) {
  tw_instruction it = {};
  it.opcode = TW_DMA_LOAD;
  it.pipe = TW_MTE2;
  it.location = line;
  it.num_regions = 2;
  it.regions[0] = {TW_GM, TW_F32, 1, hostArray + 4 * element, {columns}, {1}};
  it.regions[1] = {TW_UB, TW_F32, 1, ubByte, {columns}, {1}};
  return it;
}
static tw_instruction addScalar(int64_t scalar) {
  tw_instruction it = {};
  it.opcode = TW_VECTOR_BINARY;
  it.pipe = TW_V;
  it.flags = TW_SCALAR_RHS;
  it.scalar = scalar;
  it.scalar_type = TW_F32;
  it.num_regions = 1;
  it.regions[0] = {TW_UB, TW_F32, 1, 0, {8}, {1}};
  return it;
}

struct RecorderTest : testing::Test {
  const char *lines[2] = {"a.py:1:1", "a.py:2:1"};
  tw_walk walk = {};
  tw_kernel kernel = {"scope", "a.py:1:1", nullptr, nullptr, nullptr, 0, 0, nullptr};
  tw_image image = {};
  tw_entry entry = {};
  std::optional<Recorder> recorder;
  std::vector<WalkedTasks *> threads;
  std::vector<Placed> memory;
  int64_t tasks = 0;

  void SetUp() override {
    walk.locations = lines;
    walk.num_locations = 2;
    walk.lanes = 1;
    kernel.walk = &walk;
    image.target = "a2a3";
    image.kernels = &kernel;
    image.num_kernels = 1;
    entry.name = "main";
    recorder.emplace(image, entry);
    Span span = {hostArray, hostArray + 4096};
    memory = {{span, recorder->addressOf(recorder->addMemory(span, "x", -1, false))}};
    threads = {&recorder->addThread(), &recorder->addThread()};
  }
  void task(const std::vector<tw_instruction> &instructions, int thread = 0) {
    recorder->addTask({}, {});
    threads[thread]->begin(0);
    for (const tw_instruction &instruction : instructions)
      threads[thread]->add(TW_VECTOR_0, instruction);
    threads[thread]->end(tasks++, memory);
  }
};

TEST_F(RecorderTest, tasks_that_differ_in_where_and_in_scalars_share_a_stream) {
  task({load(0, 0), load(8, 32), addScalar(1)});
  task({load(100, 0), load(108, 32), addScalar(2)});
  task({load(0, 0), load(16, 32), addScalar(1)});
  recording::Recording result = recorder->finish();
  EXPECT_EQ(result.instructions.size(), 3u);
  ASSERT_EQ(result.streams.size(), 1u);
  EXPECT_EQ(result.streams[0].units[TW_VECTOR_0], (std::vector<int32_t>{0, 1, 2}));
  ASSERT_EQ(result.patterns.size(), 2u);
  EXPECT_EQ(result.tasks[1].pattern, 0);
  EXPECT_EQ(result.tasks[1].bases, (std::vector<int64_t>{400}));
  EXPECT_EQ(result.patterns[1].addresses[1].offset, 64);
}

TEST_F(RecorderTest, whatever_else_differs_makes_another_instruction) {
  tw_instruction first = load(0, 0);
  std::vector<tw_instruction> others(8, first);
  others[0].flags = TW_PADS;
  others[1].scalar_type = TW_F32;
  others[2].location = 1;
  others[3].num_regions = 1;
  others[4].regions[0].space = TW_UB;
  others[5].regions[0].strides[0] = 2;
  others[6].regions[1].base = 32;
  others[7].regions[1].sizes[0] = 4;
  task({first});
  for (const tw_instruction &other : others) {
    task({other}); // where the last task had another one
    task({first});
  }
  recording::Recording result = recorder->finish();
  EXPECT_EQ(result.instructions.size(), 1 + others.size());
  EXPECT_EQ(result.streams.size(), 1 + others.size());
  EXPECT_EQ(result.tasks.back().stream, 0);
  EXPECT_EQ(result.instructions[3].location, 1);
  EXPECT_EQ(result.instructions[3].regions[0].base, 0);
}

TEST_F(RecorderTest, a_loop_of_another_length_is_the_same_instructions) {
  for (size_t turns : {3, 5, 2}) {
    std::vector<tw_instruction> loop;
    for (size_t i = 0; i < turns; ++i)
      loop.push_back(load(8 * i, i % 2 * 32));
    loop.push_back(addScalar(0));
    task(loop);
  }
  recording::Recording result = recorder->finish();
  EXPECT_EQ(result.instructions.size(), 3u);
  ASSERT_EQ(result.streams.size(), 3u);
  EXPECT_EQ(result.streams[1].units[TW_VECTOR_0], (std::vector<int32_t>{0, 1, 0, 1, 0, 2}));
  EXPECT_EQ(result.streams[2].units[TW_VECTOR_0], (std::vector<int32_t>{0, 1, 2}));
}

TEST_F(RecorderTest, which_thread_walks_a_task_leaves_no_trace) {
  auto record = [&](std::vector<int> threadOfTask) {
    tasks = 0;
    SetUp();
    for (size_t i = 0; i < threadOfTask.size(); ++i)
      task({load(8 * i, 32 * (i % 3)), addScalar(0), load(0, 64, i % 2)}, threadOfTask[i]);
    return recording::encode(recorder->finish());
  };
  std::string alone = record({0, 0, 0, 0, 0, 0});
  EXPECT_EQ(record({1, 0, 1, 0, 0, 1}), alone);
  EXPECT_EQ(record({0, 1, 1, 1, 1, 0}), alone);
}

} // namespace tilework::runtime
