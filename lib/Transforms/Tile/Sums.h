//===- Sums.h - how products continue sums ---------------------------*- C++ -*-===//

#ifndef TILEWORK_TRANSFORMS_TILE_SUMS_H
#define TILEWORK_TRANSFORMS_TILE_SUMS_H

#include "dialects/Tile/Tile.h"

namespace tilework::tile {

/// Whether `value` is filled with zeros, from which any number of sums may start.
bool isZeroTile(mlir::Value value);

/// Whether a product or loop adds to its operand.
bool addsTo(mlir::OpOperand &use);

/// Whether what `use` adds to is continued by it alone and once, so that the sum may overwrite it:
/// by nothing else that runs as well, and not again in another iteration.
bool addsAlone(mlir::OpOperand &use);

} // namespace tilework::tile

#endif // TILEWORK_TRANSFORMS_TILE_SUMS_H
