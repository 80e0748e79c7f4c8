#include "Kernels.h"

#include <gtest/gtest.h>

namespace tilework::check {

static void expectClean(const Kernel &kernel) {
  CheckReport report = check(kernel.stream(), deviceOptions());
  EXPECT_EQ(report.text(), "");
}

TEST(GoodKernels, a_double_buffered_product_with_tails) {
  expectClean(matmulKernel({}));
  expectClean(matmulKernel({16, 128, 64, 128, 64}));   // one step
  expectClean(matmulKernel({16, 1000, 500, 128, 64})); // many
}

TEST(GoodKernels, a_vector_pipeline_with_a_tail) {
  expectClean(vectorKernel({}));
  expectClean(vectorKernel({8, 64, 8}));
  expectClean(vectorKernel({100, 64, 8}));
}

TEST(GoodKernels, cube_and_two_lanes_with_channels_both_ways) {
  expectClean(mixedKernel({}));
  expectClean(mixedKernel({7, 32, 1}));
  expectClean(mixedKernel({7, 64, 3}));
  expectClean(mixedKernel({3, 31, 2})); // sixteen rows and fifteen
}

TEST(GoodKernels, cube_and_two_lanes_with_direct_channels) {
  expectClean(mixedKernel({3, 32, 2, true}));
  expectClean(mixedKernel({7, 32, 1, true}));
  expectClean(mixedKernel({7, 64, 3, true}));
  expectClean(directKernel(7));
}

TEST(GoodKernels, flags_that_remove_no_hazard_are_known) {
  CheckOptions options = deviceOptions();
  options.findsRedundantFlags = true;
  EXPECT_EQ(check(matmulKernel({}).stream(), options).text(), "");
  EXPECT_EQ(check(vectorKernel({}).stream(), options).text(), "");
  // Between units the round trip of a tile orders what some flags order once more.
  CheckReport mixed = check(mixedKernel({}).stream(), options);
  EXPECT_TRUE(mixed.isClean());
  EXPECT_EQ(mixed.redundantFlags.size(), 7u) << mixed.text();
}

TEST(GoodKernels, a_hundred_thousand_instructions) {
  Kernel kernel = matmulKernel({16, 128 * 80, 64 * 96, 128, 64});
  ASSERT_GT(kernel.units[TW_CUBE].size(), 90000u);
  expectClean(kernel);
}

} // namespace tilework::check
