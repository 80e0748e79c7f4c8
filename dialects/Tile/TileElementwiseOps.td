//===- TileElementwiseOps.td - element by element ----------------*- tablegen -*-===//

#ifndef TILEWORK_TILE_ELEMENTWISE_OPS
#define TILEWORK_TILE_ELEMENTWISE_OPS

include "dialects/Tile/TileBase.td"

/// Computed in float32 for float elements and rounded once to the element type (to nearest even).
class Tile_UnaryOp<string mnemonic, string meaning, string text,
                   Type operandType = Tile_FloatTensor>
    : Tile_Op<mnemonic, [Pure, AllTypesMatch<["input", "result"]>]> {
  let summary = text;
  let formula = "result[i...] = " # meaning;
  let description = summary # ".\n\n`" # formula # [{`

    ```mlir
    %r = tile.}] # mnemonic # [{ %x : tensor<16x128x}] # !if(!eq(mnemonic, "not"), "i32", "f32") # [{>
    ```
  }];
  let arguments = (ins operandType:$input);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input)";
}

def Tile_NegOp : Tile_UnaryOp<"neg", "-x", "Negation", AnyRankedTensor>;
def Tile_AbsOp : Tile_UnaryOp<"abs", "|x|", "Absolute value", AnyRankedTensor>;
def Tile_ExpOp : Tile_UnaryOp<"exp", "e^x", "Exponential">;
def Tile_LogOp : Tile_UnaryOp<"log", "ln(x)", "Natural logarithm">;
def Tile_SinOp : Tile_UnaryOp<"sin", "sin(x)", "Sine">;
def Tile_CosOp : Tile_UnaryOp<"cos", "cos(x)", "Cosine">;
def Tile_SqrtOp : Tile_UnaryOp<"sqrt", "sqrt(x)", "Square root, correctly rounded">;
def Tile_RsqrtOp : Tile_UnaryOp<"rsqrt", "1 / sqrt(x)", "Reciprocal square root">;
def Tile_RecipOp : Tile_UnaryOp<"recip", "1 / x", "Reciprocal, correctly rounded">;
def Tile_ReluOp : Tile_UnaryOp<"relu", "max(x, 0)", "Rectified linear unit", AnyRankedTensor>;
def Tile_NotOp : Tile_UnaryOp<"not", "~x", "Bitwise complement", TensorOf<[AnyInteger]>>;

/// `rhs` is a tensor of the same shape, a scalar, or a tensor whose static unit dimensions are
/// repeated: `[R, 1]` and `[1, C]` are the language's row and column expansions. Integers wrap, and
/// are total: nothing traps.
class Tile_BinaryOp<string mnemonic, string meaning, string text, Type operandType,
                    list<Trait> traits = []>
    : Tile_Op<mnemonic, !listconcat(traits, [Pure, AllTypesMatch<["lhs", "result"]>])> {
  let summary = text;
  let formula = "result[i...] = " # meaning;
  let constraints = [
    "C1: 'lhs' and 'rhs' have the same element type",
    "C2: 'rhs' is a scalar, or has the rank of 'lhs' and each dimension equal to it or a static 1"
  ];
  let description = summary # ".\n\n`" # formula # [{`, where a static unit dimension of `rhs` is repeated.

    ```mlir
    %r = tile.}] # mnemonic # [{ %x, %y : tensor<16x128x}]
         # !if(!eq(operandType, AnyRankedTensor), "f32", "i32") # [{>, tensor<16x1x}]
         # !if(!eq(operandType, AnyRankedTensor), "f32", "i32") # [{>
    ```
  }];
  let arguments = (ins operandType:$lhs, Tile_TensorOrScalar:$rhs);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs)";
  let hasVerifier = 1;
}

def Tile_AddOp : Tile_BinaryOp<"add", "lhs + rhs", "Sum", AnyRankedTensor>;
def Tile_SubOp : Tile_BinaryOp<"sub", "lhs - rhs", "Difference", AnyRankedTensor>;
def Tile_MulOp : Tile_BinaryOp<"mul", "lhs * rhs", "Product", AnyRankedTensor> {
  let hasCanonicalizer = 1;
}
def Tile_DivOp : Tile_BinaryOp<"div", "lhs / rhs",
                               "Quotient, correctly rounded; integers truncate, and by 0 give 0",
                               AnyRankedTensor>;
