#include "Streams.h"

#include <cmath>
#include <gtest/gtest.h>
#include <numeric>

namespace tilework::runtime::exact {

static std::vector<float> counting(size_t count, float first = 1) {
  std::vector<float> values(count);
  std::iota(values.begin(), values.end(), first);
  return values;
}

/// Loads to ub, waits, stores from there.
static void copyThroughUb(Kernel &kernel, const tw_region &source, const tw_region &destination,
                          const tw_region &buffer) {
  kernel.add(TW_VECTOR_0, {load(source, buffer), setFlag(TW_MTE2, TW_MTE3),
                           waitFlag(TW_MTE2, TW_MTE3), store(buffer, destination)});
}

TEST(Transfers, a_strided_rectangle_goes_through_ub) {
  std::vector<float> x = counting(8 * 10), y(4 * 3, -1);
  Kernel kernel;
  copyThroughUb(kernel, global(TW_F32, x, 4, 3, 10), global(TW_F32, y, 4, 3),
                region(TW_UB, TW_F32, 64, {4, 3}));
  ExactResult result = kernel.run();
  ASSERT_FALSE(result.isError()) << result.message();
  EXPECT_EQ(result.steps, 4);
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 3; ++j)
      EXPECT_EQ(y[i * 3 + j], x[i * 10 + j]);
}

TEST(Transfers, missing_leading_dimensions_are_one) {
  std::vector<float> x = counting(2 * 3 * 4), y(3 * 4);
  Kernel kernel;
  tw_region source = region(TW_GM, TW_F32, reinterpret_cast<int64_t>(x.data() + 12), {1, 3, 4});
  copyThroughUb(kernel, source, global(TW_F32, y, 3, 4), region(TW_UB, TW_F32, 0, {3, 4}));
  ASSERT_FALSE(kernel.run().isError());
  EXPECT_EQ(y, std::vector<float>(x.begin() + 12, x.end()));
}

TEST(Transfers, pads_outside_the_source) {
  std::vector<float> x = counting(2 * 3), y(4 * 5);
  Kernel kernel;
  tw_region buffer = region(TW_UB, TW_F32, 0, {4, 5});
  copyThroughUb(kernel, global(TW_F32, x, 2, 3), global(TW_F32, y, 4, 5), buffer);
  kernel.units[TW_VECTOR_0][0] =
      withScalar(kernel.units[TW_VECTOR_0][0], TW_PADS, TW_F32, float32One);
  ASSERT_FALSE(kernel.run().isError());
  std::vector<float> expected = {1, 2, 3, 1, 1, 4, 5, 6, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  EXPECT_EQ(y, expected);
}

TEST(Transfers, without_pads_the_rest_stays_poisoned) {
  std::vector<float> x = counting(2 * 3), y(4 * 5);
  Kernel kernel;
  copyThroughUb(kernel, global(TW_F32, x, 2, 3), global(TW_F32, y, 4, 5),
                region(TW_UB, TW_F32, 0, {4, 5}));
  ASSERT_FALSE(kernel.run().isError());
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 5; ++j)
      EXPECT_EQ(std::isnan(y[i * 5 + j]), i >= 2 || j >= 3);
}

TEST(Transfers, a_store_takes_the_leading_part_of_a_larger_buffer) {
  std::vector<float> x = counting(4 * 5), y(2 * 3 + 1, -1);
  Kernel kernel;
  copyThroughUb(kernel, global(TW_F32, x, 4, 5), global(TW_F32, y, 2, 3),
                region(TW_UB, TW_F32, 0, {4, 5}));
  ASSERT_FALSE(kernel.run().isError());
  EXPECT_EQ(y, (std::vector<float>{1, 2, 3, 6, 7, 8, -1}));
}

