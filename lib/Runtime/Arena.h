//===- Arena.h - storage that is taken back as a whole --------------------------*- C++ -*-===//

#ifndef TILEWORK_RUNTIME_ARENA_H
#define TILEWORK_RUNTIME_ARENA_H

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

namespace tilework::runtime {

constexpr int64_t alignmentBytes = 64;

struct Free {
  void operator()(void *memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<void, Free>;

/// Untouched, 64-byte aligned memory; throws std::runtime_error.
Memory allocateAligned(int64_t sizeBytes);

/// Hands out memory by moving a pointer; chunks are added, never moved, and kept over reset().
class Arena {
public:
  /// Throws std::runtime_error.
  void *allocate(int64_t sizeBytes);
  /// Takes everything back.
  void reset() { chunk = usedBytes = 0; }
  int64_t capacityBytes() const;

private:
  struct Chunk {
    Memory memory;
    int64_t sizeBytes;
  };
  std::vector<Chunk> chunks;
  size_t chunk = 0;      ///< the chunk being filled
  int64_t usedBytes = 0; ///< of that chunk
};

} // namespace tilework::runtime

#endif // TILEWORK_RUNTIME_ARENA_H
