//===- ElideZeroProducts.cpp - zeroing by multiplication is a zero fill ---------===//
//
// What: `mul(t, 0.0)`, where t holds nothing but never-written elements and zeros, becomes a fill.
// Why:  authors zero a fresh buffer that way, at once or part by part; never-written elements
//       could be NaNs, and reading them would be an error.
// Form: traced → traced.
// Not:  products with tensors that hold anything else; a NaN times zero is a NaN.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Tile/Passes.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
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
/// Finds out which tensors hold zeros and never-written elements only. A carried value may be
/// assumed to while it is looked at: nothing else gets in unless an update brings it.
class ZeroTensors {
public:
  bool contains(Value tensor) { return !assumed.insert(tensor).second || isMadeOfZeros(tensor); }

private:
  bool isMadeOfZeros(Value tensor);
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
    return contains(slice.getSource());
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
