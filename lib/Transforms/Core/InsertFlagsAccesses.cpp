//===- InsertFlagsAccesses.cpp - what the instructions of a program touch -------===//

#include "lib/Transforms/Core/InsertFlags.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/ADT/DenseMap.h"

#include <limits>

using namespace mlir;
using namespace tilework::core;

bool Node::isBarrier() const {
  auto barrier = dyn_cast<BarrierOp>(op);
  return barrier && !barrier.getOn();
}

bool Node::isLoop() const {
  return isa<scf::ForOp, scf::WhileOp>(op);
}

bool Node::isBranch() const {
  return isa<scf::IfOp, scf::ConditionOp>(op);
}

bool Flag::isSpentAtEnd() const {
  return kind == returned && isa<scf::ConditionOp>(setNode().op) &&
         setNode().op->getParentOp() == loop;
}

//===---------------------------------------------------------------------------===//
// Views
//===---------------------------------------------------------------------------===//

static int64_t getElementBytes(MemRefType type) {
  Type element = type.getElementType();
  return element.isIndex() ? 8 : llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
}

/// The part of `location` that a subview can reach; its dynamic dimensions reach everywhere.
static void narrow(memref::SubViewOp view, int64_t &begin, int64_t &end) {
  SmallVector<int64_t> strides;
  int64_t offset;
  MemRefType source = view.getSourceType();
  if (failed(source.getStridesAndOffset(strides, offset)) || !source.hasStaticShape() ||
      ShapedType::isDynamicShape(strides))
    return;
  int64_t first = 0, last = 0;
  for (unsigned dim = 0; dim < strides.size(); ++dim) {
    int64_t start = view.getStaticOffsets()[dim], size = view.getStaticSizes()[dim];
    int64_t step = view.getStaticStrides()[dim];
    bool isKnown = llvm::none_of(ArrayRef{start, size, step}, ShapedType::isDynamic);
    first += strides[dim] * (isKnown ? start : 0);
    last += strides[dim] * (isKnown ? start + (size - 1) * step : source.getDimSize(dim) - 1);
  }
  int64_t bytes = getElementBytes(source);
  end = std::min(end, begin + (last + 1) * bytes);
  begin += first * bytes;
}

unsigned Accesses::addTurn(TurnOp op) {
  Turn turn{cast<BlockArgument>(op.getIv()).getOwner()->getParentOp(), op.getSlots()};
  auto known = llvm::find(turns, turn);
  if (known == turns.end())
    known = turns.insert(turns.end(), turn);
  return known - turns.begin();
}

FailureOr<Footprint> Accesses::findSlot(SlotOp slot) {
  auto whole = findFootprint(slot.getBuffer());
  if (failed(whole))
    return failure();
  Footprint location = *whole;
  auto type = cast<MemRefType>(slot.getBuffer().getType());
  int64_t slotBytes = (location.end - location.begin) / type.getDimSize(0);
  auto turn = slot.getIndex().getDefiningOp<TurnOp>();
  auto constant = turn && turn.getSlots() == 1 ? 0 : getConstantIntValue(slot.getIndex());
  if (constant) {
    location.begin += *constant * slotBytes;
    location.end = location.begin + slotBytes;
  } else if (turn) {
    location.turn = addTurn(turn);
    location.slotBytes = location.slotEnd = slotBytes;
  } else {
    location.isAnySlot = true;
  }
  return location;
}

FailureOr<Footprint> Accesses::findFootprint(Value buffer) {
  auto type = cast<MemRefType>(buffer.getType());
  if (auto argument = dyn_cast<BlockArgument>(buffer))
    return Footprint{*getSpace(type), argument, {}, 0, std::numeric_limits<int64_t>::max()};
  Operation *op = buffer.getDefiningOp();
  if (auto made = dyn_cast<BufferOp>(op)) {
    if (!made.getAddress())
      return made.emitOpError("expects an address, but got none; place buffers first");
    int64_t bytes = type.getNumElements() * getElementBytes(type), begin = *made.getAddress();
    return Footprint{*getSpace(type), {}, {}, begin, begin + bytes};
  }
  if (auto slot = dyn_cast<SlotOp>(op))
    return findSlot(slot);
  if (auto permuted = dyn_cast<memref::TransposeOp>(op))
    return findFootprint(permuted.getIn());
  auto view = dyn_cast<ViewLikeOpInterface>(op);
  if (!view)
    return op->emitOpError("expects a view, a buffer or an argument, but got a memref of unknown "
                           "origin");
  auto location = findFootprint(view.getViewSource());
  if (auto subview = dyn_cast<memref::SubViewOp>(op); subview && succeeded(location)) {
    if (location->argument || location->isAnySlot)
      return location;
    if (location->turn)
      narrow(subview, location->slotBegin, location->slotEnd);
    else
      narrow(subview, location->begin, location->end);
  }
  return location;
}

FailureOr<unsigned> Accesses::locate(Operation *op, Value buffer) {
  auto location = findFootprint(buffer);
  if (failed(location))
    return failure();
  if (isa<BlockArgument>(buffer))
    location->region = GlobalRegion::of(op);
  auto &same = locationsAt[{location->space, location->begin}];
  for (unsigned known : same)
    if (locations[known] == *location)
      return known;
  locations.push_back(*location);
  same.push_back(locations.size() - 1);
  return same.back();
}

