//===- Passes.h - kernels from linalg to loops of vectors ---------------*- C++ -*-===//

#ifndef TILEWORK_CONVERSION_LINALGTOVECTOR_PASSES_H
#define TILEWORK_CONVERSION_LINALGTOVECTOR_PASSES_H

#include "dialects/Task/Task.h"

#include "mlir/Pass/Pass.h"

namespace tilework {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lib/Conversion/LinalgToVector/Passes.h.inc"

} // namespace tilework

#endif // TILEWORK_CONVERSION_LINALGTOVECTOR_PASSES_H
