//===- TaskGraphOps.td - programs, kernels, submissions, regions -*- tablegen -*-===//

#ifndef TILEWORK_TASK_GRAPH_OPS
#define TILEWORK_TASK_GRAPH_OPS

include "dialects/Task/TaskBase.td"

def Task_EntryOp : Task_Op<"entry", [FunctionOpInterface, IsolatedFromAbove, AffineScope,
                                  AutomaticAllocationScope]> {
  let summary = "A program: the function that submits tasks";
  let constraints = [
    "C1: one direction per argument",
    "C2: scalars are 'in'",
    "C3: on tensors the results are the types of the 'out' and 'inout' arguments, on memrefs there are none"
  ];
  let description = [{
    On tensors, `task.return` gives the final value of each `out` and `inout` argument, in order.
    On memrefs the arguments are written in place. Argument names are name locations.

    ```mlir
    task.entry @copy(in %x: tensor<16x128xf32>, out %y: tensor<16x128xf32>) {
      task.return %y : tensor<16x128xf32>
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<FunctionType>:$function_type,
                       DenseI32ArrayAttr:$directions, OptionalAttr<DictArrayAttr>:$arg_attrs,
                       OptionalAttr<DictArrayAttr>:$res_attrs);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let builders = [OpBuilder<(ins "llvm::StringRef":$name, "mlir::FunctionType":$type,
                                 "llvm::ArrayRef<int32_t>":$directions)>];
  let extraClassDeclaration = [{
    llvm::ArrayRef<mlir::Type> getArgumentTypes() { return getFunctionType().getInputs(); }
    llvm::ArrayRef<mlir::Type> getResultTypes() { return getFunctionType().getResults(); }
    mlir::Region *getCallableRegion() { return &getBody(); }
    Direction getDirection(unsigned index) {
      return static_cast<Direction>(getDirections()[index]);
    }
  }];
}

def Task_ReturnOp : Task_Op<"return", [Pure, Terminator, ReturnLike,
                                       ParentOneOf<["EntryOp", "KernelOp", "AccessesOp"]>]> {
  let summary = "Ends a program, a kernel or a region program";
  let constraints = ["C1: the operands have the types of the parent's results"];
  let description = [{
    Only a program on tensors returns values.

    ```mlir
    task.entry @identity(inout %x: tensor<16x128xf32>) {
      task.return %x : tensor<16x128xf32>
    }
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$values);
  let assemblyFormat = "($values^ `:` type($values))? attr-dict";
  let hasVerifier = 1;
}

/// A kernel and its region program have the same arguments, in the same order.
class Task_KernelLikeOp<string mnemonic> : Task_Op<mnemonic, [FunctionOpInterface,
                                                              IsolatedFromAbove, AffineScope,
                                                              AutomaticAllocationScope]> {
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    llvm::ArrayRef<mlir::Type> getArgumentTypes() { return getFunctionType().getInputs(); }
    llvm::ArrayRef<mlir::Type> getResultTypes() { return getFunctionType().getResults(); }
    mlir::Region *getCallableRegion() { return &getBody(); }
    Direction getDirection(unsigned index) {
      return static_cast<Direction>(getDirections()[index]);
    }
  }];
}

