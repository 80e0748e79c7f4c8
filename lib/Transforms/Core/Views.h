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

/// Replaces a buffer by another whose type has another layout, in all views of it. Views that stand
/// where the other one is not there yet move behind it.
void replaceBuffer(mlir::Value buffer, mlir::Value other);

/// The instructions of a group by what they read and write: buffers and global tensors.
class AccessMap {
public:
  explicit AccessMap(GroupOp group);
  llvm::ArrayRef<mlir::Operation *> getWriters(mlir::Value root) const;
  llvm::ArrayRef<mlir::Operation *> getReaders(mlir::Value root) const;
  /// Forgets an instruction.
  void erase(mlir::Operation *op);
  /// Counts those who read `from` among those who read `to`.
  void moveReaders(mlir::Value from, mlir::Value to);

private:
  llvm::DenseMap<mlir::Value, llvm::SmallVector<mlir::Operation *>> readers, writers;
};

} // namespace tilework::core

#endif // TILEWORK_TRANSFORMS_CORE_VIEWS_H
