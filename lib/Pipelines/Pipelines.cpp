//===- Pipelines.cpp - the order of the rooms -------------------------------------===//
//
// Each pipeline ends where a door is: in a form that is verified, printed and executed.
//
//===---------------------------------------------------------------------------===//

#include "lib/Pipelines/Pipelines.h"

#include "lib/Conversion/TileToCore/Passes.h"
#include "lib/Conversion/TileToTask/Passes.h"
#include "lib/Transforms/Core/Passes.h"
#include "lib/Transforms/Task/Passes.h"
#include "lib/Transforms/Tile/Passes.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;
using namespace tilework;
using task::AccessesOp;
using task::EntryOp;

/// The door into `form`.
static std::unique_ptr<Pass> createDoor(StringRef form) {
  return task::createVerifyFormPass(task::VerifyFormPassOptions{form.str()});
}

void tilework::buildToFusedPipeline(OpPassManager &passes, const ToFusedOptions &options) {
  // what the frontend promised
  passes.addPass(createDoor("traced"));
  // an author's way to zero a buffer has to mean zeros before anything splits the buffer's loops
  passes.addNestedPass<EntryOp>(tile::createElideZeroProductsPass());
  // one task per chunk: the sequential inner loop is what a scope is formed of next
  passes.addNestedPass<EntryOp>(task::createSplitChunksPass());
  // every tile operation gets its task
  passes.addNestedPass<EntryOp>(task::createFormScopesPass());
  // the last rewrite that may change bits: what the cube's accumulator cannot start from
  if (options.splitSums)
    passes.addNestedPass<EntryOp>(tile::createSplitSumsPass());
  passes.addPass(createDoor("fused"));
}

void tilework::buildToGraphPipeline(OpPassManager &passes, const ToGraphOptions &options) {
  passes.addPass(createDoor("fused"));
  // kernels slice whole tensors, so that regions are exact and arguments are not strided
  passes.addNestedPass<EntryOp>(task::createSinkViewsPass());
  // a kernel and a submission per scope, still on tensors
  passes.addPass(createOutlineScopesPass());
  // global tensors become memory, in place or not at all
  passes.addPass(createBufferizeOrchestrationPass());
  // tails are as wide as their slices, and so is what is declared of them
  passes.addNestedPass<task::KernelOp>(tile::createResolveDimsPass());
  // what the submissions declare
  passes.addPass(task::createMaterializeAccessesPass());
  // the slices brought along more arithmetic than they need
  passes.addNestedPass<AccessesOp>(createCanonicalizerPass());
  passes.addNestedPass<AccessesOp>(createCSEPass());
  passes.addNestedPass<EntryOp>(createCanonicalizerPass());
  passes.addNestedPass<EntryOp>(createCSEPass());
  // what is known of dependences already; claims that cannot hold
  if (options.staticDependences) {
    // iterations are counted as far out as they can be
    passes.addNestedPass<EntryOp>(createLoopInvariantCodeMotionPass());
    passes.addPass(task::createFindDependencesPass());
    passes.addNestedPass<EntryOp>(createCanonicalizerPass());
    passes.addNestedPass<EntryOp>(createCSEPass());
  }
  // a tensor lives until its last use, which no pass moves from here on
  passes.addNestedPass<EntryOp>(task::createReleaseTensorsPass());
  passes.addPass(createDoor("graph"));
}

void tilework::buildToPlacedPipeline(OpPassManager &passes, const ToPlacedOptions &options) {
  passes.addPass(createDoor("graph"));
  // what does not fit the memories around the cube, in pieces that do
  passes.addNestedPass<task::KernelOp>(tile::createSplitProductsPass());
  // a core group beside each kernel: every tile in a memory
  passes.addPass(createConvertTileToCorePass());
  passes.addNestedPass<core::GroupOp>(createCanonicalizerPass());
  passes.addNestedPass<core::GroupOp>(createCSEPass());
  // a unit goes on with the next iteration where it would wait for the other
  passes.addNestedPass<core::GroupOp>(core::createScheduleLoopsPass());
  // cube and vector cores run at the same time, but not past what they touch in common
  passes.addNestedPass<core::GroupOp>(core::createInsertCrossFlagsPass());
  passes.addNestedPass<core::GroupOp>(core::createSplitUnitsPass());
  // loops and addresses that only the other unit needed
  passes.addNestedPass<core::GroupOp>(createCanonicalizerPass());
  passes.addNestedPass<core::GroupOp>(createCSEPass());
  // both vector cores work
  passes.addPass(core::createSplitLanesPass({options.dumpLanes}));
  // what all iterations of a loop would repeat
  passes.addNestedPass<core::GroupOp>(createLoopInvariantCodeMotionPass());
  passes.addNestedPass<core::GroupOp>(core::createHoistInstructionsPass());
  // what is there already
  passes.addNestedPass<core::GroupOp>(core::createElideTransfersPass());
  // what another core writes to where it is needed
  passes.addNestedPass<core::GroupOp>(core::createElideSlotCopiesPass());
  // room for pipes to run ahead
  passes.addNestedPass<core::GroupOp>(core::createPipelineLoopsPass());
  passes.addNestedPass<core::GroupOp>(createCSEPass());
  // the units exchange tiles through memory of their group
  passes.addNestedPass<core::GroupOp>(core::createPlaceChannelsPass());
  // hazards are between addresses
  passes.addPass(core::createPlaceBuffersPass());
  // pipes run ahead of each other, but not past what they touch in common
  passes.addNestedPass<core::GroupOp>(core::createInsertFlagsPass());
  passes.addPass(createDoor("placed"));
}

void tilework::registerPipelines() {
  PassPipelineRegistration<ToFusedOptions>("tilework-to-fused", "room 2: traced to fused",
                                           buildToFusedPipeline);
  PassPipelineRegistration<ToGraphOptions>("tilework-to-graph", "room 3: fused to graph",
                                           buildToGraphPipeline);
  PassPipelineRegistration<ToPlacedOptions>("tilework-to-placed", "room 4: graph to placed",
                                            buildToPlacedPipeline);
}
