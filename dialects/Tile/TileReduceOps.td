//===- TileReduceOps.td - reductions and matrix products ---------*- tablegen -*-===//

#ifndef TILEWORK_TILE_REDUCE_OPS
#define TILEWORK_TILE_REDUCE_OPS

include "dialects/Tile/TileBase.td"

def Tile_ReduceOp : Tile_Op<"reduce", [Pure, InferTypeOpAdaptorWithIsCompatible]> {
  let summary = "Reduces one dimension to a single element";
  let formula = "result[i, 0] = kind over j of input[i, j]";
  let constraints = [
    "C1: 'input' is a matrix",
    "C2: 'dim' is 0 or 1",
    "C3: 'result' is 'input' with dimension 'dim' of size 1"
  ];
  let description = [{
    Along dimension 1 (a row): 64 lanes, lane l takes the valid elements l, l+64, … in ascending
    order, then the lanes fold 32, 16, …, 1. Along dimension 0 (a column): ascending. Computed in
    float32 for float elements, rounded once at the end. A maximum or minimum with a NaN is a NaN.
    An empty row reduces to the neutral element (0, -inf, +inf, 1; for integers the extremes).

    ```mlir
    %r = tile.reduce sum %x dim(1) : tensor<16x128xf32>
    ```
  }];
  let arguments = (ins Tile_ReduceKind:$kind, AnyRankedTensor:$input, I64Attr:$dim);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$kind $input `dim` `(` $dim `)` attr-dict `:` type($input)";
  let hasVerifier = 1;
}

def Tile_ArgReduceOp : Tile_Op<"arg_reduce", [Pure, InferTypeOpAdaptorWithIsCompatible]> {
  let summary = "Finds where the extreme of one dimension stands";
  let formula = "result[i, 0] = the smallest j with input[i, j] = kind over j of input[i, j]";
  let constraints = [
    "C1: 'input' is a matrix",
    "C2: 'dim' is 0 or 1",
    "C3: 'result' is 'input' with dimension 'dim' of size 1 and element type i32"
  ];
  let description = [{
    ```mlir
    %r = tile.arg_reduce argmax %x dim(1) : tensor<16x128xf32>
    ```
  }];
  let arguments = (ins Tile_ArgReduceKind:$kind, AnyRankedTensor:$input, I64Attr:$dim);
  let results = (outs TensorOf<[I32]>:$result);
  let assemblyFormat = "$kind $input `dim` `(` $dim `)` attr-dict `:` type($input)";
  let hasVerifier = 1;
}

def Tile_MatmulOp : Tile_Op<"matmul", [Pure]> {
  let summary = "Matrix product, optionally added to an accumulator";
  let formula = "result[i, j] = s_K, s_0 = acc[i, j] or +0.0, s_{k+1} = fma(lhs[i, k], rhs[k, j], s_k)";
  let unit = "cube";
  let constraints = [
    "C1: 'lhs' and 'rhs' are matrices",
    "C2: dim 1 of 'lhs' equals dim 0 of 'rhs' (after transposition)",
    "C3: 'lhs' and 'rhs' have the same element type: f32, bf16, f16 or i8",
    "C4: the element type of 'result' is f32, or i32 for i8 operands",
    "C5: 'result' has dim 0 of 'lhs' and dim 1 of 'rhs' (after transposition)",
    "C6: 'acc' has the type of 'result'"
  ];
  let description = [{
    One float32 chain per output, k ascending over all of K; int8 in int32, exactly.
    `trans_lhs` and `trans_rhs` read the operand transposed.

    ```mlir
    %r = tile.matmul %a, %b acc(%c : tensor<16x128xf32>)
       : tensor<16x128xbf16>, tensor<128x128xbf16> -> tensor<16x128xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$lhs, AnyRankedTensor:$rhs, Optional<AnyRankedTensor>:$acc,
                       UnitAttr:$trans_lhs, UnitAttr:$trans_rhs);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = [{
    $lhs `,` $rhs (`acc` `(` $acc^ `:` type($acc) `)`)? (`trans_lhs` $trans_lhs^)?
    (`trans_rhs` $trans_rhs^)? attr-dict `:` type($lhs) `,` type($rhs) `->` type($result)
  }];
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

#endif // TILEWORK_TILE_REDUCE_OPS
