//===- Regions.h - how much a region is, and which memory it lies in ----------------*- C++ -*-===//

#ifndef TILEWORK_RECORDING_REGIONS_H
#define TILEWORK_RECORDING_REGIONS_H

#include "Recording.h"

#include <algorithm>

namespace tilework::recording {

/// Of an element of a tw_type.
inline int64_t elementBytes(int64_t type) {
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
  default:
    return 8;
  }
}

inline int64_t elementsOf(const tw_region &region) {
  int64_t elements = 1;
  for (int64_t d = 0; d < region.rank; ++d)
    elements *= region.sizes[d];
  return elements;
}

inline int64_t bytesOf(const tw_region &region) {
  return elementsOf(region) * elementBytes(region.type);
}

/// The position of the last memory that begins at or before an address; -1 where none does.
inline int64_t memoryBefore(const Recording &recording, int64_t address) {
  auto after =
      std::upper_bound(recording.memories.begin(), recording.memories.end(), address,
                       [](int64_t value, const Memory &memory) { return value < memory.address; });
  return after - recording.memories.begin() - 1;
}

} // namespace tilework::recording

#endif // TILEWORK_RECORDING_REGIONS_H
