//===- Views.h - what instructions do with the buffers behind views -------------*- C++ -*-===//

#ifndef TILEWORK_TRANSFORMS_CORE_VIEWS_H
#define TILEWORK_TRANSFORMS_CORE_VIEWS_H

#include "dialects/Core/Core.h"

namespace tilework::core {

/// Whether an operation shows a buffer, or a part of it, in another shape. Slots are not views.
bool isView(mlir::Operation *op);

/// The buffer or global tensor that a view shows, through slots as well.
mlir::Value getRoot(mlir::Value view);

/// What an instruction does with the elements of an operand.
struct OperandAccess {
  mlir::Value view;
  bool reads = false, writes = false;
};

/// The operands of an instruction that are views. One of which nobody says what becomes of it may
/// be read and written.
llvm::SmallVector<OperandAccess> getAccesses(mlir::Operation *op);

} // namespace tilework::core

#endif // TILEWORK_TRANSFORMS_CORE_VIEWS_H