def Task_KernelOp : Task_KernelLikeOp<"kernel"> {
  let summary = "What one task runs";
  let constraints = [
    "C1: one direction per argument",
    "C2: scalars are 'in'",
    "C3: a kernel has no results"
  ];
  let description = [{
    Arguments are memrefs and scalars; values inside are still tensors, read by
    `bufferization.to_tensor` and written by `bufferization.materialize_in_destination`.

    ```mlir
    task.kernel @linear core_group split(automatic) (in %x: memref<16x128xf32>, out %y: memref<16x128xf32>) {
      task.return
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<FunctionType>:$function_type,
                       DenseI32ArrayAttr:$directions, Task_Level:$level, Task_SplitMode:$split,
                       OptionalAttr<DictArrayAttr>:$arg_attrs,
                       OptionalAttr<DictArrayAttr>:$res_attrs);
  let builders = [OpBuilder<(ins "llvm::StringRef":$name, "mlir::FunctionType":$type,
                                 "llvm::ArrayRef<int32_t>":$directions, "Level":$level,
                                 "SplitMode":$split)>];
}

def Task_AccessesOp : Task_KernelLikeOp<"accesses"> {
  let summary = "The region program of a kernel: which rectangles of its arguments it touches";
  let constraints = [
    "C1: one direction per argument",
    "C2: scalars are 'in'",
    "C3: a region program has no results",
    "C4: 'kernel' names a kernel with the same arguments"
  ];
  let description = [{
    Runs at submission. It is the backward slice of the kernel's addresses.

    ```mlir
    task.accesses @linear_accesses of @linear (in %x: memref<16x128xf32>, out %y: memref<16x128xf32>) {
      task.return
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<FunctionType>:$function_type,
                       DenseI32ArrayAttr:$directions, FlatSymbolRefAttr:$kernel,
                       OptionalAttr<DictArrayAttr>:$arg_attrs,
                       OptionalAttr<DictArrayAttr>:$res_attrs);
  let builders = [OpBuilder<(ins "llvm::StringRef":$name, "mlir::FunctionType":$type,
                                 "llvm::ArrayRef<int32_t>":$directions, "llvm::StringRef":$kernel)>];
}

def Task_AccessOp : Task_Op<"access", [AttrSizedOperandSegments]> {
  let summary = "Declares that the kernel touches one rectangle of an argument";
  let formula = "regions[argument] += {(i, …) | offsets <= i < offsets + sizes}";
  let constraints = ["C1: one offset and one size per dimension of 'target'"];
  let description = [{
    The kernel touches all of the rectangle; of an `approximate` one, at most.

    ```mlir
    task.access in %x[%i, %j] [%m, %n] : memref<16x128xf32>
    ```
  }];
  let arguments = (ins Task_Direction:$direction, AnyMemRef:$target, Variadic<Index>:$offsets,
                       Variadic<Index>:$sizes, UnitAttr:$approximate);
  let assemblyFormat = [{
    $direction $target `[` $offsets `]` `[` $sizes `]` (`approximate` $approximate^)? attr-dict `:`
    type($target)
  }];
  let hasVerifier = 1;
}

def Task_SubmitOp : Task_Op<"submit", [
    AttrSizedOperandSegments, DestinationStyleOpInterface,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>,
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "Submits a kernel as a task";
  let constraints = [
    "C1: 'kernel' names a kernel that takes the inputs, then the destinations",
    "C2: 'deps' are task ids or arrays of task ids of known length",
    "C3: on tensors one result per destination, of its type; on memrefs none",
    "C4: 'no_dep' holds positions of inputs and destinations",
    "C5: 'static' holds positions of inputs and destinations",
    "C6: 'known' counts some of 'deps'"
  ];
  let description = [{
    The last result is the task's id. The last `known` of `deps` the compiler has found, the others
    are the author's. `no_dep` lists the positions of arguments claimed to need no
    tracking, and `explicit_only` claims that none needs any; `static` lists those of which every
    dependence is proven to be among `deps`, directly or through other tasks.

    ```mlir
    %id = task.submit @linear ins(%x : memref<16x128xf32>) outs(%y : memref<16x128xf32>)
        deps(%t : !task.id) no_dep([0])
    ```
  }];
  let arguments = (ins FlatSymbolRefAttr:$kernel, Variadic<AnyType>:$inputs,
                       Variadic<Task_TensorOrMemRef>:$destinations, Variadic<AnyType>:$deps,
                       DefaultValuedAttr<DenseI32ArrayAttr, "{}">:$no_dep,
                       DefaultValuedAttr<DenseI32ArrayAttr, "{}">:$static_args,
                       UnitAttr:$explicit_only,
                       DefaultValuedAttr<I64Attr, "0">:$known);
  let results = (outs Variadic<AnyRankedTensor>:$results, Task_IdType:$id);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    mlir::MutableOperandRange getDpsInitsMutable() { return getDestinationsMutable(); }
  }];
}

def Task_NoneOp : Task_Op<"none", [Pure]> {
  let summary = "The id of no task";
  let description = [{
    ```mlir
    %t = task.none
    ```
  }];
  let results = (outs Task_IdType:$id);
  let assemblyFormat = "attr-dict";
}

def Task_IsValidOp : Task_Op<"is_valid", [Pure]> {
  let summary = "Whether an id is one of a task";
  let formula = "result = id != none";
  let unit = "scalar";
  let description = [{
    ```mlir
    %v = task.is_valid %t
    ```
  }];
  let arguments = (ins Task_IdType:$id);
  let results = (outs I1:$result);
  let assemblyFormat = "$id attr-dict";
}

def Task_JoinOp : Task_Op<"join", []> {
  let summary = "A task without work that completes after its dependences";
  let constraints = [
    "C1: 'deps' are task ids or arrays of task ids",
    "C2: 'known' counts some of 'deps'",
    "C3: an array of unknown length is joined alone"
  ];
  let description = [{
    The last `known` of `deps` the compiler has found, the others are the author's.

    ```mlir
    %j = task.join(%a, %b : !task.id, !task.id)
    ```
  }];
  let arguments = (ins Variadic<AnyType>:$deps, DefaultValuedAttr<I64Attr, "0">:$known);
  let results = (outs Task_IdType:$id);
  let assemblyFormat = "`(` ($deps^ `:` type($deps))? `)` (`known` `(` $known^ `)`)? attr-dict";
  let hasVerifier = 1;
}

def Task_AllocOp : Task_Op<"alloc", [DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "Allocates a global tensor, for the length of a run or until it is released";
  let constraints = ["C1: one size per dynamic dimension"];
  let description = [{
    It has one holder, which `task.release` takes away.

    ```mlir
    %m = task.alloc() manual_dep : memref<16x5120xf32>
    ```
  }];
  let arguments = (ins Variadic<Index>:$sizes, UnitAttr:$manual_dep);
  let results = (outs AnyMemRef:$memref);
  let assemblyFormat = "`(` $sizes `)` (`manual_dep` $manual_dep^)? attr-dict `:` type($memref)";
  let hasVerifier = 1;
}

