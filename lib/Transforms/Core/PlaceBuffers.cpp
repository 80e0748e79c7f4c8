//===- PlaceBuffers.cpp - an address for every buffer ------------------------------------===//
//
// What: states a placement problem per program and memory, and sets the addresses of its answer.
// Why:  from here on instructions touch bytes, and hazards between them can be seen.
// Form: programs on buffers → programs on buffers with addresses.
// Not:  how to place: lib/Planning/Placement.
//
//===---------------------------------------------------------------------------===//

#include "lib/Planning/Placement/Place.h"
#include "lib/Transforms/Core/Memories.h"
#include "lib/Transforms/Core/Passes.h"

namespace tilework::core {
#define GEN_PASS_DEF_PLACEBUFFERSPASS
#include "lib/Transforms/Core/Passes.h.inc"
} // namespace tilework::core

using namespace mlir;
using namespace tilework;
using namespace tilework::core;

static constexpr size_t kBuffersShown = 8;

/// Says what is live where the memory is fullest, and what would help.
static LogicalResult refuse(Operation *program, Space space, const placement::Problem &problem,
                            const placement::Result &result, ArrayRef<BufferOp> buffers) {
  int64_t peak = result.status == placement::Status::Impossible ? result.lowerBoundBytes
                                                                : result.placement.peakBytes;
  auto error = program->emitError("expects the tiles that are live together to fit the ")
               << problem.capacityBytes << " bytes of " << stringifySpace(space)
               << ", but they need " << peak << "; smaller tiles or fewer stages would fit";
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

static LogicalResult placeProgram(Operation *program, const Device &device, int64_t steps) {
  SmallVector<Lifetime> lifetimes = getLifetimes(program);
  for (Lifetime &lifetime : lifetimes)
    if (lifetime.begin == lifetime.end)
      lifetime.buffer->erase(); // nobody touches it
  auto memories = getMemories(lifetimes, device);
  for (auto &[space, memory] : memories) {
    placement::Options options;
    options.searchSteps = steps;
    placement::Result result = placement::place(memory.problem, options);
    if (result.status == placement::Status::Malformed)
      return program->emitError("expects a sound placement problem, but got: ") << result.message;
    if (result.status != placement::Status::Placed)
      return refuse(program, space, memory.problem, result, memory.buffers);
    for (auto [buffer, address] : llvm::zip(memory.buffers, result.placement.addresses))
      buffer.setAddress(address);
  }
  return success();
}

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
