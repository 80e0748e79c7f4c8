//===- PipelineLoops.cpp - a slot per stage --------------------------------------------===//
//
// What: makes rings of slots of the buffers that an iteration of a `tile.pipeline` fills and uses
//       up, and the loop an ordinary one.
// Why:  pipes run ahead of each other as far as there is room to write to.
// Form: split group → split group without tile.pipeline.
// Not:  moving instructions to other iterations.
//
//===---------------------------------------------------------------------------===//

#include "lib/Planning/Device.h"
#include "lib/Transforms/Core/Lifetimes.h"
#include "lib/Transforms/Core/Passes.h"

#include "dialects/Tile/Tile.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/TypeSwitch.h"

namespace tilework::core {
#define GEN_PASS_DEF_PIPELINELOOPSPASS
#include "lib/Transforms/Core/Passes.h.inc"
} // namespace tilework::core

using namespace mlir;
using namespace tilework;
using namespace tilework::core;
using tile::PipelineOp;

static bool isView(Operation *op) {
  return isa<memref::SubViewOp, memref::CollapseShapeOp, memref::ExpandShapeOp, memref::CastOp,
             memref::TransposeOp>(op);
}

/// The instructions that touch a buffer, through views as well.
static void collectAccesses(Value buffer, SmallVectorImpl<Operation *> &accesses) {
  for (Operation *user : buffer.getUsers())
    if (isView(user))
      collectAccesses(user->getResult(0), accesses);
    else
      accesses.push_back(user);
}

/// The innermost loop around all `accesses`, or none.
static Operation *findLoop(ArrayRef<Operation *> accesses) {
  for (Operation *loop = accesses.front()->getParentOp(); loop; loop = loop->getParentOp())
    if (isa<LoopLikeOpInterface>(loop) &&
        llvm::all_of(accesses, [&](Operation *op) { return loop->isProperAncestor(op); }))
      return loop;
  return nullptr;
}

/// Whether a transfer or a product fills `buffer`: another pipe uses what they make.
static bool isFilledAhead(Operation *first, BufferOp buffer) {
  Value destination =
      llvm::TypeSwitch<Operation *, Value>(first)
          .Case([](MmadOp op) { return op.getAccumulator(); })
          .Case<DmaLoadOp, PopOp, MoveOp>([](auto op) { return op.getDestination(); })
          .Default(Value());
  while (destination && destination.getDefiningOp() && isView(destination.getDefiningOp()))
    destination = destination.getDefiningOp()->getOperand(0);
  return destination == buffer.getBuffer();
}

/// Replaces a buffer by another whose type has another layout, in all views of it.
static void replaceBuffer(Value buffer, Value other) {
  for (OpOperand &use : llvm::make_early_inc_range(buffer.getUses())) {
    Operation *user = use.getOwner();
    if (!isView(user)) {
      use.set(other);
      continue;
    }
    OpBuilder builder(user);
    Value view;
    if (auto part = dyn_cast<memref::SubViewOp>(user)) {
      auto type = memref::SubViewOp::inferRankReducedResultType(
          part.getType().getShape(), cast<MemRefType>(other.getType()), part.getMixedOffsets(),
          part.getMixedSizes(), part.getMixedStrides());
      view = memref::SubViewOp::create(builder, user->getLoc(), cast<MemRefType>(type), other,
                                       part.getMixedOffsets(), part.getMixedSizes(),
                                       part.getMixedStrides());
    } else if (auto collapse = dyn_cast<memref::CollapseShapeOp>(user)) {
      view = memref::CollapseShapeOp::create(builder, user->getLoc(), other,
                                             collapse.getReassociationIndices());
    } else if (auto expand = dyn_cast<memref::ExpandShapeOp>(user)) {
      view = memref::ExpandShapeOp::create(builder, user->getLoc(), expand.getType().getShape(),
                                           other, expand.getReassociationIndices());
    } else if (auto transpose = dyn_cast<memref::TransposeOp>(user)) {
      view = memref::TransposeOp::create(builder, user->getLoc(), other,
                                         transpose.getPermutationAttr());
    } else {
      view = other; // a cast of a layout that is static now
    }
    replaceBuffer(user->getResult(0), view);
    user->erase();
  }
}

