//===- FormScopes.cpp - every tile operation gets its scope -----------------------===//
//
// What: dissolves requests (task.auto) and puts tile work that has no scope yet into scopes.
// Why:  a scope is a task; the baseline is the coarsest that keeps parallel loops parallel.
// Form: traced without chunks → fused.
// Not:  scopes that the author wrote, scalars, reads of scalars, and views. Costs decide nothing.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Task/Destinations.h"
#include "lib/Transforms/Task/Passes.h"

#include "dialects/Tile/Tile.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/SetVector.h"

namespace tilework::task {
#define GEN_PASS_DEF_FORMSCOPESPASS
#include "lib/Transforms/Task/Passes.h.inc"
} // namespace tilework::task

using namespace mlir;
using namespace tilework;
using namespace tilework::task;

//===---------------------------------------------------------------------------===//
// Decide
//===---------------------------------------------------------------------------===//

/// True when `op` holds what is, or will be, tasks of their own, or what only the orchestration
/// does.
static bool holdsTasks(Operation *op) {
  return op
      ->walk([&](Operation *inner) {
        return isa<ScopeOp, AutoOp, ParallelOp, AssumeDistinctOp>(inner) ? WalkResult::interrupt()
                                                                         : WalkResult::advance();
      })
      .wasInterrupted();
}

static bool holdsWork(Operation *op) {
  return op
      ->walk([&](Operation *inner) {
        return isTileWork(inner) ? WalkResult::interrupt() : WalkResult::advance();
      })
      .wasInterrupted();
}

/// A parallel loop whose iterations are one task each.
static bool isTaskLoop(Operation *op) {
  return isa<ParallelOp>(op) &&
         llvm::none_of(op->getRegion(0).getOps(), [](Operation &in) { return holdsTasks(&in); });
}

static bool dependsOn(Operation *op, const llvm::SetVector<Operation *> &run) {
  bool depends = false;
  op->walk([&](Operation *inner) {
    for (Value operand : inner->getOperands())
      depends |= operand.getDefiningOp() && run.contains(operand.getDefiningOp());
  });
  return depends;
}

namespace {
/// Operations that become one scope, in order.
struct Run {
  llvm::SetVector<Operation *> ops;
  SplitMode split;
};
} // namespace

static bool usedOutside(Value value, const Run &run, Block *block) {
  return llvm::any_of(value.getUsers(), [&](Operation *user) {
    return !run.ops.contains(block->findAncestorOpInBlock(*user));
  });
}

/// `program_line12`, so that a task can be found in the source.
static std::string decideName(const Run &run) {
  Operation *first = run.ops.front();
  std::string name = first->getParentOfType<EntryOp>().getSymName().str();
  FileLineColLoc place;
  first->getLoc()->walk([&](Location location) {
    place = dyn_cast<FileLineColLoc>(location);
    return place ? WalkResult::interrupt() : WalkResult::advance();
  });
  return place ? name + "_line" + std::to_string(place.getLine()) : name + "_scope";
}

//===---------------------------------------------------------------------------===//
// Apply
//===---------------------------------------------------------------------------===//

/// Moves what computes a scalar before the run when it needs nothing from the run's tiles.
static LogicalResult hoistScalar(Operation *op, Run &run) {
  bool isScalar = isMemoryEffectFree(op) && op->getNumRegions() == 0 &&
                  llvm::none_of(op->getResultTypes(), llvm::IsaPred<TensorType>);
  if (!isScalar)
    return op->emitError("expects only tensors to leave a task, but got a scalar that the task "
                         "computes; read it (tensor.read) from a tensor of the program instead");
  for (Value operand : op->getOperands())
    if (operand.getDefiningOp() && run.ops.contains(operand.getDefiningOp()) &&
        failed(hoistScalar(operand.getDefiningOp(), run)))
      return failure();
  if (op != run.ops.front()) // which an operand may have been
    op->moveBefore(run.ops.front());
  run.ops.remove(op);
  return success();
}