TEST(Transfers, an_atomic_store_adds) {
  std::vector<float> x = counting(6), y(6, 0.5f);
  std::vector<int16_t> i = {1, 2, 32767}, k = {10, 20, 1};
  Kernel kernel;
  copyThroughUb(kernel, global(TW_F32, x, 2, 3), global(TW_F32, y, 2, 3),
                region(TW_UB, TW_F32, 0, {2, 3}));
  copyThroughUb(kernel, global(TW_I16, i, 1, 3), global(TW_I16, k, 1, 3),
                region(TW_UB, TW_I16, 96, {1, 3}));
  for (tw_instruction &each : kernel.units[TW_VECTOR_0])
    if (each.opcode == TW_DMA_STORE)
      each.flags = TW_ATOMIC_ADD;
  ASSERT_FALSE(kernel.run().isError());
  EXPECT_EQ(y, (std::vector<float>{1.5, 2.5, 3.5, 4.5, 5.5, 6.5}));
  EXPECT_EQ(k, (std::vector<int16_t>{11, 22, -32768}));
}

/// bf16 1.0 and its neighbours: 0x3f80 + n.
static std::vector<uint16_t> halves(std::initializer_list<uint16_t> bits) {
  return bits;
}

TEST(Transfers, a_bf16_atomic_store_rounds_once) {
  // 256 + 1 lies halfway between 256 and 258, and goes to even; 256 + 1.0078125 goes up.
  std::vector<uint16_t> x = halves({0x3f80, 0x3f81}), y = halves({0x4380, 0x4380});
  Kernel kernel;
  copyThroughUb(kernel, global(TW_BF16, x, 1, 2), global(TW_BF16, y, 1, 2),
                region(TW_UB, TW_BF16, 0, {1, 2}));
  kernel.units[TW_VECTOR_0][3].flags = TW_ATOMIC_ADD;
  ASSERT_FALSE(kernel.run().isError());
  EXPECT_EQ(y, halves({0x4380, 0x4381}));
}

/// x [M, K] and w [K, N], both through l1, to their product in l0c and to `out`.
static Kernel multiplying(const tw_region &x, const tw_region &w, const tw_region &out,
                          bool transposesRhs = false) {
  int64_t m = x.sizes[0], k = x.sizes[1], n = out.sizes[1];
  tw_region a = region(TW_L1, x.type, 0, {m, k});
  tw_region b = region(TW_L1, x.type, 65536, {w.sizes[0], w.sizes[1]});
  tw_region l = region(TW_L0A, x.type, 0, {m, k}), r = region(TW_L0B, x.type, 0, {k, n});
  tw_region c = region(TW_L0C, x.type == TW_I8 ? TW_I32 : TW_F32, 0, {m, n});
  Kernel kernel;
  kernel.add(TW_CUBE,
             {load(x, a), load(w, b), setFlag(TW_MTE2, TW_MTE1), waitFlag(TW_MTE2, TW_MTE1),
              move(a, l), move(b, r), setFlag(TW_MTE1, TW_M), waitFlag(TW_MTE1, TW_M),
              mmad(l, r, c), setFlag(TW_M, TW_FIXP), waitFlag(TW_M, TW_FIXP), fixpipe(c, out)});
  if (transposesRhs)
    kernel.units[TW_CUBE][5].flags = TW_TRANSPOSES;
  return kernel;
}

TEST(Product, is_one_chain_of_fused_multiply_adds) {
  constexpr int64_t m = 5, k = 70, n = 45; // a vectorized part and a rest
  std::vector<float> x(m * k), w(k * n), y(m * n);
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = std::sin(0.37f * static_cast<float>(i + 1));
  for (size_t i = 0; i < w.size(); ++i)
    w[i] = std::cos(0.73f * static_cast<float>(i + 1));
  Kernel kernel =
      multiplying(global(TW_F32, x, m, k), global(TW_F32, w, k, n), global(TW_F32, y, m, n));
  ExactResult result = kernel.run();
  ASSERT_FALSE(result.isError()) << result.message();
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      float sum = 0;
      for (int64_t l = 0; l < k; ++l)
        sum = std::fma(x[i * k + l], w[l * n + j], sum);
      EXPECT_EQ(y[i * n + j], sum);
    }
}

