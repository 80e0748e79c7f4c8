//===- AccessMap.cpp - who touches which memory -------------------------------------*- C++ -*-===//

#include "AccessMap.h"

#include <algorithm>

namespace tilework::runtime {

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

void AccessMap::findDependences(Root &root, const Box &box, int32_t direction,
                                std::vector<Dependence> &dependences) {
  bool writes = direction & TW_WRITE;
  auto scan = [&](AccessList &accesses, Reason reason) {
    accesses.visitMeeting(box, writes, [&](int64_t earlier, bool isCovered) {
      if (isRetired(earlier))
        return false;
      dependences.push_back({earlier, reason});
      return !isCovered;
    });
  };
  scan(root.writes, direction & TW_READ ? ReadAfterWrite : WriteAfterWrite);
  if (writes)
    scan(root.reads, WriteAfterRead);
}

void AccessMap::record(Root &root, const Box &box, int32_t direction, int64_t task) {
  (direction & TW_WRITE ? root.writes : root.reads).add(task, box, isRetired);
}

} // namespace tilework::runtime
