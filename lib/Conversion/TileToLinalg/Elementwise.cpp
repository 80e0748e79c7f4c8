//===- Elementwise.cpp - element-wise tile operations as linalg bodies ------------===//

#include "lib/Conversion/TileToLinalg/Lowering.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tilework;

//===---------------------------------------------------------------------------===//
// Elements
//===---------------------------------------------------------------------------===//

/// What the host may divide by: 1 instead of 0 and, if signed, of -1. Both would trap (the latter
/// with the smallest integer), and by 1 both leave no remainder.
static Value createSafeDivisor(OpBuilder &b, Location loc, Value rhs, Value isZero,
                               Value isMinusOne) {
  Value one = createConstant(b, loc, rhs.getType(), 1);
  Value unsafe = isMinusOne ? b.createOrFold<arith::OrIOp>(loc, isZero, isMinusOne) : isZero;
  return b.createOrFold<arith::SelectOp>(loc, unsafe, one, rhs);
}

static Value isEqual(OpBuilder &b, Location loc, Value value, int64_t number) {
  Value constant = createConstant(b, loc, value.getType(), number);
  return b.createOrFold<arith::CmpIOp>(loc, arith::CmpIPredicate::eq, value, constant);
}

/// The quotient, 0 where `rhs` is 0. A constant divisor folds the guards away.
static Value divide(OpBuilder &b, Location loc, Value lhs, Value rhs, bool isUnsigned) {
  Value zero = createConstant(b, loc, rhs.getType(), 0), isZero = isEqual(b, loc, rhs, 0);
  if (isUnsigned) {
    Value divisor = createSafeDivisor(b, loc, rhs, isZero, Value());
    Value quotient = arith::DivUIOp::create(b, loc, lhs, divisor);
    return b.createOrFold<arith::SelectOp>(loc, isZero, zero, quotient);
  }
  Value isMinusOne = isEqual(b, loc, rhs, -1);
  Value divisor = createSafeDivisor(b, loc, rhs, isZero, isMinusOne);
  Value quotient = arith::DivSIOp::create(b, loc, lhs, divisor);
  Value negated = arith::SubIOp::create(b, loc, zero, lhs);
  quotient = b.createOrFold<arith::SelectOp>(loc, isMinusOne, negated, quotient);
  return b.createOrFold<arith::SelectOp>(loc, isZero, zero, quotient);
}

/// The remainder, 0 where `rhs` is 0.
static Value takeRemainder(OpBuilder &b, Location loc, Value lhs, Value rhs, bool isUnsigned) {
  Value isZero = isEqual(b, loc, rhs, 0);
  Value isMinusOne = isUnsigned ? Value() : isEqual(b, loc, rhs, -1);
  Value divisor = createSafeDivisor(b, loc, rhs, isZero, isMinusOne);
  if (isUnsigned)
    return arith::RemUIOp::create(b, loc, lhs, divisor);
  return arith::RemSIOp::create(b, loc, lhs, divisor);
}

/// Shifting by a negative amount, by the width or more leaves nothing, or the sign.
static Value shift(OpBuilder &b, Location loc, Value lhs, Value rhs, bool isLeft, bool isUnsigned) {
  unsigned width = lhs.getType().getIntOrFloatBitWidth();
  Value limit = createConstant(b, loc, lhs.getType(), width - 1);
  Value fits = b.createOrFold<arith::CmpIOp>(loc, arith::CmpIPredicate::ule, rhs, limit);
  Value amount = b.createOrFold<arith::SelectOp>(loc, fits, rhs, limit);
  if (!isLeft && !isUnsigned)
    return arith::ShRSIOp::create(b, loc, lhs, amount);
  Value shifted = isLeft ? arith::ShLIOp::create(b, loc, lhs, amount).getResult()
                         : arith::ShRUIOp::create(b, loc, lhs, amount).getResult();
  Value zero = createConstant(b, loc, lhs.getType(), 0);
  return b.createOrFold<arith::SelectOp>(loc, fits, shifted, zero);
}

