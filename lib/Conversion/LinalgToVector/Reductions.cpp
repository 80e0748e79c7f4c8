//===- Reductions.cpp - rows in 64 lanes, columns ascending ---------------------------===//
//
// The orders are those of docs/rationale/0004-reductions.md.
//
//===---------------------------------------------------------------------------===//

#include "lib/Conversion/LinalgToVector/Lines.h"
#include "lib/Conversion/LinalgToVector/Lowering.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace tilework;

/// The lanes of a row are held in this many vectors.
static constexpr int64_t kRowVectors = 4;
static constexpr int64_t kRowLanes = kRowVectors * kLanes;

//===---------------------------------------------------------------------------===//
// Decide
//===---------------------------------------------------------------------------===//

namespace {
/// `out = combiner(out, mapped)` over one loop of a matrix.
struct Reduction {
  unsigned reduced, kept;
  Operation *combiner;
  Value mapped;
};
} // namespace

static bool dependsOn(Value value, Value argument, Block *body) {
  if (value == argument)
    return true;
  Operation *def = value.getDefiningOp();
  return def && def->getBlock() == body &&
         llvm::any_of(def->getOperands(), [&](Value v) { return dependsOn(v, argument, body); });
}

static FailureOr<Reduction> matchReduction(linalg::GenericOp op) {
  if (op.getNumLoops() != 2 || op.getNumReductionLoops() != 1 || op.getNumDpsInits() != 1)
    return failure();
  Reduction plan;
  plan.reduced = op.getIteratorTypesArray()[1] == utils::IteratorType::reduction ? 1 : 0;
  plan.kept = 1 - plan.reduced;
  Value carried = op.getBody()->getArguments().back();
  plan.combiner = op.getBody()->getTerminator()->getOperand(0).getDefiningOp();
  if (!plan.combiner ||
      !isa<arith::AddFOp, arith::MulFOp, arith::MaximumFOp, arith::MinimumFOp, arith::AddIOp,
           arith::MulIOp, arith::MaxSIOp, arith::MaxUIOp, arith::MinSIOp, arith::MinUIOp>(
          plan.combiner) ||
      plan.combiner->getOperand(0) != carried)
    return failure();
  plan.mapped = plan.combiner->getOperand(1);
  if (dependsOn(plan.mapped, carried, op.getBody()))
    return failure();
  for (OpOperand *operand : op.getDpsInputOperands())
    if (!isLine(operand->get(), op.getMatchingIndexingMap(operand), 1))
      return failure();
  OpOperand *init = op.getDpsInitOperand(0);
  AffineMap map = op.getMatchingIndexingMap(init);
  if (map.isFunctionOfDim(plan.reduced) ||
      (plan.kept == 1 && (!map.isFunctionOfDim(1) || !isLine(init->get(), map, 1))))
    return failure();
  return plan;
}

//===---------------------------------------------------------------------------===//
// Apply
//===---------------------------------------------------------------------------===//

static Value combine(OpBuilder &b, Operation *combiner, Value lhs, Value rhs) {
  OperationState state(combiner->getLoc(), combiner->getName());
  state.addOperands({lhs, rhs});
  state.addTypes(lhs.getType());
  return b.create(state)->getResult(0);
}

static Value createNeutralLanes(OpBuilder &b, Operation *combiner) {
  Type type = combiner->getResult(0).getType();
  auto kind = [&] {
    if (isa<arith::AddFOp>(combiner)) // the neutral of 0004 is +0.0, arith's own is -0.0
      return b.getZeroAttr(type);
    if (isa<arith::MaximumFOp, arith::MinimumFOp>(combiner)) {
      bool isMax = isa<arith::MaximumFOp>(combiner);
      const auto &semantics = cast<FloatType>(type).getFloatSemantics();
      return cast<TypedAttr>(FloatAttr::get(type, APFloat::getInf(semantics, isMax)));
    }
    return *arith::getNeutralElement(combiner);
  }();
  return arith::ConstantOp::create(b, combiner->getLoc(),
                                   DenseElementsAttr::get(getLaneType(type), kind));
}

