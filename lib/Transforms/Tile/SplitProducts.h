//===- SplitProducts.h - which products are cut, and into what ----------*- C++ -*-===//

#ifndef TILEWORK_TRANSFORMS_TILE_SPLITPRODUCTS_H
#define TILEWORK_TRANSFORMS_TILE_SPLITPRODUCTS_H

#include "dialects/Task/Task.h"
#include "dialects/Tile/Tile.h"
#include "lib/Planning/ProductPieces.h"

namespace tilework::tile {

/// What is computed piece by piece together: the last users of sums of products, or one sum that is
/// put together in ub.
struct ProductSplit {
  llvm::SmallVector<mlir::Operation *> stores; ///< in one block, in its order
  mlir::Value assembled;
  llvm::SmallVector<mlir::Value> sums;
  ProductPieces pieces{};
};

/// A product whose result stays whole, in chunks of K.
struct ProductChunking {
  MatmulOp product;
  int64_t depth;
};

struct ProductPlan {
  llvm::SmallVector<ProductSplit> splits;
  llvm::SmallVector<ProductChunking> chunkings;
};

/// What has to be cut so that a kernel's products fit. Fails with an error at the author's line.
mlir::FailureOr<ProductPlan> planProducts(task::KernelOp kernel, const ProductMemories &memories);

/// The source of an operation that writes a tile to global memory, or none.
mlir::Value getStored(mlir::Operation *op);

} // namespace tilework::tile

#endif // TILEWORK_TRANSFORMS_TILE_SPLITPRODUCTS_H
