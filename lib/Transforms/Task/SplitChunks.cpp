//===- SplitChunks.cpp - one task per chunk of a parallel loop ------------------===//
//
// What: a chunk(n) loop becomes a parallel loop over chunks around a sequential loop of n or fewer.
// Why:  a task per iteration may be too small; the inner loop is what one task runs.
// Form: traced → traced without chunks.
// Not:  choosing n; the author did.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Task/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace tilework::task {
#define GEN_PASS_DEF_SPLITCHUNKSPASS
#include "lib/Transforms/Task/Passes.h.inc"
} // namespace tilework::task

using namespace mlir;
using namespace tilework;
using namespace tilework::task;

/// `min(start + width, upper)`, in the form that value bounds see through.
static Value createEnd(OpBuilder &builder, Location loc, Value start, Value width, Value upper) {
  AffineExpr d0 = builder.getAffineDimExpr(0), d1 = builder.getAffineDimExpr(1);
  Value full = arith::AddIOp::create(builder, loc, start, width);
  auto map = AffineMap::get(2, 0, {d0, d1}, builder.getContext());
  return affine::AffineMinOp::create(builder, loc, map, ValueRange{full, upper});
}

static void splitChunk(ParallelOp loop) {
  OpBuilder builder(loop);
  Location loc = loop.getLoc();
  Value count = arith::ConstantIndexOp::create(builder, loc, *loop.getChunk());
  // Folded here, so that kernels hold the width as a constant rather than take it.
  Value width = builder.createOrFold<arith::MulIOp>(loc, loop.getStep(), count);
  auto chunks =
      ParallelOp::create(builder, loc, loop.getResultTypes(), loop.getLower(), loop.getUpper(),
                         width, loop.getInitArgs(), /*chunk=*/IntegerAttr(),
                         /*verdict=*/VerdictAttr());
  SmallVector<Type> types{builder.getIndexType()};
  SmallVector<Location> locations;
  llvm::append_range(types, loop.getResultTypes());
  for (BlockArgument argument : loop.getBody().getArguments())
    locations.push_back(argument.getLoc());
  Block *outer = builder.createBlock(&chunks.getBody(), {}, types, locations);
  Value end = createEnd(builder, loc, outer->getArgument(0), width, loop.getUpper());
  auto iterations = scf::ForOp::create(builder, loc, outer->getArgument(0), end, loop.getStep(),
                                       outer->getArguments().drop_front());
  YieldOp::create(builder, loc, iterations.getResults());
  iterations.getRegion().takeBody(loop.getBody());
  Operation *yield = iterations.getBody()->getTerminator();
  builder.setInsertionPoint(yield);
  scf::YieldOp::create(builder, yield->getLoc(), yield->getOperands());
  yield->erase();
  loop.replaceAllUsesWith(chunks.getResults());
  loop.erase();
}

namespace {
struct SplitChunksPass : task::impl::SplitChunksPassBase<SplitChunksPass> {
  void runOnOperation() override {
    getOperation().walk([](ParallelOp loop) {
      if (loop.getChunk())
        splitChunk(loop);
    });
  }
};
} // namespace
