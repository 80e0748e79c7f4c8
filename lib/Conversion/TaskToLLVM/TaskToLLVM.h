//===- TaskToLLVM.h - task to LLVM -------------------------------------*- C++ -*-===//

#ifndef TILEWORK_CONVERSION_TASKTOLLVM_TASKTOLLVM_H
#define TILEWORK_CONVERSION_TASKTOLLVM_TASKTOLLVM_H

#include "mlir/Pass/Pass.h"

namespace tilework {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Conversion/TaskToLLVM/Passes.h.inc"

} // namespace tilework

#endif // TILEWORK_CONVERSION_TASKTOLLVM_TASKTOLLVM_H
