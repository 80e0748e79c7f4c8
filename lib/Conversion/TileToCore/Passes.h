//===- Passes.h - kernels from values to instructions on buffers ---------*- C++ -*-===//

#ifndef TILEWORK_CONVERSION_TILETOCORE_PASSES_H
#define TILEWORK_CONVERSION_TILETOCORE_PASSES_H

#include "dialects/Core/Core.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace tilework {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Conversion/TileToCore/Passes.h.inc"

} // namespace tilework

#endif // TILEWORK_CONVERSION_TILETOCORE_PASSES_H