static Value buildFloat(OpBuilder &b, Location loc, Operation *op, Value x, Value y) {
  Type f32 = b.getF32Type();
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](tile::NegOp) { return arith::NegFOp::create(b, loc, x); })
      .Case([&](tile::AbsOp) { return math::AbsFOp::create(b, loc, x); })
      .Case([&](tile::ExpOp) { return math::ExpOp::create(b, loc, x); })
      .Case([&](tile::LogOp) { return math::LogOp::create(b, loc, x); })
      .Case([&](tile::SinOp) { return math::SinOp::create(b, loc, x); })
      .Case([&](tile::CosOp) { return math::CosOp::create(b, loc, x); })
      .Case([&](tile::SqrtOp) { return math::SqrtOp::create(b, loc, x); })
      .Case([&](tile::RsqrtOp) {
        Value root = math::SqrtOp::create(b, loc, x);
        return arith::DivFOp::create(b, loc, createConstant(b, loc, f32, 1.0), root);
      })
      .Case([&](tile::RecipOp) {
        return arith::DivFOp::create(b, loc, createConstant(b, loc, f32, 1.0), x);
      })
      .Case([&](tile::ReluOp) {
        return arith::MaximumFOp::create(b, loc, x, createConstant(b, loc, f32, 0.0));
      })
      .Case([&](tile::AddOp) { return arith::AddFOp::create(b, loc, x, y); })
      .Case([&](tile::SubOp) { return arith::SubFOp::create(b, loc, x, y); })
      .Case([&](tile::MulOp) { return arith::MulFOp::create(b, loc, x, y); })
      .Case([&](tile::DivOp) { return arith::DivFOp::create(b, loc, x, y); })
      .Case([&](tile::MaximumOp) { return arith::MaximumFOp::create(b, loc, x, y); })
      .Case([&](tile::MinimumOp) { return arith::MinimumFOp::create(b, loc, x, y); })
      .Case([&](tile::FmodOp) { return arith::RemFOp::create(b, loc, x, y); }) // always exact
      .Default([](Operation *) { return Value(); });
}

static Value buildInteger(OpBuilder &b, Location loc, Operation *op, Value x, Value y,
                          bool isUnsigned) {
  auto constant = [&](int64_t value) { return createConstant(b, loc, x.getType(), value); };
  return llvm::TypeSwitch<Operation *, Value>(op)
      .Case([&](tile::NegOp) { return arith::SubIOp::create(b, loc, constant(0), x); })
      .Case([&](tile::AbsOp) { return isUnsigned ? x : Value(math::AbsIOp::create(b, loc, x)); })
      .Case([&](tile::ReluOp) {
        return isUnsigned ? x : Value(arith::MaxSIOp::create(b, loc, x, constant(0)));
      })
      .Case([&](tile::NotOp) { return arith::XOrIOp::create(b, loc, x, constant(-1)); })
      .Case([&](tile::AddOp) { return arith::AddIOp::create(b, loc, x, y); })
      .Case([&](tile::SubOp) { return arith::SubIOp::create(b, loc, x, y); })
      .Case([&](tile::MulOp) { return arith::MulIOp::create(b, loc, x, y); })
      .Case([&](tile::DivOp) { return divide(b, loc, x, y, isUnsigned); })
      .Case([&](tile::FmodOp) { return takeRemainder(b, loc, x, y, isUnsigned); })
      .Case([&](tile::MaximumOp) {
        return isUnsigned ? Value(arith::MaxUIOp::create(b, loc, x, y))
                          : Value(arith::MaxSIOp::create(b, loc, x, y));
      })
      .Case([&](tile::MinimumOp) {
        return isUnsigned ? Value(arith::MinUIOp::create(b, loc, x, y))
                          : Value(arith::MinSIOp::create(b, loc, x, y));
      })
      .Case([&](tile::AndOp) { return arith::AndIOp::create(b, loc, x, y); })
      .Case([&](tile::OrOp) { return arith::OrIOp::create(b, loc, x, y); })
      .Case([&](tile::XorOp) { return arith::XOrIOp::create(b, loc, x, y); })
      .Case([&](tile::ShlOp) { return shift(b, loc, x, y, true, isUnsigned); })
      .Case([&](tile::ShrOp) { return shift(b, loc, x, y, false, isUnsigned); })
      .Default([](Operation *) { return Value(); });
}

