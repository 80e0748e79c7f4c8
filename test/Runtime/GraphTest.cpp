#include "FakeImage.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cfenv>
#include <chrono>
#include <cmath>
#include <cstring>
#include <random>
#include <thread>
#include <xmmintrin.h>

namespace tilework::runtime {

namespace {

struct Part {
  int64_t row, column, rows, columns;
};
struct Step {
  Part from, to;
};

std::vector<Step> randomSteps(uint32_t seed, int count) {
  std::mt19937 random(seed);
  auto part = [&]() -> Part {
    int64_t row = random() % 32, column = random() % 32;
    return {row, column, int64_t(1 + random() % 8), int64_t(1 + random() % 8)};
  };
  std::vector<Step> steps;
  for (int i = 0; i < count; ++i)
    steps.push_back({part(), part()});
  return steps;
}

/// Order matters for every bit of it.
void mixInto(const int64_t *from, int64_t fromRows, int64_t fromColumns, int64_t *to,
             int64_t toRows, int64_t toColumns, int64_t pitch, uint64_t key) {
  uint64_t sum = key;
  for (int64_t i = 0; i < fromRows; ++i)
    for (int64_t j = 0; j < fromColumns; ++j)
      sum = sum * 1099511628211u + uint64_t(from[i * pitch + j]);
  for (int64_t i = 0; i < toRows; ++i)
    for (int64_t j = 0; j < toColumns; ++j)
      to[i * pitch + j] = int64_t(uint64_t(to[i * pitch + j]) * 31 + sum + uint64_t(i * 8 + j));
}

void mixKernel(tw_host *, const int64_t *s) {
  mixInto(reinterpret_cast<int64_t *>(s[0]), s[2], s[3], reinterpret_cast<int64_t *>(s[6]), s[8],
          s[9], s[4], s[12]);
}

constexpr int64_t pitch = 40;
using Storage = std::vector<int64_t>;

Storage runSequentially(const std::vector<Step> &steps) {
  Storage x(pitch * pitch, 1);
  for (size_t i = 0; i < steps.size(); ++i) {
    const auto &[from, to] = steps[i];
    mixInto(&x[from.row * pitch + from.column], from.rows, from.columns,
            &x[to.row * pitch + to.column], to.rows, to.columns, pitch, i);
  }
  return x;
}

Storage runAsTasks(const std::vector<Step> &steps, const RunOptions &options) {
  FakeImage image;
  int32_t mix = image.kernel(
      "mix", mixKernel,
      {memref("from", 0, 2, TW_READ), memref("to", 6, 2, TW_READ_WRITE), scalar("key", 12)});
  Storage x(pitch * pitch, 1);
  Matrix all = {x.data(), pitch, pitch, pitch};
  image.orchestration = [&](tw_host *host, const int64_t *) {
    for (size_t i = 0; i < steps.size(); ++i) {
      const auto &[from, to] = steps[i];
      submit(host, mix,
             {all.part(from.row, from.column, from.rows, from.columns),
              all.part(to.row, to.column, to.rows, to.columns)},
             {int64_t(i)});
    }
  };
  EXPECT_EQ(image.run({all}, options).stats.tasks, int64_t(steps.size()));
  return x;
}

} // namespace

TEST(Graph, any_legal_order_gives_the_same_bits) {
  for (uint32_t seed = 0; seed < 6; ++seed) {
    std::vector<Step> steps = randomSteps(seed, 400);
    Storage expected = runSequentially(steps);
    for (int threads : {1, 2, 4})
      for (int order = 0; order < 4; ++order) {
        RunOptions options;
        options.threads = threads;
        if (order > 0)
          options.orderSeed = order;
        options.window = order == 2 ? 7 : 16384;
        EXPECT_EQ(runAsTasks(steps, options), expected) << threads << " " << order;
      }
  }
}

TEST(Graph, two_runs_at_once_do_not_meet) {
  std::vector<Step> first = randomSteps(1, 2000), second = randomSteps(2, 2000);
  Storage a, b;
  std::thread other([&] { a = runAsTasks(first, {}); });
  b = runAsTasks(second, {});
  other.join();
  EXPECT_EQ(a, runSequentially(first));
  EXPECT_EQ(b, runSequentially(second));
}

TEST(Graph, the_window_bounds_what_is_outstanding) {
  FakeImage image;
  int32_t idle = image.kernel("idle", [](tw_host *, const int64_t *) {}, {});
  image.orchestration = [&](tw_host *host, const int64_t *) {
    for (int i = 0; i < 1000; ++i)
      submit(host, idle, {});
  };
  RunOptions options;
  options.threads = 1;
  options.window = 16;
  RunStats stats = image.run({}, options).stats;
  EXPECT_EQ(stats.tasks, 1000);
  EXPECT_EQ(stats.maxOutstanding, 16);
}

TEST(Graph, a_scalar_is_read_after_its_writer) {
  for (int threads : {1, 2, 3}) {
    FakeImage image;
    int32_t twice = image.kernel("twice",
                                 [](tw_host *, const int64_t *s) {
                                   std::this_thread::sleep_for(std::chrono::milliseconds(1));
                                   *reinterpret_cast<int64_t *>(s[0]) *= 2;
                                 },
                                 {memref("x", 0, 2, TW_READ_WRITE)});
    int64_t storage[2] = {1, 7}, seen = 0;
    Matrix x = {storage, 1, 2, 2};
    image.orchestration = [&](tw_host *host, const int64_t *) {
      while (seen < 16) {
        submit(host, twice, {x.part(0, 0, 1, 1)});
        host->wait(host, storage, 8, "main.py:2:2");
        seen = storage[0];
      }
      host->wait(host, storage + 1, 8, "main.py:3:2");
    };
    RunOptions options = traced();
    options.threads = threads;
    RunResult result = image.run({x}, options);
    EXPECT_EQ(seen, 16);
    EXPECT_EQ(result.stats.tasks, 4);
    ASSERT_EQ(result.waits.size(), 5u);
    EXPECT_EQ(result.waits[2].writers, std::vector<int64_t>{2});
    EXPECT_EQ(result.waits[4].writers, std::vector<int64_t>{});
  }
}

TEST(Graph, scratch_is_aligned_and_reused) {
  static std::atomic<int64_t> lowest, highest;
  lowest = INT64_MAX;
  highest = 0;
  FakeImage image;
  int32_t user = image.kernel("user",
                              [](tw_host *host, const int64_t *) {
                                auto *a = static_cast<char *>(host->scratch(host, 100000));
                                auto *b = static_cast<char *>(host->scratch(host, 33));
                                auto *c = static_cast<char *>(host->scratch(host, 100000));
                                std::memset(a, 1, 100000);
                                std::memset(b, 2, 33);
                                std::memset(c, 3, 100000);
                                bool good = a[99999] == 1 && b[32] == 2;
                                for (char *each : {a, b, c}) {
                                  auto address = reinterpret_cast<int64_t>(each);
                                  if (!good || address % 64 != 0)
                                    address = INT64_MAX;
                                  lowest = std::min<int64_t>(lowest, address);
                                  highest = std::max<int64_t>(highest, address);
                                }
                              },
                              {});
  image.orchestration = [&](tw_host *host, const int64_t *) {
    for (int i = 0; i < 1000; ++i)
      submit(host, user, {});
  };
  RunOptions options;
  options.threads = 1;
  image.run({}, options);
  EXPECT_LT(highest - lowest, 1 << 20);
}

TEST(Graph, native_code_rounds_to_nearest_and_keeps_denormals) {
  FakeImage image;
  static std::atomic<int> wrong;
  wrong = 0;
  int32_t check =
      image.kernel("check",
                   [](tw_host *, const int64_t *) {
                     volatile float tiny = 1e-38f, third = 1.0f, three = 3.0f;
                     volatile float denormal = tiny * 0.25f;
                     wrong += !(denormal > 0.0f) + !(denormal * 2.0f > 0.0f);
                     wrong += std::fegetround() != FE_TONEAREST || third / three != 0.333333343f;
                   },
                   {});
  image.orchestration = [&](tw_host *host, const int64_t *) {
    for (int i = 0; i < 100; ++i)
      submit(host, check, {});
  };
  unsigned before = _mm_getcsr();
  _mm_setcsr(before | 0x8040 | 0x2000); // flush to zero, denormals are zero, round down
  image.run({});
  unsigned after = _mm_getcsr();
  _mm_setcsr(before);
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(after & 0xe040, 0xa040u); // the caller's own mode is left alone
}

TEST(Graph, large_allocations_are_not_touched) {
  FakeImage image;
  image.orchestration = [&](tw_host *host, const int64_t *) {
    for (int i = 0; i < 8; ++i)
      host->alloc(host, int64_t(16) << 30, 0);
  };
  EXPECT_EQ(image.run({}).stats.allocatedBytes, int64_t(128) << 30);
}

TEST(Graph, a_small_task_costs_little) {
  FakeImage image;
  static int64_t storage[3][64 * 128];
  Matrix a = {storage[0], 64, 128, 128}, b = {storage[1], 64, 128, 128},
         c = {storage[2], 64, 128, 128};
  int32_t kernel = image.kernel(
      "copy", [](tw_host *, const int64_t *) {},
      {memref("a", 0, 2, TW_READ), memref("b", 6, 2, TW_READ), memref("c", 12, 2, TW_READ_WRITE)});
  int64_t count = 100000;
  image.orchestration = [&](tw_host *host, const int64_t *) {
    for (int64_t i = 0; i < count; ++i)
      submit(host, kernel, {a, b.part(0, i * 4 % 128, 64, 4), c.part(0, i * 4 % 128, 64, 4)});
  };
  for (int threads : {1, 2}) {
    RunOptions options;
    options.threads = threads;
    RunStats stats = image.run({a, b, c}, options).stats;
    RecordProperty("ns_per_task_" + std::to_string(threads), stats.wallNs / count);
    std::printf("%d threads: %ld ns per task\n", threads, stats.wallNs / count);
    EXPECT_LT(stats.wallNs / count, 50000); // an order of growth, not a benchmark
  }
}

} // namespace tilework::runtime
