//===- Codegen.h - from LLVM dialect to a native object --------------------*- C++ -*-===//

#ifndef TILEWORK_CODEGEN_CODEGEN_H
#define TILEWORK_CODEGEN_CODEGEN_H

#include "mlir/IR/BuiltinOps.h"

#include <string>

namespace tilework {

/// The instruction set native code is made for: "x86-64-v4" (AVX-512) or "x86-64-v3" (AVX2, FMA),
/// whichever this host has; a class, not a model, so that equal classes get equal bytes.
std::string getHostCpuClass();

/// Translates a module of the LLVM dialect, optimises it and writes a relocatable object to `path`.
/// Floating-point operations are never fused, reordered or flushed. Reports failures as
/// diagnostics of `module`.
mlir::LogicalResult emitObject(mlir::ModuleOp module, llvm::StringRef path, llvm::StringRef cpu);

} // namespace tilework

#endif // TILEWORK_CODEGEN_CODEGEN_H
