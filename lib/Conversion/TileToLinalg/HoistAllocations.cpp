//===- HoistAllocations.cpp - every buffer of a kernel at its entry ------------------===//
//
// What: moves the allocations of a kernel to its first block; one of a size that only the run knows
//       becomes a view of storage for the largest. Why: a buffer is claimed once per task, not once
//       per iteration, and how much a task claims is known beforehand.
// Form: kernel on memrefs → the same.
// Not:  sharing memory between buffers whose lifetimes do not meet.
//
//===---------------------------------------------------------------------------===//

#include "lib/Conversion/TileToLinalg/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"
#include "llvm/ADT/TypeSwitch.h"

namespace tilework {
#define GEN_PASS_DEF_HOISTALLOCATIONSPASS
#include "lib/Conversion/TileToLinalg/Passes.h.inc"
} // namespace tilework

using namespace mlir;

/// The buffers that a carried, chosen or cast one may have been first; none for other values.
static SmallVector<Value> getOrigins(Value buffer) {
  if (auto argument = dyn_cast<BlockArgument>(buffer)) {
    unsigned index = argument.getArgNumber();
    Operation *parent = argument.getOwner()->getParentOp();
    if (auto loop = dyn_cast<scf::ForOp>(parent))
      return {loop.getTiedLoopInit(argument)->get()};
    if (auto loop = dyn_cast<scf::WhileOp>(parent))
      return {argument.getOwner() == loop.getBeforeBody() ? loop.getInits()[index]
                                                          : loop.getConditionOp().getArgs()[index]};
    return {};
  }
  auto result = cast<OpResult>(buffer);
  unsigned index = result.getResultNumber();
  return llvm::TypeSwitch<Operation *, SmallVector<Value>>(result.getOwner())
      .Case([&](scf::ForOp loop) { return SmallVector<Value>{loop.getInitArgs()[index]}; })
      .Case([&](scf::WhileOp loop) {
        return SmallVector<Value>{loop.getConditionOp().getArgs()[index]};
      })
      .Case([&](scf::IfOp branch) {
        return SmallVector<Value>{branch.thenYield().getOperand(index),
                                  branch.elseYield().getOperand(index)};
      })
      .Case([&](arith::SelectOp select) {
        return SmallVector<Value>{select.getTrueValue(), select.getFalseValue()};
      })
      .Case([](memref::CastOp cast) { return SmallVector<Value>{cast.getSource()}; })
      .Default([](Operation *) { return SmallVector<Value>(); });
}

static std::optional<int64_t> getLargest(OpFoldResult size);

/// The largest extent of a buffer in one dimension, or none.
static std::optional<int64_t> getLargestExtent(Value buffer, int64_t dim) {
  auto type = cast<MemRefType>(buffer.getType());
  if (!type.isDynamicDim(dim))
    return type.getDimSize(dim);
  if (SmallVector<Value> origins = getOrigins(buffer); !origins.empty()) {
    int64_t largest = 0;
    for (Value origin : origins) {
      std::optional<int64_t> extent = getLargestExtent(origin, dim);
      if (!extent)
        return std::nullopt;
      largest = std::max(largest, *extent);
    }
    return largest;
  }
  unsigned index = type.getDynamicDimIndex(dim);
  if (auto alloc = buffer.getDefiningOp<memref::AllocOp>())
    return getLargest(alloc.getDynamicSizes()[index]);
  if (auto view = buffer.getDefiningOp<memref::ViewOp>())
    return getLargest(view.getSizes()[index]);
  if (auto slice = buffer.getDefiningOp<memref::SubViewOp>())
    if (slice.getDroppedDims().none())
      return getLargest(slice.getMixedSizes()[dim]);
  return std::nullopt;
}

/// The largest value of a size, or none. Value bounds do not see that a carried tile keeps its
/// extents, since a run-time check says so.
static std::optional<int64_t> getLargest(OpFoldResult size) {
  if (std::optional<int64_t> constant = getConstantIntValue(size))
    return constant;
  auto value = cast<Value>(size);
  if (auto dim = value.getDefiningOp<memref::DimOp>())
    return getLargestExtent(dim.getSource(), *dim.getConstantIndex());
  FailureOr<int64_t> bound = ValueBoundsConstraintSet::computeConstantBound(
      presburger::BoundType::UB, {value}, {}, /*closedUB=*/true);
  return succeeded(bound) ? std::optional(*bound) : std::nullopt;
}

/// Replaces an allocation of dynamic size by a view of bytes for its largest size.
static FailureOr<memref::AllocOp> makeStatic(memref::AllocOp op) {
  MemRefType type = op.getType();
  int64_t bytes = DataLayout::closest(op).getTypeSize(type.getElementType());
  for (int64_t size : type.getShape())
    bytes *= ShapedType::isDynamic(size) ? 1 : size;
  for (Value size : op.getDynamicSizes()) {
    std::optional<int64_t> largest = getLargest(size);
    if (!largest)
      return op.emitError("expects a tile whose extents only the run knows to be a slice with "
                          "`valid_shape`, or computed from one, but got ")
             << type;
    bytes *= *largest;
  }
  OpBuilder builder(op);
  auto storage = memref::AllocOp::create(
      builder, op.getLoc(), MemRefType::get({bytes}, builder.getI8Type()), op.getAlignmentAttr());
  Value start = arith::ConstantIndexOp::create(builder, op.getLoc(), 0);
  op->replaceAllUsesWith(
      memref::ViewOp::create(builder, op.getLoc(), type, storage, start, op.getDynamicSizes()));
  op->erase();
  return storage;
}

namespace {
struct HoistAllocations : tilework::impl::HoistAllocationsPassBase<HoistAllocations> {
  void runOnOperation() override {
    SmallVector<memref::AllocOp> allocations;
    getOperation().walk([&](memref::AllocOp op) { allocations.push_back(op); });
    Block &entry = getOperation().getBody().front();
    Operation *last = nullptr;
    for (memref::AllocOp op : allocations) {
      if (!op.getType().hasStaticShape()) {
        FailureOr<memref::AllocOp> storage = makeStatic(op);
        if (failed(storage))
          return signalPassFailure();
        op = *storage;
      }
      if (last)
        op->moveAfter(last);
      else
        op->moveBefore(&entry, entry.begin());
      last = op;
    }
  }
};
} // namespace
