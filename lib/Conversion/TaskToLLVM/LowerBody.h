//===- LowerBody.h - what a function asks of the runtime -----------------------*- C++ -*-===//

#ifndef TILEWORK_CONVERSION_TASKTOLLVM_LOWERBODY_H
#define TILEWORK_CONVERSION_TASKTOLLVM_LOWERBODY_H

#include "lib/Conversion/TaskToLLVM/HostAbi.h"
#include "lib/Conversion/TaskToLLVM/ImageTable.h"

namespace tilework {

/// Turns the task operations, checks and allocations in `function`, whose first argument is the
/// table of services, into calls of those; `arguments` are its unpacked slots. `memory` is
/// what an allocation asks for. Adds to the table the checks it meets.
void lowerBody(const HostAbi &abi, ImageTable &table, mlir::LLVM::LLVMFuncOp function,
               llvm::ArrayRef<mlir::Value> arguments, Service memory = Service::scratch);

} // namespace tilework

#endif // TILEWORK_CONVERSION_TASKTOLLVM_LOWERBODY_H
