//===- Register.h - everything of ours, for tools and bindings ----------*- C++ -*-===//

#ifndef TILEWORK_PIPELINES_REGISTER_H
#define TILEWORK_PIPELINES_REGISTER_H

namespace mlir {
class DialectRegistry;
}

namespace tilework {

void registerAllDialects(mlir::DialectRegistry &registry);

/// Passes and named pipelines.
void registerAllPasses();

} // namespace tilework

#endif // TILEWORK_PIPELINES_REGISTER_H
