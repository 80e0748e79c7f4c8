//===- InsertFlags.cpp - orders the pipes of each core ----------------------------===//
//
// What: sets and waits of flags wherever instructions of different pipes touch the same bytes.
// Why:  a pipe runs its instructions in order, but nothing orders those of two pipes.
// Form: placed without flags → placed.
// Not:  the cores of a group among each other; channels order them.
//
// Decide: InsertFlagsAccesses.cpp, InsertFlagsHazards.cpp and InsertFlagsRepeats.cpp,
// InsertFlagsEvents.cpp, InsertFlagsRelays.cpp, InsertFlagsRedundant.cpp, InsertFlagsTrace.cpp.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Core/InsertFlagsProof.h"
#include "lib/Transforms/Core/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace tilework::core {
#define GEN_PASS_DEF_INSERTFLAGSPASS
#include "lib/Transforms/Core/Passes.h.inc"
} // namespace tilework::core

using namespace mlir;
using namespace tilework;
using namespace tilework::core;

//===---------------------------------------------------------------------------===//
// Decide
//===---------------------------------------------------------------------------===//

/// Flags with events. What has no room becomes barriers, and the rest is decided again.
static FlagPlan decide(Accesses &accesses) {
  Relaxation relaxation;
  for (;;) {
    FlagPlan plan = planFlags(accesses, relaxation);
    if (!allocateEvents(plan, accesses, relaxation))
      continue;
    relayFlags(plan, accesses);
    dropRedundantFlags(plan, accesses);
    return plan;
  }
}

//===---------------------------------------------------------------------------===//
// Apply
//===---------------------------------------------------------------------------===//

namespace {
class Applier {
public:
  explicit Applier(const Accesses &accesses) : accesses(accesses) {}
  void apply(const FlagPlan &plan, MLIRContext *context);

private:
  Value getTurn(unsigned turn);
  void lend(OpBuilder &builder, const Flag &flag);
  void setAfter(OpBuilder &builder, const Flag &flag, Value slot);
  template <typename FlagOp> void insert(OpBuilder &builder, const Flag &flag, Value slot) {
    FlagOp::create(builder, flag.waitNode().op->getLoc(), flag.from, flag.to, flag.event, slot);
  }

  const Accesses &accesses;
  DenseMap<unsigned, Value> turnValues;
};
} // namespace

/// The slot of an iteration, at the start of the loop's body.
Value Applier::getTurn(unsigned number) {
  if (!number)
    return {};
  Value &value = turnValues[number];
  if (value)
    return value;
  const Turn &turn = accesses.turns[number];
  auto loop = cast<scf::ForOp>(turn.loop);
  for (auto op : loop.getBody()->getOps<TurnOp>())
    if (!value && static_cast<int64_t>(op.getSlots()) == turn.slots) {
      op->moveBefore(loop.getBody(), loop.getBody()->begin());
      value = op;
    }
  if (!value) {
    auto builder = OpBuilder::atBlockBegin(loop.getBody());
    value = TurnOp::create(builder, loop.getLoc(), loop.getInductionVar(), loop.getLowerBound(),
                           loop.getStep(), turn.slots);
  }
  return value;
}

/// Sets a returned flag before its loop and takes it back after it, once for each slot.
void Applier::lend(OpBuilder &builder, const Flag &flag) {
  Flag slotFlag = flag;
  for (int64_t slot = 0; slot < accesses.turns[flag.turn].slots; ++slot, ++slotFlag.event) {
    builder.setInsertionPoint(flag.loop);
    insert<SetFlagOp>(builder, slotFlag, {});
    builder.setInsertionPointAfter(flag.loop);
    if (!flag.isSpentAtEnd())
      insert<WaitFlagOp>(builder, slotFlag, {});
  }
}

/// After a branch, whichever way it goes: a `while` loop is left without its body.
void Applier::setAfter(OpBuilder &builder, const Flag &flag, Value slot) {
  Operation *op = flag.setNode().op;
  if (auto condition = dyn_cast<scf::ConditionOp>(op)) {
    auto loop = cast<scf::WhileOp>(op->getParentOp());
    builder.setInsertionPoint(loop.getAfterBody()->getTerminator());
    insert<SetFlagOp>(builder, flag, slot);
    if (flag.isSpentAtEnd())
      return;
    op = loop;
  }
  builder.setInsertionPointAfter(op);
  insert<SetFlagOp>(builder, flag, slot);
}

/// A barrier comes first. Before a loop its flags are lent before anything is awaited; after it
/// others are set before its flags are taken back: a set late or a wait early would order more than
/// it has to.
void Applier::apply(const FlagPlan &plan, MLIRContext *context) {
  OpBuilder builder(context);
  for (const Barrier &barrier : plan.barriers) {
    builder.setInsertionPoint(barrier.op);
    BarrierOp::create(builder, barrier.op->getLoc(), PipeAttr());
  }
  for (const Flag &flag : plan.flags)
    if (flag.isLent() && !flag.isBorrowed)
      lend(builder, flag);
  for (const Flag &flag : plan.flags) {
    if (flag.kind == Flag::guard)
      continue;
    Value slot = getTurn(flag.turn);
    if (flag.kind == Flag::exchanged) {
      builder.setInsertionPoint(flag.waitNode().op);
      insert<SetFlagOp>(builder, flag, slot);
    } else {
      setAfter(builder, flag, slot);
    }
    builder.setInsertionPoint(flag.waitNode().op);
    insert<WaitFlagOp>(builder, flag, slot);
  }
  for (const Flag &flag : plan.flags) {
    if (flag.kind != Flag::guard)
      continue;
    builder.setInsertionPoint(flag.setNode().op);
    insert<SetFlagOp>(builder, flag, {});
    builder.setInsertionPointAfter(flag.waitNode().op);
    insert<WaitFlagOp>(builder, flag, {});
  }
}

//===---------------------------------------------------------------------------===//
// Pass
//===---------------------------------------------------------------------------===//

namespace {
struct InsertFlagsPass : core::impl::InsertFlagsPassBase<InsertFlagsPass> {
  using InsertFlagsPassBase::InsertFlagsPassBase;

  LogicalResult runOnProgram(Block &program) {
    auto accesses = Accesses::read(program);
    if (failed(accesses))
      return failure();
    FlagPlan plan = decide(*accesses);
    for (const Flag &flag : plan.flags)
      report(flag, *accesses);
    for (auto [op, from, to] : plan.barriers) // printed without the program
      emitRemark(op->getLoc(), "a barrier stands here: flags from ")
          << stringifyPipe(from) << " to " << stringifyPipe(to) << " find no event";
    numBarriers += plan.barriers.size();
    Applier(*accesses).apply(plan, &getContext());
    return success();
  }

  static StringRef kindOf(const Flag &flag) {
    return flag.kind == Flag::guard ? ", guard" : flag.kind == Flag::returned ? ", returned" : "";
  }

  void report(const Flag &flag, const Accesses &accesses) {
    ++numFlags;
    numEvents += accesses.turns[flag.turn].slots;
    if (!dump)
      return;
    auto remark = flag.waitNode().op->emitRemark()
                  << stringifyPipe(flag.from) << " -> " << stringifyPipe(flag.to) << " event "
                  << flag.event << kindOf(flag);
    remark.attachNote(flag.setNode().op->getLoc()) << "set after this";
  }

  void runOnOperation() override {
    for (Operation &op : getOperation().getBody().front())
      if (isa<CubeProgramOp, VectorProgramOp>(op) && failed(runOnProgram(op.getRegion(0).front())))
        return signalPassFailure();
  }
};
} // namespace
