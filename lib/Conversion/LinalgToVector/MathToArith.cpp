//===- MathToArith.cpp - transcendentals and bf16 in single rounded steps --------------===//
//
// What: exp, log, sin and cos as the step lists of docs/rationale/0003-transcendentals.md; bf16 to
//       and from float32 with integers.
// Why:  the same bits in vectors, tails and scalars on every host; libm differs, and the native
//       bf16 instruction flushes denormals.
// Form: kernel with math.exp … → kernel with arith and math.fma.
// Not:  f16, whose conversions are exact instructions; sqrt and division, which are rounded once.
//
//===---------------------------------------------------------------------------===//

#include "lib/Conversion/LinalgToVector/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Builders.h"

#include <limits>

namespace tilework {
#define GEN_PASS_DEF_CONVERTMATHTOARITHPASS
#include "lib/Conversion/LinalgToVector/Passes.h.inc"
} // namespace tilework

using namespace mlir;

namespace {
/// The operations of the step lists, on scalars or vectors alike.
class Steps {
public:
  Steps(OpBuilder &b, Location loc, Type shape)
      : b(b), loc(loc), shape(dyn_cast<VectorType>(shape)) {}

  Type of(Type element) { return shape ? Type(shape.clone(element)) : element; }
  Type f32() { return b.getF32Type(); }
  Type f64() { return b.getF64Type(); }
  Type i16() { return b.getI16Type(); }
  Type i32() { return b.getI32Type(); }
  Type i64() { return b.getI64Type(); }

  Value constant(TypedAttr value) {
    if (!shape)
      return arith::ConstantOp::create(b, loc, value);
    auto type = shape.clone(value.getType());
    return arith::ConstantOp::create(b, loc, DenseElementsAttr::get(type, Attribute(value)));
  }
  Value f(double value) { return constant(b.getF32FloatAttr(static_cast<float>(value))); }
  Value d(double value) { return constant(b.getF64FloatAttr(value)); }
  Value i(int64_t value) { return constant(b.getI32IntegerAttr(static_cast<int32_t>(value))); }

  Value fma(Value x, Value y, Value z) { return math::FmaOp::create(b, loc, x, y, z); }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, loc, x, y); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(b, loc, x, y); }
  Value addi(Value x, Value y) { return arith::AddIOp::create(b, loc, x, y); }
  Value subi(Value x, Value y) { return arith::SubIOp::create(b, loc, x, y); }
  Value andi(Value x, Value y) { return arith::AndIOp::create(b, loc, x, y); }
  Value shl(Value x, int64_t n) { return arith::ShLIOp::create(b, loc, x, i(n)); }
  Value shr(Value x, int64_t n) { return arith::ShRSIOp::create(b, loc, x, i(n)); }
  Value select(Value c, Value x, Value y) { return arith::SelectOp::create(b, loc, c, x, y); }
  Value lt(Value x, Value y) { return cmp(arith::CmpFPredicate::OLT, x, y); }
  Value eq(Value x, Value y) { return cmp(arith::CmpFPredicate::OEQ, x, y); }
  Value cmp(arith::CmpFPredicate p, Value x, Value y) {
    return arith::CmpFOp::create(b, loc, p, x, y);
  }
  Value cast(Value x, Type element) { return arith::BitcastOp::create(b, loc, of(element), x); }
  Value truncate(Value x, Type element) { return arith::TruncIOp::create(b, loc, of(element), x); }
  Value extend(Value x, Type element) { return arith::ExtUIOp::create(b, loc, of(element), x); }

  /// Horner: p = first, then fma(p, x, next) for the rest.
  Value horner(Value x, ArrayRef<double> coefficients) {
    Value p = f(coefficients.front());
    for (double next : coefficients.drop_front())
      p = fma(p, x, f(next));
    return p;
  }

  OpBuilder &b;
  Location loc;
  VectorType shape;
};
} // namespace

static Value expandExp(Steps s, Value x) {
  Value a = s.select(s.lt(x, s.f(-104.0)), s.f(-104.0), x);
  Value b = s.select(s.cmp(arith::CmpFPredicate::OGT, a, s.f(89.0)), s.f(89.0), a);
  Value t = s.fma(b, s.f(0x1.715476p+0), s.f(0x1.8p+23));
  Value n = s.sub(t, s.f(0x1.8p+23));
  Value k = s.subi(s.cast(t, s.i32()), s.i(0x4b400000));
  Value u = s.fma(n, s.f(-0x1.62e4p-1), b);
  Value r = s.fma(n, s.f(-0x1.7f7d1cp-20), u);
  Value p = s.horner(
      r, {0x1.6ac708p-10, 0x1.123de6p-7, 0x1.555858p-5, 0x1.55548cp-3, 0x1.fffffcp-2, 1.0, 1.0});
  Value i = s.shr(k, 1), j = s.subi(k, i);
  auto power = [&](Value e) { return s.cast(s.shl(s.addi(e, s.i(127)), 23), s.f32()); };
  return s.mul(s.mul(p, power(i)), power(j));
}