def Tile_MaximumOp : Tile_BinaryOp<"maximum", "max(lhs, rhs)", "Maximum; a NaN wins",
                                   AnyRankedTensor>;
def Tile_MinimumOp : Tile_BinaryOp<"minimum", "min(lhs, rhs)", "Minimum; a NaN wins",
                                   AnyRankedTensor>;
def Tile_FmodOp : Tile_BinaryOp<"fmod", "lhs - trunc(lhs / rhs) * rhs",
                                "Remainder with the sign of 'lhs'; of integers by 0, it is 0",
                                AnyRankedTensor>;
def Tile_AndOp : Tile_BinaryOp<"and", "lhs & rhs", "Bitwise and", TensorOf<[AnyInteger]>>;
def Tile_OrOp : Tile_BinaryOp<"or", "lhs | rhs", "Bitwise or", TensorOf<[AnyInteger]>>;
def Tile_XorOp : Tile_BinaryOp<"xor", "lhs ^ rhs", "Bitwise exclusive or", TensorOf<[AnyInteger]>>;
def Tile_ShlOp : Tile_BinaryOp<"shl", "0 <= rhs < width ? lhs << rhs : 0", "Shift left",
                               TensorOf<[AnyInteger]>>;
def Tile_ShrOp : Tile_BinaryOp<"shr", "0 <= rhs < width ? lhs >> rhs : lhs < 0 ? -1 : 0",
                               "Shift right; arithmetic, logical for unsigned elements",
                               TensorOf<[AnyInteger]>>;

def Tile_CompareOp : Tile_Op<"compare", [Pure]> {
  let summary = "Compares element by element";
  let formula = "result[i...] = lhs `predicate` rhs";
  let constraints = [
    "C1: 'lhs' and 'rhs' have the same element type",
    "C2: 'rhs' is a scalar, or has the rank of 'lhs' and each dimension equal to it or a static 1",
    "C3: 'result' has the shape of 'lhs' and element type i1"
  ];
  let description = [{
    A comparison with a NaN is false, but for `ne`.

    ```mlir
    %m = tile.compare lt %x, %y : tensor<16x128xf32>, tensor<16x128xf32> -> tensor<16x128xi1>
    ```
  }];
  let arguments = (ins Tile_ComparePredicate:$predicate, AnyRankedTensor:$lhs,
                       Tile_TensorOrScalar:$rhs);
  let results = (outs TensorOf<[I1]>:$result);
  let assemblyFormat = "$predicate $lhs `,` $rhs attr-dict `:` type($lhs) `,` type($rhs) `->` type($result)";
  let hasVerifier = 1;
}

def Tile_SelectOp : Tile_Op<"select", [Pure, AllTypesMatch<["lhs", "rhs", "result"]>]> {
  let summary = "Chooses element by element";
  let formula = "result[i...] = mask ? lhs : rhs";
  let constraints = ["C1: 'mask' has the shape of 'lhs'"];
  let description = [{
    ```mlir
    %r = tile.select %m, %x, %y : tensor<16x128xi1>, tensor<16x128xf32>
    ```
  }];
  let arguments = (ins TensorOf<[I1]>:$mask, AnyRankedTensor:$lhs, AnyRankedTensor:$rhs);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$mask `,` $lhs `,` $rhs attr-dict `:` type($mask) `,` type($lhs)";
  let hasVerifier = 1;
}

def Tile_CastOp : Tile_Op<"cast", [Pure]> {
  let summary = "Converts the element type";
  let formula = "result[i...] = convert(input[i...], rounding)";
  let constraints = ["C1: 'result' has the shape of 'input'"];
  let description = [{
    `rint` rounds to nearest even, `round` half away from zero, `odd` to the odd neighbour when
    inexact, `none` is `rint` for floats and `trunc` for integers. Out-of-range values saturate when the result
    is an integer; a NaN becomes 0. Widening is exact whatever the rounding.

    ```mlir
    %r = tile.cast rint %x : tensor<16x128xf32> to tensor<16x128xbf16>
    ```
  }];
  let arguments = (ins Tile_Rounding:$rounding, AnyRankedTensor:$input);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$rounding $input attr-dict `:` type($input) `to` type($result)";
  let hasVerifier = 1;
  let hasFolder = 1;
}

#endif // TILEWORK_TILE_ELEMENTWISE_OPS
