//===- Footprint.h - the bytes of a strided rectangle -------------------------------*- C++ -*-===//

#ifndef TILEWORK_RUNTIME_CHECK_FOOTPRINT_H
#define TILEWORK_RUNTIME_CHECK_FOOTPRINT_H

#include "StreamAbi.h"

#include <array>

namespace tilework::check {

constexpr int maxRank = TW_STREAM_MAX_RANK;
using Extents = std::array<int64_t, maxRank>;

/// The runs [b, b + width), b = begin + sum of stride[d] * i[d] with 0 <= i[d] < count[d].
/// Dimensions are merged where possible; strides are positive, descending, wider than a run.
struct Footprint {
  int64_t begin = 0, end = 0; ///< the hull
  int64_t width = 0;
  int rank = 0;
  Extents count = {}, stride = {};

  bool isEmpty() const { return begin == end; }
};

/// `strides` in bytes, of any sign.
Footprint makeFootprint(int64_t base, int64_t elementBytes, const Extents &sizes,
                        const Extents &strides);

/// Whether they share a byte, exactly.
bool overlap(const Footprint &a, const Footprint &b);

/// Whether `a` holds every byte of `b`; may miss it for unlike shapes.
bool covers(const Footprint &a, const Footprint &b);

bool operator==(const Footprint &a, const Footprint &b);

/// Calls `use(begin, width)` for every run, in no particular order.
template <typename Use> void forEachRun(const Footprint &bytes, Use use, int dim = 0) {
  if (bytes.isEmpty())
    return;
  if (dim == bytes.rank)
    return use(bytes.begin, bytes.width);
  Footprint part = bytes;
  for (int64_t i = 0; i < bytes.count[dim]; ++i, part.begin += bytes.stride[dim])
    forEachRun(part, use, dim + 1);
}

} // namespace tilework::check

#endif // TILEWORK_RUNTIME_CHECK_FOOTPRINT_H
