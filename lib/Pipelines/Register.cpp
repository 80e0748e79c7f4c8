//===- Register.cpp - everything of ours, for tools and bindings -----------------===//

#include "lib/Pipelines/Register.h"

#include "dialects/Core/Core.h"
#include "dialects/Task/Task.h"
#include "dialects/Tile/Tile.h"
#include "lib/Conversion/LinalgToVector/Passes.h"
#include "lib/Conversion/TaskToLLVM/TaskToLLVM.h"
#include "lib/Conversion/TileToCore/Passes.h"
#include "lib/Conversion/TileToLinalg/Passes.h"
#include "lib/Conversion/TileToTask/Passes.h"
#include "lib/Pipelines/HostLowering.h"
#include "lib/Pipelines/KernelLowering.h"
#include "lib/Pipelines/Pipelines.h"
#include "lib/Transforms/Core/Passes.h"
#include "lib/Transforms/Task/Passes.h"
#include "lib/Transforms/Tile/Passes.h"

#include "mlir/IR/DialectRegistry.h"

void tilework::registerAllDialects(mlir::DialectRegistry &registry) {
  registry.insert<tile::TileDialect, task::TaskDialect, core::CoreDialect>();
  tile::registerInterfaceModels(registry);
  task::registerInterfaceModels(registry);
  registerBufferizableModels(registry);
}

void tilework::registerAllPasses() {
  tile::registerTileTransformsPasses();
  task::registerTaskTransformsPasses();
  registerTileToTaskPasses();
  registerPipelines();
  registerTileToLinalgPasses();
  registerTileToCorePasses();
  core::registerCoreTransformsPasses();
  registerLinalgToVectorPasses();
  registerKernelLoweringPipeline();
  registerTaskToLLVMPasses();
  registerHostLoweringPipeline();
}
