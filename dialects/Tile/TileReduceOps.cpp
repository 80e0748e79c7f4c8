//===- TileReduceOps.cpp - checks and rewrites of reductions and products -------===//

#include "dialects/Tile/Tile.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace tilework::tile;

/// `type` with dimension `dim` of size 1 and the given element type.
static RankedTensorType reducedType(RankedTensorType type, int64_t dim, Type element) {
  SmallVector<int64_t> shape(type.getShape());
  shape[dim] = 1;
  Attribute encoding = type.getEncoding();
  if (auto capacity = dyn_cast_or_null<CapacityAttr>(encoding)) {
    SmallVector<int64_t> storage(capacity.getShape());
    storage[dim] = 1;
    bool isStatic = !ShapedType::isDynamicShape(shape) && ArrayRef(storage) == ArrayRef(shape);
    encoding = isStatic ? Attribute() : CapacityAttr::get(type.getContext(), storage);
  }
  return RankedTensorType::get(shape, element, encoding);
}

template <typename Adaptor>
static LogicalResult inferReduced(StringRef name, std::optional<Location> location, Adaptor adaptor,
                                  Type element, SmallVectorImpl<Type> &types) {
  auto type = dyn_cast<RankedTensorType>(adaptor.getInput().getType());
  if (!type || type.getRank() != 2)
    return emitOptionalError(location, "'", name,
                             "' op (C1) expects 'input' to be a matrix, but got ",
                             adaptor.getInput().getType());
  int64_t dim = adaptor.getDim();
  if (dim != 0 && dim != 1)
    return emitOptionalError(location, "'", name, "' op (C2) expects 'dim' to be 0 or 1, but got ",
                             dim);
  types.push_back(reducedType(type, dim, element ? element : type.getElementType()));
  return success();
}

/// C1 and C2 are checked by the inference, which every verification repeats.
template <typename ReduceLikeOp> static LogicalResult verifyReduced(ReduceLikeOp op, Type element) {
  auto type = cast<RankedTensorType>(op.getInput().getType());
  Type expected = reducedType(type, op.getDim(), element ? element : type.getElementType());
  if (op.getType() != expected)
    return op.emitOpError("(C3) expects 'result' to be ")
           << expected << ", but got " << op.getType();
  return success();
}

LogicalResult ReduceOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                         Adaptor adaptor, SmallVectorImpl<Type> &types) {
  return inferReduced(getOperationName(), location, adaptor, Type(), types);
}

/// The verifiers compare the types, under their label.
bool ReduceOp::isCompatibleReturnTypes(TypeRange, TypeRange) {
  return true;
}
bool ArgReduceOp::isCompatibleReturnTypes(TypeRange, TypeRange) {
  return true;
}

LogicalResult ReduceOp::verify() {
  return verifyReduced(*this, Type());
}

LogicalResult ArgReduceOp::inferReturnTypes(MLIRContext *context, std::optional<Location> location,
                                            Adaptor adaptor, SmallVectorImpl<Type> &types) {
  return inferReduced(getOperationName(), location, adaptor, IntegerType::get(context, 32), types);
}

LogicalResult ArgReduceOp::verify() {
  return verifyReduced(*this, IntegerType::get(getContext(), 32));
}

LogicalResult MatmulOp::verify() {
  auto lhs = cast<RankedTensorType>(getLhs().getType());
  auto rhs = cast<RankedTensorType>(getRhs().getType());
  auto result = cast<RankedTensorType>(getType());
  if (lhs.getRank() != 2 || rhs.getRank() != 2 || result.getRank() != 2)
    return emitOpError("(C1) expects matrices, but got ") << lhs << " and " << rhs;
  int64_t m = lhs.getDimSize(getTransLhs()), lhsK = lhs.getDimSize(!getTransLhs());
  int64_t n = rhs.getDimSize(!getTransRhs()), rhsK = rhs.getDimSize(getTransRhs());
  if (lhsK != rhsK && !ShapedType::isDynamic(lhsK) && !ShapedType::isDynamic(rhsK))
    return emitOpError("(C2) expects dim ")
           << !getTransLhs() << " of 'lhs' to equal dim " << static_cast<int>(getTransRhs())
           << " of 'rhs', but got " << lhsK << " and " << rhsK;
  Type element = lhs.getElementType();
  bool isInt8 = element.isInteger(8);
  if (element != rhs.getElementType() ||
      !(isInt8 || isa<Float32Type, BFloat16Type, Float16Type>(element)))
    return emitOpError("(C3) expects operands of one element type, f32, bf16, f16 or i8, but got ")
           << element << " and " << rhs.getElementType();
  Type expected =
      isInt8 ? Type(IntegerType::get(getContext(), 32)) : Float32Type::get(getContext());
  if (result.getElementType() != expected)
    return emitOpError("(C4) expects 'result' to have element type ")
           << expected << ", but got " << result.getElementType();
  if (result.getDimSize(0) != m || result.getDimSize(1) != n)
    return emitOpError("(C5) expects 'result' to have shape [")
           << m << ", " << n << "], but got [" << result.getDimSize(0) << ", "
           << result.getDimSize(1) << "]";
  if (getAcc() && getAcc().getType() != getType())
    return emitOpError("(C6) expects 'acc' to have the type of 'result', but got ")
           << getAcc().getType() << " and " << getType();
  return success();
}

namespace {
/// The chain starts at +0.0 either way.
struct DropZeroAccumulator : OpRewritePattern<MatmulOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(MatmulOp op, PatternRewriter &rewriter) const override {
    auto full = op.getAcc() ? op.getAcc().getDefiningOp<FullOp>() : FullOp();
    if (!full || !(matchPattern(full.getValue(), m_PosZeroFloat()) ||
                   matchPattern(full.getValue(), m_Zero())))
      return failure();
    rewriter.modifyOpInPlace(op, [&] { op.getAccMutable().clear(); });
    return success();
  }
};
} // namespace

void MatmulOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<DropZeroAccumulator>(context);
}
