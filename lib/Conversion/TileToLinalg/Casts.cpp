//===- Casts.cpp - conversions of elements with a rounding mode ------------------===//
//
// What: rounding to a narrower float in every mode, saturation to integers.
// Why:  hardware rounds to nearest even only, and poisons what does not fit.
//
//===---------------------------------------------------------------------------===//

#include "lib/Conversion/TileToLinalg/Lowering.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>

using namespace mlir;
using namespace tilework;
using tile::Rounding;

namespace {
/// Arithmetic without ceremony.
struct Emitter {
  OpBuilder &b;
  Location loc;

  Value constant(Type type, double value) { return createConstant(b, loc, type, value); }
  Value select(Value c, Value x, Value y) { return arith::SelectOp::create(b, loc, c, x, y); }
  Value cmp(arith::CmpFPredicate p, Value x, Value y) {
    return arith::CmpFOp::create(b, loc, p, x, y);
  }
  Value cmp(arith::CmpIPredicate p, Value x, Value y) {
    return arith::CmpIOp::create(b, loc, p, x, y);
  }
  Value add(Value x, Value y) { return arith::AddIOp::create(b, loc, x, y); }
  Value sub(Value x, Value y) { return arith::SubIOp::create(b, loc, x, y); }
  Value andi(Value x, Value y) { return arith::AndIOp::create(b, loc, x, y); }
  Value ori(Value x, Value y) { return arith::OrIOp::create(b, loc, x, y); }
  Value abs(Value x) { return math::AbsFOp::create(b, loc, x); }
  Value zext(Value flag, Type type) { return arith::ExtUIOp::create(b, loc, type, flag); }
  Value isNegative(Value bits) {
    return cmp(arith::CmpIPredicate::slt, bits, constant(bits.getType(), 0));
  }
};
} // namespace

/// Rounds to a narrower float: the nearest even, then one step of the magnitude up or down.
static Value roundFloat(Emitter e, Value value, Type to, Rounding rounding) {
  Value nearest = arith::TruncFOp::create(e.b, e.loc, to, value);
  if (rounding == Rounding::rint || rounding == Rounding::none)
    return nearest;
  Type wide = value.getType(), wideBits = e.b.getIntegerType(wide.getIntOrFloatBitWidth());
  Type narrowBits = e.b.getIntegerType(to.getIntOrFloatBitWidth());
  Value back = arith::ExtFOp::create(e.b, e.loc, wide, nearest);
  Value bits = arith::BitcastOp::create(e.b, e.loc, narrowBits, nearest);
  Value magnitude = e.abs(value), backMagnitude = e.abs(back);
  Value isBelow = e.cmp(arith::CmpFPredicate::OLT, backMagnitude, magnitude);
  Value isAbove = e.cmp(arith::CmpFPredicate::OGT, backMagnitude, magnitude);
  if (rounding == Rounding::round) {
    // Only a tie that went towards zero differs. The step up from there is exact.
    Value upBits = e.add(bits, e.constant(narrowBits, 1));
    Value upFloat = arith::BitcastOp::create(e.b, e.loc, to, upBits);
    Value up = arith::ExtFOp::create(e.b, e.loc, wide, upFloat);
    Value above = arith::SubFOp::create(e.b, e.loc, e.abs(up), magnitude);
    Value below = arith::SubFOp::create(e.b, e.loc, magnitude, backMagnitude);
    Value isTie = e.cmp(arith::CmpFPredicate::OEQ, above, below);
    bits = e.add(bits, e.zext(e.andi(isTie, isBelow), narrowBits));
    return arith::BitcastOp::create(e.b, e.loc, to, bits);
  }
  Value towardZero = e.sub(bits, e.zext(isAbove, narrowBits));
  Value isInexact = e.ori(isBelow, isAbove);
  Value sign = e.isNegative(arith::BitcastOp::create(e.b, e.loc, wideBits, value));
  Value positive = arith::XOrIOp::create(e.b, e.loc, sign, e.constant(e.b.getI1Type(), 1));
  if (rounding == Rounding::odd)
    bits = e.ori(towardZero, e.zext(isInexact, narrowBits));
  else if (rounding == Rounding::trunc)
    bits = towardZero;
  else
    bits =
        e.add(towardZero,
              e.zext(e.andi(isInexact, rounding == Rounding::floor ? sign : positive), narrowBits));
  return arith::BitcastOp::create(e.b, e.loc, to, bits);
}

