//===- ScheduleLoopsModel.cpp - decides which parts of an iteration are put off ----------===//
//
// Which instruction may stand in a later stage than another follows from the buffers they share.
// What several pipes touch stays in one stage, so that flags need to know nothing of stages. A tile
// that the vector unit alone makes anew in each iteration may be handed on, by a copy.
//
//===---------------------------------------------------------------------------===//

#include "lib/Planning/PipeModel/LoopStages.h"
#include "lib/Planning/Placement/Place.h"
#include "lib/Transforms/Core/LoopModel.h"
#include "lib/Transforms/Core/Memories.h"
#include "lib/Transforms/Core/ScheduleLoops.h"
#include "lib/Transforms/Core/Units.h"
#include "lib/Transforms/Core/Views.h"

#include "dialects/Tile/Tile.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

#include <cmath>

using namespace mlir;
using namespace tilework;
using namespace tilework::core;

/// Slots that a buffer of one stage is taken to get later on, if it can have some.
static constexpr int64_t kLikelySlots = 2;

namespace {
/// What the nodes of a body do with a buffer, a channel or a global tensor.
struct Sharing {
  llvm::SmallSetVector<int32_t, 4> readers, writers;
  llvm::SmallSetVector<int32_t, 4> queues;
};

class StagePlanner {
public:
  StagePlanner(LoopLikeOpInterface loop, const Device &device)
      : loop(loop), group(loop->getParentOfType<GroupOp>()), device(device), model(device) {}
  StagePlan run(int64_t mostStages);

private:
  bool readBody();
  bool isScalar(Operation *op) const;
  void share(Operation *op, int32_t node);
  void findOrders();
  void orderChannel(ChannelOp channel, const Sharing &sharing);
  void orderBuffer(Value root, const Sharing &sharing);
  bool isMadeAnew(BufferOp buffer);
  bool isUsedOutside(Value root);
  bool fits(const StagePlan &plan);
  void tie(ArrayRef<int32_t> nodes);

  LoopLikeOpInterface loop;
  GroupOp group;
  const Device &device;
  LoopModel model;
  SmallVector<Operation *> ops; ///< by node
  llvm::MapVector<Value, Sharing> shared;
  SmallVector<std::pair<BufferOp, pipes::Handover>> tiles;
  SmallVector<std::pair<ChannelOp, pipes::Handoff>> channels;
  pipes::StageProblem problem;
  std::optional<Positions> positions;
  SmallVector<Lifetime> lifetimes;
};
} // namespace

//===---------------------------------------------------------------------------===//
// The body
//===---------------------------------------------------------------------------===//

/// Whether every stage may compute `op` for itself: nothing but the loop's counter changes it.
bool StagePlanner::isScalar(Operation *op) const {
  if (op->hasTrait<OpTrait::IsTerminator>() || isMemoryEffectFree(op) || isa<tile::CheckOp>(op))
    return true;
  auto load = dyn_cast<memref::LoadOp>(op);
  return load && getSpace(load.getMemRefType()) == Space::gm;
}

/// Reads the nodes of the body; false where one cannot be put off.
bool StagePlanner::readBody() {
  Block &body = loop.getLoopRegions().front()->front();
  if (!loop.getInits().empty())
    return false;
  for (Operation &op : body) {
    bool hasInstruction = false, isOrdered = true;
    op.walk([&](Operation *inner) {
      hasInstruction |= isa<CoreOpInterface>(inner);
      isOrdered &=
          !isa<SetFlagOp, WaitFlagOp, CrossSetOp, CrossWaitOp, BarrierOp, ReadScalarOp>(inner);
    });
    if (!isOrdered)
      return false;
    if (!hasInstruction) {
      if (!isScalar(&op))
        return false;
      continue;
    }
    if (op.getNumResults())
      return false;
    std::vector<pipes::Node> nodes = model.read(&op);
    pipes::Node node = nodes.size() == 1 ? nodes.front() : pipes::Node();
    if (nodes.size() != 1) { // a branch of several instructions: a loop of one trip
      node.loop = model.addLoop(&op);
      node.trips = 1;
      node.body = std::move(nodes);
    }
    auto number = static_cast<int32_t>(ops.size());
    op.walk([&](CoreOpInterface inner) { share(inner, number); });
    problem.program.nodes.front().body.push_back(std::move(node));
    ops.push_back(&op);
    if (isa<PopOp>(op))
      problem.waits.push_back(number);
  }
  // A scalar that an iteration reads must be the same when it is read later.
  return llvm::all_of(body.getOps<memref::LoadOp>(), [&](memref::LoadOp load) {
    auto found = shared.find(getRoot(load.getMemRef()));
    return found == shared.end() || found->second.writers.empty();
  });
}

