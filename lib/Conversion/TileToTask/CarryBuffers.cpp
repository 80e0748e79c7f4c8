//===- CarryBuffers.cpp - loops and conditions hand on buffers ------------------===//
//
// One-shot bufferization wants a tensor that a loop carries, or a condition chooses, to be one
// memory on every way. A buffer may be another one in each iteration, so that is what is handed on;
// where it turns out to be the same, it folds away.
//
//===---------------------------------------------------------------------------===//

#include "lib/Conversion/TileToTask/CarryBuffers.h"

#include "dialects/Tile/Tile.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;
using namespace mlir::bufferization;
using namespace tilework;

namespace {
/// One of the tensors that an operation hands on.
struct Carry {
  SmallVector<OpOperand *> given; ///< on each way
  SmallVector<Value> taken;
};
} // namespace

//===---------------------------------------------------------------------------===//
// Decide
//===---------------------------------------------------------------------------===//

static SmallVector<Carry> findCarries(task::EntryOp entry) {
  SmallVector<Carry> carries;
  auto add = [&](SmallVector<OpOperand *> given, SmallVector<Value> taken) {
    if (isa<RankedTensorType>(taken.front().getType()))
      carries.push_back({std::move(given), std::move(taken)});
  };
  entry.walk([&](Operation *op) {
    if (auto loop = dyn_cast<scf::ForOp>(op)) {
      for (BlockArgument carried : loop.getRegionIterArgs())
        add({loop.getTiedLoopInit(carried), loop.getTiedLoopYieldedValue(carried)},
            {carried, loop.getTiedLoopResult(carried)});
    } else if (auto branch = dyn_cast<scf::IfOp>(op)) {
      for (OpResult chosen : branch.getResults()) {
        unsigned index = chosen.getResultNumber();
        add({&branch.thenYield()->getOpOperand(index), &branch.elseYield()->getOpOperand(index)},
            {chosen});
      }
    } else if (auto loop = dyn_cast<scf::WhileOp>(op)) {
      for (auto [index, carried] : llvm::enumerate(loop.getBeforeArguments()))
        add({&loop->getOpOperand(index), &loop.getYieldOp()->getOpOperand(index)}, {carried});
      for (auto [carried, left, given] : llvm::zip(loop.getAfterArguments(), loop.getResults(),
                                                   loop.getConditionOp().getArgsMutable()))
        add({&given}, {carried, left});
    }
  });
  return carries;
}

/// Whether `tensor` is all of a memory: neither a view nor an array of the orchestration, nor
/// handed on as one of `others`.
static bool isWhole(Value tensor, const DenseSet<Value> &others) {
  while (Operation *op = tensor.getDefiningOp()) {
    if (auto submit = dyn_cast<task::SubmitOp>(op))
      tensor = submit.getDestinations()[cast<OpResult>(tensor).getResultNumber()];
    else if (auto cast = dyn_cast<tensor::CastOp>(op))
      tensor = cast.getSource();
    else
      return isa<tile::EmptyOp, ToTensorOp, scf::ForOp, scf::IfOp, scf::WhileOp>(op) &&
             !others.contains(tensor);
  }
  return !others.contains(tensor);
}

static SmallVector<Carry> decide(task::EntryOp entry) {
  SmallVector<Carry> carries = findCarries(entry);
  DenseSet<Value> others;
  for (bool isChanged = true; isChanged;) {
    isChanged = false;
    llvm::erase_if(carries, [&](const Carry &carry) {
      if (llvm::all_of(carry.given,
                       [&](OpOperand *operand) { return isWhole(operand->get(), others); }))
        return false;
      others.insert(carry.taken.begin(), carry.taken.end());
      return isChanged = true;
    });
  }
  return carries;
}

//===---------------------------------------------------------------------------===//
// Apply
//===---------------------------------------------------------------------------===//

static MemRefType getBufferType(Value tensor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  return MemRefType::get(type.getShape(), type.getElementType());
}

void tilework::carryBuffers(task::EntryOp entry) {
  SmallVector<Carry> carries = decide(entry);
  OpBuilder builder(entry.getContext());
  for (const Carry &carry : carries)
    for (Value value : carry.taken) {
      Type type = value.getType();
      value.setType(getBufferType(value));
      builder.setInsertionPointAfterValue(value);
      auto tensor = ToTensorOp::create(builder, value.getLoc(), type, value, /*restrict=*/true,
                                       /*writable=*/true);
      value.replaceAllUsesExcept(tensor, tensor);
    }
  for (const Carry &carry : carries)
    for (OpOperand *operand : carry.given) {
      Operation *op = operand->getOwner();
      builder.setInsertionPoint(op);
      operand->set(ToBufferOp::create(builder, op->getLoc(), getBufferType(operand->get()),
                                      operand->get(), /*read_only=*/true));
    }
}