def Task_RetainOp : Task_Op<"retain", [MemoryEffects<[MemWrite]>]> {
  let summary = "Gives a global tensor one more holder";
  let constraints = ["C1: it stands outside kernels and region programs"];
  let description = [{
    `memref` is the tensor, or a view of it. Arrays of the caller and of the orchestration are held
    by nobody: nothing happens to them.

    ```mlir
    task.retain %m : memref<16x5120xf32>
    ```
  }];
  let arguments = (ins AnyMemRef:$memref);
  let assemblyFormat = "$memref attr-dict `:` type($memref)";
  let hasVerifier = 1;
}

def Task_ReleaseOp : Task_Op<"release"> {
  let summary = "Takes one holder from a global tensor";
  let constraints = ["C1: it stands outside kernels and region programs"];
  let description = [{
    No task submitted after its last holder is gone may be given the tensor; its memory is used
    again once those submitted before have ended. As `task.retain`, it leaves alone what is not
    allocated by the run.

    ```mlir
    task.release %m : memref<16x5120xf32>
    ```
  }];
  let arguments = (ins Arg<AnyMemRef, "", [MemFree]>:$memref);
  let assemblyFormat = "$memref attr-dict `:` type($memref)";
  let hasVerifier = 1;
}

def Task_ReadOp : Task_Op<"read", [DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    TypesMatchWith<"result is the element type", "memref", "result",
                   "::llvm::cast<::mlir::MemRefType>($_self).getElementType()">]> {
  let summary = "The orchestration reads one element, after the tasks that write it";
  let formula = "result = memref[indices]";
  let unit = "scalar";
  let constraints = ["C1: one index per dimension"];
  let description = [{
    ```mlir
    %n = task.read %lens[%b] : memref<16xi32>
    ```
  }];
  let arguments = (ins AnyMemRef:$memref, Variadic<Index>:$indices);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$memref `[` $indices `]` attr-dict `:` type($memref)";
  let hasVerifier = 1;
}

def Task_AssumeDistinctOp : Task_Op<"assume_distinct", [
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "States that the elements differ from each other; checked at every run";
  let formula = "values[i] = values[j] only if i = j or values[i] = ignore";
  let unit = "scalar";
  let constraints = [
    "C1: 'values' has one dimension and elements of an integer type",
    "C2: 'ignore' is a value of the element type"
  ];
  let description = [{
    The orchestration looks at the elements once the tasks that write them have ended, in one pass,
    and stops the run where two are equal. So what the compiler concludes from it holds.

    ```mlir
    task.assume_distinct %slots ignore(-1) : memref<16xi32>
    ```
  }];
  let arguments = (ins Task_TensorOrMemRef:$values, OptionalAttr<I64Attr>:$ignore);
  let assemblyFormat = "$values (`ignore` `(` $ignore^ `)`)? attr-dict `:` type($values)";
  let hasVerifier = 1;
}

def Task_BlockIndexOp : Task_Op<"block_index", [Pure]> {
  let summary = "Which block of a multi-block dispatch this is";
  let unit = "scalar";
  let description = [{
    ```mlir
    %b = task.block_index
    ```
  }];
  let results = (outs Index:$index);
  let assemblyFormat = "attr-dict";
}

def Task_AtomicUpdateOp : Task_Op<"atomic_update", [
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "Combines a tile into global memory; updates take effect in submission order";
  let formula = "destination[offsets + i] = kind(destination[offsets + i], source[i])";
  let unit = "vector";
  let constraints = [
    "C1: one offset per dimension of 'destination', whose rank 'source' has",
    "C2: 'source' and 'destination' have the same element type"
  ];
  let description = [{
    ```mlir
    task.atomic_update add %s into %d[%i, %j] : tensor<16x128xf32>, memref<16x512xf32>
    ```
  }];
  let arguments = (ins Task_AtomicKind:$kind, AnyRankedTensor:$source, AnyMemRef:$destination,
                       Variadic<Index>:$offsets);
  let assemblyFormat = "$kind $source `into` $destination `[` $offsets `]` attr-dict `:` type($source) `,` type($destination)";
  let hasVerifier = 1;
}

def Task_ObserveOp : Task_Op<"observe", [MemoryEffects<[MemWrite]>]> {
  let summary = "A kernel tells what it has read of a tile";
  let unit = "scalar";
  let constraints = ["C1: 'number' is not negative", "C2: 'value' is a scalar"];
  let description = [{
    `core.read_scalar` of the same number stands for the same read in the core group of the kernel;
    the k-th of one is the k-th of the other. Says nothing to anybody where native code is what
    runs.

    ```mlir
    task.observe 0 %v : f32
    ```
  }];
  let arguments = (ins I64Attr:$number, AnyType:$value);
  let assemblyFormat = "$number $value attr-dict `:` type($value)";
  let hasVerifier = 1;
}

#endif // TILEWORK_TASK_GRAPH_OPS
