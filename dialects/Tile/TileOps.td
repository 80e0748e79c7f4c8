//===- TileOps.td - every operation of the tile dialect ----------*- tablegen -*-===//

include "dialects/Tile/TileElementwiseOps.td"
include "dialects/Tile/TileReduceOps.td"
include "dialects/Tile/TileShapeOps.td"
include "dialects/Tile/TileLoopOps.td"
