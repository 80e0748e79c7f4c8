#include "FakeImage.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

namespace tilework::runtime {

static std::atomic<int64_t> executed;

/// Fails when its first scalar says so; sleeps the second, in milliseconds.
static void maybeFail(tw_host *host, const int64_t *s) {
  std::this_thread::sleep_for(std::chrono::milliseconds(s[1]));
  int64_t values[] = {s[0], 10};
  if (s[0] >= 10)
    host->fail(host, 0, values);
  ++executed;
}

struct FailureTest : testing::Test {
  FakeImage image;
  RunOptions options;
  int32_t checked = image.kernel("checked", maybeFail, {scalar("index", 0), scalar("ms", 1)});
  int64_t storage[64] = {};
  Matrix all = {storage, 8, 8, 8};

  void SetUp() override {
    executed = 0;
    image.checks = {{"index expects below {1}, but got {0}", "model.py:12:5", 2, 0}};
  }
  /// Runs, expects to fail, and shows that the next run works.
  RunError failure() {
    try {
      image.run({all}, options);
    } catch (const RunError &error) {
      FakeImage other;
      other.orchestration = [](tw_host *, const int64_t *) {};
      other.run({});
      return error;
    }
    ADD_FAILURE() << "expected a failure";
    return {"", "", ""};
  }
  RunError failureOf(Native kernel) {
    int32_t broken = image.kernel("broken", kernel, {memref("x", 0, 2, TW_READ_WRITE)});
    image.orchestration = [this, broken](tw_host *host, const int64_t *) {
      submit(host, broken, {all});
    };
    return failure();
  }
};

TEST_F(FailureTest, a_failed_check_names_task_location_and_values) {
  image.orchestration = [&](tw_host *host, const int64_t *) { submit(host, checked, {}, {12, 0}); };
  RunError error = failure();
  EXPECT_EQ(error.task, "checked");
  EXPECT_EQ(error.location, "model.py:12:5");
  EXPECT_EQ(error.reason, "index expects below 10, but got 12");
  EXPECT_STREQ(error.what(), "task 'checked' at model.py:12:5: index expects below 10, but got 12");
}

TEST_F(FailureTest, the_first_in_submission_order_is_reported) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    options.threads = 1 + seed % 4;
    options.orderSeed = seed;
    executed = 0;
    image.orchestration = [&](tw_host *host, const int64_t *) {
      for (int64_t i = 0; i < 20; ++i)
        submit(host, checked, {}, {i == 5 ? 11 : i == 6 || i == 15 ? 12 : 0, i == 5});
    };
    EXPECT_EQ(failure().reason, "index expects below 10, but got 11");
    EXPECT_GE(executed, 5); // whatever came before it has run
  }
}

TEST_F(FailureTest, what_depends_on_it_does_not_run) {
  image.orchestration = [&](tw_host *host, const int64_t *) {
    submit(host, checked, {}, {0, 0});
    int64_t bad = submit(host, checked, {}, {10, 5});
    int64_t next = submit(host, checked, {}, {0, 0}, {bad});
    int64_t joined = host->join(host, 1, &next, 1);
    submit(host, checked, {}, {0, 0}, {joined});
  };
  failure();
  EXPECT_EQ(executed, 1);
}

TEST_F(FailureTest, what_does_not_depend_on_it_runs) {
  for (int threads : {1, 2, 4}) {
    options.threads = threads;
    options.window = 4;
    executed = 0;
    image.orchestration = [&](tw_host *host, const int64_t *) {
      int64_t bad = -1, worse = -1;
      for (int64_t i = 0; i < 1000; ++i) {
        int64_t fails = i == 3 || i == 500;
        int64_t task = submit(host, checked, {}, {fails ? 10 + i : 0, 0},
                              {i % 10 == 4   ? bad
                               : i % 10 == 5 ? worse
                                             : TW_NO_TASK});
        bad = i == 3 ? task : bad;
        worse = i == 4 ? task : worse;
      }
    };
    EXPECT_EQ(failure().reason, "index expects below 10, but got 13"); // the first, and only it
    EXPECT_EQ(executed, 1000 - 2 - 200);
  }
}

