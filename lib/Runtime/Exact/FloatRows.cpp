//===- FloatRows.cpp - rows of float32 --------------------------------------------------------===//

#include "Rows.h"
#include "Transcendentals.h"

#include <cmath>

namespace tilework::runtime::exact {

#define TILEWORK_INLINE inline __attribute__((always_inline))

/// A NaN wins, and +0 is above -0.
static TILEWORK_INLINE float maximum(float a, float b) {
  float both = bitsOf<float>(bitsOf<uint32_t>(a) & bitsOf<uint32_t>(b)); // of two equals
  float larger = a > b ? a : a == b ? both : b;
  return a != a ? a : larger;
}

/// A NaN wins, and -0 is below +0.
static TILEWORK_INLINE float minimum(float a, float b) {
  float both = bitsOf<float>(bitsOf<uint32_t>(a) | bitsOf<uint32_t>(b));
  float smaller = a < b ? a : a == b ? both : b;
  return a != a ? a : smaller;
}

//===----------------------------------------------------------------------------------------===//
// Element-wise
//===----------------------------------------------------------------------------------------===//

template <typename Function>
static TILEWORK_INLINE void map(float *x, int64_t count, Function function) {
  for (int64_t i = 0; i < count; ++i)
    x[i] = function(x[i]);
}

template <typename Function>
static TILEWORK_INLINE void map(float *x, const float *y, int64_t count, Function function) {
  for (int64_t i = 0; i < count; ++i)
    x[i] = function(x[i], y[i]);
}

TILEWORK_ROW_LOOP void computeUnary(Unary kind, float *x, int64_t count) {
  auto flipBits = [](uint32_t keep, uint32_t flip) {
    return [=](float a) { return bitsOf<float>((bitsOf<uint32_t>(a) & keep) ^ flip); };
  };
  switch (kind) {
  case Unary::neg:
    return map(x, count, flipBits(0xffffffff, 0x80000000));
  case Unary::abs:
    return map(x, count, flipBits(0x7fffffff, 0));
  case Unary::exp:
    return map(x, count, [](float a) { return expOf(a); });
  case Unary::log:
    return map(x, count, [](float a) { return logOf(a); });
  case Unary::sin:
    return map(x, count, [](float a) { return sinOf(a); });
  case Unary::cos:
    return map(x, count, [](float a) { return cosOf(a); });
  case Unary::sqrt:
    return map(x, count, [](float a) { return std::sqrt(a); });
  case Unary::rsqrt:
    return map(x, count, [](float a) { return 1.0f / std::sqrt(a); });
  case Unary::recip:
    return map(x, count, [](float a) { return 1.0f / a; });
  case Unary::relu:
    return map(x, count, [](float a) { return maximum(a, 0.0f); });
  default:
    return;
  }
}

TILEWORK_ROW_LOOP void computeBinary(Binary kind, float *x, const float *y, int64_t count) {
  switch (kind) {
  case Binary::add:
    return map(x, y, count, [](float a, float b) { return a + b; });
  case Binary::sub:
    return map(x, y, count, [](float a, float b) { return a - b; });
  case Binary::mul:
    return map(x, y, count, [](float a, float b) { return a * b; });
  case Binary::div:
    return map(x, y, count, [](float a, float b) { return a / b; });
  case Binary::maximum:
    return map(x, y, count, [](float a, float b) { return maximum(a, b); });
  case Binary::minimum:
    return map(x, y, count, [](float a, float b) { return minimum(a, b); });
  case Binary::fmod:
    return map(x, y, count, [](float a, float b) { return std::fmod(a, b); });
  default:
    return;
  }
}

void computeCompare(Predicate predicate, const float *x, const float *y, int64_t *result,
                    int64_t count) {
  auto compare = [=](auto isTrue) {
    for (int64_t i = 0; i < count; ++i)
      result[i] = isTrue(x[i], y[i]);
  };
  switch (predicate) {
  case Predicate::eq:
    return compare([](float a, float b) { return a == b; });
  case Predicate::ne:
    return compare([](float a, float b) { return a != b; });
  case Predicate::lt:
    return compare([](float a, float b) { return a < b; });
  case Predicate::le:
    return compare([](float a, float b) { return a <= b; });
  case Predicate::gt:
    return compare([](float a, float b) { return a > b; });
  case Predicate::ge:
    return compare([](float a, float b) { return a >= b; });
  case Predicate::count:
    return;
  }
}

//===----------------------------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------------------------===//

float neutralOf(Reduce kind) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  switch (kind) {
  case Reduce::max:
    return -infinity;
  case Reduce::min:
    return infinity;
  case Reduce::prod:
    return 1.0f;
  default:
    return 0.0f;
  }
}

TILEWORK_ROW_LOOP void accumulate(Reduce kind, float *total, const float *x, int64_t count) {
  switch (kind) {
  case Reduce::sum:
    return map(total, x, count, [](float a, float b) { return a + b; });
  case Reduce::max:
    return map(total, x, count, [](float a, float b) { return maximum(a, b); });
  case Reduce::min:
    return map(total, x, count, [](float a, float b) { return minimum(a, b); });
  case Reduce::prod:
    return map(total, x, count, [](float a, float b) { return a * b; });
  default:
    return;
  }
}

bool isBeyond(Reduce kind, float x, float extreme) {
  if (std::isnan(x) || std::isnan(extreme))
    return !std::isnan(extreme);
  return kind == Reduce::argmax ? x > extreme : x < extreme;
}

//===----------------------------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------------------------===//

TILEWORK_ROW_LOOP void multiplyRow(float *sums, const float *a, const float *b, int64_t depth,
                                   int64_t columns) {
  // A few vectors of sums at a time stay in registers for all of k.
  constexpr int64_t block = 32;
  int64_t first = 0;
  for (; first + block <= columns; first += block) {
    float local[block];
    std::memcpy(local, sums + first, sizeof local);
    for (int64_t k = 0; k < depth; ++k)
      for (int64_t j = 0; j < block; ++j)
        local[j] = fma32(a[k], b[k * columns + first + j], local[j]);
    std::memcpy(sums + first, local, sizeof local);
  }
  for (int64_t k = 0; k < depth; ++k)
    for (int64_t j = first; j < columns; ++j)
      sums[j] = fma32(a[k], b[k * columns + j], sums[j]);
}

} // namespace tilework::runtime::exact
