//===- CoreBase.td - what every core operation has in common -----*- tablegen -*-===//

#ifndef TILEWORK_CORE_BASE
#define TILEWORK_CORE_BASE

include "dialects/Core/CoreDialect.td"
include "dialects/Core/CoreInterfaces.td"
include "mlir/Interfaces/FunctionInterfaces.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/ViewLikeInterface.td"

/// The extra fields mean what they mean in the tile dialect.
class Core_Op<string mnemonic, list<Trait> traits = []> : Op<Core_Dialect, mnemonic, traits> {
  string formula = "";
  string unit = "none";
  string reference = mnemonic;
  list<string> constraints = [];
}

/// An instruction. `pipe` and `cost` are C++ expressions over the operation's accessors.
class Core_Instruction<string mnemonic, string pipe, string cost, list<Trait> traits = []>
    : Core_Op<mnemonic, !listconcat(traits, [CoreOpInterface])> {
  string pipeExpression = pipe;
  string costExpression = cost;
  let extraClassDefinition = "::tilework::core::Pipe $cppClass::getPipe() { return " # pipe # "; }\n"
      # "::tilework::core::Cost $cppClass::getCost() { return " # cost # "; }";
  let extraClassDeclaration = [{
    ::tilework::core::Pipe getPipe();
    ::tilework::core::Cost getCost();
  }];
}

/// An instruction that reads and writes buffers; its effects are on the resource of each memory.
/// Synchronisation has no such interface on purpose: it orders everything around it.
class Core_BufferInstruction<string mnemonic, string pipe, string cost, list<Trait> traits = []>
    : Core_Instruction<mnemonic, pipe, cost, !listconcat(traits, [
        DeclareOpInterfaceMethods<MemoryEffectsOpInterface>])> {
  let hasVerifier = 1;
}

defvar Core_Buffer = AnyMemRef;
def Core_Scalar : AnyTypeOf<[AnyFloat, AnyInteger, Index], "scalar">;
def Core_BufferOrScalar : AnyTypeOf<[AnyMemRef, AnyFloat, AnyInteger, Index], "buffer or scalar">;

#endif // TILEWORK_CORE_BASE
