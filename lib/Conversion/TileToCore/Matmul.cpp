//===- Matmul.cpp - products in pieces that fit the cube's buffers -----------------===//
//
// The operands lie in L1. Pieces of them are moved to L0A and L0B and multiplied into the
// accumulator, which stays in L0C over all of K, k ascending.
//
//===---------------------------------------------------------------------------===//

#include "lib/Conversion/TileToCore/Converter.h"
#include "lib/Transforms/Tile/Sums.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace tilework;
using core::Space;

/// Whether a loop runs at least once.
static bool runs(Operation *op) {
  auto loop = cast<LoopLikeOpInterface>(op);
  auto lower = getConstantIntValue(*loop.getSingleLowerBound());
  auto upper = getConstantIntValue(*loop.getSingleUpperBound());
  return lower && upper && *lower < *upper;
}

/// Whether every first iteration multiplies into the accumulator, so that it can start the sum.
bool KernelConverter::startsInLoop(const Carried &carried, Operation *loop) {
  if (!runs(loop))
    return false;
  Value value = carried.yielded;
  while (value != carried.argument) {
    Operation *op = value.getDefiningOp();
    if (auto product = dyn_cast_or_null<tile::MatmulOp>(op); product && product.getAcc()) {
      value = product.getAcc();
    } else if (isa_and_nonnull<scf::ForOp, tile::PipelineOp, task::ParallelOp>(op)) {
      const Carried &inner = getCarried(op)[cast<OpResult>(value).getResultNumber()];
      if (!startsInLoop(inner, op))
        return false;
      value = inner.init;
    } else {
      return false;
    }
  }
  return carried.argument != carried.yielded;
}

/// An empty product that starts a sum leaves zeros.
void KernelConverter::clearAccumulator(Value accumulator) {
  auto type = cast<MemRefType>(accumulator.getType());
  Type element =
      type.getElementType().isInteger(32) ? Type(builder.getI8Type()) : Type(builder.getBF16Type());
  Value lhs = createBuffer({type.getDimSize(0), 1}, element, Space::l0a, loc);
  Value rhs = createBuffer({1, type.getDimSize(1)}, element, Space::l0b, loc);
  Value yes = arith::ConstantIntOp::create(builder, loc, 1, 1);
  Value sizes[] = {constant(type.getDimSize(0)), constant(0), constant(type.getDimSize(1))};
  core::MmadOp::create(builder, loc, lhs, rhs, accumulator, yes, sizes);
}

LogicalResult KernelConverter::verifyStart(OpOperand &start) {
  Value init = start.get();
  if (!tile::isZeroTile(init) && homes.getHome(init) != Home::l0c)
    return refuseStart(init);
  if (tile::addsAlone(start))
    return success();
  return emitError(start.getOwner()->getLoc(),
                   "expects a sum that is continued once, but got one that is continued elsewhere "
                   "or in every iteration; multiply without it, and add it to the product");
}

LogicalResult KernelConverter::refuseStart(Value init) {
  return emitError(init.getLoc(),
                   "expects an accumulator that starts at zero or with a product, but got a tile "
                   "that the vector unit makes; multiply without it, and add it to the product");
}

Value KernelConverter::getStart(Value accumulator) {
  if (!accumulator || tile::isZeroTile(accumulator))
    return arith::ConstantIntOp::create(builder, loc, 1, 1);
  return starts.lookup(accumulator);
}

