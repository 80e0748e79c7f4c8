#include "OneInstruction.h"

#include <cmath>
#include <limits>

namespace tilework::runtime::exact {

static tw_instruction reduction(Reduce kind, int64_t dim) {
  tw_instruction result = vectorInstruction(TW_VECTOR_REDUCE, kind);
  result.dim = dim;
  return result;
}

template <typename T, typename Out = T>
static std::vector<Out> reduced(Reduce kind, int64_t dim, const Matrix<T> &x,
                                int64_t type = TypeOf<Out>::value) {
  Matrix<Out> result{{}, dim == 0 ? 1 : x.rows, dim == 1 ? 1 : x.columns, type};
  carryOut(reduction(kind, dim), result, x);
  return result.values;
}

/// Elements whose sum depends on the order.
static Matrix<float> sample(int64_t rows, int64_t columns) {
  Matrix<float> result{{}, rows, columns};
  for (int64_t i = 0; i < rows * columns; ++i)
    result.values.push_back(std::sin(1.7f * static_cast<float>(i)) *
                            std::ldexp(1.0f, static_cast<int>(i * 7 % 23)));
  return result;
}

TEST(Reductions, a_row_sums_in_64_lanes_that_fold) {
  for (int64_t columns : {1, 2, 63, 64, 65, 200}) {
    Matrix<float> x = sample(3, columns);
    std::vector<float> sums = reduced(Reduce::sum, 1, x);
    for (int64_t i = 0; i < 3; ++i) {
      float lanes[64] = {};
      for (int64_t j = 0; j < columns; ++j)
        lanes[j % 64] += x.values[i * columns + j];
      for (int width : {32, 16, 8, 4, 2, 1})
        for (int l = 0; l < width; ++l)
          lanes[l] += lanes[l + width];
      expectSame(sums[i], lanes[0], std::to_string(columns) + " columns");
    }
  }
}

TEST(Reductions, a_column_sums_from_top_to_bottom) {
  Matrix<float> x = sample(70, 5);
  std::vector<float> sums = reduced(Reduce::sum, 0, x);
  for (int64_t j = 0; j < 5; ++j) {
    float sum = 0;
    for (int64_t i = 0; i < 70; ++i)
      sum += x.values[i * 5 + j];
    expectSame(sums[j], sum);
  }
}

TEST(Reductions, extremes_and_products_of_floats) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  Matrix<float> x{{1, -2, 3, 0.5f, -0.0f, 0, -0.0f, 0, 2, NAN, 4, 1}, 3, 4};
  std::vector<float> largest = reduced(Reduce::max, 1, x), least = reduced(Reduce::min, 1, x);
  expectSame(largest, {3, 0, NAN});
  expectSame(least, {-2, -0.0f, NAN});
  expectSame(reduced(Reduce::prod, 1, x), {-3, 0, NAN});
  expectSame(reduced(Reduce::max, 0, x), {2, NAN, 4, 1});
  Matrix<float> none{{}, 2, 0};
  expectSame(reduced(Reduce::max, 1, none), {-infinity, -infinity});
  expectSame(reduced(Reduce::sum, 1, none), {0, 0});
  // A sum starts at +0, so that it never is -0.
  expectSame(reduced(Reduce::sum, 1, Matrix<float>{{-0.0f}, 1, 1}), {0});
}

TEST(Reductions, halves_are_summed_in_float32) {
  // 256 + 1 + 1 in bf16: each addition alone would round back to 256.
  Matrix<uint16_t> x{{0x4380, 0x3f80, 0x3f80}, 1, 3, TW_BF16};
  EXPECT_EQ(reduced(Reduce::sum, 1, x, TW_BF16)[0], 0x4381);
  EXPECT_EQ(reduced(Reduce::sum, 0, Matrix<uint16_t>{x.values, 3, 1, TW_BF16}, TW_BF16)[0], 0x4381);
}

TEST(Reductions, integers_wrap) {
  Matrix<int8_t> x{{100, 100, 100, -7}, 1, 4};
  EXPECT_EQ(reduced(Reduce::sum, 1, x)[0], static_cast<int8_t>(293));
  EXPECT_EQ(reduced(Reduce::prod, 1, x)[0], static_cast<int8_t>(-7000000));
  EXPECT_EQ(reduced(Reduce::max, 1, x)[0], 100);
  EXPECT_EQ(reduced(Reduce::min, 1, x)[0], -7);
  Matrix<uint64_t> u{{1, ~uint64_t{0}, 2}, 3, 1};
  EXPECT_EQ(reduced(Reduce::max, 0, u)[0], ~uint64_t{0});
  EXPECT_EQ(reduced(Reduce::min, 0, u)[0], 1u);
  EXPECT_EQ(reduced(Reduce::sum, 0, u)[0], 2u);
  EXPECT_EQ(reduced(Reduce::max, 1, Matrix<int16_t>{{}, 1, 0})[0], -32768);
  EXPECT_EQ(reduced(Reduce::min, 1, Matrix<uint16_t>{{}, 1, 0})[0], 65535);
}

TEST(Reductions, indices_are_those_of_the_first_extreme) {
  Matrix<float> x{{1, 3, 3, -1, -1, 2, NAN, 5, NAN, -0.0f, 0, -0.0f}, 4, 3};
  EXPECT_EQ((reduced<float, int32_t>(Reduce::argmax, 1, x)), (std::vector<int32_t>{1, 2, 0, 0}));
  EXPECT_EQ((reduced<float, int32_t>(Reduce::argmin, 1, x)), (std::vector<int32_t>{0, 0, 0, 0}));
  EXPECT_EQ((reduced<float, int32_t>(Reduce::argmax, 0, x)), (std::vector<int32_t>{2, 2, 2}));
  EXPECT_EQ((reduced<float, int32_t>(Reduce::argmin, 0, x)), (std::vector<int32_t>{2, 1, 2}));
  Matrix<uint64_t> u{{1, ~uint64_t{0}, 0}, 1, 3};
  EXPECT_EQ((reduced<uint64_t, int32_t>(Reduce::argmax, 1, u))[0], 1);
  EXPECT_EQ((reduced<uint64_t, int32_t>(Reduce::argmin, 1, u))[0], 2);
  EXPECT_EQ((reduced<float, int32_t>(Reduce::argmax, 1, Matrix<float>{{}, 1, 0}))[0], 0);
  Matrix<uint8_t> mask{{0, 1, 1, 1, 0, 1}, 2, 3, TW_BOOL};
  EXPECT_EQ((reduced<uint8_t, int32_t>(Reduce::argmax, 1, mask)), (std::vector<int32_t>{1, 0}));
  EXPECT_EQ((reduced<uint8_t, int32_t>(Reduce::argmin, 1, mask)), (std::vector<int32_t>{0, 1}));
}

} // namespace tilework::runtime::exact
