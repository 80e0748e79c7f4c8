//===- SeenStreams.h - which streams a run has met before --------------------------*- C++ -*-===//
//
// The tasks of a loop execute the same instructions on other parts of the same arrays. What a judge
// says of one stream holds for all that differ only in where in global memory they start.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_SEENSTREAMS_H
#define TILEWORK_RUNTIME_SEENSTREAMS_H

#include "KernelStream.h"

#include <mutex>
#include <unordered_set>
#include <vector>

namespace tilework::runtime {

/// Bytes [begin, end) of global memory that a kernel may touch.
struct GlobalRange {
  uintptr_t begin, end;
  const char *name; ///< of the argument
  uint8_t *defined; ///< a byte per byte that is not zero where it is defined; null: the caller's
};

/// A digest that is equal for streams which differ only in where each range's first access lies.
size_t digestOf(const KernelStream &stream, const std::vector<GlobalRange> &memory);

/// Digests; any thread may call anything.
class SeenStreams {
public:
  void add(size_t digest);
  bool contains(size_t digest);
  int64_t size() const { return static_cast<int64_t>(digests.size()); } ///< no other thread adds

private:
  std::mutex mutex;
  std::unordered_set<size_t> digests;
};

} // namespace tilework::runtime

#endif // TILEWORK_RUNTIME_SEENSTREAMS_H
