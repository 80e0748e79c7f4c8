//===- TileElementwiseOps.cpp - checks and rewrites of element-wise operations --===//

#include "dialects/Tile/Tile.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace tilework::tile;

/// C1 and C2 of operations whose second operand may be repeated.
static LogicalResult verifyBroadcast(Operation *op, Value lhs, Value rhs) {
  auto lhsType = cast<RankedTensorType>(lhs.getType());
  Type rhsElement = getElementTypeOrSelf(rhs.getType());
  if (rhsElement != lhsType.getElementType())
    return op->emitOpError("(C1) expects 'rhs' to have the element type of 'lhs', but got ")
           << rhsElement << " and " << lhsType.getElementType();
  auto rhsType = dyn_cast<RankedTensorType>(rhs.getType());
  if (!rhsType)
    return success();
  if (rhsType.getRank() != lhsType.getRank())
    return op->emitOpError("(C2) expects 'rhs' to have the rank of 'lhs', but got ")
           << rhsType.getRank() << " and " << lhsType.getRank();
  for (int64_t dim = 0; dim < lhsType.getRank(); ++dim) {
    int64_t left = lhsType.getDimSize(dim), right = rhsType.getDimSize(dim);
    bool mayAgree =
        left == right || right == 1 || ShapedType::isDynamic(left) || ShapedType::isDynamic(right);
    if (!mayAgree)
      return op->emitOpError("(C2) expects dim ")
             << dim << " of 'rhs' to equal that of 'lhs' or 1, but got " << right << " and "
             << left;
  }
  return success();
}

#define TILEWORK_VERIFY_BROADCAST(OpName)                                                          \
  LogicalResult OpName::verify() {                                                                 \
    return verifyBroadcast(*this, getLhs(), getRhs());                                             \
  }
TILEWORK_VERIFY_BROADCAST(AddOp)
TILEWORK_VERIFY_BROADCAST(SubOp)
TILEWORK_VERIFY_BROADCAST(MulOp)
TILEWORK_VERIFY_BROADCAST(DivOp)
TILEWORK_VERIFY_BROADCAST(MaximumOp)
TILEWORK_VERIFY_BROADCAST(MinimumOp)
TILEWORK_VERIFY_BROADCAST(FmodOp)
TILEWORK_VERIFY_BROADCAST(AndOp)
TILEWORK_VERIFY_BROADCAST(OrOp)
TILEWORK_VERIFY_BROADCAST(XorOp)
TILEWORK_VERIFY_BROADCAST(ShlOp)
TILEWORK_VERIFY_BROADCAST(ShrOp)

LogicalResult CompareOp::verify() {
  if (failed(verifyBroadcast(*this, getLhs(), getRhs())))
    return failure();
  auto lhsType = cast<RankedTensorType>(getLhs().getType());
  auto resultType = cast<RankedTensorType>(getType());
  if (resultType.getShape() != lhsType.getShape() ||
      resultType.getEncoding() != lhsType.getEncoding())
    return emitOpError("(C3) expects 'result' to have the shape of 'lhs', but got ")
           << resultType << " and " << lhsType;
  return success();
}

LogicalResult SelectOp::verify() {
  auto maskType = cast<RankedTensorType>(getMask().getType());
  auto type = cast<RankedTensorType>(getType());
  if (maskType.getShape() != type.getShape())
    return emitOpError("(C1) expects 'mask' to have the shape of 'lhs', but got ")
           << maskType << " and " << type;
  return success();
}

LogicalResult CastOp::verify() {
  auto inputType = cast<RankedTensorType>(getInput().getType());
  auto resultType = cast<RankedTensorType>(getType());
  if (inputType.getShape() != resultType.getShape() ||
      inputType.getEncoding() != resultType.getEncoding())
    return emitOpError("(C1) expects 'result' to have the shape of 'input', but got ")
           << resultType << " and " << inputType;
  return success();
}

OpFoldResult CastOp::fold(FoldAdaptor) {
  return getInput().getType() == getType() ? getInput() : OpFoldResult();
}

namespace {
/// `mul(t, 0.0)` of a never-written tensor is `full(0.0)`: authors zero a buffer that way, and an
/// undefined element could be a NaN.
struct ZeroFill : OpRewritePattern<MulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MulOp op, PatternRewriter &rewriter) const override {
    if (isa<ShapedType>(op.getRhs().getType()) ||
        !(matchPattern(op.getRhs(), m_PosZeroFloat()) || matchPattern(op.getRhs(), m_Zero())))
      return failure();
    Value source = op.getLhs();
    while (auto slice = source.getDefiningOp<tensor::ExtractSliceOp>())
      source = slice.getSource();
    if (!source.getDefiningOp<EmptyOp>())
      return failure();
    auto type = cast<RankedTensorType>(op.getType());
    SmallVector<Value> sizes;
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      if (type.isDynamicDim(dim))
        sizes.push_back(tensor::DimOp::create(rewriter, op.getLoc(), op.getLhs(), dim));
    rewriter.replaceOpWithNewOp<FullOp>(op, type, op.getRhs(), sizes);
    return success();
  }
};
} // namespace

void MulOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<ZeroFill>(context);
}
