//===- PipelineLoops.cpp - a slot per stage --------------------------------------------===//
//
// What: makes rings of slots of the buffers that an iteration of a loop fills and uses up: as many
//       as a `tile.pipeline` asks for, or as pay. A `tile.pipeline` becomes an ordinary loop.
// Why:  pipes run ahead of each other as far as there is room to write to.
// Form: split group → split group without tile.pipeline.
// Not:  moving instructions to other iterations.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Core/PipelineLoops.h"
#include "lib/Transforms/Core/Passes.h"
#include "lib/Transforms/Core/Views.h"

#include "dialects/Tile/Tile.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace tilework::core {
#define GEN_PASS_DEF_PIPELINELOOPSPASS
#include "lib/Transforms/Core/Passes.h.inc"
} // namespace tilework::core

using namespace mlir;
using namespace tilework;
using namespace tilework::core;
using tile::PipelineOp;

//===---------------------------------------------------------------------------===//
// Decide: PipelineLoopsModel.cpp
//===---------------------------------------------------------------------------===//

//===---------------------------------------------------------------------------===//
// Apply
//===---------------------------------------------------------------------------===//

static void addSlots(const SlotDecision &decision) {
  BufferOp buffer = decision.buffer;
  LoopLikeOpInterface loop = decision.loop;
  auto type = cast<MemRefType>(buffer.getType());
  SmallVector<int64_t> shape{decision.slots};
  llvm::append_range(shape, type.getShape());
  OpBuilder builder(buffer);
  MemRefType ringType = MemRefType::Builder(type).setShape(shape);
  auto ring = BufferOp::create(builder, buffer.getLoc(), ringType, IntegerAttr(),
                               builder.getI64IntegerAttr(decision.slots));
  builder.setInsertionPoint(loop);
  Value lower =
      getValueOrCreateConstantIndexOp(builder, loop.getLoc(), *loop.getSingleLowerBound());
  Value step = getValueOrCreateConstantIndexOp(builder, loop.getLoc(), *loop.getSingleStep());
  builder.setInsertionPointToStart(&loop.getLoopRegions().front()->front());
  Value turn = TurnOp::create(builder, loop.getLoc(), *loop.getSingleInductionVar(), lower, step,
                              decision.slots);
  Value slot = SlotOp::create(builder, buffer.getLoc(), ring, turn);
  replaceBuffer(buffer, slot);
  buffer->erase();
}

static void convertLoop(PipelineOp loop) {
  OpBuilder builder(loop);
  auto result = scf::ForOp::create(builder, loop.getLoc(), loop.getLower(), loop.getUpper(),
                                   loop.getStep(), loop.getInitArgs());
  result.getRegion().takeBody(loop.getBody());
  Operation *yield = result.getBody()->getTerminator();
  builder.setInsertionPoint(yield);
  scf::YieldOp::create(builder, yield->getLoc(), yield->getOperands());
  yield->erase();
  loop->replaceAllUsesWith(result.getResults());
  loop->erase();
}

//===---------------------------------------------------------------------------===//
// Pass
//===---------------------------------------------------------------------------===//

namespace {
struct PipelineLoops : tilework::core::impl::PipelineLoopsPassBase<PipelineLoops> {
  using PipelineLoopsPassBase::PipelineLoopsPassBase;

  void runOnOperation() override {
    FailureOr<const Device *> device = findDevice(getOperation()->getParentOfType<ModuleOp>());
    if (failed(device))
      return signalPassFailure();
    SmallVector<Operation *> programs;
    SmallVector<PipelineOp> loops;
    getOperation().walk([&](Operation *op) {
      if (isa<CubeProgramOp, VectorProgramOp>(op))
        programs.push_back(op);
      if (auto loop = dyn_cast<PipelineOp>(op))
        loops.push_back(loop);
    });
    for (Operation *program : programs) {
      SlotPlan plan = planSlots(program, **device);
      for (const LoopEstimate &estimate : plan.estimates)
        report(estimate);
      for (const SlotDecision &decision : plan.decisions)
        addSlots(decision);
      numRings += plan.decisions.size();
    }
    for (PipelineOp loop : loops)
      convertLoop(loop);
  }

  void report(const LoopEstimate &estimate) const {
    if (!dump)
      return;
    estimate.loop->emitRemark("chooses up to ")
        << estimate.slots << " slots: some iterations take " << estimate.cyclesAfter
        << " cycles instead of " << estimate.cyclesBefore << " by the model";
  }
};
} // namespace
