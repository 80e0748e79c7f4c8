//===- CoreChecks.h - checks and effects that instructions share ----*- C++ -*-===//

#ifndef TILEWORK_DIALECTS_CORE_CORECHECKS_H
#define TILEWORK_DIALECTS_CORE_CORECHECKS_H

#include "dialects/Core/Core.h"

#include "mlir/IR/TypeUtilities.h"

namespace tilework::core {

using EffectList =
    llvm::SmallVectorImpl<mlir::SideEffects::EffectInstance<mlir::MemoryEffects::Effect>>;

/// Every buffer but `written` is read; `written` is written, and read too where `isUpdate`.
void addBufferEffects(EffectList &effects, mlir::OpOperand &written, bool isUpdate = false);

/// The name of a memory for a message; a foreign memory space is "foreign", a scalar "a scalar".
llvm::StringRef getSpaceName(mlir::Type type);

inline bool isIn(mlir::Value value, Space space) {
  return getSpace(value.getType()) == space;
}

inline mlir::MemRefType getBufferType(mlir::Value value) {
  return llvm::cast<mlir::MemRefType>(value.getType());
}

/// Equal, or not known to differ.
bool mayEqual(llvm::ArrayRef<int64_t> shape, llvm::ArrayRef<int64_t> other);

/// What the fixpipe converts: f32 to f32, bf16 and f16, or i32 to i32.
bool isFixpipeConversion(mlir::Type from, mlir::Type to);

} // namespace tilework::core

#endif // TILEWORK_DIALECTS_CORE_CORECHECKS_H