/// What the body adds for one vector of the reduced or kept loop 1.
static Value mapVector(OpBuilder &b, linalg::GenericOp op, const Reduction &plan,
                       ArrayRef<Line> lines, ArrayRef<Value> ivs, Span span) {
  SmallVector<Value> arguments;
  for (const Line &line : lines)
    arguments.push_back(line.load(b, op.getLoc(), span));
  arguments.push_back(Value());
  BodyVectorizer body(op, arguments, ivs, 1, span);
  return body.get(b, plan.mapped);
}

/// Folds 64 lanes 32, 16, …, 1 and returns lane 0.
static Value foldLanes(OpBuilder &b, Location loc, Operation *combiner, ArrayRef<Value> lanes) {
  Value low = combine(b, combiner, lanes[0], lanes[2]);
  Value high = combine(b, combiner, lanes[1], lanes[3]);
  Value all = combine(b, combiner, low, high);
  for (int64_t width = kLanes / 2; width > 0; width /= 2) {
    SmallVector<int64_t> upper;
    for (int64_t lane = 0; lane < width; ++lane)
      upper.push_back(lane + width);
    SmallVector<int64_t> lower = llvm::to_vector(llvm::seq<int64_t>(width));
    Value rest = vector::ShuffleOp::create(b, loc, all, all, upper);
    all = combine(b, combiner, vector::ShuffleOp::create(b, loc, all, all, lower), rest);
  }
  return vector::ExtractOp::create(b, loc, all, ArrayRef<int64_t>{0});
}

/// Combines what is left of a row, fewer than 64 elements, lane by lane.
static SmallVector<Value> combineRest(OpBuilder &b, linalg::GenericOp op, const Reduction &plan,
                                      ArrayRef<Line> lines, ArrayRef<Value> ivs, Value full,
                                      OpFoldResult rest, ValueRange lanes) {
  Location loc = op.getLoc();
  SmallVector<Value> next(lanes);
  VectorType maskType = getLaneType(b.getI1Type());
  auto size = getConstantIntValue(rest);
  for (int64_t index = 0; index < kRowVectors; ++index) {
    int64_t first = index * kLanes;
    if (size && *size <= first)
      break;
    Value mask;
    if (size) {
      mask = vector::ConstantMaskOp::create(b, loc, maskType,
                                            ArrayRef<int64_t>(std::min(*size - first, kLanes)));
    } else {
      Value there = arith::SubIOp::create(b, loc, cast<Value>(rest), createIndex(b, loc, first));
      mask = vector::CreateMaskOp::create(b, loc, maskType, there); // none where negative
    }
    Value position = arith::AddIOp::create(b, loc, full, createIndex(b, loc, first));
    Value mapped = mapVector(b, op, plan, lines, ivs, {position, mask});
    Value combined = combine(b, plan.combiner, next[index], mapped);
    next[index] = arith::SelectOp::create(b, loc, mask, combined, next[index]);
  }
  return next;
}

static Value reduceRow(OpBuilder &b, linalg::GenericOp op, const Reduction &plan, OpFoldResult size,
                       ArrayRef<Value> ivs) {
  Location loc = op.getLoc();
  SmallVector<Line> lines = createLines(b, op, ivs, 1, /*withOutputs=*/false);
  SmallVector<Value> lanes(kRowVectors, createNeutralLanes(b, plan.combiner));
  auto isStatic = getConstantIntValue(size);
  Value width = createIndex(b, loc, kRowLanes), full;
  OpFoldResult rest;
  if (isStatic) {
    full = createIndex(b, loc, *isStatic / kRowLanes * kRowLanes);
    rest = b.getIndexAttr(*isStatic % kRowLanes);
  } else {
    Value remainder = arith::RemUIOp::create(b, loc, cast<Value>(size), width);
    full = arith::SubIOp::create(b, loc, cast<Value>(size), remainder);
    rest = remainder;
  }
  if (!isStatic || *isStatic >= kRowLanes) {
    auto loop = scf::ForOp::create(
        b, loc, createIndex(b, loc, 0), full, width, lanes,
        [&](OpBuilder &inner, Location, Value position, ValueRange carried) {
          SmallVector<Value> next;
          for (int64_t index = 0; index < kRowVectors; ++index) {
            Value at = arith::AddIOp::create(inner, loc, position,
                                             createIndex(inner, loc, index * kLanes));
            Value mapped = mapVector(inner, op, plan, lines, ivs, {at, Value()});
            next.push_back(combine(inner, plan.combiner, carried[index], mapped));
          }
          scf::YieldOp::create(inner, loc, next);
        });
    lanes = llvm::to_vector(ValueRange(loop.getResults()));
  }
  if (isStatic) {
    lanes = combineRest(b, op, plan, lines, ivs, full, rest, lanes);
  } else {
    Value hasRest = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, cast<Value>(rest),
                                          createIndex(b, loc, 0));
    auto tail = scf::IfOp::create(
        b, loc, hasRest,
        [&](OpBuilder &inner, Location) {
          scf::YieldOp::create(inner, loc,
                               combineRest(inner, op, plan, lines, ivs, full, rest, lanes));
        },
        [&](OpBuilder &inner, Location) { scf::YieldOp::create(inner, loc, lanes); });
    lanes = llvm::to_vector(ValueRange(tail.getResults()));
  }
  return foldLanes(b, loc, plan.combiner, lanes);
}

