//===- LifetimeTest.cpp - runs that release their tensors -----------------------------------===//

#include "FakeImage.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <random>

namespace tilework::runtime {

constexpr int64_t columns = 64;

static Matrix matrixAt(const int64_t *s) {
  return {reinterpret_cast<int64_t *>(s[0]), s[2], s[3], s[4]};
}

/// y = 31 y + x + s, and y = s.
static void combine(tw_host *, const int64_t *s) {
  Matrix x = matrixAt(s), y = matrixAt(s + matrixSlots);
  for (int64_t i = 0; i < y.rows * y.columns; ++i)
    y.data[i] = static_cast<int64_t>(31 * static_cast<uint64_t>(y.data[i]) +
                                     static_cast<uint64_t>(x.data[i]) + s[2 * matrixSlots]);
}
static void fill(tw_host *, const int64_t *s) {
  Matrix y = matrixAt(s);
  std::fill_n(y.data, y.rows * y.columns, s[matrixSlots]);
}

struct LifetimeTest : testing::Test {
  FakeImage image;
  int64_t storage[16 * columns] = {};
  Matrix result = {storage, 16, columns, columns};
  RunOptions options;

  int32_t combineKernel =
      image.kernel("combine", combine,
                   {memref("x", 0, 2, TW_READ), memref("y", matrixSlots, 2, TW_READ_WRITE),
                    scalar("s", 2 * matrixSlots)});
  int32_t fillKernel =
      image.kernel("fill", fill, {memref("y", 0, 2, TW_WRITE), scalar("s", matrixSlots)});

  void makeStatic() {
    for (std::vector<tw_arg> &args : image.args)
      for (tw_arg &arg : args)
        arg.flags |= arg.kind == TW_MEMREF ? TW_STATIC : 0;
  }
  static Matrix alloc(tw_host *host, int64_t rows) {
    void *memory = host->alloc(host, rows * columns * sizeof(int64_t), 0);
    return {static_cast<int64_t *>(memory), rows, columns, columns};
  }
};

TEST_F(LifetimeTest, a_loop_needs_a_few_of_its_tensors) {
  constexpr int64_t rows = 4 << 11, count = 60; // 4 MB each
  for (bool isStatic : {false, true}) {
    if (isStatic)
      makeStatic();
    image.orchestration = [&](tw_host *host, const int64_t *) {
      int64_t last = TW_NO_TASK;
      submit(host, fillKernel, {result}, {0});
      for (int64_t i = 0; i < count; ++i) {
        Matrix tensor = alloc(host, rows);
        int64_t filled = submit(host, fillKernel, {tensor}, {i});
        last = submit(host, combineKernel, {tensor.part(0, 0, 16, columns), result}, {0},
                      {filled, last < 0 ? 0 : last});
        host->release(host, tensor.data);
      }
    };
    uint64_t expected = 0;
    for (int64_t i = 0; i < count; ++i)
      expected = 31 * expected + i;
    for (int threads : {1, 2})
      for (std::optional<uint64_t> seed : {std::optional<uint64_t>(), {5}, {6}}) {
        options.threads = threads;
        options.orderSeed = seed;
        RunStats stats = image.run({result}, options).stats;
        EXPECT_EQ(stats.allocatedBytes, count << 22);
        EXPECT_LE(stats.peakBytes, int64_t(7) << 22);
        for (int64_t value : storage)
          ASSERT_EQ(static_cast<uint64_t>(value), expected);
      }
  }
}

/// Variables that hold tensors, assigned and computed with at random; each program is carried out
/// one step at a time, too.
struct RandomProgram {
  std::vector<std::array<int64_t, 4>> steps; ///< what, two variables, a number
  static constexpr int64_t variables = 6;

  explicit RandomProgram(uint64_t seed) {
    std::mt19937_64 random(seed);
    for (int i = 0; i < 600; ++i)
      steps.push_back({static_cast<int64_t>(random() % 5), static_cast<int64_t>(random() % 6),
                       static_cast<int64_t>(random() % 6), static_cast<int64_t>(random() % 1000)});
  }

