//===- Units.cpp - which unit of a group executes an instruction --------------------------===//

#include "lib/Transforms/Core/Units.h"

using namespace mlir;
using namespace tilework::core;

Unit tilework::core::getUnit(Operation *op) {
  if (auto release = dyn_cast<ReleaseOp>(op))
    return isFromCube(release.getChannel().getType()) ? Unit::vector : Unit::cube;
  if (auto set = dyn_cast<CrossSetOp>(op))
    return set.getEvent() < kEventsOfVector ? Unit::cube : Unit::vector;
  if (auto wait = dyn_cast<CrossWaitOp>(op))
    return wait.getEvent() < kEventsOfVector ? Unit::vector : Unit::cube;
  for (Type type : llvm::concat<const Type>(op->getOperandTypes(), op->getResultTypes()))
    if (std::optional<Space> space = getSpace(type); space && *space != Space::gm)
      return *space == Space::ub ? Unit::vector : Unit::cube;
  return Unit::both;
}
