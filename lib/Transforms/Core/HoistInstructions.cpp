//===- HoistInstructions.cpp - what every iteration would do again ----------------------===//
//
// What: moves instructions out of loops whose iterations all do the same with them: transfers of
//       operands that stay, computations on tiles that do not change.
// Why:  once is enough, and an operand that stays where it is used saves its traffic.
// Form: split group → the same with fewer instructions in loops.
// Not:  what would then not fit: its buffer is taken for the whole loop. Scalars and views, which
//       are loop-invariant-code-motion's.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Core/Passes.h"
#include "lib/Transforms/Core/Room.h"
#include "lib/Transforms/Core/Views.h"

#include "dialects/Tile/Tile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/ADT/STLExtras.h"

namespace tilework::core {
#define GEN_PASS_DEF_HOISTINSTRUCTIONSPASS
#include "lib/Transforms/Core/Passes.h.inc"
} // namespace tilework::core

using namespace mlir;
using namespace tilework;
using namespace tilework::core;

//===---------------------------------------------------------------------------===//
// Decide
//===---------------------------------------------------------------------------===//

static Operation *getProgram(Operation *op) {
  while (!isa<CubeProgramOp, VectorProgramOp>(op))
    op = op->getParentOp();
  return op;
}

/// Whether `op`, in the body of `loop`, does the same in every iteration, and what it makes is
/// there until the next does it again.
static bool isInvariant(CoreOpInterface op, LoopLikeOpInterface loop, const AccessMap &accesses) {
  if (!isa<MemoryEffectOpInterface>(*op) || !llvm::all_of(op->getOperands(), [&](Value operand) {
        return loop.isDefinedOutsideOfLoop(operand);
      }))
    return false;
  Value destination;
  for (const OperandAccess &access : getAccesses(op)) {
    Value root = getRoot(access.view);
    if (access.writes) {
      if (destination || access.reads || !isa_and_nonnull<BufferOp>(root.getDefiningOp()))
        return false;
      destination = root;
      continue;
    }
    // What another core of the group writes may change at any time.
    for (Operation *writer : accesses.getWriters(root))
      if (loop->isProperAncestor(writer) || getProgram(writer) != getProgram(op))
        return false;
  }
  if (!destination)
    return false;
  for (Operation *writer : accesses.getWriters(destination))
    if (writer != op.getOperation() && loop->isProperAncestor(writer))
      return false;
  return llvm::all_of(accesses.getReaders(destination), [&](Operation *reader) {
    Operation *inBody = op->getBlock()->findAncestorOpInBlock(*reader);
    return !inBody || op->isBeforeInBlock(inBody);
  });
}

static BufferOp getDestination(Operation *op) {
  for (const OperandAccess &access : getAccesses(op))
    if (access.writes)
      return getRoot(access.view).getDefiningOp<BufferOp>();
  return {};
}

//===---------------------------------------------------------------------------===//
// Apply
//===---------------------------------------------------------------------------===//

static bool runs(LoopLikeOpInterface loop) {
  auto lower = getConstantIntValue(*loop.getSingleLowerBound());
  auto upper = getConstantIntValue(*loop.getSingleUpperBound());
  return lower && upper && *lower < *upper;
}

/// Where instructions of a loop stand that run once if it runs at all.
static Block *createPlaceBefore(LoopLikeOpInterface loop) {
  OpBuilder builder(loop);
  Value lower =
      getValueOrCreateConstantIndexOp(builder, loop.getLoc(), *loop.getSingleLowerBound());
  Value upper =
      getValueOrCreateConstantIndexOp(builder, loop.getLoc(), *loop.getSingleUpperBound());
  Value any =
      arith::CmpIOp::create(builder, loop.getLoc(), arith::CmpIPredicate::slt, lower, upper);
  return scf::IfOp::create(builder, loop.getLoc(), any, /*withElseRegion=*/false).thenBlock();
}

//===---------------------------------------------------------------------------===//
// Pass
//===---------------------------------------------------------------------------===//

namespace {
struct HoistInstructions : tilework::core::impl::HoistInstructionsPassBase<HoistInstructions> {
  void runOnOperation() override {
    AccessMap accesses(getOperation());
    LogicalResult result = forEachProgram(getOperation(), [&](Operation *program, Room &room) {
      // Inner loops first: what leaves one may leave the next.
      program->walk<WalkOrder::PostOrder>([&](Operation *op) {
        if (isa<scf::ForOp, tile::PipelineOp>(op))
          visit(cast<LoopLikeOpInterface>(op), accesses, room);
      });
    });
    if (failed(result))
      signalPassFailure();
  }

  void visit(LoopLikeOpInterface loop, const AccessMap &accesses, Room &room) {
    Block *before = nullptr;
    for (Operation &op : llvm::make_early_inc_range(loop.getLoopRegions().front()->front())) {
      auto instruction = dyn_cast<CoreOpInterface>(op);
      if (!instruction || !isInvariant(instruction, loop, accesses) ||
          !room.take(getDestination(&op), loop, loop))
        continue;
      if (runs(loop)) {
        op.moveBefore(loop);
      } else {
        if (!before)
          before = createPlaceBefore(loop);
        op.moveBefore(before->getTerminator());
      }
      ++numHoisted;
    }
  }
};
} // namespace
