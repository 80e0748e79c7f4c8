//===- AccessList.h - the accesses of one memory, by where they are -----------------*- C++ -*-===//
//
// Asked which accesses a box may meet, it looks at those whose bytes lie near, not at all: a
// recorded run of a whole model has hundreds of thousands of accesses to one cache. Accesses are
// sorted into strips of the memory once there are many; those that span many strips stand apart.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_ACCESSLIST_H
#define TILEWORK_RUNTIME_ACCESSLIST_H

#include "Region.h"

#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

namespace tilework::runtime {

struct Access {
  int64_t task;
  Box box;
};

class AccessList {
public:
  static constexpr size_t fewAccesses = 512; ///< that are looked at one by one

  void add(int64_t task, const Box &box);

  /// Calls `keep(access)` once for each access that may share a byte with `box`, in no order that
  /// means anything; forgets those for which it is false.
  template <typename Keep> void filterNear(const Box &box, Keep keep) {
    prepare();
    ++query;
    auto visit = [&](std::vector<int32_t> &numbers) { filterNumbers(numbers, box, keep); };
    visit(unsorted);
    if (width == 0)
      return;
    visit(wide);
    uint64_t first = box.begin / width, last = (box.end - 1) / width;
    if (last - first < strips.size()) {
      for (uint64_t strip = first; strip <= last; ++strip)
        if (auto it = strips.find(strip); it != strips.end())
          visit(it->second);
    } else {
      for (auto &[strip, numbers] : strips)
        if (first <= strip && strip <= last)
          visit(numbers);
    }
  }

  /// Forgets the accesses for which `keep(access)` is false.
  template <typename Keep> void filter(Keep keep) {
    for (size_t number = 0; number < entries.size(); ++number)
      if (isAlive(number) && !keep(entries[number].access))
        forget(number);
    sortAnew();
  }

  size_t size() const { return alive; }

  size_t sweepAt = fewAccesses; ///< the size at which its owner looks for what to forget

private:
  struct Entry {
    Access access;
    uint64_t query; ///< the last one that visited it
  };
  struct Bounds {
    uintptr_t begin, end; ///< of the box; both 0 once the access is forgotten
  };

  template <typename Keep>
  void filterNumbers(std::vector<int32_t> &numbers, const Box &box, Keep keep) {
    size_t kept = 0;
    for (int32_t number : numbers) {
      if (bounds[number].begin < box.end && box.begin < bounds[number].end &&
          entries[number].query != query) {
        entries[number].query = query;
        if (!keep(entries[number].access))
          forget(number);
      }
      if (isAlive(number))
        numbers[kept++] = number;
    }
    numbers.resize(kept);
  }
  bool isAlive(size_t number) const { return bounds[number].end != 0; }
  void forget(size_t number) {
    bounds[number] = {0, 0};
    --alive;
  }
  void prepare();
  void sortAnew();
  void sortIn(int32_t number);

  std::vector<Entry> entries;
  std::vector<Bounds> bounds; ///< of entries, close together for whoever looks at all
  std::vector<int32_t> unsorted, wide;
  std::unordered_map<uint64_t, std::vector<int32_t>> strips; ///< by number, where there are any
  uint64_t width = 0; ///< bytes of a strip; 0: nothing is sorted
  uint64_t query = 0;
  size_t alive = 0;
};

} // namespace tilework::runtime

#endif // TILEWORK_RUNTIME_ACCESSLIST_H
