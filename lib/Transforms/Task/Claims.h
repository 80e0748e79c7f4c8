//===- Claims.h - whether what authors promise holds ----------------*- C++ -*-===//

#ifndef TILEWORK_TRANSFORMS_TASK_CLAIMS_H
#define TILEWORK_TRANSFORMS_TASK_CLAIMS_H

#include "lib/Transforms/Task/Conflicts.h"

namespace tilework::task {

/// Judges each claim of an entry by the pairs it covers: refuted, an error, by one that must meet
/// and that no other dependence can join; proven, a remark, when there is none; otherwise assumed,
/// a remark that says why. Loops get their verdict. Fails if one is refuted.
mlir::LogicalResult judgeClaims(const AccessSets &sets, mlir::ArrayRef<Conflict> conflicts);

} // namespace tilework::task

#endif // TILEWORK_TRANSFORMS_TASK_CLAIMS_H
