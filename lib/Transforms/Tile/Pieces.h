//===- Pieces.h - a part of a tile, computed alone ------------------------*- C++ -*-===//
//
// Builds the part of a tile inside a window from the operations that make the tile: products with
// the rows and columns they need, over all of K in chunks, the loops and branches that add them up,
// and element-wise operations on them. No order of additions changes.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_TRANSFORMS_TILE_PIECES_H
#define TILEWORK_TRANSFORMS_TILE_PIECES_H

#include "dialects/Tile/Tile.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"

#include <array>

namespace tilework::tile {

/// A rectangle of a matrix; `shape` is the storage of what lies in it.
struct Window {
  std::array<mlir::OpFoldResult, 2> offsets, sizes;
  std::array<int64_t, 2> shape;
};

/// Whether each element of the result depends on the same elements of the operands only.
bool isElementwise(mlir::Operation *op);

class PieceBuilder {
public:
  /// Chunks of K are at most `depth` long.
  PieceBuilder(mlir::OpBuilder &builder, int64_t depth) : builder(builder), depth(depth) {}

  /// The extent of a matrix along a dimension, where the builder stands.
  mlir::FailureOr<mlir::OpFoldResult> getExtent(mlir::Value value, int64_t dim);

  /// Calls `body` once per window of an extent along one dimension, in loops where there are
  /// several: equal ones, and a rest that is known or not. `carried` goes through the loops. Where
  /// `isUniform`, a rest that is known is treated like the others, not by code of its own.
  using Body = llvm::function_ref<mlir::LogicalResult(Window &window)>;
  mlir::LogicalResult forPieces(mlir::Location loc, int64_t dim, mlir::OpFoldResult extent,
                                int64_t piece, int64_t stages, Window window,
                                llvm::SmallVectorImpl<mlir::Value> &carried, Body body,
                                bool isUniform = false);

  /// The part of `value` in the window.
  mlir::FailureOr<mlir::Value> build(mlir::Value value, const Window &window);

  /// The sum of a product in chunks of K. The accumulator is a piece already.
  mlir::FailureOr<mlir::Value> buildProduct(MatmulOp op, mlir::Value accumulator,
                                            const Window &window);

private:
  mlir::FailureOr<mlir::Value> buildLoop(mlir::OpResult result, const Window &window);
  mlir::FailureOr<mlir::Value> buildBranch(mlir::OpResult result, const Window &window);
  mlir::FailureOr<mlir::Value> buildElementwise(mlir::Operation *op, const Window &window);
  mlir::FailureOr<mlir::Value>
  buildPadded(FillpadOp op, const Window &window,
              llvm::function_ref<mlir::FailureOr<mlir::Value>(const Window &)> buildInput);
  /// The part of a tile that is made whole, or loaded in parts.
  mlir::FailureOr<mlir::Value> cut(mlir::Value value, const Window &window);
  /// A value of the original program where the builder stands: made anew in the copy of its loop.
  mlir::FailureOr<mlir::Value> localize(mlir::Value value);
  mlir::Value toValue(mlir::Location loc, mlir::OpFoldResult size);

  struct Scope;

  mlir::OpBuilder &builder;
  int64_t depth;
  mlir::IRMapping copies;                          ///< of scalars and tiles made whole
  llvm::DenseMap<mlir::Value, mlir::Value> pieces; ///< of the current window
  llvm::SmallVector<mlir::Operation *> copied;     ///< loops and branches around the builder
};

} // namespace tilework::tile

#endif // TILEWORK_TRANSFORMS_TILE_PIECES_H
