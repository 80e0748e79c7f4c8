//===- Footprint.cpp - the bytes of a strided rectangle -----------------------------*- C++ -*-===//

#include "Footprint.h"

#include <algorithm>
#include <utility>

namespace tilework::check {

static int64_t floorDiv(int64_t a, int64_t b) {
  return a / b - (a % b != 0 && (a % b < 0) != (b < 0));
}

static void sortByStride(Footprint &bytes) {
  for (int i = 1; i < bytes.rank; ++i)
    for (int j = i; j > 0 && bytes.stride[j - 1] < bytes.stride[j]; --j) {
      std::swap(bytes.stride[j - 1], bytes.stride[j]);
      std::swap(bytes.count[j - 1], bytes.count[j]);
    }
}

/// Melts runs that touch into one, and neighbouring dimensions that continue each other.
static void merge(Footprint &bytes) {
  while (bytes.rank && bytes.stride[bytes.rank - 1] <= bytes.width) {
    --bytes.rank;
    bytes.width += (bytes.count[bytes.rank] - 1) * bytes.stride[bytes.rank];
  }
  for (int d = bytes.rank - 2; d >= 0; --d) {
    if (bytes.stride[d] != bytes.count[d + 1] * bytes.stride[d + 1])
      continue;
    bytes.count[d] *= bytes.count[d + 1];
    bytes.stride[d] = bytes.stride[d + 1];
    std::copy(bytes.count.begin() + d + 2, bytes.count.begin() + bytes.rank,
              bytes.count.begin() + d + 1);
    std::copy(bytes.stride.begin() + d + 2, bytes.stride.begin() + bytes.rank,
              bytes.stride.begin() + d + 1);
    --bytes.rank;
  }
}

Footprint makeFootprint(int64_t base, int64_t elementBytes, const Extents &sizes,
                        const Extents &strides) {
  Footprint bytes;
  bytes.begin = bytes.end = base;
  if (*std::min_element(sizes.begin(), sizes.end()) <= 0)
    return bytes;
  bytes.width = elementBytes;
  bytes.end += elementBytes;
  for (int d = 0; d < maxRank; ++d) {
    if (sizes[d] == 1 || strides[d] == 0)
      continue;
    int64_t reach = (sizes[d] - 1) * strides[d];
    (reach < 0 ? bytes.begin : bytes.end) += reach;
    bytes.count[bytes.rank] = sizes[d];
    bytes.stride[bytes.rank++] = std::abs(strides[d]);
  }
  sortByStride(bytes);
  merge(bytes);
  return bytes;
}

/// Part `i` along the outermost dimension.
static Footprint partOf(const Footprint &bytes, int64_t i) {
  Footprint part;
  part.rank = bytes.rank - 1;
  part.width = bytes.width;
  part.begin = bytes.begin + i * bytes.stride[0];
  part.end = bytes.end - (bytes.count[0] - 1 - i) * bytes.stride[0];
  std::copy(bytes.count.begin() + 1, bytes.count.end(), part.count.begin());
  std::copy(bytes.stride.begin() + 1, bytes.stride.end(), part.stride.begin());
  return part;
}

/// Rows of one pitch: some whole number of pitches must bring a row of `a` upon a row of `b`.
static bool rowsOverlap(const Footprint &a, const Footprint &b, int64_t pitch) {
  int64_t countA = a.rank ? a.count[0] : 1, countB = b.rank ? b.count[0] : 1;
  int64_t least = floorDiv(b.begin - a.begin - a.width, pitch) + 1;
  int64_t most = floorDiv(b.begin + b.width - a.begin - 1, pitch);
  return std::max(least, 1 - countB) <= std::min(most, countA - 1);
}

bool overlap(const Footprint &a, const Footprint &b) {
  if (a.isEmpty() || b.isEmpty() || a.end <= b.begin || b.end <= a.begin)
    return false;
  if (a.rank < b.rank)
    return overlap(b, a);
  if (a.rank == 0)
    return true;
  if (a.rank == 1 && (b.rank == 0 || a.stride[0] == b.stride[0]))
    return rowsOverlap(a, b, a.stride[0]);
  // Enumerate the outermost parts of `a` whose hull meets that of `b`.
  Footprint first = partOf(a, 0);
  int64_t pitch = a.stride[0];
  int64_t least = std::max<int64_t>(0, floorDiv(b.begin - first.end, pitch) + 1);
  int64_t most = std::min(a.count[0] - 1, floorDiv(b.end - first.begin - 1, pitch));
  for (int64_t i = least; i <= most; ++i)
    if (overlap(partOf(a, i), b))
      return true;
  return false;
}

bool covers(const Footprint &a, const Footprint &b) {
  if (b.isEmpty())
    return true;
  if (b.begin < a.begin || b.end > a.end)
    return false;
  if (a.rank == 0 || a == b)
    return true;
  if (a.rank > 1 || b.rank > 1 || (b.rank == 1 && a.stride[0] != b.stride[0]))
    return false;
  int64_t pitch = a.stride[0], row = (b.begin - a.begin) / pitch;
  int64_t column = (b.begin - a.begin) % pitch;
  return column + b.width <= a.width && row + (b.rank ? b.count[0] : 1) <= a.count[0];
}

bool operator==(const Footprint &a, const Footprint &b) {
  return a.begin == b.begin && a.end == b.end && a.width == b.width && a.rank == b.rank &&
         std::equal(a.count.begin(), a.count.begin() + a.rank, b.count.begin()) &&
         std::equal(a.stride.begin(), a.stride.begin() + a.rank, b.stride.begin());
}

} // namespace tilework::check
