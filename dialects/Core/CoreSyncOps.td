//===- CoreSyncOps.td - flags, barriers and channels -------------*- tablegen -*-===//

#ifndef TILEWORK_CORE_SYNC_OPS
#define TILEWORK_CORE_SYNC_OPS

include "dialects/Core/CoreBase.td"

/// `event 2 + %slot` is the flag of one slot of a buffer: the base is static so that the flags of a
/// program can be counted.
class Core_FlagOp<string mnemonic, string pipe>
    : Core_Instruction<mnemonic, pipe, "Cost(CostFormula::flag)"> {
  let unit = "scalar";
  let constraints = [
    "C1: 'event' is one of 0 to 7",
    "C2: 'from' and 'to' are different pipes",
    "C3: both pipes belong to the core whose program holds the flag"
  ];
  let arguments = (ins Core_Pipe:$from, Core_Pipe:$to, I64Attr:$event, Optional<Index>:$slot);
  let assemblyFormat = "$from `->` $to `event` $event (`+` $slot^)? attr-dict";
  let hasVerifier = 1;
}

def Core_SetFlagOp : Core_FlagOp<"set_flag", "getFrom()"> {
  let summary = "Sets a flag after the earlier instructions of pipe 'from'";
  let formula = "flags[from, to][event + slot] = 1";
  let description = [{
    Setting a flag that is set is an error of the program.

    ```mlir
    core.set_flag mte2 -> mte1 event 2 + %slot
    ```
  }];
}

def Core_WaitFlagOp : Core_FlagOp<"wait_flag", "getTo()"> {
  let summary = "Holds pipe 'to' until a flag is set, and clears it";
  let formula = "wait until flags[from, to][event + slot] = 1; flags[from, to][event + slot] = 0";
  let description = [{
    ```mlir
    core.wait_flag mte2 -> mte1 event 2 + %slot
    ```
  }];
}

class Core_CrossFlagOp<string mnemonic>
    : Core_Instruction<mnemonic, "getOn()", "Cost(CostFormula::cross_flag)"> {
  let unit = "scalar";
  let constraints = ["C1: 'event' is one of 0 to 15"];
  let arguments = (ins Core_Pipe:$on, I64Attr:$event);
  let assemblyFormat = "$on `event` $event attr-dict";
  let hasVerifier = 1;
}

def Core_CrossSetOp : Core_CrossFlagOp<"cross_set"> {
  let summary = "Raises a counter on the other unit of the group after the earlier instructions of a pipe";
  let formula = "cube: counter[lane][event] += 1 for both lanes; vector: arrivals[event][lane] += 1";
  let description = [{
    ```mlir
    core.cross_set fixp event 3
    ```
  }];
}

def Core_CrossWaitOp : Core_CrossFlagOp<"cross_wait"> {
  let summary = "Holds a pipe until the other unit has raised the counter, and lowers it";
  let formula = "vector: wait until counter[lane][event] > 0, then -= 1; cube: the same for the arrivals of all lanes";
  let description = [{
    ```mlir
    core.cross_wait mte2 event 3
    ```
  }];
}

def Core_BarrierOp : Core_Op<"barrier", [CoreOpInterface]> {
  let summary = "Starts no later instruction of the pipe, or of any pipe, before all earlier ones end";
  let unit = "scalar";
  let description = [{
    Without a pipe it stands for all pipes of the core.

    ```mlir
    core.barrier v
    ```
  }];
  let arguments = (ins OptionalAttr<Core_Pipe>:$on);
  let assemblyFormat = "($on^)? attr-dict";
  let extraClassDeclaration = [{
    ::tilework::core::Pipe getPipe() { return getOn().value_or(::tilework::core::Pipe::s); }
    ::tilework::core::Cost getCost() { return Cost(CostFormula::barrier); }
  }];
}

class Core_ChannelInstruction<string mnemonic, string pipe, string cost>
    : Core_Instruction<mnemonic, pipe, cost> {
  let unit = "dma";
  let hasVerifier = 1;
}

def Core_PushOp : Core_ChannelInstruction<"push",
    "isFromCube(getChannel().getType()) ? Pipe::fixp : Pipe::mte3",
    "Cost(isFromCube(getChannel().getType()) ? CostFormula::fixpipe : CostFormula::transfer, "
    "getSpace(getSource().getType()), getChannel().getType().getSlotSpace())"> {
  let summary = "Puts a tile into the next free slot of a channel, waiting for one";
  let formula = "channel.slots[tail][part of the lane] = convert(source); tail += 1";
  let constraints = [
    "C1: 'source' lies in l0c for 'to_vector', in ub for 'to_cube'",
    "C2: 'source' has the whole shape on the cube's side, the lane's shape on the vector's side",
    "C3: the element type is the channel's, but from l0c f32 also becomes bf16 or f16"
  ];
  let description = [{
    Both lanes push their part, which may be empty; a `to_cube` slot is full when both have.

    ```mlir
    core.push %c to %ch : memref<16x128xf32, #core.space<l0c>>
        to !core.channel<16x128xf32, slots = 2, to_vector, up_down>
    ```
  }];
  let arguments = (ins Core_Buffer:$source, Core_ChannelType:$channel);
  let assemblyFormat = "$source `to` $channel attr-dict `:` type($source) `to` type($channel)";
}

