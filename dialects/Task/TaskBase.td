//===- TaskBase.td - what every task operation has in common -----*- tablegen -*-===//

#ifndef TILEWORK_TASK_BASE
#define TILEWORK_TASK_BASE

include "dialects/Task/TaskDialect.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/LoopLikeInterface.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

/// The extra fields mean what they mean in the tile dialect.
class Task_Op<string mnemonic, list<Trait> traits = []> : Op<Task_Dialect, mnemonic, traits> {
  string formula = "";
  string unit = "none";
  string reference = mnemonic;
  list<string> constraints = [];
}

def Task_TensorOrMemRef : AnyTypeOf<[AnyRankedTensor, AnyMemRef], "tensor or memref">;

#endif // TILEWORK_TASK_BASE
