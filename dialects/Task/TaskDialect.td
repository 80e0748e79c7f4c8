//===- TaskDialect.td - the task dialect, its types and enums ----*- tablegen -*-===//

#ifndef TILEWORK_TASK_DIALECT
#define TILEWORK_TASK_DIALECT

include "mlir/IR/OpBase.td"
include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "mlir/IR/BuiltinTypeInterfaces.td"

def Task_Dialect : Dialect {
  let name = "task";
  let summary = "What runs where, and after what";
  let description = [{
    Scopes and claims before outlining; kernels, submissions, access regions and task ids after it.
    A claim (`task.parallel`, `no_dep`, `manual_dep`, `explicit_only`) never changes what a program
    computes.

    Not for: arithmetic on tiles (`tile`), or anything inside one core (`core`).
  }];
  let cppNamespace = "::tilework::task";
  let useDefaultTypePrinterParser = 1;
}

def Task_IdType : TypeDef<Task_Dialect, "Id", [MemRefElementTypeInterface]> {
  let mnemonic = "id";
  let summary = "The identity of a submitted task, or none";
  let description = "Arrays of task ids are `tensor<nx!task.id>`.";
}

def Task_Direction : I32EnumAttr<"Direction", "how an argument is accessed", [
    I32EnumAttrCase<"in", 1>, I32EnumAttrCase<"out", 2>, I32EnumAttrCase<"inout", 3>]> {
  let cppNamespace = "::tilework::task";
}

def Task_Level : I32EnumAttr<"Level", "which part of the device runs a scope", [
    I32EnumAttrCase<"core_group", 0>, I32EnumAttrCase<"aic", 1>, I32EnumAttrCase<"aiv", 2>]> {
  let cppNamespace = "::tilework::task";
}

def Task_SplitMode : I32EnumAttr<"SplitMode", "how vector work is shared by the two vector units", [
    I32EnumAttrCase<"automatic", 0>, I32EnumAttrCase<"none", 1>, I32EnumAttrCase<"up_down", 2>,
    I32EnumAttrCase<"left_right", 3>]> {
  let cppNamespace = "::tilework::task";
}

def Task_Verdict : I32EnumAttr<"Verdict", "what the compiler knows of a claim", [
    I32EnumAttrCase<"assumed", 1>, I32EnumAttrCase<"proven", 2>]> {
  let cppNamespace = "::tilework::task";
}

def Task_AtomicKind : I32EnumAttr<"AtomicKind", "how an atomic update combines", [
    I32EnumAttrCase<"add", 0>]> {
  let cppNamespace = "::tilework::task";
}

#endif // TILEWORK_TASK_DIALECT
