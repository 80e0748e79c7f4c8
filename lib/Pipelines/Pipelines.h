//===- Pipelines.h - the order of the rooms --------------------------*- C++ -*-===//

#ifndef TILEWORK_PIPELINES_PIPELINES_H
#define TILEWORK_PIPELINES_PIPELINES_H

#include "mlir/Pass/PassOptions.h"

namespace mlir {
class OpPassManager;
}

namespace tilework {

struct ToFusedOptions : mlir::PassPipelineOptions<ToFusedOptions> {
  Option<bool> splitSums{*this, "split-sums",
                         llvm::cl::desc("add products to tiles that the accumulator cannot start "
                                        "from, which changes the last bits of such sums"),
                         llvm::cl::init(true)};
};

/// Room 2: `traced` → `fused`.
void buildToFusedPipeline(mlir::OpPassManager &passes, const ToFusedOptions &options);

struct ToGraphOptions : mlir::PassPipelineOptions<ToGraphOptions> {
  Option<bool> staticDependences{*this, "static-dependences",
                                 llvm::cl::desc("judge claims, and leave to the runtime only the "
                                                "dependences that are not known"),
                                 llvm::cl::init(true)};
};

/// Room 3: `fused` → `graph`.
void buildToGraphPipeline(mlir::OpPassManager &passes, const ToGraphOptions &options);

struct ToPlacedOptions : mlir::PassPipelineOptions<ToPlacedOptions> {
  Option<bool> dumpLanes{*this, "dump-lanes",
                         llvm::cl::desc("say how the vector cores share each program"),
                         llvm::cl::init(false)};
};

/// Room 4: `graph` → `placed`. The kernels stay, for the host; each gets a core group.
void buildToPlacedPipeline(mlir::OpPassManager &passes, const ToPlacedOptions &options);

/// The pipelines above, as `tilework-to-fused`, `tilework-to-graph` and `tilework-to-placed`.
void registerPipelines();

} // namespace tilework

#endif // TILEWORK_PIPELINES_PIPELINES_H