static Value compare(OpBuilder &b, Location loc, tile::ComparePredicate predicate, Value x, Value y,
                     bool isUnsigned) {
  auto index = static_cast<unsigned>(predicate); // eq, ne, lt, le, gt, ge
  if (isa<FloatType>(x.getType())) {
    using P = arith::CmpFPredicate;
    constexpr P floats[] = {P::OEQ, P::UNE, P::OLT, P::OLE, P::OGT, P::OGE};
    return arith::CmpFOp::create(b, loc, floats[index], x, y);
  }
  using P = arith::CmpIPredicate;
  constexpr P signeds[] = {P::eq, P::ne, P::slt, P::sle, P::sgt, P::sge};
  constexpr P unsigneds[] = {P::eq, P::ne, P::ult, P::ule, P::ugt, P::uge};
  return arith::CmpIOp::create(b, loc, (isUnsigned ? unsigneds : signeds)[index], x, y);
}

//===---------------------------------------------------------------------------===//
// Operations
//===---------------------------------------------------------------------------===//

static bool isArithmetic(Operation *op) {
  return isa<tile::NegOp, tile::AbsOp, tile::ExpOp, tile::LogOp, tile::SinOp, tile::CosOp,
             tile::SqrtOp, tile::RsqrtOp, tile::RecipOp, tile::ReluOp, tile::NotOp, tile::AddOp,
             tile::SubOp, tile::MulOp, tile::DivOp, tile::MaximumOp, tile::MinimumOp, tile::FmodOp,
             tile::AndOp, tile::OrOp, tile::XorOp, tile::ShlOp, tile::ShrOp>(op);
}

/// The i1 and unsigned types are ordered without a sign.
static bool isUnsignedElement(Type element) {
  return element.isUnsignedInteger() || element.isInteger(1);
}

Value tilework::lowerElementwise(OpBuilder &builder, Operation *op) {
  bool isOther = isa<tile::CompareOp, tile::SelectOp, tile::CastOp>(op);
  if (!isArithmetic(op) && !isOther)
    return {};
  Location loc = op->getLoc();
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  Type element = getPlainElement(type.getElementType());
  Type sourceElement = getElementTypeOrSelf(op->getOperand(0).getType());
  bool isUnsigned = isUnsignedElement(sourceElement);
  Value destination =
      createDestination(builder, loc, type, tensor::getMixedSizes(builder, loc, op->getOperand(0)));
  return buildElementwise(builder, loc, destination, op->getOperands(),
                          [&](OpBuilder &b, Location at, ValueRange elements) -> Value {
                            if (auto cast = dyn_cast<tile::CastOp>(op))
                              return convertElement(b, at, elements[0], sourceElement,
                                                    type.getElementType(), cast.getRounding());
                            if (isa<tile::SelectOp>(op))
                              return arith::SelectOp::create(b, at, elements[0], elements[1],
                                                             elements[2]);
                            Value x = widen(b, at, elements[0]);
                            Value y = elements.size() > 1 ? widen(b, at, elements[1]) : Value();
                            if (auto comparison = dyn_cast<tile::CompareOp>(op))
                              return compare(b, at, comparison.getPredicate(), x, y, isUnsigned);
                            if (!isa<FloatType>(element))
                              return buildInteger(b, at, op, x, y, isUnsigned);
                            return narrow(b, at, buildFloat(b, at, op, x, y), element);
                          });
}
