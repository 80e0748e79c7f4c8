//===- SplitTurns.h - loops whose iterations take turns -------------*- C++ -*-===//
//
// Where a loop whose trips only the run counts is one over turns of so many iterations, around one
// over those, rests of its trip in divisions are numbers. What is told of iterations, as by
// recordings, stays of those that the author wrote.
//
//===------------------------------------------------------------------------===//

#ifndef TILEWORK_TRANSFORMS_TASK_SPLITTURNS_H
#define TILEWORK_TRANSFORMS_TASK_SPLITTURNS_H

#include "lib/Transforms/Task/AccessSets.h"

namespace tilework::task {

/// A loop of which so many iterations are a turn.
struct Turn {
  mlir::Operation *loop;
  int64_t length;
};

/// The loops with turns on which `accesses` depend, and those over the same elements.
mlir::SmallVector<Turn> findTurns(const AccessSets &sets, mlir::ArrayRef<unsigned> accesses);

void splitTurn(const Turn &turn);

/// The loop over iterations of a turn, if `loop` is over turns; else null.
mlir::Operation *loopOfTurn(mlir::Operation *loop);

} // namespace tilework::task

#endif // TILEWORK_TRANSFORMS_TASK_SPLITTURNS_H
