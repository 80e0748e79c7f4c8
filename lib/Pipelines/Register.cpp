//===- Register.cpp - everything of ours, for tools and bindings -----------------===//

#include "lib/Pipelines/Register.h"

#include "dialects/Task/Task.h"
#include "dialects/Tile/Tile.h"

#include "mlir/IR/DialectRegistry.h"

void tilework::registerAllDialects(mlir::DialectRegistry &registry) {
  registry.insert<tile::TileDialect, task::TaskDialect>();
}

void tilework::registerAllPasses() {}
