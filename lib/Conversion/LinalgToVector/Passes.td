//===- Passes.td - kernels from linalg to loops of vectors ----------*- tablegen -*-===//

#ifndef TILEWORK_CONVERSION_LINALGTOVECTOR_PASSES
#define TILEWORK_CONVERSION_LINALGTOVECTOR_PASSES

include "mlir/Pass/PassBase.td"

def ConvertLinalgToVectorPass
    : Pass<"linalg-convert-to-vector", "::tilework::task::KernelOp"> {
  let summary = "Lowers linalg on buffers to loops of vectors";
  let description = [{
    In the orders that the numerics contract fixes: one chain per output of a product, 64 lanes per
    row of a reduction. What no vector form fits becomes loops of scalars.
  }];
  let dependentDialects = ["::mlir::vector::VectorDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect", "::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect", "::mlir::affine::AffineDialect",
                           "::mlir::linalg::LinalgDialect"];
}

def ConvertMathToArithPass : Pass<"math-convert-to-arith", "::tilework::task::KernelOp"> {
  let summary = "Spells exp, log, sin, cos and bf16 conversions in single rounded steps";
  let description = [{
    The steps of docs/rationale/0003-transcendentals.md, the same for vectors of every length and
    for scalars. bf16 is rounded with integers: the native instruction flushes denormals.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::math::MathDialect"];
}

#endif // TILEWORK_CONVERSION_LINALGTOVECTOR_PASSES