def Core_PopOp : Core_ChannelInstruction<"pop", "getReceivingPipe(getChannel().getType())",
    "getChannel().getType().isDirect() ? Cost(CostFormula::free) "
    ": Cost(CostFormula::transfer, Space::gm, getSpace(getDestination().getType()))"> {
  let summary = "Takes the oldest tile of a channel, waiting for one";
  let formula = "destination = channel.slots[head][part of the lane]; head += 1";
  let constraints = [
    "C1: 'destination' lies in ub for 'to_vector', in l1 for 'to_cube'",
    "C2: 'destination' has the whole shape on the cube's side, the lane's shape on the vector's side",
    "C3: 'destination' has the element type of the channel",
    "C4: of a direct channel with an address, 'destination' is the leading part of slot `core.head` of a buffer there, of the channel's slots"
  ];
  let description = [{
    The slot stays taken until `core.release`. Of a direct channel the tile lies there already once
    it is placed, and nothing moves: what the slot shows is the tile until it is released.

    ```mlir
    core.pop %ch to %b : !core.channel<16x128xf32, slots = 2, to_vector, up_down>
        to memref<8x128xf32, #core.space<ub>>
    ```
  }];
  let arguments = (ins Core_ChannelType:$channel, Core_Buffer:$destination);
  let assemblyFormat = "$channel `to` $destination attr-dict `:` type($channel) `to` type($destination)";
}

def Core_HeadOp : Core_Op<"head", [MemoryEffects<[MemRead]>]> {
  let summary = "Which slot of a channel the next pop takes";
  let formula = "index = (pops of the channel so far) mod slots";
  let unit = "scalar";
  let constraints = ["C1: stands in the program of the receiving unit"];
  let description = [{
    Another one after each pop.

    ```mlir
    %h = core.head %ch : !core.channel<16x128xf32, slots = 2, to_vector, up_down, direct>
    %s = core.slot %ring[%h] : memref<2x8x128xf32, #core.space<ub>>
    core.pop %ch to %s : !core.channel<16x128xf32, slots = 2, to_vector, up_down, direct>
        to memref<8x128xf32, strided<[128, 1], offset: ?>, #core.space<ub>>
    ```
  }];
  let arguments = (ins Core_ChannelType:$channel);
  let results = (outs Index:$index);
  let assemblyFormat = "$channel attr-dict `:` type($channel)";
  let hasVerifier = 1;
}

def Core_ReleaseOp : Core_ChannelInstruction<"release", "getReceivingPipe(getChannel().getType())",
    "Cost(CostFormula::cross_flag)"> {
  let summary = "Gives the oldest popped slot of a channel back to the sender";
  let formula = "channel.free += 1";
  let constraints = [
    "C1: stands in the program of the receiving unit",
    "C2: names a slot of a direct channel only"
  ];
  let description = [{
    Of a direct channel, `of` names the slot: whoever uses it has to be done.

    ```mlir
    core.release %ch : !core.channel<16x128xf32, slots = 2, to_vector, up_down>
    ```
  }];
  let arguments = (ins Core_ChannelType:$channel, Optional<Core_Buffer>:$slot);
  let assemblyFormat = [{
    $channel (`of` $slot^)? attr-dict `:` type($channel) (`of` type($slot)^)?
  }];
}

def Core_ReadScalarOp : Core_Instruction<"read_scalar", "Pipe::s", "Cost(CostFormula::free)", [
    DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
    TypesMatchWith<"result is the element type", "source", "result",
                   "::llvm::cast<::mlir::MemRefType>($_self).getElementType()">]> {
  let summary = "Reads one element of a tile, for addresses and control flow";
  let formula = "result = source[indices]";
  let unit = "scalar";
  let constraints = [
    "C1: 'source' lies in ub",
    "C2: one index per dimension",
    "C3: 'number' is not negative"
  ];
  let description = [{
    Who follows the program without tensor data asks native code for the value, by `number`:
    `task.observe` of that number in the kernel tells it.

    ```mlir
    %s = core.read_scalar 0 %b[%i, %j] : memref<16x128xf32, #core.space<ub>>
    ```
  }];
  let arguments = (ins I64Attr:$number, Core_Buffer:$source, Variadic<Index>:$indices);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$number $source `[` $indices `]` attr-dict `:` type($source)";
  let hasVerifier = 1;
}

/// Another value each time, so that nobody may move it out of a loop.
def Core_ReceiveScalarOp : Core_Op<"receive_scalar", [MemoryEffects<[MemRead]>]> {
  let summary = "What the vector cores of the group have read of a tile";
  let formula = "result = what core.read_scalar of the same number gives";
  let unit = "scalar";
  let constraints = ["C1: does not stand in a vector program", "C2: 'number' is not negative"];
  let description = [{
    The cube core has no path to ub. A cross flag from pipe s to pipe s says that the value is
    there.

    ```mlir
    %s = core.receive_scalar 0 : f32
    ```
  }];
  let arguments = (ins I64Attr:$number);
  let results = (outs AnyType:$result);
  let assemblyFormat = "$number attr-dict `:` type($result)";
  let hasVerifier = 1;
}

#endif // TILEWORK_CORE_SYNC_OPS
