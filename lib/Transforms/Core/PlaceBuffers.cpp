//===- PlaceBuffers.cpp - an address for every buffer ------------------------------------===//
//
// What: states a placement problem per program and memory, and sets the addresses of its answer.
// Why:  from here on instructions touch bytes, and hazards between them can be seen.
// Form: programs on buffers → programs on buffers with addresses.
// Not:  how to place: lib/Planning/Placement.
//
//===---------------------------------------------------------------------------===//

#include "lib/Planning/Placement/Mend.h"
#include "lib/Planning/Placement/Place.h"
#include "lib/Transforms/Core/Memories.h"
#include "lib/Transforms/Core/Passes.h"
#include "lib/Transforms/Core/Views.h"

#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/DenseSet.h"

namespace tilework::core {
#define GEN_PASS_DEF_PLACEBUFFERSPASS
#include "lib/Transforms/Core/Passes.h.inc"
} // namespace tilework::core

using namespace mlir;
using namespace tilework;
using namespace tilework::core;

static constexpr size_t kBuffersShown = 8;

//===---------------------------------------------------------------------------===//
// Decide
//===---------------------------------------------------------------------------===//

/// The buffer of which `view` shows every element, or null.
static BufferOp getWholeBuffer(Value view) {
  auto buffer = getRoot(view).getDefiningOp<BufferOp>();
  auto type = cast<MemRefType>(view.getType());
  bool isWhole = buffer && !buffer.getSlots() && type.hasStaticShape() &&
                 type.getNumElements() == cast<MemRefType>(buffer.getType()).getNumElements();
  return isWhole ? buffer : BufferOp();
}

/// Pairs of a tile that an element-wise instruction reads last and the one that it makes: they may
/// lie at one address.
static std::vector<placement::BufferPair> findInPlace(Operation *program, const Memory &memory) {
  Positions positions = getPositions(program);
  DenseMap<Operation *, int32_t> numbers;
  for (auto [number, buffer] : llvm::enumerate(memory.buffers))
    numbers[buffer] = static_cast<int32_t>(number);
  auto isLive = [&](int32_t buffer, bool atEnd, int64_t position) {
    placement::Interval live = memory.problem.buffers[buffer].live.front();
    return atEnd ? live.end == position + 1 : live.begin == position;
  };
  std::vector<placement::BufferPair> pairs;
  llvm::DenseSet<int32_t> taken; ///< operands that another result replaces
  program->walk([&](Operation *op) {
    if (!isa<VectorUnaryOp, VectorBinaryOp, VectorSelectOp>(op))
      return;
    Value destination = op->getOperands().back();
    BufferOp result = getWholeBuffer(destination);
    auto number = result ? numbers.find(result) : numbers.end();
    int64_t position = positions.starts.lookup(op);
    if (number == numbers.end() || !isLive(number->second, /*atEnd=*/false, position))
      return;
    for (Value operand : op->getOperands().drop_back()) {
      if (!isa<MemRefType>(operand.getType()))
        continue;
      BufferOp buffer = getWholeBuffer(operand);
      auto other = buffer ? numbers.find(buffer) : numbers.end();
      if (other == numbers.end() || other == number ||
          getElementTypeOrSelf(operand) != getElementTypeOrSelf(destination) ||
          getSizeBytes(buffer) != getSizeBytes(result) ||
          !isLive(other->second, /*atEnd=*/true, position) || !taken.insert(other->second).second)
        continue;
      pairs.push_back({other->second, number->second});
      return;
    }
  });
  return pairs;
}

/// Results lie where their operands did only if there is no room otherwise: whoever shares an
/// address waits for the other's instructions.
static placement::Result place(Operation *program, Memory &memory, int64_t steps) {
  placement::Options options;
  options.searchSteps = steps;
  placement::Result result = placement::place(memory.problem, options);
  if (result.status != placement::Status::Impossible &&
      result.status != placement::Status::NotFound)
    return result;
  memory.problem.sameAddress = findInPlace(program, memory);
  return memory.problem.sameAddress.empty() ? result : placement::place(memory.problem, options);
}

