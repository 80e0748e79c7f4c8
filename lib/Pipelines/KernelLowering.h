//===- KernelLowering.h - kernels from tensors to vector loops ------------*- C++ -*-===//

#ifndef TILEWORK_PIPELINES_KERNELLOWERING_H
#define TILEWORK_PIPELINES_KERNELLOWERING_H

namespace mlir {
class OpPassManager;
}

namespace tilework {

/// Kernels of `graph` → the same kernels on memref, vector, scf and arith. Runs on a module.
void buildKernelLoweringPipeline(mlir::OpPassManager &manager);

void registerKernelLoweringPipeline();

} // namespace tilework

#endif // TILEWORK_PIPELINES_KERNELLOWERING_H
