//===- Region.h - rectangles of strided views, and when two of them meet ------------*- C++ -*-===//
//
// A task declares rectangles of its memref arguments. Arguments of different tasks are different
// views of the same memory, so rectangles are compared as boxes: digits of a byte address in the
// mixed radix given by the view's strides. Two boxes of the same strides meet exactly when all
// their digit ranges do. For others one solves for a common byte, stride by stride.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_REGION_H
#define TILEWORK_RUNTIME_REGION_H

#include "ImageAbi.h"
#include "Regions.h"

#include <array>
#include <cstdint>
#include <vector>

namespace tilework::runtime {

/// A memref as it stands in slots.
struct View {
  uintptr_t address; ///< of the element with all indices zero
  int64_t elementBytes;
  int32_t rank;
  const int64_t *sizes;
  const int64_t *strides; ///< in elements
};

/// Reads the memref argument `argument` out of a task's or an entry's slots.
View viewOf(const tw_arg &argument, const int64_t *slots);

using recording::elementBytes;

/// The bytes [begin, end) that a view spans; empty when a size is zero.
struct Span {
  uintptr_t begin, end;
};
Span spanOf(const View &view);

/// A declared rectangle, in the dimensions of its argument.
struct Rectangle {
  int32_t argument;
  int32_t direction;
  int32_t rank;
  std::array<int64_t, TW_MAX_RANK> offsets, sizes;
};

/// The rectangles one task declares. Neighbours melt together as they arrive, so that a loop over
/// tiles declares one rectangle.
class RectangleList {
public:
  void clear(int32_t numArguments);
  void append(const Rectangle &rectangle);
  const std::vector<Rectangle> &of(int32_t argument) const { return byArgument[argument]; }

private:
  std::vector<std::vector<Rectangle>> byArgument;
};

/// A set of bytes of one root allocation: `begin` and all sums of stride[d] * i with i below
/// count[d]. Strides are in bytes, descending; the last is 1. Dimensions that continue each other
/// are one.
struct Box {
  static constexpr int maxRank = TW_MAX_RANK + 1;
  uintptr_t begin, end; ///< from the root's first byte
  int32_t rank;
  /// Whether it is all sums of stride[d] * digit[d] with digit[d] in [first[d], first[d] +
  /// count[d]): in the mixed radix of its strides, its addresses are a rectangle of digits. It is
  /// not where a row wraps into the next.
  bool isProper;
  std::array<int64_t, maxRank> stride, count, first;
};

/// The box of a rectangle (of nonzero sizes) of `view`; false when it is not within `root`.
bool makeBox(const View &view, const Rectangle &rectangle, Span root, Box &box);

/// A rectangle of digits: [first[d], end[d]).
struct Digits {
  std::array<int64_t, Box::maxRank> first, end;
};

/// Writes what `box` is in the radix `stride[0..rank)`, which ends in 1; false when that holds more
/// than the box does.
bool project(const Box &box, const int64_t *stride, int rank, Digits &digits);

/// Whether the boxes share a byte. May say so wrongly after many steps, which views whose
/// dimensions run into each other can take, parts of arrays cannot.
bool overlap(const Box &a, const Box &b);

/// Whether `a` certainly holds every byte of `b`.
bool covers(const Box &a, const Box &b);

} // namespace tilework::runtime

#endif // TILEWORK_RUNTIME_REGION_H
