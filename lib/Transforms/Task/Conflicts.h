//===- Conflicts.h - which accesses of an entry meet ----------------*- C++ -*-===//
//
// Of two accesses of one tensor of which one writes, the iterations in which they touch a common
// element, the first before the second. Arguments of the entry count as different tensors; a run in
// which they are not is the runtime's.
//
//===------------------------------------------------------------------------===//

#ifndef TILEWORK_TRANSFORMS_TASK_CONFLICTS_H
#define TILEWORK_TRANSFORMS_TASK_CONFLICTS_H

#include "lib/Transforms/Task/AccessSets.h"

namespace tilework::task {

/// Two accesses, the first of an earlier task, in iterations that agree in the `equalLoops`
/// outermost loops; if `carried`, the next loop is in a later iteration for the second.
struct Pair {
  unsigned first, second; ///< accesses
  unsigned equalLoops;
  bool isCarried;
};

/// A pair in one case: what its elements and iterations are.
struct Meeting {
  mlir::SmallVector<int64_t> trips[2];     ///< by loop around either statement
  mlir::SmallVector<int64_t> variables[2]; ///< the loops' own
  mlir::SmallVector<int64_t> begin, end;   ///< of the elements, by dimension
};

struct Conflict {
  Pair pair;
  Answer answer;          ///< of "they meet"
  bool isCertain = false; ///< in every run that gets there
  std::string reason;     ///< why it is not
  std::optional<Meeting> example;
};

/// Whether a task may touch nothing through the access, its conditions and loops being so that it
/// is there.
/// If `hasTensor`, the tensor has elements.
bool mayBeEmpty(const AccessSets &sets, unsigned access, bool hasTensor = false);

/// How many trips more of a loop around the second access have been than of one around the first.
struct TripDistance {
  int first, second; ///< loops
  std::optional<int64_t> least, most;
};

/// Whether the accesses of `pair` may meet in iterations at these distances.
bool mayMeet(const AccessSets &sets, const Pair &pair, mlir::ArrayRef<TripDistance> distances);

/// Whether in all iterations of `pair` at these distances both touch something, and meet.
bool mustMeet(const AccessSets &sets, const Pair &pair, mlir::ArrayRef<TripDistance> distances);

/// Every pair in program order, those of accesses that only read left out. Never "empty".
std::vector<Conflict> findConflicts(const AccessSets &sets);

} // namespace tilework::task

#endif // TILEWORK_TRANSFORMS_TASK_CONFLICTS_H
