//===- Rounding.cpp - conversions between element types ---------------------------------------===//
//
// A number is rounded to a float type as an integer times a power of two, so that integers of 64
// bits and floats take the same way and nothing is rounded twice.
//
//===------------------------------------------------------------------------------------------===//

#include "Rounding.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tilework::runtime::exact {

//===----------------------------------------------------------------------------------------===//
// To floats
//===----------------------------------------------------------------------------------------===//

namespace {
/// magnitude * 2^exponent, negated.
struct Exact {
  bool isNegative;
  uint64_t magnitude;
  int exponent;
};

struct FloatFormat {
  int significandBits; ///< with the leading one
  int leastExponent;   ///< of the smallest denormal, a power of two
  uint32_t infinity;   ///< its bits
  uint32_t sign;
};
} // namespace

static FloatFormat formatOf(int64_t type) {
  switch (type) {
  case TW_F16:
    return {11, -24, 0x7c00, 0x8000};
  case TW_BF16:
    return {8, -133, 0x7f80, 0x8000};
  default:
    return {24, -149, 0x7f800000, 0x80000000};
  }
}

/// Whether rounding goes away from zero. `rest` compares what is cut off with half a unit: -2
/// nothing, -1 less, 0 equal, 1 more.
static bool roundsAway(Rounding rounding, bool isNegative, bool isOdd, int rest) {
  switch (rounding) {
  case Rounding::none:
  case Rounding::rint:
    return rest > 0 || (rest == 0 && isOdd);
  case Rounding::round:
    return rest >= 0;
  case Rounding::floor:
    return isNegative && rest != -2;
  case Rounding::ceil:
    return !isNegative && rest != -2;
  case Rounding::odd:
    return !isOdd && rest != -2;
  default:
    return false;
  }
}

/// Whether a number beyond the largest finite one becomes an infinity.
static bool overflowsToInfinity(Rounding rounding, bool isNegative) {
  switch (rounding) {
  case Rounding::trunc:
  case Rounding::odd:
    return false;
  case Rounding::floor:
    return isNegative;
  case Rounding::ceil:
    return !isNegative;
  default:
    return true;
  }
}

/// The bits of `value` in a float format.
static uint32_t roundTo(const FloatFormat &format, Exact value, Rounding rounding) {
  uint32_t sign = value.isNegative ? format.sign : 0;
  if (value.magnitude == 0)
    return sign;
  int top = 63 - __builtin_clzll(value.magnitude);
  int quantum = std::max(top + value.exponent - (format.significandBits - 1), format.leastExponent);
  int cut = quantum - value.exponent; // bits that do not fit
  uint64_t kept = value.magnitude;
  int rest = -2;
  if (cut > 64) {
    kept = 0;
    rest = -1;
  } else if (cut > 0) {
    uint64_t below = cut == 64 ? kept : kept & ((uint64_t{1} << cut) - 1);
    uint64_t half = uint64_t{1} << (cut - 1);
    kept = cut == 64 ? 0 : kept >> cut;
    rest = below == 0 ? -2 : below < half ? -1 : below > half;
  } else {
    kept <<= -cut;
  }
  kept += roundsAway(rounding, value.isNegative, kept & 1, rest);
  // A leading one, or a carry, counts the exponent up by itself.
  uint64_t exponent = quantum - format.leastExponent;
  uint64_t bits = (exponent << (format.significandBits - 1)) + kept;
  if (bits >= format.infinity)
    bits = format.infinity - !overflowsToInfinity(rounding, value.isNegative);
  return sign | static_cast<uint32_t>(bits);
}

static uint32_t roundFloat(const FloatFormat &format, float value, Rounding rounding) {
  auto bits = bitsOf<uint32_t>(value);
  bool isNegative = bits >> 31;
  uint32_t exponent = (bits >> 23) & 0xff, fraction = bits & 0x7fffff;
  uint32_t sign = isNegative ? format.sign : 0;
  if (exponent == 0xff)
    return sign | (fraction ? format.infinity | format.infinity >> 1 : format.infinity);
  uint64_t magnitude = exponent ? fraction | 0x800000 : fraction;
  return roundTo(format, {isNegative, magnitude, std::max<int>(exponent, 1) - 150}, rounding);
}