static Value roundToIntegral(Emitter e, Value value, Rounding rounding) {
  switch (rounding) {
  case Rounding::rint:
    return math::RoundEvenOp::create(e.b, e.loc, value);
  case Rounding::round:
    return math::RoundOp::create(e.b, e.loc, value);
  case Rounding::floor:
    return math::FloorOp::create(e.b, e.loc, value);
  case Rounding::ceil:
    return math::CeilOp::create(e.b, e.loc, value);
  case Rounding::none:
  case Rounding::trunc:
    return math::TruncOp::create(e.b, e.loc, value);
  case Rounding::odd:
    break;
  }
  // The odd neighbour: away from zero where truncation gave an even number.
  Type type = value.getType();
  Value whole = math::TruncOp::create(e.b, e.loc, value);
  Value half = arith::MulFOp::create(e.b, e.loc, whole, e.constant(type, 0.5));
  Value isEven = e.cmp(arith::CmpFPredicate::OEQ, half, math::TruncOp::create(e.b, e.loc, half));
  Value isInexact = e.cmp(arith::CmpFPredicate::UNE, whole, value);
  Value unit = math::CopySignOp::create(e.b, e.loc, e.constant(type, 1.0), value);
  Value next = arith::AddFOp::create(e.b, e.loc, whole, unit);
  return e.select(e.andi(isEven, isInexact), next, whole);
}

static Value floatToInteger(Emitter e, Value value, Type to, Rounding rounding) {
  Type f32 = value.getType(), plain = getPlainElement(to);
  bool isUnsigned = to.isUnsignedInteger();
  unsigned width = isa<IndexType>(to) ? 64 : to.getIntOrFloatBitWidth();
  Value whole = roundToIntegral(e, value, rounding);
  if (to.isInteger(1))
    return e.cmp(arith::CmpFPredicate::OGE, whole, e.constant(f32, 1));
  // The bounds are powers of two: low is in range, high is the first value beyond.
  double high = std::ldexp(1.0, isUnsigned ? width : width - 1), low = isUnsigned ? 0.0 : -high;
  Value isHigh = e.cmp(arith::CmpFPredicate::OGE, whole, e.constant(f32, high));
  Value isLow = e.cmp(arith::CmpFPredicate::OLE, whole, e.constant(f32, low));
  Value isNan = e.cmp(arith::CmpFPredicate::UNO, whole, whole);
  Value outside = e.ori(isNan, e.ori(isHigh, isLow));
  Value inside = e.select(outside, e.constant(f32, 0), whole);
  Type wide = width < 32 ? e.b.getI32Type() : e.b.getIntegerType(width);
  Value integer = isUnsigned && width >= 32
                      ? arith::FPToUIOp::create(e.b, e.loc, wide, inside).getResult()
                      : arith::FPToSIOp::create(e.b, e.loc, wide, inside).getResult();
  if (width < 32)
    integer = arith::TruncIOp::create(e.b, e.loc, e.b.getIntegerType(width), integer);
  Type same = e.b.getIntegerType(width);
  auto bound = [&](const APInt &bits) -> Value {
    return arith::ConstantOp::create(e.b, e.loc, e.b.getIntegerAttr(same, bits));
  };
  Value lowest = bound(isUnsigned ? APInt::getMinValue(width) : APInt::getSignedMinValue(width));
  Value highest = bound(isUnsigned ? APInt::getMaxValue(width) : APInt::getSignedMaxValue(width));
  integer = e.select(isLow, lowest, e.select(isHigh, highest, integer));
  if (isa<IndexType>(to))
    return arith::IndexCastOp::create(e.b, e.loc, plain, integer);
  return integer;
}

