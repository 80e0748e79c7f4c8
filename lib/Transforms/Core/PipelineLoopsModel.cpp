//===- PipelineLoopsModel.cpp - decides how many slots the buffers of loops get ---------===//
//
// A buffer can have slots if all accesses stand in one loop and nothing in it is handed from one
// iteration to the next. A `tile.pipeline` says how many slots what it loads gets; everything else
// is up to the estimate.
//
//===---------------------------------------------------------------------------===//

#include "lib/Planning/PipeModel/LoopSlots.h"
#include "lib/Planning/Placement/Place.h"
#include "lib/Transforms/Core/LoopModel.h"
#include "lib/Transforms/Core/Memories.h"
#include "lib/Transforms/Core/PipelineLoops.h"
#include "lib/Transforms/Core/Views.h"

#include "dialects/Tile/Tile.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tilework;
using namespace tilework::core;
using tile::PipelineOp;

static constexpr int64_t kBlockBytes = 32;

static bool isCounted(Operation *op) {
  return isa<scf::ForOp, PipelineOp>(op);
}

namespace {
/// A buffer whose contents each iteration of `loop` makes anew.
struct Ring {
  BufferOp buffer;
  LoopLikeOpInterface loop;
  bool isFilledAhead; ///< by a transfer or a product, for another pipe
};

class SlotPlanner {
public:
  SlotPlanner(Operation *program, const Device &device)
      : device(device), lifetimes(getLifetimes(program)), positions(getPositions(program)),
        model(device) {
    for (Lifetime &lifetime : lifetimes)
      model.getNumber(lifetime.buffer); // buffers have the first numbers
    nodes = model.read(program->getRegion(0).front());
  }
  SlotPlan run();
  SmallVector<SlotDecision> runAsked();

private:
  void findRings();
  SmallVector<SlotDecision> getDecisions();
  void giveAskedSlots();
  void planLoops(const std::vector<pipes::Node> &nodes);
  void planLoop(const pipes::Node &node);
  bool fits(Space space);

  int64_t &slotsOf(int32_t number) { return model.program.buffers[number].slots; }

  const Device &device;
  SmallVector<Lifetime> lifetimes;
  Positions positions;
  LoopModel model;
  std::vector<pipes::Node> nodes;
  SmallVector<std::optional<Ring>> rings; ///< by number
  SlotPlan plan;
};
} // namespace

//===---------------------------------------------------------------------------===//
// What may have slots
//===---------------------------------------------------------------------------===//

/// Whether a transfer or a product fills a buffer: another pipe uses what they make.
static bool isFilledAhead(Operation *first, BufferOp buffer) {
  Value destination =
      llvm::TypeSwitch<Operation *, Value>(first)
          .Case([](MmadOp op) { return op.getAccumulator(); })
          .Case<DmaLoadOp, PopOp, MoveOp>([](auto op) { return op.getDestination(); })
          .Default(Value());
  return destination && getRoot(destination) == buffer.getBuffer();
}

/// The innermost loop around all `ops`, or none.
static Operation *findLoop(ArrayRef<Operation *> ops) {
  for (Operation *loop = ops.front()->getParentOp(); loop; loop = loop->getParentOp())
    if (isa<LoopLikeOpInterface>(loop) &&
        llvm::all_of(ops, [&](Operation *op) { return loop->isProperAncestor(op); }))
      return loop;
  return nullptr;
}

/// Slots lie one behind the other, and each has to start at a block.
static bool hasAlignedSlots(BufferOp buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  return type.getNumElements() * type.getElementTypeBitWidth() % (8 * kBlockBytes) == 0;
}

void SlotPlanner::findRings() {
  for (const Lifetime &lifetime : lifetimes) {
    std::optional<Ring> &ring = rings.emplace_back();
    ArrayRef<Operation *> touching = model.getAccesses(static_cast<int32_t>(rings.size()) - 1);
    BufferOp buffer = lifetime.buffer;
    if (touching.empty() || buffer.getSlots() || buffer.getAddress() || !hasAlignedSlots(buffer))
      continue;
    Operation *loop = findLoop(touching);
    // What lives over the start of an iteration is handed from one to the next.
    if (!loop || !isCounted(loop) || positions.starts.lookup(loop) >= lifetime.begin)
      continue;
    llvm::SmallSetVector<Pipe, 4> queues;
    for (Operation *op : touching)
      queues.insert(cast<CoreOpInterface>(op).getPipe());
    Operation *first = *llvm::min_element(touching, [&](Operation *a, Operation *b) {
      return positions.starts.lookup(a) < positions.starts.lookup(b);
    });
    bool isAhead = isFilledAhead(first, buffer);
    if (isAhead || queues.size() > 1)
      ring = Ring{buffer, cast<LoopLikeOpInterface>(loop), isAhead};
  }
  for (auto [number, ring] : llvm::enumerate(rings))
    if (ring)
      model.program.buffers[number].loop = model.getLoopNumber(ring->loop);
}

