//===- Shapes.cpp - making and reshaping tensors as linalg -------------------------===//

#include "lib/Conversion/TileToLinalg/Lowering.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tilework;

static Value lowerFull(OpBuilder &builder, tile::FullOp op) {
  auto type = cast<RankedTensorType>(op.getType());
  Value destination =
      createDestination(builder, op.getLoc(), type, getMixedSizes(builder, type, op.getSizes()));
  return linalg::FillOp::create(builder, op.getLoc(), op.getValue(), destination).getResult(0);
}

static Value lowerArange(OpBuilder &builder, tile::ArangeOp op) {
  auto type = cast<RankedTensorType>(op.getType());
  Value destination = createDestination(builder, op.getLoc(), type, {});
  return buildElementwise(
      builder, op.getLoc(), destination, {}, [&](OpBuilder &b, Location at, ValueRange) -> Value {
        Value linear = createConstant(b, at, b.getIndexType(), 0);
        for (int64_t dim = 0; dim < type.getRank(); ++dim) {
          Value size = createConstant(b, at, b.getIndexType(), type.getDimSize(dim));
          linear = arith::MulIOp::create(b, at, linear, size);
          linear = arith::AddIOp::create(b, at, linear, linalg::IndexOp::create(b, at, dim));
        }
        Type element = getPlainElement(type.getElementType());
        Value offset = arith::IndexCastOp::create(b, at, element, linear);
        return arith::AddIOp::create(b, at, op.getStart(), offset);
      });
}

static Value lowerBroadcast(OpBuilder &builder, tile::BroadcastOp op) {
  auto type = cast<RankedTensorType>(op.getType());
  Value destination =
      createDestination(builder, op.getLoc(), type, getMixedSizes(builder, type, op.getSizes()));
  return buildElementwise(builder, op.getLoc(), destination, op.getInput(),
                          [](OpBuilder &, Location, ValueRange elements) { return elements[0]; });
}

/// Through one dimension: bufferization copies only what does not lie contiguously.
static Value lowerReshape(OpBuilder &builder, tile::ReshapeOp op) {
  auto from = cast<RankedTensorType>(getPlainType(op.getInput().getType()));
  auto to = cast<RankedTensorType>(getPlainType(op.getType()));
  Value value = op.getInput();
  auto all = [](int64_t rank) {
    return SmallVector<ReassociationIndices>{llvm::to_vector(llvm::seq<int64_t>(rank))};
  };
  auto flat = RankedTensorType::get(from.getNumElements(), from.getElementType());
  if (from.getRank() > 1)
    value = tensor::CollapseShapeOp::create(builder, op.getLoc(), flat, value, all(from.getRank()));
  if (to.getRank() > 1)
    value = tensor::ExpandShapeOp::create(builder, op.getLoc(), to, value, all(to.getRank()));
  return value;
}

static Value lowerTranspose(OpBuilder &builder, tile::TransposeOp op) {
  Location loc = op.getLoc();
  auto type = cast<RankedTensorType>(op.getType());
  ArrayRef<int64_t> permutation = op.getPermutation();
  auto inputSizes = tensor::getMixedSizes(builder, loc, op.getInput());
  SmallVector<OpFoldResult> sizes;
  SmallVector<AffineExpr> indices(permutation.size());
  for (auto [dim, source] : llvm::enumerate(permutation)) {
    sizes.push_back(inputSizes[source]);
    indices[source] = builder.getAffineDimExpr(dim);
  }
  Value destination = createDestination(builder, loc, type, sizes);
  SmallVector<AffineMap> maps = {AffineMap::get(indices.size(), 0, indices, builder.getContext()),
                                 builder.getMultiDimIdentityMap(indices.size())};
  SmallVector<utils::IteratorType> iterators(indices.size(), utils::IteratorType::parallel);
  return linalg::GenericOp::create(builder, loc, destination.getType(), op.getInput(), destination,
                                   maps, iterators,
                                   [](OpBuilder &b, Location at, ValueRange arguments) {
                                     linalg::YieldOp::create(b, at, arguments[0]);
                                   })
      .getResult(0);
}

static Value lowerFillpad(OpBuilder &builder, tile::FillpadOp op) {
  Location loc = op.getLoc();
  auto type = cast<RankedTensorType>(op.getType());
  Value filled =
      linalg::FillOp::create(builder, loc, op.getValue(), createDestination(builder, loc, type, {}))
          .getResult(0);
  SmallVector<OpFoldResult> zeros(type.getRank(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> ones(type.getRank(), builder.getIndexAttr(1));
  return tensor::InsertSliceOp::create(builder, loc, op.getInput(), filled, zeros,
                                       tensor::getMixedSizes(builder, loc, op.getInput()), ones);
}

Value tilework::lowerShape(OpBuilder &builder, Operation *op) {
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](tile::EmptyOp empty) {
        auto type = cast<RankedTensorType>(empty.getType());
        return createDestination(builder, empty.getLoc(), type,
                                 getMixedSizes(builder, type, empty.getSizes()));
      })
      .Case([&](tile::FullOp full) { return lowerFull(builder, full); })
      .Case([&](tile::ArangeOp arange) { return lowerArange(builder, arange); })
      .Case([&](tile::BroadcastOp broadcast) { return lowerBroadcast(builder, broadcast); })
      .Case([&](tile::ReshapeOp reshape) { return lowerReshape(builder, reshape); })
      .Case([&](tile::TransposeOp transpose) { return lowerTranspose(builder, transpose); })
      .Case([&](tile::FillpadOp fillpad) { return lowerFillpad(builder, fillpad); })
      .Default([](Operation *) { return Value(); });
}
