//===- Aliases.cpp - which tensors may lie in one memory ------------------------===//

#include "lib/Transforms/Task/Aliases.h"

#include "lib/Transforms/Task/Destinations.h"

#include "dialects/Tile/Tile.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "llvm/ADT/DenseSet.h"

using namespace mlir;
using namespace tilework;
using namespace tilework::task;

//===---------------------------------------------------------------------------===//
// Where a tensor comes from
//===---------------------------------------------------------------------------===//

static SmallVector<Value> getSources(BlockArgument argument) {
  Operation *parent = argument.getOwner()->getParentOp();
  unsigned index = argument.getArgNumber();
  if (auto loop = dyn_cast<scf::WhileOp>(parent)) {
    if (argument.getOwner() == loop.getBeforeBody())
      return {loop.getInits()[index], loop.getYieldOp().getResults()[index]};
    return {loop.getConditionOp().getArgs()[index]};
  }
  if (auto loop = dyn_cast<LoopLikeOpInterface>(parent))
    if (OpOperand *initial = loop.getTiedLoopInit(argument))
      return {initial->get(), loop.getTiedLoopYieldedValue(argument)->get()};
  return {};
}

SmallVector<Value> task::getSources(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value))
    return ::getSources(argument);
  auto result = cast<OpResult>(value);
  unsigned index = result.getResultNumber();
  Operation *op = result.getOwner();
  if (auto submit = dyn_cast<SubmitOp>(op))
    return {submit.getDestinations()[index]};
  if (auto scope = dyn_cast<ScopeOp>(op)) {
    Value yielded = scope.getBody().front().getTerminator()->getOperand(index);
    Value root = traceDestination(yielded, scope.getBody());
    bool isMade = !root || scope.getBody().isAncestor(root.getParentRegion());
    return isMade ? SmallVector<Value>() : SmallVector<Value>{root};
  }
  if (auto loop = dyn_cast<scf::WhileOp>(op))
    return {loop.getConditionOp().getArgs()[index]};
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return {branch.thenYield().getOperand(index), branch.elseYield().getOperand(index)};
  if (auto loop = dyn_cast<LoopLikeOpInterface>(op))
    return ::getSources(loop.getTiedLoopRegionIterArg(result));
  return llvm::to_vector(llvm::make_filter_range(
      op->getOperands(), [](Value operand) { return isa<ShapedType>(operand.getType()); }));
}

llvm::SetVector<Value> task::findOrigins(Value value) {
  llvm::SetVector<Value> reached, origins;
  reached.insert(value);
  for (unsigned index = 0; index < reached.size(); ++index) {
    SmallVector<Value> sources = getSources(reached[index]);
    if (sources.empty())
      origins.insert(reached[index]);
    reached.insert(sources.begin(), sources.end());
  }
  return origins;
}

Value task::findReadOnly(Value value) {
  for (Value origin : findOrigins(value))
    if (auto argument = dyn_cast<BlockArgument>(origin))
      if (auto entry = dyn_cast<EntryOp>(argument.getOwner()->getParentOp());
          entry && entry.getDirection(argument.getArgNumber()) == Direction::in)
        return origin;
  return {};
}

//===---------------------------------------------------------------------------===//
// Two tensors at once
//===---------------------------------------------------------------------------===//

Aliases::Aliases(EntryOp entry) {
  number(entry.getBody());
}

/// What an operation holds comes to be before its results.
void Aliases::number(Region &region) {
  auto add = [&](ValueRange values) {
    for (Value value : values) {
      moments[value] = next;
      if (isa<RankedTensorType>(value.getType()))
        tensors.push_back(value);
    }
    ++next;
  };
  for (Block &block : region) {
    add(block.getArguments());
    for (Operation &op : block) {
      for (Region &inner : op.getRegions())
        number(inner);
      ends[&op] = next;
      add(op.getResults());
    }
  }
}

/// The later of the two is what its sources are, and those were there when the other one was. Two
/// that come to be together are handed on together.
bool Aliases::mayAlias(Value a, Value b) const {
  SmallVector<std::pair<Value, Value>> pending = {{a, b}};
  llvm::DenseSet<std::pair<Value, Value>> visited;
  while (!pending.empty()) {
    auto [x, y] = pending.pop_back_val();
    if (x == y)
      return true;
    unsigned xMoment = moments.lookup(x), yMoment = moments.lookup(y);
    if (xMoment > yMoment)
      std::swap(x, y);
    if (!visited.insert({x, y}).second)
      continue;
    SmallVector<Value> sources = getSources(y);
    if (xMoment != yMoment)
      for (Value source : sources)
        pending.push_back({x, source});
    else
      for (auto [from, to] : llvm::zip(getSources(x), sources))
        pending.push_back({from, to});
  }
  return false;
}

//===---------------------------------------------------------------------------===//
// Uses that an update disturbs
//===---------------------------------------------------------------------------===//

/// Whether `user` may come after `writer` while a tensor of `region` stays the same one.
static bool mayFollow(Operation *user, Operation *writer, Region &region) {
  Region *common = &region;
  for (Region *inner = writer->getParentRegion(); inner != &region;
       inner = inner->getParentRegion())
    if (inner->isAncestor(user->getParentRegion())) {
      if (isa<LoopLikeOpInterface>(inner->getParentOp()))
        return true;
      if (common == &region)
        common = inner;
    }
  Operation *here = common->findAncestorOpInRegion(*writer);
  Operation *there = common->findAncestorOpInRegion(*user);
  if (here == there) // sides of a condition exclude each other, regions of a loop take turns
    return isa<scf::WhileOp>(here) && user != here;
  return here->isBeforeInBlock(there);
}

OpOperand *Aliases::findDisturbedUse(Operation *writer, Value destination) const {
  OpOperand *nearest = nullptr;
  auto isNearer = [&](OpOperand &use) {
    bool isHere = use.getOwner()->getBlock() == writer->getBlock();
    bool wasHere = nearest && nearest->getOwner()->getBlock() == writer->getBlock();
    return !nearest || isHere > wasHere ||
           (isHere == wasHere && ends.lookup(use.getOwner()) < ends.lookup(nearest->getOwner()));
  };
  auto isDisturbed = [&](OpOperand &use, Region &region) {
    Operation *user = use.getOwner();
    if (isa<tensor::DimOp>(user))
      return false;
    bool isOther = writer->isAncestor(user) && use.get() != destination;
    return isOther || mayFollow(user, writer, region);
  };
  for (Value tensor : tensors) {
    // what was never written has no contents that could change
    if (moments.lookup(tensor) >= ends.lookup(writer) || tensor.getDefiningOp<tile::EmptyOp>() ||
        !tensor.getParentRegion()->isAncestor(writer->getParentRegion()))
      continue;
    std::optional<bool> isAlias;
    for (OpOperand &use : tensor.getUses()) {
      if (!isDisturbed(use, *tensor.getParentRegion()) || !isNearer(use))
        continue;
      if (!isAlias)
        isAlias = mayAlias(tensor, destination);
      if (*isAlias)
        nearest = &use;
    }
  }
  return nearest;
}
