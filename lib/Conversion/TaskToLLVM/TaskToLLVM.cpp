//===- TaskToLLVM.cpp - task to LLVM -------------------------------------------------===//
//
// What: programs, kernels, region programs and walks of placed kernels become functions of the
//       image ABI; what they ask of the runtime becomes calls of its services; a table describes
//       them.
// Why:  the runtime loads native code and knows nothing of MLIR.
// Form: `graph` whose kernels are lowered to vectors and memrefs, and placed groups where there
//       are any → the same, without task and core ops.
// Not:  what the functions compute (upstream conversions), the object file (lib/Codegen).
//
//===------------------------------------------------------------------------------------===//

#include "lib/Conversion/TaskToLLVM/TaskToLLVM.h"

#include "dialects/Task/Task.h"
#include "lib/Conversion/CoreToLLVM/LowerGroup.h"
#include "lib/Conversion/TaskToLLVM/DescribeImage.h"
#include "lib/Conversion/TaskToLLVM/LowerBody.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/AttrTypeSubElements.h"

using namespace mlir;
using namespace tilework;

namespace tilework {
#define GEN_PASS_DEF_CONVERTTASKTOLLVM
#include "lib/Conversion/TaskToLLVM/Passes.h.inc"
} // namespace tilework

/// A task id is a 64-bit number from here on, what an integer means is its operations', and where a
/// buffer lies is in the instructions.
static void replaceTypes(ModuleOp module) {
  AttrTypeReplacer replacer;
  replacer.addReplacement(
      [](task::IdType type) -> Type { return IntegerType::get(type.getContext(), 64); });
  replacer.addReplacement([](IntegerType type) -> Type {
    return IntegerType::get(type.getContext(), type.getWidth());
  });
  replacer.addReplacement([](MemRefType type) -> Type {
    if (!isa_and_nonnull<core::SpaceAttr>(type.getMemorySpace()))
      return type;
    return MemRefType::Builder(type).setMemorySpace(Attribute());
  });
  replacer.recursivelyReplaceElementsIn(module, /*replaceAttrs=*/true, /*replaceLocs=*/false,
                                        /*replaceTypes=*/true);
}

static void lowerFunction(const HostAbi &abi, ImageTable &table, FunctionOpInterface op) {
  SmallVector<Value> arguments;
  bool isEntry = isa<task::EntryOp>(op);
  LLVM::LLVMFuncOp function = abi.takeBody(op, /*extra=*/{}, arguments);
  lowerBody(abi, table, function, arguments, isEntry ? Service::keep : Service::scratch);
}

namespace {
struct ConvertTaskToLLVMPass : tilework::impl::ConvertTaskToLLVMBase<ConvertTaskToLLVMPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    ImageTable table = describeImage(module);
    HostAbi abi(&getContext());
    // Streams say what the types below no longer do.
    for (auto group : llvm::to_vector(module.getOps<core::GroupOp>()))
      if (failed(lowerGroup(abi, table, group)))
        return signalPassFailure();
    replaceTypes(module);
    for (auto op : llvm::to_vector(module.getOps<FunctionOpInterface>()))
      if (isa<task::EntryOp, task::KernelOp, task::AccessesOp>(op))
        lowerFunction(abi, table, op);
    table.emit(module);
  }
};
} // namespace