static uint32_t roundInteger(const FloatFormat &format, int64_t value, bool isUnsigned,
                             Rounding rounding) {
  bool isNegative = !isUnsigned && value < 0;
  auto magnitude = static_cast<uint64_t>(value);
  return roundTo(format, {isNegative, isNegative ? 0 - magnitude : magnitude, 0}, rounding);
}

static void writeBits(const Row &row, int64_t i, uint32_t bits) {
  std::memcpy(row.data + i * row.strideBytes, &bits, elementBytes(row.type)); // the low bytes
}

//===----------------------------------------------------------------------------------------===//
// To integers
//===----------------------------------------------------------------------------------------===//

/// Exact in float64, which holds every float32.
static double roundToIntegral(double value, Rounding rounding) {
  switch (rounding) {
  case Rounding::rint:
    return std::nearbyint(value);
  case Rounding::round:
    return std::round(value);
  case Rounding::floor:
    return std::floor(value);
  case Rounding::ceil:
    return std::ceil(value);
  case Rounding::odd: {
    double down = std::floor(value);
    return down == value || std::fmod(down, 2.0) != 0 ? down : down + 1;
  }
  default:
    return std::trunc(value);
  }
}

namespace {
struct Limits {
  __int128 low, high;
};
} // namespace

static Limits limitsOf(int64_t type) {
  if (type == TW_BOOL)
    return {0, 1};
  int width = static_cast<int>(8 * elementBytes(type));
  __int128 one = 1;
  if (isUnsigned(type))
    return {0, (one << width) - 1};
  return {-(one << (width - 1)), (one << (width - 1)) - 1};
}

static int64_t saturate(__int128 value, const Limits &limits) {
  return static_cast<int64_t>(std::clamp(value, limits.low, limits.high));
}

static int64_t saturateFloat(double value, const Limits &limits) {
  if (std::isnan(value))
    return 0;
  // Beyond 2^100 every type is full, and the conversion would be undefined.
  return saturate(static_cast<__int128>(std::clamp(value, -0x1p100, 0x1p100)), limits);
}

//===----------------------------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------------------------===//

static void castFloats(const Row &destination, const float *values, Rounding rounding) {
  if (isFloat(destination.type)) {
    FloatFormat format = formatOf(destination.type);
    for (int64_t i = 0; i < destination.count; ++i)
      writeBits(destination, i, roundFloat(format, values[i], rounding));
    return;
  }
  Limits limits = limitsOf(destination.type);
  Row one = destination;
  one.count = 1;
  for (int64_t i = 0; i < destination.count; ++i, one.data += one.strideBytes) {
    int64_t integer = saturateFloat(roundToIntegral(values[i], rounding), limits);
    writeIntegers(one, &integer);
  }
}

static void castIntegers(const Row &destination, const int64_t *values, bool fromUnsigned,
                         Rounding rounding) {
  if (isFloat(destination.type)) {
    FloatFormat format = formatOf(destination.type);
    for (int64_t i = 0; i < destination.count; ++i)
      writeBits(destination, i, roundInteger(format, values[i], fromUnsigned, rounding));
    return;
  }
  Limits limits = limitsOf(destination.type);
  Row one = destination;
  one.count = 1;
  for (int64_t i = 0; i < destination.count; ++i, one.data += one.strideBytes) {
    __int128 value = fromUnsigned ? __int128(static_cast<uint64_t>(values[i])) : values[i];
    int64_t integer = saturate(value, limits);
    writeIntegers(one, &integer);
  }
}

void castRow(const Row &destination, const Row &source, Rounding rounding, float *floats,
             int64_t *integers) {
  if (destination.type == source.type)
    return copyRow(destination, source);
  if (!isFloat(source.type)) {
    readIntegers(source, integers);
    return castIntegers(destination, integers, isUnsigned(source.type), rounding);
  }
  readFloats(source, floats);
  bool isNearest = rounding == Rounding::none || rounding == Rounding::rint;
  if (destination.type == TW_F32 || (isNearest && isFloat(destination.type)))
    return writeFloats(destination, floats);
  castFloats(destination, floats, rounding);
}

} // namespace tilework::runtime::exact