TEST_F(FailureTest, whatever_meets_what_it_touched_does_not_run) {
  static std::atomic<int64_t> touched;
  touched = 0;
  auto touch = [](tw_host *host, const int64_t *s) {
    if (s[6] != 0)
      host->fail(host, 0, s);
    ++touched;
  };
  int32_t read = image.kernel("read", touch, {memref("x", 0, 2, TW_READ), scalar("fails", 6)});
  int32_t write = image.kernel("write", touch, {memref("x", 0, 2, TW_WRITE), scalar("fails", 6)});
  for (int threads : {1, 3}) {
    options.threads = threads;
    options.window = 2; // long retired, were it not for the failure
    touched = 0;
    image.orchestration = [&](tw_host *host, const int64_t *) {
      submit(host, write, {all.part(0, 0, 4, 4)}, {1});
      for (int i = 0; i < 100; ++i)
        submit(host, write, {all.part(4, 4, 4, 4)}, {0}); // elsewhere
      submit(host, read, {all.part(3, 3, 2, 2)}, {0});    // lost
      submit(host, read, {all.part(4, 0, 4, 4)}, {0});
      submit(host, write, {all.part(0, 0, 4, 8)}, {0}); // lost, and stands for the first
      submit(host, read, {all.part(0, 6, 2, 2)}, {0});  // lost
      submit(host, write, {all.part(4, 4, 1, 1)}, {0}); // lost: it may not overtake a lost reader
    };
    EXPECT_EQ(failure().task, "write");
    EXPECT_EQ(touched, 101);
  }
}

TEST_F(FailureTest, a_scalar_that_was_not_written_is_not_read) {
  int32_t broken =
      image.kernel("broken", [](tw_host *host, const int64_t *s) { host->fail(host, 0, s); },
                   {memref("x", 0, 2, TW_WRITE)});
  bool readIt = false;
  image.orchestration = [&](tw_host *host, const int64_t *) {
    submit(host, broken, {all});
    host->wait(host, storage, 8, "main.py:2:2");
    readIt = true;
  };
  failure();
  EXPECT_FALSE(readIt);
}

TEST_F(FailureTest, the_orchestration_can_fail_after_its_tasks) {
  image.orchestration = [&](tw_host *host, const int64_t *) {
    submit(host, checked, {}, {0, 2});
    int64_t values[] = {77, 78};
    host->fail(host, 0, values);
  };
  RunError error = failure();
  EXPECT_EQ(error.task, "main");
  EXPECT_EQ(error.reason, "index expects below 78, but got 77");
  EXPECT_EQ(executed, 1);
  image.orchestration = [&](tw_host *host, const int64_t *) {
    submit(host, checked, {}, {10, 2});
    host->fail(host, 0, storage);
  };
  EXPECT_EQ(failure().task, "checked");
}

TEST_F(FailureTest, a_region_program_fails_for_its_task) {
  int32_t outside = image.kernel("outside", maybeFail, {memref("x", 0, 2, TW_READ)},
                                 [](tw_host *host, const int64_t *) {
                                   int64_t offsets[] = {0, 5}, sizes[] = {1, 4};
                                   host->access(host, 0, TW_READ, offsets, sizes);
                                 });
  image.orchestration = [&](tw_host *host, const int64_t *) { submit(host, outside, {all}); };
  RunError error = failure();
  EXPECT_EQ(error.task, "outside");
  EXPECT_EQ(error.reason, "argument 'x' expects accesses to dim 1 within 0 to 8, but got 5 to 9");
}

