//===- CoreDataOps.cpp - checks and effects of transfers and products -----------===//

#include "dialects/Core/CoreChecks.h"

using namespace mlir;
using namespace tilework::core;

//===---------------------------------------------------------------------------===//
// Shared
//===---------------------------------------------------------------------------===//

void tilework::core::addBufferEffects(EffectList &effects, OpOperand &written, bool isUpdate) {
  for (OpOperand &operand : written.getOwner()->getOpOperands())
    if (auto space = getSpace(operand.get().getType()); space && (&operand != &written || isUpdate))
      effects.emplace_back(MemoryEffects::Read::get(), &operand, getResource(*space));
  if (auto space = getSpace(written.get().getType()))
    effects.emplace_back(MemoryEffects::Write::get(), &written, getResource(*space));
}

StringRef tilework::core::getSpaceName(Type type) {
  if (auto space = getSpace(type))
    return stringifySpace(*space);
  return isa<MemRefType>(type) ? "foreign" : "a scalar";
}

bool tilework::core::mayEqual(ArrayRef<int64_t> shape, ArrayRef<int64_t> other) {
  return shape.size() == other.size() && llvm::all_of(llvm::zip(shape, other), [](auto pair) {
           auto [size, otherSize] = pair;
           return size == otherSize || ShapedType::isDynamic(size) ||
                  ShapedType::isDynamic(otherSize);
         });
}

bool tilework::core::isFixpipeConversion(Type from, Type to) {
  if (from.isF32())
    return to.isF32() || to.isBF16() || to.isF16();
  return from.isInteger(32) && to == from;
}

/// C2 and C3 of transfers to and from a rectangle of global memory.
static LogicalResult verifyRectangle(Operation *op, StringRef globalName, Value global,
                                     StringRef localName, Value local, size_t offsets,
                                     size_t sizes) {
  size_t globalRank = getBufferType(global).getRank(), localRank = getBufferType(local).getRank();
  if (offsets && offsets != globalRank)
    return op->emitOpError("(C2) expects no offsets or one per dimension of '")
           << globalName << "', but got " << offsets << " for " << globalRank;
  if (localRank > globalRank || (sizes && sizes != localRank))
    return op->emitOpError("(C3) expects no sizes or one per dimension of '")
           << localName << "', whose rank is at most " << globalRank << ", but got " << sizes
           << " for " << localRank;
  return success();
}

static LogicalResult verifyPath(Operation *op, StringRef expected, bool isLegal, Value source,
                                Value destination) {
  if (isLegal)
    return success();
  return op->emitOpError("(C1) expects a transfer from ")
         << expected << ", but got " << getSpaceName(source.getType()) << " to "
         << getSpaceName(destination.getType());
}

static LogicalResult verifySameElement(Operation *op, StringRef label, Value source,
                                       Value destination) {
  Type from = getBufferType(source).getElementType();
  Type to = getBufferType(destination).getElementType();
  if (from == to)
    return success();
  return op->emitOpError("(")
         << label << ") expects 'source' to have the element type of 'destination', but got "
         << from << " and " << to;
}

//===---------------------------------------------------------------------------===//
// Transfers
//===---------------------------------------------------------------------------===//

LogicalResult DmaLoadOp::verify() {
  bool isLegal = isIn(getSource(), Space::gm) &&
                 (isIn(getDestination(), Space::l1) || isIn(getDestination(), Space::ub));
  if (failed(verifyPath(*this, "gm to l1 or ub", isLegal, getSource(), getDestination())) ||
      failed(verifyRectangle(*this, "source", getSource(), "destination", getDestination(),
                             getOffsets().size(), getSizes().size())) ||
      failed(verifySameElement(*this, "C4", getSource(), getDestination())))
    return failure();
  Type element = getBufferType(getDestination()).getElementType();
  if (getPad() && getPad().getType() != element)
    return emitOpError("(C5) expects 'pad' to have the element type of 'destination', but got ")
           << getPad().getType() << " and " << element;
  return success();
}

/// A load that may cover less than the buffer leaves the other elements as they are.
void DmaLoadOp::getEffects(EffectList &effects) {
  addBufferEffects(effects, getDestinationMutable(), /*isUpdate=*/!getSizes().empty() && !getPad());
}

LogicalResult DmaStoreOp::verify() {
  bool isLegal = isIn(getSource(), Space::ub) && isIn(getDestination(), Space::gm);
  if (failed(verifyPath(*this, "ub to gm", isLegal, getSource(), getDestination())) ||
      failed(verifyRectangle(*this, "destination", getDestination(), "source", getSource(),
                             getOffsets().size(), getSizes().size())))
    return failure();
  return verifySameElement(*this, "C4", getSource(), getDestination());
}

void DmaStoreOp::getEffects(EffectList &effects) {
  addBufferEffects(effects, getDestinationMutable(), getAtomic() != AtomicKind::none);
}

