//===- TileBase.td - what every tile operation has in common -----*- tablegen -*-===//

#ifndef TILEWORK_TILE_BASE
#define TILEWORK_TILE_BASE

include "dialects/Tile/TileDialect.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/LoopLikeInterface.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"

/// `formula`, `unit`, `reference` and `constraints` are read by the documentation generator and by
/// the tests that demand a reference meaning per operation and a negative case per constraint.
class Tile_Op<string mnemonic, list<Trait> traits = []> : Op<Tile_Dialect, mnemonic, traits> {
  string formula = "";
  string unit = "vector";
  string reference = mnemonic;
  list<string> constraints = [];
}

def Tile_Tensor : TensorRankOf<[AnyType], [1, 2, 3, 4]>;
def Tile_FloatTensor : TensorOf<[F32, F16, BF16]>;
def Tile_Scalar : AnyTypeOf<[AnyFloat, AnyInteger, Index], "scalar">;
def Tile_TensorOrScalar : AnyTypeOf<[AnyRankedTensor, AnyFloat, AnyInteger, Index],
                                    "tensor or scalar">;

#endif // TILEWORK_TILE_BASE
