//===- Room.cpp - whether buffers may live longer --------------------------------------===//

#include "lib/Transforms/Core/Room.h"

#include "lib/Planning/Placement/Place.h"

using namespace mlir;
using namespace tilework;
using namespace tilework::core;

Room::Room(Operation *program, const Device &device)
    : device(device), positions(getPositions(program)), lifetimes(getLifetimes(program)) {}

bool Room::take(BufferOp buffer, Operation *first, Operation *last) {
  Lifetime &lifetime = *llvm::find_if(lifetimes, [&](Lifetime &it) { return it.buffer == buffer; });
  Lifetime before = lifetime;
  lifetime.begin = std::min(lifetime.begin, positions.starts.lookup(first));
  lifetime.end = std::max(lifetime.end, positions.ends.lookup(last) + 1);
  placement::Options options;
  options.stopWhenFits = true;
  auto memories = getMemories(lifetimes, device);
  const placement::Problem &problem = memories[*getSpace(buffer.getType())].problem;
  if (placement::place(problem, options).status == placement::Status::Placed)
    return true;
  lifetime = before;
  return false;
}

LogicalResult
tilework::core::forEachProgram(GroupOp group,
                               function_ref<void(Operation *program, Room &room)> visit) {
  FailureOr<const Device *> device = findDevice(group->getParentOfType<ModuleOp>());
  if (failed(device))
    return failure();
  for (Operation &program : group.getBody().front()) {
    if (!isa<CubeProgramOp, VectorProgramOp>(program))
      continue;
    Room room(&program, **device);
    visit(&program, room);
  }
  return success();
}