static void lowerRows(OpBuilder &builder, linalg::GenericOp op, const Reduction &plan,
                      ArrayRef<Range> ranges) {
  Location loc = op.getLoc();
  auto rows =
      scf::ForOp::create(builder, loc, createIndex(builder, loc, 0),
                         getValue(builder, loc, ranges[0].size), createIndex(builder, loc, 1));
  OpBuilder b = OpBuilder::atBlockTerminator(rows.getBody());
  Value row = rows.getInductionVar();
  Value reduced = reduceRow(b, op, plan, ranges[1].size, {row, Value()});
  OpOperand *init = op.getDpsInitOperand(0);
  SmallVector<Value> indices;
  for (AffineExpr expr : op.getMatchingIndexingMap(init).getResults())
    indices.push_back(isa<AffineDimExpr>(expr) ? row : createIndex(b, loc, 0));
  Value start = memref::LoadOp::create(b, loc, init->get(), indices);
  memref::StoreOp::create(b, loc, combine(b, plan.combiner, start, reduced), init->get(), indices);
}

static void lowerColumns(OpBuilder &builder, linalg::GenericOp op, const Reduction &plan,
                         ArrayRef<Range> ranges) {
  Location loc = op.getLoc();
  Value zero = createIndex(builder, loc, 0), one = createIndex(builder, loc, 1);
  Value height = getValue(builder, loc, ranges[0].size);
  OpOperand *init = op.getDpsInitOperand(0);
  Line target(builder, loc, init->get(), op.getMatchingIndexingMap(init), {zero, Value()}, 1);
  forEachSpan(builder, loc, ranges[1].size, [&](OpBuilder &b, Span span) {
    Value start = target.load(b, loc, span);
    auto rows = scf::ForOp::create(
        b, loc, zero, height, one, start,
        [&](OpBuilder &inner, Location, Value row, ValueRange carried) {
          SmallVector<Value> ivs = {row, Value()};
          SmallVector<Line> lines = createLines(inner, op, ivs, 1, /*withOutputs=*/false);
          Value mapped = mapVector(inner, op, plan, lines, ivs, span);
          scf::YieldOp::create(inner, loc, combine(inner, plan.combiner, carried[0], mapped));
        });
    target.store(b, loc, span, rows.getResult(0));
  });
}

LogicalResult tilework::lowerReduction(RewriterBase &rewriter, linalg::GenericOp op) {
  FailureOr<Reduction> plan = matchReduction(op);
  if (failed(plan))
    return failure();
  rewriter.setInsertionPoint(op);
  SmallVector<Range> ranges =
      cast<linalg::LinalgOp>(op.getOperation()).createLoopRanges(rewriter, op.getLoc());
  OpBuilder builder(op);
  if (plan->reduced == 1)
    lowerRows(builder, op, *plan, ranges);
  else
    lowerColumns(builder, op, *plan, ranges);
  rewriter.eraseOp(op);
  return success();
}
