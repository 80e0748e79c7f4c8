//===- Destinations.cpp - which global tensor a value updates -------------------===//

#include "lib/Transforms/Task/Destinations.h"

#include "dialects/Task/Task.h"
#include "dialects/Tile/Tile.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace tilework;

//===---------------------------------------------------------------------------===//
// Backwards: what a value updates
//===---------------------------------------------------------------------------===//

/// `initial` when an iteration that starts from it ends with an update of the same tensor.
static Value traceCarried(Value initial, Value next, Region &scope) {
  Value root = traceDestination(initial, scope);
  return root && root == traceDestination(next, scope) ? root : Value();
}

static Value traceWhile(scf::WhileOp loop, OpResult result, Region &scope) {
  Value leaving = loop.getConditionOp().getArgs()[result.getResultNumber()];
  Value root = traceDestination(leaving, scope);
  for (auto [init, before, next] :
       llvm::zip(loop.getInits(), loop.getBeforeArguments(), loop.getYieldOp().getResults()))
    if (root && traceDestination(before, scope) == root && !traceCarried(init, next, scope))
      return {};
  return root;
}

static Value traceResult(OpResult result, Region &scope) {
  Operation *op = result.getOwner();
  if (auto loop = dyn_cast<scf::WhileOp>(op))
    return traceWhile(loop, result, scope);
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    unsigned index = result.getResultNumber();
    Value root = traceDestination(branch.thenYield().getOperand(index), scope);
    return root == traceDestination(branch.elseYield().getOperand(index), scope) ? root : Value();
  }
  if (auto loop = dyn_cast<LoopLikeOpInterface>(op)) {
    BlockArgument carried = loop.getTiedLoopRegionIterArg(result);
    return traceCarried(loop.getTiedLoopInit(carried)->get(),
                        loop.getTiedLoopYieldedValue(carried)->get(), scope);
  }
  return result;
}

static Value traceArgument(BlockArgument argument, Region &scope) {
  Operation *parent = argument.getOwner()->getParentOp();
  if (auto loop = dyn_cast<scf::WhileOp>(parent)) {
    bool isBefore = argument.getOwner() == loop.getBeforeBody();
    ValueRange from =
        isBefore ? ValueRange(loop.getInits()) : ValueRange(loop.getConditionOp().getArgs());
    return traceDestination(from[argument.getArgNumber()], scope);
  }
  if (auto loop = dyn_cast<LoopLikeOpInterface>(parent))
    if (OpOperand *initial = loop.getTiedLoopInit(argument))
      return traceDestination(initial->get(), scope);
  return argument;
}

Value tilework::traceDestination(Value value, Region &scope) {
  while (value && scope.isAncestor(value.getParentRegion())) {
    if (auto argument = dyn_cast<BlockArgument>(value))
      return traceArgument(argument, scope);
    if (auto insert = value.getDefiningOp<tensor::InsertSliceOp>())
      value = insert.getDest();
    else if (auto insert = value.getDefiningOp<tensor::InsertOp>())
      value = insert.getDest();
    else if (value.getDefiningOp()->getNumRegions())
      return traceResult(cast<OpResult>(value), scope);
    else
      return value;
  }
  return value;
}

//===---------------------------------------------------------------------------===//
// Forwards: who reads it
//===---------------------------------------------------------------------------===//

/// The values that are `use`'s tensor after its user passed it on or updated it.
static SmallVector<Value> getSuccessors(OpOperand &use) {
  Operation *user = use.getOwner();
  if (isa<tensor::InsertSliceOp, tensor::InsertOp>(user) && use.getOperandNumber() == 1)
    return {user->getResult(0)};
  unsigned index = use.getOperandNumber();
  Operation *parent = user->getParentOp();
  if (auto loop = dyn_cast<scf::WhileOp>(user))
    return {loop.getBeforeArguments()[index]};
  if (isa<scf::ConditionOp>(user)) {
    auto loop = cast<scf::WhileOp>(parent);
    return {loop.getAfterArguments()[index - 1], loop.getResult(index - 1)};
  }
  if (auto loop = dyn_cast<LoopLikeOpInterface>(user))
    if (BlockArgument carried = loop.getTiedLoopRegionIterArg(&use))
      return {carried, loop.getTiedLoopResult(&use)};
  if (!user->hasTrait<OpTrait::IsTerminator>())
    return {};
  if (isa<scf::IfOp>(parent))
    return {parent->getResult(index)};
  if (auto loop = dyn_cast<scf::WhileOp>(parent))
    return {loop.getBeforeArguments()[index]};
  if (auto loop = dyn_cast<LoopLikeOpInterface>(parent))
    return {loop.getRegionIterArgs()[index], (*loop.getLoopResults())[index]};
  return {};
}

/// True for uses that do not look at elements.
static bool isHarmless(Operation *user) {
  return isa<tensor::DimOp>(user) || user->hasTrait<OpTrait::IsTerminator>();
}

bool tilework::isRead(Value tensor, Region &scope) {
  llvm::SetVector<Value> pending;
  pending.insert(tensor);
  for (unsigned next = 0; next < pending.size(); ++next)
    for (OpOperand &use : pending[next].getUses()) {
      if (!scope.isAncestor(use.getOwner()->getParentRegion()))
        continue;
      SmallVector<Value> successors = getSuccessors(use);
      if (successors.empty() && !isHarmless(use.getOwner()))
        return true;
      pending.insert(successors.begin(), successors.end());
    }
  return false;
}

bool task::isTileWork(Operation *op) {
  if (auto insert = dyn_cast<tensor::InsertOp>(op)) {
    Value root = traceDestination(insert.getDest(), op->getParentOfType<EntryOp>().getBody());
    return !root || !root.getDefiningOp<tensor::SplatOp>();
  }
  if (isa<tensor::InsertSliceOp>(op))
    return true;
  return isa_and_nonnull<tile::TileDialect>(op->getDialect()) &&
         !isa<tile::EmptyOp, tile::CheckOp, tile::YieldOp>(op);
}

//===---------------------------------------------------------------------------===//
// Names
//===---------------------------------------------------------------------------===//

StringRef tilework::findName(Value value) {
  for (int steps = 0; value && steps < 64; ++steps) {
    if (auto name = dyn_cast<NameLoc>(value.getLoc()))
      return name.getName();
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      auto loop = dyn_cast<LoopLikeOpInterface>(argument.getOwner()->getParentOp());
      OpOperand *initial = loop ? loop.getTiedLoopInit(argument) : nullptr;
      value = initial ? initial->get() : Value();
    } else if (auto submit = value.getDefiningOp<task::SubmitOp>()) {
      unsigned index = cast<OpResult>(value).getResultNumber();
      value = index < submit.getDestinations().size() ? submit.getDestinations()[index] : Value();
    } else if (auto loop = dyn_cast<LoopLikeOpInterface>(value.getDefiningOp())) {
      BlockArgument carried = loop.getTiedLoopRegionIterArg(cast<OpResult>(value));
      value = carried ? loop.getTiedLoopInit(carried)->get() : Value();
    } else if (auto branch = value.getDefiningOp<scf::IfOp>()) {
      value = branch.thenYield().getOperand(cast<OpResult>(value).getResultNumber());
    } else {
      return "";
    }
  }
  return "";
}
