//===- Region.h - rectangles of strided views, and when two of them meet ------------*- C++ -*-===//
//
// A task declares rectangles of its memref arguments. Arguments of different tasks are different
// views of the same memory, so rectangles are compared as boxes: digits of a byte address in the
// mixed radix given by the view's strides. Two boxes of the same strides meet exactly when all
// their digit ranges do; boxes of different strides are first rewritten in the union of both.
// Where a box does not fit that frame (a row wraps into the next) it is widened, never narrowed.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_REGION_H
#define TILEWORK_RUNTIME_REGION_H

#include "ImageAbi.h"

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

/// Bytes of one element of an `enum tw_type`.
int64_t elementBytes(int32_t type);

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

/// A set of bytes of one root allocation: all sums of stride[d] * digit[d] with digit[d] in
/// [first[d], first[d] + count[d]). Strides are in bytes, descending; the last is 1.
struct Box {
  static constexpr int maxRank = TW_MAX_RANK + 1;
  uintptr_t begin, end; ///< from the root's first byte
  int32_t rank;
  bool widened; ///< holds bytes that were not declared
  std::array<int64_t, maxRank> stride, count, first;
};

/// The box of a rectangle (of nonzero sizes) of `view`; false when it is not within `root`.
bool makeBox(const View &view, const Rectangle &rectangle, Span root, Box &box);

/// Whether the boxes share a byte; may say so wrongly only for boxes that were widened.
bool overlap(const Box &a, const Box &b);

/// Whether `a` certainly holds every byte of `b`.
bool covers(const Box &a, const Box &b);

} // namespace tilework::runtime

#endif // TILEWORK_RUNTIME_REGION_H
