//===- Elementwise.cpp - element-wise operations as loops of vectors -----------------===//

#include "lib/Conversion/LinalgToVector/Lines.h"
#include "lib/Conversion/LinalgToVector/Lowering.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace tilework;

//===---------------------------------------------------------------------------===//
// Decide
//===---------------------------------------------------------------------------===//

/// The loop to take vectors along, if every operand allows it.
static FailureOr<unsigned> chooseVectorLoop(linalg::GenericOp op) {
  if (op.getNumLoops() == 0 || op.getNumParallelLoops() != op.getNumLoops())
    return failure();
  SmallVector<int64_t> ranges = op.getStaticLoopRanges();
  unsigned dim = op.getNumLoops() - 1;
  while (dim > 0 && ranges[dim] == 1)
    --dim;
  for (OpOperand &operand : op->getOpOperands()) {
    AffineMap map = op.getMatchingIndexingMap(&operand);
    if (!isLine(operand.get(), map, dim) || (op.isDpsInit(&operand) && !map.isFunctionOfDim(dim)))
      return failure();
  }
  return dim;
}

//===---------------------------------------------------------------------------===//
// Apply
//===---------------------------------------------------------------------------===//

LogicalResult tilework::lowerElementwise(RewriterBase &rewriter, linalg::GenericOp op) {
  FailureOr<unsigned> dim = chooseVectorLoop(op);
  if (failed(dim))
    return failure();
  Location loc = op.getLoc();
  rewriter.setInsertionPoint(op);
  OpBuilder builder(op);
  SmallVector<Range> ranges =
      cast<linalg::LinalgOp>(op.getOperation()).createLoopRanges(rewriter, loc);
  SmallVector<Value> ivs(ranges.size());
  for (unsigned loop = 0; loop < ranges.size(); ++loop) {
    if (loop == *dim)
      continue;
    if (getConstantIntValue(ranges[loop].size) == 1) {
      ivs[loop] = createIndex(builder, loc, 0);
      continue;
    }
    auto outer =
        scf::ForOp::create(builder, loc, createIndex(builder, loc, 0),
                           getValue(builder, loc, ranges[loop].size), createIndex(builder, loc, 1));
    ivs[loop] = outer.getInductionVar();
    builder.setInsertionPoint(outer.getBody()->getTerminator());
  }
  SmallVector<Line> lines = createLines(builder, op, ivs, *dim, /*withOutputs=*/true);
  forEachSpan(builder, loc, ranges[*dim].size, [&](OpBuilder &b, Span span) {
    SmallVector<Value> arguments;
    for (auto [line, argument] : llvm::zip(lines, op.getBody()->getArguments()))
      arguments.push_back(argument.use_empty() ? Value() : line.load(b, loc, span));
    BodyVectorizer body(op, arguments, ivs, *dim, span);
    SmallVector<Value> results;
    for (Value result : op.getBody()->getTerminator()->getOperands())
      results.push_back(body.get(b, result));
    for (auto [index, result] : llvm::enumerate(results))
      lines[op.getNumDpsInputs() + index].store(b, loc, span, result);
  });
  rewriter.eraseOp(op);
  return success();
}
