//===- BufferizeOrchestration.cpp - global tensors become memory ----------------===//
//
// What: one-shot bufferization of the entries: arguments, fresh tensors and what updates them.
// Why:  an update in place is what the author means; a copy of a global tensor is never silent.
// Form: fused with submissions on tensors → graph, but for the access regions.
// Not:  kernel bodies, which stay on tensors; their signatures follow the submissions.
//
//===---------------------------------------------------------------------------===//

#include "lib/Conversion/TileToTask/CarryBuffers.h"
#include "lib/Conversion/TileToTask/CheckUpdates.h"
#include "lib/Conversion/TileToTask/Passes.h"
#include "lib/Transforms/Task/Destinations.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace tilework {
#define GEN_PASS_DEF_BUFFERIZEORCHESTRATIONPASS
#include "lib/Conversion/TileToTask/Passes.h.inc"
} // namespace tilework

using namespace mlir;
using namespace mlir::bufferization;
using namespace tilework;

/// Marks a sequential loop that was a `task.parallel`; lives within this pass only.
static constexpr llvm::StringLiteral kParallelMarker = "tilework.parallel";

//===---------------------------------------------------------------------------===//
// Decide: the analysis, and refusals that name both uses
//===---------------------------------------------------------------------------===//

/// The use of the old value that keeps `write` from updating it in place, or null.
static Operation *findOtherUse(OpOperand &write, OneShotAnalysisState &state) {
  Operation *writer = write.getOwner(), *found = nullptr;
  DominanceInfo dominance;
  state.applyOnAliases(write.get(), [&](Value alias) {
    if (!dominance.dominates(alias, writer))
      return;
    for (Operation *user : alias.getUsers()) {
      bool isHere = user->getBlock() == writer->getBlock();
      if (user == writer || !isa<task::SubmitOp, tensor::ExtractOp>(user) ||
          (isHere && user->isBeforeInBlock(writer)))
        continue;
      bool isNearer = !found || (isHere && found->getBlock() != writer->getBlock());
      if (isNearer || (found->getBlock() == user->getBlock() && user->isBeforeInBlock(found)))
        found = user;
    }
  });
  return found;
}

/// True when `tensor` is an argument that the caller does not let us write.
static bool isReadOnly(Value tensor, OneShotAnalysisState &state) {
  bool isReadOnly = false;
  state.applyOnAliases(tensor, [&](Value alias) {
    auto argument = alias.getDefiningOp<ToTensorOp>();
    isReadOnly |= argument && !argument.getWritable();
  });
  return isReadOnly;
}

static LogicalResult refuseCopy(OpOperand &write, OneShotAnalysisState &state) {
  StringRef name = findName(write.get());
  std::string what = name.empty() ? "a tensor" : "'" + name.str() + "'";
  if (isReadOnly(write.get(), state))
    return write.getOwner()->emitError()
           << "expects to update arguments that are 'out' or 'inout', but got " << what
           << ", which is 'in'";
  InFlightDiagnostic error = write.getOwner()->emitError()
                             << "expects to update " << what
                             << " in place, but its earlier contents are used as well, which needs "
                                "a copy of the whole tensor";
  if (Operation *other = findOtherUse(write, state))
    error.attachNote(other->getLoc())
        << "the other use is here; move it before the update, or write the update into another "
           "tensor";
  else
    error.attachNote(write.get().getLoc())
        << what << " comes from here; write the update into another tensor";
  return error;
}

