//===- Passes.td - passes within the task dialect -----------------*- tablegen -*-===//

#ifndef TILEWORK_TRANSFORMS_TASK_PASSES
#define TILEWORK_TRANSFORMS_TASK_PASSES

include "mlir/Pass/PassBase.td"

def VerifyFormPass : Pass<"task-verify-form", "::mlir::ModuleOp"> {
  let summary = "Checks that a module is in a named form";
  let description = [{
    The forms and their numbered conditions are in `docs/forms.md`, which `VerifyForm.cpp` states
    as one table.
  }];
  let options = [
    Option<"form", "form", "std::string", "\"traced\"", "traced, fused, graph or placed">
  ];
}

def SplitChunksPass : Pass<"task-split-chunks", "::tilework::task::EntryOp"> {
  let summary = "Splits `chunk(n)` loops into a parallel and a sequential one";
  let description = [{
    A parallel loop over ceil(trips / n) chunks, and in it a sequential loop over the min(n, rest)
    iterations of its chunk. Nested chunks multiply.
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::affine::AffineDialect",
                           "::mlir::scf::SCFDialect"];
}

def FormScopesPass : Pass<"task-form-scopes", "::tilework::task::EntryOp"> {
  let summary = "Puts every tile operation into exactly one scope";
  let description = [{
    The baseline: one scope per iteration of a parallel loop that holds no other parallel loop, one
    per maximal run of other tile operations. Reads of scalars and views stay outside.
  }];
  let dependentDialects = ["::tilework::task::TaskDialect"];
}

def SinkViewsPass : Pass<"task-sink-views", "::tilework::task::EntryOp"> {
  let summary = "Moves views of global tensors into the scopes that read them";
  let description = [{
    A kernel that takes the whole tensor and slices it itself declares exact access regions.
  }];
}

def MaterializeAccessesPass : Pass<"task-materialize-accesses", "::mlir::ModuleOp"> {
  let summary = "Writes the region program of every kernel";
  let description = [{
    The backward slice of the kernel's addresses, with one `task.access` per touched rectangle.
    Loops whose rectangles tile a dimension become one rectangle. Where the slice needs data that is
    not there at submission, the rectangle widens to the whole dimension and a remark says so.
  }];
  let dependentDialects = ["::tilework::task::TaskDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect"];
}

def FindDependencesPass : Pass<"task-find-dependences", "::mlir::ModuleOp"> {
  let summary = "Judges claims and turns dependences that are known into tokens";
  let description = [{
    What submissions declare, as sets of integers: per pair of accesses of one tensor it is proven
    that they never meet, known which iterations do, or left to the runtime. A claim that must fail
    is an error; the others are remarks. Known dependences become `deps`, and arguments of which all
    are known become `static`. Ids are kept in arrays by iteration, which are as long as the run has
    iterations where only that knows. A loop over places taken in turn becomes one over turns, around
    one over the iterations of a turn, if that way more is known.
  }];
  let options = [
    Option<"tokens", "tokens", "bool", "true",
           "known dependences become tokens, of which the runtime need not look up the arguments">,
    Option<"dump", "dump", "bool", "false", "prints what is known of each pair of accesses, and "
           "the tokens">
  ];
  let dependentDialects = ["::tilework::task::TaskDialect", "::mlir::memref::MemRefDialect",
                           "::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect"];
}

def ReleaseTensorsPass : Pass<"task-release-tensors", "::tilework::task::EntryOp"> {
  let summary = "Releases the tensors of a run behind their last uses";
  let description = [{
    Every tensor has holders, which are counted at run time: what allocates it, and each value that
    a loop or a branch hands on. A value that is handed on where it is needed no more passes its
    hold on; else it is retained.
  }];
  let dependentDialects = ["::tilework::task::TaskDialect"];
}

#endif // TILEWORK_TRANSFORMS_TASK_PASSES
