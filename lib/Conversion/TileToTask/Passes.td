//===- Passes.td - from tensors in scopes to tasks on memory -------*- tablegen -*-===//

#ifndef TILEWORK_CONVERSION_TILETOTASK_PASSES
#define TILEWORK_CONVERSION_TILETOTASK_PASSES

include "mlir/Pass/PassBase.td"

def OutlineScopesPass : Pass<"task-outline-scopes", "::mlir::ModuleOp"> {
  let summary = "Makes each scope a kernel and its submission";
  let description = [{
    The submission is in destination style: a result of the scope updates the global tensor it was
    made from, or a fresh `tile.empty`.
  }];
  let dependentDialects = ["::tilework::task::TaskDialect", "::tilework::tile::TileDialect",
                           "::mlir::bufferization::BufferizationDialect"];
}

def BufferizeOrchestrationPass : Pass<"task-bufferize-orchestration", "::mlir::ModuleOp"> {
  let summary = "Gives every global tensor its memory, without a copy";
  let description = [{
    One-shot bufferization of what the entries submit. A program that would need a copy of a whole
    tensor is refused, naming the two uses.
  }];
  let dependentDialects = ["::tilework::task::TaskDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::scf::SCFDialect",
                           "::mlir::bufferization::BufferizationDialect"];
}

#endif // TILEWORK_CONVERSION_TILETOTASK_PASSES
