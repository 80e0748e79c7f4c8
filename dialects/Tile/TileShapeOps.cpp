//===- TileShapeOps.cpp - checks and rewrites of shape operations ---------------===//

#include "dialects/Tile/Tile.h"

#include "mlir/Dialect/Utils/IndexingUtils.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace tilework::tile;

static LogicalResult verifySizeCount(Operation *op, StringRef label, Type type, size_t count) {
  auto tensorType = cast<RankedTensorType>(type);
  if (static_cast<size_t>(tensorType.getNumDynamicDims()) == count)
    return success();
  return op->emitOpError("(") << label << ") expects one size per dynamic dimension, but got "
                              << count << " for " << tensorType;
}

LogicalResult EmptyOp::verify() {
  return verifySizeCount(*this, "C1", getType(), getSizes().size());
}

LogicalResult FullOp::verify() {
  if (failed(verifySizeCount(*this, "C1", getType(), getSizes().size())))
    return failure();
  Type element = cast<RankedTensorType>(getType()).getElementType();
  if (getValue().getType() != element)
    return emitOpError("(C2) expects 'value' to have the element type of 'result', but got ")
           << getValue().getType() << " and " << element;
  return success();
}

LogicalResult ArangeOp::verify() {
  auto type = cast<RankedTensorType>(getType());
  if (!type.hasStaticShape())
    return emitOpError("(C1) expects 'result' to have a static shape, but got ") << type;
  if (getStart().getType() != type.getElementType())
    return emitOpError("(C2) expects 'start' to have the element type of 'result', but got ")
           << getStart().getType() << " and " << type.getElementType();
  return success();
}

LogicalResult BroadcastOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  auto result = cast<RankedTensorType>(getType());
  if (input.getElementType() != result.getElementType() || input.getRank() != result.getRank())
    return emitOpError(
               "(C1) expects 'result' to have the element type and rank of 'input', but got ")
           << result << " and " << input;
  for (int64_t dim = 0; dim < input.getRank(); ++dim) {
    int64_t from = input.getDimSize(dim), to = result.getDimSize(dim);
    if (from != to && from != 1 && !ShapedType::isDynamic(from) && !ShapedType::isDynamic(to))
      return emitOpError("(C2) expects dim ")
             << dim << " of 'input' to equal that of 'result' or 1, but got " << from << " and "
             << to;
  }
  return verifySizeCount(*this, "C3", getType(), getSizes().size());
}

LogicalResult ReshapeOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  auto result = cast<RankedTensorType>(getType());
  if (input.getElementType() != result.getElementType())
    return emitOpError("(C1) expects 'result' to have the element type of 'input', but got ")
           << result.getElementType() << " and " << input.getElementType();
  if (!input.hasStaticShape() || !result.hasStaticShape() ||
      input.getNumElements() != result.getNumElements())
    return emitOpError("(C2) expects static shapes with equally many elements, but got ")
           << input << " and " << result;
  return success();
}

OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  if (getInput().getType() == getType())
    return getInput();
  if (auto inner = getInput().getDefiningOp<ReshapeOp>()) {
    getInputMutable().assign(inner.getInput());
    return getResult();
  }
  return {};
}

static RankedTensorType transposedType(RankedTensorType type, ArrayRef<int64_t> permutation) {
  SmallVector<int64_t> shape = applyPermutation(type.getShape(), permutation);
  Attribute encoding = type.getEncoding();
  if (auto capacity = dyn_cast_or_null<CapacityAttr>(encoding))
    encoding =
        CapacityAttr::get(type.getContext(), applyPermutation(capacity.getShape(), permutation));
  return RankedTensorType::get(shape, type.getElementType(), encoding);
}

LogicalResult TransposeOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto type = dyn_cast<RankedTensorType>(adaptor.getInput().getType());
  ArrayRef<int64_t> permutation = adaptor.getPermutation();
  if (!type || static_cast<int64_t>(permutation.size()) != type.getRank() ||
      !isPermutationVector(permutation))
    return emitOptionalError(location,
                             "'tile.transpose' op (C1) expects a permutation of the "
                             "dimensions of 'input', but got [",
                             permutation, "] for ", adaptor.getInput().getType());
  types.push_back(transposedType(type, permutation));
  return success();
}

/// The verifiers below compare the types, under their label; the rest is checked by the inference,
/// which every verification repeats.
bool TransposeOp::isCompatibleReturnTypes(TypeRange, TypeRange) {
  return true;
}
bool FillpadOp::isCompatibleReturnTypes(TypeRange, TypeRange) {
  return true;
}

LogicalResult TransposeOp::verify() {
  Type expected = transposedType(cast<RankedTensorType>(getInput().getType()), getPermutation());
  if (getType() != expected)
    return emitOpError("(C2) expects 'result' to be ") << expected << ", but got " << getType();
  return success();
}

OpFoldResult TransposeOp::fold(FoldAdaptor) {
  return isIdentityPermutation(getPermutation()) ? getInput() : OpFoldResult();
}

LogicalResult FillpadOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                          Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto type = dyn_cast<RankedTensorType>(adaptor.getInput().getType());
  auto capacity = type ? dyn_cast_or_null<CapacityAttr>(type.getEncoding()) : CapacityAttr();
  if (!capacity)
    return emitOptionalError(location,
                             "'tile.fillpad' op (C1) expects 'input' to have a capacity, "
                             "but got ",
                             adaptor.getInput().getType());
  types.push_back(RankedTensorType::get(capacity.getShape(), type.getElementType()));
  return success();
}

LogicalResult FillpadOp::verify() {
  auto input = cast<RankedTensorType>(getInput().getType());
  if (getValue().getType() != input.getElementType())
    return emitOpError("(C2) expects 'value' to have the element type of 'input', but got ")
           << getValue().getType() << " and " << input.getElementType();
  Type expected = RankedTensorType::get(getStorageShape(input), input.getElementType());
  if (getType() != expected)
    return emitOpError("(C3) expects 'result' to be ") << expected << ", but got " << getType();
  return success();
}

LogicalResult CheckOp::verify() {
  size_t expected = getKind() == CheckKind::in_bounds  ? 3
                    : getKind() == CheckKind::positive ? 1
                                                       : 2;
  if (getValues().size() != expected)
    return emitOpError("(C1) expects ")
           << expected << " values for '" << stringifyCheckKind(getKind()) << "', but got "
           << getValues().size();
  return success();
}

bool CheckOp::isTriviallyTrue() {
  SmallVector<int64_t> values;
  for (Value value : getValues()) {
    auto constant = getConstantIntValue(value);
    if (!constant)
      return getKind() == CheckKind::equal && getValues()[0] == getValues()[1];
    values.push_back(*constant);
  }
  switch (getKind()) {
  case CheckKind::in_bounds:
    return values[0] >= 0 && values[1] >= 0 && values[0] + values[1] <= values[2];
  case CheckKind::equal:
    return values[0] == values[1];
  case CheckKind::positive:
    return values[0] > 0;
  case CheckKind::at_most:
    return values[0] >= 0 && values[0] <= values[1];
  }
  return false;
}

namespace {
struct EraseTrivialCheck : OpRewritePattern<CheckOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(CheckOp op, PatternRewriter &rewriter) const override {
    if (!op.isTriviallyTrue())
      return failure();
    rewriter.eraseOp(op);
    return success();
  }
};
} // namespace

void CheckOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<EraseTrivialCheck>(context);
}
