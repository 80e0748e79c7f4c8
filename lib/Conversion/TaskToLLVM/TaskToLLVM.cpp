//===- TaskToLLVM.cpp - task to LLVM -------------------------------------------------===//
//
// What: programs, kernels and region programs become functions of the image ABI; what they ask of
//       the runtime becomes calls of its services; a table describes them.
// Why:  the runtime loads native code and knows nothing of MLIR.
// Form: `graph` whose kernels are lowered to vectors and memrefs → the same, without task ops.
// Not:  what the functions compute (upstream conversions), the object file (lib/Codegen).
//
//===------------------------------------------------------------------------------------===//

#include "lib/Conversion/TaskToLLVM/TaskToLLVM.h"

#include "dialects/Task/Task.h"
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

/// Moves the body of `op` into a function of the image ABI and lowers what is in it.
static void lowerFunction(const HostAbi &abi, ImageTable &table, FunctionOpInterface op) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(op.getContext()),
                                          {abi.pointer(), abi.pointer()});
  std::string name = op.getName().str();
  auto function = LLVM::LLVMFuncOp::create(builder, loc, name, type);
  Block *entry = function.addEntryBlock(builder);
  builder.setInsertionPointToStart(entry);
  SmallVector<Value> arguments;
  int64_t slot = 0;
  Block &body = op->getRegion(0).front();
  for (BlockArgument argument : body.getArguments()) {
    Value value = abi.unpack(builder, loc, function.getArgument(1), slot, argument.getType());
    slot += getSlotCount(argument.getType());
    arguments.push_back(value);
    argument.replaceAllUsesWith(value);
  }
  entry->getOperations().splice(entry->end(), body.getOperations());
  op.erase();
  lowerBody(abi, table, function, arguments);
}

/// A task id is a 64-bit number from here on, and what an integer means is its operations'.
static void replaceTypes(ModuleOp module) {
  AttrTypeReplacer replacer;
  replacer.addReplacement(
      [](task::IdType type) -> Type { return IntegerType::get(type.getContext(), 64); });
  replacer.addReplacement([](IntegerType type) -> Type {
    return IntegerType::get(type.getContext(), type.getWidth());
  });
  replacer.recursivelyReplaceElementsIn(module, /*replaceAttrs=*/true, /*replaceLocs=*/false,
                                        /*replaceTypes=*/true);
}

namespace {
struct ConvertTaskToLLVMPass : tilework::impl::ConvertTaskToLLVMBase<ConvertTaskToLLVMPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    ImageTable table = describeImage(module);
    replaceTypes(module);
    HostAbi abi(&getContext());
    for (auto op : llvm::to_vector(module.getOps<FunctionOpInterface>()))
      if (isa<task::EntryOp, task::KernelOp, task::AccessesOp>(op))
        lowerFunction(abi, table, op);
    table.emit(module);
  }
};
} // namespace