/// The buffers that the iterations of one loop fill, all of one memory.
struct Ring {
  SmallVector<BufferOp> buffers;
  int64_t sizeBytes = 0; ///< of one slot each
};

/// What comes from far away needs a slot per stage, as the author asked. The cube's own buffers are
/// small and close to L1: there a second slot hides the move, if there is room for one.
static int64_t chooseSlots(Space space, PipelineOp loop, const Ring &ring, const Device &device) {
  if (space == Space::l1 || space == Space::ub)
    return loop.getStages();
  auto capacity = static_cast<int64_t>(device.get(("capacity." + stringifySpace(space)).str()));
  return 2 * ring.sizeBytes <= capacity ? std::min<int64_t>(loop.getStages(), 2) : 1;
}

static void addSlots(BufferOp buffer, PipelineOp loop, int64_t stages) {
  auto type = cast<MemRefType>(buffer.getType());
  SmallVector<int64_t> shape{stages};
  llvm::append_range(shape, type.getShape());
  OpBuilder builder(buffer);
  MemRefType ringType = MemRefType::Builder(type).setShape(shape);
  auto ring = BufferOp::create(builder, buffer.getLoc(), ringType, IntegerAttr(),
                               builder.getI64IntegerAttr(stages));
  builder.setInsertionPointToStart(&loop.getBody().front());
  Value turn = TurnOp::create(builder, loop.getLoc(), loop.getInductionVar(), loop.getLower(),
                              loop.getStep(), stages);
  Value slot = SlotOp::create(builder, buffer.getLoc(), ring, turn);
  replaceBuffer(buffer, slot);
  buffer->erase();
}

static void addSlots(Operation *program, const Device &device) {
  llvm::MapVector<std::pair<Operation *, Space>, Ring> rings;
  Positions positions = getPositions(program);
  for (const Lifetime &lifetime : getLifetimes(program)) {
    BufferOp buffer = lifetime.buffer;
    SmallVector<Operation *> accesses;
    collectAccesses(buffer, accesses);
    if (accesses.empty() || buffer.getSlots())
      continue;
    Operation *first = *llvm::min_element(accesses, [&](Operation *a, Operation *b) {
      return positions.starts[a] < positions.starts[b];
    });
    // What lives over the start of an iteration is handed from one to the next.
    auto loop = dyn_cast_or_null<PipelineOp>(findLoop(accesses));
    if (loop && loop.getStages() > 1 && positions.starts[loop] < lifetime.begin &&
        isFilledAhead(first, buffer)) {
      Ring &ring = rings[{loop, *getSpace(buffer.getType())}];
      ring.buffers.push_back(buffer);
      ring.sizeBytes += getSizeBytes(buffer);
    }
  }
  for (auto &[place, ring] : rings) {
    auto loop = cast<PipelineOp>(place.first);
    int64_t slots = chooseSlots(place.second, loop, ring, device);
    for (BufferOp buffer : ring.buffers)
      if (slots > 1)
        addSlots(buffer, loop, slots);
  }
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

namespace {
struct PipelineLoops : tilework::core::impl::PipelineLoopsPassBase<PipelineLoops> {
  void runOnOperation() override {
    FailureOr<const Device *> device = findDevice(getOperation()->getParentOfType<ModuleOp>());
    if (failed(device))
      return signalPassFailure();
    getOperation().walk([&](Operation *op) {
      if (isa<CubeProgramOp, VectorProgramOp>(op))
        addSlots(op, **device);
    });
    SmallVector<PipelineOp> loops;
    getOperation().walk([&](PipelineOp op) { loops.push_back(op); });
    for (PipelineOp loop : loops)
      convertLoop(loop);
  }
};
} // namespace
