//===- ScheduleLoops.cpp - a unit goes on while it would wait --------------------------===//
//
// What: moves the later parts of an iteration, in which a unit waits for the other, to a later
//       iteration: the loop runs as much longer, and each part asks whether it has an iteration.
// Why:  pipes are in order. A cube that waits for the softmax of these scores could make the next.
// Form: group with instructions of both units in its body → the same, in another order.
// Not:  loops of one unit: there pipes run ahead by themselves. Peeling: bodies stand once.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Core/ScheduleLoops.h"
#include "lib/Transforms/Core/Passes.h"

#include "dialects/Tile/Tile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"

namespace tilework::core {
#define GEN_PASS_DEF_SCHEDULELOOPSPASS
#include "lib/Transforms/Core/Passes.h.inc"
} // namespace tilework::core

using namespace mlir;
using namespace tilework;
using namespace tilework::core;

//===---------------------------------------------------------------------------===//
// Decide: ScheduleLoopsModel.cpp
//===---------------------------------------------------------------------------===//

//===---------------------------------------------------------------------------===//
// Apply
//===---------------------------------------------------------------------------===//

namespace {
class Rescheduler {
public:
  Rescheduler(LoopLikeOpInterface loop, const StagePlan &plan)
      : loop(loop), plan(plan), builder(loop), loc(loop.getLoc()) {}
  void run();

private:
  Value multiply(Value step, int64_t factor);
  Block *createLoop();
  void createStage(int64_t stage);
  void handOn(const HandedTile &tile);
  Value getIteration(int64_t stage);
  scf::IfOp createGuard(int64_t stage);

  LoopLikeOpInterface loop;
  const StagePlan &plan;
  OpBuilder builder;
  Location loc;
  Value lower, upper, step, counter;
  DenseMap<std::pair<Value, int64_t>, Value> copies; ///< of a buffer, so many stages later
};
} // namespace

Value Rescheduler::multiply(Value value, int64_t factor) {
  if (factor == 1)
    return value;
  Value constant = arith::ConstantIndexOp::create(builder, loc, factor);
  return arith::MulIOp::create(builder, loc, value, constant);
}

/// A loop with the iterations of all stages.
Block *Rescheduler::createLoop() {
  Value more = multiply(step, plan.count - 1);
  Value end = arith::AddIOp::create(builder, loc, upper, more);
  Region *region;
  if (auto pipeline = dyn_cast<tile::PipelineOp>(*loop)) {
    auto created = tile::PipelineOp::create(builder, loc, TypeRange(), lower, end, step,
                                            ValueRange(), pipeline.getStagesAttr());
    region = &created.getBody();
  } else {
    auto created = scf::ForOp::create(builder, loc, lower, end, step);
    region = &created.getRegion();
    region->getBlocks().clear();
  }
  Block *body = builder.createBlock(region);
  counter = body->addArgument(builder.getIndexType(), loc);
  if (isa<tile::PipelineOp>(*loop))
    tile::YieldOp::create(builder, loc, ValueRange());
  else
    scf::YieldOp::create(builder, loc);
  return body;
}

/// The iteration of the author's loop that a stage carries out.
Value Rescheduler::getIteration(int64_t stage) {
  if (!stage)
    return counter;
  return arith::SubIOp::create(builder, loc, counter, multiply(step, stage));
}

/// Holds where a stage has an iteration.
scf::IfOp Rescheduler::createGuard(int64_t stage) {
  Value iteration = getIteration(stage), holds;
  auto demand = [&](arith::CmpIPredicate predicate, Value bound) {
    Value more = arith::CmpIOp::create(builder, loc, predicate, iteration, bound);
    holds = holds ? arith::AndIOp::create(builder, loc, holds, more).getResult() : more;
  };
  if (stage)
    demand(arith::CmpIPredicate::sge, lower);
  if (stage + 1 < plan.count)
    demand(arith::CmpIPredicate::slt, upper);
  return scf::IfOp::create(builder, loc, holds, /*withElseRegion=*/false);
}

