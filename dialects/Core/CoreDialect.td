//===- CoreDialect.td - the core dialect, its attributes, types and enums -*- tablegen -*-===//

#ifndef TILEWORK_CORE_DIALECT
#define TILEWORK_CORE_DIALECT

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"

def Core_Dialect : Dialect {
  let name = "core";
  let summary = "What one core group executes";
  let description = [{
    The simulated instruction set: transfers, products, vector work and synchronisation on buffers,
    which are memrefs with a memory space `#core.space<…>` and, once placed, an address. An
    operation names the pipe it runs on and the formula of its cost. A memref without a memory space
    lies in global memory.

    Not for: what is computed on values (`tile`), or when a kernel runs (`task`).
  }];
  let cppNamespace = "::tilework::core";
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
}

def Core_Space : I32Enum<"Space", "a memory of a core group", [
    I32EnumCase<"gm", 0>, I32EnumCase<"l1", 1>, I32EnumCase<"l0a", 2>, I32EnumCase<"l0b", 3>,
    I32EnumCase<"l0c", 4>, I32EnumCase<"ub", 5>, I32EnumCase<"bt", 6>, I32EnumCase<"fb", 7>]> {
  let cppNamespace = "::tilework::core";
}

def Core_SpaceAttr : EnumAttr<Core_Dialect, Core_Space, "space"> {
  let summary = "The memory a buffer lies in";
  let description = [{
    `gm` is global memory; `l1`, `l0a`, `l0b`, `l0c`, `bt` (bias) and `fb` (fixpipe parameters)
    belong to the cube core, `ub` to each vector core.
  }];
  let assemblyFormat = "`<` $value `>`";
}

def Core_Pipe : I32EnumAttr<"Pipe", "an in-order queue of instructions", [
    I32EnumAttrCase<"mte1", 0>, I32EnumAttrCase<"mte2", 1>, I32EnumAttrCase<"mte3", 2>,
    I32EnumAttrCase<"fixp", 3>, I32EnumAttrCase<"m", 4>, I32EnumAttrCase<"v", 5>,
    I32EnumAttrCase<"s", 6>]> {
  let cppNamespace = "::tilework::core";
}

def Core_CostFormula : I32EnumAttr<"CostFormula", "how long an instruction holds its pipe", [
    I32EnumAttrCase<"free", 0>, I32EnumAttrCase<"transfer", 1>, I32EnumAttrCase<"fixpipe", 2>,
    I32EnumAttrCase<"mmad", 3>, I32EnumAttrCase<"vector_simple", 4>,
    I32EnumAttrCase<"vector_binary", 5>, I32EnumAttrCase<"vector_special", 6>,
    I32EnumAttrCase<"vector_reduce", 7>, I32EnumAttrCase<"vector_transpose", 8>,
    I32EnumAttrCase<"flag", 9>, I32EnumAttrCase<"cross_flag", 10>,
    I32EnumAttrCase<"barrier", 11>]> {
  let cppNamespace = "::tilework::core";
}

def Core_AtomicKind : I32EnumAttr<"AtomicKind", "how a store combines", [
    I32EnumAttrCase<"none", 0>, I32EnumAttrCase<"add", 1>]> {
  let cppNamespace = "::tilework::core";
}

def Core_UnaryKind : I32EnumAttr<"UnaryKind", "what is computed of one element", [
    I32EnumAttrCase<"neg", 0>, I32EnumAttrCase<"abs", 1>, I32EnumAttrCase<"exp", 2>,
    I32EnumAttrCase<"log", 3>, I32EnumAttrCase<"sin", 4>, I32EnumAttrCase<"cos", 5>,
    I32EnumAttrCase<"sqrt", 6>, I32EnumAttrCase<"rsqrt", 7>, I32EnumAttrCase<"recip", 8>,
    I32EnumAttrCase<"relu", 9>, I32EnumAttrCase<"not_", 10, "not">]> {
  let cppNamespace = "::tilework::core";
}

