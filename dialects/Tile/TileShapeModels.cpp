//===- TileShapeModels.cpp - the sizes of results in terms of operands ------------===//
//
// What: upstream's interfaces for result shapes and value bounds, from one rule per operation.
// Why:  `tensor.dim` of a result becomes that of an operand, and bounds are proved across
// operations. Not:  results of static shape; upstream reads those off their type.
//
//===---------------------------------------------------------------------------===//

#include "dialects/Tile/TileInterfaces.h"

#include "dialects/Support/LoopBounds.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tilework::tile;

namespace {
/// A size is that of a dimension of a tensor, or an index where `dim` is absent.
struct Extent {
  Value value;
  std::optional<int64_t> dim;
};
} // namespace

/// The extent of dynamic dimension `dim` of the result of `op`.
static Extent getExtent(Operation *op, int64_t dim) {
  return TypeSwitch<Operation *, Extent>(op)
      .Case<EmptyOp, FullOp, BroadcastOp>([&](auto op) {
        auto type = cast<RankedTensorType>(op.getType());
        return Extent{op.getSizes()[type.getDynamicDimIndex(dim)], std::nullopt};
      })
      .Case([&](TransposeOp op) { return Extent{op.getInput(), op.getPermutation()[dim]}; })
      .Case([&](MatmulOp op) {
        if (op.getAcc()) // so that loops that add products up are seen to keep their extents
          return Extent{op.getAcc(), dim};
        return dim == 0 ? Extent{op.getLhs(), op.getTransLhs()}
                        : Extent{op.getRhs(), !op.getTransRhs()};
      })
      // Element-wise operations, and reductions in the dimension they keep.
      .Default([&](Operation *op) { return Extent{op->getOperand(0), dim}; });
}

namespace {
template <typename TileOp>
struct ResultShapeModel
    : ReifyRankedShapedTypeOpInterface::ExternalModel<ResultShapeModel<TileOp>, TileOp> {
  LogicalResult reifyResultShapes(Operation *op, OpBuilder &builder,
                                  ReifiedRankedShapedTypeDims &shapes) const {
    auto type = cast<RankedTensorType>(op->getResult(0).getType());
    SmallVector<OpFoldResult> &shape = shapes.emplace_back();
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      shape.push_back(type.isDynamicDim(dim)
                          ? getSize(builder, op->getLoc(), getExtent(op, dim))
                          : OpFoldResult(builder.getIndexAttr(type.getDimSize(dim))));
    return success();
  }

private:
  static OpFoldResult getSize(OpBuilder &builder, Location loc, Extent extent) {
    return extent.dim ? tensor::getMixedSize(builder, loc, extent.value, *extent.dim)
                      : OpFoldResult(extent.value);
  }
};

template <typename TileOp>
struct ResultBoundsModel
    : ValueBoundsOpInterface::ExternalModel<ResultBoundsModel<TileOp>, TileOp> {
  void populateBoundsForShapedValueDim(Operation *op, Value value, int64_t dim,
                                       ValueBoundsConstraintSet &bounds) const {
    auto type = cast<RankedTensorType>(value.getType());
    if (!type.isDynamicDim(dim))
      return;
    Extent extent = getExtent(op, dim);
    bounds.bound(value)[dim] == bounds.getExpr(extent.value, extent.dim);
    if (int64_t capacity = getStorageShape(type)[dim]; !ShapedType::isDynamic(capacity))
      bounds.bound(value)[dim] <= capacity;
  }
};

using OtherOps = OpList<EmptyOp, FullOp, BroadcastOp, TransposeOp, ReduceOp, ArgReduceOp, MatmulOp>;
} // namespace

void tilework::tile::attachShapeModels(MLIRContext &context) {
  attachModel<ResultShapeModel>(context, ElementwiseOps());
  attachModel<ResultShapeModel>(context, OtherOps());
  attachModel<ResultBoundsModel>(context, ElementwiseOps());
  attachModel<ResultBoundsModel>(context, OtherOps());
  attachModel<LoopBoundsModel>(context, OpList<PipelineOp>());
}

void tilework::tile::registerInterfaceModels(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, TileDialect *) {
    attachShapeModels(*context);
    attachTilingModels(*context);
  });
}
