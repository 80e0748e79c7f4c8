//===- SplitUnits.cpp - a program per unit -------------------------------------------===//
//
// What: clones the body of a group into a cube program and a vector program and erases from each
//       the instructions of the other.
// Why:  the units run at the same time, each its own program; channels keep them in step.
// Form: group with instructions in its body → group of channels and programs.
// Not:  dividing tiles between the two vector cores.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Core/Passes.h"
#include "lib/Transforms/Core/Units.h"

#include "dialects/Tile/Tile.h"

#include "mlir/IR/IRMapping.h"

namespace tilework::core {
#define GEN_PASS_DEF_SPLITUNITSPASS
#include "lib/Transforms/Core/Passes.h.inc"
} // namespace tilework::core

using namespace mlir;
using namespace tilework::core;

/// Fills `program` with what `unit` executes. Checks stop the task once, in the first program.
static void fillProgram(Block &program, ArrayRef<Operation *> body, Unit unit, bool hasChecks) {
  OpBuilder builder = OpBuilder::atBlockEnd(&program);
  IRMapping mapping;
  for (Operation *op : body)
    builder.clone(*op, mapping);
  SmallVector<Operation *> foreign;
  program.walk([&](Operation *op) {
    Unit of = getUnit(op);
    if ((of != Unit::both && of != unit) || (isa<tilework::tile::CheckOp>(op) && !hasChecks))
      foreign.push_back(op);
  });
  for (Operation *op : llvm::reverse(foreign)) {
    if (auto read = dyn_cast<ReadScalarOp>(op)) { // both follow the same control flow
      builder.setInsertionPoint(read);
      Value received =
          ReceiveScalarOp::create(builder, read.getLoc(), read.getType(), read.getNumber());
      read.replaceAllUsesWith(received);
    }
    op->dropAllUses();
    op->erase();
  }
}

namespace {
struct SplitUnits : tilework::core::impl::SplitUnitsPassBase<SplitUnits> {
  void runOnOperation() override {
    GroupOp group = getOperation();
    Block &block = group.getBody().front();
    bool hasCube = false, hasVector = false;
    group.walk([&](Operation *op) {
      hasCube |= getUnit(op) == Unit::cube;
      hasVector |= getUnit(op) == Unit::vector;
    });
    SmallVector<Operation *> body;
    for (Operation &op : block) {
      if (isa<CubeProgramOp, VectorProgramOp>(op))
        return; // split already
      if (!isa<ChannelOp>(op))
        body.push_back(&op);
    }
    OpBuilder builder = OpBuilder::atBlockEnd(&block);
    if (hasCube) {
      auto program = CubeProgramOp::create(builder, group.getLoc());
      fillProgram(program.getBody().emplaceBlock(), body, Unit::cube, /*hasChecks=*/true);
    }
    if (hasVector) {
      auto program = VectorProgramOp::create(builder, group.getLoc(), /*lanes=*/1);
      fillProgram(program.getBody().emplaceBlock(), body, Unit::vector, /*hasChecks=*/!hasCube);
    }
    for (Operation *op : llvm::reverse(body))
      op->erase();
  }
};
} // namespace