//===---------------------------------------------------------------------------===//
// Decisions
//===---------------------------------------------------------------------------===//

static bool isAsked(Ring &ring) {
  return ring.isFilledAhead && isa<PipelineOp>(*ring.loop);
}

/// What comes from far away gets a slot per stage, as the author asked. The cube's own buffers are
/// small and close to L1: there a second slot hides the move, if there is room for one.
void SlotPlanner::giveAskedSlots() {
  llvm::MapVector<std::pair<Operation *, Space>, int64_t> sizes;
  for (std::optional<Ring> &ring : rings)
    if (ring && isAsked(*ring))
      sizes[{ring->loop, *getSpace(ring->buffer.getType())}] += getSizeBytes(ring->buffer);
  for (auto [number, ring] : llvm::enumerate(rings)) {
    if (!ring || !isAsked(*ring))
      continue;
    Space space = *getSpace(ring->buffer.getType());
    int64_t stages = cast<PipelineOp>(*ring->loop).getStages();
    if (space != Space::l1 && space != Space::ub) {
      auto capacity = device.get(("capacity." + stringifySpace(space)).str());
      bool hasRoom = 2 * static_cast<double>(sizes[{ring->loop, space}]) <= capacity;
      stages = std::min<int64_t>(stages, hasRoom ? 2 : 1);
    }
    slotsOf(number) = stages;
  }
}

/// Whether the buffers of a memory can be placed with the slots they have by now.
bool SlotPlanner::fits(Space space) {
  auto memories = getMemories(lifetimes, device);
  Memory &memory = memories[space];
  for (auto [buffer, stated] : llvm::zip(memory.buffers, memory.problem.buffers)) {
    int32_t number = model.getNumber(buffer);
    int64_t slots = slotsOf(number);
    if (slots == 1)
      continue;
    Operation *loop = rings[number]->loop;
    stated.sizeBytes *= slots;
    stated.live = {{positions.starts.lookup(loop), positions.ends.lookup(loop) + 1}};
  }
  placement::Options options;
  options.stopWhenFits = true;
  return placement::place(memory.problem, options).status == placement::Status::Placed;
}

/// An author who writes pl.pipeline has said how deep; only what it makes for others is open.
void SlotPlanner::planLoop(const pipes::Node &node) {
  std::vector<pipes::Candidate> candidates;
  Operation *loop = model.getLoop(node);
  auto pipeline = dyn_cast<PipelineOp>(loop);
  for (auto [number, ring] : llvm::enumerate(rings))
    if (ring && ring->loop == loop && !isAsked(*ring)) {
      auto memory = static_cast<int32_t>(*getSpace(ring->buffer.getType()));
      candidates.push_back({static_cast<int32_t>(number), memory, getSizeBytes(ring->buffer)});
    }
  if (candidates.empty() || node.trips < 2 || (pipeline && pipeline.getStages() < 2))
    return;
  pipes::SlotChoice choice =
      pipes::chooseSlots(model.program, node, candidates,
                         [&](int32_t memory) { return fits(static_cast<Space>(memory)); });
  int64_t most = 1;
  for (const pipes::Candidate &candidate : candidates)
    most = std::max(most, slotsOf(candidate.buffer));
  if (most > 1)
    plan.estimates.push_back(
        {cast<LoopLikeOpInterface>(loop), most, choice.cyclesBefore, choice.cyclesAfter});
}

/// Inner loops first: how long they take decides what pays around them.
void SlotPlanner::planLoops(const std::vector<pipes::Node> &nodes) {
  for (const pipes::Node &node : nodes)
    if (node.isLoop()) {
      planLoops(node.body);
      if (isCounted(model.getLoop(node)))
        planLoop(node);
    }
}

SmallVector<SlotDecision> SlotPlanner::getDecisions() {
  SmallVector<SlotDecision> decisions;
  for (auto [number, ring] : llvm::enumerate(rings))
    if (ring && slotsOf(number) > 1)
      decisions.push_back({ring->buffer, ring->loop, slotsOf(number)});
  return decisions;
}

SmallVector<SlotDecision> SlotPlanner::runAsked() {
  findRings();
  giveAskedSlots();
  return getDecisions();
}

SlotPlan SlotPlanner::run() {
  findRings();
  giveAskedSlots();
  planLoops(nodes);
  plan.decisions = getDecisions();
  return std::move(plan);
}

SlotPlan tilework::core::planSlots(Operation *program, const Device &device) {
  return SlotPlanner(program, device).run();
}

SmallVector<SlotDecision> tilework::core::planAskedSlots(Operation *program, const Device &device) {
  return SlotPlanner(program, device).runAsked();
}
