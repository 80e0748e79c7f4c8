//===- Availability.cpp - what a region program can know ------------------------===//

#include "lib/Transforms/Task/Availability.h"

#include "lib/Transforms/Task/Destinations.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace tilework;
using namespace tilework::task;

BlockArgument task::findArgument(Value tensor, KernelOp kernel) {
  Value root = traceDestination(tensor, kernel.getBody());
  auto toTensor =
      root ? root.getDefiningOp<bufferization::ToTensorOp>() : bufferization::ToTensorOp();
  return toTensor ? dyn_cast<BlockArgument>(toTensor.getBuffer()) : BlockArgument();
}

/// Starts from everything plausible and takes away what turns out unknown until nothing changes,
/// so that a carried value may depend on itself.
Availability::Availability(KernelOp kernel, const DenseSet<Value> &stable)
    : kernel(kernel), stable(stable) {
  bool isChanged = true;
  while (isChanged) {
    isChanged = false;
    available.clear();
    for (BlockArgument argument : kernel.getBody().getArguments())
      add(argument, true);
    visit(kernel.getBody());
    kernel.getBody().walk([&](LoopLikeOpInterface loop) {
      if (isa<scf::WhileOp>(loop))
        return;
      for (BlockArgument carried : loop.getRegionIterArgs())
        if (available.contains(carried) &&
            !available.contains(loop.getTiedLoopYieldedValue(carried)->get()))
          isChanged |= refuted.insert(carried).second;
    });
  }
}

void Availability::add(Value value, bool isKnown) {
  if (isKnown && value.getType().isIntOrIndexOrFloat() && !refuted.contains(value))
    available.insert(value);
}

void Availability::visit(Region &region) {
  for (Block &block : region)
    for (Operation &op : block) {
      if (auto loop = dyn_cast<LoopLikeOpInterface>(op))
        addCarried(loop);
      for (Region &inner : op.getRegions())
        visit(inner);
      if (!isa<LoopLikeOpInterface>(op))
        for (OpResult result : op.getResults())
          add(result, isAvailableResult(result));
    }
}

bool Availability::isCounted(LoopLikeOpInterface loop) const {
  auto isKnown = [&](OpFoldResult bound) {
    return isa<Attribute>(bound) || available.contains(cast<Value>(bound));
  };
  return !isa<scf::WhileOp>(loop) && loop.getLoopInductionVars() &&
         llvm::all_of(*loop.getLoopLowerBounds(), isKnown) &&
         llvm::all_of(*loop.getLoopUpperBounds(), isKnown) &&
         llvm::all_of(*loop.getLoopSteps(), isKnown);
}

void Availability::addCarried(LoopLikeOpInterface loop) {
  if (!isCounted(loop))
    return;
  for (Value induction : *loop.getLoopInductionVars())
    add(induction, true);
  for (BlockArgument carried : loop.getRegionIterArgs()) {
    bool isKnown = available.contains(loop.getTiedLoopInit(carried)->get());
    add(carried, isKnown);
    add(loop.getTiedLoopResult(carried), isKnown && !refuted.contains(carried));
  }
}

bool Availability::isCertain(Operation *op) const {
  for (Operation *parent = op->getParentOp(); parent != kernel; parent = parent->getParentOp()) {
    if (auto branch = dyn_cast<scf::IfOp>(parent)) {
      if (!available.contains(branch.getCondition()))
        return false;
    } else if (auto loop = dyn_cast<LoopLikeOpInterface>(parent); !loop || !isCounted(loop)) {
      return false;
    }
  }
  return true;
}

bool Availability::isStableRead(tensor::ExtractOp extract) const {
  if (!isCertain(extract))
    return false;
  Value tensor = extract.getTensor();
  while (auto slice = tensor.getDefiningOp<tensor::ExtractSliceOp>()) {
    if (!all(slice.getOffsets()))
      return false;
    tensor = slice.getSource();
  }
  BlockArgument argument = findArgument(tensor, kernel);
  return argument && stable.contains(argument) && all(extract.getIndices());
}

bool Availability::isAvailableResult(OpResult result) const {
  Operation *op = result.getOwner();
  if (auto extract = dyn_cast<tensor::ExtractOp>(op))
    return isStableRead(extract);
  if (auto dim = dyn_cast<tensor::DimOp>(op))
    return findArgument(dim.getSource(), kernel) && available.contains(dim.getIndex());
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return available.contains(branch.getCondition()) && branch.elseBlock() &&
           available.contains(branch.thenYield().getOperand(result.getResultNumber())) &&
           available.contains(branch.elseYield().getOperand(result.getResultNumber()));
  return isa<arith::ArithDialect, affine::AffineDialect, math::MathDialect>(op->getDialect()) &&
         op->getNumRegions() == 0 && all(op->getOperands()) &&
         (isSpeculatable(op) || isCertain(op));
}
