//===- HostLowering.cpp - from lowered kernels to the LLVM dialect -------------------===//

#include "lib/Pipelines/HostLowering.h"

#include "lib/Conversion/TaskToLLVM/TaskToLLVM.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void tilework::buildHostLoweringPipeline(OpPassManager &manager) {
  // Tasks become functions and calls first: what is left is upstream's.
  manager.addPass(createConvertTaskToLLVM());
  // Views become address arithmetic, which the passes below know.
  manager.addPass(memref::createExpandStridedMetadataPass());
  manager.addPass(createLowerAffinePass());
  manager.addPass(createSCFToControlFlowPass());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addPass(createConvertVectorToLLVMPass());
  manager.addPass(createConvertMathToLLVMPass());
  manager.addPass(createFinalizeMemRefToLLVMConversionPass());
  manager.addPass(createConvertIndexToLLVMPass());
  manager.addPass(createArithToLLVMConversionPass());
  manager.addPass(createConvertControlFlowToLLVMPass());
  // Canonicalization leaves poison where a loop result is dead.
  manager.addPass(createUBToLLVMConversionPass());
  manager.addPass(createReconcileUnrealizedCastsPass());
}

void tilework::registerHostLoweringPipeline() {
  PassPipelineRegistration<>("tilework-lower-to-llvm",
                             "Lower programs and lowered kernels to the LLVM dialect",
                             buildHostLoweringPipeline);
}
