//===- ElideZeroProducts.cpp - zeroing by multiplication is a zero fill ---------===//
//
// What: `mul(t, 0.0)`, where t holds nothing but never-written elements and zeros, becomes a fill.
// Why:  authors zero a fresh buffer that way, at once or part by part, each part perhaps just
//       before it is filled; never-written elements could be NaNs, and reading them an error.
// Form: traced → traced.
// Not:  products with tensors that hold anything else; a NaN times zero is a NaN.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Tile/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

namespace tilework::tile {
#define GEN_PASS_DEF_ELIDEZEROPRODUCTSPASS
#include "lib/Transforms/Tile/Passes.h.inc"
} // namespace tilework::tile

using namespace mlir;
using namespace tilework;
using namespace tilework::tile;

//===---------------------------------------------------------------------------===//
// Decide
//===---------------------------------------------------------------------------===//

static bool isZero(Value value) {
  return matchPattern(value, m_PosZeroFloat()) || matchPattern(value, m_Zero());
}

static bool isZeroProduct(MulOp product) {
  return !isa<ShapedType>(product.getRhs().getType()) && isZero(product.getRhs());
}

namespace {
/// Where a slice starts along a dimension, as a loop sees it: scale * induction variable + shift,
/// plus `rest`, of which nothing is known.
struct Offset {
  Value rest;
  int64_t scale = 0, shift = 0;

  bool operator==(const Offset &other) const {
    return rest == other.rest && scale == other.scale && shift == other.shift;
  }
};
} // namespace

static Offset findOffset(OpFoldResult start, Value induction) {
  if (std::optional<int64_t> constant = getConstantIntValue(start))
    return {{}, 0, *constant};
  auto value = cast<Value>(start);
  if (value == induction)
    return {{}, 1, 0};
  if (auto sum = value.getDefiningOp<arith::AddIOp>()) {
    Offset lhs = findOffset(sum.getLhs(), induction), rhs = findOffset(sum.getRhs(), induction);
    if (!lhs.rest || !rhs.rest)
      return {lhs.rest ? lhs.rest : rhs.rest, lhs.scale + rhs.scale, lhs.shift + rhs.shift};
  }
  if (auto product = value.getDefiningOp<arith::MulIOp>()) {
    Offset lhs = findOffset(product.getLhs(), induction);
    std::optional<int64_t> factor = getConstantIntValue(product.getRhs());
    if (!lhs.rest && factor)
      return {{}, lhs.scale * *factor, lhs.shift * *factor};
  }
  return {value, 0, 0};
}

/// True when the updates that make `value` of `start` are inserts, which are put into `updates`.
static bool findUpdates(Value value, Value start,
                        SmallVectorImpl<OffsetSizeAndStrideOpInterface> &updates) {
  if (value == start)
    return true;
  auto result = dyn_cast<OpResult>(value);
  if (!result)
    return false;
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(result.getOwner())) {
    updates.push_back(insert);
    return findUpdates(insert.getDest(), start, updates);
  }
  if (isa<task::ScopeOp, task::AutoOp>(result.getOwner()))
    return findUpdates(result.getOwner()->getRegion(0).front().getTerminator()->getOperand(
                           result.getResultNumber()),
                       start, updates);
  auto loop = dyn_cast<LoopLikeOpInterface>(result.getOwner());
  if (!loop || isa<scf::WhileOp>(result.getOwner()))
    return false;
  BlockArgument carried = loop.getTiedLoopRegionIterArg(result);
  return carried && findUpdates(loop.getTiedLoopYieldedValue(carried)->get(), carried, updates) &&
         findUpdates(loop.getTiedLoopInit(carried)->get(), start, updates);
}

/// True when no iteration of `loop` updates what `slice` reads of `carried` in another one: along
/// some dimension all of them move on by at least their size.
static bool isApartInEveryIteration(tensor::ExtractSliceOp slice, LoopLikeOpInterface loop,
                                    BlockArgument carried) {
  std::optional<Value> induction = loop.getSingleInductionVar();
  std::optional<OpFoldResult> distance = loop.getSingleStep();
  SmallVector<OffsetSizeAndStrideOpInterface> rectangles{slice};
  if (!induction || !distance ||
      !findUpdates(loop.getTiedLoopYieldedValue(carried)->get(), carried, rectangles))
    return false;
  std::optional<int64_t> step = getConstantIntValue(*distance);
  for (int64_t dim = 0; step && dim < slice.getSourceType().getRank(); ++dim) {
    Offset first = findOffset(slice.getMixedOffsets()[dim], *induction);
    bool isInvariant =
        !first.rest || !loop->isAncestor(first.rest.getParentRegion()->getParentOp());
    if (isInvariant && llvm::all_of(rectangles, [&](OffsetSizeAndStrideOpInterface rectangle) {
          std::optional<int64_t> size = getConstantIntValue(rectangle.getMixedSizes()[dim]);
          return size && first.scale * *step >= *size &&
                 findOffset(rectangle.getMixedOffsets()[dim], *induction) == first;
        }))
      return true;
  }
  return false;
}

