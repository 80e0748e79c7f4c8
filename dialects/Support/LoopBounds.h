//===- LoopBounds.h - value bounds of our counted loops ------------------------===//
//
// What: lower <= induction variable < upper; a carried size that no iteration changes is the
// initial
//       one.
// Why:  upstream then proves tile sizes and extents inside our loops as it does inside scf.for.
//
//===---------------------------------------------------------------------------===//

#ifndef TILEWORK_DIALECTS_SUPPORT_LOOPBOUNDS_H
#define TILEWORK_DIALECTS_SUPPORT_LOOPBOUNDS_H

#include "mlir/Interfaces/ValueBoundsOpInterface.h"

namespace tilework {

template <typename LoopOp>
struct LoopBoundsModel
    : mlir::ValueBoundsOpInterface::ExternalModel<LoopBoundsModel<LoopOp>, LoopOp> {
  void populateBoundsForIndexValue(mlir::Operation *op, mlir::Value value,
                                   mlir::ValueBoundsConstraintSet &bounds) const {
    auto loop = llvm::cast<LoopOp>(op);
    if (value != loop.getInductionVar())
      return boundCarried(loop, value, std::nullopt, bounds);
    bounds.bound(value) >= bounds.getExpr(loop.getLower());
    bounds.bound(value) < bounds.getExpr(loop.getUpper());
  }

  void populateBoundsForShapedValueDim(mlir::Operation *op, mlir::Value value, int64_t dim,
                                       mlir::ValueBoundsConstraintSet &bounds) const {
    boundCarried(llvm::cast<LoopOp>(op), value, dim, bounds);
  }

private:
  static void boundCarried(LoopOp loop, mlir::Value value, std::optional<int64_t> dim,
                           mlir::ValueBoundsConstraintSet &bounds) {
    using Bounds = mlir::ValueBoundsConstraintSet;
    auto result = llvm::dyn_cast<mlir::OpResult>(value);
    unsigned index = result ? result.getResultNumber()
                            : llvm::cast<mlir::BlockArgument>(value).getArgNumber() - 1;
    mlir::Value yielded = loop.getBody().front().getTerminator()->getOperand(index);
    mlir::Value carried = loop.getRegionIterArgs()[index];
    mlir::Value initial = loop.getInitArgs()[index];
    if (!bounds.populateAndCompare(Bounds::Variable(yielded, dim), Bounds::EQ,
                                   Bounds::Variable(carried, dim)))
      return;
    if (dim)
      bounds.bound(value)[*dim] == bounds.getExpr(initial, dim);
    else
      bounds.bound(value) == bounds.getExpr(initial);
  }
};

} // namespace tilework

#endif // TILEWORK_DIALECTS_SUPPORT_LOOPBOUNDS_H
