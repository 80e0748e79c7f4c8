//===- PipelineLoopsModel.cpp - decides how many slots the buffers of loops get ---------===//
//
// A buffer can have slots if all accesses stand in one loop and nothing in it is handed from one
// iteration to the next. A `tile.pipeline` says how many slots what it loads gets; everything else
// is up to the estimate.
//
//===---------------------------------------------------------------------------===//

#include "lib/Planning/Durations.h"
#include "lib/Planning/PipeModel/LoopSlots.h"
#include "lib/Planning/Placement/Place.h"
#include "lib/Transforms/Core/Memories.h"
#include "lib/Transforms/Core/PipelineLoops.h"
#include "lib/Transforms/Core/Views.h"

#include "dialects/Tile/Tile.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tilework;
using namespace tilework::core;
using tile::PipelineOp;

/// The buffer that `view` shows, or null.
static BufferOp findBuffer(Value view) {
  return getRoot(view).getDefiningOp<BufferOp>();
}

static bool isCounted(Operation *op) {
  return isa<scf::ForOp, PipelineOp>(op);
}

static int64_t countTrips(LoopLikeOpInterface loop) {
  std::optional<OpFoldResult> bounds[] = {loop.getSingleLowerBound(), loop.getSingleUpperBound(),
                                          loop.getSingleStep()};
  int64_t values[3];
  for (auto [bound, value] : llvm::zip(bounds, values)) {
    auto constant = bound ? getConstantIntValue(*bound) : std::nullopt;
    if (!constant)
      return pipes::kOuterTrips;
    value = *constant;
  }
  return values[2] > 0 ? std::max<int64_t>(llvm::divideCeil(values[1] - values[0], values[2]), 0)
                       : pipes::kOuterTrips;
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
      : program(program), device(device), lifetimes(getLifetimes(program)),
        positions(getPositions(program)) {}
  SlotPlan run();

private:
  void readBlock(Block &block, std::vector<pipes::Node> &nodes);
  pipes::Instruction readInstruction(CoreOpInterface op);
  void findRings();
  void giveAskedSlots();
  void planLoops(const std::vector<pipes::Node> &nodes);
  void planLoop(const pipes::Node &node);
  bool fits(Space space);

  Operation *program;
  const Device &device;
  SmallVector<Lifetime> lifetimes;
  Positions positions;
  DenseMap<Operation *, int32_t> numbers; ///< of buffers, in the order of the lifetimes
  SmallVector<SmallVector<Operation *>> accesses;
  SmallVector<Operation *> loops; ///< by number
  SmallVector<std::optional<Ring>> rings;
  pipes::Program model;
  SlotPlan plan;
};
} // namespace

//===---------------------------------------------------------------------------===//
// The program as the model sees it
//===---------------------------------------------------------------------------===//

pipes::Instruction SlotPlanner::readInstruction(CoreOpInterface op) {
  Duration duration = estimateDuration(op, device);
  pipes::Instruction instruction{static_cast<int32_t>(op.getPipe()), duration.holdCycles,
                                 duration.latencyCycles, {}};
  for (const OperandAccess &access : getAccesses(op)) {
    BufferOp buffer = findBuffer(access.view);
    if (!buffer)
      continue;
    int32_t number = numbers.at(buffer);
    instruction.accesses.push_back({number, access.writes});
    accesses[number].push_back(op);
  }
  return instruction;
}

/// Of two branches the longer one counts.
void SlotPlanner::readBlock(Block &block, std::vector<pipes::Node> &nodes) {
  for (Operation &op : block) {
    if (auto instruction = dyn_cast<CoreOpInterface>(op)) {
      nodes.push_back({readInstruction(instruction), {}});
    } else if (isa<LoopLikeOpInterface>(op)) {
      pipes::Node loop;
      loop.loop = static_cast<int32_t>(loops.size());
      loops.push_back(&op);
      loop.trips = countTrips(cast<LoopLikeOpInterface>(op));
      for (Region &region : op.getRegions())
        readBlock(region.front(), loop.body);
      nodes.push_back(std::move(loop));
    } else {
      std::vector<pipes::Node> longest;
      for (Region &region : op.getRegions()) {
        std::vector<pipes::Node> branch;
        if (!region.empty())
          readBlock(region.front(), branch);
        if (branch.size() > longest.size())
          longest = std::move(branch);
      }
      llvm::move(longest, std::back_inserter(nodes));
    }
  }
}

