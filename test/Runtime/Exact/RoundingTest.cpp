#include "OneInstruction.h"

#include <cmath>
#include <limits>
#include <random>

namespace tilework::runtime::exact {

static constexpr Rounding roundings[] = {Rounding::none,  Rounding::rint, Rounding::round,
                                         Rounding::floor, Rounding::ceil, Rounding::trunc,
                                         Rounding::odd};

namespace {
struct Format {
  int64_t type;
  int bits;          ///< of the significand
  int leastExponent; ///< of the smallest denormal
  double largest;    ///< finite
  int shift;         ///< of the exponent in its encoding
};
} // namespace

static const Format bf16 = {TW_BF16, 8, -133, 0x1.fep127, 7};
static const Format f16 = {TW_F16, 11, -24, 65504.0, 10};

/// The value of a half, from its sign, exponent and fraction.
static double decode(const Format &format, uint16_t bits) {
  int exponent = (bits & 0x7fff) >> format.shift, fraction = bits & ((1 << format.shift) - 1);
  int special = (1 << (15 - format.shift)) - 1;
  double magnitude = std::ldexp(exponent ? fraction + (1 << format.shift) : fraction,
                                format.leastExponent + std::max(exponent - 1, 0));
  if (exponent == special)
    magnitude = fraction ? std::nan("") : INFINITY;
  return std::copysign(magnitude, bits & 0x8000 ? -1.0 : 1.0);
}

/// `x` to an integral value.
static double rounded(double x, Rounding rounding) {
  switch (rounding) {
  case Rounding::rint:
  case Rounding::none:
    return std::nearbyint(x);
  case Rounding::round:
    return std::round(x);
  case Rounding::floor:
    return std::floor(x);
  case Rounding::ceil:
    return std::ceil(x);
  case Rounding::odd:
    if (std::floor(x) == x)
      return x;
    return 2 * std::floor(std::floor(x) / 2) + 1;
  default:
    return std::trunc(x);
  }
}

/// `x` rounded to a format, as a number.
static double rounded(const Format &format, double x, Rounding rounding) {
  if (x == 0 || !std::isfinite(x))
    return x;
  int quantum = std::max(std::ilogb(x) - (format.bits - 1), format.leastExponent);
  double result = std::ldexp(rounded(std::ldexp(x, -quantum), rounding), quantum);
  if (std::fabs(result) <= format.largest)
    return std::copysign(result, x);
  bool stays = rounding == Rounding::trunc || rounding == Rounding::odd ||
               rounding == (x > 0 ? Rounding::floor : Rounding::ceil);
  return std::copysign(stays ? format.largest : INFINITY, x);
}

static void expectSameNumber(double actual, double expected, const std::string &what) {
  if (std::isnan(actual) && std::isnan(expected))
    return;
  EXPECT_EQ(reinterpreted<uint64_t>(actual), reinterpreted<uint64_t>(expected))
      << what << ": " << actual << " instead of " << expected;
}

TEST(Rounding, every_half_widens_exactly_and_narrows_back) {
  for (const Format &format : {bf16, f16}) {
    for (uint32_t block = 0; block < 16; ++block) {
      std::vector<uint16_t> halves;
      for (uint32_t i = 0; i < 4096; ++i)
        halves.push_back(static_cast<uint16_t>(block * 4096 + i));
      std::vector<float> wide = cast<float>(Rounding::none, halves, TW_F32, format.type);
      std::vector<uint16_t> back = cast<uint16_t>(Rounding::odd, wide, format.type);
      std::vector<uint16_t> nearest = cast<uint16_t>(Rounding::rint, wide, format.type);
      for (size_t i = 0; i < halves.size(); ++i) {
        expectSameNumber(wide[i], decode(format, halves[i]), "half " + std::to_string(halves[i]));
        if (!std::isnan(wide[i])) {
          EXPECT_EQ(back[i], halves[i]);
          EXPECT_EQ(nearest[i], halves[i]);
        }
      }
    }
  }
}

/// Numbers at and beside every half of some random ones, and at the middle between two.
static std::vector<float> nearHalves(const Format &format) {
  std::mt19937 random(7);
  std::vector<float> values = {
      0,     -0.0f,  INFINITY,        -INFINITY,        NAN,        0x1p-149f, -0x1p-149f,
      1e30f, -1e30f, 0x1.fffffep127f, -0x1.fffffep127f, 65519.996f, 65520.0f};
  for (int i = 0; i < 1200; ++i) {
    auto half = static_cast<uint16_t>(random());
    auto x = static_cast<float>(decode(format, half));
    auto y = static_cast<float>(decode(format, half + 1));
    float middle = x / 2 + y / 2;
    for (float each : {x, middle, std::nextafter(x, 9.0f), std::nextafter(x, -9.0f),
                       std::nextafter(middle, 9.0f), std::nextafter(middle, -9.0f)})
      values.push_back(each);
  }
  return values;
}

TEST(Rounding, float32_to_halves_in_every_mode) {
  for (const Format &format : {bf16, f16}) {
    std::vector<float> values = nearHalves(format);
    for (Rounding rounding : roundings) {
      std::vector<uint16_t> halves = cast<uint16_t>(rounding, values, format.type);
      for (size_t i = 0; i < values.size(); ++i)
        expectSameNumber(decode(format, halves[i]), rounded(format, values[i], rounding),
                         "rounding " + std::to_string(static_cast<int>(rounding)) + " of " +
                             std::to_string(values[i]));
    }
  }
}

template <typename Int> static void expectSaturated(const std::vector<float> &values) {
  constexpr double low = static_cast<double>(std::numeric_limits<Int>::min());
  constexpr double high = static_cast<double>(std::numeric_limits<Int>::max());
  for (Rounding rounding : roundings) {
    std::vector<Int> integers = cast<Int>(rounding, values);
    for (size_t i = 0; i < values.size(); ++i) {
      double x = rounded(values[i], rounding == Rounding::none ? Rounding::trunc : rounding);
      Int expected = std::isnan(x) ? Int(0)
                     : x <= low    ? std::numeric_limits<Int>::min()
                     : x >= high   ? std::numeric_limits<Int>::max()
                                   : static_cast<Int>(x);
      EXPECT_EQ(integers[i], expected) << values[i] << " in " << static_cast<int>(rounding);
    }
  }
}

TEST(Rounding, float32_to_integers_saturates) {
  std::vector<float> values = {0,
                               -0.0f,
                               0.5f,
                               -0.5f,
                               1.5f,
                               -1.5f,
                               2.5f,
                               -2.5f,
                               0.49f,
                               -0.51f,
                               126.5f,
                               127.5f,
                               -128.5f,
                               -129,
                               254.5f,
                               255.5f,
                               32767.5f,
                               -32768.5f,
                               65535.5f,
                               2147483520.0f,
                               2147483648.0f,
                               -2147483648.0f,
                               -2147483904.0f,
                               4294967040.0f,
                               4294967296.0f,
                               9.2233715e18f,
                               9.223372e18f,
                               -9.223372e18f,
                               1.8446743e19f,
                               1.8446744e19f,
                               1e30f,
                               -1e30f,
                               INFINITY,
                               -INFINITY,
                               NAN};
  expectSaturated<int8_t>(values);
  expectSaturated<int16_t>(values);
  expectSaturated<int32_t>(values);
  expectSaturated<int64_t>(values);
  expectSaturated<uint8_t>(values);
  expectSaturated<uint16_t>(values);
  expectSaturated<uint32_t>(values);
  expectSaturated<uint64_t>(values);
}

TEST(Rounding, float32_to_booleans) {
  std::vector<float> values = {0, 0.5f, 0.75f, 1, 2, -3, INFINITY, -INFINITY, NAN};
  EXPECT_EQ(cast<uint8_t>(Rounding::trunc, values, TW_BOOL),
            (std::vector<uint8_t>{0, 0, 0, 1, 1, 0, 1, 0, 0}));
  EXPECT_EQ(cast<uint8_t>(Rounding::rint, values, TW_BOOL),
            (std::vector<uint8_t>{0, 0, 1, 1, 1, 0, 1, 0, 0}));
}

TEST(Rounding, integers_to_floats_round_once) {
  // Halfway between two bf16 but for one bit that float32 does not hold: twice rounded, it would
  // be a tie that goes to even.
  std::vector<int64_t> values = {0x4040000000000001,
                                 -0x4040000000000001,
                                 0x4040000000000000,
                                 1,
                                 0,
                                 std::numeric_limits<int64_t>::min()};
  EXPECT_EQ(cast<uint16_t>(Rounding::rint, values, TW_BF16),
            (std::vector<uint16_t>{0x5e81, 0xde81, 0x5e80, 0x3f80, 0, 0xdf00}));
  EXPECT_EQ(cast<uint16_t>(Rounding::trunc, values, TW_BF16),
            (std::vector<uint16_t>{0x5e80, 0xde80, 0x5e80, 0x3f80, 0, 0xdf00}));
  EXPECT_EQ(cast<uint16_t>(Rounding::floor, values, TW_BF16),
            (std::vector<uint16_t>{0x5e80, 0xde81, 0x5e80, 0x3f80, 0, 0xdf00}));
  EXPECT_EQ(cast<uint16_t>(Rounding::none, values, TW_F16),
            (std::vector<uint16_t>{0x7c00, 0xfc00, 0x7c00, 0x3c00, 0, 0xfc00}));
  EXPECT_EQ(cast<uint16_t>(Rounding::odd, values, TW_F16),
            (std::vector<uint16_t>{0x7bff, 0xfbff, 0x7bff, 0x3c00, 0, 0xfbff}));
  std::vector<uint64_t> large = {~uint64_t{0}, (uint64_t{1} << 63) + (uint64_t{1} << 39)};
  EXPECT_EQ(cast<float>(Rounding::rint, large), (std::vector<float>{0x1p64f, 0x1p63f}));
  EXPECT_EQ(cast<float>(Rounding::round, large), (std::vector<float>{0x1p64f, 0x1.000002p63f}));
  EXPECT_EQ(cast<float>(Rounding::trunc, large), (std::vector<float>{0x1.fffffep63f, 0x1p63f}));
  std::vector<int32_t> small = {16777217, -16777217, 5};
  EXPECT_EQ(cast<float>(Rounding::none, small), (std::vector<float>{16777216, -16777216, 5}));
  EXPECT_EQ(cast<float>(Rounding::floor, small), (std::vector<float>{16777216, -16777218, 5}));
}

TEST(Rounding, integers_saturate) {
  std::vector<int64_t> values = {-1, 0, 127, 128, 255, 256, 1ll << 40, -(1ll << 40)};
  EXPECT_EQ(cast<int8_t>(Rounding::none, values),
            (std::vector<int8_t>{-1, 0, 127, 127, 127, 127, 127, -128}));
  EXPECT_EQ(cast<uint8_t>(Rounding::none, values),
            (std::vector<uint8_t>{0, 0, 127, 128, 255, 255, 255, 0}));
  EXPECT_EQ(cast<uint64_t>(Rounding::none, values),
            (std::vector<uint64_t>{0, 0, 127, 128, 255, 256, 1ull << 40, 0}));
  EXPECT_EQ(cast<int64_t>(Rounding::none, std::vector<uint64_t>{~uint64_t{0}, 5}),
            (std::vector<int64_t>{std::numeric_limits<int64_t>::max(), 5}));
  EXPECT_EQ(cast<uint8_t>(Rounding::none, std::vector<int32_t>{-5, 0, 1, 7}, TW_BOOL),
            (std::vector<uint8_t>{0, 0, 1, 1}));
  EXPECT_EQ(cast<int32_t>(Rounding::none, std::vector<uint8_t>{0, 1}, TW_I32, TW_BOOL),
            (std::vector<int32_t>{0, 1}));
  EXPECT_EQ(cast<float>(Rounding::none, std::vector<uint8_t>{0, 1}, TW_F32, TW_BOOL),
            (std::vector<float>{0, 1}));
}

TEST(Rounding, halves_convert_through_float32) {
  // The f16 0x3c01 = 1 + 2^-10 is less than half a bf16 unit above 1; 0x3c05 is more.
  EXPECT_EQ(cast<uint16_t>(Rounding::rint, std::vector<uint16_t>{0x3c01, 0x3c05}, TW_BF16, TW_F16),
            (std::vector<uint16_t>{0x3f80, 0x3f81}));
  EXPECT_EQ(cast<uint16_t>(Rounding::ceil, std::vector<uint16_t>{0x3c01, 0xbc01}, TW_BF16, TW_F16),
            (std::vector<uint16_t>{0x3f81, 0xbf80}));
  EXPECT_EQ(cast<int8_t>(Rounding::round, std::vector<uint16_t>{0x3fc0, 0xc020}, TW_I8, TW_BF16),
            (std::vector<int8_t>{2, -3}));
}

} // namespace tilework::runtime::exact
