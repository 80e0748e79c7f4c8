//===- Contraction.cpp - matrix products in register blocks ---------------------------===//
//
// What: C[m, n] += A[m, k] B[k, n], one chain per element of C, k ascending over all of K.
// Why:  a block of C stays in registers over k; B is read along n, A is broadcast.
// Form: linalg.generic with three loops → scf loops of math.fma.
// Not:  blocking for the caches: tiles fit.
//
// A is converted once into a panel of rows. B is converted as it is read, or, where its memory is
// [n, k], transposed into a panel. Rows beyond M repeat the last row: they compute and store the
// same bits again. Columns beyond N are masked.
//
//===---------------------------------------------------------------------------===//

#include "lib/Conversion/LinalgToVector/Lines.h"
#include "lib/Conversion/LinalgToVector/Lowering.h"
#include "lib/Conversion/LinalgToVector/Panels.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace tilework;

//===---------------------------------------------------------------------------===//
// Decide
//===---------------------------------------------------------------------------===//

namespace {
struct Product {
  Factor lhs;   ///< [m, k]
  Factor rhs;   ///< [n, k]; transposed where the memory is [k, n]
  Value target; ///< [m, n]
  OpFoldResult rows, columns, depth;
  // Sizes of the blocks, in elements.
  int64_t panelRows, panelDepth, blockRows, blockVectors;
  Type element;
};
} // namespace

static constexpr int64_t kLineBytes = 64, kMostPanelRows = 64, kMostPanelDepth = 512;

static bool hasUnitStride(Value buffer) {
  SmallVector<int64_t> strides;
  int64_t offset;
  auto type = dyn_cast<MemRefType>(buffer.getType());
  return type && succeeded(type.getStridesAndOffset(strides, offset)) && strides.back() == 1;
}

/// 16 accumulators: each vector of B feeds as many rows, and all fit the registers.
static void chooseBlocks(Product &plan) {
  auto rows = getConstantIntValue(plan.rows), depth = getConstantIntValue(plan.depth);
  auto columns = getConstantIntValue(plan.columns);
  plan.panelDepth =
      depth ? std::min(llvm::alignTo(*depth, kLanes), uint64_t(kMostPanelDepth)) : kMostPanelDepth;
  plan.panelRows = rows ? std::min(*rows, kMostPanelRows) : kLanes;
  plan.blockRows = std::min(plan.panelRows, kLanes);
  plan.blockVectors = plan.blockRows <= 4 ? 4 : plan.blockRows <= 8 ? 2 : 1;
  if (columns)
    plan.blockVectors = std::clamp<int64_t>(*columns / kLanes, 1, plan.blockVectors);
}

static bool isProductBody(Block *body) {
  if (body->getNumArguments() != 3)
    return false;
  auto isFactor = [&](Value value, unsigned argument) {
    Operation *def = value.getDefiningOp();
    if (isa_and_nonnull<arith::ExtFOp, arith::ExtSIOp>(def))
      value = def->getOperand(0);
    return value == body->getArgument(argument);
  };
  Operation *last = body->getTerminator()->getOperand(0).getDefiningOp();
  if (auto fma = dyn_cast_or_null<math::FmaOp>(last))
    return isFactor(fma.getA(), 0) && isFactor(fma.getB(), 1) && fma.getC() == body->getArgument(2);
  auto sum = dyn_cast_or_null<arith::AddIOp>(last);
  auto product = sum ? sum.getRhs().getDefiningOp<arith::MulIOp>() : arith::MulIOp();
  return product && sum.getLhs() == body->getArgument(2) && isFactor(product.getLhs(), 0) &&
         isFactor(product.getRhs(), 1);
}

