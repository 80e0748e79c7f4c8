//===- Passes.h - from tensors in scopes to tasks on memory ---------*- C++ -*-===//

#ifndef TILEWORK_CONVERSION_TILETOTASK_PASSES_H
#define TILEWORK_CONVERSION_TILETOTASK_PASSES_H

#include "dialects/Task/Task.h"
#include "dialects/Tile/Tile.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir {
class DialectRegistry;
}

namespace tilework {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Conversion/TileToTask/Passes.h.inc"

/// How submissions, joins and fresh tensors become memory.
void registerBufferizableModels(mlir::DialectRegistry &registry);

} // namespace tilework

#endif // TILEWORK_CONVERSION_TILETOTASK_PASSES_H