std::optional<unsigned> tilework::core::findOverlap(const Footprint &a, const Footprint &b) {
  if (a.space != b.space || a.argument != b.argument || a.begin >= b.end || b.begin >= a.end)
    return std::nullopt;
  if (a.argument && !a.region.overlaps(b.region))
    return std::nullopt;
  if (a.argument && a.region.isTouchedOnce && b.region.isTouchedOnce &&
      a.region.offsets == b.region.offsets)
    return kNoOtherTurn;
  bool isSameTurn = a.turn && a.turn == b.turn && a.begin == b.begin && a.slotBytes == b.slotBytes;
  if (!isSameTurn)
    return kEveryTurn;
  return a.slotBegin < b.slotEnd && b.slotBegin < a.slotEnd ? std::optional(a.turn) : std::nullopt;
}

Footprint Accesses::getFootprint(unsigned location, IterationOf iterationOf) const {
  Footprint footprint = locations[location];
  for (const GlobalRegion::Axis &axis : footprint.region.axes)
    if (auto iteration = iterationOf(axis.loop)) {
      int64_t &begin = footprint.region.begins[axis.dim];
      begin = axis.begin + *iteration * axis.step;
      footprint.region.ends[axis.dim] = begin + axis.size;
    }
  const Turn &turn = turns[footprint.turn];
  if (auto iteration = turn.loop ? iterationOf(turn.loop) : std::nullopt) {
    int64_t begin = footprint.begin + *iteration % turn.slots * footprint.slotBytes;
    footprint.begin = begin + footprint.slotBegin;
    footprint.end = begin + footprint.slotEnd;
    footprint.turn = kEveryTurn;
  }
  return footprint;
}

void Accesses::findOverlaps() {
  overlaps.resize(locations.size());
  auto order = llvm::to_vector(llvm::seq<unsigned>(0, locations.size()));
  llvm::stable_sort(order, [&](unsigned a, unsigned b) {
    const Footprint &left = locations[a], &right = locations[b];
    return std::tie(left.space, left.begin) < std::tie(right.space, right.begin);
  });
  for (auto first = order.begin(); first != order.end(); ++first)
    for (auto second = first; second != order.end(); ++second) {
      const Footprint &a = locations[*first], &b = locations[*second];
      if (a.space != b.space || b.begin >= a.end)
        break;
      if (auto turn = findOverlap(a, b)) {
        overlaps[*first].push_back({*second, *turn});
        if (first != second)
          overlaps[*second].push_back({*first, *turn});
      }
    }
}

//===---------------------------------------------------------------------------===//
// Instructions and control flow
//===---------------------------------------------------------------------------===//

LogicalResult Accesses::readInstruction(CoreOpInterface op, Node &node) {
  auto add = [&](Value buffer, bool isWrite) -> LogicalResult {
    auto location = locate(op, buffer);
    if (succeeded(location)) {
      Use use{*location, op.getPipe(), isWrite};
      use.unknown.fill(node.end);
      use.unknown[index(op.getPipe())] = 0;
      use.unawaited.set().reset(index(op.getPipe()));
      node.uses.push_back(use);
    }
    return location;
  };
  if (auto push = dyn_cast<PushOp>(*op))
    return add(push.getSource(), /*isWrite=*/false);
  if (auto pop = dyn_cast<PopOp>(*op))
    return add(pop.getDestination(), /*isWrite=*/true);
  if (auto release = dyn_cast<ReleaseOp>(*op)) // from then on the sender writes the slot
    return release.getSlot() ? add(release.getSlot(), /*isWrite=*/true) : success();
  SmallVector<MemoryEffects::EffectInstance> effects;
  if (auto interface = dyn_cast<MemoryEffectOpInterface>(*op))
    interface.getEffects(effects);
  for (auto &effect : effects)
    if (effect.getValue() &&
        failed(add(effect.getValue(), isa<MemoryEffects::Write>(effect.getEffect()))))
      return failure();
  return success();
}

/// The blocks that are parts of a node. The body of a `while` loop belongs to its condition.
static SmallVector<Block *> getParts(Operation &op) {
  if (auto loop = dyn_cast<scf::WhileOp>(op))
    return {loop.getBeforeBody()};
  if (isa<scf::ConditionOp>(op))
    return {cast<scf::WhileOp>(op.getParentOp()).getAfterBody()};
  SmallVector<Block *> parts;
  for (Region &region : op.getRegions())
    for (Block &block : region)
      parts.push_back(&block);
  return parts;
}

LogicalResult Accesses::readBlock(Block &block, Sequence &sequence) {
  for (Operation &op : block) {
    Node node{&op};
    node.begin = 2 * (instructions + 1);
    if (isa<SetFlagOp, WaitFlagOp>(op))
      return op.emitOpError("expects a program without flags");
    if (auto instruction = dyn_cast<CoreOpInterface>(op)) {
      node.end = node.begin;
      if (failed(readInstruction(instruction, node)))
        return failure();
      if (node.uses.empty() && !node.isBarrier())
        continue;
      ++instructions;
    }
    for (Block *inner : getParts(op)) {
      node.parts.push_back(std::make_unique<Sequence>());
      if (failed(readBlock(*inner, *node.parts.back())))
        return failure();
    }
    node.end = 2 * instructions;
    if (node.end < node.begin)
      continue;
    if (!node.parts.empty() && !node.isLoop() && !node.isBranch())
      return op.emitOpError("expects instructions in 'scf.for', 'scf.while' or 'scf.if' only");
    sequence.nodes.push_back(std::move(node));
  }
  return success();
}

FailureOr<Accesses> Accesses::read(Block &program) {
  Accesses accesses;
  if (failed(accesses.readBlock(program, accesses.program)))
    return failure();
  accesses.findOverlaps();
  return accesses;
}
