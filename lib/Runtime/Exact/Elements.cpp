//===- Elements.cpp - element types, and rows of elements as numbers --------------------------===//

#include "Elements.h"

#include <algorithm>

namespace tilework::runtime::exact {

int64_t elementBytes(int64_t type) {
  switch (type) {
  case TW_BOOL:
  case TW_I8:
  case TW_U8:
    return 1;
  case TW_I16:
  case TW_U16:
  case TW_F16:
  case TW_BF16:
    return 2;
  case TW_I32:
  case TW_U32:
  case TW_F32:
    return 4;
  case TW_I64:
  case TW_U64:
  case TW_INDEX:
    return 8;
  default:
    return 0;
  }
}

bool isFloat(int64_t type) {
  return type == TW_F16 || type == TW_BF16 || type == TW_F32;
}

bool isUnsigned(int64_t type) {
  return type == TW_BOOL || type == TW_U8 || type == TW_U16 || type == TW_U32 || type == TW_U64;
}

//===----------------------------------------------------------------------------------------===//
// Halves
//===----------------------------------------------------------------------------------------===//

/// Just under half of the last kept bit is added, and one more where that bit is odd.
static inline uint16_t narrowToBF16(float value) {
  auto bits = bitsOf<uint32_t>(value);
  uint32_t rounded = (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
  uint32_t quietNan = (bits >> 16) | 0x7fc0;
  return static_cast<uint16_t>((bits & 0x7fffffff) > 0x7f800000 ? quietNan : rounded);
}

static inline float widenF16(uint16_t half) {
  uint32_t magnitude = static_cast<uint32_t>(half & 0x7fff) << 13;
  // With float32's bias the number is 2^112 too small; the product is exact, denormals included.
  float value = bitsOf<float>(magnitude) * 0x1p+112f;
  uint32_t special = magnitude | 0x7f800000; // an infinity or a NaN
  uint32_t bits = magnitude >= (0x1fu << 23) ? special : bitsOf<uint32_t>(value);
  return bitsOf<float>(bits | static_cast<uint32_t>(half & 0x8000) << 16);
}

static inline uint16_t narrowToF16(float value) {
  auto bits = bitsOf<uint32_t>(value);
  uint32_t sign = (bits >> 16) & 0x8000, magnitude = bits & 0x7fffffff;
  // Normal: as above, with the other bias.
  uint32_t normal = ((magnitude + 0xfff + ((magnitude >> 13) & 1)) >> 13) - (112u << 10);
  // Denormal: in [0.5, 1) the unit in the last place is 2^-24, that of float16's denormals.
  float shifted = bitsOf<float>(magnitude) + 0.5f;
  uint32_t denormal = bitsOf<uint32_t>(shifted) - bitsOf<uint32_t>(0.5f);
  uint32_t result = magnitude < bitsOf<uint32_t>(0x1p-14f) ? denormal : normal;
  result = magnitude >= bitsOf<uint32_t>(65520.0f) ? 0x7c00 : result;
  result = magnitude > 0x7f800000 ? 0x7e00 : result;
  return static_cast<uint16_t>(sign | result);
}

uint16_t toBF16(float value) {
  return narrowToBF16(value);
}
float fromF16(uint16_t bits) {
  return widenF16(bits);
}
uint16_t toF16(float value) {
  return narrowToF16(value);
}

//===----------------------------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------------------------===//

template <typename Stored, typename Number, typename Convert>
static inline __attribute__((always_inline)) void read(const Row &row, Number *values,
                                                       Convert convert) {
  if (row.strideBytes == sizeof(Stored)) { // apart, for the vectorizer
    for (int64_t i = 0; i < row.count; ++i) {
      Stored stored;
      std::memcpy(&stored, row.data + i * sizeof stored, sizeof stored);
      values[i] = convert(stored);
    }
    return;
  }
  for (int64_t i = 0; i < row.count; ++i) {
    Stored stored;
    std::memcpy(&stored, row.data + i * row.strideBytes, sizeof stored);
    values[i] = convert(stored);
  }
}

template <typename Stored, typename Number, typename Convert>
static inline __attribute__((always_inline)) void write(const Row &row, const Number *values,
                                                        Convert convert) {
  if (row.strideBytes == sizeof(Stored)) {
    for (int64_t i = 0; i < row.count; ++i) {
      Stored stored = convert(values[i]);
      std::memcpy(row.data + i * sizeof stored, &stored, sizeof stored);
    }
    return;
  }
  for (int64_t i = 0; i < row.count; ++i) {
    Stored stored = convert(values[i]);
    std::memcpy(row.data + i * row.strideBytes, &stored, sizeof stored);
  }
}

TILEWORK_ROW_LOOP void readFloats(const Row &row, float *values) {
  switch (row.type) {
  case TW_F32:
    return read<float>(row, values, [](float x) { return x; });
  case TW_BF16:
    return read<uint16_t>(row, values, [](uint16_t x) { return fromBF16(x); });
  default:
    return read<uint16_t>(row, values, [](uint16_t x) { return widenF16(x); });
  }
}

TILEWORK_ROW_LOOP void writeFloats(const Row &row, const float *values) {
  switch (row.type) {
  case TW_F32:
    return write<float>(row, values, [](float x) { return x; });
  case TW_BF16:
    return write<uint16_t>(row, values, [](float x) { return narrowToBF16(x); });
  default:
    return write<uint16_t>(row, values, [](float x) { return narrowToF16(x); });
  }
}

void readIntegers(const Row &row, int64_t *values) {
  auto extend = [](auto x) { return static_cast<int64_t>(x); };
  switch (row.type) {
  case TW_BOOL:
    return read<uint8_t>(row, values, [](uint8_t x) { return static_cast<int64_t>(x != 0); });
  case TW_I8:
    return read<int8_t>(row, values, extend);
  case TW_I16:
    return read<int16_t>(row, values, extend);
  case TW_I32:
    return read<int32_t>(row, values, extend);
  case TW_U8:
    return read<uint8_t>(row, values, extend);
  case TW_U16:
    return read<uint16_t>(row, values, extend);
  case TW_U32:
    return read<uint32_t>(row, values, extend);
  default:
    return read<int64_t>(row, values, extend);
  }
}

void writeIntegers(const Row &row, const int64_t *values) {
  switch (elementBytes(row.type)) {
  case 1: {
    uint8_t mask = row.type == TW_BOOL ? 1 : 0xff;
    return write<uint8_t>(row, values,
                          [mask](int64_t x) { return static_cast<uint8_t>(x & mask); });
  }
  case 2:
    return write<uint16_t>(row, values, [](int64_t x) { return static_cast<uint16_t>(x); });
  case 4:
    return write<uint32_t>(row, values, [](int64_t x) { return static_cast<uint32_t>(x); });
  default:
    return write<int64_t>(row, values, [](int64_t x) { return x; });
  }
}

template <typename Stored> static void copyStrided(const Row &destination, const Row &source) {
  for (int64_t i = 0; i < destination.count; ++i)
    std::memcpy(destination.data + i * destination.strideBytes,
                source.data + i * source.strideBytes, sizeof(Stored));
}

void copyRow(const Row &destination, const Row &source) {
  int64_t bytes = elementBytes(destination.type);
  if (destination.strideBytes == bytes && source.strideBytes == bytes) {
    std::memmove(destination.data, source.data, bytes * destination.count);
    return;
  }
  switch (bytes) {
  case 1:
    return copyStrided<uint8_t>(destination, source);
  case 2:
    return copyStrided<uint16_t>(destination, source);
  case 4:
    return copyStrided<uint32_t>(destination, source);
  default:
    return copyStrided<uint64_t>(destination, source);
  }
}

} // namespace tilework::runtime::exact
