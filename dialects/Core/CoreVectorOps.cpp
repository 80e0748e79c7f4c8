//===- CoreVectorOps.cpp - checks and effects of vector instructions ------------===//

#include "dialects/Core/CoreChecks.h"

using namespace mlir;
using namespace tilework::core;

CostFormula tilework::core::getUnaryFormula(UnaryKind kind) {
  switch (kind) {
  case UnaryKind::neg:
  case UnaryKind::abs:
  case UnaryKind::relu:
  case UnaryKind::not_:
    return CostFormula::vector_simple;
  default:
    return CostFormula::vector_special;
  }
}

/// An operation with a scalar reads one stream, as a unary one does.
CostFormula tilework::core::getBinaryFormula(BinaryKind kind, Value rhs) {
  if (kind == BinaryKind::div || kind == BinaryKind::fmod)
    return CostFormula::vector_special;
  return isa<MemRefType>(rhs.getType()) ? CostFormula::vector_binary : CostFormula::vector_simple;
}

//===---------------------------------------------------------------------------===//
// Checks, each under the label its operation gives it
//===---------------------------------------------------------------------------===//

/// C1 of every vector instruction.
static LogicalResult verifyInUb(Operation *op) {
  for (OpOperand &operand : op->getOpOperands())
    if (isa<MemRefType>(operand.get().getType()) && !isIn(operand.get(), Space::ub))
      return op->emitOpError("(C1) expects all buffers in ub, but got ")
             << getSpaceName(operand.get().getType()) << " for operand "
             << operand.getOperandNumber();
  return success();
}

static LogicalResult verifyShape(Operation *op, StringRef label, StringRef name, Value value,
                                 ArrayRef<int64_t> expected) {
  ArrayRef<int64_t> shape = getBufferType(value).getShape();
  if (mayEqual(shape, expected))
    return success();
  return op->emitOpError("(") << label << ") expects '" << name << "' to have shape [" << expected
                              << "], but got [" << shape << "]";
}

static LogicalResult verifyElement(Operation *op, StringRef label, StringRef name, Value value,
                                   Type expected) {
  Type element = getElementTypeOrSelf(value.getType());
  if (element == expected)
    return success();
  return op->emitOpError("(") << label << ") expects '" << name << "' to have element type "
                              << expected << ", but got " << element;
}

static LogicalResult verifyLike(Operation *op, StringRef label, StringRef name, Value value,
                                Value other) {
  auto type = getBufferType(other);
  if (failed(verifyShape(op, label, name, value, type.getShape())))
    return failure();
  return verifyElement(op, label, name, value, type.getElementType());
}

/// A scalar, or a buffer whose static unit dimensions are repeated over `shape`.
static LogicalResult verifyRepeats(Operation *op, StringRef label, StringRef name, Value value,
                                   ArrayRef<int64_t> shape) {
  auto type = dyn_cast<MemRefType>(value.getType());
  if (!type)
    return success();
  bool repeats = static_cast<size_t>(type.getRank()) == shape.size() &&
                 llvm::all_of(llvm::zip(type.getShape(), shape), [](auto pair) {
                   auto [size, target] = pair;
                   return size == 1 || mayEqual(size, target);
                 });
  if (repeats)
    return success();
  return op->emitOpError("(") << label << ") expects each dimension of '" << name
                              << "' to equal that of [" << shape << "] or 1, but got ["
                              << type.getShape() << "]";
}

//===---------------------------------------------------------------------------===//
// Element-wise
//===---------------------------------------------------------------------------===//

LogicalResult VectorUnaryOp::verify() {
  if (failed(verifyInUb(*this)) ||
      failed(verifyLike(*this, "C2", "input", getInput(), getDestination())))
    return failure();
  Type element = getBufferType(getInput()).getElementType();
  bool isSpecial = getUnaryFormula(getKind()) == CostFormula::vector_special;
  bool isBitwise = getKind() == UnaryKind::not_;
  if ((isSpecial && !isa<FloatType>(element)) || (isBitwise && !isa<IntegerType>(element)))
    return emitOpError("(C3) expects ")
           << (isSpecial ? "float" : "integer") << " elements for '"
           << stringifyUnaryKind(getKind()) << "', but got " << element;
  return success();
}

LogicalResult VectorBinaryOp::verify() {
  auto type = getBufferType(getLhs());
  if (failed(verifyInUb(*this)) ||
      failed(verifyLike(*this, "C2", "lhs", getLhs(), getDestination())) ||
      failed(verifyElement(*this, "C3", "rhs", getRhs(), type.getElementType())) ||
      failed(verifyRepeats(*this, "C4", "rhs", getRhs(), type.getShape())))
    return failure();
  switch (getKind()) {
  case BinaryKind::and_:
  case BinaryKind::or_:
  case BinaryKind::xor_:
  case BinaryKind::shl:
  case BinaryKind::shr:
    if (!isa<IntegerType>(type.getElementType()))
      return emitOpError("(C5) expects integer elements for '")
             << stringifyBinaryKind(getKind()) << "', but got " << type.getElementType();
    return success();
  default:
    return success();
  }
}