  /// The variables in the end; `Ops` says what tensors and tasks are.
  template <typename Ops> void run(Ops &ops) const {
    typename Ops::Tensor values[variables];
    for (auto &value : values)
      value = ops.make(7);
    for (auto [what, a, b, number] : steps) {
      if (what == 0 || what == 1) { // a new one
        ops.drop(values[a]);
        values[a] = ops.make(number);
      } else if (what == 2) { // a = b
        auto old = values[a];
        values[a] = ops.keep(values[b]);
        ops.drop(old);
      } else {
        ops.combine(values[b], values[a], number);
      }
    }
    for (int64_t i = 0; i < variables; ++i) {
      ops.store(values[i], i);
      ops.drop(values[i]);
    }
  }
};

struct Stepwise { ///< all elements of a tensor are equal
  using Tensor = std::shared_ptr<uint64_t>;
  std::array<uint64_t, RandomProgram::variables> stored;
  Tensor make(int64_t value) { return std::make_shared<uint64_t>(value); }
  Tensor keep(const Tensor &tensor) { return tensor; }
  void drop(Tensor &) {}
  void combine(const Tensor &x, const Tensor &y, int64_t s) { *y = 31 * *y + *x + s; }
  void store(const Tensor &x, int64_t row) { stored[row] = *x; }
};

struct OnHost {
  using Tensor = Matrix;
  LifetimeTest &test;
  tw_host *host;
  bool isStatic;
  int64_t last = TW_NO_TASK; ///< where nothing is tracked, tasks come one after the other
  void submitted(int64_t task) { last = isStatic ? task : TW_NO_TASK; }

