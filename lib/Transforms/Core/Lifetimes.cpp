//===- Lifetimes.cpp - when the contents of buffers matter -----------------------------===//

#include "lib/Transforms/Core/Lifetimes.h"

#include "mlir/Interfaces/LoopLikeInterface.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tilework::core;

static constexpr int64_t kFractalRows = 16, kBlockBytes = 32;

int64_t tilework::core::getSizeBytes(BufferOp buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  int64_t slots = buffer.getSlots().value_or(1);
  ArrayRef<int64_t> shape = type.getShape().drop_front(buffer.getSlots() ? 1 : 0);
  int64_t elementBytes = llvm::divideCeil(type.getElementTypeBitWidth(), 8);
  if (*getSpace(type) == Space::ub || shape.size() != 2) {
    int64_t bytes = elementBytes;
    for (int64_t size : shape)
      bytes *= size;
    return llvm::alignTo(bytes * slots, kBlockBytes);
  }
  return slots * llvm::alignTo(shape[0], kFractalRows) *
         llvm::alignTo(shape[1] * elementBytes, kBlockBytes);
}

static void collectAccesses(Value buffer, SmallVectorImpl<OpOperand *> &accesses) {
  for (OpOperand &use : buffer.getUses())
    if (isa<ViewLikeOpInterface>(use.getOwner()))
      collectAccesses(use.getOwner()->getResult(0), accesses);
    else
      accesses.push_back(&use);
}

/// Whether an access fills what it touches, instead of adding to it.
static bool fills(OpOperand &use) {
  auto effects = dyn_cast<MemoryEffectOpInterface>(use.getOwner());
  if (!effects)
    return isa<PopOp>(use.getOwner());
  SmallVector<MemoryEffects::EffectInstance> found;
  effects.getEffects(found);
  bool writes = false, reads = false;
  for (const MemoryEffects::EffectInstance &effect : found)
    if (effect.getEffectValue<OpOperand *>() == &use) {
      writes |= isa<MemoryEffects::Write>(effect.getEffect());
      reads |= isa<MemoryEffects::Read>(effect.getEffect());
    }
  return writes && !reads;
}

/// The loop whose iterations hand the contents on: the outermost one around the first access where
/// that access does not fill the buffer anew; else the outermost one around a later access that is
/// not around the first.
static Operation *getHandingLoop(Operation *program, OpOperand &first, OpOperand &access) {
  Operation *outermost = nullptr;
  for (Operation *op = access.getOwner()->getParentOp(); op != program; op = op->getParentOp())
    if (isa<LoopLikeOpInterface>(op) &&
        (!op->isProperAncestor(first.getOwner()) || !fills(first)))
      outermost = op;
  return outermost;
}

SmallVector<Lifetime> tilework::core::getLifetimes(Operation *program) {
  DenseMap<Operation *, int64_t> starts, ends;
  int64_t time = 0;
  program->walk([&](Operation *op, const WalkStage &stage) {
    if (stage.isBeforeAllRegions())
      starts[op] = time++;
    if (stage.isAfterAllRegions())
      ends[op] = op->getNumRegions() ? time++ : starts[op];
  });
  SmallVector<Lifetime> lifetimes;
  program->walk([&](BufferOp buffer) {
    Lifetime lifetime{buffer};
    SmallVector<OpOperand *> accesses;
    collectAccesses(buffer, accesses);
    llvm::sort(accesses, [&](OpOperand *a, OpOperand *b) {
      return std::make_pair(starts[a->getOwner()], a->getOperandNumber()) <
             std::make_pair(starts[b->getOwner()], b->getOperandNumber());
    });
    if (!accesses.empty()) {
      lifetime.begin = starts[accesses.front()->getOwner()];
      for (OpOperand *access : accesses) {
        lifetime.end = std::max(lifetime.end, starts[access->getOwner()] + 1);
        if (Operation *loop = getHandingLoop(program, *accesses.front(), *access)) {
          lifetime.begin = std::min(lifetime.begin, starts[loop]);
          lifetime.end = std::max(lifetime.end, ends[loop] + 1);
        }
        // The next iterations' slots are filled while this one is used.
        if (buffer.getSlots())
          for (Operation *op = access->getOwner(); op != program; op = op->getParentOp())
            if (isa<LoopLikeOpInterface>(op)) {
              lifetime.begin = std::min(lifetime.begin, starts[op]);
              lifetime.end = std::max(lifetime.end, ends[op] + 1);
              break;
            }
      }
    }
    lifetimes.push_back(lifetime);
  });
  return lifetimes;
}
