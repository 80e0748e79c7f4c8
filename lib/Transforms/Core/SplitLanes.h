//===- SplitLanes.h - a program as a problem of two lanes -----------------*- C++ -*-===//

#ifndef TILEWORK_TRANSFORMS_CORE_SPLITLANES_H
#define TILEWORK_TRANSFORMS_CORE_SPLITLANES_H

#include "dialects/Core/Core.h"
#include "lib/Planning/Lanes/Lanes.h"

#include "llvm/ADT/MapVector.h"

namespace tilework::core {

/// The tiles and steps of a vector program, and what they are in it.
struct LaneProblem {
  /// `dim` is the only one to halve tiles in, if there is one.
  LaneProblem(VectorProgramOp program, std::optional<int64_t> dim, int64_t alignmentBytes);

  lanes::Problem problem;
  llvm::MapVector<mlir::Value, int64_t> tiles; ///< buffers, and the channels that take part
  llvm::MapVector<mlir::Operation *, int64_t> steps;
  std::vector<llvm::SmallVector<mlir::Value>> operands; ///< of each step, those of its operation
  llvm::SmallVector<mlir::Value> origins;               ///< that layouts name, from 1 on

  /// The layout of a tile or view under a plan; none where no step uses it as it is.
  std::optional<lanes::Layout> getLayout(mlir::Value view, const lanes::Plan &plan) const;
  /// How `view` comes of a tile, which is returned.
  mlir::Value trace(mlir::Value view, std::vector<lanes::View> &views) const;
  /// `value` as an operand of the step that `op` is; none if it is no tile.
  const lanes::Operand *getOperand(mlir::Operation *op, mlir::Value value) const;

private:
  struct Builder;
};

/// Lets both lanes execute the program as planned.
void applyLanes(VectorProgramOp program, const LaneProblem &problem, const lanes::Plan &plan);

/// The view of which `expand` shows the elements under another shape, if it is all of a tile.
mlir::Value getReshaped(mlir::Operation *expand);

} // namespace tilework::core

#endif // TILEWORK_TRANSFORMS_CORE_SPLITLANES_H
