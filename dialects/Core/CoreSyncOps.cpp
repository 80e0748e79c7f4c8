//===- CoreSyncOps.cpp - checks of flags and channels ----------------------------===//

#include "dialects/Core/ChannelLayout.h"
#include "dialects/Core/CoreChecks.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace tilework::core;

/// Event ids of one ordered pair of pipes, and of the flags between the cores of a group.
static constexpr int64_t kEvents = 8, kCrossEvents = 16;

static LogicalResult verifyEvent(Operation *op, int64_t event, int64_t count) {
  if (event >= 0 && event < count)
    return success();
  return op->emitOpError("(C1) expects 'event' to be one of 0 to ")
         << count - 1 << ", but got " << event;
}

template <typename FlagOp> static LogicalResult verifyFlag(FlagOp op) {
  if (failed(verifyEvent(op, op.getEvent(), kEvents)))
    return failure();
  if (op.getFrom() == op.getTo())
    return op.emitOpError("(C2) expects different pipes, but got '")
           << stringifyPipe(op.getFrom()) << "' twice";
  bool isCube = op->template getParentOfType<CubeProgramOp>() != nullptr;
  if (!isCube && !op->template getParentOfType<VectorProgramOp>())
    return success();
  for (Pipe pipe : {op.getFrom(), op.getTo()})
    if (!hasPipe(isCube, pipe))
      return op.emitOpError("(C3) expects pipes of the ")
             << (isCube ? "cube" : "vector") << " core, but got '" << stringifyPipe(pipe) << "'";
  return success();
}

LogicalResult SetFlagOp::verify() {
  return verifyFlag(*this);
}
LogicalResult WaitFlagOp::verify() {
  return verifyFlag(*this);
}
LogicalResult CrossSetOp::verify() {
  return verifyEvent(*this, getEvent(), kCrossEvents);
}
LogicalResult CrossWaitOp::verify() {
  return verifyEvent(*this, getEvent(), kCrossEvents);
}

static std::string describeShape(ArrayRef<int64_t> shape) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  llvm::interleaveComma(shape, stream, [&](int64_t size) {
    ShapedType::isDynamic(size) ? stream << '?' : stream << size;
  });
  return text;
}

/// C1 and C2 of both ends: the cube's side holds whole tiles, the vector's side a lane's part.
static LogicalResult verifyEnd(Operation *op, StringRef name, Value buffer, ChannelType channel,
                               bool isCubeSide, Space space) {
  if (!isIn(buffer, space))
    return op->emitOpError("(C1) expects '") << name << "' in " << stringifySpace(space) << " for '"
                                             << stringifyChannelDirection(channel.getDirection())
                                             << "', but got " << getSpaceName(buffer.getType());
  SmallVector<int64_t> shape =
      isCubeSide ? SmallVector<int64_t>(channel.getShape()) : channel.getLaneShape();
  if (getBufferType(buffer).getShape() != ArrayRef(shape))
    return op->emitOpError("(C2) expects '")
           << name << "' to have shape [" << describeShape(shape) << "], but got ["
           << describeShape(getBufferType(buffer).getShape()) << "]";
  return success();
}

LogicalResult PushOp::verify() {
  ChannelType channel = getChannel().getType();
  bool isCubeSide = isFromCube(channel);
  if (failed(verifyEnd(*this, "source", getSource(), channel, isCubeSide,
                       isCubeSide ? Space::l0c : Space::ub)))
    return failure();
  Type element = getBufferType(getSource()).getElementType();
  if (isCubeSide ? !isFixpipeConversion(element, channel.getElementType())
                 : element != channel.getElementType())
    return emitOpError("(C3) expects 'source' to have the element type of 'channel'")
           << (isCubeSide ? " or to convert to it" : "") << ", but got " << element << " and "
           << channel.getElementType();
  return success();
}

