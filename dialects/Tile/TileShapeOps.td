//===- TileShapeOps.td - making, reshaping and checking tensors --*- tablegen -*-===//

#ifndef TILEWORK_TILE_SHAPE_OPS
#define TILEWORK_TILE_SHAPE_OPS

include "dialects/Tile/TileBase.td"

def Tile_EmptyOp : Tile_Op<"empty", [Pure]> {
  let summary = "A tensor whose elements are undefined";
  let formula = "result[i...] = undefined";
  let unit = "none";
  let constraints = ["C1: one size per dynamic dimension"];
  let description = [{
    `manual_dep` is the author's claim that dependences on this tensor are given by hand.

    ```mlir
    %t = tile.empty() : tensor<16x5120xf32>
    ```
  }];
  let arguments = (ins Variadic<Index>:$sizes, UnitAttr:$manual_dep);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "`(` $sizes `)` (`manual_dep` $manual_dep^)? attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def Tile_FullOp : Tile_Op<"full", [Pure]> {
  let summary = "A tensor with the same value everywhere";
  let formula = "result[i...] = value";
  let constraints = [
    "C1: one size per dynamic dimension",
    "C2: 'value' has the element type of 'result'"
  ];
  let description = [{
    ```mlir
    %t = tile.full %v() : f32 -> tensor<16x128xf32>
    ```
  }];
  let arguments = (ins Tile_Scalar:$value, Variadic<Index>:$sizes);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$value `(` $sizes `)` attr-dict `:` type($value) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_ArangeOp : Tile_Op<"arange", [Pure]> {
  let summary = "Consecutive integers in row-major order";
  let formula = "result[i...] = start + linear index of i...";
  let constraints = [
    "C1: 'result' has a static shape",
    "C2: 'start' has the element type of 'result', an integer"
  ];
  let description = [{
    ```mlir
    %t = tile.arange %s : i32 -> tensor<1x64xi32>
    ```
  }];
  let arguments = (ins AnyInteger:$start);
  let results = (outs TensorOf<[AnyInteger]>:$result);
  let assemblyFormat = "$start attr-dict `:` type($start) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_BroadcastOp : Tile_Op<"broadcast", [Pure]> {
  let summary = "Repeats unit dimensions";
  let formula = "result[i, j] = input[i or 0, j or 0]";
  let constraints = [
    "C1: 'input' and 'result' have the same element type and rank",
    "C2: each dimension of 'input' equals that of 'result' or is a static 1",
    "C3: one size per dynamic dimension of 'result'"
  ];
  let description = [{
    ```mlir
    %r = tile.broadcast %x() : tensor<16x1xf32> -> tensor<16x128xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$input, Variadic<Index>:$sizes);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$input `(` $sizes `)` attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_ReshapeOp : Tile_Op<"reshape", [Pure]> {
  let summary = "The same elements in row-major order under another shape";
  let formula = "result.flat[n] = input.flat[n]";
  let unit = "none";
  let constraints = [
    "C1: 'input' and 'result' have the same element type",
    "C2: 'input' and 'result' have static shapes with equally many elements"
  ];
  let description = [{
    ```mlir
    %r = tile.reshape %x : tensor<16x1xf32> -> tensor<1x16xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$input);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input) `->` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Tile_TransposeOp : Tile_Op<"transpose", [Pure, InferTypeOpAdaptorWithIsCompatible]> {
  let summary = "Permutes dimensions";
  let formula = "result[i_p(0), i_p(1), …] = input[i_0, i_1, …]";
  let constraints = [
    "C1: 'permutation' is a permutation of the dimensions of 'input'",
    "C2: 'result' is 'input' with its dimensions permuted"
  ];
  let description = [{
    Dimension d of `result` is dimension `permutation[d]` of `input`.

    ```mlir
    %r = tile.transpose %x [1, 0] : tensor<16x128xf32>
    ```
  }];
  let arguments = (ins AnyRankedTensor:$input, DenseI64ArrayAttr:$permutation);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$input $permutation attr-dict `:` type($input)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

def Tile_FillpadOp : Tile_Op<"fillpad", [Pure, InferTypeOpAdaptorWithIsCompatible]> {
  let summary = "Fills a tile up to its capacity";
  let formula = "result[i...] = i... < extents of input ? input[i...] : value";
  let constraints = [
    "C1: 'input' has a capacity",
    "C2: 'value' has the element type of 'input'",
    "C3: 'result' is the full tensor of that capacity"
  ];
  let description = [{
    ```mlir
    %r = tile.fillpad %x, %v : tensor<8x?xf32, #tile.capacity<8x64>>, f32
    ```
  }];
  let arguments = (ins AnyRankedTensor:$input, Tile_Scalar:$value);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$input `,` $value attr-dict `:` type($input) `,` type($value)";
  let hasVerifier = 1;
}

def Tile_CheckOp : Tile_Op<"check", []> {
  let summary = "Stops the task, naming the source line, when a demand on sizes does not hold";
  let formula = "in_bounds(o, n, e): 0 <= o, 0 <= n, o + n <= e; equal(a, b): a = b; positive(a): a > 0; at_most(a, b): 0 <= a <= b";
  let unit = "scalar";
  let constraints = [
    "C1: 'in_bounds' takes three values, 'equal' and 'at_most' two, 'positive' one"
  ];
  let description = [{
    `dim` is the dimension the message names.

    ```mlir
    tile.check in_bounds(%o, %n, %e) dim(1)
    ```
  }];
  let arguments = (ins Tile_CheckKind:$kind, Variadic<Index>:$values, DefaultValuedAttr<I64Attr, "0">:$dim);
  let assemblyFormat = "$kind `(` $values `)` (`dim` `(` $dim^ `)`)? attr-dict";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// True when the operands are constants that satisfy the demand.
    bool isTriviallyTrue();
  }];
  let hasCanonicalizer = 1;
}

#endif // TILEWORK_TILE_SHAPE_OPS
