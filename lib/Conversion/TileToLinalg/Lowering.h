//===- Lowering.h - tile operations as linalg on tensors ----------------*- C++ -*-===//
//
// Each `lower…` builds the value of one tile operation before it and returns it, or null where the
// operation is of another kind. Types may still carry capacities and signs; the pass drops them.
//
//===---------------------------------------------------------------------------===//

#ifndef TILEWORK_CONVERSION_TILETOLINALG_LOWERING_H
#define TILEWORK_CONVERSION_TILETOLINALG_LOWERING_H

#include "dialects/Tile/Tile.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Builders.h"

namespace tilework {

/// The element type arithmetic is done on: integers lose their sign, which operations then carry.
mlir::Type getPlainElement(mlir::Type element);

/// The shape of `type` on plain elements, without a capacity.
mlir::Type getPlainType(mlir::Type type);

/// A tensor to write into. With dynamic extents it is a slice of a buffer of the whole capacity, so
/// that all storage is static. `sizes` are the extents of the value.
mlir::Value createDestination(mlir::OpBuilder &builder, mlir::Location loc,
                              mlir::RankedTensorType type,
                              llvm::ArrayRef<mlir::OpFoldResult> sizes);

/// As above on elements of another type.
mlir::Value createDestination(mlir::OpBuilder &builder, mlir::Location loc,
                              mlir::RankedTensorType type, mlir::Type element,
                              llvm::ArrayRef<mlir::OpFoldResult> sizes);

/// The extents of `type`, its dynamic ones from `sizes`.
llvm::SmallVector<mlir::OpFoldResult>
getMixedSizes(mlir::OpBuilder &builder, mlir::RankedTensorType type, mlir::ValueRange sizes);

/// The value of a body: takes the elements of the operands, gives the element of the result.
using ElementFn =
    llvm::function_ref<mlir::Value(mlir::OpBuilder &, mlir::Location, mlir::ValueRange)>;

/// result[i...] = body(operands[i...]); static unit dimensions of tensors are repeated, scalars are
/// read from outside.
mlir::Value buildElementwise(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value destination,
                             mlir::ValueRange operands, ElementFn body);

/// float32 of a bf16 or f16 element; others stay.
mlir::Value widen(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value);

/// Rounds float32 to `element`, to nearest even; others stay.
mlir::Value narrow(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value,
                   mlir::Type element);

mlir::Value createConstant(mlir::OpBuilder &builder, mlir::Location loc, mlir::Type type,
                           double value);

/// The element of a `tile.cast`.
mlir::Value convertElement(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value,
                           mlir::Type from, mlir::Type to, tile::Rounding rounding);

mlir::Value lowerElementwise(mlir::OpBuilder &builder, mlir::Operation *op);
mlir::Value lowerReduction(mlir::OpBuilder &builder, mlir::Operation *op);
mlir::Value lowerShape(mlir::OpBuilder &builder, mlir::Operation *op);

} // namespace tilework

#endif // TILEWORK_CONVERSION_TILETOLINALG_LOWERING_H
