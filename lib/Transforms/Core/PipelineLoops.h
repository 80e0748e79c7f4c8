//===- PipelineLoops.h - what core-pipeline-loops decides --------------------*- C++ -*-===//

#ifndef TILEWORK_TRANSFORMS_CORE_PIPELINELOOPS_H
#define TILEWORK_TRANSFORMS_CORE_PIPELINELOOPS_H

#include "lib/Planning/Device.h"

#include "dialects/Core/Core.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

namespace tilework::core {

/// Slots for one buffer, which the iterations of `loop` take in turn.
struct SlotDecision {
  BufferOp buffer;
  mlir::LoopLikeOpInterface loop;
  int64_t slots;
};

/// What the slots that the model chose are estimated to do to a loop.
struct LoopEstimate {
  mlir::LoopLikeOpInterface loop;
  int64_t slots; ///< of the buffer with most
  int64_t cyclesBefore, cyclesAfter;
};

struct SlotPlan {
  llvm::SmallVector<SlotDecision> decisions;
  llvm::SmallVector<LoopEstimate> estimates;
};

/// Slots for the buffers of one program: what its pipelined loops ask for, and beyond that what
/// pays by the model of its pipes and fits its memories.
SlotPlan planSlots(mlir::Operation *program, const Device &device);

/// Of these, only what pipelined loops ask for.
llvm::SmallVector<SlotDecision> planAskedSlots(mlir::Operation *program, const Device &device);

} // namespace tilework::core

#endif // TILEWORK_TRANSFORMS_CORE_PIPELINELOOPS_H