LogicalResult VectorCompareOp::verify() {
  auto type = getBufferType(getLhs());
  Type boolean = IntegerType::get(getContext(), 1);
  if (failed(verifyInUb(*this)) ||
      failed(verifyShape(*this, "C2", "destination", getDestination(), type.getShape())) ||
      failed(verifyElement(*this, "C2", "destination", getDestination(), boolean)) ||
      failed(verifyElement(*this, "C3", "rhs", getRhs(), type.getElementType())))
    return failure();
  return verifyRepeats(*this, "C4", "rhs", getRhs(), type.getShape());
}

LogicalResult VectorSelectOp::verify() {
  if (failed(verifyInUb(*this)) ||
      failed(verifyLike(*this, "C2", "lhs", getLhs(), getDestination())) ||
      failed(verifyLike(*this, "C2", "rhs", getRhs(), getDestination())) ||
      failed(
          verifyShape(*this, "C3", "mask", getMask(), getBufferType(getDestination()).getShape())))
    return failure();
  return verifyElement(*this, "C3", "mask", getMask(), IntegerType::get(getContext(), 1));
}

LogicalResult VectorCastOp::verify() {
  if (failed(verifyInUb(*this)))
    return failure();
  return verifyShape(*this, "C2", "input", getInput(), getBufferType(getDestination()).getShape());
}

//===---------------------------------------------------------------------------===//
// Across elements
//===---------------------------------------------------------------------------===//

LogicalResult VectorReduceOp::verify() {
  if (failed(verifyInUb(*this)))
    return failure();
  auto type = getBufferType(getInput());
  if (type.getRank() != 2 || (getDim() != 0 && getDim() != 1))
    return emitOpError("(C2) expects 'dim' to be 0 or 1 of a matrix, but got ")
           << static_cast<int64_t>(getDim()) << " of " << type;
  SmallVector<int64_t> reduced(type.getShape());
  reduced[getDim()] = 1;
  if (failed(verifyShape(*this, "C3", "destination", getDestination(), reduced)))
    return failure();
  bool isIndex = getKind() == ReduceKind::argmax || getKind() == ReduceKind::argmin;
  Type element = isIndex ? IntegerType::get(getContext(), 32) : type.getElementType();
  return verifyElement(*this, "C4", "destination", getDestination(), element);
}

LogicalResult VectorFillOp::verify() {
  auto type = getBufferType(getDestination());
  if (failed(verifyInUb(*this)) ||
      failed(verifyElement(*this, "C2", "value", getValue(), type.getElementType())))
    return failure();
  return verifyRepeats(*this, "C3", "value", getValue(), type.getShape());
}

LogicalResult VectorArangeOp::verify() {
  if (failed(verifyInUb(*this)))
    return failure();
  return verifyElement(*this, "C2", "start", getStart(),
                       getBufferType(getDestination()).getElementType());
}

LogicalResult VectorTransposeOp::verify() {
  if (failed(verifyInUb(*this)))
    return failure();
  auto type = getBufferType(getInput());
  if (type.getRank() != 2)
    return emitOpError("(C2) expects 'input' to be a matrix, but got ") << type;
  int64_t swapped[] = {type.getDimSize(1), type.getDimSize(0)};
  if (failed(verifyShape(*this, "C2", "destination", getDestination(), swapped)))
    return failure();
  return verifyElement(*this, "C2", "destination", getDestination(), type.getElementType());
}

#define TILEWORK_DEFINE_EFFECTS(OpName)                                                            \
  void OpName::getEffects(EffectList &effects) {                                                   \
    addBufferEffects(effects, getDestinationMutable());                                            \
  }
TILEWORK_DEFINE_EFFECTS(VectorUnaryOp)
TILEWORK_DEFINE_EFFECTS(VectorBinaryOp)
TILEWORK_DEFINE_EFFECTS(VectorCompareOp)
TILEWORK_DEFINE_EFFECTS(VectorSelectOp)
TILEWORK_DEFINE_EFFECTS(VectorCastOp)
TILEWORK_DEFINE_EFFECTS(VectorReduceOp)
TILEWORK_DEFINE_EFFECTS(VectorFillOp)
TILEWORK_DEFINE_EFFECTS(VectorArangeOp)
TILEWORK_DEFINE_EFFECTS(VectorTransposeOp)
