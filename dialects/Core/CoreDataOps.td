//===- CoreDataOps.td - transfers and products -------------------*- tablegen -*-===//

#ifndef TILEWORK_CORE_DATA_OPS
#define TILEWORK_CORE_DATA_OPS

include "dialects/Core/CoreBase.td"

def Core_DmaLoadOp : Core_BufferInstruction<"dma_load", "Pipe::mte2",
    "Cost(CostFormula::transfer, getSource(), getDestination())", [AttrSizedOperandSegments]> {
  let summary = "Loads a rectangle of global memory into a buffer";
  let formula = "destination[i...] = source[offsets + i...] for i < sizes, else pad";
  let unit = "dma";
  let constraints = [
    "C1: from gm to l1 or ub",
    "C2: no offsets, or one per dimension of 'source'",
    "C3: no sizes, or one per dimension of 'destination', whose rank is at most that of 'source'",
    "C4: 'source' and 'destination' have the same element type",
    "C5: 'pad' has the element type of 'destination'"
  ];
  let description = [{
    No offsets are zeros, no sizes those of `destination`. Missing leading dimensions have size
    one. Without `pad`, elements of `destination` outside `sizes` keep what they hold.

    ```mlir
    core.dma_load %x[%i, %j] [%m, %k] to %b pad(%z : bf16)
        : memref<16x5120xbf16> to memref<16x128xbf16, #core.space<l1>>
    ```
  }];
  let arguments = (ins Core_Buffer:$source, Variadic<Index>:$offsets, Variadic<Index>:$sizes,
                       Core_Buffer:$destination, Optional<Core_Scalar>:$pad);
  let assemblyFormat = [{
    $source `[` $offsets `]` `[` $sizes `]` `to` $destination (`pad` `(` $pad^ `:` type($pad) `)`)?
    attr-dict `:` type($source) `to` type($destination)
  }];
}

/// Stores take a rectangle of global memory the same way.
class Core_StoreOp<string mnemonic, string pipe, string cost>
    : Core_BufferInstruction<mnemonic, pipe, cost, [AttrSizedOperandSegments]> {
  let arguments = (ins Core_Buffer:$source, Core_Buffer:$destination, Variadic<Index>:$offsets,
                       Variadic<Index>:$sizes,
                       DefaultValuedAttr<Core_AtomicKind, "::tilework::core::AtomicKind::none">:$atomic);
  let assemblyFormat = [{
    $source `to` $destination `[` $offsets `]` `[` $sizes `]` (`atomic` `(` $atomic^ `)`)? attr-dict
    `:` type($source) `to` type($destination)
  }];
}

def Core_DmaStoreOp : Core_StoreOp<"dma_store", "Pipe::mte3",
    "Cost(CostFormula::transfer, getSource(), getDestination())"> {
  let summary = "Stores a buffer into a rectangle of global memory";
  let formula = "destination[offsets + i...] = source[i...] (or += with atomic(add)) for i < sizes";
  let unit = "dma";
  let constraints = [
    "C1: from ub to gm",
    "C2: no offsets, or one per dimension of 'destination'",
    "C3: no sizes, or one per dimension of 'source', whose rank is at most that of 'destination'",
    "C4: 'source' and 'destination' have the same element type"
  ];
  let description = [{
    No offsets are zeros, no sizes those of `source`. Atomic updates of different tasks take effect
    in submission order.

    ```mlir
    core.dma_store %b to %y[%i, %j] [%m, %n] atomic(add)
        : memref<16x128xf32, #core.space<ub>> to memref<16x1024xf32>
    ```
  }];
}

