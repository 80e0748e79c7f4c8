//===- AccessMap.cpp - who touches which memory -------------------------------------*- C++ -*-===//

#include "AccessMap.h"

#include <algorithm>

namespace tilework::runtime {

using Access = AccessMap::Root::Access;

void AccessMap::addRoot(Span span) {
  if (span.begin >= span.end)
    return;
  auto next = roots.upper_bound(span.begin);
  if (next != roots.begin() && std::prev(next)->second.span.end > span.begin)
    --next;
  while (next != roots.end() && next->first < span.end) {
    span.begin = std::min(span.begin, next->second.span.begin);
    span.end = std::max(span.end, next->second.span.end);
    next = roots.erase(next);
  }
  roots[span.begin].span = span;
}

AccessMap::Root *AccessMap::rootOf(Span span) {
  auto next = roots.upper_bound(span.begin);
  if (next == roots.begin())
    return nullptr;
  Root &root = std::prev(next)->second;
  return span.end <= root.span.end ? &root : nullptr;
}

/// Keeps the accesses for which `keep` holds; their order does not matter.
template <typename Keep> static void filter(std::vector<Access> &accesses, Keep keep) {
  for (size_t i = 0; i < accesses.size();) {
    if (keep(accesses[i])) {
      ++i;
      continue;
    }
    if (i + 1 != accesses.size())
      accesses[i] = accesses.back();
    accesses.pop_back();
  }
}

void AccessMap::findDependences(Root &root, const Box &box, int32_t direction,
                                std::vector<Dependence> &dependences) {
  bool writes = direction & TW_WRITE;
  auto scan = [&](std::vector<Access> &accesses, Reason reason) {
    filter(accesses, [&](const Access &earlier) {
      if (isRetired(earlier.task))
        return false;
      if (!overlap(box, earlier.box))
        return true;
      dependences.push_back({earlier.task, reason});
      return !(writes && covers(box, earlier.box));
    });
  };
  scan(root.writes, direction & TW_READ ? ReadAfterWrite : WriteAfterWrite);
  if (writes)
    scan(root.reads, WriteAfterRead);
}

void AccessMap::record(Root &root, const Box &box, int32_t direction, int64_t task) {
  if (direction & TW_WRITE) {
    root.writes.push_back({task, box});
    return;
  }
  // Reads of what is never written are never scanned: sweep them as they double.
  if (root.reads.size() >= root.sweepAt) {
    filter(root.reads, [&](const Access &earlier) { return !isRetired(earlier.task); });
    root.sweepAt = std::max<size_t>(64, 2 * root.reads.size());
  }
  root.reads.push_back({task, box});
}

} // namespace tilework::runtime
