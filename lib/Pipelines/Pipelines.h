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

/// The pipelines above, as `tilework-to-fused` and `tilework-to-graph`.
void registerPipelines();

} // namespace tilework

#endif // TILEWORK_PIPELINES_PIPELINES_H
