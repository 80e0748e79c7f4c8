//===- MergeAccesses.h - one rectangle for a loop of them -----------*- C++ -*-===//

#ifndef TILEWORK_TRANSFORMS_TASK_MERGEACCESSES_H
#define TILEWORK_TRANSFORMS_TASK_MERGEACCESSES_H

#include "dialects/Task/Task.h"

namespace tilework::task {

/// Takes accesses out of the loops of a region program: those that do not depend on the loop, and
/// those whose rectangles tile one dimension without gaps; and out of conditions what both branches
/// access. Loops left without an access go.
void mergeAccesses(AccessesOp program);

} // namespace tilework::task

#endif // TILEWORK_TRANSFORMS_TASK_MERGEACCESSES_H
