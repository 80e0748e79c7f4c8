//===- ElideSlotCopies.cpp - a received tile lies in its slot ------------------------------===//
//
// What: makes the buffer of a tile that comes through a direct channel the slot it comes in: a ring
//       of slots of the receiving program. The slot is released after the last use of the tile.
// Why:  the sender can write there, so that nobody has to fetch the tile and nothing is copied.
// Form: split group → the same. A channel that cannot be direct goes through global memory.
// Not:  where the rings lie (PlaceBuffers.cpp); channels of devices without a direct path.
//
//===---------------------------------------------------------------------------===//

#include "lib/Planning/Placement/Place.h"
#include "lib/Transforms/Core/Memories.h"
#include "lib/Transforms/Core/Passes.h"
#include "lib/Transforms/Core/PipelineLoops.h"
#include "lib/Transforms/Core/Views.h"

#include "dialects/Core/ChannelLayout.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

#include <map>

namespace tilework::core {
#define GEN_PASS_DEF_ELIDESLOTCOPIESPASS
#include "lib/Transforms/Core/Passes.h.inc"
} // namespace tilework::core

using namespace mlir;
using namespace tilework;
using namespace tilework::core;

//===---------------------------------------------------------------------------===//
// Decide
//===---------------------------------------------------------------------------===//

namespace {
/// A direct channel, where its tiles arrive, and what uses them: operations of one block.
struct Arrival {
  ChannelOp channel;
  PopOp pop;
  ReleaseOp release;
  BufferOp buffer;
  Operation *firstUse = nullptr, *lastUse = nullptr; ///< null: nobody uses the tile
};
} // namespace

/// All that touches a buffer, through views; false where something else gets hold of it.
static bool collectUsers(Value view, SmallVectorImpl<Operation *> &users) {
  for (Operation *user : view.getUsers()) {
    if (isView(user)) {
      if (!collectUsers(user->getResult(0), users))
        return false;
    } else if (isa<CoreOpInterface>(user)) {
      users.push_back(user);
    } else {
      return false;
    }
  }
  return true;
}

template <typename Op> static Op findOnly(ChannelOp channel) {
  Op only;
  for (Operation *user : channel.getChannel().getUsers())
    if (auto op = dyn_cast<Op>(user)) {
      if (only)
        return Op();
      only = op;
    }
  return only;
}

/// Reads how the tiles of a channel are used, or says why they cannot stay in their slots: a slot
/// is the tile's from the pop to the end of the same execution of its block at the latest.
static std::string readArrival(ChannelOp channel, Arrival &arrival) {
  arrival = {channel, findOnly<PopOp>(channel), findOnly<ReleaseOp>(channel), {}};
  if (!arrival.pop || !arrival.release)
    return "tiles that one instruction takes";
  arrival.buffer = getRoot(arrival.pop.getDestination()).getDefiningOp<BufferOp>();
  if (!arrival.buffer || arrival.buffer.getSlots() || arrival.buffer.getAddress())
    return "tiles that are taken to a buffer of their own";
  SmallVector<Operation *> users;
  if (!collectUsers(arrival.buffer, users))
    return "tiles that only instructions use";
  Block *block = arrival.pop->getBlock();
  for (Operation *user : users) {
    if (user == arrival.pop)
      continue;
    Operation *inBlock = block->findAncestorOpInBlock(*user);
    if (!inBlock || inBlock->isBeforeInBlock(arrival.pop))
      return "tiles that no other iteration or branch uses";
    if (!arrival.firstUse || inBlock->isBeforeInBlock(arrival.firstUse))
      arrival.firstUse = inBlock;
    if (!arrival.lastUse || arrival.lastUse->isBeforeInBlock(inBlock))
      arrival.lastUse = inBlock;
  }
  return "";
}

/// The buffer that holds the ring, as a type.
static MemRefType getRingType(ChannelType channel) {
  SmallVector<int64_t> shape{channel.getSlots()};
  llvm::append_range(shape, getSlotShape(channel));
  auto space = SpaceAttr::get(channel.getContext(), channel.getSlotSpace());
  return MemRefType::get(shape, channel.getElementType(), MemRefLayoutAttrInterface(), space);
}

static int64_t getRingSizeBytes(ChannelType channel) {
  return channel.getSlots() *
         getSizeBytes(channel.getSlotSpace(), getSlotShape(channel), channel.getElementType());
}

namespace {
/// The memories of a program with the slots that its author asks for, and with rings.
class RingRoom {
public:
  RingRoom(Operation *program, const Device &device)
      : device(device), positions(getPositions(program)), lifetimes(getLifetimes(program)),
        asked(planAskedSlots(program, device)) {}

