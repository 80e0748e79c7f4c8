//===- Lines.cpp - reading and writing buffers along one loop ------------------------===//

#include "lib/Conversion/LinalgToVector/Lines.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace tilework;

VectorType tilework::getLaneType(Type element) {
  return VectorType::get(kLanes, element);
}

Value tilework::createIndex(OpBuilder &builder, Location loc, int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

Value tilework::getValue(OpBuilder &builder, Location loc, OpFoldResult value) {
  return getValueOrCreateConstantIndexOp(builder, loc, value);
}

Value tilework::broadcast(OpBuilder &builder, Location loc, Value scalar) {
  return vector::BroadcastOp::create(builder, loc, getLaneType(scalar.getType()), scalar);
}

//===---------------------------------------------------------------------------===//
// Spans
//===---------------------------------------------------------------------------===//

void tilework::forEachSpan(OpBuilder &builder, Location loc, OpFoldResult extent,
                           function_ref<void(OpBuilder &, Span)> body) {
  auto loop = [&](Value full) {
    auto spans = scf::ForOp::create(builder, loc, createIndex(builder, loc, 0), full,
                                    createIndex(builder, loc, kLanes));
    OpBuilder inner = OpBuilder::atBlockTerminator(spans.getBody());
    body(inner, {spans.getInductionVar(), Value()});
  };
  auto maskType = getLaneType(builder.getI1Type());
  if (auto size = getConstantIntValue(extent)) {
    int64_t full = *size / kLanes * kLanes, rest = *size - full;
    if (full == kLanes)
      body(builder, {createIndex(builder, loc, 0), Value()});
    else if (full > 0)
      loop(createIndex(builder, loc, full));
    if (rest > 0)
      body(builder,
           {createIndex(builder, loc, full),
            vector::ConstantMaskOp::create(builder, loc, maskType, ArrayRef<int64_t>(rest))});
    return;
  }
  Value size = cast<Value>(extent), lanes = createIndex(builder, loc, kLanes);
  Value rest = arith::RemUIOp::create(builder, loc, size, lanes);
  Value full = arith::SubIOp::create(builder, loc, size, rest);
  loop(full);
  Value hasRest = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, rest,
                                        createIndex(builder, loc, 0));
  auto tail = scf::IfOp::create(builder, loc, hasRest);
  OpBuilder inner = OpBuilder::atBlockTerminator(tail.thenBlock());
  body(inner, {full, vector::CreateMaskOp::create(inner, loc, maskType, rest)});
}

//===---------------------------------------------------------------------------===//
// Lines
//===---------------------------------------------------------------------------===//

/// The dimension of the buffer that loop `dim` walks; none, or more than one, gives nothing.
static std::optional<unsigned> findWalked(AffineMap map, unsigned dim) {
  std::optional<unsigned> walked;
  for (auto [index, expr] : llvm::enumerate(map.getResults()))
    if (expr.isFunctionOfDim(dim)) {
      if (walked)
        return std::nullopt;
      walked = index;
    }
  return walked;
}

bool tilework::isLine(Value buffer, AffineMap map, unsigned dim) {
  for (AffineExpr expr : map.getResults())
    if (!isa<AffineDimExpr, AffineConstantExpr>(expr))
      return false;
  auto type = dyn_cast<MemRefType>(buffer.getType());
  if (!type)
    return true;
  if (!map.isFunctionOfDim(dim))
    return true;
  auto walked = findWalked(map, dim);
  SmallVector<int64_t> strides;
  int64_t offset;
  return walked && !type.getElementType().isInteger(1) && // one byte each, not a bit
         succeeded(type.getStridesAndOffset(strides, offset)) && strides[*walked] == 1;
}

