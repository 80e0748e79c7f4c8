//===- Passes.h - passes within the core dialect --------------------*- C++ -*-===//

#ifndef TILEWORK_TRANSFORMS_CORE_PASSES_H
#define TILEWORK_TRANSFORMS_CORE_PASSES_H

#include "dialects/Core/Core.h"

#include "mlir/Pass/Pass.h"

namespace tilework::core {

/// How core-dump-placement prints.
enum class PlacementFormat { table, json };

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Transforms/Core/Passes.h.inc"

} // namespace tilework::core

#endif // TILEWORK_TRANSFORMS_CORE_PASSES_H
