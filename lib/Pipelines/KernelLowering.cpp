//===- KernelLowering.cpp - kernels from tensors to vector loops ---------------------===//

#include "lib/Pipelines/KernelLowering.h"

#include "dialects/Task/Task.h"
#include "lib/Conversion/LinalgToVector/Passes.h"
#include "lib/Conversion/TileToLinalg/Passes.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void tilework::buildKernelLoweringPipeline(OpPassManager &manager) {
  OpPassManager &kernel = manager.nest<task::KernelOp>();
  kernel.addPass(createCanonicalizerPass());           // zero accumulators and unit casts go
  kernel.addPass(createConvertTileToLinalgPass());     // one vocabulary, every rounding explicit
  kernel.addPass(createCanonicalizerPass());           // extents become constants where they are
  kernel.addPass(createFuseElementwisePass());         // intermediate tiles stay in registers
  kernel.addPass(createCSEPass());                     // equal loads and extents once
  kernel.addPass(createBufferizeKernelPass());         // values become buffers
  kernel.addPass(createCSEPass());                     // equal views once
  kernel.addPass(createCanonicalizerPass());           // copies of a buffer to itself go
  kernel.addPass(createConvertLinalgToVectorPass());   // the orders of the numerics contract
  kernel.addPass(createConvertMathToArithPass());      // one polynomial for vectors and tails
  kernel.addPass(createCanonicalizerPass());           // constant bounds and unused lanes go
  kernel.addPass(createCSEPass());                     // addresses once
  kernel.addPass(createLoopInvariantCodeMotionPass()); // broadcasts and views leave the loops
  kernel.addPass(createHoistAllocationsPass());        // scratch is claimed once per task
}

void tilework::registerKernelLoweringPipeline() {
  PassPipelineRegistration<>("tilework-lower-kernels",
                             "Lower kernels from tensors to vector loops on memory",
                             buildKernelLoweringPipeline);
}
