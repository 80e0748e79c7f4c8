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
