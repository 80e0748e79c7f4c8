//===- ElideTransfers.cpp - the same data moved twice ------------------------------------===//
//
// What: erases a transfer from a place that an earlier one, to the same memory, has moved already;
//       whoever used its buffer uses the earlier one's.
// Why:  each use brings its operands where it needs them, and knows nothing of the others.
// Form: split group → the same with fewer transfers.
// Not:  buffers that anything else writes, and copies that could not be kept for so long.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Core/Passes.h"
#include "lib/Transforms/Core/Room.h"
#include "lib/Transforms/Core/Views.h"

#include "mlir/IR/OperationSupport.h"

namespace tilework::core {
#define GEN_PASS_DEF_ELIDETRANSFERSPASS
#include "lib/Transforms/Core/Passes.h.inc"
} // namespace tilework::core

using namespace mlir;
using namespace tilework;
using namespace tilework::core;

//===---------------------------------------------------------------------------===//
// Decide
//===---------------------------------------------------------------------------===//

static OpOperand &getDestination(Operation *transfer) {
  if (auto load = dyn_cast<DmaLoadOp>(transfer))
    return load.getDestinationMutable();
  return cast<MoveOp>(transfer).getDestinationMutable();
}

static Value getSource(Operation *transfer) {
  if (auto load = dyn_cast<DmaLoadOp>(transfer))
    return load.getSource();
  return cast<MoveOp>(transfer).getSource();
}

/// The buffer that a transfer alone fills, all of it or as much as `getDestination` shows.
static BufferOp getFilled(Operation *transfer, const AccessMap &accesses) {
  auto buffer = getRoot(getDestination(transfer).get()).getDefiningOp<BufferOp>();
  return buffer && accesses.getWriters(buffer).size() == 1 ? buffer : BufferOp();
}

/// Whether two views show the same part of two buffers.
static bool showSamePart(Value view, Value other) {
  if (view.getType() != other.getType())
    return false;
  Operation *op = view.getDefiningOp(), *otherOp = other.getDefiningOp();
  if (isa<BufferOp>(op) || isa<BufferOp>(otherOp))
    return isa<BufferOp>(op) && isa<BufferOp>(otherOp);
  return isView(op) && isView(otherOp) && op->getName() == otherOp->getName() &&
         op->getRawDictionaryAttrs() == otherOp->getRawDictionaryAttrs() &&
         op->getPropertiesAsAttribute() == otherOp->getPropertiesAsAttribute() &&
         llvm::equal(op->getOperands().drop_front(), otherOp->getOperands().drop_front()) &&
         showSamePart(op->getOperand(0), otherOp->getOperand(0));
}

/// Whether `second` moves what `first` has moved: all operands but the destination are the same.
static bool areEqual(Operation *first, Operation *second) {
  OpOperand &to = getDestination(first), &otherTo = getDestination(second);
  if (first->getName() != second->getName() ||
      first->getNumOperands() != second->getNumOperands() ||
      first->getPropertiesAsAttribute() != second->getPropertiesAsAttribute())
    return false;
  for (auto [one, other] : llvm::zip(first->getOpOperands(), second->getOpOperands()))
    if (&one != &to && one.get() != other.get())
      return false;
  return showSamePart(to.get(), otherTo.get());
}

/// Whether the source of two transfers in one block may have changed between them.
static bool mayChange(Operation *first, Operation *second, const AccessMap &accesses) {
  Operation *program = first;
  while (!isa<CubeProgramOp, VectorProgramOp>(program))
    program = program->getParentOp();
  return llvm::any_of(accesses.getWriters(getRoot(getSource(first))), [&](Operation *writer) {
    if (!program->isProperAncestor(writer))
      return true; // another core's
    Operation *inBlock = first->getBlock()->findAncestorOpInBlock(*writer);
    return inBlock && first->isBeforeInBlock(inBlock) && inBlock->isBeforeInBlock(second);
  });
}

/// The last operation of the block of `transfer` in which somebody reads `buffer`; null where
/// somebody does outside the block, or before `transfer`.
static Operation *findLastReader(Operation *transfer, BufferOp buffer, const AccessMap &accesses) {
  Operation *last = transfer;
  for (Operation *reader : accesses.getReaders(buffer)) {
    Operation *inBlock = transfer->getBlock()->findAncestorOpInBlock(*reader);
    if (!inBlock || inBlock->isBeforeInBlock(transfer))
      return nullptr;
    if (last->isBeforeInBlock(inBlock))
      last = inBlock;
  }
  return last;
}

//===---------------------------------------------------------------------------===//
// Pass
//===---------------------------------------------------------------------------===//

namespace {
struct ElideTransfers : tilework::core::impl::ElideTransfersPassBase<ElideTransfers> {
  void runOnOperation() override {
    AccessMap accesses(getOperation());
    LogicalResult result = forEachProgram(getOperation(), [&](Operation *program, Room &room) {
      program->walk<WalkOrder::PreOrder>([&](Block *block) { visit(*block, accesses, room); });
    });
    if (failed(result))
      signalPassFailure();
  }

  void visit(Block &block, AccessMap &accesses, Room &room) {
    llvm::DenseMap<Value, SmallVector<Operation *>> earlier; // by source
    for (Operation &op : llvm::make_early_inc_range(block)) {
      if (!isa<DmaLoadOp, MoveOp>(op))
        continue;
      BufferOp buffer = getFilled(&op, accesses);
      Operation *last = buffer ? findLastReader(&op, buffer, accesses) : nullptr;
      if (!last)
        continue;
      auto &candidates = earlier[getSource(&op)];
      auto found = llvm::find_if(candidates, [&](Operation *first) {
        return areEqual(first, &op) && !mayChange(first, &op, accesses) &&
               room.take(getFilled(first, accesses), first, last);
      });
      if (found == candidates.end()) {
        candidates.push_back(&op);
        continue;
      }
      Value kept = getFilled(*found, accesses);
      accesses.erase(&op);
      accesses.moveReaders(buffer, kept);
      op.erase();
      buffer.replaceAllUsesWith(kept);
      ++numElided;
    }
  }
};
} // namespace
