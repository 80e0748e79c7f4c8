//===- HostLowering.h - from lowered kernels to the LLVM dialect ---------*- C++ -*-===//

#ifndef TILEWORK_PIPELINES_HOSTLOWERING_H
#define TILEWORK_PIPELINES_HOSTLOWERING_H

namespace mlir {
class OpPassManager;
}

namespace tilework {

/// `graph` with lowered kernels → LLVM dialect, the table of the image included.
void buildHostLoweringPipeline(mlir::OpPassManager &manager);

void registerHostLoweringPipeline();

} // namespace tilework

#endif // TILEWORK_PIPELINES_HOSTLOWERING_H
