//===- DefinedBytes.h - which bytes of a run's own tensors hold something -----------*- C++ -*-===//
//
//
// The arrays of the caller are defined. A tensor the run allocates is undefined until a task stores
// to it, byte by byte.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_DEFINEDBYTES_H
#define TILEWORK_RUNTIME_DEFINEDBYTES_H

#include <cstdint>
#include <map>
#include <mutex>
#include <vector>

namespace tilework::runtime {

/// Any thread may call anything; the bytes themselves belong to whoever may touch the tensor's.
class DefinedBytes {
public:
  /// A tensor of the run, undefined.
  void add(uintptr_t begin, int64_t sizeBytes);

  /// The tensor that begins there, if one does, is no more.
  void remove(uintptr_t begin);

  /// Where it is noted whether the byte at `address` is defined, followed by those after it in its
  /// tensor; null for a byte of the caller's.
  uint8_t *of(uintptr_t address);

  /// Whether all bytes of [address, address + sizeBytes), a part of one tensor, are defined.
  bool isDefined(uintptr_t address, int64_t sizeBytes);

private:
  std::mutex mutex;
  std::map<uintptr_t, std::vector<uint8_t>> tensors; ///< by first byte
};

} // namespace tilework::runtime

#endif // TILEWORK_RUNTIME_DEFINEDBYTES_H
