//===- Passes.td - kernels from values to instructions on buffers ----*- tablegen -*-===//

#ifndef TILEWORK_CONVERSION_TILETOCORE_PASSES
#define TILEWORK_CONVERSION_TILETOCORE_PASSES

include "mlir/Pass/PassBase.td"

def ConvertTileToCorePass : Pass<"tile-convert-to-core", "::mlir::ModuleOp"> {
  let summary = "Gives every kernel the instructions of one core group";
  let description = [{
    Adds a `core.group` for each `task.kernel`, which stays for the host. Every tile has a buffer in
    the memory of the unit that works on it, and is moved to where others need it: loads and stores,
    channels between cube and vector cores, products in pieces that fit the cube's buffers. Buffers
    have no addresses yet, and nothing orders the pipes.
  }];
  let dependentDialects = ["::tilework::core::CoreDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
                           "::mlir::scf::SCFDialect"];
}

#endif // TILEWORK_CONVERSION_TILETOCORE_PASSES