TEST_F(FailureTest, a_region_program_fails_for_all_that_its_task_could_touch) {
  static int64_t other[64];
  static std::atomic<int64_t> touched;
  auto touch = [](tw_host *, const int64_t *) { ++touched; };
  int32_t outside = image.kernel("outside", touch, {memref("x", 0, 2, TW_WRITE)},
                                 [](tw_host *host, const int64_t *) {
                                   int64_t offsets[] = {0, 5}, sizes[] = {1, 4};
                                   host->access(host, 0, TW_WRITE, offsets, sizes);
                                 });
  int32_t read = image.kernel("read", touch, {memref("x", 0, 2, TW_READ)});
  Matrix apart = {other, 8, 8, 8};
  image.orchestration = [&](tw_host *host, const int64_t *) {
    touched = 0;
    submit(host, read, {all});
    submit(host, outside, {all.part(0, 0, 4, 8)});
    submit(host, read, {all.part(3, 7, 1, 1)}); // lost
    submit(host, read, {all.part(4, 0, 4, 8)});
    submit(host, read, {apart});
  };
  EXPECT_THROW(image.run({all, apart}, options), RunError);
  EXPECT_EQ(touched, 3);
}

TEST_F(FailureTest, memory_of_nobody_is_refused) {
  static int64_t foreign[64];
  int32_t toucher = image.kernel("toucher", maybeFail, {memref("x", 0, 2, TW_READ)});
  image.orchestration = [&](tw_host *host, const int64_t *) {
    submit(host, toucher, {Matrix{foreign, 8, 8, 8}});
  };
  EXPECT_EQ(failure().reason, "argument 'x' of task 'toucher' expects a part of an array of this "
                              "run, but reaches outside");
}

TEST_F(FailureTest, misuse_is_named) {
  image.orchestration = [&](tw_host *host, const int64_t *) { submit(host, 99, {}); };
  EXPECT_EQ(failure().reason, "a submission expects a kernel below 1, but got 99");
  image.orchestration = [&](tw_host *host, const int64_t *) {
    submit(host, checked, {}, {0, 0}, {TW_NO_TASK, 5, -2});
  };
  EXPECT_EQ(failure().reason, "a dependence expects a task below 0, but got 5");
  image.orchestration = [&](tw_host *host, const int64_t *) { host->alloc(host, -8, 0); };
  EXPECT_EQ(failure().reason, "cannot allocate -8 bytes");
}

TEST_F(FailureTest, equal_elements_are_named_where_they_are_assumed_to_differ) {
  alignas(int64_t) int32_t values[] = {7, -1, 5, -1, 7, 5};
  int32_t writer = image.kernel(
      "writer", [](tw_host *, const int64_t *s) { *reinterpret_cast<int64_t *>(s[0]) = s[6]; },
      {memref("x", 0, 2, TW_WRITE), scalar("value", 6)});
  auto assume = [&](tw_host *host, int64_t first, int64_t size, int64_t stride, bool ignores) {
    int64_t slots[] = {reinterpret_cast<int64_t>(values), first, size, stride}, ignored = -1;
    host->assume_distinct(host, slots, TW_I32, ignores, &ignored, "main.py:3:5");
  };
  Matrix array = {reinterpret_cast<int64_t *>(values), 1, 3, 3};
  auto failing = [&](auto body) {
    image.orchestration = [&](tw_host *host, const int64_t *) { body(host); };
    try {
      image.run({array}, {});
    } catch (const RunError &error) {
      EXPECT_EQ(error.location, "main.py:3:5");
      return error.reason;
    }
    return std::string();
  };
  std::string prefix = "assume_distinct expects elements that differ, but got ";
  EXPECT_EQ(failing([&](tw_host *host) { assume(host, 0, 6, 1, false); }),
            prefix + "-1 at 1 and at 3");
  EXPECT_EQ(failing([&](tw_host *host) { assume(host, 0, 6, 1, true); }),
            prefix + "7 at 0 and at 4");
  EXPECT_EQ(failing([&](tw_host *host) { assume(host, 0, 4, 1, true); }), "");
  EXPECT_EQ(failing([&](tw_host *host) { assume(host, 0, 3, 2, true); }),
            prefix + "7 at 0 and at 2");
  EXPECT_EQ(failing([&](tw_host *host) { assume(host, 2, 0, 1, true); }), "");
  // It looks at what the tasks before it write.
  EXPECT_EQ(failing([&](tw_host *host) {
              submit(host, writer, {{array.data, 1, 1, 3}}, {int64_t(5) << 32 | 9});
              assume(host, 0, 3, 1, true);
            }),
            prefix + "5 at 1 and at 2");
}