void Rescheduler::createStage(int64_t stage) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(createGuard(stage).thenYield());
  IRMapping mapping;
  mapping.map(*loop.getSingleInductionVar(), getIteration(stage));
  for (const HandedTile &tile : plan.tiles)
    if (stage > tile.maker && stage <= tile.latest)
      mapping.map(tile.buffer, copies.lookup({tile.buffer, stage - tile.maker}));
  for (Operation &op : loop.getLoopRegions().front()->front().without_terminator()) {
    auto found = plan.stages.find(&op);
    bool isHere =
        found == plan.stages.end() ? !isa<tile::CheckOp>(op) || stage == 0 : found->second == stage;
    if (isHere)
      builder.clone(op, mapping);
  }
}

/// Keeps a tile for the later stages: at the end of a step each copy takes over from the one
/// before.
void Rescheduler::handOn(const HandedTile &tile) {
  OpBuilder beside(builder);
  beside.setInsertionPointAfterValue(tile.buffer);
  for (int64_t later = 1; later <= tile.latest - tile.maker; ++later)
    copies[{tile.buffer, later}] = BufferOp::create(
        beside, tile.buffer.getLoc(), tile.buffer.getType(), IntegerAttr(), IntegerAttr());
}

void Rescheduler::run() {
  lower = getValueOrCreateConstantIndexOp(builder, loc, *loop.getSingleLowerBound());
  upper = getValueOrCreateConstantIndexOp(builder, loc, *loop.getSingleUpperBound());
  step = getValueOrCreateConstantIndexOp(builder, loc, *loop.getSingleStep());
  for (auto [channel, slots] : plan.slots)
    channel.setType(cast<ChannelType>(channel.getType()).withSlots(slots));
  for (const HandedTile &tile : plan.tiles)
    handOn(tile);
  Block *body = createLoop();
  builder.setInsertionPoint(body->getTerminator());
  for (int64_t stage = 0; stage < plan.count; ++stage)
    createStage(stage);
  // The farthest copies first: each takes what the one before has had.
  for (int64_t later = plan.count - 1; later > 0; --later)
    for (const HandedTile &tile : plan.tiles) {
      Value to = copies.lookup({tile.buffer, later});
      if (!to)
        continue;
      Value from = later == 1 ? tile.buffer : copies.lookup({tile.buffer, later - 1});
      OpBuilder::InsertionGuard guard(builder);
      builder.setInsertionPoint(createGuard(tile.maker + later - 1).thenYield());
      MoveOp::create(builder, tile.buffer.getLoc(), from, to, /*transpose=*/false);
    }
  loop->erase();
}

//===---------------------------------------------------------------------------===//
// Pass
//===---------------------------------------------------------------------------===//

namespace {
struct ScheduleLoops : tilework::core::impl::ScheduleLoopsPassBase<ScheduleLoops> {
  using ScheduleLoopsPassBase::ScheduleLoopsPassBase;

  void runOnOperation() override {
    FailureOr<const Device *> device = findDevice(getOperation()->getParentOfType<ModuleOp>());
    if (failed(device))
      return signalPassFailure();
    SmallVector<LoopLikeOpInterface> loops;
    getOperation().walk<WalkOrder::PostOrder>([&](LoopLikeOpInterface loop) {
      if (isa<scf::ForOp, tile::PipelineOp>(*loop) && !loop->getParentOfType<CubeProgramOp>() &&
          !loop->getParentOfType<VectorProgramOp>())
        loops.push_back(loop);
    });
    for (LoopLikeOpInterface loop : loops) {
      StagePlan plan = planStages(loop, **device, mostStages);
      if (plan.count == 1)
        continue;
      if (dump)
        loop->emitRemark("takes ")
            << plan.count << " stages: some iterations take " << plan.cyclesAfter
            << " cycles instead of " << plan.cyclesBefore << " by the model";
      Rescheduler(loop, plan).run();
      ++numScheduled;
    }
  }
};
} // namespace