/// Whether a transfer or a product fills a buffer: another pipe uses what they make.
static bool isFilledAhead(Operation *first, BufferOp buffer) {
  Value destination =
      llvm::TypeSwitch<Operation *, Value>(first)
          .Case([](MmadOp op) { return op.getAccumulator(); })
          .Case<DmaLoadOp, PopOp, MoveOp>([](auto op) { return op.getDestination(); })
          .Default(Value());
  return destination && findBuffer(destination) == buffer;
}

/// The innermost loop around all `ops`, or none.
static Operation *findLoop(ArrayRef<Operation *> ops) {
  for (Operation *loop = ops.front()->getParentOp(); loop; loop = loop->getParentOp())
    if (isa<LoopLikeOpInterface>(loop) &&
        llvm::all_of(ops, [&](Operation *op) { return loop->isProperAncestor(op); }))
      return loop;
  return nullptr;
}

void SlotPlanner::findRings() {
  for (const Lifetime &lifetime : lifetimes) {
    std::optional<Ring> &ring = rings.emplace_back();
    ArrayRef<Operation *> touching = accesses[rings.size() - 1];
    BufferOp buffer = lifetime.buffer;
    if (touching.empty() || buffer.getSlots() || buffer.getAddress())
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
      model.buffers[number].loop = llvm::find(loops, ring->loop.getOperation()) - loops.begin();
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
    model.buffers[number].slots = stages;
  }
}

/// Whether the buffers of a memory can be placed with the slots they have by now.
bool SlotPlanner::fits(Space space) {
  auto memories = getMemories(lifetimes, device);
  Memory &memory = memories[space];
  for (auto [buffer, stated] : llvm::zip(memory.buffers, memory.problem.buffers)) {
    int32_t number = numbers.at(buffer);
    int64_t slots = model.buffers[number].slots;
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
  auto pipeline = dyn_cast<PipelineOp>(loops[node.loop]);
  for (auto [number, ring] : llvm::enumerate(rings))
    if (ring && ring->loop == loops[node.loop] && !isAsked(*ring)) {
      auto memory = static_cast<int32_t>(*getSpace(ring->buffer.getType()));
      candidates.push_back({static_cast<int32_t>(number), memory, getSizeBytes(ring->buffer)});
    }
  if (candidates.empty() || node.trips < 2 || (pipeline && pipeline.getStages() < 2))
    return;
  pipes::SlotChoice choice = pipes::chooseSlots(
      model, node, candidates, [&](int32_t memory) { return fits(static_cast<Space>(memory)); });
  int64_t most = 1;
  for (const pipes::Candidate &candidate : candidates)
    most = std::max(most, model.buffers[candidate.buffer].slots);
  if (most > 1)
    plan.estimates.push_back({cast<LoopLikeOpInterface>(loops[node.loop]), most,
                              choice.cyclesBefore, choice.cyclesAfter});
}

/// Inner loops first: how long they take decides what pays around them.
void SlotPlanner::planLoops(const std::vector<pipes::Node> &nodes) {
  for (const pipes::Node &node : nodes)
    if (node.isLoop()) {
      planLoops(node.body);
      if (isCounted(loops[node.loop]))
        planLoop(node);
    }
}

SlotPlan SlotPlanner::run() {
  for (const Lifetime &lifetime : lifetimes)
    numbers.try_emplace(lifetime.buffer, numbers.size());
  accesses.resize(lifetimes.size());
  model.buffers.resize(lifetimes.size());
  model.queues = getMaxEnumValForPipe() + 1;
  model.flagCycles = static_cast<int64_t>(device.get("latency.flag"));
  readBlock(program->getRegion(0).front(), model.nodes);
  if (loops.empty())
    return {};
  findRings();
  giveAskedSlots();
  planLoops(model.nodes);
  for (auto [number, ring] : llvm::enumerate(rings))
    if (int64_t slots = model.buffers[number].slots; slots > 1)
      plan.decisions.push_back({ring->buffer, ring->loop, slots});
  return std::move(plan);
}

SlotPlan tilework::core::planSlots(Operation *program, const Device &device) {
  return SlotPlanner(program, device).run();
}
