//===- Passes.td - kernels from tile operations to loops on memory --*- tablegen -*-===//

#ifndef TILEWORK_CONVERSION_TILETOLINALG_PASSES
#define TILEWORK_CONVERSION_TILETOLINALG_PASSES

include "mlir/Pass/PassBase.td"

class KernelPass<string argument> : Pass<argument, "::tilework::task::KernelOp">;

def ConvertTileToLinalgPass : KernelPass<"tile-convert-to-linalg"> {
  let summary = "Spells the tile operations of a kernel as linalg on tensors";
  let description = [{
    Every rounding becomes an explicit operation inside the bodies. Capacities become the storage of
    destinations and leave the types. Loops of ours become `scf.for`.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
                           "::mlir::scf::SCFDialect", "::mlir::arith::ArithDialect",
                           "::mlir::tensor::TensorDialect",
                           "::mlir::bufferization::BufferizationDialect"];
}

def FuseElementwisePass : KernelPass<"linalg-fuse-elementwise-producers"> {
  let summary = "Computes an element-wise value inside its only consumer";
  let description = [{
    Bit-exact, since roundings are explicit. A value that its consumer would read more than once is
    not recomputed.
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

def BufferizeKernelPass : KernelPass<"task-bufferize-kernel"> {
  let summary = "Gives every tile of a kernel its memory";
  let description = [{
    One-shot bufferization. Loop-carried tiles keep one buffer over all iterations. A copy of a
    whole global tensor is refused.
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::linalg::LinalgDialect"];
}

def HoistAllocationsPass : KernelPass<"task-hoist-allocations"> {
  let summary = "Moves every buffer of a kernel to its entry";
  let description = [{
    All buffers are static, and none lives from one iteration into the next but through a buffer of
    an outer block, so that each needs its memory once.
  }];
}

#endif // TILEWORK_CONVERSION_TILETOLINALG_PASSES