/// Why `destination` is not the leading part of the next slot of a placed, direct channel.
static std::string describeSlotProblem(Value destination, ChannelOp channel) {
  ChannelType type = channel.getType();
  while (auto part = destination.getDefiningOp<memref::SubViewOp>()) {
    if (!llvm::all_of(part.getMixedOffsets(), [](OpFoldResult it) { return isZeroInteger(it); }))
      return "a part of it that does not lead";
    destination = part.getSource();
  }
  auto slot = destination.getDefiningOp<SlotOp>();
  auto head = slot ? slot.getIndex().getDefiningOp<HeadOp>() : HeadOp();
  if (!head || head.getChannel() != channel.getChannel())
    return "none that 'core.head' of the channel names";
  auto ring = slot.getBuffer().getDefiningOp<BufferOp>();
  if (!ring || ring.getAddress() != channel.getAddress())
    return "one of a buffer elsewhere than the channel";
  SmallVector<int64_t> shape{type.getSlots()};
  llvm::append_range(shape, getSlotShape(type));
  if (getBufferType(ring).getShape() != ArrayRef(shape))
    return "one of a buffer of shape [" + describeShape(getBufferType(ring).getShape()) +
           "] instead of [" + describeShape(shape) + "]";
  return "";
}

LogicalResult PopOp::verify() {
  ChannelType channel = getChannel().getType();
  bool isCubeSide = !isFromCube(channel);
  if (failed(verifyEnd(*this, "destination", getDestination(), channel, isCubeSide,
                       isCubeSide ? Space::l1 : Space::ub)))
    return failure();
  Type element = getBufferType(getDestination()).getElementType();
  if (element != channel.getElementType())
    return emitOpError("(C3) expects 'destination' to have the element type of 'channel', but got ")
           << element << " and " << channel.getElementType();
  auto made = getChannel().getDefiningOp<ChannelOp>();
  if (!made || !made.getAddress() || !channel.isDirect())
    return success();
  if (std::string problem = describeSlotProblem(getDestination(), made); !problem.empty())
    return emitOpError("(C4) expects 'destination' to be the next slot of the channel, but got ")
           << problem;
  return success();
}

/// C1 of what only the receiver does.
static LogicalResult verifyReceives(Operation *op, ChannelType channel) {
  Operation *wrong = isFromCube(channel) ? op->getParentOfType<CubeProgramOp>().getOperation()
                                         : op->getParentOfType<VectorProgramOp>().getOperation();
  if (!wrong)
    return success();
  return op->emitOpError("(C1) expects the program of the receiving unit around it, but got '")
         << wrong->getName() << "'";
}

LogicalResult HeadOp::verify() {
  return verifyReceives(*this, getChannel().getType());
}

LogicalResult ReleaseOp::verify() {
  ChannelType channel = getChannel().getType();
  if (failed(verifyReceives(*this, channel)))
    return failure();
  if (getSlot() && !channel.isDirect())
    return emitOpError("(C2) expects a slot of a direct channel only, but got ") << channel;
  return success();
}

//===---------------------------------------------------------------------------===//
// Scalars
//===---------------------------------------------------------------------------===//

static LogicalResult verifyNumber(Operation *op, StringRef label, int64_t number) {
  if (number >= 0)
    return success();
  return op->emitOpError("(") << label << ") expects 'number' to be at least 0, but got " << number;
}

LogicalResult ReadScalarOp::verify() {
  if (!isIn(getSource(), Space::ub))
    return emitOpError("(C1) expects 'source' in ub, but got ")
           << getSpaceName(getSource().getType());
  if (static_cast<size_t>(getBufferType(getSource()).getRank()) != getIndices().size())
    return emitOpError("(C2) expects one index per dimension, but got ")
           << getIndices().size() << " for " << getSource().getType();
  return verifyNumber(*this, "C3", getNumber());
}

void ReadScalarOp::getEffects(EffectList &effects) {
  effects.emplace_back(MemoryEffects::Read::get(), &getSourceMutable(), getResource(Space::ub));
  effects.emplace_back(MemoryEffects::Write::get()); // tells the other unit, and is told apart
}

LogicalResult ReceiveScalarOp::verify() {
  if ((*this)->getParentOfType<VectorProgramOp>())
    return emitOpError("(C1) expects no vector program around it, but got one");
  return verifyNumber(*this, "C2", getNumber());
}
