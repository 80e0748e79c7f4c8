//===- Undefined.cpp - which elements of a result are defined ---------------------------------===//

#include "Undefined.h"
#include "ProgramError.h"

#include <algorithm>

namespace tilework::runtime::exact {

using Mask = std::vector<uint8_t>; ///< of one row, by element

/// Clears what is undefined in the row at `offsetBytes` of `view`.
static void intersect(Mask &mask, const View &view, int64_t offsetBytes) {
  if (!view.defined)
    return;
  const uint8_t *row = view.defined + offsetBytes;
  int64_t bytes = elementBytes(view.type), stride = view.strideBytes.back();
  auto count = static_cast<int64_t>(mask.size());
  if (stride == bytes && !std::memchr(row, 0, count * bytes))
    return;
  for (int64_t i = 0; i < count; ++i)
    if (std::memchr(row + i * stride, 0, bytes))
      mask[i] = 0;
}

static std::string describeIndex(const View &view, Extents index, int64_t column) {
  index.back() = column;
  std::string text;
  for (int64_t d = TW_STREAM_MAX_RANK - view.rank; d < TW_STREAM_MAX_RANK; ++d)
    text += (text.empty() ? "" : ", ") + std::to_string(index[d]);
  return "[" + text + "]";
}

static void store(const View &view, const Extents &index, const Mask &mask) {
  auto undefined = std::find(mask.begin(), mask.end(), 0);
  if (view.mustStayDefined && undefined != mask.end())
    throw ProgramError("expects defined elements to be stored in an array of the caller, but got "
                       "an undefined one at " +
                       describeIndex(view, index, undefined - mask.begin()) +
                       " of the destination: it was never written");
  if (!view.defined)
    return;
  uint8_t *row = view.defined + view.offset(index);
  int64_t bytes = elementBytes(view.type), stride = view.strideBytes.back();
  if (stride == bytes && undefined == mask.end()) {
    std::memset(row, 1, mask.size() * bytes);
    return;
  }
  for (size_t i = 0; i < mask.size(); ++i)
    std::memset(row + static_cast<int64_t>(i) * stride, mask[i], bytes);
}

void defineElements(const View &destination, std::initializer_list<View> operands) {
  if (!destination.defined && !destination.mustStayDefined)
    return;
  Mask mask(destination.columns());
  forEachRow(destination.sizes, [&](const Extents &index) {
    std::fill(mask.begin(), mask.end(), 1);
    for (const View &operand : operands)
      intersect(mask, operand, operand.offset(index));
    store(destination, index, mask);
  });
}

void defineSelected(const View &destination, const View &mask, const View &lhs, const View &rhs) {
  if (!destination.defined)
    return;
  size_t columns = destination.columns();
  Mask result(columns), left(columns), right(columns);
  forEachRow(destination.sizes, [&](const Extents &index) {
    for (Mask *each : {&result, &left, &right})
      std::fill(each->begin(), each->end(), 1);
    intersect(result, mask, mask.offset(index));
    intersect(left, lhs, lhs.offset(index));
    intersect(right, rhs, rhs.offset(index));
    Row chosen = mask.row(index);
    for (size_t i = 0; i < columns; ++i)
      result[i] &= (chosen.data[static_cast<int64_t>(i) * chosen.strideBytes] ? left : right)[i];
    store(destination, index, result);
  });
}

/// Whether each row of a matrix is defined.
static Mask definedRows(const View &matrix) {
  Mask rows(matrix.sizes[3], 1);
  Mask mask(matrix.columns());
  for (size_t i = 0; i < rows.size(); ++i) {
    std::fill(mask.begin(), mask.end(), 1);
    intersect(mask, matrix, static_cast<int64_t>(i) * matrix.strideBytes[3]);
    rows[i] = std::find(mask.begin(), mask.end(), 0) == mask.end();
  }
  return rows;
}

/// Whether each column of a matrix is defined.
static Mask definedColumns(const View &matrix) {
  Mask columns(matrix.columns(), 1);
  for (int64_t i = 0; i < matrix.sizes[3]; ++i)
    intersect(columns, matrix, i * matrix.strideBytes[3]);
  return columns;
}

void defineReduced(const View &destination, const View &input, int64_t dim) {
  if (!destination.defined)
    return;
  Mask lines = dim == 1 ? definedRows(input) : definedColumns(input);
  View line = dim == 1 ? transposed(destination) : destination; // one row of results
  store(line, {}, lines);
}

void defineProduct(const View &accumulator, const View &lhs, const View &rhs, bool starts) {
  if (!accumulator.defined)
    return;
  Mask rows = definedRows(lhs), columns = definedColumns(rhs);
  forEachRow(accumulator.sizes, [&](const Extents &index) {
    Mask mask = rows[index[3]] ? columns : Mask(columns.size(), 0);
    if (!starts)
      intersect(mask, accumulator, accumulator.offset(index));
    store(accumulator, index, mask);
  });
}

} // namespace tilework::runtime::exact