static std::string spell(const placement::Mend &mend) {
  if (mend.peakBytes < 0)
    return "";
  std::string peak = std::to_string(mend.peakBytes);
  if (mend.slots)
    return "; with " + std::to_string(mend.slots) + (mend.slots == 1 ? " slot" : " slots") +
           " each they would need " + peak + ": ask for fewer stages";
  return "; with 1/" + std::to_string(mend.fraction) + " of their size they would need " + peak +
         ": choose a smaller chunk";
}

/// Says what is live where the memory is fullest, and what would help.
static LogicalResult refuse(Operation *program, Space space, const placement::Problem &problem,
                            const placement::Result &result, ArrayRef<BufferOp> buffers) {
  int64_t peak = result.status == placement::Status::Impossible ? result.lowerBoundBytes
                                                                : result.placement.peakBytes;
  std::vector<int64_t> slots;
  for (BufferOp buffer : buffers)
    slots.push_back(buffer.getSlots().value_or(1));
  auto error = program->emitError("expects the tiles that are live together to fit the ")
               << problem.capacityBytes << " bytes of " << stringifySpace(space)
               << ", but they need " << peak << spell(placement::findMend(problem, slots));
  for (int32_t index : ArrayRef(result.pressure.live).take_front(kBuffersShown)) {
    BufferOp buffer = buffers[index];
    error.attachNote(buffer.getLoc())
        << getName(buffer) << " takes " << problem.buffers[index].sizeBytes << " bytes"
        << (buffer.getSlots() ? " in " + std::to_string(*buffer.getSlots()) + " slots" : "");
  }
  if (result.pressure.live.size() > kBuffersShown)
    error.attachNote() << "and " << result.pressure.live.size() - kBuffersShown << " smaller ones";
  return failure();
}

//===---------------------------------------------------------------------------===//
// Apply
//===---------------------------------------------------------------------------===//

/// The sender of a direct channel writes into the buffer that its tiles are received in.
static void tellSenders(Operation *program) {
  program->walk([](PopOp pop) {
    auto channel = pop.getChannel().getDefiningOp<ChannelOp>();
    auto ring = getRoot(pop.getDestination()).getDefiningOp<BufferOp>();
    if (channel && ring && channel.getType().isDirect() && !channel.getAddress())
      channel.setAddressAttr(ring.getAddressAttr());
  });
}

static LogicalResult placeProgram(Operation *program, const Device &device, int64_t steps) {
  SmallVector<Lifetime> lifetimes = getLifetimes(program);
  for (Lifetime &lifetime : lifetimes)
    if (lifetime.begin == lifetime.end)
      lifetime.buffer->erase(); // nobody touches it
  auto memories = getMemories(lifetimes, device);
  for (auto &[space, memory] : memories) {
    placement::Result result = place(program, memory, steps);
    if (result.status == placement::Status::Malformed)
      return program->emitError("expects a sound placement problem, but got: ") << result.message;
    if (result.status != placement::Status::Placed)
      return refuse(program, space, memory.problem, result, memory.buffers);
    for (auto [buffer, address] : llvm::zip(memory.buffers, result.placement.addresses))
      buffer.setAddress(address);
  }
  tellSenders(program);
  return success();
}

//===---------------------------------------------------------------------------===//
// Pass
//===---------------------------------------------------------------------------===//

namespace {
struct PlaceBuffers : tilework::core::impl::PlaceBuffersPassBase<PlaceBuffers> {
  using PlaceBuffersPassBase::PlaceBuffersPassBase;

  void runOnOperation() override {
    FailureOr<const Device *> device = findDevice(getOperation());
    if (failed(device))
      return signalPassFailure();
    WalkResult result = getOperation().walk([&](Operation *op) {
      if (isa<CubeProgramOp, VectorProgramOp>(op) && failed(placeProgram(op, **device, steps)))
        return WalkResult::interrupt();
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace
