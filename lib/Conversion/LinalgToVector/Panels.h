//===- Panels.h - operands of a product, converted and in order -----------*- C++ -*-===//

#ifndef TILEWORK_CONVERSION_LINALGTOVECTOR_PANELS_H
#define TILEWORK_CONVERSION_LINALGTOVECTOR_PANELS_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Builders.h"

namespace tilework {

/// float32 of a float, i32 of an int8; of a scalar or a vector.
mlir::Value convertFactor(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value);

/// A matrix seen as [row, depth], whichever of the two its memory holds first.
struct Factor {
  mlir::Value buffer;
  bool isTransposed; ///< the memory is [depth, row]
  mlir::OpFoldResult rows;

  /// Row `row`, or the last one where there are fewer.
  mlir::Value clampRow(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value row) const;
};

/// panel[r, k] = factor[firstRow + r, firstDepth + k] for k < depth; rows beyond the last repeat
/// it.
void packRows(mlir::OpBuilder &builder, mlir::Location loc, const Factor &factor,
              mlir::Value firstRow, mlir::Value firstDepth, mlir::OpFoldResult depth,
              mlir::Value panel);

/// panel[k, r] = factor[firstRow + r, firstDepth + k] for k < depth: 16 x 16 elements at a time.
void packColumns(mlir::OpBuilder &builder, mlir::Location loc, const Factor &factor,
                 mlir::Value firstRow, mlir::Value firstDepth, mlir::OpFoldResult depth,
                 mlir::Value panel);

} // namespace tilework

#endif // TILEWORK_CONVERSION_LINALGTOVECTOR_PANELS_H
