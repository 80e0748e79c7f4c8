//===- Destinations.cpp - where the results of linalg operations go --------------===//

#include "lib/Conversion/TileToLinalg/Lowering.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

Type tilework::getPlainElement(Type element) {
  auto integer = dyn_cast<IntegerType>(element);
  return integer ? IntegerType::get(element.getContext(), integer.getWidth()) : element;
}

Type tilework::getPlainType(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return getPlainElement(type);
  return RankedTensorType::get(tensor.getShape(), getPlainElement(tensor.getElementType()));
}

Value tilework::createDestination(OpBuilder &builder, Location loc, RankedTensorType type,
                                  ArrayRef<OpFoldResult> sizes) {
  return createDestination(builder, loc, type, getPlainElement(type.getElementType()), sizes);
}

Value tilework::createDestination(OpBuilder &builder, Location loc, RankedTensorType type,
                                  Type element, ArrayRef<OpFoldResult> sizes) {
  if (type.hasStaticShape())
    return tensor::EmptyOp::create(builder, loc, type.getShape(), element);
  // Not tensor.empty: two equal ones become one, and the second writer would need a dynamic buffer.
  auto storage = RankedTensorType::get(tile::getStorageShape(type), element);
  Value buffer = bufferization::AllocTensorOp::create(builder, loc, storage, ValueRange());
  SmallVector<OpFoldResult> zeros(type.getRank(), builder.getIndexAttr(0));
  SmallVector<OpFoldResult> ones(type.getRank(), builder.getIndexAttr(1));
  SmallVector<OpFoldResult> extents(sizes);
  for (auto [extent, size] : llvm::zip(extents, type.getShape()))
    if (!ShapedType::isDynamic(size))
      extent = builder.getIndexAttr(size);
  auto slice = RankedTensorType::get(type.getShape(), element);
  return tensor::ExtractSliceOp::create(builder, loc, slice, buffer, zeros, extents, ones);
}

SmallVector<OpFoldResult> tilework::getMixedSizes(OpBuilder &builder, RankedTensorType type,
                                                  ValueRange sizes) {
  SmallVector<OpFoldResult> mixed;
  for (int64_t size : type.getShape()) {
    if (ShapedType::isDynamic(size)) {
      mixed.push_back(sizes.front());
      sizes = sizes.drop_front();
    } else {
      mixed.push_back(builder.getIndexAttr(size));
    }
  }
  return mixed;
}

Value tilework::buildElementwise(OpBuilder &builder, Location loc, Value destination,
                                 ValueRange operands, ElementFn body) {
  auto type = cast<RankedTensorType>(destination.getType());
  int64_t rank = type.getRank();
  SmallVector<Value> inputs;
  SmallVector<AffineMap> maps;
  SmallVector<Value> scalars; // per operand; null where the operand is read element by element
  for (Value operand : operands) {
    auto fill = operand.getDefiningOp<linalg::FillOp>();
    if (!isa<RankedTensorType>(operand.getType()) || fill) {
      scalars.push_back(fill ? fill.getInputs().front() : operand);
      continue;
    }
    scalars.push_back(Value());
    inputs.push_back(operand);
    SmallVector<AffineExpr> indices;
    auto shape = cast<RankedTensorType>(operand.getType()).getShape();
    for (int64_t dim = 0; dim < rank; ++dim)
      indices.push_back(shape[dim] == 1 && type.getDimSize(dim) != 1
                            ? builder.getAffineConstantExpr(0)
                            : builder.getAffineDimExpr(dim));
    maps.push_back(AffineMap::get(rank, 0, indices, builder.getContext()));
  }
  maps.push_back(builder.getMultiDimIdentityMap(rank));
  SmallVector<utils::IteratorType> iterators(rank, utils::IteratorType::parallel);
  auto generic =
      linalg::GenericOp::create(builder, loc, TypeRange(type), inputs, destination, maps, iterators,
                                [&](OpBuilder &b, Location bodyLoc, ValueRange arguments) {
                                  SmallVector<Value> elements(scalars);
                                  for (Value &element : elements)
                                    if (!element) {
                                      element = arguments.front();
                                      arguments = arguments.drop_front();
                                    }
                                  linalg::YieldOp::create(b, bodyLoc, body(b, bodyLoc, elements));
                                });
  return generic.getResult(0);
}

Value tilework::widen(OpBuilder &builder, Location loc, Value value) {
  if (!isa<BFloat16Type, Float16Type>(value.getType()))
    return value;
  return arith::ExtFOp::create(builder, loc, builder.getF32Type(), value);
}

Value tilework::narrow(OpBuilder &builder, Location loc, Value value, Type element) {
  if (value.getType() == element || !isa<BFloat16Type, Float16Type>(element))
    return value;
  return arith::TruncFOp::create(builder, loc, element, value);
}

Value tilework::createConstant(OpBuilder &builder, Location loc, Type type, double value) {
  type = getPlainElement(type);
  if (isa<FloatType>(type))
    return arith::ConstantOp::create(builder, loc, builder.getFloatAttr(type, value));
  return arith::ConstantOp::create(builder, loc,
                                   builder.getIntegerAttr(type, static_cast<int64_t>(value)));
}
