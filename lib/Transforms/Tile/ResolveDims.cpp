//===- ResolveDims.cpp - extents in terms of what they come from -------------------===//
//
// What: a `tensor.dim` of something computed becomes the scalar that the extent is known to equal:
//       the width of a slice, a bound of the kernel's argument, a constant.
// Why:  what is said about an extent where it arises (a tail is `min(chunk, rest)` wide) is lost
//       where it is asked for, behind products and loops. Regions that tasks declare widen to the
//       whole dimension then, and tasks that write tails side by side wait for each other.
// Form: graph, before access regions.
// Not:  extents that depend on the way through a branch.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Tile/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Affine/Transforms/Transforms.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Dominance.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"

namespace tilework::tile {
#define GEN_PASS_DEF_RESOLVEDIMSPASS
#include "lib/Transforms/Tile/Passes.h.inc"
} // namespace tilework::tile

using namespace mlir;
using namespace tilework;

//===---------------------------------------------------------------------------===//
// Decide
//===---------------------------------------------------------------------------===//

namespace {
/// An extent as a function of scalars.
struct Extent {
  AffineMap map;
  ValueDimList operands;
};
} // namespace

/// What the extent equals, computed from scalars that are there before `dim`.
static std::optional<Extent> findExtent(tensor::DimOp dim, const DominanceInfo &dominance) {
  std::optional<int64_t> index = dim.getConstantIndex();
  if (!index)
    return std::nullopt;
  // Scalars are where the search ends, but for extents of other tensors.
  auto isScalar = [](Value value, std::optional<int64_t> ofTensor, ValueBoundsConstraintSet &) {
    return !ofTensor && !value.getDefiningOp<tensor::DimOp>();
  };
  Extent extent;
  if (failed(ValueBoundsConstraintSet::computeBound(extent.map, extent.operands,
                                                    presburger::BoundType::EQ,
                                                    {dim.getSource(), *index}, isScalar)))
    return std::nullopt;
  auto isThere = [&](const auto &operand) {
    return !operand.second && dominance.properlyDominates(operand.first, dim);
  };
  return llvm::all_of(extent.operands, isThere) ? std::optional(extent) : std::nullopt;
}

//===---------------------------------------------------------------------------===//
// Apply
//===---------------------------------------------------------------------------===//

static void replaceBy(tensor::DimOp dim, const Extent &extent) {
  OpBuilder builder(dim);
  OpFoldResult value =
      affine::materializeComputedBound(builder, dim.getLoc(), extent.map, extent.operands);
  dim.getResult().replaceAllUsesWith(getValueOrCreateConstantIndexOp(builder, dim.getLoc(), value));
  dim.erase();
}

//===---------------------------------------------------------------------------===//
// Pass
//===---------------------------------------------------------------------------===//

namespace {
struct ResolveDimsPass : tile::impl::ResolveDimsPassBase<ResolveDimsPass> {
  void runOnOperation() override {
    DominanceInfo dominance(getOperation());
    SmallVector<tensor::DimOp> dims;
    getOperation()->walk([&](tensor::DimOp dim) { dims.push_back(dim); });
    for (tensor::DimOp dim : dims)
      if (std::optional<Extent> extent = findExtent(dim, dominance))
        replaceBy(dim, *extent);
  }
};
} // namespace