LogicalResult FixpipeOp::verify() {
  bool isLegal = isIn(getSource(), Space::l0c) && isIn(getDestination(), Space::gm);
  if (failed(verifyPath(*this, "l0c to gm", isLegal, getSource(), getDestination())) ||
      failed(verifyRectangle(*this, "destination", getDestination(), "source", getSource(),
                             getOffsets().size(), getSizes().size())))
    return failure();
  Type from = getBufferType(getSource()).getElementType();
  Type to = getBufferType(getDestination()).getElementType();
  if (!isFixpipeConversion(from, to))
    return emitOpError("(C4) expects f32 to f32, bf16 or f16, or i32 to i32, but got ")
           << from << " to " << to;
  return success();
}

void FixpipeOp::getEffects(EffectList &effects) {
  addBufferEffects(effects, getDestinationMutable(), getAtomic() != AtomicKind::none);
}

Pipe tilework::core::getMovePipe(Value source, Value destination) {
  if (isIn(source, Space::ub))
    return Pipe::v;
  return isIn(source, Space::l0c) || isIn(destination, Space::fb) ? Pipe::fixp : Pipe::mte1;
}

CostFormula tilework::core::getMoveFormula(Value source) {
  return isIn(source, Space::l0c) ? CostFormula::fixpipe : CostFormula::transfer;
}

static bool isMovePath(std::optional<Space> from, std::optional<Space> to) {
  if (!from || !to)
    return false;
  switch (*from) {
  case Space::l1:
    return *to == Space::l0a || *to == Space::l0b || *to == Space::bt || *to == Space::fb;
  case Space::l0c:
    return *to == Space::l1;
  case Space::ub:
    return *to == Space::ub;
  default:
    return false;
  }
}

LogicalResult MoveOp::verify() {
  auto source = getBufferType(getSource()), destination = getBufferType(getDestination());
  auto from = getSpace(source), to = getSpace(destination);
  if (failed(verifyPath(*this, "l1 to l0a, l0b, bt or fb, l0c to l1, or ub to ub",
                        isMovePath(from, to), getSource(), getDestination())))
    return failure();
  SmallVector<int64_t> shape(source.getShape());
  if (getTranspose() && shape.size() == 2)
    std::swap(shape[0], shape[1]);
  if (!mayEqual(shape, destination.getShape()) || (getTranspose() && shape.size() != 2))
    return emitOpError("(C2) expects 'source' to have the shape of 'destination'")
           << (getTranspose() ? " with its two dimensions swapped" : "") << ", but got " << source
           << " and " << destination;
  Type element = source.getElementType(), other = destination.getElementType();
  if (element != other && !(from == Space::l0c && isFixpipeConversion(element, other)))
    return emitOpError("(C3) expects 'source' to have the element type of 'destination', but got ")
           << element << " and " << other;
  if (getTranspose() && to != Space::l0a && to != Space::l0b)
    return emitOpError("(C4) expects 'transpose' into l0a or l0b only, but got ")
           << stringifySpace(*to);
  return success();
}

void MoveOp::getEffects(EffectList &effects) {
  addBufferEffects(effects, getDestinationMutable());
}

//===---------------------------------------------------------------------------===//
// Products
//===---------------------------------------------------------------------------===//

LogicalResult MmadOp::verify() {
  auto lhs = getBufferType(getLhs()), rhs = getBufferType(getRhs());
  auto accumulator = getBufferType(getAccumulator());
  if (!isIn(getLhs(), Space::l0a) || !isIn(getRhs(), Space::l0b) ||
      !isIn(getAccumulator(), Space::l0c))
    return emitOpError("(C1) expects buffers in l0a, l0b and l0c, but got ")
           << getSpaceName(lhs) << ", " << getSpaceName(rhs) << " and "
           << getSpaceName(accumulator);
  bool areMatrices = lhs.getRank() == 2 && rhs.getRank() == 2 && accumulator.getRank() == 2;
  if (!areMatrices || !mayEqual(lhs.getShape()[1], rhs.getShape()[0]) ||
      !mayEqual(accumulator.getShape(), {lhs.getShape()[0], rhs.getShape()[1]}))
    return emitOpError("(C2) expects shapes [M, K], [K, N] and [M, N], but got ")
           << lhs << ", " << rhs << " and " << accumulator;
  Type element = lhs.getElementType();
  bool isInt8 = element.isInteger(8);
  bool isFloat = element.isF32() || element.isBF16() || element.isF16();
  if (element != rhs.getElementType() || !(isInt8 || isFloat))
    return emitOpError("(C3) expects operands of one element type, f32, bf16, f16 or i8, but got ")
           << element << " and " << rhs.getElementType();
  Type sum = accumulator.getElementType();
  if (isInt8 ? !sum.isInteger(32) : !sum.isF32())
    return emitOpError("(C4) expects 'accumulator' to have element type ")
           << (isInt8 ? "i32" : "f32") << ", but got " << sum;
  if (!getSizes().empty() && getSizes().size() != 3)
    return emitOpError("(C5) expects no sizes or three, but got ") << getSizes().size();
  return success();
}

/// Whether the accumulator is read depends on `init` at run time.
void MmadOp::getEffects(EffectList &effects) {
  addBufferEffects(effects, getAccumulatorMutable(), /*isUpdate=*/true);
}