static Value expandLog(Steps s, Value x) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Value tiny = s.lt(x, s.f(0x1p-126));
  Value y = s.select(tiny, s.mul(x, s.f(0x1p+25)), x);
  Value bits = s.cast(y, s.i32());
  Value e = s.shr(s.subi(bits, s.i(0x3f3504f3)), 23);
  Value m = s.cast(s.subi(bits, s.shl(e, 23)), s.f32());
  Value scaled = s.subi(e, s.select(tiny, s.i(25), s.i(0)));
  Value n = arith::SIToFPOp::create(s.b, s.loc, s.of(s.f32()), scaled);
  Value f = s.sub(m, s.f(1.0)), g = s.mul(f, f);
  Value p = s.horner(f, {-0x1.38b7d2p-4, 0x1.055be0p-3, -0x1.0d8510p-3, 0x1.22da0cp-3,
                         -0x1.547248p-3, 0x1.99a008p-3, -0x1.000226p-2, 0x1.555554p-2, -0.5});
  Value q = s.fma(g, p, f);
  q = s.fma(n, s.f(0x1.7f7d1cp-20), q);
  q = s.fma(n, s.f(0x1.62e4p-1), q);
  q = s.select(s.eq(x, s.f(infinity)), s.f(infinity), q);
  q = s.select(s.eq(x, s.f(0.0)), s.f(-infinity), q);
  Value isDomain = s.cmp(arith::CmpFPredicate::OGE, x, s.f(0.0));
  return s.select(isDomain, q, s.f(std::numeric_limits<double>::quiet_NaN()));
}

static Value expandSinCos(Steps s, Value x, bool isSine) {
  Value d = arith::ExtFOp::create(s.b, s.loc, s.of(s.f64()), x);
  Value t = s.fma(d, s.d(0x1.45f306dc9c883p-1), s.d(0x1.8p+52));
  Value n = s.sub(t, s.d(0x1.8p+52));
  Value k = s.truncate(s.cast(t, s.i64()), s.i32());
  Value w = s.fma(n, s.d(-0x1.921fb54442d18p+0), d);
  w = s.fma(n, s.d(-0x1.1a62633145c07p-54), w);
  Value r = arith::TruncFOp::create(s.b, s.loc, s.of(s.f32()), w);
  Value z = s.mul(r, r), c = s.mul(r, z);
  Value sine = s.fma(s.horner(z, {-0x1.9953fcp-13, 0x1.110778p-7, -0x1.555546p-3}), c, r);
  Value cosine = s.horner(z, {0x1.99e80ap-16, -0x1.6c0c28p-10, 0x1.55554ap-5, -0.5, 1.0});
  Value q = isSine ? k : s.addi(k, s.i(1));
  Value isOdd =
      arith::CmpIOp::create(s.b, s.loc, arith::CmpIPredicate::ne, s.andi(q, s.i(1)), s.i(0));
  Value v = s.select(isOdd, cosine, sine);
  Value sign = s.shl(s.andi(q, s.i(2)), 30);
  v = s.cast(arith::XOrIOp::create(s.b, s.loc, s.cast(v, s.i32()), sign), s.f32());
  Value magnitude = math::AbsFOp::create(s.b, s.loc, x);
  v = s.select(s.cmp(arith::CmpFPredicate::OLE, magnitude, s.f(0x1p+48)), v,
               s.f(std::numeric_limits<double>::quiet_NaN()));
  return isSine ? s.select(s.eq(x, s.f(0.0)), x, v) : v;
}

/// The upper half of float32.
static Value expandFromBF16(Steps s, Value x) {
  return s.cast(s.shl(s.extend(s.cast(x, s.i16()), s.i32()), 16), s.f32());
}

/// To nearest even: adds just under half, and one more where the kept half is odd.
static Value expandToBF16(Steps s, Value x) {
  Value bits = s.cast(x, s.i32());
  auto upper = [&](Value value) -> Value {
    return arith::ShRUIOp::create(s.b, s.loc, value, s.i(16));
  };
  Value isOdd = s.andi(upper(bits), s.i(1));
  Value rounded = upper(s.addi(s.addi(bits, s.i(0x7fff)), isOdd));
  Value isNan = s.cmp(arith::CmpFPredicate::UNO, x, x);
  Value quiet = arith::OrIOp::create(s.b, s.loc, s.andi(upper(bits), s.i(0x8000)), s.i(0x7fc0));
  Value half = s.truncate(s.select(isNan, quiet, rounded), s.i16());
  return s.cast(half, s.b.getBF16Type());
}

static Value expand(OpBuilder &b, Operation *op) {
  if (op->getNumResults() != 1 || op->getNumOperands() == 0)
    return {};
  Value x = op->getOperand(0);
  Type from = getElementTypeOrSelf(x.getType()),
       to = getElementTypeOrSelf(op->getResult(0).getType());
  Steps s(b, op->getLoc(), x.getType());
  if (isa<math::ExpOp>(op))
    return expandExp(s, x);
  if (isa<math::LogOp>(op))
    return expandLog(s, x);
  if (isa<math::SinOp, math::CosOp>(op))
    return expandSinCos(s, x, isa<math::SinOp>(op));
  if (isa<arith::ExtFOp>(op) && from.isBF16() && to.isF32())
    return expandFromBF16(s, x);
  if (isa<arith::TruncFOp>(op) && from.isF32() && to.isBF16())
    return expandToBF16(s, x);
  // Canonicalization merges conversions through float32 where that is exact.
  if (isa<arith::SIToFPOp>(op) && to.isBF16())
    return expandToBF16(s, arith::SIToFPOp::create(b, op->getLoc(), s.of(s.f32()), x));
  if (isa<arith::UIToFPOp>(op) && to.isBF16())
    return expandToBF16(s, arith::UIToFPOp::create(b, op->getLoc(), s.of(s.f32()), x));
  return {};
}

namespace {
struct ConvertMathToArith : tilework::impl::ConvertMathToArithPassBase<ConvertMathToArith> {
  void runOnOperation() override {
    getOperation().getBody().walk([](Operation *op) {
      OpBuilder builder(op);
      Value value = expand(builder, op);
      if (!value)
        return;
      op->getResult(0).replaceAllUsesWith(value);
      op->erase();
    });
  }
};
} // namespace