void StagePlanner::share(Operation *op, int32_t node) {
  auto touch = [&](Value root, bool reads, bool writes) {
    Sharing &sharing = shared[root];
    if (reads)
      sharing.readers.insert(node);
    if (writes)
      sharing.writers.insert(node);
    sharing.queues.insert(getQueue(cast<CoreOpInterface>(op)));
  };
  for (const OperandAccess &access : core::getAccesses(op))
    touch(getRoot(access.view), access.reads, access.writes);
  if (auto push = dyn_cast<PushOp>(op))
    touch(push.getChannel(), false, true);
  if (auto pop = dyn_cast<PopOp>(op))
    touch(pop.getChannel(), true, false);
  if (auto release = dyn_cast<ReleaseOp>(op))
    touch(release.getChannel(), true, false);
}

//===---------------------------------------------------------------------------===//
// Orders
//===---------------------------------------------------------------------------===//

void StagePlanner::tie(ArrayRef<int32_t> nodes) {
  for (size_t i = 0; i + 1 < nodes.size(); ++i) {
    problem.orders.push_back({nodes[i], nodes[i + 1]});
    problem.orders.push_back({nodes[i + 1], nodes[i]});
  }
}

/// Tiles leave a channel in the order in which they came.
void StagePlanner::orderChannel(ChannelOp channel, const Sharing &sharing) {
  tie(sharing.writers.getArrayRef());
  tie(sharing.readers.getArrayRef());
  if (sharing.writers.empty() || sharing.readers.empty())
    return;
  problem.orders.push_back({sharing.writers.front(), sharing.readers.front()});
  pipes::Handoff handoff{model.getNumber(channel), sharing.writers.front(),
                         sharing.readers.front()};
  problem.handoffs.push_back(handoff);
  channels.push_back({channel, handoff});
}

bool StagePlanner::isUsedOutside(Value root) {
  return llvm::any_of(root.getUsers(), [&](Operation *user) {
    bool isViewed = isView(user) || isa<SlotOp>(user);
    return !loop->isProperAncestor(user) || (isViewed && isUsedOutside(user->getResult(0)));
  });
}

/// Whether an iteration takes nothing over from the one before.
bool StagePlanner::isMadeAnew(BufferOp buffer) {
  if (!positions) {
    positions = getPositions(group);
    lifetimes = getLifetimes(group);
  }
  for (const Lifetime &lifetime : lifetimes)
    if (lifetime.buffer == buffer)
      return positions->starts[loop] < lifetime.begin;
  return false;
}

/// Whether ub has room for the copies of tiles that are handed on.
bool StagePlanner::fits(const StagePlan &plan) {
  Memory memory = getMemories(lifetimes, device)[Space::ub];
  placement::Interval whole{positions->starts[loop], positions->ends[loop] + 1};
  for (const HandedTile &tile : plan.tiles) {
    auto found =
        llvm::find_if(memory.buffers, [&](BufferOp it) { return it.getBuffer() == tile.buffer; });
    placement::Buffer &stated = memory.problem.buffers[found - memory.buffers.begin()];
    stated.live = {whole};
    placement::Buffer copy = stated;
    memory.problem.buffers.insert(memory.problem.buffers.end(), tile.latest - tile.maker, copy);
  }
  placement::Options options;
  options.stopWhenFits = true;
  return placement::place(memory.problem, options).status == placement::Status::Placed;
}

/// A copy within ub, which the vector pipe makes.
static pipes::Instruction getCopy(int32_t number, BufferOp buffer, const Device &device) {
  double cycles = static_cast<double>(getSizeBytes(buffer)) / device.getBandwidth("ub_to_ub");
  return {getQueue(Unit::vector, Pipe::v),
          static_cast<int64_t>(std::ceil(cycles)),
          0,
          {{number, false}}};
}