static LogicalResult hoistScalars(Run &run, Block *block) {
  for (Operation *op : SmallVector<Operation *>(run.ops.getArrayRef()))
    for (Value result : op->getResults())
      if (run.ops.contains(op) && !isa<TensorType>(result.getType()) &&
          usedOutside(result, run, block) && failed(hoistScalar(op, run)))
        return failure();
  return success();
}

static LogicalResult createScope(Run run) {
  if (llvm::none_of(run.ops, holdsWork))
    return success();
  Block *block = run.ops.front()->getBlock();
  if (failed(hoistScalars(run, block)))
    return failure();
  SmallVector<Value> results;
  for (Operation *op : run.ops)
    for (Value result : op->getResults())
      if (usedOutside(result, run, block))
        results.push_back(result);
  OpBuilder builder(run.ops.back());
  builder.setInsertionPointAfter(run.ops.back());
  Location loc = run.ops.front()->getLoc();
  auto scope =
      ScopeOp::create(builder, loc, ValueRange(results).getTypes(), decideName(run), run.split);
  Block *body = builder.createBlock(&scope.getBody());
  for (Operation *op : run.ops)
    op->moveBefore(body, body->end());
  YieldOp::create(builder, loc, results);
  for (auto [inner, outer] : llvm::zip(results, scope.getResults()))
    inner.replaceUsesWithIf(outer, [&](OpOperand &use) {
      return !scope.getBody().isAncestor(use.getOwner()->getParentRegion());
    });
  return success();
}

static void inlineRequest(AutoOp request) {
  Operation *yield = request.getBody().front().getTerminator();
  request.replaceAllUsesWith(yield->getOperands());
  yield->erase();
  request->getBlock()->getOperations().splice(request->getIterator(),
                                              request.getBody().front().getOperations());
  request.erase();
}

static LogicalResult formScopes(Block &block, SplitMode split);

/// An operation whose inside has tasks of its own.
static LogicalResult formInside(Operation *op, SplitMode split) {
  if (isa<ScopeOp>(op))
    return success();
  if (isTaskLoop(op)) {
    Run run{{}, split};
    for (Operation &inner : op->getRegion(0).front().without_terminator())
      run.ops.insert(&inner);
    return createScope(run);
  }
  auto request = dyn_cast<AutoOp>(op);
  for (Region &region : op->getRegions())
    for (Block &block : region)
      if (failed(formScopes(block, request ? request.getSplit() : split)))
        return failure();
  if (request)
    inlineRequest(request);
  return success();
}

/// Views and fresh tensors follow the run they depend on; everything else may stay before it.
static bool joinsRun(Operation *op) {
  return holdsWork(op) || isa<tensor::ExtractSliceOp, tensor::DimOp>(op);
}

static LogicalResult formScopes(Block &block, SplitMode split) {
  Run run{{}, split};
  SmallVector<Operation *> ops;
  for (Operation &op : block.without_terminator())
    ops.push_back(&op);
  for (Operation *op : ops) {
    bool isBoundary = holdsTasks(op);
    bool joins = !isBoundary && (holdsWork(op) || (dependsOn(op, run.ops) && joinsRun(op)));
    if (joins) {
      run.ops.insert(op);
      continue;
    }
    if (isBoundary || dependsOn(op, run.ops)) {
      if (!run.ops.empty() && failed(createScope(std::exchange(run, Run{{}, split}))))
        return failure();
      if (isBoundary && failed(formInside(op, split)))
        return failure();
    }
  }
  return run.ops.empty() ? success() : createScope(run);
}

//===---------------------------------------------------------------------------===//
// Pass
//===---------------------------------------------------------------------------===//

namespace {
struct FormScopesPass : task::impl::FormScopesPassBase<FormScopesPass> {
  void runOnOperation() override {
    if (failed(formScopes(getOperation().getBody().front(), SplitMode::automatic)))
      signalPassFailure();
  }
};
} // namespace
