//===- Rows.h - the contiguous rows of a region ------------------------------------------*- C++
//-*-===//

#ifndef TILEWORK_SIMULATOR_ROWS_H
#define TILEWORK_SIMULATOR_ROWS_H

#include "Regions.h"

#include <array>

namespace tilework::simulator {

/// Rows of contiguous bytes, and how they lie: contiguous dimensions of the region melt into one.
struct Rows {
  explicit Rows(const tw_region &region);
  Rows() = default;

  int64_t bytes = 0; ///< of all rows
  int64_t rowBytes = 0;
  int32_t rank = 0;
  /// In bytes; the dimension that changes fastest first.
  std::array<int64_t, TW_STREAM_MAX_RANK> counts = {}, strides = {};

  /// Calls `visit` with where each row begins, if the first one begins at `address`.
  template <typename Visit> void forEach(int64_t address, Visit visit) const {
    if (bytes == 0)
      return;
    std::array<int64_t, TW_STREAM_MAX_RANK> index = {};
    int64_t neighbours = rank > 0 ? counts[0] : 1;
    for (;;) {
      for (int64_t i = 0; i < neighbours; ++i)
        visit(address + i * strides[0]);
      int32_t d = 1;
      for (; d < rank; ++d) {
        address += strides[d];
        if (++index[d] < counts[d])
          break;
        address -= strides[d] * counts[d];
        index[d] = 0;
      }
      if (d >= rank)
        return;
    }
  }
};

inline Rows::Rows(const tw_region &region)
    : bytes(recording::bytesOf(region)), rowBytes(recording::elementBytes(region.type)) {
  int64_t elementBytes = rowBytes;
  for (int64_t d = region.rank - 1; d >= 0; --d) {
    int64_t count = region.sizes[d], stride = region.strides[d] * elementBytes;
    if (count == 1)
      continue;
    if (rank == 0 && stride == rowBytes) {
      rowBytes *= count;
      continue;
    }
    counts[rank] = count;
    strides[rank++] = stride;
  }
}

} // namespace tilework::simulator

#endif // TILEWORK_SIMULATOR_ROWS_H
