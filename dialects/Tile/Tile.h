//===- Tile.h - the tile dialect ------------------------------------*- C++ -*-===//

#ifndef TILEWORK_DIALECTS_TILE_TILE_H
#define TILEWORK_DIALECTS_TILE_TILE_H

#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinAttributeInterfaces.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/TensorEncoding.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/Tile/TileDialect.h.inc"

#include "dialects/Tile/TileEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/Tile/TileAttrs.h.inc"

#define GET_OP_CLASSES
#include "dialects/Tile/TileOps.h.inc"

namespace tilework::tile {

/// The name of the module attribute that holds a `#tile.target`.
inline constexpr llvm::StringLiteral kTargetAttrName = "tile.target";

/// The static shape `type` is stored in: its capacity, or its own shape where it has none.
llvm::ArrayRef<int64_t> getStorageShape(mlir::RankedTensorType type);

/// Attaches our models of upstream's interfaces (docs/rationale/0006-interfaces.md).
void registerInterfaceModels(mlir::DialectRegistry &registry);

} // namespace tilework::tile

#endif // TILEWORK_DIALECTS_TILE_TILE_H
