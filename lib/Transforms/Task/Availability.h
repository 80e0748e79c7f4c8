//===- Availability.h - what a region program can know --------------*- C++ -*-===//

#ifndef TILEWORK_TRANSFORMS_TASK_AVAILABILITY_H
#define TILEWORK_TRANSFORMS_TASK_AVAILABILITY_H

#include "dialects/Task/Task.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/DenseSet.h"

namespace tilework::task {

/// The argument that `tensor`, a value of a kernel, reads or updates as a whole; or null.
mlir::BlockArgument findArgument(mlir::Value tensor, KernelOp kernel);

/// Which scalars of a kernel can be computed when it is submitted: from scalar arguments, and from
/// arrays that the caller passes and no task writes.
class Availability {
public:
  /// `stable` holds the arguments bound to such arrays.
  Availability(KernelOp kernel, const llvm::DenseSet<mlir::Value> &stable);

  bool operator()(mlir::Value value) const { return available.contains(value); }
  bool all(mlir::ValueRange values) const { return llvm::all_of(values, *this); }

  /// True when the trips of `loop` are.
  bool isCounted(mlir::LoopLikeOpInterface loop) const;

  /// True when it is known whether `op` runs, so that it may read memory or fail.
  bool isCertain(mlir::Operation *op) const;

private:
  void visit(mlir::Region &region);
  void addCarried(mlir::LoopLikeOpInterface loop);
  bool isAvailableResult(mlir::OpResult result) const;
  bool isStableRead(mlir::tensor::ExtractOp extract) const;
  void add(mlir::Value value, bool isKnown);

  KernelOp kernel;
  const llvm::DenseSet<mlir::Value> &stable;
  llvm::DenseSet<mlir::Value> available;
  llvm::DenseSet<mlir::Value> refuted; ///< carried values once assumed, found not to be available
};

} // namespace tilework::task

#endif // TILEWORK_TRANSFORMS_TASK_AVAILABILITY_H