static FailureOr<Product> matchProduct(linalg::GenericOp op) {
  using utils::IteratorType;
  SmallVector<IteratorType> expected = {IteratorType::parallel, IteratorType::parallel,
                                        IteratorType::reduction};
  if (op.getIteratorTypesArray() != expected || op.getNumDpsInputs() != 2 ||
      op.getNumDpsInits() != 1 || !isProductBody(op.getBody()))
    return failure();
  AffineExpr m, n, k;
  bindDims(op.getContext(), m, n, k);
  auto map = [&](AffineExpr first, AffineExpr second) {
    return AffineMap::get(3, 0, {first, second}, op.getContext());
  };
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  bool isLhsTransposed = maps[0] == map(k, m), isRhsTransposed = maps[1] == map(k, n);
  if ((!isLhsTransposed && maps[0] != map(m, k)) || (!isRhsTransposed && maps[1] != map(n, k)) ||
      maps[2] != map(m, n))
    return failure();
  Product plan;
  plan.target = op.getDpsInits()[0];
  plan.lhs = {op.getDpsInputs()[0], isLhsTransposed, OpFoldResult()};
  plan.rhs = {op.getDpsInputs()[1], isRhsTransposed, OpFoldResult()};
  if (!hasUnitStride(plan.target) || !hasUnitStride(plan.rhs.buffer) ||
      (!hasUnitStride(plan.lhs.buffer) && !isLhsTransposed))
    return failure();
  plan.element = cast<MemRefType>(plan.target.getType()).getElementType();
  return plan;
}

//===---------------------------------------------------------------------------===//
// Apply
//===---------------------------------------------------------------------------===//

static Value add(OpBuilder &b, Location loc, Value x, int64_t y) {
  return y == 0 ? x : Value(arith::AddIOp::create(b, loc, x, createIndex(b, loc, y)));
}

static Value loadVector(OpBuilder &b, Location loc, Value buffer, ValueRange at, Value mask) {
  VectorType type = getLaneType(cast<MemRefType>(buffer.getType()).getElementType());
  if (!mask)
    return vector::LoadOp::create(b, loc, type, buffer, at);
  Value zeros = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
  return vector::MaskedLoadOp::create(b, loc, type, buffer, at, mask, zeros);
}

static Value multiplyAdd(OpBuilder &b, Location loc, Value x, Value y, Value sum) {
  if (isa<FloatType>(getElementTypeOrSelf(sum.getType())))
    return math::FmaOp::create(b, loc, x, y, sum); // vector.fma may round twice
  return arith::AddIOp::create(b, loc, sum, arith::MulIOp::create(b, loc, x, y));
}

namespace {
/// Emits the loops of one product. Positions: `panelRow` and `firstDepth` of the panel at hand.
class ProductEmitter {
public:
  ProductEmitter(const Product &plan, Location loc) : plan(plan), loc(loc) {}

  void emit(OpBuilder &b);

private:
  void emitRows(OpBuilder &b, Value depth);
  void emitPanel(OpBuilder &b, int64_t rows, Value depth);
  void emitColumns(OpBuilder &b, int64_t rows, Value depth);
  void emitStrip(OpBuilder &b, int64_t rows, Value depth, Value column, int64_t vectors,
                 Value mask);
  void emitBlock(OpBuilder &b, int64_t firstRow, int64_t rows, Value depth, Value column,
                 int64_t vectors, Value mask);
  Value allocate(OpBuilder &b, int64_t rows, int64_t columns) {
    auto type = MemRefType::get({rows, columns}, plan.element);
    return memref::AllocOp::create(b, loc, type, b.getI64IntegerAttr(64));
  }
  OpFoldResult foldDepth(Value depth) {
    auto constant = getConstantIntValue(depth);
    return constant ? OpFoldResult(OpBuilder(depth.getContext()).getIndexAttr(*constant))
                    : OpFoldResult(depth);
  }

