//===- TileDialect.td - the tile dialect, its attributes and enums -*- tablegen -*-===//

#ifndef TILEWORK_TILE_DIALECT
#define TILEWORK_TILE_DIALECT

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "mlir/IR/TensorEncoding.td"

def Tile_Dialect : Dialect {
  let name = "tile";
  let summary = "What is computed, on values";
  let description = [{
    Tiles and global tensors are both builtin `tensor` values; an operation never writes memory.
    A tensor with a dynamic dimension may carry `#tile.capacity`, the static storage it fits in:
    its own shape is then the *valid extent*.

    Not for: where a value lives, which core computes it, or in what order (`task`, `core`).
  }];
  let cppNamespace = "::tilework::tile";
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"];
  let useDefaultAttributePrinterParser = 1;
  let hasOperationAttrVerify = 1;
}

class Tile_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Tile_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

def Tile_CapacityAttr
    : Tile_Attr<"Capacity", "capacity",
                [DeclareAttrInterfaceMethods<VerifiableTensorEncoding>]> {
  let summary = "The static storage behind a tensor whose valid extents are dynamic";
  let description = [{
    `tensor<8x?xf32, #tile.capacity<8x64>>` holds at most 8x64 elements, of which 8x`?` are valid.

    Constraints: (C1) one capacity per dimension; (C2) each capacity is positive; (C3) a static
    dimension is at most its capacity.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape);
  let hasCustomAssemblyFormat = 1;
}

def Tile_TargetAttr : Tile_Attr<"Target", "target"> {
  let summary = "The device description a module is compiled for";
  let description = [{
    Name and content hash of the device description. Stands on a module as `tile.target`, the one
    attribute with meaning that is not an operand or property, so that a reproducer stands alone.
  }];
  let parameters = (ins StringRefParameter<"device name">:$device,
                        StringRefParameter<"sha256 of the description">:$digest);
  let assemblyFormat = "`<` $device `,` $digest `>`";
}

def Tile_Rounding : I32EnumAttr<"Rounding", "how a cast rounds", [
    I32EnumAttrCase<"none", 0>, I32EnumAttrCase<"rint", 1>, I32EnumAttrCase<"round", 2>,
    I32EnumAttrCase<"floor", 3>, I32EnumAttrCase<"ceil", 4>, I32EnumAttrCase<"trunc", 5>,
    I32EnumAttrCase<"odd", 6>]> {
  let cppNamespace = "::tilework::tile";
}

def Tile_ReduceKind : I32EnumAttr<"ReduceKind", "what a reduction computes", [
    I32EnumAttrCase<"sum", 0>, I32EnumAttrCase<"max", 1>, I32EnumAttrCase<"min", 2>,
    I32EnumAttrCase<"prod", 3>]> {
  let cppNamespace = "::tilework::tile";
}

def Tile_ArgReduceKind : I32EnumAttr<"ArgReduceKind", "what an index reduction looks for", [
    I32EnumAttrCase<"argmax", 0>, I32EnumAttrCase<"argmin", 1>]> {
  let cppNamespace = "::tilework::tile";
}

def Tile_ComparePredicate : I32EnumAttr<"ComparePredicate", "how two elements are compared", [
    I32EnumAttrCase<"eq", 0>, I32EnumAttrCase<"ne", 1>, I32EnumAttrCase<"lt", 2>,
    I32EnumAttrCase<"le", 3>, I32EnumAttrCase<"gt", 4>, I32EnumAttrCase<"ge", 5>]> {
  let cppNamespace = "::tilework::tile";
}

def Tile_CheckKind : I32EnumAttr<"CheckKind", "what a run-time check demands", [
    I32EnumAttrCase<"in_bounds", 0>, I32EnumAttrCase<"equal", 1>,
    I32EnumAttrCase<"positive", 2>, I32EnumAttrCase<"at_most", 3>]> {
  let cppNamespace = "::tilework::tile";
}

#endif // TILEWORK_TILE_DIALECT