/// Goes through 64 bits: exact from every width but for ui64 beyond the signed range.
static Value integerToInteger(Emitter e, Value value, Type from, Type to) {
  Type i64 = e.b.getI64Type(), plain = getPlainElement(to);
  if (getPlainElement(from) == plain && from.isUnsignedInteger() == to.isUnsignedInteger())
    return value;
  if (to.isInteger(1)) {
    auto order = from.isUnsignedInteger() ? arith::CmpIPredicate::uge : arith::CmpIPredicate::sge;
    return e.cmp(order, value, e.constant(value.getType(), 1));
  }
  bool fromUnsigned = from.isUnsignedInteger() || from.isInteger(1);
  Value wide = value;
  if (isa<IndexType>(from))
    wide = arith::IndexCastOp::create(e.b, e.loc, i64, value);
  else if (getPlainElement(from) != i64)
    wide = fromUnsigned ? arith::ExtUIOp::create(e.b, e.loc, i64, value).getResult()
                        : arith::ExtSIOp::create(e.b, e.loc, i64, value).getResult();
  unsigned width = isa<IndexType>(to) ? 64 : plain.getIntOrFloatBitWidth();
  bool toUnsigned = to.isUnsignedInteger();
  auto bound = [&](const APInt &bits) -> Value {
    return arith::ConstantOp::create(e.b, e.loc, e.b.getIntegerAttr(i64, bits.getZExtValue()));
  };
  bool fromWide64 = from.isUnsignedInteger(64);
  APInt low = toUnsigned ? APInt(64, 0) : APInt::getSignedMinValue(width).sext(64);
  APInt high =
      toUnsigned ? (width == 64 ? APInt::getSignedMaxValue(64) : APInt::getMaxValue(width).zext(64))
                 : APInt::getSignedMaxValue(width).sext(64);
  if (fromWide64) {
    wide = arith::MinUIOp::create(e.b, e.loc, wide, bound(high));
  } else {
    wide = arith::MaxSIOp::create(e.b, e.loc, wide, bound(low));
    wide = arith::MinSIOp::create(e.b, e.loc, wide, bound(high));
  }
  if (isa<IndexType>(to))
    return arith::IndexCastOp::create(e.b, e.loc, plain, wide);
  return width == 64 ? wide : Value(arith::TruncIOp::create(e.b, e.loc, plain, wide));
}

/// A 64-bit integer that float64 holds: beyond 53 bits the low ones become one that says that
/// they were not zero, which rounds to odd.
static Value makeExactInFloat64(Emitter e, Value value, bool isUnsigned) {
  Type i64 = e.b.getI64Type();
  Value lowBits = e.andi(value, e.constant(i64, 0x7ff));
  Value isInexact = e.cmp(arith::CmpIPredicate::ne, lowBits, e.constant(i64, 0));
  Value sticky = arith::ShLIOp::create(e.b, e.loc, e.zext(isInexact, i64), e.constant(i64, 11));
  Value rounded = e.ori(e.sub(value, lowBits), sticky);
  Value distance = isUnsigned ? value : e.add(value, e.constant(i64, std::ldexp(1.0, 53)));
  Value range = e.constant(i64, std::ldexp(1.0, isUnsigned ? 53 : 54));
  return e.select(e.cmp(arith::CmpIPredicate::ult, distance, range), value, rounded);
}

/// Rounds once: through float32 where that is exact, else through float64, rounding to odd between.
static Value integerToFloat(Emitter e, Value value, Type from, Type to, Rounding rounding) {
  Type f32 = e.b.getF32Type();
  bool isUnsigned = from.isUnsignedInteger() || from.isInteger(1);
  if (isa<IndexType>(from))
    value = arith::IndexCastOp::create(e.b, e.loc, e.b.getI64Type(), value);
  auto convert = [&](Type type) -> Value {
    if (isUnsigned)
      return arith::UIToFPOp::create(e.b, e.loc, type, value);
    return arith::SIToFPOp::create(e.b, e.loc, type, value);
  };
  bool isNearest = rounding == Rounding::rint || rounding == Rounding::none;
  bool isNarrow = value.getType().getIntOrFloatBitWidth() <= 16;
  if (isNarrow || (to == f32 && isNearest)) {
    Value single = convert(f32);
    return to == f32 ? single : roundFloat(e, single, to, rounding);
  }
  if (value.getType().isInteger(64))
    value = makeExactInFloat64(e, value, isUnsigned);
  Value wide = convert(e.b.getF64Type());
  if (to == f32)
    return roundFloat(e, wide, f32, rounding);
  return roundFloat(e, roundFloat(e, wide, f32, Rounding::odd), to, rounding);
}

Value tilework::convertElement(OpBuilder &builder, Location loc, Value value, Type from, Type to,
                               Rounding rounding) {
  Emitter e{builder, loc};
  bool fromFloat = isa<FloatType>(from), toFloat = isa<FloatType>(to);
  if (!fromFloat)
    return toFloat ? integerToFloat(e, value, from, to, rounding)
                   : integerToInteger(e, value, from, to);
  if (from == to)
    return value;
  Value wide = widen(builder, loc, value);
  if (!toFloat)
    return floatToInteger(e, wide, to, rounding);
  return isa<BFloat16Type, Float16Type>(to) ? roundFloat(e, wide, to, rounding) : wide;
}
