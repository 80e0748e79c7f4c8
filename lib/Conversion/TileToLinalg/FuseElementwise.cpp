//===- FuseElementwise.cpp - compute a value inside its only consumer ---------------===//
//
// What: fuses an element-wise linalg.generic into the one operation that reads its result.
// Why:  the value stays in a register instead of going through a buffer.
// Form: kernel on linalg → the same.
// Not:  consumers that would read an element more than once (row and column expansions, products).
//
//===---------------------------------------------------------------------------===//

#include "lib/Conversion/TileToLinalg/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace tilework {
#define GEN_PASS_DEF_FUSEELEMENTWISEPASS
#include "lib/Conversion/TileToLinalg/Passes.h.inc"
} // namespace tilework

using namespace mlir;

//===---------------------------------------------------------------------------===//
// Decide
//===---------------------------------------------------------------------------===//

static bool isWorthFusing(OpOperand &operand) {
  auto consumer = cast<linalg::GenericOp>(operand.getOwner());
  auto producer = operand.get().getDefiningOp<linalg::GenericOp>();
  return producer && producer->getBlock() == consumer->getBlock() && operand.get().hasOneUse() &&
         producer->getNumResults() == 1 &&
         consumer.getMatchingIndexingMap(&operand).isPermutation() &&
         linalg::areElementwiseOpsFusable(&operand);
}

//===---------------------------------------------------------------------------===//
// Apply
//===---------------------------------------------------------------------------===//

namespace {
struct FuseProducer : OpRewritePattern<linalg::GenericOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(linalg::GenericOp op, PatternRewriter &rewriter) const override {
    for (OpOperand *operand : op.getDpsInputOperands()) {
      if (!isWorthFusing(*operand))
        continue;
      FailureOr<linalg::ElementwiseOpFusionResult> fused =
          linalg::fuseElementwiseOps(rewriter, operand);
      if (failed(fused))
        continue;
      for (Value result : op->getResults())
        rewriter.replaceAllUsesWith(result, fused->replacements.lookup(result));
      rewriter.eraseOp(op);
      return success();
    }
    return failure();
  }
};

//===---------------------------------------------------------------------------===//
// Pass
//===---------------------------------------------------------------------------===//

struct FuseElementwise : tilework::impl::FuseElementwisePassBase<FuseElementwise> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FuseProducer>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
