//===- VerifyForm.cpp - which form a module is in --------------------------------===//
//
// What: checks the conditions of one of the forms traced, fused, graph, placed.
// Why:  a door between two rooms is a promise; a broken one names the room before it.
// Form: any → the same, unchanged.
// Not:  what operations demand of themselves. The table below is docs/forms.md.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Task/Destinations.h"
#include "lib/Transforms/Task/Passes.h"

#include "dialects/Core/Core.h"
#include "dialects/Tile/Tile.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

namespace tilework::task {
#define GEN_PASS_DEF_VERIFYFORMPASS
#include "lib/Transforms/Task/Passes.h.inc"
} // namespace tilework::task

using namespace mlir;
using namespace tilework;
using namespace tilework::task;

namespace {
enum Form : unsigned { traced = 1, fused = 2, graph = 4, placed = 8 };

/// One condition of one or more forms, asked of every operation.
struct Condition {
  StringLiteral label;
  unsigned forms;
  StringLiteral expected;
  bool (*holds)(Operation *op);
};
} // namespace

static bool isInKernel(Operation *op) {
  return op->getParentOfType<KernelOp>() || isa<KernelOp>(op);
}

static bool hasType(Operation *op, bool (*predicate)(Type)) {
  if (llvm::any_of(op->getOperandTypes(), predicate) ||
      llvm::any_of(op->getResultTypes(), predicate))
    return true;
  for (Region &region : op->getRegions())
    for (Block &block : region)
      if (llvm::any_of(block.getArgumentTypes(), predicate))
        return true;
  return false;
}

static bool isTensor(Type type) {
  return isa<TensorType>(type);
}
static bool isMemRef(Type type) {
  return isa<BaseMemRefType>(type);
}

static bool isOfForms(Operation *op) {
  return llvm::is_contained({"tile", "task", "tensor", "scf", "arith", "affine", "math", "builtin"},
                            op->getDialect()->getNamespace());
}

static bool isOnValues(Operation *op) {
  return !isa<KernelOp, AccessesOp, AccessOp, SubmitOp, AllocOp, RetainOp, ReleaseOp, ReadOp>(op) &&
         !hasType(op, isMemRef);
}

static bool isWorkInScope(Operation *op) {
  return !isTileWork(op) || op->getParentOfType<ScopeOp>();
}

static bool passesOnFullTensors(Operation *op) {
  auto scope = dyn_cast<ScopeOp>(op);
  return !scope || llvm::all_of(scope.getResults().getTypes(), [](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return tensor && !tensor.getEncoding();
  });
}

/// A view would have to be of one layout in every iteration.
static bool carriesWholeTensors(Operation *op) {
  if (isInKernel(op) || !isa<scf::SCFDialect, TaskDialect>(op->getDialect()) ||
      op->getNumRegions() == 0)
    return true;
  return llvm::all_of(op->getResultTypes(), [](Type type) {
    auto memref = dyn_cast<MemRefType>(type);
    return !memref || memref.getLayout().isIdentity();
  });
}

static bool hasOneRegionProgram(Operation *op) {
  auto kernel = dyn_cast<KernelOp>(op);
  if (!kernel)
    return true;
  auto siblings = op->getParentOp()->getRegion(0).getOps<AccessesOp>();
  return llvm::count_if(siblings, [&](AccessesOp accesses) {
           return accesses.getKernel() == kernel.getSymName();
         }) == 1;
}

static bool hasCoreGroup(Operation *op) {
  auto kernel = dyn_cast<KernelOp>(op);
  return !kernel || llvm::any_of(kernel->getBlock()->getOps<core::GroupOp>(), [&](auto group) {
    return group.getKernel() == kernel.getSymName();
  });
}

/// Instructions stand in programs, buffers and channels have addresses, loops are ordinary ones.
static bool isPlaced(Operation *op) {
  if (isa<tile::PipelineOp>(op))
    return !op->getParentOfType<core::GroupOp>();
  if (auto buffer = dyn_cast<core::BufferOp>(op); buffer && !buffer.getAddress())
    return false;
  if (auto channel = dyn_cast<core::ChannelOp>(op); channel && !channel.getAddress())
    return false;
  return !isa<core::CoreOpInterface>(op) || op->getParentOfType<core::CubeProgramOp>() ||
         op->getParentOfType<core::VectorProgramOp>();
}

static const Condition kConditions[] = {
    {"F1", traced | fused, "operations of tile, task, tensor, scf, arith, affine and math",
     isOfForms},
    {"F2", traced | fused, "values, without memory, kernels and submissions", isOnValues},
    {"F3", fused, "no request", [](Operation *op) { return !isa<AutoOp>(op); }},
    {"F4", fused, "no chunk",
     [](Operation *op) { return !isa<ParallelOp>(op) || !cast<ParallelOp>(op).getChunk(); }},
    {"F5", fused, "every tile operation and every update of a tensor in a scope", isWorkInScope},
    {"F6", fused, "what outlives a scope to be a full tensor", passesOnFullTensors},
    {"F7", graph | placed, "no scope and no request",
     [](Operation *op) { return !isa<ScopeOp, AutoOp>(op); }},
    {"F8", graph | placed, "memory, without tensors, outside kernels",
     [](Operation *op) { return isInKernel(op) || !hasType(op, isTensor); }},
    {"F9", graph | placed,
     "loops and conditions outside kernels to carry scalars, task ids and whole tensors",
     carriesWholeTensors},
    {"F10", graph | placed, "exactly one region program per kernel", hasOneRegionProgram},
    {"F11", placed, "a core group for every kernel", hasCoreGroup},
    {"F12", placed,
     "buffers and channels with addresses and instructions in programs, without pipelined loops",
     isPlaced},
};

namespace {
struct VerifyFormPass : task::impl::VerifyFormPassBase<VerifyFormPass> {
  using VerifyFormPassBase::VerifyFormPassBase;

  void runOnOperation() override {
    unsigned wanted = llvm::StringSwitch<unsigned>(form)
                          .Case("traced", traced)
                          .Case("fused", fused)
                          .Case("graph", graph)
                          .Case("placed", placed)
                          .Default(0);
    if (!wanted) {
      getOperation().emitError("task-verify-form expects form traced, fused, graph or placed, but "
                               "got '")
          << form << "'";
      return signalPassFailure();
    }
    markAllAnalysesPreserved();
    WalkResult result = getOperation().walk<WalkOrder::PreOrder>([&](Operation *op) {
      for (const Condition &condition : kConditions)
        if ((condition.forms & wanted) && !condition.holds(op)) {
          op->emitError("form '") << form << "' (" << condition.label << ") expects "
                                  << condition.expected << ", but got '" << op->getName() << "'";
          return WalkResult::interrupt();
        }
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace
