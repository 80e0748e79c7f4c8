//===- Reductions.cpp - products and reductions as linalg -------------------------===//

#include "lib/Conversion/TileToLinalg/Lowering.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <limits>

using namespace mlir;
using namespace tilework;
using utils::IteratorType;

/// A constant that starts a reduction without changing it.
static Value createNeutral(OpBuilder &b, Location loc, tile::ReduceKind kind, Type element,
                           bool isUnsigned) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  bool isMax = kind == tile::ReduceKind::max;
  if (kind == tile::ReduceKind::sum || kind == tile::ReduceKind::prod)
    return createConstant(b, loc, element, kind == tile::ReduceKind::prod);
  if (isa<FloatType>(element))
    return createConstant(b, loc, element, isMax ? -infinity : infinity);
  unsigned width = isa<IndexType>(element) ? 64 : element.getIntOrFloatBitWidth();
  APInt bits = isUnsigned
                   ? (isMax ? APInt::getMinValue(width) : APInt::getMaxValue(width))
                   : (isMax ? APInt::getSignedMinValue(width) : APInt::getSignedMaxValue(width));
  return arith::ConstantOp::create(b, loc, b.getIntegerAttr(element, bits));
}

static Value combine(OpBuilder &b, Location loc, tile::ReduceKind kind, Value x, Value y,
                     bool isUnsigned) {
  bool isFloat = isa<FloatType>(x.getType());
  auto choose = [&](auto floats, auto signeds, auto unsigneds) -> Value {
    if (isFloat)
      return decltype(floats)::create(b, loc, x, y);
    if (isUnsigned)
      return decltype(unsigneds)::create(b, loc, x, y);
    return decltype(signeds)::create(b, loc, x, y);
  };
  switch (kind) {
  case tile::ReduceKind::sum:
    return choose(arith::AddFOp(), arith::AddIOp(), arith::AddIOp());
  case tile::ReduceKind::prod:
    return choose(arith::MulFOp(), arith::MulIOp(), arith::MulIOp());
  case tile::ReduceKind::max:
    return choose(arith::MaximumFOp(), arith::MaxSIOp(), arith::MaxUIOp());
  case tile::ReduceKind::min:
    return choose(arith::MinimumFOp(), arith::MinSIOp(), arith::MinUIOp());
  }
  return {};
}

/// Maps and iterators of a reduction of dimension `dim` of a matrix into a unit dimension.
static void describeReduction(OpBuilder &b, int64_t dim, unsigned outputs,
                              SmallVectorImpl<AffineMap> &maps,
                              SmallVectorImpl<IteratorType> &iterators) {
  SmallVector<AffineExpr> kept = {b.getAffineDimExpr(0), b.getAffineDimExpr(1)};
  kept[dim] = b.getAffineConstantExpr(0);
  maps.push_back(b.getMultiDimIdentityMap(2));
  maps.append(outputs, AffineMap::get(2, 0, kept, b.getContext()));
  iterators.assign(2, IteratorType::parallel);
  iterators[dim] = IteratorType::reduction;
}

static SmallVector<OpFoldResult> getReducedSizes(OpBuilder &b, Location loc, Value input,
                                                 int64_t dim) {
  SmallVector<OpFoldResult> sizes = tensor::getMixedSizes(b, loc, input);
  sizes[dim] = b.getIndexAttr(1);
  return sizes;
}

static Value createFilled(OpBuilder &b, Location loc, Value value, Value destination) {
  return linalg::FillOp::create(b, loc, value, destination).getResult(0);
}

/// Accumulates in float32 and rounds once at the end (docs/rationale/0004-reductions.md).
static Value lowerReduce(OpBuilder &builder, tile::ReduceOp op) {
  Location loc = op.getLoc();
  auto type = cast<RankedTensorType>(op.getType());
  Type element = getPlainElement(type.getElementType());
  bool isUnsigned = type.getElementType().isUnsignedInteger();
  Type wide = isa<FloatType>(element) ? Type(builder.getF32Type()) : element;
  auto sizes = getReducedSizes(builder, loc, op.getInput(), op.getDim());
  Value destination = createDestination(builder, loc, type, wide, sizes);
  Value start = createFilled(
      builder, loc, createNeutral(builder, loc, op.getKind(), wide, isUnsigned), destination);
  SmallVector<AffineMap> maps;
  SmallVector<IteratorType> iterators;
  describeReduction(builder, op.getDim(), 1, maps, iterators);
  Value result = linalg::GenericOp::create(
                     builder, loc, start.getType(), op.getInput(), start, maps, iterators,
                     [&](OpBuilder &b, Location at, ValueRange arguments) {
                       Value x = widen(b, at, arguments[0]);
                       Value sum = combine(b, at, op.getKind(), arguments[1], x, isUnsigned);
                       linalg::YieldOp::create(b, at, sum);
                     })
                     .getResult(0);
  if (wide == element)
    return result;
  return buildElementwise(builder, loc, createDestination(builder, loc, type, sizes), result,
                          [&](OpBuilder &b, Location at, ValueRange elements) {
                            return narrow(b, at, elements[0], element);
                          });
}

