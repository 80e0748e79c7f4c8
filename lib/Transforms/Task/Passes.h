//===- Passes.h - passes within the task dialect --------------------*- C++ -*-===//

#ifndef TILEWORK_TRANSFORMS_TASK_PASSES_H
#define TILEWORK_TRANSFORMS_TASK_PASSES_H

#include "dialects/Task/Task.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace tilework::task {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/Task/Passes.h.inc"

} // namespace tilework::task

#endif // TILEWORK_TRANSFORMS_TASK_PASSES_H
