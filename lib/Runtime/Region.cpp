//===- Region.cpp - rectangles of strided views, and when two of them meet ----------*- C++ -*-===//

#include "Region.h"

#include <algorithm>
#include <limits>

namespace tilework::runtime {

View viewOf(const tw_arg &argument, const int64_t *slots) {
  const int64_t *memref = slots + argument.slot;
  int64_t bytes = elementBytes(argument.element_type);
  return {static_cast<uintptr_t>(memref[0] + memref[1] * bytes), bytes, argument.rank, memref + 2,
          memref + 2 + argument.rank};
}

Span spanOf(const View &view) {
  Span span = {view.address, view.address + view.elementBytes};
  for (int d = 0; d < view.rank; ++d) {
    if (view.sizes[d] <= 0)
      return {view.address, view.address};
    int64_t reach = (view.sizes[d] - 1) * view.strides[d] * view.elementBytes;
    (reach < 0 ? span.begin : span.end) += reach;
  }
  return span;
}

//===----------------------------------------------------------------------------------------===//
// Rectangles
//===----------------------------------------------------------------------------------------===//

/// Grows `into` by `other` if their union is a rectangle: they may differ in one dimension only,
/// and must touch there; or one holds the other.
static bool merge(Rectangle &into, const Rectangle &other) {
  if (into.direction != other.direction)
    return false;
  int differing = -1;
  bool holds = true, held = true;
  for (int d = 0; d < into.rank; ++d) {
    int64_t begin = into.offsets[d], end = begin + into.sizes[d];
    int64_t otherBegin = other.offsets[d], otherEnd = otherBegin + other.sizes[d];
    if (begin == otherBegin && end == otherEnd)
      continue;
    differing = differing == -1 && begin <= otherEnd && otherBegin <= end ? d : into.rank;
    holds &= begin <= otherBegin && otherEnd <= end;
    held &= otherBegin <= begin && end <= otherEnd;
  }
  if (holds)
    return true;
  if (!held && differing == into.rank)
    return false;
  for (int d = 0; d < into.rank; ++d) {
    int64_t begin = std::min(into.offsets[d], other.offsets[d]);
    int64_t end = std::max(into.offsets[d] + into.sizes[d], other.offsets[d] + other.sizes[d]);
    into.offsets[d] = begin;
    into.sizes[d] = end - begin;
  }
  return true;
}

void RectangleList::clear(int32_t numArguments) {
  if (byArgument.size() < static_cast<size_t>(numArguments))
    byArgument.resize(numArguments);
  for (std::vector<Rectangle> &list : byArgument)
    list.clear();
}

void RectangleList::append(const Rectangle &rectangle) {
  std::vector<Rectangle> &list = byArgument[rectangle.argument];
  list.push_back(rectangle);
  // A finished row may complete the rows before it, so keep melting backwards.
  while (list.size() > 1 && merge(list[list.size() - 2], list.back()))
    list.pop_back();
}

//===----------------------------------------------------------------------------------------===//
// Boxes
//===----------------------------------------------------------------------------------------===//

bool project(const Box &box, const int64_t *stride, int rank, Digits &digits) {
  int64_t offset = box.begin;
  int64_t extent = box.end - box.begin; // bytes spanned by the dimensions not yet placed
  int dimension = 0;
  for (int d = 0; d < rank; ++d) {
    int64_t count = 1;
    if (dimension < box.rank && box.stride[dimension] == stride[d]) {
      count = box.count[dimension++];
      extent -= (count - 1) * stride[d];
    }
    int64_t first = stride[d] == 1 ? offset : offset / stride[d];
    offset -= first * stride[d];
    digits.first[d] = first;
    digits.end[d] = first + count;
    if (offset + extent <= stride[d])
      continue;
    digits.end[d] += (offset + extent - 1) / stride[d];
    std::fill(&digits.first[d + 1], &digits.first[0] + rank, 0);
    std::fill(&digits.end[d + 1], &digits.end[0] + rank, std::numeric_limits<int64_t>::max());
    return false;
  }
  return true;
}

bool makeBox(const View &view, const Rectangle &rectangle, Span root, Box &box) {
  // Dimensions by ascending stride, those of one stride as one; the first are bytes.
  std::array<int64_t, Box::maxRank> strides, counts;
  int rank = 1;
  strides[0] = 1;
  counts[0] = view.elementBytes;
  uintptr_t begin = view.address, end = view.address + view.elementBytes;
  for (int d = view.rank - 1; d >= 0; --d) {
    int64_t size = rectangle.sizes[d], stride = view.strides[d] * view.elementBytes;
    begin += rectangle.offsets[d] * stride;
    end += rectangle.offsets[d] * stride;
    (stride < 0 ? begin : end) += (size - 1) * stride;
    stride = std::abs(stride);
    if (size == 1 || stride == 0)
      continue;
    int at = rank;
    while (strides[at - 1] > stride)
      --at;
    if (strides[at - 1] == stride) {
      counts[at - 1] += size - 1;
      continue;
    }
    std::copy_backward(&strides[at], &strides[0] + rank, &strides[0] + rank + 1);
    std::copy_backward(&counts[at], &counts[0] + rank, &counts[0] + rank + 1);
    strides[at] = stride;
    counts[at] = size;
    ++rank;
  }
  if (begin < root.begin || root.end < end)
    return false;
  box.begin = begin - root.begin;
  box.end = end - root.begin;

  // Dimensions that continue each other become one.
  int last = 0;
  for (int d = 1; d < rank; ++d) {
    if (strides[d] == strides[last] * counts[last]) {
      counts[last] *= counts[d];
      continue;
    }
    ++last;
    strides[last] = strides[d];
    counts[last] = counts[d];
  }
  box.rank = last + 1;
  for (int d = 0; d <= last; ++d) {
    box.stride[d] = strides[last - d];
    box.count[d] = counts[last - d];
  }

  int64_t offset = box.begin, extent = box.end - box.begin; // of the dimensions not yet placed
  box.isProper = true;
  for (int d = 0; d <= last && box.isProper; ++d) {
    box.first[d] = box.stride[d] == 1 ? offset : offset / box.stride[d];
    offset -= box.first[d] * box.stride[d];
    extent -= (box.count[d] - 1) * box.stride[d];
    box.isProper = offset + extent <= box.stride[d];
  }
  return true;
}

static bool sameStrides(const Box &a, const Box &b) {
  return a.rank == b.rank && std::equal(&a.stride[0], &a.stride[0] + a.rank, &b.stride[0]);
}

namespace {

/// Whether a sum of multiples of strides, each with a bound, can be a given one.
class CommonByte {
public:
  /// A byte is common where the digits of `a`, and those of `b` counted from their ends, sum up to
  /// the distance from the first byte of `a` to the last one of `b`.
  CommonByte(const Box &a, const Box &b) {
    for (int inA = 0, inB = 0; inA < a.rank || inB < b.rank; ++rank) {
      bool hasA = inA < a.rank, hasB = inB < b.rank;
      stride[rank] = std::max(hasA ? a.stride[inA] : 0, hasB ? b.stride[inB] : 0);
      most[rank] = 0;
      if (hasA && a.stride[inA] == stride[rank])
        most[rank] += a.count[inA++] - 1;
      if (hasB && b.stride[inB] == stride[rank])
        most[rank] += b.count[inB++] - 1;
    }
    reach[rank] = 0;
    isDense[rank] = true;
    for (int d = rank - 1; d >= 0; --d) {
      reach[d] = reach[d + 1] + stride[d] * most[d];
      isDense[d] = isDense[d + 1] && stride[d] <= reach[d + 1] + 1;
    }
  }

