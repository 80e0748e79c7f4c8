//===- Instances.h - the tasks of an entry, one by one --------------*- C++ -*-===//

#ifndef TILEWORK_TRANSFORMS_TASK_INSTANCES_H
#define TILEWORK_TRANSFORMS_TASK_INSTANCES_H

#include "lib/Planning/TaskTokens.h"
#include "lib/Transforms/Task/Conflicts.h"

namespace tilework::task {

/// The arguments of submissions as the planner numbers them.
struct ArgumentNumbers {
  explicit ArgumentNumbers(const AccessSets &sets);
  int of(unsigned statement, unsigned position) const { return first[statement] + int(position); }
  std::vector<int> first; ///< by statement
  int count = 0;
};

/// The tasks of `sets` with what they touch, as far as the text says it; of accesses that take part
/// in no conflict, nothing. Of a loop whose trips only the run knows, those of any one iteration
/// and of any later one; if there are at most a few, of each, should there be one. Boxes at places
/// that only the run knows count from these.
tokens::Problem enumerateInstances(const AccessSets &sets, mlir::ArrayRef<Conflict> conflicts,
                                   const ArgumentNumbers &numbers);

} // namespace tilework::task

#endif // TILEWORK_TRANSFORMS_TASK_INSTANCES_H
