#include "MissingValues.h"

#include <gtest/gtest.h>

namespace tilework::runtime {

struct MissingValuesTest : testing::Test {
  MissingValues missing;
  tw_kernel kernel = {"sample", "model.py:3:5", nullptr, nullptr, nullptr, 0, 0, nullptr};

  void SetUp() override {
    missing.addRoot({100, 200}, /*isTensor=*/false); // on cpu
    missing.addRoot({200, 300}, /*isTensor=*/false);
    missing.addArgument({200, 280}, "table");
    missing.addRoot({300, 400}, /*isTensor=*/true);
  }
  void write(int64_t task, Span root, uintptr_t begin, int64_t size) {
    Box box;
    EXPECT_TRUE(makeBox({begin, size, 0, nullptr, nullptr}, {}, root, box));
    missing.addWrite(root, box, task, kernel, "next");
  }
  std::string explain(uintptr_t at, int64_t task = 9) {
    return missing.explain({at, at + 4}, task).value_or("");
  }
};

TEST_F(MissingValuesTest, arrays_on_cpu_have_values_until_a_task_writes_them) {
  EXPECT_EQ(explain(120), "");
  write(4, {100, 200}, 112, 16);
  EXPECT_NE(explain(120), "");
  EXPECT_EQ(explain(120, 4), ""); // the writer itself comes before
  EXPECT_EQ(explain(128), "");
  EXPECT_EQ(explain(5000), ""); // of nobody's
}

TEST_F(MissingValuesTest, arrays_on_meta_have_none) {
  EXPECT_EQ(explain(240), "expects the values of 'table', but got a meta tensor; pass a tensor on "
                          "cpu");
}

TEST_F(MissingValuesTest, the_last_writer_is_named) {
  EXPECT_EQ(explain(320), "expects a defined element, but got one that no task has written");
  write(1, {300, 400}, 320, 4);
  kernel.name = "later";
  EXPECT_EQ(explain(320), "expects the values of 'next', which task 'later' at model.py:3:5 "
                          "computes, but this run is timing-only; pass them as an argument on cpu, "
                          "or all tensors on cpu");
}

} // namespace tilework::runtime
