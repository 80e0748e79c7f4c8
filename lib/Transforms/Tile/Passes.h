//===- Passes.h - passes within the tile dialect --------------------*- C++ -*-===//

#ifndef TILEWORK_TRANSFORMS_TILE_PASSES_H
#define TILEWORK_TRANSFORMS_TILE_PASSES_H

#include "dialects/Task/Task.h"
#include "dialects/Tile/Tile.h"

#include "mlir/Pass/Pass.h"

namespace tilework::tile {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/Tile/Passes.h.inc"

} // namespace tilework::tile

#endif // TILEWORK_TRANSFORMS_TILE_PASSES_H
