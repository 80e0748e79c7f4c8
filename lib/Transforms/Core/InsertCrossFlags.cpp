//===- InsertCrossFlags.cpp - cube and vector cores that meet in global memory -----------===//
//
// What: before an instruction that touches a global tensor after the other unit did, of which one
//       writes, has that unit raise a cross flag and this one wait for it. Likewise the cube waits
//       for the scalars that the vector cores read of tiles.
// Why:  the units run at the same time, and only channels would order them.
// Form: group with instructions of both units in its body → the same with cross flags.
// Not:  the pipes of one core. Rectangles that are disjoint at run time only.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Core/Passes.h"
#include "lib/Transforms/Core/Units.h"

#include "mlir/Interfaces/LoopLikeInterface.h"
#include "llvm/ADT/SetVector.h"

#include <map>

namespace tilework::core {
#define GEN_PASS_DEF_INSERTCROSSFLAGSPASS
#include "lib/Transforms/Core/Passes.h.inc"
} // namespace tilework::core

using namespace mlir;
using namespace tilework::core;

namespace {
/// An instruction that touches a global tensor.
struct Access {
  Operation *op;
  Value tensor;
  Unit unit;
  Pipe pipe;
  bool writes;
};
} // namespace

static Value getTensor(Value view) {
  while (auto op = view.getDefiningOp<ViewLikeOpInterface>())
    view = op.getViewSource();
  return view;
}

static void collectAccesses(GroupOp group, SmallVectorImpl<Access> &accesses) {
  group.walk([&](MemoryEffectOpInterface op) {
    auto instruction = dyn_cast<CoreOpInterface>(*op);
    if (!instruction)
      return;
    SmallVector<MemoryEffects::EffectInstance> effects;
    op.getEffects(effects);
    for (const MemoryEffects::EffectInstance &effect : effects) {
      auto *operand = effect.getEffectValue<OpOperand *>();
      if (operand && getSpace(operand->get().getType()) == Space::gm)
        accesses.push_back({op, getTensor(operand->get()), getUnit(op), instruction.getPipe(),
                            isa<MemoryEffects::Write>(effect.getEffect())});
    }
  });
}

/// Whether `first` may be executed before `second`: it stands before, or a loop is around both.
static bool mayPrecede(Operation *first, Operation *second,
                       const DenseMap<Operation *, unsigned> &order) {
  if (order.lookup(first) < order.lookup(second))
    return true;
  for (Operation *op = first->getParentOp(); op; op = op->getParentOp())
    if (isa<LoopLikeOpInterface>(op) && op->isProperAncestor(second))
      return true;
  return false;
}

using Events = std::map<std::tuple<int64_t, Pipe, Pipe>, int64_t>;

static int64_t countOf(const Events &events, int64_t first) {
  return llvm::count_if(events,
                        [&](const auto &entry) { return std::get<0>(entry.first) == first; });
}

/// One event per pair of pipes: both ends count in program order, so that the k-th wait is for the
/// k-th set. Each unit has fewer such pairs than events.
static void insertPair(OpBuilder &builder, Location loc, Events &events, Unit waiting, Pipe from,
                       Pipe to) {
  int64_t first = waiting == Unit::vector ? kEventsOfCube : kEventsOfVector;
  auto key = std::make_tuple(first, from, to);
  int64_t event = first + events.try_emplace(key, countOf(events, first)).first->second;
  CrossSetOp::create(builder, loc, from, event);
  CrossWaitOp::create(builder, loc, to, event);
}

namespace {
struct InsertCrossFlags : tilework::core::impl::InsertCrossFlagsPassBase<InsertCrossFlags> {
  void runOnOperation() override {
    DenseMap<Operation *, unsigned> order;
    getOperation().walk<WalkOrder::PreOrder>(
        [&](Operation *op) { order.try_emplace(op, order.size()); });
    SmallVector<Access> accesses;
    collectAccesses(getOperation(), accesses);
    Events events;
    for (const Access &access : accesses) {
      llvm::SmallSetVector<Pipe, 4> earlier;
      for (const Access &other : accesses)
        if (other.unit != access.unit && other.tensor == access.tensor &&
            (other.writes || access.writes) && mayPrecede(other.op, access.op, order))
          earlier.insert(other.pipe);
      OpBuilder builder(access.op);
      for (Pipe pipe : earlier)
        insertPair(builder, access.op->getLoc(), events, access.unit, pipe, access.pipe);
    }
    bool hasCube =
        getOperation()
            .walk([](Operation *op) {
              return getUnit(op) == Unit::cube ? WalkResult::interrupt() : WalkResult::advance();
            })
            .wasInterrupted();
    if (!hasCube)
      return;
    // The cube follows control flow of tile data once the vector core knows it.
    getOperation().walk([&](ReadScalarOp read) {
      OpBuilder builder(read->getBlock(), std::next(read->getIterator()));
      insertPair(builder, read.getLoc(), events, Unit::cube, Pipe::s, Pipe::s);
    });
  }
};
} // namespace
