#include "OneInstruction.h"

#include <cmath>
#include <limits>

namespace tilework::runtime::exact {

static constexpr float infinity = std::numeric_limits<float>::infinity();
static const float nan = std::nanf("");

/// Zeros, denormals, ordinary numbers, the largest, infinities and a NaN, of both signs.
static std::vector<float> specials() {
  std::vector<float> values;
  for (float x : {0.0f, 0x1p-149f, 0x1.8p-130f, 0x1p-126f, 0x1.234567p-3f, 0.5f, 1.0f, 1.5f, 2.5f,
                  3.0f, 88.7f, 1e10f, 0x1.fffffep+127f, infinity, nan})
    values.insert(values.end(), {x, -x});
  return values;
}

/// All pairs of special numbers, as two rows.
static std::pair<std::vector<float>, std::vector<float>> pairs() {
  std::vector<float> x, y;
  for (float a : specials())
    for (float b : specials()) {
      x.push_back(a);
      y.push_back(b);
    }
  return {x, y};
}

static void expectUnary(Unary kind, float (*formula)(float)) {
  std::vector<float> x = specials(), expected;
  for (float each : x)
    expected.push_back(formula(each));
  expectSame(computed(kind, x), expected);
}

TEST(Elementwise, unary_floats) {
  expectUnary(Unary::neg, [](float x) { return -x; });
  expectUnary(Unary::abs, [](float x) { return std::fabs(x); });
  // Correctly rounded through float64, which has more than twice the bits.
  expectUnary(Unary::sqrt, [](float x) { return static_cast<float>(std::sqrt(double(x))); });
  expectUnary(Unary::recip, [](float x) { return static_cast<float>(1 / double(x)); });
  expectUnary(Unary::rsqrt, [](float x) {
    auto root = static_cast<float>(std::sqrt(double(x)));
    return static_cast<float>(1 / double(root));
  });
  expectUnary(Unary::relu, [](float x) { return std::isnan(x) ? x : x > 0 ? x : 0.0f; });
}

/// Units in the last place of the exact result.
static double errorOf(float actual, double exact) {
  int exponent = std::max(std::ilogb(exact), -126);
  return std::fabs(actual - exact) / std::ldexp(1.0, exponent - 23);
}

static void expectAccurate(Unary kind, double (*exact)(double), float low, float high,
                           double bound) {
  std::vector<float> x;
  for (int i = 0; i <= 8000; ++i)
    x.push_back(low + (high - low) * (static_cast<float>(i) / 8000.0f));
  std::vector<float> y = computed(kind, x);
  for (size_t i = 0; i < x.size(); ++i) {
    double expected = exact(x[i]);
    if (expected != 0)
      EXPECT_LE(errorOf(y[i], expected), bound) << "of " << x[i];
  }
}

TEST(Elementwise, transcendentals_are_accurate) {
  expectAccurate(Unary::exp, std::exp, -103, 88.7f, 1);
  expectAccurate(Unary::log, std::log, 1e-38f, 4, 1);
  expectAccurate(Unary::log, std::log, 1, 1e30f, 1);
  expectAccurate(Unary::sin, std::sin, -20, 20, 2);
  expectAccurate(Unary::cos, std::cos, -1e6f, 1e6f, 2);
}

TEST(Elementwise, transcendentals_of_special_numbers) {
  expectSame(
      computed(Unary::exp, std::vector<float>{0, -0.0f, -200, 200, -infinity, infinity, nan}),
      {1, 1, 0, infinity, 0, infinity, nan});
  expectSame(computed(Unary::log, std::vector<float>{1, 0, -0.0f, -1, infinity, nan}),
             {0, -infinity, -infinity, nan, infinity, nan});
  expectSame(computed(Unary::sin, std::vector<float>{0, -0.0f, 0x1p49f, infinity, nan}),
             {0, -0.0f, nan, nan, nan});
  expectSame(computed(Unary::cos, std::vector<float>{0, -0.0f, -0x1p49f, infinity, nan}),
             {1, 1, nan, nan, nan});
}

TEST(Elementwise, vector_body_and_tail_agree) {
  for (Unary kind : {Unary::exp, Unary::log, Unary::sin, Unary::cos}) {
    std::vector<float> x;
    for (int i = 1; i <= 37; ++i)
      x.push_back(0.731f * static_cast<float>(i));
    std::vector<float> whole = computed(kind, x);
    for (size_t i = 0; i < x.size(); ++i)
      expectSame(whole[i], computed(kind, std::vector<float>{x[i]})[0]);
  }
}

static void expectBinary(Binary kind, float (*formula)(float, float)) {
  auto [x, y] = pairs();
  std::vector<float> expected;
  for (size_t i = 0; i < x.size(); ++i)
    expected.push_back(formula(x[i], y[i]));
  expectSame(computed(kind, x, y), expected);
}

TEST(Elementwise, binary_floats) {
  expectBinary(Binary::add, [](float a, float b) { return static_cast<float>(double(a) + b); });
  expectBinary(Binary::sub, [](float a, float b) { return static_cast<float>(double(a) - b); });
  expectBinary(Binary::mul, [](float a, float b) { return static_cast<float>(double(a) * b); });
  expectBinary(Binary::div, [](float a, float b) { return static_cast<float>(double(a) / b); });
  expectBinary(Binary::fmod,
               [](float a, float b) { return static_cast<float>(std::fmod(double(a), b)); });
  expectBinary(Binary::maximum, [](float a, float b) {
    if (std::isnan(a) || std::isnan(b))
      return nan;
    return a == b ? (std::signbit(a) ? b : a) : std::fmax(a, b);
  });
  expectBinary(Binary::minimum, [](float a, float b) {
    if (std::isnan(a) || std::isnan(b))
      return nan;
    return a == b ? (std::signbit(a) ? a : b) : std::fmin(a, b);
  });
}

TEST(Elementwise, halves_are_computed_in_float32_and_rounded_once) {
  // In bf16: 1 + 0x1p-8 is a tie that goes to 1; 1.0078125 * 1.0078125 = 1.01568603515625.
  Matrix<uint16_t> x{{0x3f80, 0x3f81}, 1, 2, TW_BF16}, y{{0x3b80, 0x3f81}, 1, 2, TW_BF16};
  Matrix<uint16_t> sum{{}, 1, 2, TW_BF16}, product = sum;
  carryOut(vectorInstruction(TW_VECTOR_BINARY, Binary::add), sum, x, y);
  EXPECT_EQ(sum.values, (std::vector<uint16_t>{0x3f80, 0x4001}));
  carryOut(vectorInstruction(TW_VECTOR_BINARY, Binary::mul), product, x, y);
  EXPECT_EQ(product.values, (std::vector<uint16_t>{0x3b80, 0x3f82}));
  // In f16: the square of the largest finite number overflows, its square root is 255.875.
  Matrix<uint16_t> large{{0x7bff}, 1, 1, TW_F16}, root{{}, 1, 1, TW_F16};
  carryOut(vectorInstruction(TW_VECTOR_BINARY, Binary::mul), root, large, large);
  EXPECT_EQ(root.values[0], 0x7c00);
  carryOut(vectorInstruction(TW_VECTOR_UNARY, Unary::sqrt), root, large);
  EXPECT_EQ(root.values[0], 0x5bff);
}

TEST(Elementwise, unary_integers_wrap) {
  std::vector<int8_t> x = {-128, -1, 0, 1, 127};
  EXPECT_EQ(computed(Unary::neg, x), (std::vector<int8_t>{-128, 1, 0, -1, -127}));
  EXPECT_EQ(computed(Unary::abs, x), (std::vector<int8_t>{-128, 1, 0, 1, 127}));
  EXPECT_EQ(computed(Unary::relu, x), (std::vector<int8_t>{0, 0, 0, 1, 127}));
  EXPECT_EQ(computed(Unary::not_, x), (std::vector<int8_t>{127, 0, -1, -2, -128}));
  std::vector<uint32_t> u = {0, 1, 0x80000000, 0xffffffff};
  EXPECT_EQ(computed(Unary::neg, u), (std::vector<uint32_t>{0, 0xffffffff, 0x80000000, 1}));
  EXPECT_EQ(computed(Unary::abs, u), u);
  EXPECT_EQ(computed(Unary::relu, u), u);
  Matrix<uint8_t> b{{0, 1}, 1, 2, TW_BOOL}, c = b;
  carryOut(vectorInstruction(TW_VECTOR_UNARY, Unary::not_), c, b);
  EXPECT_EQ(c.values, (std::vector<uint8_t>{1, 0}));
}

TEST(Elementwise, binary_integers_wrap_and_are_total) {
  constexpr int32_t least = std::numeric_limits<int32_t>::min();
  constexpr int32_t most = std::numeric_limits<int32_t>::max();
  std::vector<int32_t> x = {most, least, -7, 7, 5}, y = {1, -1, 2, -2, 0};
  EXPECT_EQ(computed(Binary::add, x, y), (std::vector<int32_t>{least, most, -5, 5, 5}));
  EXPECT_EQ(computed(Binary::sub, x, y), (std::vector<int32_t>{most - 1, least + 1, -9, 9, 5}));
  EXPECT_EQ(computed(Binary::mul, x, y), (std::vector<int32_t>{most, least, -14, -14, 0}));
  EXPECT_EQ(computed(Binary::div, x, y), (std::vector<int32_t>{most, least, -3, -3, 0}));
  EXPECT_EQ(computed(Binary::fmod, x, y), (std::vector<int32_t>{0, 0, -1, 1, 0}));
  EXPECT_EQ(computed(Binary::maximum, x, y), (std::vector<int32_t>{most, -1, 2, 7, 5}));
  EXPECT_EQ(computed(Binary::minimum, x, y), (std::vector<int32_t>{1, least, -7, -2, 0}));
  EXPECT_EQ(computed(Binary::xor_, x, y),
            (std::vector<int32_t>{most ^ 1, ~least, -7 ^ 2, 7 ^ -2, 5}));
}

TEST(Elementwise, binary_integers_of_64_bits) {
  constexpr int64_t least = std::numeric_limits<int64_t>::min();
  std::vector<int64_t> x = {least, least, 9, 7}, y = {-1, 3, 0, -1};
  EXPECT_EQ(computed(Binary::div, x, y), (std::vector<int64_t>{least, least / 3, 0, -7}));
  EXPECT_EQ(computed(Binary::fmod, x, y), (std::vector<int64_t>{0, least % 3, 0, 0}));
  std::vector<uint64_t> u = {~uint64_t{0}, ~uint64_t{0}, 3}, v = {2, 0, ~uint64_t{0}};
  EXPECT_EQ(computed(Binary::div, u, v), (std::vector<uint64_t>{~uint64_t{0} / 2, 0, 0}));
  EXPECT_EQ(computed(Binary::fmod, u, v), (std::vector<uint64_t>{1, 0, 3}));
  EXPECT_EQ(computed(Binary::maximum, u, v),
            (std::vector<uint64_t>{~uint64_t{0}, ~uint64_t{0}, ~uint64_t{0}}));
  EXPECT_EQ(computed(Binary::minimum, u, v), (std::vector<uint64_t>{2, 0, 3}));
}

TEST(Elementwise, shifts_beyond_the_width_leave_nothing_or_the_sign) {
  std::vector<int16_t> x = {-3, -3, -3, -3, 3}, y = {1, 15, 16, -1, 16};
  EXPECT_EQ(computed(Binary::shl, x, y), (std::vector<int16_t>{-6, -32768, 0, 0, 0}));
  EXPECT_EQ(computed(Binary::shr, x, y), (std::vector<int16_t>{-2, -1, -1, -1, 0}));
  std::vector<uint8_t> u = {0x81, 0x81, 0x81}, v = {1, 7, 8};
  EXPECT_EQ(computed(Binary::shl, u, v), (std::vector<uint8_t>{2, 0x80, 0}));
  EXPECT_EQ(computed(Binary::shr, u, v), (std::vector<uint8_t>{0x40, 1, 0}));
}

TEST(Elementwise, comparisons) {
  std::vector<float> x = {1, 1, 2, nan, -0.0f}, y = {1, 2, 1, 1, 0};
  EXPECT_EQ(computed(Predicate::eq, x, y), (std::vector<uint8_t>{1, 0, 0, 0, 1}));
  EXPECT_EQ(computed(Predicate::ne, x, y), (std::vector<uint8_t>{0, 1, 1, 1, 0}));
  EXPECT_EQ(computed(Predicate::lt, x, y), (std::vector<uint8_t>{0, 1, 0, 0, 0}));
  EXPECT_EQ(computed(Predicate::le, x, y), (std::vector<uint8_t>{1, 1, 0, 0, 1}));
  EXPECT_EQ(computed(Predicate::gt, x, y), (std::vector<uint8_t>{0, 0, 1, 0, 0}));
  EXPECT_EQ(computed(Predicate::ge, x, y), (std::vector<uint8_t>{1, 0, 1, 0, 1}));
  std::vector<int8_t> i = {-1, 1, 5}, j = {1, -1, 5};
  EXPECT_EQ(computed(Predicate::lt, i, j), (std::vector<uint8_t>{1, 0, 0}));
  EXPECT_EQ(computed(Predicate::ge, i, j), (std::vector<uint8_t>{0, 1, 1}));
  std::vector<uint64_t> u = {~uint64_t{0}, 1}, v = {1, ~uint64_t{0}};
  EXPECT_EQ(computed(Predicate::gt, u, v), (std::vector<uint8_t>{1, 0}));
  EXPECT_EQ(computed(Predicate::le, u, v), (std::vector<uint8_t>{0, 1}));
}

TEST(Elementwise, unit_dimensions_of_rhs_are_repeated) {
  Matrix<float> x{{1, 2, 3, 4, 5, 6}, 2, 3}, result = x;
  tw_instruction add = vectorInstruction(TW_VECTOR_BINARY, Binary::add);
  carryOut(add, result, x, Matrix<float>{{10, 20}, 2, 1});
  EXPECT_EQ(result.values, (std::vector<float>{11, 12, 13, 24, 25, 26}));
  carryOut(add, result, x, Matrix<float>{{10, 20, 30}, 1, 3});
  EXPECT_EQ(result.values, (std::vector<float>{11, 22, 33, 14, 25, 36}));
  carryOut(add, result, x, Matrix<float>{{100}, 1, 1});
  EXPECT_EQ(result.values, (std::vector<float>{101, 102, 103, 104, 105, 106}));
  carryOut(withScalar(add, TW_SCALAR_RHS, TW_F32, float32One), result, x);
  EXPECT_EQ(result.values, (std::vector<float>{2, 3, 4, 5, 6, 7}));
}

TEST(Elementwise, selects_by_mask) {
  Matrix<float> x{{1, 2, 3}, 1, 3}, y{{4, 5, 6}, 1, 3}, result = x;
  Matrix<uint8_t> mask{{1, 0, 1}, 1, 3, TW_BOOL};
  carryOut(vectorInstruction(TW_VECTOR_SELECT), result, mask, x, y);
  EXPECT_EQ(result.values, (std::vector<float>{1, 5, 3}));
}

TEST(Elementwise, fills_counts_and_transposes) {
  Matrix<float> filled{{}, 2, 2};
  tw_instruction fills = vectorInstruction(TW_VECTOR_FILL);
  carryOut(withScalar(fills, TW_SCALAR_RHS, TW_F32, float32One), filled);
  EXPECT_EQ(filled.values, (std::vector<float>{1, 1, 1, 1}));
  carryOut(fills, filled, Matrix<float>{{7, 8}, 2, 1});
  EXPECT_EQ(filled.values, (std::vector<float>{7, 7, 8, 8}));
  Matrix<int8_t> counted{{}, 2, 2};
  carryOut(withScalar(vectorInstruction(TW_VECTOR_ARANGE), 0, TW_I8, 126), counted);
  EXPECT_EQ(counted.values, (std::vector<int8_t>{126, 127, -128, -127}));
  Matrix<int16_t> swapped{{}, 3, 2};
  carryOut(vectorInstruction(TW_VECTOR_TRANSPOSE), swapped,
           Matrix<int16_t>{{1, 2, 3, 4, 5, 6}, 2, 3});
  EXPECT_EQ(swapped.values, (std::vector<int16_t>{1, 4, 2, 5, 3, 6}));
}

/// An instruction reads all of its operands before it writes, wherever the destination lies.
TEST(Elementwise, works_in_place_and_on_overlapping_buffers) {
  std::vector<float> x = {1, 2, 3, 4, 5, 6, 7, 8, 9}, y(8);
  for (int64_t shift : {0, 4}) {
    tw_region whole = region(TW_UB, TW_F32, 0, {1, 9});
    tw_region input = region(TW_UB, TW_F32, 0, {1, 8}), result = input;
    result.base = shift;
    Kernel kernel;
    kernel.options.memories.alignmentBytes[TW_UB] = 4;
    kernel.add(TW_VECTOR_0, {load(global(TW_F32, x, 1, 9), whole), barrier(),
                             binary(Binary::add, input, input, result), barrier(),
                             store(result, global(TW_F32, y, 1, 8))});
    ExactResult outcome = kernel.run();
    ASSERT_FALSE(outcome.isError()) << outcome.message();
    EXPECT_EQ(y, (std::vector<float>{2, 4, 6, 8, 10, 12, 14, 16}));
  }
}

TEST(Elementwise, moves_to_an_overlapping_buffer) {
  std::vector<float> x = {1, 2, 3, 4, 5, 6}, y(4);
  tw_region whole = region(TW_UB, TW_F32, 0, {3, 2}), upper = region(TW_UB, TW_F32, 0, {2, 2});
  tw_region lower = region(TW_UB, TW_F32, 8, {2, 2});
  Kernel kernel;
  kernel.options.memories.alignmentBytes[TW_UB] = 4;
  kernel.add(TW_VECTOR_0,
             {load(global(TW_F32, x, 3, 2), whole), barrier(), move(upper, lower, TW_V), barrier(),
              store(lower, global(TW_F32, y, 2, 2))});
  ExactResult outcome = kernel.run();
  ASSERT_FALSE(outcome.isError()) << outcome.message();
  EXPECT_EQ(y, (std::vector<float>{1, 2, 3, 4}));
}

TEST(Elementwise, transposes_in_place) {
  std::vector<float> x = {1, 2, 3, 4}, y(4);
  tw_region buffer = region(TW_UB, TW_F32, 0, {2, 2});
  Kernel kernel;
  kernel.add(TW_VECTOR_0, {load(global(TW_F32, x, 2, 2), buffer), barrier(),
                           instruction(TW_VECTOR_TRANSPOSE, TW_V, {buffer, buffer}), barrier(),
                           store(buffer, global(TW_F32, y, 2, 2))});
  ASSERT_FALSE(kernel.run().isError());
  EXPECT_EQ(y, (std::vector<float>{1, 3, 2, 4}));
}

} // namespace tilework::runtime::exact
