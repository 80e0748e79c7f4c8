//===- Homes.cpp - in which memory the tiles of a kernel lie -----------------------===//

#include "lib/Conversion/TileToCore/Homes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tilework;

SmallVector<Carried> tilework::getCarried(Operation *op) {
  auto loop = cast<LoopLikeOpInterface>(op);
  SmallVector<Carried> carried;
  auto results = loop.getLoopResults();
  for (auto [init, argument, yielded, result] : llvm::zip_equal(
           loop.getInits(), loop.getRegionIterArgs(), loop.getYieldedValues(), *results))
    carried.push_back({init, argument, yielded, result});
  return carried;
}

/// What an argument of a `while` loop's regions is at first.
static Value getPassed(scf::WhileOp loop, BlockArgument argument) {
  unsigned index = argument.getArgNumber();
  return argument.getOwner() == loop.getBeforeBody() ? loop.getInits()[index]
                                                     : loop.getConditionOp().getArgs()[index];
}

static bool isLoop(Operation *op) {
  return isa<scf::ForOp, tile::PipelineOp, task::ParallelOp>(op);
}

bool Homes::isFixpipeCast(tile::CastOp op, Home input) {
  Type from = getElementTypeOrSelf(op.getInput().getType());
  Type to = getElementTypeOrSelf(op.getType());
  bool rounds =
      op.getRounding() == tile::Rounding::rint || op.getRounding() == tile::Rounding::none;
  return input == Home::l0c && rounds && from.isF32() && (to.isBF16() || to.isF16());
}

/// Whether a carried tile is what products are added to.
bool Homes::isAccumulated(Value value) const {
  return llvm::any_of(value.getUses(), [&](OpOperand &use) {
    Operation *user = use.getOwner();
    if (auto product = dyn_cast<tile::MatmulOp>(user))
      return product.getAcc() == value;
    if (isLoop(user) && use.getOperandNumber() >= 3)
      return llvm::any_of(getCarried(user), [&](const Carried &carried) {
        return carried.init == value && isAccumulated(carried.argument);
      });
    return false;
  });
}

Home Homes::computeCarried(Value init, Value argument) const {
  if (getHome(init) == Home::global)
    return Home::global;
  return isAccumulated(argument) ? Home::l0c : Home::ub;
}

Home Homes::computeHome(Value value) const {
  // A `while` loop carries tiles in ub: its condition stands between one iteration and the next.
  auto computePassed = [&](Value from) {
    return getHome(from) == Home::global ? Home::global : Home::ub;
  };
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    if (auto loop = dyn_cast<scf::WhileOp>(argument.getOwner()->getParentOp()))
      return computePassed(getPassed(loop, argument));
    for (const Carried &carried : getCarried(argument.getOwner()->getParentOp()))
      if (carried.argument == value)
        return computeCarried(carried.init, value);
    llvm_unreachable("tensor arguments are carried");
  }
  auto result = cast<OpResult>(value);
  Operation *op = result.getOwner();
  return llvm::TypeSwitch<Operation *, Home>(op)
      .Case([](bufferization::ToTensorOp) { return Home::global; })
      .Case([](tile::MatmulOp) { return Home::l0c; })
      .Case([&](tile::CastOp cast) {
        return isFixpipeCast(cast, getHome(cast.getInput())) ? Home::l0c : Home::ub;
      })
      .Case([&](tensor::InsertSliceOp insert) {
        return getHome(insert.getDest()) == Home::global ? Home::global : Home::ub;
      })
      .Case([&](tensor::InsertOp insert) {
        return getHome(insert.getDest()) == Home::global ? Home::global : Home::ub;
      })
      .Case([&](tensor::ExtractSliceOp extract) {
        Home source = getHome(extract.getSource());
        return source == Home::global || source == Home::slice ? Home::slice : Home::ub;
      })
      .Case([&](tile::FillpadOp fillpad) {
        return getHome(fillpad.getInput()) == Home::slice ? Home::slice : Home::ub;
      })
      .Case<scf::ForOp, tile::PipelineOp, task::ParallelOp>([&](Operation *loop) {
        Carried carried = getCarried(loop)[result.getResultNumber()];
        return computeCarried(carried.init, carried.argument);
      })
      .Case([&](scf::WhileOp loop) {
        return computePassed(loop.getConditionOp().getArgs()[result.getResultNumber()]);
      })
      .Case([&](scf::IfOp branch) {
        unsigned index = result.getResultNumber();
        Home first = getHome(branch.thenYield().getOperand(index));
        Home second = getHome(branch.elseYield().getOperand(index));
        return first == second && first != Home::slice ? first : Home::ub;
      })
      .Default([](Operation *) { return Home::ub; });
}