TEST(Product, continues_from_the_accumulator_and_keeps_the_rest) {
  std::vector<float> x = {1, 2, 3, 4}, w = {5, 6, 7, 8}, y(4);
  Kernel kernel =
      multiplying(global(TW_F32, x, 2, 2), global(TW_F32, w, 2, 2), global(TW_F32, y, 2, 2));
  std::vector<tw_instruction> &cube = kernel.units[TW_CUBE];
  tw_instruction again = cube[8];
  again.flags = 0;
  again.sizes[0] = again.sizes[1] = again.sizes[2] = 1;
  cube.insert(cube.begin() + 9, again);
  ASSERT_FALSE(kernel.run().isError());
  EXPECT_EQ(y, (std::vector<float>{19 + 5, 22, 43, 50}));
}

TEST(Product, starts_at_positive_zero) {
  std::vector<float> x = {0}, w = {-1}, y(1); // 0 * -1 + 0 is +0, but 0 * -1 + -0 is -0
  Kernel kernel =
      multiplying(global(TW_F32, x, 1, 1), global(TW_F32, w, 1, 1), global(TW_F32, y, 1, 1));
  ASSERT_FALSE(kernel.run().isError());
  EXPECT_EQ(y[0], 0.0f);
  EXPECT_FALSE(std::signbit(y[0]));
}

TEST(Product, transposes_on_the_way_to_l0) {
  std::vector<float> x = {1, 2, 3, 4, 5, 6}, w = {1, 0, 2, 0, 1, 3}, y(4); // w is [N, K]
  Kernel kernel =
      multiplying(global(TW_F32, x, 2, 3), global(TW_F32, w, 2, 3), global(TW_F32, y, 2, 2), true);
  ExactResult result = kernel.run();
  ASSERT_FALSE(result.isError()) << result.message();
  EXPECT_EQ(y, (std::vector<float>{7, 11, 16, 23}));
}

TEST(Product, int8_accumulates_in_int32) {
  std::vector<int8_t> x = {-128, 127}, w = {-128, -128};
  std::vector<int32_t> y(1);
  Kernel kernel =
      multiplying(global(TW_I8, x, 1, 2), global(TW_I8, w, 2, 1), global(TW_I32, y, 1, 1));
  ASSERT_FALSE(kernel.run().isError());
  EXPECT_EQ(y[0], 16384 - 16256);
}

TEST(Product, fixpipe_rounds_to_the_type_of_global_memory) {
  std::vector<float> x = {1}, w = {1.00390625f}; // halfway between two bf16, 1 and 1.0078125
  std::vector<uint16_t> y(1);
  tw_region out = global(TW_BF16, y, 1, 1);
  ASSERT_FALSE(multiplying(global(TW_F32, x, 1, 1), global(TW_F32, w, 1, 1), out).run().isError());
  EXPECT_EQ(y[0], 0x3f80);
  out.type = TW_F16;
  ASSERT_FALSE(multiplying(global(TW_F32, x, 1, 1), global(TW_F32, w, 1, 1), out).run().isError());
  EXPECT_EQ(y[0], 0x3c04);
}

TEST(Product, of_bf16_and_f16_is_that_of_float32) {
  for (int64_t type : {TW_BF16, TW_F16}) {
    std::vector<uint16_t> x = type == TW_BF16 ? halves({0x3fc0, 0x4000}) : halves({0x3e00, 0x4000});
    std::vector<float> y(1);
    Kernel kernel =
        multiplying(global(type, x, 1, 2), global(type, x, 2, 1), global(TW_F32, y, 1, 1));
    ASSERT_FALSE(kernel.run().isError());
    EXPECT_EQ(y[0], 1.5f * 1.5f + 4);
  }
}

} // namespace tilework::runtime::exact
