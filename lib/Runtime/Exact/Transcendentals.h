//===- Transcendentals.h - exp, log, sin and cos ------------------------------------*- C++ -*-===//
//
// The step lists of docs/rationale/0003-transcendentals.md, one statement per step. Inline, so that
// loops over rows take them in.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_EXACT_TRANSCENDENTALS_H
#define TILEWORK_RUNTIME_EXACT_TRANSCENDENTALS_H

#include "Elements.h"

#include <limits>

namespace tilework::runtime::exact {

#define TILEWORK_STEPS inline __attribute__((always_inline))

TILEWORK_STEPS float fma32(float a, float b, float c) {
  return __builtin_fmaf(a, b, c);
}
TILEWORK_STEPS double fma64(double a, double b, double c) {
  return __builtin_fma(a, b, c);
}

/// 2^exponent, for exponents of normal numbers.
TILEWORK_STEPS float powerOfTwo(int32_t exponent) {
  return bitsOf<float>(static_cast<uint32_t>(exponent + 127) << 23);
}

TILEWORK_STEPS float expOf(float x) {
  float a = x < -104.0f ? -104.0f : x;
  float b = a > 89.0f ? 89.0f : a;
  float t = fma32(b, 0x1.715476p+0f, 0x1.8p+23f);
  float n = t - 0x1.8p+23f;
  // Wraps for a NaN, which passes through p.
  auto k = static_cast<int32_t>(bitsOf<uint32_t>(t) - 0x4b400000u);
  float u = fma32(n, -0x1.62e4p-1f, b);
  float r = fma32(n, -0x1.7f7d1cp-20f, u);
  float p = 0x1.6ac708p-10f;
  p = fma32(p, r, 0x1.123de6p-7f);
  p = fma32(p, r, 0x1.555858p-5f);
  p = fma32(p, r, 0x1.55548cp-3f);
  p = fma32(p, r, 0x1.fffffcp-2f);
  p = fma32(p, r, 1.0f);
  p = fma32(p, r, 1.0f);
  int32_t i = k >> 1;
  int32_t j = k - i;
  float v = p * powerOfTwo(i);
  return v * powerOfTwo(j);
}

TILEWORK_STEPS float logOf(float x) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  bool isTiny = x < 0x1p-126f;
  float y = isTiny ? x * 0x1p+25f : x;
  auto bits = bitsOf<uint32_t>(y);
  int32_t e = static_cast<int32_t>(bits - 0x3f3504f3u) >> 23;
  float m = bitsOf<float>(bits - (static_cast<uint32_t>(e) << 23));
  auto n = static_cast<float>(e - (isTiny ? 25 : 0));
  float f = m - 1.0f;
  float g = f * f;
  float p = -0x1.38b7d2p-4f;
  p = fma32(p, f, 0x1.055be0p-3f);
  p = fma32(p, f, -0x1.0d8510p-3f);
  p = fma32(p, f, 0x1.22da0cp-3f);
  p = fma32(p, f, -0x1.547248p-3f);
  p = fma32(p, f, 0x1.99a008p-3f);
  p = fma32(p, f, -0x1.000226p-2f);
  p = fma32(p, f, 0x1.555554p-2f);
  p = fma32(p, f, -0.5f);
  float q = fma32(g, p, f);
  q = fma32(n, 0x1.7f7d1cp-20f, q);
  q = fma32(n, 0x1.62e4p-1f, q);
  q = x == infinity ? infinity : q;
  q = x == 0.0f ? -infinity : q;
  return x >= 0.0f ? q : std::numeric_limits<float>::quiet_NaN();
}

/// `quadrant` is 0 for the sine, 1 for the cosine.
TILEWORK_STEPS float sineOrCosine(float x, uint32_t quadrant) {
  double d = x;
  double t = fma64(d, 0x1.45f306dc9c883p-1, 0x1.8p+52);
  double n = t - 0x1.8p+52;
  auto k = static_cast<uint32_t>(bitsOf<uint64_t>(t));
  double w = fma64(n, -0x1.921fb54442d18p+0, d);
  w = fma64(n, -0x1.1a62633145c07p-54, w);
  auto r = static_cast<float>(w);
  float s = r * r;
  float c = r * s;
  float p = -0x1.9953fcp-13f;
  p = fma32(p, s, 0x1.110778p-7f);
  p = fma32(p, s, -0x1.555546p-3f);
  float sine = fma32(p, c, r);
  p = 0x1.99e80ap-16f;
  p = fma32(p, s, -0x1.6c0c28p-10f);
  p = fma32(p, s, 0x1.55554ap-5f);
  p = fma32(p, s, -0.5f);
  float cosine = fma32(p, s, 1.0f);
  uint32_t q = k + quadrant;
  float v = (q & 1) != 0 ? cosine : sine;
  v = bitsOf<float>(bitsOf<uint32_t>(v) ^ ((q & 2) << 30));
  float magnitude = bitsOf<float>(bitsOf<uint32_t>(x) & 0x7fffffff);
  return magnitude <= 0x1p+48f ? v : std::numeric_limits<float>::quiet_NaN();
}

TILEWORK_STEPS float sinOf(float x) {
  return x == 0.0f ? x : sineOrCosine(x, 0);
}
TILEWORK_STEPS float cosOf(float x) {
  return sineOrCosine(x, 1);
}

#undef TILEWORK_STEPS

} // namespace tilework::runtime::exact

#endif // TILEWORK_RUNTIME_EXACT_TRANSCENDENTALS_H
