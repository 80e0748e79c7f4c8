//===- Views.cpp - what instructions do with the buffers behind views ----------------===//

#include "lib/Transforms/Core/Views.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace tilework;
using namespace tilework::core;

bool tilework::core::isView(Operation *op) {
  return isa<memref::SubViewOp, memref::CollapseShapeOp, memref::ExpandShapeOp, memref::CastOp,
             memref::TransposeOp>(op);
}

Value tilework::core::getRoot(Value view) {
  while (Operation *op = view.getDefiningOp()) {
    if (!isView(op) && !isa<SlotOp>(op))
      break;
    view = op->getOperand(0);
  }
  return view;
}

SmallVector<OperandAccess> tilework::core::getAccesses(Operation *op) {
  SmallVector<OperandAccess> accesses;
  SmallVector<MemoryEffects::EffectInstance> effects;
  auto interface = dyn_cast<MemoryEffectOpInterface>(op);
  if (interface)
    interface.getEffects(effects);
  for (OpOperand &use : op->getOpOperands()) {
    if (!isa<MemRefType>(use.get().getType()))
      continue;
    OperandAccess access{use.get()};
    for (const MemoryEffects::EffectInstance &effect : effects)
      if (effect.getEffectValue<OpOperand *>() == &use) {
        access.reads |= isa<MemoryEffects::Read>(effect.getEffect());
        access.writes |= isa<MemoryEffects::Write>(effect.getEffect());
      }
    if (!interface) {
      access.reads = !isa<PopOp>(op);
      access.writes = !isa<PushOp>(op);
    }
    accesses.push_back(access);
  }
  return accesses;
}

/// Whether `op` stands where `value` is there.
static bool isBehind(Operation *op, Value value) {
  Operation *maker = value.getDefiningOp();
  Operation *inBlock = maker->getBlock()->findAncestorOpInBlock(*op);
  return inBlock && maker->isBeforeInBlock(inBlock);
}

void tilework::core::replaceBuffer(Value buffer, Value other) {
  for (OpOperand &use : llvm::make_early_inc_range(buffer.getUses())) {
    Operation *user = use.getOwner();
    if (!isView(user)) {
      use.set(other);
      continue;
    }
    // Views may stand before the loop, where there is no slot yet.
    OpBuilder builder(user);
    if (!isBehind(user, other))
      builder.setInsertionPointAfterValue(other);
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

AccessMap::AccessMap(GroupOp group) {
  group.walk([&](CoreOpInterface op) {
    for (const OperandAccess &access : getAccesses(op)) {
      if (access.reads)
        readers[getRoot(access.view)].push_back(op);
      if (access.writes)
        writers[getRoot(access.view)].push_back(op);
    }
  });
}

ArrayRef<Operation *> AccessMap::getWriters(Value root) const {
  auto found = writers.find(root);
  return found == writers.end() ? ArrayRef<Operation *>() : found->second;
}

ArrayRef<Operation *> AccessMap::getReaders(Value root) const {
  auto found = readers.find(root);
  return found == readers.end() ? ArrayRef<Operation *>() : found->second;
}

void AccessMap::erase(Operation *op) {
  for (const OperandAccess &access : getAccesses(op))
    for (auto *users : {&readers, &writers})
      if (auto found = users->find(getRoot(access.view)); found != users->end())
        llvm::erase(found->second, op);
}

void AccessMap::moveReaders(Value from, Value to) {
  SmallVector<Operation *> moved = readers.lookup(from);
  llvm::append_range(readers[to], moved);
  readers.erase(from);
}