namespace {
/// Finds out which tensors hold zeros and never-written elements only. A carried value may be
/// assumed to while it is looked at: nothing else gets in unless an update brings it.
class ZeroTensors {
public:
  bool contains(Value tensor) { return !assumed.insert(tensor).second || isMadeOfZeros(tensor); }

private:
  bool isMadeOfZeros(Value tensor);
  bool isPartOfZeros(tensor::ExtractSliceOp slice);
  bool isCarried(LoopLikeOpInterface loop, BlockArgument carried) {
    return carried && contains(loop.getTiedLoopInit(carried)->get()) &&
           contains(loop.getTiedLoopYieldedValue(carried)->get());
  }

  DenseSet<Value> assumed;
};
} // namespace

bool ZeroTensors::isMadeOfZeros(Value tensor) {
  if (auto argument = dyn_cast<BlockArgument>(tensor)) {
    auto loop = dyn_cast<LoopLikeOpInterface>(argument.getOwner()->getParentOp());
    return loop && !isa<scf::WhileOp>(loop) && loop.getTiedLoopInit(argument) &&
           isCarried(loop, argument);
  }
  Operation *op = tensor.getDefiningOp();
  unsigned index = cast<OpResult>(tensor).getResultNumber();
  if (isa<EmptyOp>(op))
    return true;
  if (auto full = dyn_cast<FullOp>(op))
    return isZero(full.getValue());
  if (auto product = dyn_cast<MulOp>(op))
    return isZeroProduct(product) && contains(product.getLhs());
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op))
    return contains(slice.getSource()) || isPartOfZeros(slice);
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
    return contains(insert.getSource()) && contains(insert.getDest());
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return contains(branch.thenYield().getOperand(index)) &&
           contains(branch.elseYield().getOperand(index));
  if (isa<task::ScopeOp, task::AutoOp>(op))
    return contains(op->getRegion(0).front().getTerminator()->getOperand(index));
  if (auto loop = dyn_cast<LoopLikeOpInterface>(op); loop && !isa<scf::WhileOp>(op))
    return isCarried(loop, loop.getTiedLoopRegionIterArg(cast<OpResult>(tensor)));
  return false;
}

/// A part of a carried tensor that no earlier iteration has updated is what it was at first.
bool ZeroTensors::isPartOfZeros(tensor::ExtractSliceOp slice) {
  Value tensor = slice.getSource();
  while (auto argument = dyn_cast<BlockArgument>(tensor)) {
    auto loop = dyn_cast<LoopLikeOpInterface>(argument.getOwner()->getParentOp());
    if (!loop || isa<scf::WhileOp>(loop) || !loop.getTiedLoopInit(argument) ||
        !isApartInEveryIteration(slice, loop, argument))
      return false;
    tensor = loop.getTiedLoopInit(argument)->get();
  }
  return ZeroTensors().contains(tensor);
}

//===---------------------------------------------------------------------------===//
// Apply
//===---------------------------------------------------------------------------===//

static void apply(MulOp product) {
  OpBuilder builder(product);
  auto type = cast<RankedTensorType>(product.getType());
  SmallVector<Value> sizes;
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    if (type.isDynamicDim(dim))
      sizes.push_back(tensor::DimOp::create(builder, product.getLoc(), product.getLhs(), dim));
  product.replaceAllUsesWith(
      FullOp::create(builder, product.getLoc(), type, product.getRhs(), sizes).getResult());
  product.erase();
}

//===---------------------------------------------------------------------------===//
// Pass
//===---------------------------------------------------------------------------===//

namespace {
struct ElideZeroProductsPass : tile::impl::ElideZeroProductsPassBase<ElideZeroProductsPass> {
  void runOnOperation() override {
    SmallVector<MulOp> elided;
    getOperation().walk([&](MulOp product) {
      if (isZeroProduct(product) && ZeroTensors().contains(product.getLhs()))
        elided.push_back(product);
    });
    llvm::for_each(elided, apply);
  }
};
} // namespace