  /// Rows of B lie in different pages, where no hardware prefetcher follows: the next lines are
  /// asked for a whole pass ahead.
  void prefetch(OpBuilder &b, Value row, Value column) {
    Type element = cast<MemRefType>(plan.rhs.buffer.getType()).getElementType();
    int64_t line = kLineBytes * 8 / element.getIntOrFloatBitWidth();
    memref::PrefetchOp::create(b, loc, plan.rhs.buffer, ValueRange{row, add(b, loc, column, line)},
                               /*isWrite=*/false,
                               /*localityHint=*/2, /*isDataCache=*/true);
  }

  const Product &plan;
  Location loc;
  Value firstDepth, panelRow, lhsPanel, rhsPanel;
};
} // namespace

void ProductEmitter::emit(OpBuilder &b) {
  auto depth = getConstantIntValue(plan.depth);
  Value zero = createIndex(b, loc, 0);
  if (depth && *depth <= plan.panelDepth) {
    firstDepth = zero;
    emitRows(b, createIndex(b, loc, *depth));
    return;
  }
  Value size = getValue(b, loc, plan.depth), step = createIndex(b, loc, plan.panelDepth);
  auto loop = scf::ForOp::create(b, loc, zero, size, step);
  OpBuilder inner = OpBuilder::atBlockTerminator(loop.getBody());
  firstDepth = loop.getInductionVar();
  Value rest = arith::SubIOp::create(inner, loc, size, firstDepth);
  emitRows(inner, arith::MinSIOp::create(inner, loc, rest, step));
}

void ProductEmitter::emitRows(OpBuilder &b, Value depth) {
  auto rows = getConstantIntValue(plan.rows);
  Value zero = createIndex(b, loc, 0), step = createIndex(b, loc, plan.panelRows);
  if (rows && *rows == plan.panelRows) {
    panelRow = zero;
    emitPanel(b, plan.panelRows, depth);
    return;
  }
  int64_t full = rows ? *rows / plan.panelRows * plan.panelRows : 0;
  Value end = rows ? createIndex(b, loc, full) : getValue(b, loc, plan.rows);
  auto loop = scf::ForOp::create(b, loc, zero, end, step);
  OpBuilder inner = OpBuilder::atBlockTerminator(loop.getBody());
  panelRow = loop.getInductionVar();
  emitPanel(inner, plan.panelRows, depth);
  if (rows && *rows > full) {
    panelRow = end;
    emitPanel(b, *rows - full, depth);
  }
}

void ProductEmitter::emitPanel(OpBuilder &b, int64_t rows, Value depth) {
  lhsPanel = allocate(b, rows, plan.panelDepth);
  packRows(b, loc, plan.lhs, panelRow, firstDepth, foldDepth(depth), lhsPanel);
  emitColumns(b, rows, depth);
}

void ProductEmitter::emitColumns(OpBuilder &b, int64_t rows, Value depth) {
  Value zero = createIndex(b, loc, 0), size = getValue(b, loc, plan.columns);
  int64_t width = plan.blockVectors * kLanes;
  auto columns = getConstantIntValue(plan.columns);
  Value full = zero;
  if (!columns || *columns >= width) {
    Value step = createIndex(b, loc, width);
    full = columns ? createIndex(b, loc, *columns / width * width)
                   : Value(arith::SubIOp::create(b, loc, size,
                                                 arith::RemUIOp::create(b, loc, size, step)));
    auto loop = scf::ForOp::create(b, loc, zero, full, step);
    OpBuilder inner = OpBuilder::atBlockTerminator(loop.getBody());
    emitStrip(inner, rows, depth, loop.getInductionVar(), plan.blockVectors, Value());
  }
  if (columns && *columns % width == 0)
    return;
  auto loop = scf::ForOp::create(b, loc, full, size, createIndex(b, loc, kLanes));
  OpBuilder inner = OpBuilder::atBlockTerminator(loop.getBody());
  Value there = arith::SubIOp::create(inner, loc, size, loop.getInductionVar());
  Value mask = vector::CreateMaskOp::create(inner, loc, getLaneType(b.getI1Type()), there);
  emitStrip(inner, rows, depth, loop.getInductionVar(), 1, mask);
}