  Tensor make(int64_t value) {
    Tensor tensor = test.alloc(host, 1 + value % 3);
    submitted(submit(host, test.fillKernel, {tensor}, {value}, {last}));
    return tensor;
  }
  Tensor keep(const Tensor &tensor) {
    host->retain(host, tensor.data);
    return tensor;
  }
  void drop(Tensor &tensor) { host->release(host, tensor.data); }
  void combine(const Tensor &x, const Tensor &y, int64_t s) {
    submitted(submit(host, test.combineKernel, {row(x), row(y)}, {s}, {last}));
  }
  void store(const Tensor &x, int64_t at) {
    Matrix target = test.result.part(at, 0, 1, columns);
    submitted(submit(host, test.fillKernel, {target}, {0}, {last}));
    submitted(submit(host, test.combineKernel, {row(x), target}, {0}, {last}));
  }
  static Matrix row(const Tensor &tensor) { return tensor.part(0, 0, 1, columns); }
};

TEST_F(LifetimeTest, random_programs_compute_what_they_do_step_by_step) {
  for (bool isStatic : {false, true}) {
    if (isStatic)
      makeStatic();
    for (uint64_t seed = 0; seed < 40; ++seed) {
      RandomProgram program(seed);
      Stepwise expected;
      program.run(expected);
      image.orchestration = [&](tw_host *host, const int64_t *) {
        OnHost ops = {*this, host, isStatic};
        program.run(ops);
      };
      options.threads = 1 + seed % 4;
      options.window = seed % 3 == 0 ? 8 : 256;
      options.orderSeed = seed % 2 ? std::optional<uint64_t>(seed) : std::nullopt;
      options.trace = seed % 5 == 0;
      RunStats stats = image.run({result}, options).stats;
      EXPECT_LT(stats.peakBytes, stats.allocatedBytes);
      for (int64_t i = 0; i < RandomProgram::variables * columns; ++i)
        ASSERT_EQ(static_cast<uint64_t>(storage[i]), expected.stored[i / columns])
            << "seed " << seed << ", variable " << i / columns;
    }
  }
}

TEST_F(LifetimeTest, traces_do_not_depend_on_what_memory_is_used_again) {
  RandomProgram program(3);
  image.orchestration = [&](tw_host *host, const int64_t *) {
    OnHost ops = {*this, host, false};
    program.run(ops);
  };
  auto edgesWith = [&](int threads, std::optional<uint64_t> seed) {
    options.threads = threads;
    options.orderSeed = seed;
    options.trace = true;
    std::vector<int64_t> edges;
    for (const TaskTrace &task : image.run({result}, options).tasks) {
      edges.push_back(-1);
      for (const Dependence &each : task.dependences)
        edges.insert(edges.end(), {each.task, each.reasons});
    }
    return edges;
  };
  std::vector<int64_t> expected = edgesWith(1, {});
  for (int threads : {1, 2, 4})
    for (uint64_t seed = 0; seed < 4; ++seed)
      EXPECT_EQ(edgesWith(threads, seed), expected);
}

TEST_F(LifetimeTest, a_released_tensor_is_given_to_nobody) {
  image.orchestration = [&](tw_host *host, const int64_t *) {
    Matrix tensor = alloc(host, 1);
    host->release(host, tensor.data);
    submit(host, fillKernel, {tensor}, {0});
  };
  try {
    image.run({}, options);
    FAIL();
  } catch (const RunError &error) {
    EXPECT_EQ(error.reason, "argument 'y' of task 'fill' expects a part of an array of this run, "
                            "but reaches outside");
  }
}

TEST_F(LifetimeTest, arrays_of_the_caller_have_no_holders) {
  image.orchestration = [&](tw_host *host, const int64_t *) {
    host->release(host, result.data);
    host->retain(host, nullptr);
    host->release(host, nullptr);
    submit(host, fillKernel, {result}, {4});
  };
  image.run({result}, options);
  EXPECT_EQ(storage[16 * columns - 1], 4);
}

TEST_F(LifetimeTest, a_failed_task_says_nothing_about_tensors_in_the_same_memory) {
  int32_t broken =
      image.kernel("broken", [](tw_host *host, const int64_t *) { host->fail(host, 0, nullptr); },
                   {memref("y", 0, 2, TW_WRITE)});
  image.checks = {{"it fails", "model.py:12:5", 0, 0}};
  options.window = 4;
  for (int threads : {1, 2}) {
    options.threads = threads;
    image.orchestration = [&](tw_host *host, const int64_t *) {
      for (int64_t i = 0; i < 100; ++i) {
        Matrix tensor = alloc(host, 1);
        if (i == 10)
          submit(host, broken, {tensor});
        else
          submit(host, fillKernel, {tensor}, {i});
        // What the tenth would have computed is missing, and all that is computed from it.
        if (i != 10)
          submit(host, combineKernel, {tensor, result.part(i % 16, 0, 1, columns)}, {0});
        host->release(host, tensor.data);
      }
    };
    std::fill_n(storage, 16 * columns, 0);
    EXPECT_THROW(image.run({result}, options), RunError);
    uint64_t expected = 0;
    for (int64_t i = 15; i < 100; i += 16)
      expected = 31 * expected + i;
    EXPECT_EQ(static_cast<uint64_t>(storage[15 * columns]), expected);
  }
}

TEST_F(LifetimeTest, a_cancelled_run_does_not_wait_for_memory) {
  static std::atomic<bool> isStopped;
  isStopped = false;
  int32_t slow = image.kernel("slow", [](tw_host *, const int64_t *) { isStopped = true; },
                              {memref("y", 0, 2, TW_WRITE)});
  options.interrupted = [] { return isStopped.load(); };
  image.orchestration = [&](tw_host *host, const int64_t *) {
    for (;;) {
      Matrix tensor = alloc(host, 1 << 12);
      submit(host, slow, {tensor});
      host->release(host, tensor.data);
    }
  };
  for (int threads : {1, 2}) {
    options.threads = threads;
    EXPECT_THROW(image.run({}, options), RunCancelled);
  }
}

} // namespace tilework::runtime
