//===- CoreProgramOps.td - groups, programs and buffers ----------*- tablegen -*-===//

#ifndef TILEWORK_CORE_PROGRAM_OPS
#define TILEWORK_CORE_PROGRAM_OPS

include "dialects/Core/CoreBase.td"

def Core_GroupOp : Core_Op<"group", [
    FunctionOpInterface, IsolatedFromAbove, AffineScope, NoTerminator, SingleBlock,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "What a core group executes to run one kernel";
  let constraints = [
    "C1: arguments are buffers in gm and scalars, and there are no results",
    "C2: at most one cube program and one vector program",
    "C3: 'kernel' names a function with the same arguments"
  ];
  let description = [{
    Before the split, instructions of both units stand in the body; after it the body holds the
    channels, the cube program and the vector program, which see the arguments and the channels.
    The programs run at the same time; the group ends when both have.

    ```mlir
    task.kernel @scale core_group split(automatic) (out %y: memref<16x128xf32>) {
      task.return
    }
    core.group @scale_placed of @scale (%y: memref<16x128xf32>) {
      core.vector_program lanes(1) {
        %b = core.buffer at 0 : memref<16x128xf32, #core.space<ub>>
        core.dma_store %b to %y[] [] : memref<16x128xf32, #core.space<ub>> to memref<16x128xf32>
      }
    }
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttrOf<FunctionType>:$function_type,
                       FlatSymbolRefAttr:$kernel, OptionalAttr<DictArrayAttr>:$arg_attrs,
                       OptionalAttr<DictArrayAttr>:$res_attrs);
  let regions = (region SizedRegion<1>:$body);
  let hasCustomAssemblyFormat = 1;
  let hasVerifier = 1;
  let builders = [OpBuilder<(ins "llvm::StringRef":$name, "mlir::FunctionType":$type,
                                 "llvm::StringRef":$kernel)>];
  let extraClassDeclaration = [{
    llvm::ArrayRef<mlir::Type> getArgumentTypes() { return getFunctionType().getInputs(); }
    llvm::ArrayRef<mlir::Type> getResultTypes() { return getFunctionType().getResults(); }
    mlir::Region *getCallableRegion() { return &getBody(); }
  }];
}

class Core_ProgramOp<string mnemonic> : Core_Op<mnemonic, [
    HasParent<"GroupOp">, NoTerminator, SingleBlock, NoRegionArguments, RecursiveMemoryEffects]> {
  let regions = (region SizedRegion<1>:$body);
}

def Core_CubeProgramOp : Core_ProgramOp<"cube_program"> {
  let summary = "What the cube core of a group executes";
  let unit = "cube";
  let description = [{
    Instructions enter the queues of their pipes in program order; only flags and barriers order
    instructions of different pipes.

    ```mlir
    task.kernel @work core_group split(automatic) () { task.return }
    core.group @work_placed of @work () {
      core.cube_program {
        core.barrier
      }
    }
    ```
  }];
  let assemblyFormat = "attr-dict-with-keyword $body";
}

def Core_VectorProgramOp : Core_ProgramOp<"vector_program"> {
  let summary = "What each vector core of a group executes";
  let unit = "vector";
  let constraints = ["C1: 'lanes' is 1 or 2"];
  let description = [{
    With two lanes both vector cores execute the body; `core.lane` tells them apart.

    ```mlir
    task.kernel @work core_group split(automatic) () { task.return }
    core.group @work_placed of @work () {
      core.vector_program lanes(2) {
        %l = core.lane
      }
    }
    ```
  }];
  let arguments = (ins I64Attr:$lanes);
  let assemblyFormat = "`lanes` `(` $lanes `)` attr-dict-with-keyword $body";
  let hasVerifier = 1;
}

def Core_LaneOp : Core_Op<"lane", [Pure]> {
  let summary = "Which vector core of its group executes this, 0 or 1";
  let unit = "scalar";
  let constraints = ["C1: does not stand in a cube program"];
  let description = [{
    ```mlir
    %l = core.lane
    ```
  }];
  let results = (outs Index:$index);
  let assemblyFormat = "attr-dict";
  let hasVerifier = 1;
}

def Core_BufferOp : Core_Op<"buffer", [DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "A buffer in a memory of the core, at an address once it is placed";
  let constraints = [
    "C1: the buffer lies in a memory of the core, not in gm",
    "C2: the buffer has a static shape and the identity layout",
    "C3: 'address' is a multiple of 32 bytes, not negative",
    "C4: 'slots' is at least 1 and equals dimension 0"
  ];
  let description = [{
    The address counts bytes in the buffer's memory. With `slots(n)`, dimension 0 counts slots used
    in turn; `core.slot` takes one. Elements are undefined until written.

    ```mlir
    %b = core.buffer at 32768 slots(2) : memref<2x128x128xbf16, #core.space<l1>>
    ```
  }];
  let arguments = (ins OptionalAttr<I64Attr>:$address, OptionalAttr<I64Attr>:$slots);
  let results = (outs Core_Buffer:$buffer);
  let assemblyFormat = "(`at` $address^)? (`slots` `(` $slots^ `)`)? attr-dict `:` type($buffer)";
  let hasVerifier = 1;
}

def Core_SlotOp : Core_Op<"slot", [
    Pure, ViewLikeOpInterface, InferTypeOpAdaptorWithIsCompatible]> {
  let summary = "One slot of a buffer, as a buffer";
  let formula = "result[i...] = buffer[index, i...]";
  let constraints = [
    "C1: 'buffer' has at least two dimensions and the identity layout",
    "C2: a constant 'index' is less than dimension 0",
    "C3: 'result' is the strided view of one slot"
  ];
  let description = [{
    A constant `index` gives no static offset: views of a slot have one type.

    ```mlir
    %s = core.slot %b[%i] : memref<2x128x128xbf16, #core.space<l1>>
    ```
  }];
  let arguments = (ins Core_Buffer:$buffer, Index:$index);
  let results = (outs Core_Buffer:$result);
  let assemblyFormat = "$buffer `[` $index `]` attr-dict `:` type($buffer)";
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    mlir::Value getViewSource() { return getBuffer(); }
  }];
}

def Core_TurnOp : Core_Op<"turn", [Pure]> {
  let summary = "Which slot of a rotation an iteration uses";
  let formula = "index = ((iv - lower) / step) mod slots";
  let unit = "scalar";
  let constraints = [
    "C1: 'iv' is the induction variable of an enclosing loop",
    "C2: 'lower' and 'step' are that loop's",
    "C3: 'slots' is at least 1"
  ];
  let description = [{
    The iterations of a loop take the slots of a buffer in turn: an iteration shares its slot with
    those a multiple of `slots` before and after it, and with no other.

    ```mlir
    scf.for %k = %lower to %upper step %step {
      %t = core.turn %k from %lower step %step of 2
      %s = core.slot %b[%t] : memref<2x128x128xbf16, #core.space<l1>>
    }
    ```
  }];
  let arguments = (ins Index:$iv, Index:$lower, Index:$step, I64Attr:$slots);
  let results = (outs Index:$index);
  let assemblyFormat = "$iv `from` $lower `step` $step `of` $slots attr-dict";
  let hasVerifier = 1;
}

def Core_ChannelOp : Core_Op<"channel", [
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "A channel between the programs of a group";
  let constraints = [
    "C1: stands in a group, outside its programs and their loops",
    "C2: 'address' is a multiple of 32 bytes, not negative"
  ];
  let description = [{
    The address counts bytes in the memory that the core group owns for its channels; the runtime
    allocates it. It is not an argument of the task. The address of a direct channel counts bytes in
    the memory of who receives, and is that of the buffer it receives in.

    ```mlir
    task.kernel @work core_group split(automatic) () { task.return }
    core.group @work_placed of @work () {
      %c = core.channel at 0 : !core.channel<16x128xf32, slots = 2, to_vector, up_down>
    }
    ```
  }];
  let arguments = (ins OptionalAttr<I64Attr>:$address);
  let results = (outs Core_ChannelType:$channel);
  let assemblyFormat = "(`at` $address^)? attr-dict `:` type($channel)";
  let hasVerifier = 1;
}

#endif // TILEWORK_CORE_PROGRAM_OPS