void ProductEmitter::emitStrip(OpBuilder &b, int64_t rows, Value depth, Value column,
                               int64_t vectors, Value mask) {
  if (!plan.rhs.isTransposed) {
    rhsPanel = allocate(b, plan.panelDepth, vectors * kLanes);
    packColumns(b, loc, plan.rhs, column, firstDepth, foldDepth(depth), rhsPanel);
  }
  for (int64_t row = 0; row < rows; row += plan.blockRows)
    emitBlock(b, row, std::min(plan.blockRows, rows - row), depth, column, vectors, mask);
}

void ProductEmitter::emitBlock(OpBuilder &b, int64_t firstRow, int64_t rows, Value depth,
                               Value column, int64_t vectors, Value mask) {
  bool isDynamic = !getConstantIntValue(plan.rows);
  SmallVector<Value> targetRows, sums;
  for (int64_t row = 0; row < rows; ++row) {
    Value at = arith::AddIOp::create(b, loc, panelRow, createIndex(b, loc, firstRow + row));
    targetRows.push_back(isDynamic ? plan.lhs.clampRow(b, loc, at) : at);
    for (int64_t index = 0; index < vectors; ++index)
      sums.push_back(loadVector(b, loc, plan.target,
                                {targetRows.back(), add(b, loc, column, index * kLanes)}, mask));
  }
  auto loop = scf::ForOp::create(
      b, loc, createIndex(b, loc, 0), depth, createIndex(b, loc, 1), sums,
      [&](OpBuilder &inner, Location, Value k, ValueRange carried) {
        SmallVector<Value> factors, next;
        for (int64_t index = 0; index < vectors; ++index) {
          if (!plan.rhs.isTransposed) {
            Value at = createIndex(inner, loc, index * kLanes);
            factors.push_back(loadVector(inner, loc, rhsPanel, {k, at}, Value()));
            continue;
          }
          Value row = arith::AddIOp::create(inner, loc, firstDepth, k);
          Value at = add(inner, loc, column, index * kLanes);
          prefetch(inner, row, at);
          factors.push_back(
              convertFactor(inner, loc, loadVector(inner, loc, plan.rhs.buffer, {row, at}, mask)));
        }
        for (int64_t row = 0; row < rows; ++row) {
          Value at = createIndex(inner, loc, firstRow + row);
          Value element = memref::LoadOp::create(inner, loc, lhsPanel, ValueRange{at, k});
          Value all = broadcast(inner, loc, element);
          for (int64_t index = 0; index < vectors; ++index)
            next.push_back(
                multiplyAdd(inner, loc, all, factors[index], carried[row * vectors + index]));
        }
        scf::YieldOp::create(inner, loc, next);
      });
  for (int64_t row = 0; row < rows; ++row)
    for (int64_t index = 0; index < vectors; ++index) {
      Value sum = loop.getResult(row * vectors + index);
      SmallVector<Value> at = {targetRows[row], add(b, loc, column, index * kLanes)};
      if (mask)
        vector::MaskedStoreOp::create(b, loc, plan.target, at, mask, sum);
      else
        vector::StoreOp::create(b, loc, sum, plan.target, at);
    }
}

LogicalResult tilework::lowerContraction(RewriterBase &rewriter, linalg::GenericOp op) {
  FailureOr<Product> plan = matchProduct(op);
  if (failed(plan))
    return failure();
  rewriter.setInsertionPoint(op);
  SmallVector<Range> ranges =
      cast<linalg::LinalgOp>(op.getOperation()).createLoopRanges(rewriter, op.getLoc());
  plan->rows = plan->lhs.rows = ranges[0].size;
  plan->columns = plan->rhs.rows = ranges[1].size;
  plan->depth = ranges[2].size;
  chooseBlocks(*plan);
  OpBuilder builder(op);
  ProductEmitter(*plan, op.getLoc()).emit(builder);
  rewriter.eraseOp(op);
  return success();
}
