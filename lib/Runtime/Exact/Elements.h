//===- Elements.h - element types, and rows of elements as numbers ------------------*- C++ -*-===//
//
// Computation happens on rows: elements are read into float32 (every float type) or int64 (every
// integer type, extended by its sign), computed, and written back rounded or wrapped once.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_EXACT_ELEMENTS_H
#define TILEWORK_RUNTIME_EXACT_ELEMENTS_H

#include "StreamAbi.h"

#include <cstdint>
#include <cstring>

// Loops over rows are compiled twice: fused multiply-add is one instruction nearly everywhere, but
// not in the baseline of x86-64. The bits are the same.
#if defined(__x86_64__) && defined(__linux__)
#define TILEWORK_ROW_LOOP __attribute__((flatten, target_clones("arch=x86-64-v3", "default")))
#else
#define TILEWORK_ROW_LOOP
#endif

namespace tilework::runtime::exact {

template <typename To, typename From> To bitsOf(From value) {
  static_assert(sizeof(To) == sizeof(From));
  To result;
  std::memcpy(&result, &value, sizeof result);
  return result;
}

/// Bytes of one element, or 0 where `type` is not the type of an element.
int64_t elementBytes(int64_t type);
bool isFloat(int64_t type);
/// Also of i1, whose values are 0 and 1.
bool isUnsigned(int64_t type);

inline float fromBF16(uint16_t bits) {
  return bitsOf<float>(static_cast<uint32_t>(bits) << 16);
}
/// To nearest even, as all of these.
uint16_t toBF16(float value);
float fromF16(uint16_t bits);
uint16_t toF16(float value);

/// A row of elements in memory; a stride of 0 repeats one element.
struct Row {
  uint8_t *data;
  int64_t type;
  int64_t strideBytes;
  int64_t count;
};

void readFloats(const Row &row, float *values);
void writeFloats(const Row &row, const float *values);
/// Unsigned 64-bit elements are read as the int64 of the same bits.
void readIntegers(const Row &row, int64_t *values);
/// Keeps the low bits.
void writeIntegers(const Row &row, const int64_t *values);
/// Rows of the same type.
void copyRow(const Row &destination, const Row &source);

} // namespace tilework::runtime::exact

#endif // TILEWORK_RUNTIME_EXACT_ELEMENTS_H
