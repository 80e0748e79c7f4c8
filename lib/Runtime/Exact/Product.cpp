//===- Product.cpp - the cube's product -------------------------------------------------------===//
//
// Per element one chain of fused multiply-adds in float32, k ascending; int8 in int32 that wraps.
//
//===------------------------------------------------------------------------------------------===//

#include "Carry.h"
#include "Rows.h"

#include <algorithm>

namespace tilework::runtime::exact {

static Extents rowIndex(int64_t row) {
  return {0, 0, 0, row, 0};
}

static std::vector<float> floatsOf(const View &matrix) {
  std::vector<float> values(matrix.sizes[3] * matrix.columns());
  for (int64_t i = 0; i < matrix.sizes[3]; ++i)
    readFloats(matrix.row(rowIndex(i)), values.data() + i * matrix.columns());
  return values;
}

static std::vector<uint32_t> integersOf(const View &matrix) {
  std::vector<uint32_t> values;
  std::vector<int64_t> row(matrix.columns());
  for (int64_t i = 0; i < matrix.sizes[3]; ++i) {
    readIntegers(matrix.row(rowIndex(i)), row.data());
    values.insert(values.end(), row.begin(), row.end());
  }
  return values;
}

static void multiplyFloats(const View &accumulator, const View &lhs, const View &rhs, bool starts) {
  std::vector<float> a = floatsOf(lhs), b = floatsOf(rhs), sums(rhs.columns());
  for (int64_t i = 0; i < lhs.sizes[3]; ++i) {
    Row row = accumulator.row(rowIndex(i));
    if (starts)
      std::fill(sums.begin(), sums.end(), 0.0f);
    else
      readFloats(row, sums.data());
    multiplyRow(sums.data(), a.data() + i * lhs.columns(), b.data(), lhs.columns(), rhs.columns());
    writeFloats(row, sums.data());
  }
}

static void multiplyIntegers(const View &accumulator, const View &lhs, const View &rhs,
                             bool starts) {
  std::vector<uint32_t> a = integersOf(lhs), b = integersOf(rhs), sums(rhs.columns());
  std::vector<int64_t> stored(rhs.columns());
  for (int64_t i = 0; i < lhs.sizes[3]; ++i) {
    Row row = accumulator.row(rowIndex(i));
    std::fill(stored.begin(), stored.end(), 0);
    if (!starts)
      readIntegers(row, stored.data());
    std::copy(stored.begin(), stored.end(), sums.begin());
    multiplyRow(sums.data(), a.data() + i * lhs.columns(), b.data(), lhs.columns(), rhs.columns());
    std::copy(sums.begin(), sums.end(), stored.begin());
    writeIntegers(row, stored.data());
  }
}

void carryProduct(const View &accumulator, const View &lhs, const View &rhs, bool starts) {
  if (isFloat(lhs.type))
    multiplyFloats(accumulator, lhs, rhs, starts);
  else
    multiplyIntegers(accumulator, lhs, rhs, starts);
}

} // namespace tilework::runtime::exact