Line::Line(OpBuilder &builder, Location loc, Value buffer, AffineMap map, ArrayRef<Value> ivs,
           unsigned dim) {
  auto type = dyn_cast<MemRefType>(buffer.getType());
  if (!type) { // a scalar operand
    element = broadcast(builder, loc, buffer);
    return;
  }
  SmallVector<OpFoldResult> offsets, sizes, strides(type.getRank(), builder.getIndexAttr(1));
  for (AffineExpr expr : map.getResults()) {
    if (auto constant = dyn_cast<AffineConstantExpr>(expr))
      offsets.push_back(builder.getIndexAttr(constant.getValue()));
    else if (unsigned loop = cast<AffineDimExpr>(expr).getPosition(); loop != dim)
      offsets.push_back(getAsOpFoldResult(ivs[loop]));
    else
      offsets.push_back(builder.getIndexAttr(0));
  }
  auto walked = findWalked(map, dim);
  if (!walked) {
    SmallVector<Value> indices;
    for (OpFoldResult offset : offsets)
      indices.push_back(getValue(builder, loc, offset));
    element = broadcast(builder, loc, memref::LoadOp::create(builder, loc, buffer, indices));
    return;
  }
  sizes.assign(type.getRank(), builder.getIndexAttr(1));
  sizes[*walked] = memref::getMixedSize(builder, loc, buffer, *walked);
  auto lineType = memref::SubViewOp::inferRankReducedResultType({type.getDimSize(*walked)}, type,
                                                                offsets, sizes, strides);
  strip = memref::SubViewOp::create(builder, loc, lineType, buffer, offsets, sizes, strides);
}

/// What stands in lanes that are not there: a number no operation of a body traps on.
static Value createPadding(OpBuilder &builder, Location loc, Type element) {
  TypedAttr one = builder.getOneAttr(element);
  return arith::ConstantOp::create(builder, loc, DenseElementsAttr::get(getLaneType(element), one));
}

Value Line::load(OpBuilder &builder, Location loc, Span span) const {
  if (element)
    return element;
  Type elementType = cast<MemRefType>(strip.getType()).getElementType();
  VectorType type = getLaneType(elementType);
  if (!span.mask)
    return vector::LoadOp::create(builder, loc, type, strip, span.position);
  return vector::MaskedLoadOp::create(builder, loc, type, strip, span.position, span.mask,
                                      createPadding(builder, loc, elementType));
}

void Line::store(OpBuilder &builder, Location loc, Span span, Value vector) const {
  if (span.mask)
    vector::MaskedStoreOp::create(builder, loc, strip, span.position, span.mask, vector);
  else
    vector::StoreOp::create(builder, loc, vector, strip, span.position);
}

SmallVector<Line> tilework::createLines(OpBuilder &builder, linalg::GenericOp op,
                                        ArrayRef<Value> ivs, unsigned dim, bool withOutputs) {
  SmallVector<Line> lines;
  for (OpOperand &operand : op->getOpOperands())
    if (withOutputs || op.isDpsInput(&operand))
      lines.emplace_back(builder, op.getLoc(), operand.get(), op.getMatchingIndexingMap(&operand),
                         ivs, dim);
  return lines;
}

//===---------------------------------------------------------------------------===//
// Bodies
//===---------------------------------------------------------------------------===//

BodyVectorizer::BodyVectorizer(linalg::GenericOp op, ArrayRef<Value> arguments, ArrayRef<Value> ivs,
                               unsigned dim, Span span)
    : op(op), ivs(ivs), dim(dim), span(span) {
  for (auto [argument, vector] : llvm::zip(op.getBody()->getArguments(), arguments))
    vectors[argument] = vector;
}

Value BodyVectorizer::get(OpBuilder &builder, Value value) {
  if (Value vector = vectors.lookup(value))
    return vector;
  Location loc = value.getLoc();
  Operation *def = value.getDefiningOp();
  Value vector;
  Attribute constant;
  if (!def || def->getBlock() != op.getBody()) {
    vector = broadcast(builder, loc, value);
  } else if (auto index = dyn_cast<linalg::IndexOp>(def)) {
    vector = broadcast(builder, loc, index.getDim() == dim ? span.position : ivs[index.getDim()]);
    if (index.getDim() == dim) {
      Value step = vector::StepOp::create(builder, loc, getLaneType(builder.getIndexType()));
      vector = arith::AddIOp::create(builder, loc, vector, step);
    }
  } else if (auto scalar = dyn_cast<arith::ConstantOp>(def)) {
    auto splat = DenseElementsAttr::get(getLaneType(value.getType()), scalar.getValue());
    vector = arith::ConstantOp::create(builder, loc, splat);
  } else {
    IRMapping mapping;
    for (Value operand : def->getOperands())
      mapping.map(operand, get(builder, operand));
    Operation *wide = builder.clone(*def, mapping);
    for (Value result : wide->getResults())
      result.setType(getLaneType(result.getType()));
    vector = wide->getResult(cast<OpResult>(value).getResultNumber());
  }
  vectors[value] = vector;
  return vector;
}
