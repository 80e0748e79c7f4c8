//===- CoreVectorOps.td - what the vector unit computes ----------*- tablegen -*-===//

#ifndef TILEWORK_CORE_VECTOR_OPS
#define TILEWORK_CORE_VECTOR_OPS

include "dialects/Core/CoreBase.td"

/// Every operand buffer lies in ub; `destination` may be an operand as well (in place).
class Core_VectorOp<string mnemonic, string formulaName>
    : Core_BufferInstruction<"vector_" # mnemonic, "Pipe::v",
                             "Cost(" # formulaName # ")"> {
  let unit = "vector";
  let reference = mnemonic;
}

def Core_VectorUnaryOp : Core_VectorOp<"unary", "getUnaryFormula(getKind())"> {
  let summary = "Computes element by element of one buffer";
  let formula = "destination[i...] = kind(input[i...])";
  let constraints = [
    "C1: all buffers lie in ub",
    "C2: 'input' has the shape and element type of 'destination'",
    "C3: 'not' takes integers, 'neg', 'abs' and 'relu' any elements, the others floats"
  ];
  let description = [{
    ```mlir
    core.vector_unary exp %x to %y
        : memref<16x128xf32, #core.space<ub>> to memref<16x128xf32, #core.space<ub>>
    ```
  }];
  let arguments = (ins Core_UnaryKind:$kind, Core_Buffer:$input, Core_Buffer:$destination);
  let assemblyFormat = "$kind $input `to` $destination attr-dict `:` type($input) `to` type($destination)";
}

def Core_VectorBinaryOp : Core_VectorOp<"binary", "getBinaryFormula(getKind(), getRhs())"> {
  let summary = "Computes element by element of two operands";
  let formula = "destination[i...] = kind(lhs[i...], rhs[i...])";
  let constraints = [
    "C1: all buffers lie in ub",
    "C2: 'lhs' has the shape and element type of 'destination'",
    "C3: 'rhs' has the element type of 'lhs'",
    "C4: 'rhs' is a scalar, or has the rank of 'lhs' and each dimension equal to it or a static 1",
    "C5: 'and', 'or', 'xor', 'shl' and 'shr' take integers"
  ];
  let description = [{
    A static unit dimension of `rhs` is repeated.

    ```mlir
    core.vector_binary mul %x, %s to %y
        : memref<16x128xf32, #core.space<ub>>, memref<16x1xf32, #core.space<ub>>
        to memref<16x128xf32, #core.space<ub>>
    ```
  }];
  let arguments = (ins Core_BinaryKind:$kind, Core_Buffer:$lhs, Core_BufferOrScalar:$rhs,
                       Core_Buffer:$destination);
  let assemblyFormat = [{
    $kind $lhs `,` $rhs `to` $destination attr-dict `:` type($lhs) `,` type($rhs)
    `to` type($destination)
  }];
}

def Core_VectorCompareOp : Core_VectorOp<"compare", "CostFormula::vector_binary"> {
  let summary = "Compares element by element";
  let formula = "destination[i...] = lhs[i...] `predicate` rhs[i...]";
  let constraints = [
    "C1: all buffers lie in ub",
    "C2: 'destination' has the shape of 'lhs' and element type i1",
    "C3: 'rhs' has the element type of 'lhs'",
    "C4: 'rhs' is a scalar, or has the rank of 'lhs' and each dimension equal to it or a static 1"
  ];
  let description = [{
    ```mlir
    core.vector_compare lt %x, %s to %m
        : memref<16x128xf32, #core.space<ub>>, f32 to memref<16x128xi1, #core.space<ub>>
    ```
  }];
  let arguments = (ins Core_ComparePredicate:$predicate, Core_Buffer:$lhs,
                       Core_BufferOrScalar:$rhs, Core_Buffer:$destination);
  let assemblyFormat = [{
    $predicate $lhs `,` $rhs `to` $destination attr-dict `:` type($lhs) `,` type($rhs)
    `to` type($destination)
  }];
}

def Core_VectorSelectOp : Core_VectorOp<"select", "CostFormula::vector_binary"> {
  let summary = "Chooses element by element";
  let formula = "destination[i...] = mask[i...] ? lhs[i...] : rhs[i...]";
  let constraints = [
    "C1: all buffers lie in ub",
    "C2: 'lhs' and 'rhs' have the shape and element type of 'destination'",
    "C3: 'mask' has the shape of 'destination' and element type i1"
  ];
  let description = [{
    ```mlir
    core.vector_select %m, %x, %z to %y
        : memref<16x128xi1, #core.space<ub>>, memref<16x128xf32, #core.space<ub>>,
          memref<16x128xf32, #core.space<ub>> to memref<16x128xf32, #core.space<ub>>
    ```
  }];
  let arguments = (ins Core_Buffer:$mask, Core_Buffer:$lhs, Core_Buffer:$rhs,
                       Core_Buffer:$destination);
  let assemblyFormat = [{
    $mask `,` $lhs `,` $rhs `to` $destination attr-dict `:` type($mask) `,` type($lhs) `,`
    type($rhs) `to` type($destination)
  }];
}