def Core_BinaryKind : I32EnumAttr<"BinaryKind", "what is computed of two elements", [
    I32EnumAttrCase<"add", 0>, I32EnumAttrCase<"sub", 1>, I32EnumAttrCase<"mul", 2>,
    I32EnumAttrCase<"div", 3>, I32EnumAttrCase<"maximum", 4>, I32EnumAttrCase<"minimum", 5>,
    I32EnumAttrCase<"fmod", 6>, I32EnumAttrCase<"and_", 7, "and">, I32EnumAttrCase<"or_", 8, "or">,
    I32EnumAttrCase<"xor_", 9, "xor">, I32EnumAttrCase<"shl", 10>, I32EnumAttrCase<"shr", 11>]> {
  let cppNamespace = "::tilework::core";
}

def Core_ComparePredicate : I32EnumAttr<"ComparePredicate", "how two elements are compared", [
    I32EnumAttrCase<"eq", 0>, I32EnumAttrCase<"ne", 1>, I32EnumAttrCase<"lt", 2>,
    I32EnumAttrCase<"le", 3>, I32EnumAttrCase<"gt", 4>, I32EnumAttrCase<"ge", 5>]> {
  let cppNamespace = "::tilework::core";
}

def Core_ReduceKind : I32EnumAttr<"ReduceKind", "what a reduction computes", [
    I32EnumAttrCase<"sum", 0>, I32EnumAttrCase<"max", 1>, I32EnumAttrCase<"min", 2>,
    I32EnumAttrCase<"prod", 3>, I32EnumAttrCase<"argmax", 4>, I32EnumAttrCase<"argmin", 5>]> {
  let cppNamespace = "::tilework::core";
}

def Core_Rounding : I32EnumAttr<"Rounding", "how a cast rounds", [
    I32EnumAttrCase<"none", 0>, I32EnumAttrCase<"rint", 1>, I32EnumAttrCase<"round", 2>,
    I32EnumAttrCase<"floor", 3>, I32EnumAttrCase<"ceil", 4>, I32EnumAttrCase<"trunc", 5>,
    I32EnumAttrCase<"odd", 6>]> {
  let cppNamespace = "::tilework::core";
}

def Core_ChannelDirection : I32EnumAttr<"ChannelDirection", "which unit receives", [
    I32EnumAttrCase<"to_vector", 0>, I32EnumAttrCase<"to_cube", 1>]> {
  let cppNamespace = "::tilework::core";
}

def Core_ChannelSplit : I32EnumAttr<"ChannelSplit", "how the two lanes share a tile", [
    I32EnumAttrCase<"none", 0>, I32EnumAttrCase<"up_down", 1>, I32EnumAttrCase<"left_right", 2>]> {
  let cppNamespace = "::tilework::core";
}

def Core_ChannelPath : I32EnumAttr<"ChannelPath", "where the slots of a channel lie", [
    I32EnumAttrCase<"through_gm", 0>, I32EnumAttrCase<"direct", 1>]> {
  let cppNamespace = "::tilework::core";
}

def Core_ChannelType : TypeDef<Core_Dialect, "Channel"> {
  let mnemonic = "channel";
  let summary = "A ring of tile slots between the cube core and its vector cores";
  let description = [{
    `!core.channel<16x128xf32, slots = 2, to_vector, up_down>`: whole tiles of 16x128 elements,
    of which each lane holds the upper or the lower half (`up_down`), the left or the right half
    (`left_right`), or everything (`none`). Of an odd size lane 0 has the larger half.

    The slots lie in global memory. With `direct` at the end they lie in the memory of who receives:
    in ub, where each lane has its part, or in l1.

    Constraints: (C1) at least one slot; (C2) a static matrix shape.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape, "::mlir::Type":$elementType,
                        "int64_t":$slots, "ChannelDirection":$direction, "ChannelSplit":$split,
                        "ChannelPath":$path);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The part of a tile that one lane holds: a dynamic size where the lanes' differ.
    llvm::SmallVector<int64_t> getLaneShape() const;

    bool isDirect() const { return getPath() == ChannelPath::direct; }
    /// The memory that the slots lie in.
    Space getSlotSpace() const;

    /// The same but for one thing.
    ChannelType withSlots(int64_t slots) const;
    ChannelType withSplit(ChannelSplit split) const;
    ChannelType withPath(ChannelPath path) const;
  }];
}

#endif // TILEWORK_CORE_DIALECT
