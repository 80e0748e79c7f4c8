//===- Transfers.cpp - buffers, and moves between memories -------------------------===//

#include "lib/Conversion/TileToCore/Converter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"

using namespace mlir;
using namespace tilework;
using core::Space;

//===---------------------------------------------------------------------------===//
// Values
//===---------------------------------------------------------------------------===//

Value KernelConverter::constant(int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

Value KernelConverter::toValue(OpFoldResult size) {
  return getValueOrCreateConstantIndexOp(builder, loc, size);
}

SmallVector<Value> KernelConverter::toValues(Sizes sizes) {
  return llvm::map_to_vector(sizes, [&](OpFoldResult size) { return toValue(size); });
}

SmallVector<OpFoldResult> KernelConverter::lookup(Sizes sizes) {
  return llvm::map_to_vector(sizes, [&](OpFoldResult size) -> OpFoldResult {
    if (auto value = dyn_cast<Value>(size))
      return lookup(value);
    return size;
  });
}

//===---------------------------------------------------------------------------===//
// Buffers
//===---------------------------------------------------------------------------===//

Value KernelConverter::createBuffer(ArrayRef<int64_t> shape, Type element, Space space,
                                    Location at) {
  OpBuilder::InsertionGuard guard(builder);
  if (lastBuffer)
    builder.setInsertionPointAfter(lastBuffer);
  else
    builder.setInsertionPointToStart(&group.getBody().front());
  auto memory = core::SpaceAttr::get(builder.getContext(), space);
  auto type = MemRefType::get(shape, element, MemRefLayoutAttrInterface(), memory);
  auto buffer = core::BufferOp::create(builder, at, type, /*address=*/IntegerAttr(),
                                       /*slots=*/IntegerAttr());
  lastBuffer = buffer;
  return buffer;
}

Value KernelConverter::createBuffer(RankedTensorType type, Space space, Location at) {
  return createBuffer(tile::getStorageShape(type), type.getElementType(), space, at);
}

/// A part of a buffer; all of it is the buffer itself.
Value KernelConverter::slice(Value buffer, Sizes offsets, Sizes sizes) {
  auto type = cast<MemRefType>(buffer.getType());
  bool isWhole = llvm::all_of(offsets, [](OpFoldResult o) { return isConstantIntValue(o, 0); }) &&
                 llvm::all_of(llvm::zip(sizes, type.getShape()), [](auto pair) {
                   return isConstantIntValue(std::get<0>(pair), std::get<1>(pair));
                 });
  if (isWhole)
    return buffer;
  SmallVector<OpFoldResult> ones(type.getRank(), builder.getIndexAttr(1));
  return memref::SubViewOp::create(builder, loc, buffer, offsets, sizes, ones);
}

Value KernelConverter::createView(Value buffer, Sizes sizes) {
  SmallVector<OpFoldResult> zeros(sizes.size(), builder.getIndexAttr(0));
  return slice(buffer, zeros, sizes);
}

/// Whether all that `value` is for is to be what a loop beside it starts from.
bool KernelConverter::startsLoop(Value value) const {
  if (!value.hasOneUse())
    return false;
  Operation *user = *value.user_begin();
  return isa<scf::ForOp, tile::PipelineOp, task::ParallelOp>(user) &&
         user->getBlock() == value.getParentBlock() && isa<OpResult>(value);
}

Value KernelConverter::createDestination(Value value, Sizes sizes) {
  Value &aim = aims[value];
  if (!aim)
    aim = createBuffer(cast<RankedTensorType>(value.getType()), Space::ub, value.getLoc());
  return createView(aim, sizes);
}

Value KernelConverter::getAccumulatorView(Value value, Sizes sizes) {
  Value &buffer = accumulators[homes.getAccumulator(value)];
  if (!buffer) {
    auto type = cast<RankedTensorType>(value.getType());
    Type element = type.getElementType().isInteger() ? type.getElementType() : builder.getF32Type();
    buffer = createBuffer(tile::getStorageShape(type), element, Space::l0c, value.getLoc());
  }
  return createView(buffer, sizes);
}

//===---------------------------------------------------------------------------===//
// Transfers
//===---------------------------------------------------------------------------===//

Value KernelConverter::load(const Place &place, RankedTensorType type, Space space) {
  Value buffer = createBuffer(type, space, loc);
  Value destination = place.pad ? buffer : createView(buffer, place.sizes);
  SmallVector<Value> sizes;
  if (place.pad)
    for (auto [dim, size] : llvm::enumerate(cast<MemRefType>(place.global.getType()).getShape()))
      sizes.push_back(ShapedType::isDynamic(size)
                          ? memref::DimOp::create(builder, loc, place.global, dim).getResult()
                          : constant(size));
  core::DmaLoadOp::create(builder, loc, place.global, ValueRange(), sizes, destination, place.pad);
  return createView(buffer, place.sizes);
}

/// Hands a tile to the other unit through a channel. The receiver copies it out of the slot, so the
/// slot is free again at once; what need not be copied is for core-elide-slot-copies to say.
Value KernelConverter::pass(Value view, RankedTensorType type, core::ChannelDirection direction,
                            Sizes sizes) {
  bool isToVector = direction == core::ChannelDirection::to_vector;
  auto channelType = core::ChannelType::get(builder.getContext(), tile::getStorageShape(type),
                                            type.getElementType(), /*slots=*/2, direction,
                                            core::ChannelSplit::none, channelPath);
  core::ChannelOp channel;
  {
    OpBuilder::InsertionGuard guard(builder);
    if (lastBuffer)
      builder.setInsertionPointAfter(lastBuffer);
    else
      builder.setInsertionPointToStart(&group.getBody().front());
    channel = core::ChannelOp::create(builder, loc, channelType, /*address=*/IntegerAttr());
    lastBuffer = channel;
  }
  // A slot holds whole tiles: of a partly valid one everything is handed over.
  Value whole = view;
  while (auto part = whole.getDefiningOp<memref::SubViewOp>())
    whole = part.getSource();
  if (cast<MemRefType>(view.getType()).hasStaticShape())
    whole = view;
  core::PushOp::create(builder, loc, whole, channel);
  Value buffer = createBuffer(type, isToVector ? Space::ub : Space::l1, loc);
  core::PopOp::create(builder, loc, channel, buffer);
  core::ReleaseOp::create(builder, loc, channel, /*slot=*/Value());
  return createView(buffer, sizes);
}

void KernelConverter::distribute(Value value) {
  Needs needs = homes.getNeeds(value);
  Place &place = at(value);
  auto type = cast<RankedTensorType>(value.getType());
  switch (homes.getHome(value)) {
  case Home::global:
    // Whole tensors are used as they are; a use of all of one is a slice of everything.
  case Home::slice:
    if (needs.ub)
      place.ub = load(place, type, Space::ub);
    if (needs.l1)
      place.l1 = load(place, type, Space::l1);
    return;
  case Home::ub:
    if (needs.l1)
      place.l1 = pass(place.ub, type, core::ChannelDirection::to_cube, place.sizes);
    return;
  case Home::l0c:
    if (needs.ub)
      place.ub = pass(place.l0c, type, core::ChannelDirection::to_vector, place.sizes);
    if (needs.l1) {
      place.l1 = createView(createBuffer(type, Space::l1, loc), place.sizes);
      core::MoveOp::create(builder, loc, place.l0c, place.l1, /*transpose=*/false);
    }
    return;
  }
}

/// Writes the extents of a tile to a part of global memory of the same extents.
void KernelConverter::store(Operation *user, Value value, Value global, bool isAtomic) {
  const Place &place = at(value);
  auto atomic = isAtomic ? core::AtomicKind::add : core::AtomicKind::none;
  if (homes.getHome(value) == Home::l0c && !homes.isAddedToBefore(value, user))
    core::FixpipeOp::create(builder, loc, place.l0c, global, ValueRange(), ValueRange(), atomic);
  else
    core::DmaStoreOp::create(builder, loc, place.ub, global, ValueRange(), ValueRange(), atomic);
}
