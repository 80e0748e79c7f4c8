//===- SinkViews.cpp - scopes slice global tensors themselves -------------------===//
//
// What: a view of a global tensor that a scope captures is made again inside the scope.
// Why:  the kernel takes the whole tensor, so its regions are exact and no argument is strided.
// Form: fused → fused.
// Not:  views that the orchestration itself reads elements of; they become subviews.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Task/Passes.h"

#include "dialects/Tile/Tile.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/SetVector.h"

namespace tilework::task {
#define GEN_PASS_DEF_SINKVIEWSPASS
#include "lib/Transforms/Task/Passes.h.inc"
} // namespace tilework::task

using namespace mlir;
using namespace tilework;
using namespace tilework::task;

static bool isView(Value value) {
  return value.getDefiningOp() &&
         isa<tensor::ExtractSliceOp, tensor::CastOp>(value.getDefiningOp());
}

/// Clones the views that `scope` captures, and then the views those are made of.
static void sinkViews(ScopeOp scope) {
  for (bool isChanged = true; isChanged;) {
    isChanged = false;
    llvm::SetVector<Value> captured;
    getUsedValuesDefinedAbove(scope.getBody(), captured);
    OpBuilder builder = OpBuilder::atBlockBegin(&scope.getBody().front());
    for (Value view : llvm::make_filter_range(captured, isView)) {
      Operation *clone = builder.clone(*view.getDefiningOp());
      replaceAllUsesInRegionWith(view, clone->getResult(0), scope.getBody());
      builder.setInsertionPointToStart(&scope.getBody().front());
      isChanged = true;
    }
  }
}

namespace {
struct SinkViewsPass : task::impl::SinkViewsPassBase<SinkViewsPass> {
  void runOnOperation() override {
    getOperation().walk([](ScopeOp scope) { sinkViews(scope); });
    SmallVector<Operation *> views;
    getOperation().walk([&](Operation *op) {
      if (op->getNumResults() && isView(op->getResult(0)))
        views.push_back(op);
    });
    for (Operation *view : llvm::reverse(views))
      if (view->use_empty())
        view->erase();
  }
};
} // namespace
