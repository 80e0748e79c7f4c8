//===- PackPanels.cpp - operands of a product, converted and in order ------------------===//

#include "lib/Conversion/LinalgToVector/Lines.h"
#include "lib/Conversion/LinalgToVector/Panels.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace tilework;

Value tilework::convertFactor(OpBuilder &builder, Location loc, Value value) {
  Type element = getElementTypeOrSelf(value.getType());
  Type wide = isa<FloatType>(element) ? Type(builder.getF32Type()) : Type(builder.getI32Type());
  if (element == wide)
    return value;
  Type type = isa<VectorType>(value.getType()) ? Type(getLaneType(wide)) : wide;
  if (isa<FloatType>(element))
    return arith::ExtFOp::create(builder, loc, type, value);
  return arith::ExtSIOp::create(builder, loc, type, value);
}

Value Factor::clampRow(OpBuilder &builder, Location loc, Value row) const {
  Value last = arith::SubIOp::create(builder, loc, getValue(builder, loc, rows),
                                     createIndex(builder, loc, 1));
  return arith::MinSIOp::create(builder, loc, row, last);
}

static Value add(OpBuilder &builder, Location loc, Value lhs, Value rhs) {
  return arith::AddIOp::create(builder, loc, lhs, rhs);
}

/// 16 elements along the depth, widened.
static Value loadDepth(OpBuilder &b, Location loc, const Factor &factor, Value row, Value depth,
                       Value mask) {
  VectorType type = getLaneType(cast<MemRefType>(factor.buffer.getType()).getElementType());
  SmallVector<Value> indices = {row, depth};
  Value vector;
  if (mask) {
    Value zeros = arith::ConstantOp::create(b, loc, b.getZeroAttr(type));
    vector = vector::MaskedLoadOp::create(b, loc, type, factor.buffer, indices, mask, zeros);
  } else {
    vector = vector::LoadOp::create(b, loc, type, factor.buffer, indices);
  }
  return convertFactor(b, loc, vector);
}

void tilework::packRows(OpBuilder &builder, Location loc, const Factor &factor, Value firstRow,
                        Value firstDepth, OpFoldResult depth, Value panel) {
  Value zero = createIndex(builder, loc, 0), one = createIndex(builder, loc, 1);
  Value height = createIndex(builder, loc, cast<MemRefType>(panel.getType()).getDimSize(0));
  auto loop = scf::ForOp::create(builder, loc, zero, height, one);
  OpBuilder b = OpBuilder::atBlockTerminator(loop.getBody());
  Value r = loop.getInductionVar();
  Value row = factor.clampRow(b, loc, add(b, loc, firstRow, r));
  if (!factor.isTransposed) {
    forEachSpan(b, loc, depth, [&](OpBuilder &inner, Span span) {
      Value at = add(inner, loc, firstDepth, span.position);
      Value vector = loadDepth(inner, loc, factor, row, at, span.mask);
      SmallVector<Value> target = {r, span.position};
      if (span.mask)
        vector::MaskedStoreOp::create(inner, loc, panel, target, span.mask, vector);
      else
        vector::StoreOp::create(inner, loc, vector, panel, target);
    });
    return;
  }
  auto elements = scf::ForOp::create(b, loc, zero, getValue(b, loc, depth), one);
  b.setInsertionPoint(elements.getBody()->getTerminator());
  Value k = elements.getInductionVar();
  Value element =
      memref::LoadOp::create(b, loc, factor.buffer, ValueRange{add(b, loc, firstDepth, k), row});
  memref::StoreOp::create(b, loc, convertFactor(b, loc, element), panel, ValueRange{r, k});
}

/// Transposes 16 vectors of 16 by exchanging halves of pairs, 8, 4, 2 and 1 apart.
static void transpose(OpBuilder &b, Location loc, SmallVectorImpl<Value> &rows) {
  for (int64_t distance = kLanes / 2; distance > 0; distance /= 2) {
    SmallVector<int64_t> first, second;
    for (int64_t lane = 0; lane < kLanes; ++lane) {
      bool isUpper = lane & distance;
      first.push_back(isUpper ? kLanes + lane - distance : lane);
      second.push_back(isUpper ? kLanes + lane : lane + distance);
    }
    for (int64_t row = 0; row < kLanes; ++row) {
      if (row & distance)
        continue;
      Value upper = rows[row], lower = rows[row + distance];
      rows[row] = vector::ShuffleOp::create(b, loc, upper, lower, first);
      rows[row + distance] = vector::ShuffleOp::create(b, loc, upper, lower, second);
    }
  }
}

void tilework::packColumns(OpBuilder &builder, Location loc, const Factor &factor, Value firstRow,
                           Value firstDepth, OpFoldResult depth, Value panel) {
  int64_t width = cast<MemRefType>(panel.getType()).getDimSize(1);
  for (int64_t column = 0; column < width; column += kLanes) {
    SmallVector<Value> sources;
    for (int64_t lane = 0; lane < kLanes; ++lane)
      sources.push_back(factor.clampRow(
          builder, loc, add(builder, loc, firstRow, createIndex(builder, loc, column + lane))));
    forEachSpan(builder, loc, depth, [&](OpBuilder &b, Span span) {
      Value at = add(b, loc, firstDepth, span.position);
      SmallVector<Value> rows;
      for (Value source : sources)
        rows.push_back(loadDepth(b, loc, factor, source, at, span.mask));
      transpose(b, loc, rows);
      for (auto [index, row] : llvm::enumerate(rows)) {
        Value k = add(b, loc, span.position, createIndex(b, loc, index));
        vector::StoreOp::create(b, loc, row, panel, ValueRange{k, createIndex(b, loc, column)});
      }
    });
  }
}