/// Of operations alone, or of what loops begin with and views show.
static LogicalResult checkNoCopies(task::EntryOp entry, OneShotAnalysisState &state,
                                   bool isHandedOn) {
  WalkResult result = entry.walk([&](Operation *op) {
    if (isa<LoopLikeOpInterface, tensor::ExtractSliceOp>(op) != isHandedOn)
      return WalkResult::advance();
    for (OpOperand &operand : op->getOpOperands())
      if (isa<TensorType>(operand.get().getType()) && !state.isInPlace(operand) &&
          failed(refuseCopy(operand, state)))
        return WalkResult::interrupt();
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

/// A view or an array of the orchestration that a loop carries or a condition chooses has to be the
/// same memory on every way (CarryBuffers hands on the others).
static LogicalResult checkEquivalences(task::EntryOp entry, OneShotAnalysisState &state) {
  auto refuse = [](Operation *op, Value initial, Value other) {
    StringRef name = findName(initial);
    InFlightDiagnostic error = op->emitError()
                               << "expects every way through to leave "
                               << (name.empty() ? "a view or an array" : "'" + name.str() + "'")
                               << " in one memory, but got another on one of them";
    error.attachNote(other.getLoc()) << "this one; write into it instead (assemble, or a subscript "
                                        "on the left), or copy a view into a tensor first";
    return error;
  };
  WalkResult result = entry.walk([&](Operation *op) {
    if (auto loop = dyn_cast<scf::ForOp>(op))
      for (auto [argument, yielded] : llvm::zip(loop.getRegionIterArgs(), loop.getYieldedValues()))
        if (isa<TensorType>(yielded.getType()) &&
            !state.areEquivalentBufferizedValues(argument, yielded))
          return (void)refuse(op, argument, yielded), WalkResult::interrupt();
    if (auto branch = dyn_cast<scf::IfOp>(op); branch && branch.elseBlock())
      for (auto [onTrue, onFalse] :
           llvm::zip(branch.thenYield().getResults(), branch.elseYield().getResults()))
        if (isa<TensorType>(onTrue.getType()) &&
            !state.areEquivalentBufferizedValues(onTrue, onFalse))
          return (void)refuse(op, onTrue, onFalse), WalkResult::interrupt();
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

static OneShotBufferizationOptions getOptions() {
  OneShotBufferizationOptions options;
  options.allowReturnAllocsFromLoops = true; // checkEquivalences says it better
  options.unknownTypeConverterFn = [](TensorType type, Attribute space,
                                      const BufferizationOptions &) {
    return getMemRefTypeWithStaticIdentityLayout(type, space);
  };
  // Arrays of scalars and task ids; everything else is a task.alloc.
  options.allocationFn = [](OpBuilder &builder, Location loc, MemRefType type, ValueRange sizes,
                            unsigned) -> FailureOr<Value> {
    return memref::AllocaOp::create(builder, loc, type, sizes).getResult();
  };
  return options;
}

//===---------------------------------------------------------------------------===//
// Apply: before
//===---------------------------------------------------------------------------===//

/// Arguments become memrefs; what they return is written where it belongs.
static void bufferizeBoundary(task::EntryOp entry) {
  Block &block = entry.getBody().front();
  Operation *end = block.getTerminator();
  OpBuilder builder = OpBuilder::atBlockBegin(&block), endBuilder(end);
  SmallVector<Type> types;
  unsigned nextResult = 0;
  for (auto [index, argument] : llvm::enumerate(block.getArguments())) {
    auto type = dyn_cast<RankedTensorType>(argument.getType());
    if (type) {
      bool isWritten = task::writes(entry.getDirection(index));
      argument.setType(MemRefType::get(type.getShape(), type.getElementType()));
      auto tensor = ToTensorOp::create(builder, argument.getLoc(), type, argument,
                                       /*restrict=*/true, /*writable=*/isWritten);
      argument.replaceAllUsesExcept(tensor, tensor);
      if (isWritten)
        MaterializeInDestinationOp::create(endBuilder, end->getLoc(), Type(),
                                           end->getOperand(nextResult++), argument,
                                           /*restrict=*/true, /*writable=*/true);
    }
    types.push_back(argument.getType());
  }
  end->eraseOperands(0, end->getNumOperands());
  entry.setFunctionType(builder.getFunctionType(types, {}));
}

/// Uses of one undefined tensor that cannot share memory get one each. (Equal `tile.empty`s may
/// have been merged.)
static void separateEmptyTensors(task::EntryOp entry) {
  SmallVector<tile::EmptyOp> empties;
  entry.walk([&](tile::EmptyOp empty) { empties.push_back(empty); });
  for (tile::EmptyOp empty : empties) {
    SmallVector<OpOperand *> uses;
    for (OpOperand &use : empty->getUses())
      uses.push_back(&use);
    std::reverse(uses.begin(), uses.end()); // use lists are last-first
    SmallVector<std::pair<Value, SmallVector<Operation *>>> copies;
    for (OpOperand *use : uses) {
      auto shared = llvm::find_if(copies, [&](auto &copy) {
        return llvm::all_of(copy.second, [&](Operation *user) {
          return insideMutuallyExclusiveRegions(user, use->getOwner());
        });
      });
      if (shared == copies.end()) {
        OpBuilder builder(empty->getContext());
        builder.setInsertionPointAfter(empty);
        Value value =
            copies.empty() ? Value(empty.getResult()) : builder.clone(*empty)->getResult(0);
        shared = &copies.emplace_back(value, SmallVector<Operation *>());
      }
      use->set(shared->first);
      shared->second.push_back(use->getOwner());
    }
  }
}

/// An array of scalars or task ids is filled element by element.
static void expandSplats(task::EntryOp entry) {
  entry.walk([](tensor::SplatOp splat) {
    OpBuilder builder(splat);
    Location loc = splat.getLoc();
    Value array = AllocTensorOp::create(builder, loc, splat.getType(), splat.getDynamicSizes());
    auto constant = [&](int64_t value) {
      return arith::ConstantIndexOp::create(builder, loc, value);
    };
    Value size = tensor::DimOp::create(builder, loc, array, 0);
    auto loop = scf::ForOp::create(
        builder, loc, constant(0), size, constant(1), array,
        [&](OpBuilder &nested, Location at, Value index, ValueRange carried) {
          Value next = tensor::InsertOp::create(nested, at, splat.getInput(), carried[0], index);
          scf::YieldOp::create(nested, at, next);
        });
    splat.replaceAllUsesWith(loop.getResult(0));
    splat.erase();
  });
}

static void convertParallelToFor(task::EntryOp entry) {
  entry.walk([](task::ParallelOp parallel) {
    OpBuilder builder(parallel);
    auto loop = scf::ForOp::create(builder, parallel.getLoc(), parallel.getLower(),
                                   parallel.getUpper(), parallel.getStep(), parallel.getInitArgs());
    loop->setAttr(kParallelMarker, builder.getUnitAttr());
    loop.getRegion().takeBody(parallel.getBody());
    Operation *end = loop.getBody()->getTerminator();
    builder.setInsertionPoint(end);
    scf::YieldOp::create(builder, end->getLoc(), end->getOperands());
    end->erase();
    parallel.replaceAllUsesWith(loop.getResults());
    parallel.erase();
  });
}

//===---------------------------------------------------------------------------===//
// Apply: after
//===---------------------------------------------------------------------------===//

static void convertForToParallel(task::EntryOp entry) {
  entry.walk([](scf::ForOp loop) {
    if (!loop->hasAttr(kParallelMarker))
      return;
    OpBuilder builder(loop);
    auto parallel = task::ParallelOp::create(
        builder, loop.getLoc(), loop.getResultTypes(), loop.getLowerBound(), loop.getUpperBound(),
        loop.getStep(), loop.getInitArgs(), /*chunk=*/IntegerAttr(),
        /*verdict=*/task::VerdictAttr());
    parallel.getBody().takeBody(loop.getRegion());
    Operation *end = parallel.getBody().front().getTerminator();
    builder.setInsertionPoint(end);
    task::YieldOp::create(builder, end->getLoc(), end->getOperands());
    end->erase();
    loop.replaceAllUsesWith(parallel.getResults());
    loop.erase();
  });
}

/// Carried and chosen buffers that are one and the same fold away.
static LogicalResult foldBuffers(task::EntryOp entry) {
  RewritePatternSet patterns(entry.getContext());
  scf::ForOp::getCanonicalizationPatterns(patterns, entry.getContext());
  scf::IfOp::getCanonicalizationPatterns(patterns, entry.getContext());
  scf::WhileOp::getCanonicalizationPatterns(patterns, entry.getContext());
  memref::CopyOp::getCanonicalizationPatterns(patterns, entry.getContext());
  memref::CastOp::getCanonicalizationPatterns(patterns, entry.getContext());
  memref::DimOp::getCanonicalizationPatterns(patterns, entry.getContext());
  return applyPatternsGreedily(entry.getBody(), std::move(patterns));
}

/// What was allocated on the host's stack is an array of the orchestration.
static bool isArray(Value memref) {
  return memref.getDefiningOp<memref::AllocaOp>() != nullptr;
}

static void convertLoadsToReads(task::EntryOp entry) {
  entry.walk([](memref::LoadOp load) {
    if (isArray(load.getMemRef()))
      return;
    OpBuilder builder(load);
    auto read = task::ReadOp::create(builder, load.getLoc(), load.getType(), load.getMemRef(),
                                     load.getIndices());
    load.replaceAllUsesWith(read.getResult());
    load.erase();
  });
}

/// The final value of an argument has to be in its own memory.
static LogicalResult checkFinalValues(task::EntryOp entry) {
  WalkResult result = entry.walk([](memref::CopyOp copy) {
    StringRef name = findName(copy.getTarget());
    InFlightDiagnostic error = copy.emitError() << "expects the final value of '" << name
                                                << "' to be in its memory, but got another tensor";
    error.attachNote(copy.getSource().getLoc()) << "this one; write into '" << name << "' itself";
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

/// Kernels and their submissions agree again.
static void updateSignatures(ModuleOp module) {
  SymbolTable symbols(module);
  module.walk([&](task::SubmitOp submit) {
    auto kernel = symbols.lookup<task::KernelOp>(submit.getKernel());
    SmallVector<Type> types;
    for (Value value : llvm::concat<const Value>(submit.getInputs(), submit.getDestinations()))
      types.push_back(value.getType());
    for (auto [argument, type] : llvm::zip(kernel.getBody().getArguments(), types))
      argument.setType(type);
    kernel.setFunctionType(FunctionType::get(module.getContext(), types, {}));
  });
}

static LogicalResult bufferizeEntry(task::EntryOp entry) {
  bufferizeBoundary(entry);
  separateEmptyTensors(entry);
  expandSplats(entry);
  convertParallelToFor(entry);
  if (failed(checkUpdates(entry)))
    return failure();
  carryBuffers(entry);
  OneShotBufferizationOptions options = getOptions();
  {
    OneShotAnalysisState state(entry, options);
    if (failed(analyzeOp(entry, state)) ||
        failed(checkNoCopies(entry, state, /*isHandedOn=*/false)) ||
        failed(checkEquivalences(entry, state)) ||
        failed(checkNoCopies(entry, state, /*isHandedOn=*/true)))
      return failure();
  }
  BufferizationState state;
  if (failed(runOneShotBufferize(entry, options, state)) || failed(foldBuffers(entry)) ||
      failed(checkFinalValues(entry)))
    return failure();
  convertForToParallel(entry);
  convertLoadsToReads(entry);
  return success();
}

//===---------------------------------------------------------------------------===//
// Pass
//===---------------------------------------------------------------------------===//

namespace {
struct BufferizeOrchestrationPass
    : tilework::impl::BufferizeOrchestrationPassBase<BufferizeOrchestrationPass> {
  void runOnOperation() override {
    for (auto entry : getOperation().getOps<task::EntryOp>())
      if (failed(bufferizeEntry(entry)))
        return signalPassFailure();
    updateSignatures(getOperation());
  }
};
} // namespace
