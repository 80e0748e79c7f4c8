//===- Passes.h - kernels from tile operations to loops on memory -------*- C++ -*-===//

#ifndef TILEWORK_CONVERSION_TILETOLINALG_PASSES_H
#define TILEWORK_CONVERSION_TILETOLINALG_PASSES_H

#include "dialects/Task/Task.h"

#include "mlir/Pass/Pass.h"

namespace tilework {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Conversion/TileToLinalg/Passes.h.inc"

} // namespace tilework

#endif // TILEWORK_CONVERSION_TILETOLINALG_PASSES_H
