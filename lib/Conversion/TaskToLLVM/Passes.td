//===- Passes.td - task to LLVM -----------------------------------*- tablegen -*-===//

#ifndef TILEWORK_CONVERSION_TASKTOLLVM_PASSES
#define TILEWORK_CONVERSION_TASKTOLLVM_PASSES

include "mlir/Pass/PassBase.td"

def ConvertTaskToLLVM : Pass<"task-convert-to-llvm", "mlir::ModuleOp"> {
  let summary = "Turn programs, kernels and region programs into functions of the image ABI";
  let description = [{
    Every `task.entry`, `task.kernel` and `task.accesses` becomes an `llvm.func` that takes the
    runtime's services and an array of argument slots (`lib/Image/ImageAbi.h`); submissions,
    allocations, waits, declared rectangles and checks become calls of those services; the table
    that describes them all becomes the exported global `tilework_image`. A placed `core.group`
    becomes the walk of its kernel: a function that follows the control flow of one unit and emits
    its instructions (`lib/Image/StreamAbi.h`). What the functions
    compute is left to the upstream conversions.
  }];
  let dependentDialects = ["mlir::LLVM::LLVMDialect", "mlir::arith::ArithDialect",
                           "mlir::memref::MemRefDialect", "mlir::scf::SCFDialect"];
}

#endif // TILEWORK_CONVERSION_TASKTOLLVM_PASSES