void StagePlanner::orderBuffer(Value root, const Sharing &sharing) {
  llvm::SmallSetVector<int32_t, 8> all;
  for (const auto *nodes : {&sharing.writers, &sharing.readers})
    all.insert(nodes->begin(), nodes->end());
  SmallVector<int32_t> inOrder = llvm::to_vector(all);
  llvm::sort(inOrder);
  if (sharing.writers.empty())
    return; // the same in all iterations
  auto buffer = root.getDefiningOp<BufferOp>();
  // What was received directly lies in a slot, which is given back in the same stage.
  bool isReceived = llvm::any_of(sharing.writers, [&](int32_t node) {
    return ops[node]->walk([](PopOp) { return WalkResult::interrupt(); }).wasInterrupted();
  });
  bool isVectors =
      buffer && sharing.queues.size() == 1 && !isReceived && getSpace(root.getType()) == Space::ub;
  if (!isVectors || isUsedOutside(root) || !isMadeAnew(buffer))
    return tie(inOrder);
  // What comes up to the last write stays with it; what only reads later may be put off.
  int32_t last = *llvm::max_element(sharing.writers);
  SmallVector<int32_t> makers, users;
  for (int32_t node : inOrder)
    (node <= last ? makers : users).push_back(node);
  tie(makers);
  if (users.empty())
    return;
  pipes::Handover handover;
  handover.maker = last;
  handover.users.assign(users.begin(), users.end());
  for (int32_t user : users)
    problem.orders.push_back({last, user});
  handover.copy = getCopy(model.getNumber(root), buffer, device);
  tiles.push_back({buffer, handover});
}

void StagePlanner::findOrders() {
  for (auto &[root, sharing] : shared) {
    if (auto channel = root.getDefiningOp<ChannelOp>())
      orderChannel(channel, sharing);
    else
      orderBuffer(root, sharing);
  }
}

//===---------------------------------------------------------------------------===//
// The plan
//===---------------------------------------------------------------------------===//

StagePlan StagePlanner::run(int64_t mostStages) {
  StagePlan plan;
  pipes::Node body;
  body.loop = model.addLoop(loop);
  body.trips = pipes::kOuterTrips;
  problem.program.nodes.push_back(body);
  if (!readBody() || problem.waits.empty())
    return plan;
  findOrders();
  for (auto &[root, sharing] : shared)
    if (auto buffer = root.getDefiningOp<BufferOp>(); buffer && sharing.writers.size())
      if (!isUsedOutside(root) && isMadeAnew(buffer))
        model.program.buffers[model.getNumber(buffer)] = {0, kLikelySlots};
  for (auto &[channel, handoff] : channels)
    model.program.buffers[handoff.buffer] = {0, channel.getType().getSlots()};
  model.program.nodes = problem.program.nodes;
  problem.program = model.program;
  for (auto &[buffer, handover] : tiles)
    problem.handovers.push_back(handover);

  pipes::StageOptions options;
  options.mostStages = static_cast<int32_t>(mostStages);
  pipes::StageChoice choice = pipes::chooseStages(problem, options);
  plan.cyclesBefore = choice.cyclesBefore;
  plan.cyclesAfter = choice.cyclesAfter;
  plan.count = choice.last() + 1;
  for (auto [op, stage] : llvm::zip(ops, choice.stages))
    plan.stages[op] = stage;
  for (auto &[buffer, handover] : tiles) {
    HandedTile tile{buffer, choice.stages[handover.maker], 0};
    for (int32_t user : handover.users)
      tile.latest = std::max<int64_t>(tile.latest, choice.stages[user]);
    if (tile.latest > tile.maker)
      plan.tiles.push_back(tile);
  }
  if (!plan.tiles.empty() && !fits(plan))
    return StagePlan();
  for (auto &[channel, handoff] : channels) {
    int64_t slots = channel.getType().getSlots(),
            needed = pipes::countSlots(choice, handoff, slots);
    if (needed > slots)
      plan.slots.push_back({channel, needed});
  }
  return plan;
}

StagePlan tilework::core::planStages(LoopLikeOpInterface loop, const Device &device,
                                     int64_t mostStages) {
  return StagePlanner(loop, device).run(mostStages);
}