/// A sum and its accumulator are one buffer, and so is what loops and branches hand around.
void Homes::shareAccumulators(Operation *op) {
  auto share = [&](Value value, Value other) {
    if (getHome(value) == Home::l0c && getHome(other) == Home::l0c)
      accumulators.unionSets(value.getAsOpaquePointer(), other.getAsOpaquePointer());
  };
  if (auto product = dyn_cast<tile::MatmulOp>(op); product && product.getAcc())
    share(product, product.getAcc());
  if (auto cast = dyn_cast<tile::CastOp>(op))
    share(cast, cast.getInput());
  if (isLoop(op))
    for (const Carried &carried : getCarried(op)) {
      share(carried.argument, carried.result);
      share(carried.argument, carried.init);
      share(carried.argument, carried.yielded);
    }
  if (auto branch = dyn_cast<scf::IfOp>(op))
    for (OpResult result : branch.getResults())
      for (scf::YieldOp yield : {branch.thenYield(), branch.elseYield()})
        share(result, yield.getOperand(result.getResultNumber()));
}

Homes::Homes(task::KernelOp kernel) {
  auto record = [&](Operation *op) {
    for (OpResult result : op->getResults())
      if (isa<RankedTensorType>(result.getType()))
        homes[result] = computeHome(result);
  };
  // Results of region operations follow from their bodies, arguments from what stands before.
  std::function<void(Block &)> visit = [&](Block &block) {
    for (BlockArgument argument : block.getArguments())
      if (isa<RankedTensorType>(argument.getType()))
        homes[argument] = computeHome(argument);
    for (Operation &op : block) {
      for (Region &region : op.getRegions())
        for (Block &inner : region)
          visit(inner);
      record(&op);
    }
  };
  visit(kernel.getBody().front());
  kernel.getBody().walk([&](Operation *op) { shareAccumulators(op); });
}

Value Homes::getAccumulator(Value value) const {
  auto leader = accumulators.findLeader(value.getAsOpaquePointer());
  return leader == accumulators.member_end() ? value : Value::getFromOpaquePointer(*leader);
}

bool Homes::isAddedToBefore(Value value, Operation *user) const {
  if (auto cast = value.getDefiningOp<tile::CastOp>())
    return isAddedToBefore(cast.getInput(), user);
  return llvm::any_of(value.getUses(), [&](OpOperand &use) {
    Operation *op = use.getOwner();
    auto product = dyn_cast<tile::MatmulOp>(op);
    bool adds = product ? product.getAcc() == value
                        : isLoop(op) && llvm::any_of(getCarried(op), [&](const Carried &carried) {
                            return carried.init == value && getHome(carried.argument) == Home::l0c;
                          });
    Operation *reader = adds ? op->getBlock()->findAncestorOpInBlock(*user) : nullptr;
    return adds && (!reader || op->isBeforeInBlock(reader));
  });
}

Needs Homes::getNeeds(Value value) const {
  Needs needs;
  Home home = getHome(value);
  bool isOnChip = home == Home::ub || home == Home::l0c;
  for (OpOperand &use : value.getUses()) {
    Operation *user = use.getOwner();
    if (auto product = dyn_cast<tile::MatmulOp>(user)) {
      needs.l1 |= product.getAcc() != value || use.getOperandNumber() < 2;
    } else if (auto cast = dyn_cast<tile::CastOp>(user); cast && isFixpipeCast(cast, home)) {
      continue;
    } else if (isa<tensor::ExtractSliceOp, tile::FillpadOp>(user)) {
      needs.ub |= isOnChip;
    } else if (auto insert = dyn_cast<tensor::InsertSliceOp>(user)) {
      bool isStored = getHome(insert.getDest()) == Home::global;
      bool isSource = use.getOperandNumber() == 0;
      needs.ub |= !isStored || (isSource && !isOnChip) ||
                  (home == Home::l0c && isAddedToBefore(value, user));
    } else if (isa<bufferization::MaterializeInDestinationOp>(user)) {
      needs.ub |= home == Home::slice || (home == Home::l0c && isAddedToBefore(value, user));
    } else if (auto insert = dyn_cast<tensor::InsertOp>(user)) {
      needs.ub |= getHome(insert.getDest()) != Home::global;
    } else if (isa<tensor::ExtractOp>(user)) {
      needs.ub |= isOnChip || value.getDefiningOp<tile::FillpadOp>();
    } else if (isa<tensor::DimOp>(user)) {
      continue;
    } else if (isLoop(user)) {
      for (const Carried &carried : getCarried(user))
        needs.ub |= carried.init == value && getHome(carried.argument) == Home::ub;
    } else if (auto loop = dyn_cast<scf::WhileOp>(user)) {
      needs.ub |= getHome(loop.getBeforeArguments()[use.getOperandNumber()]) == Home::ub;
    } else if (isa<scf::ConditionOp>(user) || isa<scf::WhileOp>(user->getParentOp())) {
      needs.ub |= home != Home::global;
    } else if (isa<tile::YieldOp, scf::YieldOp, task::YieldOp>(user)) {
      OpResult result = user->getParentOp()->getResult(use.getOperandNumber());
      needs.ub |= getHome(result) == Home::ub;
    } else {
      needs.ub |=
          isa<tile::TileDialect, tensor::TensorDialect, task::TaskDialect>(user->getDialect()) ||
          isa<arith::SelectOp>(user);
    }
  }
  return needs;
}
