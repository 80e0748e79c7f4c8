//===- IntegerRows.cpp - rows of integers -----------------------------------------------------===//
//
// Every integer is an int64, extended by its sign or zeros; sums and products are computed modulo
// 2^64, of which the low bits are those of any narrower type. Integers are total: by 0 the quotient
// and the remainder are 0, and shifts beyond the width leave nothing, or the sign.
//
//===------------------------------------------------------------------------------------------===//

#include "Elements.h"
#include "Rows.h"

#include <limits>

namespace tilework::runtime::exact {

static uint64_t bits(int64_t x) {
  return static_cast<uint64_t>(x);
}
static int64_t number(uint64_t x) {
  return static_cast<int64_t>(x);
}

static bool isLess(bool areUnsigned, int64_t a, int64_t b) {
  return areUnsigned ? bits(a) < bits(b) : a < b;
}

//===----------------------------------------------------------------------------------------===//
// Element-wise
//===----------------------------------------------------------------------------------------===//

void computeUnary(Unary kind, int64_t type, int64_t *x, int64_t count) {
  bool isSigned = !isUnsigned(type);
  for (int64_t i = 0; i < count; ++i) {
    bool isNegative = isSigned && x[i] < 0;
    if (kind == Unary::neg || (kind == Unary::abs && isNegative))
      x[i] = number(0 - bits(x[i]));
    else if (kind == Unary::relu && isNegative)
      x[i] = 0;
    else if (kind == Unary::not_)
      x[i] = ~x[i];
  }
}

static int64_t quotient(bool areUnsigned, int64_t a, int64_t b) {
  if (b == 0)
    return 0;
  if (areUnsigned)
    return number(bits(a) / bits(b));
  return b == -1 ? number(0 - bits(a)) : a / b; // the host traps on the smallest one by -1
}

static int64_t remainder(bool areUnsigned, int64_t a, int64_t b) {
  if (b == 0)
    return 0;
  if (areUnsigned)
    return number(bits(a) % bits(b));
  return b == -1 ? 0 : a % b;
}

static int64_t shiftedLeft(int64_t a, int64_t amount, int64_t width) {
  return amount >= 0 && amount < width ? number(bits(a) << amount) : 0;
}

static int64_t shiftedRight(bool isUnsigned, int64_t a, int64_t amount, int64_t width) {
  bool fits = amount >= 0 && amount < width;
  if (isUnsigned)
    return fits ? number(bits(a) >> amount) : 0;
  return a >> (fits ? amount : 63);
}

static int64_t compute(Binary kind, bool areUnsigned, int64_t width, int64_t a, int64_t b) {
  switch (kind) {
  case Binary::add:
    return number(bits(a) + bits(b));
  case Binary::sub:
    return number(bits(a) - bits(b));
  case Binary::mul:
    return number(bits(a) * bits(b));
  case Binary::div:
    return quotient(areUnsigned, a, b);
  case Binary::maximum:
    return isLess(areUnsigned, a, b) ? b : a;
  case Binary::minimum:
    return isLess(areUnsigned, b, a) ? b : a;
  case Binary::fmod:
    return remainder(areUnsigned, a, b);
  case Binary::and_:
    return a & b;
  case Binary::or_:
    return a | b;
  case Binary::xor_:
    return a ^ b;
  case Binary::shl:
    return shiftedLeft(a, b, width);
  case Binary::shr:
    return shiftedRight(areUnsigned, a, b, width);
  case Binary::count:
    return 0;
  }
  return 0;
}

void computeBinary(Binary kind, int64_t type, int64_t *x, const int64_t *y, int64_t count) {
  bool areUnsigned = isUnsigned(type);
  int64_t width = 8 * elementBytes(type);
  for (int64_t i = 0; i < count; ++i)
    x[i] = compute(kind, areUnsigned, width, x[i], y[i]);
}

void computeCompare(Predicate predicate, int64_t type, const int64_t *x, const int64_t *y,
                    int64_t *result, int64_t count) {
  bool areUnsigned = isUnsigned(type);
  for (int64_t i = 0; i < count; ++i) {
    bool isEqual = x[i] == y[i], isBelow = isLess(areUnsigned, x[i], y[i]);
    switch (predicate) {
    case Predicate::eq:
      result[i] = isEqual;
      break;
    case Predicate::ne:
      result[i] = !isEqual;
      break;
    case Predicate::lt:
      result[i] = isBelow;
      break;
    case Predicate::le:
      result[i] = isBelow || isEqual;
      break;
    case Predicate::gt:
      result[i] = !isBelow && !isEqual;
      break;
    case Predicate::ge:
    case Predicate::count:
      result[i] = !isBelow;
      break;
    }
  }
}

//===----------------------------------------------------------------------------------------===//
// Reductions
//===----------------------------------------------------------------------------------------===//

int64_t neutralOf(Reduce kind, int64_t type) {
  int64_t width = 8 * elementBytes(type);
  int64_t largest = number(~uint64_t{0} >> (64 - width + !isUnsigned(type)));
  switch (kind) {
  case Reduce::max:
    return isUnsigned(type) ? 0 : -largest - 1;
  case Reduce::min:
    return largest;
  case Reduce::prod:
    return 1;
  default:
    return 0;
  }
}

void accumulate(Reduce kind, int64_t type, int64_t *total, const int64_t *x, int64_t count) {
  switch (kind) {
  case Reduce::sum:
    return computeBinary(Binary::add, type, total, x, count);
  case Reduce::max:
    return computeBinary(Binary::maximum, type, total, x, count);
  case Reduce::min:
    return computeBinary(Binary::minimum, type, total, x, count);
  case Reduce::prod:
    return computeBinary(Binary::mul, type, total, x, count);
  default:
    return;
  }
}

bool isBeyond(Reduce kind, int64_t type, int64_t x, int64_t extreme) {
  bool areUnsigned = isUnsigned(type);
  return kind == Reduce::argmax ? isLess(areUnsigned, extreme, x) : isLess(areUnsigned, x, extreme);
}

//===----------------------------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------------------------===//

TILEWORK_ROW_LOOP void multiplyRow(uint32_t *sums, const uint32_t *a, const uint32_t *b,
                                   int64_t depth, int64_t columns) {
  for (int64_t k = 0; k < depth; ++k)
    for (int64_t j = 0; j < columns; ++j)
      sums[j] += a[k] * b[k * columns + j];
}

} // namespace tilework::runtime::exact
