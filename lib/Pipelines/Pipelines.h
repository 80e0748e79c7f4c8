//===- Pipelines.h - the order of the rooms --------------------------*- C++ -*-===//

#ifndef TILEWORK_PIPELINES_PIPELINES_H
#define TILEWORK_PIPELINES_PIPELINES_H

namespace mlir {
class OpPassManager;
}

namespace tilework {

/// Room 2: `traced` → `fused`.
void buildToFusedPipeline(mlir::OpPassManager &passes);

/// Room 3: `fused` → `graph`.
void buildToGraphPipeline(mlir::OpPassManager &passes);

/// Room 4: `graph` → `placed`. The kernels stay, for the host; each gets a core group.
void buildToPlacedPipeline(mlir::OpPassManager &passes);

/// The pipelines above, as `tilework-to-fused`, `tilework-to-graph` and `tilework-to-placed`.
void registerPipelines();

} // namespace tilework

#endif // TILEWORK_PIPELINES_PIPELINES_H