LogicalResult KernelConverter::convertMatmul(tile::MatmulOp op) {
  if (op.getAcc() && failed(verifyStart(*op.getAccMutable().begin())))
    return failure();
  const Place &left = at(op.getLhs()), &right = at(op.getRhs());
  auto leftType = cast<RankedTensorType>(op.getLhs().getType());
  auto rightType = cast<RankedTensorType>(op.getRhs().getType());
  bool transLhs = op.getTransLhs(), transRhs = op.getTransRhs();
  OpFoldResult extents[] = {left.sizes[transLhs], left.sizes[!transLhs], right.sizes[!transRhs]};
  ArrayRef<int64_t> leftShape = tile::getStorageShape(leftType);
  CubeProduct product{leftShape[transLhs], tile::getStorageShape(rightType)[!transRhs],
                      leftShape[!transLhs], leftType.getElementTypeBitWidth() / 8};
  CubeTiles tiles = chooseCubeTiles(product, cube);

  OpFoldResult accumulatorSizes[] = {extents[0], extents[2]};
  Value accumulator = getAccumulatorView(op, accumulatorSizes);
  Value start = getStart(op.getAcc());
  if (isa<Value>(extents[1]) && start) {
    // Nothing may be valid along K.
    Value lhs = createBuffer({product.m, 1}, leftType.getElementType(), Space::l0a, loc);
    Value rhs = createBuffer({1, product.n}, leftType.getElementType(), Space::l0b, loc);
    OpFoldResult one = builder.getIndexAttr(1);
    Value sizes[] = {toValue(extents[0]), constant(0), toValue(extents[2])};
    core::MmadOp::create(builder, loc, createView(lhs, {extents[0], one}),
                         createView(rhs, {one, extents[2]}), accumulator, start, sizes);
    start = Value();
  }

  // One loop per dimension that takes several pieces. An operand's piece is moved in the innermost
  // loop that changes it.
  OpBuilder::InsertionGuard guard(builder);
  OpFoldResult origins[3], sizes[3];
  int64_t pieces[] = {tiles.m, tiles.k, tiles.n}, whole[] = {product.m, product.k, product.n};
  auto isCut = [&](int dim) { return whole[dim] > pieces[dim]; };
  for (int dim : tiles.order) {
    origins[dim] = builder.getIndexAttr(0);
    sizes[dim] = extents[dim];
  }
  auto movePiece = [&](Value source, bool isTransposed, int row, int column, Space space) {
    OpFoldResult from[] = {origins[row], origins[column]}, size[] = {sizes[row], sizes[column]};
    Value buffer = createBuffer({pieces[row], pieces[column]}, leftType.getElementType(), space,
                                source.getLoc());
    Value piece = createView(buffer, size);
    if (isTransposed) {
      std::swap(from[0], from[1]);
      std::swap(size[0], size[1]);
    }
    core::MoveOp::create(builder, loc, slice(source, from, size), piece, isTransposed);
    return piece;
  };
  Value lhs, rhs;
  SmallVector<int> loops;
  for (int dim : tiles.order)
    if (isCut(dim))
      loops.push_back(dim);
  auto moveWhatIsKnown = [&](ArrayRef<int> inner) {
    if (!lhs && !llvm::is_contained(inner, cubeM) && !llvm::is_contained(inner, cubeK))
      lhs = movePiece(left.l1, transLhs, cubeM, cubeK, Space::l0a);
    if (!rhs && !llvm::is_contained(inner, cubeK) && !llvm::is_contained(inner, cubeN))
      rhs = movePiece(right.l1, transRhs, cubeK, cubeN, Space::l0b);
  };
  for (auto [index, dim] : llvm::enumerate(loops)) {
    moveWhatIsKnown(ArrayRef(loops).drop_front(index));
    Value zero = constant(0), step = constant(pieces[dim]), upper = toValue(extents[dim]);
    auto loop = tile::PipelineOp::create(builder, loc, TypeRange(), zero, upper, step, ValueRange(),
                                         builder.getI64IntegerAttr(2));
    Block *body = builder.createBlock(&loop.getBody());
    Value iv = body->addArgument(builder.getIndexType(), loc);
    tile::YieldOp::create(builder, loc, ValueRange());
    builder.setInsertionPointToStart(body);
    origins[dim] = iv;
    sizes[dim] = builder.getIndexAttr(pieces[dim]);
    if (isa<Value>(extents[dim]) || whole[dim] % pieces[dim]) {
      AffineExpr rest = builder.getAffineSymbolExpr(0) - builder.getAffineDimExpr(0);
      AffineExpr either[] = {builder.getAffineConstantExpr(pieces[dim]), rest};
      sizes[dim] = affine::AffineMinOp::create(builder, loc,
                                               AffineMap::get(1, 1, either, builder.getContext()),
                                               ValueRange{iv, upper})
                       .getResult();
    }
    if (dim == cubeK && start) {
      Value first = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, iv, zero);
      start = arith::AndIOp::create(builder, loc, first, start);
    }
  }
  moveWhatIsKnown({});

  OpFoldResult from[] = {origins[0], origins[2]}, size[] = {sizes[0], sizes[2]};
  core::MmadOp::create(builder, loc, lhs, rhs, slice(accumulator, from, size), start, ValueRange());
  return success();
}