  bool exists(int64_t distance, int d = 0) {
    if (distance < 0 || reach[d] < distance)
      return false;
    if (isDense[d] || --steps < 0)
      return true;
    int64_t least = std::max<int64_t>(0, distance - reach[d + 1] + stride[d] - 1) / stride[d];
    for (int64_t i = std::min(most[d], distance / stride[d]); i >= least; --i)
      if (exists(distance - i * stride[d], d + 1))
        return true;
    return false;
  }

private:
  int rank = 0;
  int steps = 10000;
  std::array<int64_t, 2 * Box::maxRank> stride, most;
  // Of the sums of dimensions from one on: the largest, and whether they are all up to it.
  std::array<int64_t, 2 * Box::maxRank + 1> reach;
  std::array<bool, 2 * Box::maxRank + 1> isDense;
};

} // namespace

bool overlap(const Box &a, const Box &b) {
  if (a.end <= b.begin || b.end <= a.begin)
    return false;
  if (!a.isProper || !b.isProper || !sameStrides(a, b))
    return CommonByte(a, b).exists(static_cast<int64_t>(b.end - 1) - static_cast<int64_t>(a.begin));
  for (int d = 0; d < a.rank; ++d)
    if (a.first[d] + a.count[d] <= b.first[d] || b.first[d] + b.count[d] <= a.first[d])
      return false;
  return true;
}

bool covers(const Box &a, const Box &b) {
  if (!a.isProper || b.begin < a.begin || a.end < b.end)
    return false;
  Digits inA;
  project(b, a.stride.data(), a.rank, inA);
  for (int d = 0; d < a.rank; ++d)
    if (inA.first[d] < a.first[d] || a.first[d] + a.count[d] < inA.end[d])
      return false;
  return true;
}

} // namespace tilework::runtime
