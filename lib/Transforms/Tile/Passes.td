//===- Passes.td - passes within the tile dialect -----------------*- tablegen -*-===//

#ifndef TILEWORK_TRANSFORMS_TILE_PASSES
#define TILEWORK_TRANSFORMS_TILE_PASSES

include "mlir/Pass/PassBase.td"

def ElideZeroProductsPass : Pass<"tile-elide-zero-products", "::tilework::task::EntryOp"> {
  let summary = "Makes `mul(t, 0.0)` of a never-written tensor a zero fill";
  let description = [{
    Authors zero a buffer that way, whole or part by part; an undefined element could be a NaN, so
    the product is replaced by `tile.full`. Part by part: a loop that zeroes the slice it reads.
  }];
  let dependentDialects = ["::tilework::tile::TileDialect"];
}

#endif // TILEWORK_TRANSFORMS_TILE_PASSES