/// Keeps the extreme and its index; a NaN beats every number, the first one stays.
static Value lowerArgReduce(OpBuilder &builder, tile::ArgReduceOp op) {
  Location loc = op.getLoc();
  auto type = cast<RankedTensorType>(op.getType());
  Type source = cast<RankedTensorType>(op.getInput().getType()).getElementType();
  Type element = getPlainElement(source), i32 = builder.getI32Type();
  bool isMax = op.getKind() == tile::ArgReduceKind::argmax;
  bool isUnsigned = source.isUnsignedInteger() || source.isInteger(1);
  auto kind = isMax ? tile::ReduceKind::max : tile::ReduceKind::min;
  Type wide = isa<FloatType>(element) ? Type(builder.getF32Type()) : element;
  auto sizes = getReducedSizes(builder, loc, op.getInput(), op.getDim());
  Value best = createFilled(builder, loc, createNeutral(builder, loc, kind, wide, isUnsigned),
                            createDestination(builder, loc, type, wide, sizes));
  Value where = createFilled(builder, loc, createConstant(builder, loc, i32, 0),
                             createDestination(builder, loc, type, sizes));
  SmallVector<AffineMap> maps;
  SmallVector<IteratorType> iterators;
  describeReduction(builder, op.getDim(), 2, maps, iterators);
  return linalg::GenericOp::create(
             builder, loc, TypeRange{best.getType(), where.getType()}, op.getInput(),
             ValueRange{best, where}, maps, iterators,
             [&](OpBuilder &b, Location at, ValueRange arguments) {
               Value x = widen(b, at, arguments[0]), extreme = arguments[1], isBetter;
               if (isa<FloatType>(wide)) {
                 auto order = isMax ? arith::CmpFPredicate::OGT : arith::CmpFPredicate::OLT;
                 Value beats = arith::CmpFOp::create(b, at, order, x, extreme);
                 Value isNan = arith::CmpFOp::create(b, at, arith::CmpFPredicate::UNO, x, x);
                 Value hasNumber =
                     arith::CmpFOp::create(b, at, arith::CmpFPredicate::ORD, extreme, extreme);
                 Value isFirstNan = arith::AndIOp::create(b, at, isNan, hasNumber);
                 isBetter = arith::OrIOp::create(b, at, beats, isFirstNan);
               } else {
                 using P = arith::CmpIPredicate;
                 auto order =
                     isMax ? (isUnsigned ? P::ugt : P::sgt) : (isUnsigned ? P::ult : P::slt);
                 isBetter = arith::CmpIOp::create(b, at, order, x, extreme);
               }
               Value index = linalg::IndexOp::create(b, at, op.getDim());
               Value position = arith::IndexCastOp::create(b, at, i32, index);
               Value value = arith::SelectOp::create(b, at, isBetter, x, extreme);
               Value found = arith::SelectOp::create(b, at, isBetter, position, arguments[2]);
               linalg::YieldOp::create(b, at, ValueRange{value, found});
             })
      .getResult(1);
}

/// One chain per output: `fma` in float32, multiply and add in i32.
static Value lowerMatmul(OpBuilder &builder, tile::MatmulOp op) {
  Location loc = op.getLoc();
  auto type = cast<RankedTensorType>(op.getType());
  Value start = op.getAcc();
  if (!start) {
    auto lhs = tensor::getMixedSizes(builder, loc, op.getLhs());
    auto rhs = tensor::getMixedSizes(builder, loc, op.getRhs());
    SmallVector<OpFoldResult> sizes = {lhs[op.getTransLhs()], rhs[!op.getTransRhs()]};
    start = createFilled(builder, loc, createConstant(builder, loc, type.getElementType(), 0),
                         createDestination(builder, loc, type, sizes));
  }
  AffineExpr m, n, k;
  bindDims(builder.getContext(), m, n, k);
  auto map = [&](AffineExpr row, AffineExpr column, bool transposed) {
    SmallVector<AffineExpr> indices = {row, column};
    if (transposed)
      std::swap(indices[0], indices[1]);
    return AffineMap::get(3, 0, indices, builder.getContext());
  };
  SmallVector<AffineMap> maps = {map(m, k, op.getTransLhs()), map(k, n, op.getTransRhs()),
                                 map(m, n, false)};
  SmallVector<IteratorType> iterators = {IteratorType::parallel, IteratorType::parallel,
                                         IteratorType::reduction};
  return linalg::GenericOp::create(
             builder, loc, start.getType(), ValueRange{op.getLhs(), op.getRhs()}, start, maps,
             iterators,
             [&](OpBuilder &b, Location at, ValueRange arguments) {
               Value a = arguments[0], x = arguments[1], sum = arguments[2], next;
               if (isa<FloatType>(sum.getType())) {
                 next = math::FmaOp::create(b, at, widen(b, at, a), widen(b, at, x), sum);
               } else {
                 a = arith::ExtSIOp::create(b, at, sum.getType(), a);
                 x = arith::ExtSIOp::create(b, at, sum.getType(), x);
                 next = arith::AddIOp::create(b, at, sum, arith::MulIOp::create(b, at, a, x));
               }
               linalg::YieldOp::create(b, at, next);
             })
      .getResult(0);
}

Value tilework::lowerReduction(OpBuilder &builder, Operation *op) {
  if (auto reduce = dyn_cast<tile::ReduceOp>(op))
    return lowerReduce(builder, reduce);
  if (auto argReduce = dyn_cast<tile::ArgReduceOp>(op))
    return lowerArgReduce(builder, argReduce);
  if (auto matmul = dyn_cast<tile::MatmulOp>(op))
    return lowerMatmul(builder, matmul);
  return {};
}
