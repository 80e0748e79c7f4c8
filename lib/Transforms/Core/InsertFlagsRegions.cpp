//===- InsertFlagsRegions.cpp - rectangles of global memory ----------------------===//

#include "lib/Transforms/Core/InsertFlags.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

#include <limits>

using namespace mlir;
using namespace tilework::core;

/// The loop in which `value` grows with each iteration, and by how much.
static std::pair<scf::ForOp, int64_t> findStride(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
    auto step = loop ? getConstantIntValue(loop.getStep()) : std::nullopt;
    return step && argument == loop.getInductionVar() ? std::pair(loop, *step)
                                                      : std::pair(scf::ForOp(), int64_t(0));
  }
  Operation *op = value.getDefiningOp();
  for (unsigned operand : {0, 1}) {
    if (!isa<arith::MulIOp, arith::AddIOp>(op))
      break;
    auto [loop, stride] = findStride(op->getOperand(operand));
    Value other = op->getOperand(1 - operand);
    auto factor = getConstantIntValue(other);
    if (loop && isa<arith::MulIOp>(op) && factor && *factor > 0)
      return {loop, stride * *factor};
    if (loop && isa<arith::AddIOp>(op) && loop.isDefinedOutsideOfLoop(other))
      return {loop, stride};
  }
  return {};
}

/// Where iterations of a loop begin, in equal steps, if `value` says so in constants.
static std::optional<GlobalRegion::Axis> findAxis(Value value) {
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
    if (!loop || argument != loop.getInductionVar())
      return std::nullopt;
    auto begin = getConstantIntValue(loop.getLowerBound());
    auto step = getConstantIntValue(loop.getStep());
    if (!begin || !step)
      return std::nullopt;
    return GlobalRegion::Axis{0, loop, *begin, *step, 0};
  }
  Operation *op = value.getDefiningOp();
  for (unsigned operand : {0, 1}) {
    if (!isa<arith::MulIOp, arith::AddIOp>(op))
      break;
    auto axis = findAxis(op->getOperand(operand));
    auto other = getConstantIntValue(op->getOperand(1 - operand));
    if (!axis || !other)
      continue;
    bool isProduct = isa<arith::MulIOp>(op);
    axis->begin = isProduct ? axis->begin * *other : axis->begin + *other;
    axis->step *= isProduct ? *other : 1;
    return axis;
  }
  return std::nullopt;
}

/// The rectangle of a transfer: `sizes` as far as they are known, at most `local`.
static GlobalRegion makeRegion(Operation *op, MemRefType global, ValueRange offsets,
                               ValueRange sizes, MemRefType local) {
  GlobalRegion region;
  SmallPtrSet<Operation *, 4> counted;
  int64_t missing = global.getRank() - local.getRank();
  for (int64_t dim = 0; dim < global.getRank(); ++dim) {
    int64_t size = dim < missing ? 1 : local.getDimSize(dim - missing);
    if (dim >= missing && !sizes.empty())
      size = std::min(size, getConstantIntValue(sizes[dim - missing]).value_or(size));
    bool hasSize = !ShapedType::isDynamic(size);
    auto begin = offsets.empty() ? int64_t(0) : getConstantIntValue(offsets[dim]);
    bool isKnown = begin && hasSize;
    region.begins.push_back(isKnown ? *begin : 0);
    region.ends.push_back(isKnown ? *begin + size : std::numeric_limits<int64_t>::max());
    region.offsets.push_back(offsets.empty() ? Value() : offsets[dim]);
    if (!begin && hasSize)
      if (auto [loop, stride] = findStride(offsets[dim]); loop && stride >= size)
        counted.insert(loop);
    if (!begin && hasSize)
      if (auto axis = findAxis(offsets[dim])) {
        std::tie(axis->dim, axis->size) = std::tuple(dim, size);
        region.axes.push_back(*axis);
      }
  }
  region.isTouchedOnce = true;
  for (Operation *around = op->getParentOp(); !isa<GroupOp>(around); around = around->getParentOp())
    if (isa<LoopLikeOpInterface>(around) && !counted.contains(around))
      region.isTouchedOnce = false;
  return region;
}

GlobalRegion GlobalRegion::of(Operation *op) {
  if (auto load = dyn_cast<DmaLoadOp>(op))
    return makeRegion(op, cast<MemRefType>(load.getSource().getType()), load.getOffsets(),
                      load.getSizes(), cast<MemRefType>(load.getDestination().getType()));
  auto makeStored = [&](auto store) {
    return makeRegion(op, cast<MemRefType>(store.getDestination().getType()), store.getOffsets(),
                      store.getSizes(), cast<MemRefType>(store.getSource().getType()));
  };
  if (auto store = dyn_cast<DmaStoreOp>(op))
    return makeStored(store);
  return makeStored(cast<FixpipeOp>(op));
}

bool GlobalRegion::overlaps(const GlobalRegion &other) const {
  for (size_t dim = 0; dim < std::min(begins.size(), other.begins.size()); ++dim)
    if (begins[dim] >= other.ends[dim] || other.begins[dim] >= ends[dim])
      return false;
  return true;
}
