//===- ReleaseTensors.cpp - tensors of a run live as long as they are used --------===//
//
// What: counts the holders of tensors at run time: `task.release` behind the last use of a value,
//       `task.retain` where a loop or a branch hands on a value that is used later as well.
// Why:  the memory of one layer is the next one's; a run needs what lives at once, not the sum.
// Form: graph → graph.
// Not:  when tasks that use the memory have ended, and its use for other tensors (the runtime).
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Task/Passes.h"

#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/SmallPtrSet.h"

namespace tilework::task {
#define GEN_PASS_DEF_RELEASETENSORSPASS
#include "lib/Transforms/Task/Passes.h.inc"
} // namespace tilework::task

using namespace mlir;
using namespace tilework;
using namespace tilework::task;

//===---------------------------------------------------------------------------===//
// Decide
//===---------------------------------------------------------------------------===//

namespace {
/// A value, and the operation before which something is done with it.
struct Point {
  Value value;
  Operation *before;
};

struct Plan {
  SmallVector<Point> retains, releases;
};

/// A value that holds a tensor is what allocates it, or what loops and branches hand on: their
/// results and the arguments of their regions. What is made of one, a view or a selection, is an
/// alias: it holds nothing.
///
/// Each operand that is handed on is one hold. A holder whose last use that is gives up its own;
/// for everything else the tensor is retained.
class Planner {
public:
  explicit Planner(EntryOp entry) : entry(entry) {}

  Plan plan() {
    entry.walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (!isHolder(op))
        return;
      for (Region &region : op->getRegions())
        for (Value argument : region.getArguments())
          decide(argument);
      for (Value result : op->getResults())
        decide(result);
    });
    entry.walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (!handsOn(op))
        return;
      for (OpOperand &operand : op->getOpOperands())
        if (mayBeHeld(operand.get()) && !moves.contains(&operand))
          result.retains.push_back({operand.get(), op});
    });
    return std::move(result);
  }

private:
  /// Whether the memrefs among its operands become results or arguments of regions.
  static bool handsOn(Operation *op) {
    return isa<RegionBranchOpInterface>(op) || (op->hasTrait<OpTrait::IsTerminator>() &&
                                                isa<RegionBranchOpInterface>(op->getParentOp()));
  }

  /// Whether the memrefs among its results hold tensors.
  static bool isHolder(Operation *op) { return isa<AllocOp, RegionBranchOpInterface>(op); }

  /// Arrays of the caller and of the orchestration are not.
  static bool mayBeHeld(Value value) {
    if (!isa<BaseMemRefType>(value.getType()))
      return false;
    Operation *op = value.getDefiningOp();
    if (!op)
      return !isa<EntryOp>(value.getParentBlock()->getParentOp());
    return isHolder(op) || llvm::any_of(op->getOperands(), mayBeHeld);
  }

  /// Where the hold of `holder` ends.
  void decide(Value holder) {
    if (!isa<BaseMemRefType>(holder.getType()))
      return;
    Block *block = holder.getParentBlock();
    SmallVector<Operation *> users = findUsers(holder);
    Operation *last = holder.getDefiningOp();
    for (Operation *user : users) {
      Operation *here = block->findAncestorOpInBlock(*user);
      if (!last || last->isBeforeInBlock(here))
        last = here;
    }
    bool isUsedInside =
        llvm::any_of(users, [&](Operation *user) { return last->isProperAncestor(user); });
    if (last && handsOn(last) && !isUsedInside)
      for (OpOperand &operand : last->getOpOperands())
        if (operand.get() == holder)
          return (void)moves.insert(&operand);
    Operation *before = !last                                     ? &block->front()
                        : last->hasTrait<OpTrait::IsTerminator>() ? last
                                                                  : last->getNextNode();
    result.releases.push_back({holder, before});
  }

  /// Of the value and its aliases.
  static SmallVector<Operation *> findUsers(Value holder) {
    SmallVector<Operation *> users;
    llvm::SetVector<Value> aliases;
    aliases.insert(holder);
    for (size_t i = 0; i < aliases.size(); ++i)
      for (Operation *user : aliases[i].getUsers()) {
        users.push_back(user);
        if (handsOn(user))
          continue;
        for (Value result : user->getResults())
          if (isa<BaseMemRefType>(result.getType()))
            aliases.insert(result);
      }
    return users;
  }

  EntryOp entry;
  llvm::SmallPtrSet<OpOperand *, 8> moves; ///< operands that holders give up
  Plan result;
};
} // namespace

/// What follows a use is in its block, and nobody has counted holders before.
static LogicalResult checkProgram(EntryOp entry) {
  WalkResult result = entry.walk([](Operation *op) {
    if (isa<RetainOp, ReleaseOp>(op)) {
      op->emitError("expects a program in which nothing is retained or released yet");
      return WalkResult::interrupt();
    }
    for (Region &region : op->getRegions())
      if (region.getBlocks().size() > 1) {
        op->emitError() << "expects regions of one block in a program, but got one of "
                        << region.getBlocks().size();
        return WalkResult::interrupt();
      }
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

//===---------------------------------------------------------------------------===//
// Apply
//===---------------------------------------------------------------------------===//

/// Before a terminator that hands on an alias of what is released, the alias is retained first.
static void applyPlan(const Plan &plan) {
  for (auto [value, before] : plan.retains) {
    OpBuilder builder(before);
    RetainOp::create(builder, before->getLoc(), value);
  }
  for (auto [value, before] : plan.releases) {
    OpBuilder builder(before);
    ReleaseOp::create(builder, value.getLoc(), value);
  }
}

//===---------------------------------------------------------------------------===//
// Pass
//===---------------------------------------------------------------------------===//

namespace {
struct ReleaseTensorsPass : task::impl::ReleaseTensorsPassBase<ReleaseTensorsPass> {
  void runOnOperation() override {
    if (failed(checkProgram(getOperation())))
      return signalPassFailure();
    applyPlan(Planner(getOperation()).plan());
  }
};
} // namespace
