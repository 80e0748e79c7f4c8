//===- SplitSums.cpp - sums that cannot start in the accumulator -------------------===//
//
// What: a product that is added to a tile of the vector unit or of global memory becomes a product
//       from zero, and an addition. Where a loop only adds products, the addition stands after it.
// Why:  the device has no path into l0c: such a sum cannot be continued there.
// Form: fused → fused. Changes bits: the products are added up before the tile is (docs/rationale/
//       0011-split-sums.md). Every place gets a remark.
// Not:  sums that start at zero or with a product of the same scope.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Tile/Passes.h"
#include "lib/Transforms/Tile/Sums.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

namespace tilework::tile {
#define GEN_PASS_DEF_SPLITSUMSPASS
#include "lib/Transforms/Tile/Passes.h.inc"
} // namespace tilework::tile

using namespace mlir;
using namespace tilework;
using namespace tilework::tile;

//===---------------------------------------------------------------------------===//
// Decide
//===---------------------------------------------------------------------------===//

/// The loop that carries `argument`; a `while` loop's condition stands between its iterations.
static LoopLikeOpInterface getCarryingLoop(BlockArgument argument) {
  auto loop = dyn_cast<LoopLikeOpInterface>(argument.getOwner()->getParentOp());
  return loop && !isa<scf::WhileOp>(loop) && loop.getTiedLoopInit(argument) ? loop : nullptr;
}

/// The argument of a loop that `init` becomes, or none.
static BlockArgument getCarried(OpOperand &init) {
  auto loop = dyn_cast<LoopLikeOpInterface>(init.getOwner());
  return loop && !isa<scf::WhileOp>(loop) ? loop.getTiedLoopRegionIterArg(&init) : BlockArgument();
}

/// Whether products are added to `value`, if only in the loops it is handed to.
static bool isAddedTo(Value value) {
  return llvm::any_of(value.getUses(), [](OpOperand &use) { return addsTo(use); });
}

namespace {
/// Finds out what can lie in the accumulator: all that becomes of it has to. A carried value may be
/// assumed to while it is looked at.
class Accumulators {
public:
  explicit Accumulators(Operation *scope) : scope(scope) {}

  bool canHold(Value value) {
    if (!scope->isProperAncestor(value.getParentRegion()->getParentOp()) &&
        value.getParentRegion()->getParentOp() != scope)
      return false;
    return !assumed.insert(value).second || isMadeOfProducts(value) || isZeroTile(value);
  }

private:
  bool isMadeOfProducts(Value value);

  Operation *scope;
  DenseSet<Value> assumed;
};
} // namespace

bool Accumulators::isMadeOfProducts(Value value) {
  BlockArgument carried = dyn_cast<BlockArgument>(value);
  if (auto result = dyn_cast<OpResult>(value)) {
    if (isa<MatmulOp>(result.getOwner()))
      return true;
    if (auto branch = dyn_cast<scf::IfOp>(result.getOwner()))
      return llvm::all_of(ArrayRef{branch.thenYield(), branch.elseYield()},
                          [&](scf::YieldOp yield) {
                            Value yielded = yield.getOperand(result.getResultNumber());
                            return canHold(yielded) && !isZeroTile(yielded);
                          });
    auto loop = dyn_cast<LoopLikeOpInterface>(result.getOwner());
    if (loop && !isa<scf::WhileOp>(loop))
      carried = loop.getTiedLoopRegionIterArg(result);
  }
  LoopLikeOpInterface loop = carried ? getCarryingLoop(carried) : nullptr;
  if (!loop || !isAddedTo(carried))
    return false;
  OpOperand &start = *loop.getTiedLoopInit(carried);
  Value next = loop.getTiedLoopYieldedValue(carried)->get();
  return canHold(start.get()) && addsAlone(start) && canHold(next) && !isZeroTile(next);
}

/// Whether a loop does nothing with what it carries but add products.
static bool onlyAdds(BlockArgument carried) {
  LoopLikeOpInterface loop = getCarryingLoop(carried);
  Value value = carried;
  while (value.hasOneUse()) {
    OpOperand &use = *value.use_begin();
    if (auto product = dyn_cast<MatmulOp>(use.getOwner())) {
      if (product.getAcc() != value)
        return false;
      value = product;
    } else if (BlockArgument inner = getCarried(use)) {
      if (!onlyAdds(inner))
        return false;
      value = getCarryingLoop(inner).getTiedLoopResult(inner);
    } else {
      return value != carried && &use == loop.getTiedLoopYieldedValue(carried);
    }
  }
  return false;
}

//===---------------------------------------------------------------------------===//
// Apply
//===---------------------------------------------------------------------------===//

static void remarkSplit(Location loc) {
  remark::passed(loc, remark::RemarkOpts::name("SplitSum").category("tile-split-sums"))
      << "products are added up from zero and then added to the tile, which the cube cannot "
         "start from: the last bits of the sum change";
}

/// The products of all iterations from zero, added to what the loop started from.
static void splitLoop(LoopLikeOpInterface loop, BlockArgument carried) {
  OpBuilder builder(loop);
  OpOperand *init = loop.getTiedLoopInit(carried);
  Value start = init->get(), sum = loop.getTiedLoopResult(carried);
  auto type = cast<RankedTensorType>(start.getType());
  Location loc = loop.getTiedLoopYieldedValue(carried)->get().getLoc();
  SmallVector<Value> sizes;
  for (int64_t dim = 0; dim < type.getRank(); ++dim)
    if (type.isDynamicDim(dim))
      sizes.push_back(tensor::DimOp::create(builder, loc, start, dim));
  Value zero = arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type.getElementType()));
  init->set(FullOp::create(builder, loc, type, zero, sizes));
  builder.setInsertionPointAfter(loop);
  auto total = AddOp::create(builder, loc, type, start, sum);
  sum.replaceAllUsesExcept(total, total);
  remarkSplit(loc);
}

static void splitProduct(MatmulOp product) {
  OpBuilder builder(product);
  builder.setInsertionPointAfter(product);
  Value start = product.getAcc();
  product.getAccMutable().clear();
  auto total = AddOp::create(builder, product.getLoc(), product.getType(), start, product);
  product.getResult().replaceAllUsesExcept(total, total);
  remarkSplit(product.getLoc());
}

//===---------------------------------------------------------------------------===//
// Pass
//===---------------------------------------------------------------------------===//

/// Loops first, the outermost before those inside. Each sum that is split makes another value that
/// the accumulator cannot hold.
static void splitSums(task::ScopeOp scope) {
  auto canAdd = [&](OpOperand &use) {
    return Accumulators(scope).canHold(use.get()) && addsAlone(use);
  };
  scope.walk<WalkOrder::PreOrder>([&](LoopLikeOpInterface loop) {
    for (BlockArgument carried : SmallVector<BlockArgument>(loop.getRegionIterArgs()))
      if (getCarryingLoop(carried) && isAddedTo(carried) && onlyAdds(carried) &&
          !canAdd(*loop.getTiedLoopInit(carried)))
        splitLoop(loop, carried);
  });
  bool isSplit = true;
  while (isSplit) {
    isSplit = false;
    scope.walk([&](MatmulOp product) {
      if (!product.getAcc() || canAdd(*product.getAccMutable().begin()))
        return;
      splitProduct(product);
      isSplit = true;
    });
  }
}

namespace {
struct SplitSumsPass : tile::impl::SplitSumsPassBase<SplitSumsPass> {
  void runOnOperation() override { getOperation().walk(splitSums); }
};
} // namespace
