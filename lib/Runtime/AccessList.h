//===- AccessList.h - the accesses of one memory ------------------------------------*- C++ -*-===//
//
// Asked which accesses a box meets, it looks at those whose digits lie near, not at all: a recorded
// run of a whole model has hundreds of thousands of accesses to one cache, and each of them may
// span most of it.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_ACCESSLIST_H
#define TILEWORK_RUNTIME_ACCESSLIST_H

#include "AccessGrid.h"

#include <memory>

namespace tilework::runtime {

class AccessList {
public:
  /// Adds an access, and forgets a few old ones whose tasks are retired.
  template <typename IsRetired> void add(int64_t task, const Box &box, const IsRetired &isRetired) {
    AccessGrid &grid = gridOf(box);
    grid.add(task, box);
    grid.forgetOldest(isRetired);
  }

  /// As AccessGrid::visitMeeting.
  template <typename Keep> void visitMeeting(const Box &box, bool asksCovered, Keep keep) {
    for (const std::unique_ptr<AccessGrid> &grid : grids)
      grid->visitMeeting(box, asksCovered, keep);
  }

  size_t size() const;

private:
  static constexpr size_t manyGrids = 24;

  AccessGrid &gridOf(const Box &box);

  std::vector<std::unique_ptr<AccessGrid>> grids; ///< the one used last is the first
};

} // namespace tilework::runtime

#endif // TILEWORK_RUNTIME_ACCESSLIST_H
