//===- Arena.cpp - storage that is taken back as a whole ------------------------*- C++ -*-===//

#include "Arena.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>

namespace tilework::runtime {

constexpr int64_t chunkBytes = 1 << 20;

[[noreturn]] static void refuse(int64_t sizeBytes) {
  throw std::runtime_error("cannot allocate " + std::to_string(sizeBytes) + " bytes");
}

static int64_t roundUp(int64_t sizeBytes) {
  if (sizeBytes < 0 || sizeBytes > std::numeric_limits<int64_t>::max() - alignmentBytes)
    refuse(sizeBytes);
  return std::max((sizeBytes + alignmentBytes - 1) & -alignmentBytes, alignmentBytes);
}

Memory allocateAligned(int64_t sizeBytes) {
  Memory memory(std::aligned_alloc(alignmentBytes, roundUp(sizeBytes)));
  if (!memory)
    refuse(sizeBytes);
  return memory;
}

void *Arena::allocate(int64_t sizeBytes) {
  int64_t size = roundUp(sizeBytes);
  while (chunk < chunks.size() && usedBytes + size > chunks[chunk].sizeBytes) {
    ++chunk;
    usedBytes = 0;
  }
  if (chunk == chunks.size()) {
    int64_t bytes = std::max(size, chunkBytes);
    chunks.push_back({allocateAligned(bytes), bytes});
    usedBytes = 0;
  }
  void *result = static_cast<char *>(chunks[chunk].memory.get()) + usedBytes;
  usedBytes += size;
  return result;
}

int64_t Arena::capacityBytes() const {
  int64_t bytes = 0;
  for (const Chunk &each : chunks)
    bytes += each.sizeBytes;
  return bytes;
}

} // namespace tilework::runtime
