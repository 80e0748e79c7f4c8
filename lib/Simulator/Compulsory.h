//===- Compulsory.h - the bytes that no schedule can avoid ---------------------------*- C++
//-*-===//

#ifndef TILEWORK_SIMULATOR_COMPULSORY_H
#define TILEWORK_SIMULATOR_COMPULSORY_H

#include "Recording.h"

#include <cstdint>
#include <vector>

namespace tilework::simulator {

/// Of one memory, counted in blocks of 64 bytes.
struct CompulsoryBytes {
  int64_t read = 0;    ///< distinct bytes that are read before the program has written them
  int64_t written = 0; ///< distinct bytes that are written
};

/// By memory: what has to come from the HBM once, and to go there once, however large the cache.
/// Of the arrays of the caller; what the program allocates for itself need never leave the cache.
std::vector<CompulsoryBytes> compulsoryBytes(const recording::Recording &recording);

} // namespace tilework::simulator

#endif // TILEWORK_SIMULATOR_COMPULSORY_H
