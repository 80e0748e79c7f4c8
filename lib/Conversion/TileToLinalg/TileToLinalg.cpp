//===- TileToLinalg.cpp - kernels from tile operations to linalg -------------------===//
//
// What: replaces each tile operation of a kernel by linalg on tensors, each loop of ours by
// scf.for. Why:  fusion, bufferization and the vector lowering know linalg; roundings are explicit
// from here. Form: `graph` kernel → kernel on linalg, tensor, scf, arith, math. Not:  tile.check,
// which stays to the end.
//
//===---------------------------------------------------------------------------===//

#include "lib/Conversion/TileToLinalg/Lowering.h"
#include "lib/Conversion/TileToLinalg/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"

namespace tilework {
#define GEN_PASS_DEF_CONVERTTILETOLINALGPASS
#include "lib/Conversion/TileToLinalg/Passes.h.inc"
} // namespace tilework

using namespace mlir;
using namespace tilework;

/// The sequential loop that tile.pipeline and task.parallel mean.
template <typename LoopOp> static void convertLoop(LoopOp loop) {
  OpBuilder builder(loop);
  auto result = scf::ForOp::create(builder, loop.getLoc(), loop.getLower(), loop.getUpper(),
                                   loop.getStep(), loop.getInitArgs());
  result.getRegion().takeBody(loop.getBody());
  Operation *yield = result.getBody()->getTerminator();
  builder.setInsertionPoint(yield);
  scf::YieldOp::create(builder, yield->getLoc(), yield->getOperands());
  yield->erase();
  loop->replaceAllUsesWith(result.getResults());
  loop->erase();
}

/// Adds the tile to the slice in place; the runtime orders the tasks.
static void convertAtomicUpdate(task::AtomicUpdateOp op) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  auto sizes = tensor::getMixedSizes(builder, loc, op.getSource());
  SmallVector<OpFoldResult> offsets = getAsOpFoldResult(op.getOffsets());
  SmallVector<OpFoldResult> ones(offsets.size(), builder.getIndexAttr(1));
  Value slice = memref::SubViewOp::create(builder, loc, op.getDestination(), offsets, sizes, ones);
  auto type = RankedTensorType::get(cast<MemRefType>(slice.getType()).getShape(),
                                    cast<MemRefType>(slice.getType()).getElementType());
  Value present = bufferization::ToTensorOp::create(builder, loc, type, slice, /*restrict=*/true,
                                                    /*writable=*/true);
  Type element = getPlainElement(type.getElementType());
  Value sum = buildElementwise(builder, loc, present, ValueRange{present, op.getSource()},
                               [&](OpBuilder &b, Location at, ValueRange elements) -> Value {
                                 Value x = widen(b, at, elements[0]), y = widen(b, at, elements[1]);
                                 if (!isa<FloatType>(element))
                                   return arith::AddIOp::create(b, at, x, y);
                                 return narrow(b, at, arith::AddFOp::create(b, at, x, y), element);
                               });
  auto store = bufferization::MaterializeInDestinationOp::create(builder, loc, Type(), sum, slice);
  store.setRestrict(true);
  store.setWritable(true);
  op.erase();
}

static LogicalResult convertOp(Operation *op) {
  if (auto pipeline = dyn_cast<tile::PipelineOp>(op))
    return convertLoop(pipeline), success();
  if (auto parallel = dyn_cast<task::ParallelOp>(op))
    return convertLoop(parallel), success();
  if (auto update = dyn_cast<task::AtomicUpdateOp>(op))
    return convertAtomicUpdate(update), success();
  OpBuilder builder(op);
  if (auto concat = dyn_cast<tensor::ConcatOp>(op)) {
    FailureOr<SmallVector<Value>> parts = concat.decomposeOperation(builder);
    if (failed(parts))
      return failure();
    op->replaceAllUsesWith(*parts);
    op->erase();
    return success();
  }
  for (Type type : op->getResultTypes())
    if (auto tensor = dyn_cast<RankedTensorType>(type))
      if (isa<tile::TileDialect>(op->getDialect()) &&
          ShapedType::isDynamicShape(tile::getStorageShape(tensor)))
        return op->emitOpError("expects a tile in a kernel to have a static capacity, but got ")
               << tensor;
  Value value = lowerElementwise(builder, op);
  if (!value)
    value = lowerReduction(builder, op);
  if (!value)
    value = lowerShape(builder, op);
  if (!value)
    return success();
  op->getResult(0).replaceAllUsesWith(value);
  op->erase();
  return success();
}

/// Says in the IR that the extents of a partly valid tile are within its capacity, so that what
/// needs memory for it later finds a size.
static void boundExtents(task::KernelOp kernel) {
  DominanceInfo dominance(kernel);
  kernel.walk([&](tensor::ExtractSliceOp slice) {
    for (auto [size, capacity] :
         llvm::zip(slice.getMixedSizes(), tile::getStorageShape(slice.getType()))) {
      auto extent = dyn_cast<Value>(size);
      if (!extent || ShapedType::isDynamic(capacity))
        continue;
      FailureOr<int64_t> bound = ValueBoundsConstraintSet::computeConstantBound(
          presburger::BoundType::UB, {extent}, {}, /*closedUB=*/true);
      if (succeeded(bound) && *bound <= capacity)
        continue;
      OpBuilder builder(slice);
      AffineExpr either[] = {builder.getAffineSymbolExpr(0),
                             builder.getAffineConstantExpr(capacity)};
      Value bounded = affine::AffineMinOp::create(
          builder, slice.getLoc(), AffineMap::get(0, 1, either, builder.getContext()), extent);
      // All later uses, so that equal extents stay equal.
      extent.replaceUsesWithIf(bounded, [&](OpOperand &use) {
        return use.getOwner() != bounded.getDefiningOp() &&
               dominance.dominates(bounded, use.getOwner());
      });
    }
  });
}

/// Drops capacities and signs from every value of the body.
static void dropEncodings(task::KernelOp kernel) {
  auto drop = [](Value value) { value.setType(getPlainType(value.getType())); };
  OpBuilder builder(kernel.getContext());
  builder.setInsertionPointToStart(&kernel.getBody().front());
  for (BlockArgument argument : kernel.getBody().getArguments()) {
    Type plain = getPlainType(argument.getType());
    if (auto type = dyn_cast<MemRefType>(argument.getType()))
      plain = MemRefType::Builder(type).setElementType(getPlainElement(type.getElementType()));
    if (plain == argument.getType())
      continue;
    // The signature keeps the unsigned type; the bits are the same.
    auto view = UnrealizedConversionCastOp::create(builder, argument.getLoc(), plain, argument);
    argument.replaceAllUsesExcept(view.getResult(0), view);
  }
  kernel.getBody().walk([&](Operation *op) {
    llvm::for_each(op->getResults(), drop);
    for (Region &region : op->getRegions())
      for (Block &block : region)
        llvm::for_each(block.getArguments(), drop);
  });
}

namespace {
struct ConvertTileToLinalg : tilework::impl::ConvertTileToLinalgPassBase<ConvertTileToLinalg> {
  void runOnOperation() override {
    boundExtents(getOperation());
    SmallVector<Operation *> ops;
    getOperation().getBody().walk([&](Operation *op) { ops.push_back(op); });
    for (Operation *op : ops)
      if (failed(convertOp(op)))
        return signalPassFailure();
    dropEncodings(getOperation());
  }
};
} // namespace