def Core_FixpipeOp : Core_StoreOp<"fixpipe", "Pipe::fixp",
    "Cost(CostFormula::fixpipe, getSource(), getDestination())"> {
  let summary = "Stores an accumulator into a rectangle of global memory";
  let formula = "destination[offsets + i, j] = convert(source[i, j]) (or += with atomic(add)) for i, j < sizes";
  let unit = "dma";
  let constraints = [
    "C1: from l0c to gm",
    "C2: no offsets, or one per dimension of 'destination'",
    "C3: no sizes, or one per dimension of 'source', whose rank is at most that of 'destination'",
    "C4: f32 becomes f32, bf16 or f16; i32 stays i32"
  ];
  let description = [{
    A conversion rounds to nearest even. Atomic updates of different tasks take effect in
    submission order.

    ```mlir
    core.fixpipe %c to %y[%i, %j] []
        : memref<16x128xf32, #core.space<l0c>> to memref<16x1024xbf16>
    ```
  }];
}

def Core_MoveOp : Core_BufferInstruction<"move", "getMovePipe(getSource(), getDestination())",
    "Cost(getMoveFormula(getSource()), getSource(), getDestination())"> {
  let summary = "Moves a buffer between two memories of one core";
  let formula = "destination[i...] = convert(source[i...]), or source[j, i] with transpose";
  let unit = "dma";
  let constraints = [
    "C1: l1 to l0a, l0b, bt or fb; l0c to l1; or ub to ub",
    "C2: 'source' has the shape of 'destination', its two dimensions swapped with 'transpose'",
    "C3: the element type stays, but l0c to l1 also converts f32 to bf16 or f16",
    "C4: 'transpose' is for l1 to l0a or l0b"
  ];
  let description = [{
    MTE1 feeds the cube's operands, FIXP drains l0c and fills fb, V copies inside ub. Cube and
    vector cores have no path between them: they use channels.

    ```mlir
    core.move %b to %r transpose
        : memref<128x64xbf16, #core.space<l1>> to memref<64x128xbf16, #core.space<l0b>>
    ```
  }];
  let arguments = (ins Core_Buffer:$source, Core_Buffer:$destination, UnitAttr:$transpose);
  let assemblyFormat = [{
    $source `to` $destination (`transpose` $transpose^)? attr-dict
    `:` type($source) `to` type($destination)
  }];
}

def Core_MmadOp : Core_BufferInstruction<"mmad", "Pipe::m",
    "Cost(CostFormula::mmad, getLhs(), getAccumulator())", [AttrSizedOperandSegments]> {
  let summary = "Multiplies two matrices and adds the product to an accumulator, or starts one";
  let formula = "acc[i, j] = s_K, s_0 = init ? +0.0 : acc[i, j], s_{k+1} = fma(lhs[i, k], rhs[k, j], s_k)";
  let unit = "cube";
  let constraints = [
    "C1: 'lhs' lies in l0a, 'rhs' in l0b, 'accumulator' in l0c",
    "C2: matrices of shapes [M, K], [K, N] and [M, N]",
    "C3: 'lhs' and 'rhs' have the same element type: f32, bf16, f16 or i8",
    "C4: the element type of 'accumulator' is f32, or i32 for i8 operands",
    "C5: no sizes, or three: M, K and N"
  ];
  let description = [{
    `sizes` are the parts of M, K and N that are multiplied; absent, everything is. `init` starts
    the sum at zero instead of at the accumulator's value, so that a loop needs no first copy.

    ```mlir
    core.mmad %a, %b into %c init(%first) [%m, %k, %n]
        : memref<16x64xbf16, #core.space<l0a>>, memref<64x128xbf16, #core.space<l0b>>
        into memref<16x128xf32, #core.space<l0c>>
    ```
  }];
  let arguments = (ins Core_Buffer:$lhs, Core_Buffer:$rhs, Core_Buffer:$accumulator,
                       Optional<I1>:$init, Variadic<Index>:$sizes);
  let assemblyFormat = [{
    $lhs `,` $rhs `into` $accumulator (`init` `(` $init^ `)`)? (`[` $sizes^ `]`)? attr-dict
    `:` type($lhs) `,` type($rhs) `into` type($accumulator)
  }];
}

#endif // TILEWORK_CORE_DATA_OPS
