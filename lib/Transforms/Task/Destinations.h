//===- Destinations.h - which global tensor a value updates ---------*- C++ -*-===//

#ifndef TILEWORK_TRANSFORMS_TASK_DESTINATIONS_H
#define TILEWORK_TRANSFORMS_TASK_DESTINATIONS_H

#include "mlir/IR/Region.h"
#include "mlir/IR/Value.h"

namespace tilework {

/// The tensor that `value`, computed in `scope`, is an update of: through insertions, carried
/// values and conditions. It is defined outside `scope` or by an operation that makes a new tensor.
/// Null when two branches or iterations update different ones.
mlir::Value traceDestination(mlir::Value value, mlir::Region &scope);

/// True when something in `scope` reads elements of `tensor`, before or after it is updated there.
bool isRead(mlir::Value tensor, mlir::Region &scope);

namespace task {
/// True for what has to be in a scope: tile operations, and updates of tensors other than the
/// orchestration's own arrays.
bool isTileWork(mlir::Operation *op);
} // namespace task

/// A readable name for `value`: that of the variable or argument it comes from, or "".
llvm::StringRef findName(mlir::Value value);

} // namespace tilework

#endif // TILEWORK_TRANSFORMS_TASK_DESTINATIONS_H
