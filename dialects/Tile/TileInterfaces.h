//===- TileInterfaces.h - what our models of upstream interfaces share --*- C++ -*-===//

#ifndef TILEWORK_DIALECTS_TILE_TILEINTERFACES_H
#define TILEWORK_DIALECTS_TILE_TILEINTERFACES_H

#include "dialects/Tile/Tile.h"

namespace tilework::tile {

template <typename... Ops> struct OpList {};

/// Every operation whose result elements depend on the elements at the same place, and only those.
using ElementwiseOps =
    OpList<NegOp, AbsOp, ExpOp, LogOp, SinOp, CosOp, SqrtOp, RsqrtOp, RecipOp, ReluOp, NotOp, AddOp,
           SubOp, MulOp, DivOp, MaximumOp, MinimumOp, FmodOp, AndOp, OrOp, XorOp, ShlOp, ShrOp,
           CompareOp, SelectOp, CastOp>;

/// Attaches to each operation of the list `Model` of it.
template <template <typename> class Model, typename... Ops>
void attachModel(mlir::MLIRContext &context, OpList<Ops...>) {
  (Ops::template attachInterface<Model<Ops>>(context), ...);
}

/// Shapes of results (ReifyRankedShapedTypeOpInterface) and ValueBoundsOpInterface.
void attachShapeModels(mlir::MLIRContext &context);

/// TilingInterface and PartialReductionOpInterface.
void attachTilingModels(mlir::MLIRContext &context);

} // namespace tilework::tile

#endif // TILEWORK_DIALECTS_TILE_TILEINTERFACES_H
