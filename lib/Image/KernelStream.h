//===- KernelStream.h - the instruction streams of one core group -------------------*- C++ -*-===//
//
// What the executor and the checker of placed kernels are given: the streams of StreamAbi.h as
// plain data, and the memories of the device they are meant for.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_IMAGE_KERNELSTREAM_H
#define TILEWORK_IMAGE_KERNELSTREAM_H

#include "StreamAbi.h"

#include <array>
#include <cstdint>

namespace tilework {

/// The instructions of one unit, in program order.
struct UnitStream {
  const tw_instruction *instructions = nullptr;
  int64_t count = 0;
};

/// What one core group executes. Nothing is copied: all of it outlives its use.
struct KernelStream {
  std::array<UnitStream, TW_UNITS> units; ///< by tw_unit
  const tw_channel *channels = nullptr;
  int64_t numChannels = 0;
  int64_t ringBytes = 0;                  ///< of the memory that the channels lie in
  const char *const *locations = nullptr; ///< "file.py:12:5"
  int64_t numLocations = 0;
  bool hasCube = true;
  int32_t lanes = 2; ///< vector cores that execute: 0, 1 or 2
};

/// The memories of the device, by tw_space; the entry of gm is not used.
struct CoreMemories {
  std::array<int64_t, TW_SPACES> capacityBytes = {};
  /// What the base of every region is a multiple of, in addition to its element's size.
  std::array<int64_t, TW_SPACES> alignmentBytes = {1, 1, 1, 1, 1, 1, 1, 1};
};

} // namespace tilework

#endif // TILEWORK_IMAGE_KERNELSTREAM_H
