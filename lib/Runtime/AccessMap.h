//===- AccessMap.h - who touches which memory ---------------------------------------*- C++ -*-===//
//
// Every byte a run may touch lies in one root: a caller's array (arrays that overlap share one) or
// an allocated tensor, until it is released. A root keeps the accesses that a later task may still
// depend on.
//
// Used by the orchestration thread alone.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_ACCESSMAP_H
#define TILEWORK_RUNTIME_ACCESSMAP_H

#include "AccessList.h"
#include "Recording.h"
#include "Region.h"

#include <functional>
#include <map>
#include <vector>

namespace tilework::runtime {

using recording::Dependence;
using recording::Explicit;
using recording::ReadAfterWrite;
using recording::Reason;
using recording::WriteAfterRead;
using recording::WriteAfterWrite;

class AccessMap {
public:
  /// `isRetired` says which tasks need no longer be depended on.
  explicit AccessMap(std::function<bool(int64_t)> isRetired) : isRetired(std::move(isRetired)) {}

  /// Makes [begin, end) known. Overlapping roots become one, so all are added before any is used,
  /// except those that overlap none.
  void addRoot(Span span);

  struct Root {
    Span span;
    AccessList reads, writes;
    int32_t memory = -1; ///< its number in a recording
  };

  /// The root that holds the whole span, or null.
  Root *rootOf(Span span);

  /// Forgets the root that begins at an address, if one does: no later task will touch it.
  void removeRoot(uintptr_t begin) { roots.erase(begin); }

  /// Appends the tasks that an access of `box` must wait for. A write forgets the accesses it
  /// covers: whoever comes later and meets them meets the write too. It must be recorded next.
  void findDependences(Root &root, const Box &box, int32_t direction,
                       std::vector<Dependence> &dependences);

  void record(Root &root, const Box &box, int32_t direction, int64_t task);

private:
  std::function<bool(int64_t)> isRetired;
  std::map<uintptr_t, Root> roots; ///< by first byte
};

} // namespace tilework::runtime

#endif // TILEWORK_RUNTIME_ACCESSMAP_H
