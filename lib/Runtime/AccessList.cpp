//===- AccessList.cpp - the accesses of one memory, by where they are ------------------------===//

#include "AccessList.h"

#include <algorithm>

namespace tilework::runtime {

constexpr uint64_t fewStrips = 8; ///< that an access may lie in

void AccessList::add(int64_t task, const Box &box) {
  unsorted.push_back(static_cast<int32_t>(entries.size()));
  entries.push_back({{task, box}, 0});
  bounds.push_back({box.begin, box.end});
  ++alive;
}

/// What is never asked for is never sorted.
void AccessList::prepare() {
  if (entries.size() > 2 * alive + fewAccesses)
    return sortAnew(); // most of it has been forgotten
  if (unsorted.size() <= fewAccesses)
    return;
  if (width == 0 || unsorted.size() > entries.size() / 2)
    return sortAnew();
  for (int32_t number : unsorted)
    if (isAlive(number))
      sortIn(number);
  unsorted.clear();
}

/// Drops what has been forgotten; strips become as wide as half of the accesses are at most.
void AccessList::sortAnew() {
  size_t kept = 0;
  for (size_t i = 0; i < entries.size(); ++i)
    if (isAlive(i)) {
      bounds[kept] = bounds[i];
      entries[kept++] = entries[i];
    }
  entries.resize(kept);
  bounds.resize(kept);
  strips.clear();
  wide.clear();
  unsorted.clear();
  width = 0;
  if (entries.size() <= fewAccesses) {
    for (size_t i = 0; i < entries.size(); ++i)
      unsorted.push_back(static_cast<int32_t>(i));
    return;
  }
  std::vector<uint64_t> extents;
  for (const Bounds &each : bounds)
    extents.push_back(each.end - each.begin);
  auto middle = extents.begin() + extents.size() / 2;
  std::nth_element(extents.begin(), middle, extents.end());
  width = std::max<uint64_t>(*middle, 1);
  for (size_t i = 0; i < entries.size(); ++i)
    sortIn(static_cast<int32_t>(i));
}

void AccessList::sortIn(int32_t number) {
  uint64_t first = bounds[number].begin / width, last = (bounds[number].end - 1) / width;
  if (last - first >= fewStrips)
    return wide.push_back(number);
  for (uint64_t strip = first; strip <= last; ++strip)
    strips[strip].push_back(number);
}

} // namespace tilework::runtime