def Core_VectorCastOp : Core_VectorOp<"cast", "CostFormula::vector_simple"> {
  let summary = "Converts the element type";
  let formula = "destination[i...] = convert(input[i...], rounding)";
  let constraints = [
    "C1: all buffers lie in ub",
    "C2: 'input' has the shape of 'destination'"
  ];
  let description = [{
    The roundings are those of `tile.cast`.

    ```mlir
    core.vector_cast rint %x to %y
        : memref<16x128xf32, #core.space<ub>> to memref<16x128xbf16, #core.space<ub>>
    ```
  }];
  let arguments = (ins Core_Rounding:$rounding, Core_Buffer:$input, Core_Buffer:$destination);
  let assemblyFormat = "$rounding $input `to` $destination attr-dict `:` type($input) `to` type($destination)";
}

def Core_VectorReduceOp : Core_VectorOp<"reduce", "CostFormula::vector_reduce"> {
  let summary = "Reduces one dimension to a single element";
  let formula = "destination[i, 0] = kind over j of input[i, j]";
  let constraints = [
    "C1: all buffers lie in ub",
    "C2: 'dim' is a dimension of 'input', a matrix",
    "C3: 'destination' has the shape of 'input' with dimension 'dim' of size 1",
    "C4: 'destination' has the element type of 'input', or i32 for 'argmax' and 'argmin'"
  ];
  let description = [{
    The order of additions is that of `tile.reduce`.

    ```mlir
    core.vector_reduce sum %x dim(1) to %y
        : memref<16x128xf32, #core.space<ub>> to memref<16x1xf32, #core.space<ub>>
    ```
  }];
  let arguments = (ins Core_ReduceKind:$kind, Core_Buffer:$input, I64Attr:$dim,
                       Core_Buffer:$destination);
  let assemblyFormat = "$kind $input `dim` `(` $dim `)` `to` $destination attr-dict `:` type($input) `to` type($destination)";
}

def Core_VectorFillOp : Core_VectorOp<"fill", "CostFormula::vector_simple"> {
  let summary = "Fills a buffer with a scalar or with repeated elements";
  let formula = "destination[i...] = value, or value[i...] with its unit dimensions repeated";
  let constraints = [
    "C1: all buffers lie in ub",
    "C2: 'value' has the element type of 'destination'",
    "C3: 'value' is a scalar, or has the rank of 'destination' and each dimension equal to it or a static 1"
  ];
  let description = [{
    ```mlir
    core.vector_fill %v to %y : f32 to memref<16x128xf32, #core.space<ub>>
    ```
  }];
  let arguments = (ins Core_BufferOrScalar:$value, Core_Buffer:$destination);
  let assemblyFormat = "$value `to` $destination attr-dict `:` type($value) `to` type($destination)";
}

def Core_VectorArangeOp : Core_VectorOp<"arange", "CostFormula::vector_simple"> {
  let summary = "Consecutive integers in row-major order";
  let formula = "destination[i...] = start + linear index of i...";
  let constraints = [
    "C1: all buffers lie in ub",
    "C2: 'start' has the element type of 'destination', an integer"
  ];
  let description = [{
    ```mlir
    core.vector_arange %s to %y : i32 to memref<1x64xi32, #core.space<ub>>
    ```
  }];
  let arguments = (ins AnyInteger:$start, Core_Buffer:$destination);
  let assemblyFormat = "$start `to` $destination attr-dict `:` type($start) `to` type($destination)";
}

def Core_VectorTransposeOp : Core_VectorOp<"transpose", "CostFormula::vector_transpose"> {
  let summary = "Swaps the dimensions of a matrix";
  let formula = "destination[j, i] = input[i, j]";
  let constraints = [
    "C1: all buffers lie in ub",
    "C2: 'destination' has the swapped shape of 'input', a matrix, and its element type"
  ];
  let description = [{
    ```mlir
    core.vector_transpose %x to %y
        : memref<16x128xf32, #core.space<ub>> to memref<128x16xf32, #core.space<ub>>
    ```
  }];
  let arguments = (ins Core_Buffer:$input, Core_Buffer:$destination);
  let assemblyFormat = "$input `to` $destination attr-dict `:` type($input) `to` type($destination)";
}

#endif // TILEWORK_CORE_VECTOR_OPS
