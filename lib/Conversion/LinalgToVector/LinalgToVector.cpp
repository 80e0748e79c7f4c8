//===- LinalgToVector.cpp - kernels from linalg to loops of vectors --------------------===//
//
// What: lowers each linalg operation and each copy of a kernel to loops of vector operations.
// Why:  the orders of products and reductions are part of the numerics contract, so they are spelt
//       here and not left to a general vectorizer.
// Form: kernel on linalg and memrefs → kernel on vector, memref, scf, arith, math.
// Not:  transcendentals and bf16 conversions, which math-convert-to-arith spells.
//
//===---------------------------------------------------------------------------===//

#include "lib/Conversion/LinalgToVector/Lowering.h"
#include "lib/Conversion/LinalgToVector/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/Dialect/Linalg/Utils/Utils.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace tilework {
#define GEN_PASS_DEF_CONVERTLINALGTOVECTORPASS
#include "lib/Conversion/LinalgToVector/Passes.h.inc"
} // namespace tilework

using namespace mlir;
using namespace tilework;

/// The generic form of a copy, a fill or another named operation; null for anything else.
static FailureOr<linalg::GenericOp> generalize(RewriterBase &rewriter, Operation *op) {
  rewriter.setInsertionPoint(op);
  if (auto copy = dyn_cast<memref::CopyOp>(op)) {
    auto generic =
        linalg::makeMemRefCopyOp(rewriter, op->getLoc(), copy.getSource(), copy.getTarget());
    rewriter.eraseOp(op);
    return generic;
  }
  if (auto generic = dyn_cast<linalg::GenericOp>(op))
    return generic;
  return linalg::generalizeNamedOp(rewriter, cast<linalg::LinalgOp>(op));
}

static LogicalResult lower(RewriterBase &rewriter, Operation *op) {
  FailureOr<linalg::GenericOp> generic = generalize(rewriter, op);
  if (failed(generic))
    return op->emitError("expects a linalg operation with a generic form, but got '")
           << op->getName() << "'";
  if (succeeded(lowerContraction(rewriter, *generic)) ||
      succeeded(lowerReduction(rewriter, *generic)) ||
      succeeded(lowerElementwise(rewriter, *generic)))
    return success();
  rewriter.setInsertionPoint(*generic);
  if (failed(linalg::linalgOpToLoops(rewriter, *generic)))
    return failure();
  rewriter.eraseOp(*generic);
  return success();
}

namespace {
struct ConvertLinalgToVector
    : tilework::impl::ConvertLinalgToVectorPassBase<ConvertLinalgToVector> {
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) {
      if (isa<linalg::LinalgOp, memref::CopyOp>(op))
        ops.push_back(op);
    });
    IRRewriter rewriter(&getContext());
    for (Operation *op : ops)
      if (failed(lower(rewriter, op)))
        return signalPassFailure();
  }
};
} // namespace