TEST_F(FailureTest, a_wild_pointer_is_an_error_of_the_task) {
  RunError error =
      failureOf([](tw_host *, const int64_t *) { *reinterpret_cast<volatile int *>(0x1234) = 1; });
  EXPECT_EQ(error.task, "broken");
  EXPECT_EQ(error.location, "kernels.py:7:3");
  EXPECT_EQ(error.reason, "memory fault at address 0x1234");
}

TEST_F(FailureTest, so_are_division_by_zero_and_illegal_instructions) {
  RunError error = failureOf([](tw_host *, const int64_t *s) {
    volatile int64_t zero = s[1];
    *reinterpret_cast<volatile int64_t *>(s[0]) = 7 / zero;
  });
  EXPECT_NE(error.reason.find("arithmetic fault (integer division)"), std::string::npos);
  EXPECT_NE(failureOf([](tw_host *, const int64_t *) {
              asm volatile("ud2");
            }).reason.find("illegal instruction"),
            std::string::npos);
}

// Its frames are smaller than the guard page, or they would step over it.
static int64_t endless(const volatile int64_t *s) {
  volatile int64_t frame[64] = {s[0]};
  return endless(frame) + frame[1];
}

TEST_F(FailureTest, so_is_a_stack_overflow) {
  RunError error = failureOf([](tw_host *, const int64_t *s) { endless(s); });
  EXPECT_NE(error.reason.find("memory fault"), std::string::npos);
}

TEST_F(FailureTest, many_faults_at_once_and_again) {
  int32_t broken = image.kernel(
      "broken", [](tw_host *, const int64_t *) { *reinterpret_cast<volatile int *>(8) = 1; }, {});
  options.threads = 4;
  image.orchestration = [&](tw_host *host, const int64_t *) {
    for (int i = 0; i < 100; ++i)
      submit(host, broken, {});
    *reinterpret_cast<volatile int *>(16) = 1;
  };
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(failure().reason, "memory fault at address 0x8");
}

static void reportAndLeave(int) {
  _exit(42);
}

TEST_F(FailureTest, faults_elsewhere_go_where_they_went_before) {
  EXPECT_EXIT(
      {
        signal(SIGSEGV, reportAndLeave);
        image.orchestration = [](tw_host *, const int64_t *) {};
        image.run({});
        *reinterpret_cast<volatile int *>(0x10) = 1;
      },
      testing::ExitedWithCode(42), "");
  EXPECT_EXIT(
      {
        signal(SIGSEGV, SIG_DFL);
        image.orchestration = [](tw_host *, const int64_t *) {};
        image.run({});
        *reinterpret_cast<volatile int *>(0x10) = 1;
      },
      testing::KilledBySignal(SIGSEGV), "");
}

TEST_F(FailureTest, a_fault_of_the_runtime_itself_is_not_recovered) {
  EXPECT_EXIT(
      {
        signal(SIGSEGV, reportAndLeave);
        image.orchestration = [&](tw_host *host, const int64_t *) {
          host->submit(host, checked, reinterpret_cast<const int64_t *>(8), 0, nullptr, 0);
        };
        image.run({});
      },
      testing::ExitedWithCode(42), "");
}

TEST_F(FailureTest, cancelling_drops_what_has_not_started) {
  int64_t polls = 0;
  options.threads = 2;
  options.window = 8;
  options.interrupted = [&] { return ++polls == 2; };
  image.orchestration = [&](tw_host *host, const int64_t *) {
    for (;;)
      submit(host, checked, {}, {0, 1});
  };
  EXPECT_THROW(image.run({all}, options), RunCancelled);
  EXPECT_EQ(polls, 2);
}

} // namespace tilework::runtime
