//===- ScheduleLoops.h - what core-schedule-loops decides ------------------------*- C++ -*-===//

#ifndef TILEWORK_TRANSFORMS_CORE_SCHEDULELOOPS_H
#define TILEWORK_TRANSFORMS_CORE_SCHEDULELOOPS_H

#include "lib/Planning/Device.h"

#include "dialects/Core/Core.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

namespace tilework::core {

/// A tile of the vector unit that is used in later stages than the one that makes it.
struct HandedTile {
  mlir::Value buffer;
  int64_t maker, latest; ///< the stages of its first and of its last instructions
};

/// In which stage the instructions of a loop's body stand; one without any is a scalar, which every
/// stage computes for itself.
struct StagePlan {
  llvm::DenseMap<mlir::Operation *, int64_t> stages;
  int64_t count = 1;
  llvm::SmallVector<HandedTile> tiles;
  llvm::SmallVector<std::pair<mlir::Value, int64_t>> slots; ///< of channels that need more
  int64_t cyclesBefore = 0, cyclesAfter = 0;
};

/// Stages for a loop of a group whose units have no programs of their own yet. One stage where the
/// loop has nothing that a unit waits for, or where nothing else would pay.
StagePlan planStages(mlir::LoopLikeOpInterface loop, const Device &device, int64_t mostStages);

} // namespace tilework::core

#endif // TILEWORK_TRANSFORMS_CORE_SCHEDULELOOPS_H