  /// Takes the room for the ring in place of the buffer, or returns false where there is none.
  bool take(Arrival arrival) {
    taken.push_back(arrival);
    Space space = arrival.channel.getType().getSlotSpace();
    Memory memory = getMemories(lifetimes, device)[space];
    for (auto [buffer, stated] : llvm::zip(memory.buffers, memory.problem.buffers))
      state(buffer, stated);
    placement::Options options;
    options.stopWhenFits = true;
    if (placement::place(memory.problem, options).status == placement::Status::Placed)
      return true;
    taken.pop_back();
    return false;
  }

private:
  void state(BufferOp buffer, placement::Buffer &stated) {
    for (const SlotDecision &decision : asked)
      if (decision.buffer == buffer) {
        stated.sizeBytes *= decision.slots;
        stated.live = {
            {positions.starts.lookup(decision.loop), positions.ends.lookup(decision.loop) + 1}};
      }
    for (Arrival arrival : taken)
      if (arrival.buffer == buffer) {
        Operation *last = arrival.lastUse ? arrival.lastUse : arrival.pop;
        for (Operation *op = last; !isa<CubeProgramOp, VectorProgramOp>(op); op = op->getParentOp())
          if (isa<LoopLikeOpInterface>(op))
            last = op;
        stated.sizeBytes = getRingSizeBytes(arrival.channel.getType());
        stated.live = {{0, positions.ends.lookup(last) + 1}};
      }
  }

  const Device &device;
  Positions positions;
  SmallVector<Lifetime> lifetimes;
  SmallVector<SlotDecision> asked;
  SmallVector<Arrival> taken;
};
} // namespace

//===---------------------------------------------------------------------------===//
// Apply
//===---------------------------------------------------------------------------===//

/// The tile in the next slot of the ring: as many rows as it has, of those that there is room for.
static Value createTile(OpBuilder &builder, Location loc, ChannelOp channel, Value ring,
                        ArrayRef<int64_t> shape) {
  Value head = HeadOp::create(builder, loc, channel);
  Value slot = SlotOp::create(builder, loc, ring, head);
  if (cast<MemRefType>(slot.getType()).getShape() == shape)
    return slot;
  SmallVector<OpFoldResult> offsets(2, builder.getIndexAttr(0)), ones(2, builder.getIndexAttr(1)),
      sizes = getAsIndexOpFoldResult(builder.getContext(), shape);
  return memref::SubViewOp::create(builder, loc, slot, offsets, sizes, ones);
}

/// The pop waits for what is used first, and for nothing before: on its pipe it holds up the rest.
static void stayInSlot(Arrival arrival) {
  ChannelOp channel = arrival.channel;
  PopOp pop = arrival.pop;
  if (arrival.firstUse)
    pop->moveBefore(arrival.firstUse);
  OpBuilder builder(arrival.buffer);
  MemRefType type = getRingType(channel.getType());
  Value ring = BufferOp::create(builder, arrival.buffer.getLoc(), type, IntegerAttr(),
                                builder.getI64IntegerAttr(channel.getType().getSlots()));
  builder.setInsertionPoint(pop);
  Value tile = createTile(builder, pop.getLoc(), channel, ring,
                          cast<MemRefType>(arrival.buffer.getType()).getShape());
  replaceBuffer(arrival.buffer, tile);
  builder.setInsertionPointAfter(arrival.lastUse ? arrival.lastUse : pop);
  ReleaseOp::create(builder, arrival.release.getLoc(), channel, tile);
  arrival.release.erase();
  arrival.buffer->erase();
}

//===---------------------------------------------------------------------------===//
// Pass
//===---------------------------------------------------------------------------===//

namespace {
struct ElideSlotCopies : tilework::core::impl::ElideSlotCopiesPassBase<ElideSlotCopies> {
  void runOnOperation() override {
    FailureOr<const Device *> device = findDevice(getOperation()->getParentOfType<ModuleOp>());
    if (failed(device))
      return signalPassFailure();
    std::map<bool, RingRoom> rooms; // of the vector cores, of the cube
    auto takeRoom = [&](const Arrival &arrival) {
      Operation *program = arrival.pop;
      while (!isa<CubeProgramOp, VectorProgramOp>(program))
        program = program->getParentOp();
      auto room = rooms.try_emplace(isa<CubeProgramOp>(program), program, **device).first;
      return room->second.take(arrival);
    };
    SmallVector<Arrival> arrivals;
    for (auto channel : getOperation().getBody().getOps<ChannelOp>()) {
      if (!channel.getType().isDirect() || channel.getAddress())
        continue;
      Arrival arrival;
      std::string problem = readArrival(channel, arrival);
      if (problem.empty() && !takeRoom(arrival))
        problem = "room for its slots";
      if (problem.empty()) {
        arrivals.push_back(arrival);
        continue;
      }
      channel.getChannel().setType(channel.getType().withPath(ChannelPath::through_gm));
      remark::missed(channel.getLoc(),
                     remark::RemarkOpts::name("DirectChannel").category("core-elide-slot-copies"))
          << "a channel without copies expects " << problem;
      ++numLeft;
    }
    for (Arrival arrival : arrivals)
      stayInSlot(arrival);
    numElided += arrivals.size();
  }
};
} // namespace
