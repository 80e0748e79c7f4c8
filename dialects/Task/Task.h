//===- Task.h - the task dialect ------------------------------------*- C++ -*-===//

#ifndef TILEWORK_DIALECTS_TASK_TASK_H
#define TILEWORK_DIALECTS_TASK_TASK_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/IR/BuiltinTypeInterfaces.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/Task/TaskDialect.h.inc"

#include "dialects/Task/TaskEnums.h.inc"

#define GET_TYPEDEF_CLASSES
#include "dialects/Task/TaskTypes.h.inc"

#define GET_OP_CLASSES
#include "dialects/Task/TaskOps.h.inc"

namespace tilework::task {

inline bool reads(Direction direction) {
  return static_cast<uint32_t>(direction) & 1;
}
inline bool writes(Direction direction) {
  return static_cast<uint32_t>(direction) & 2;
}

/// True for a task id and for an array of them.
bool isTaskIdOrArray(mlir::Type type);

/// Attaches our models of upstream's interfaces (docs/rationale/0006-interfaces.md).
void registerInterfaceModels(mlir::DialectRegistry &registry);

} // namespace tilework::task

#endif // TILEWORK_DIALECTS_TASK_TASK_H
