//===- BufferizeKernel.cpp - memory for the tiles of a kernel ----------------------===//
//
// What: one-shot bufferization of a kernel's body.
// Why:  values become buffers; a result is computed where it is stored.
// Form: kernel on linalg and tensors → kernel on linalg and memrefs.
// Not:  the arguments, which are memory already.
//
//===---------------------------------------------------------------------------===//

#include "dialects/Tile/Tile.h"
#include "lib/Conversion/TileToLinalg/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/OneShotAnalysis.h"
#include "mlir/Dialect/Bufferization/Transforms/Transforms.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/PatternMatch.h"
#include "llvm/Support/Threading.h"

namespace tilework {
#define GEN_PASS_DEF_BUFFERIZEKERNELPASS
#include "lib/Conversion/TileToLinalg/Passes.h.inc"
} // namespace tilework

using namespace mlir;

//===---------------------------------------------------------------------------===//
// Destinations
//===---------------------------------------------------------------------------===//

/// A copy of what makes a fresh tile: its storage and, where it has one, its constant.
static Value cloneDestination(OpBuilder &builder, Value value) {
  Operation *op = value.getDefiningOp();
  if (!isa_and_nonnull<linalg::FillOp, tensor::EmptyOp, tensor::ExtractSliceOp,
                       bufferization::AllocTensorOp>(op))
    return value;
  IRMapping mapping;
  for (Value operand : op->getOperands())
    if (isa<RankedTensorType>(operand.getType()))
      mapping.map(operand, cloneDestination(builder, operand));
  return builder.clone(*op, mapping)->getResult(cast<OpResult>(value).getResultNumber());
}

/// Gives every use of a fresh tile a tile of its own: two writers of one would need a copy.
static void separateDestinations(Operation *root) {
  SmallVector<Operation *> fresh;
  root->walk([&](Operation *op) {
    if (isa<linalg::FillOp, tensor::EmptyOp>(op))
      fresh.push_back(op);
  });
  for (Operation *op : llvm::reverse(fresh)) // fills before the storage they share
    for (OpOperand &use : llvm::make_early_inc_range(llvm::drop_begin(op->getUses()))) {
      OpBuilder builder(use.getOwner());
      use.set(cloneDestination(builder, op->getResult(0)));
    }
}

/// What stands for a fresh tile that ends up in `insertion`. A global tensor that the kernel reads
/// too has one value: through a second one its update would not be ordered after the reads.
static Value findDestination(RewriterBase &rewriter, SubsetInsertionOpInterface insertion,
                             tensor::EmptyOp fresh, Operation *user) {
  if (auto store = dyn_cast<bufferization::MaterializeInDestinationOp>(*insertion))
    for (Operation *other : store.getDest().getUsers())
      if (auto value = dyn_cast<bufferization::ToTensorOp>(other))
        return value;
  return bufferization::buildSubsetExtraction(rewriter, insertion, fresh, user);
}

static LogicalResult eliminateFreshTiles(RewriterBase &rewriter, Operation *root) {
  bufferization::OneShotBufferizationOptions options;
  options.allowReturnAllocsFromLoops = true;
  bufferization::OneShotAnalysisState state(root, options);
  if (failed(bufferization::analyzeOp(root, state)))
    return failure();
  return bufferization::eliminateEmptyTensors(rewriter, root, state, findDestination);
}

//===---------------------------------------------------------------------------===//
// Loop-carried tiles
//===---------------------------------------------------------------------------===//

/// The value whose buffer `value` updates in place, followed back as far as it goes.
static Value followDestinations(Value value) {
  while (auto result = dyn_cast<OpResult>(value)) {
    Operation *op = result.getOwner();
    if (auto style = dyn_cast<DestinationStyleOpInterface>(op))
      value = style.getTiedOpOperand(result)->get();
    else if (auto loop = dyn_cast<scf::ForOp>(op))
      value = loop.getTiedLoopInit(result)->get();
    else
      break;
  }
  return value;
}

/// True when the next value of `carried` may be in the buffer of another carried tile.
static bool mayBeAnother(Value value, Value carried, ValueRange allCarried) {
  value = followDestinations(value);
  if (value == carried || llvm::is_contained(allCarried, value))
    return value != carried;
  Operation *op = value.getDefiningOp();
  if (auto branch = dyn_cast_or_null<scf::IfOp>(op)) {
    unsigned index = cast<OpResult>(value).getResultNumber();
    return mayBeAnother(branch.thenYield().getOperand(index), carried, allCarried) ||
           mayBeAnother(branch.elseYield().getOperand(index), carried, allCarried);
  }
  return isa_and_nonnull<tensor::ExtractSliceOp, tensor::ExpandShapeOp, tensor::CollapseShapeOp>(
             op) &&
         mayBeAnother(op->getOperand(0), carried, allCarried);
}

/// Puts the elements that an operand stands for into a buffer of their own: where a branch chose
/// them, in the branch, since what may be in either of two buffers cannot be followed further.
static void setAside(RewriterBase &rewriter, OpOperand &operand, Value carried,
                     ValueRange allCarried) {
  Value root = followDestinations(operand.get());
  if (auto branch = root.getDefiningOp<scf::IfOp>()) {
    unsigned index = cast<OpResult>(root).getResultNumber();
    for (scf::YieldOp yield : {branch.thenYield(), branch.elseYield()})
      if (Value chosen = followDestinations(yield.getOperand(index));
          chosen == carried || mayBeAnother(chosen, carried, allCarried))
        setAside(rewriter, yield->getOpOperand(index), carried, allCarried);
    return;
  }
  rewriter.setInsertionPoint(operand.getOwner());
  operand.set(bufferization::AllocTensorOp::create(rewriter, operand.get().getLoc(),
                                                   cast<RankedTensorType>(operand.get().getType()),
                                                   ValueRange(), operand.get()));
}

/// A carried tile keeps its extents, which only the run knows.
static void checkExtents(RewriterBase &rewriter, Value next, Value carried) {
  Location loc = next.getLoc();
  for (auto [dim, extent] : llvm::enumerate(cast<RankedTensorType>(carried.getType()).getShape())) {
    if (!ShapedType::isDynamic(extent))
      continue;
    Value held = tensor::DimOp::create(rewriter, loc, carried, dim);
    Value wanted = tensor::DimOp::create(rewriter, loc, next, dim);
    tilework::tile::CheckOp::create(rewriter, loc, tilework::tile::CheckKind::equal,
                                    ValueRange{wanted, held}, dim);
  }
}

/// Whether `carried` is read for the last time in `branch`, or before it.
static bool isReadBefore(Value carried, Operation *branch) {
  return llvm::all_of(carried.getUsers(), [&](Operation *user) {
    Operation *ancestor = branch->getBlock()->findAncestorOpInBlock(*user);
    return !ancestor || !branch->isBeforeInBlock(ancestor);
  });
}

/// Writes what an operand stands for into the buffer of `carried`. Where a branch of the loop chose
/// it, one side may be that buffer already: then in the branch, or, if the old tile is still needed
/// after it, from elements that the branch sets aside.
static void deliver(RewriterBase &rewriter, OpOperand &operand, Value carried,
                    ValueRange allCarried) {
  Value root = followDestinations(operand.get());
  if (root == carried)
    return;
  if (auto branch = root.getDefiningOp<scf::IfOp>();
      branch && carried.getParentRegion()->isAncestor(branch->getParentRegion())) {
    unsigned index = cast<OpResult>(root).getResultNumber();
    if (isReadBefore(carried, branch)) {
      for (scf::YieldOp yield : {branch.thenYield(), branch.elseYield()})
        deliver(rewriter, yield->getOpOperand(index), carried, allCarried);
      return;
    }
    setAside(rewriter, operand, carried, allCarried);
  }
  rewriter.setInsertionPoint(operand.getOwner());
  operand.set(bufferization::MaterializeInDestinationOp::create(
                  rewriter, operand.get().getLoc(), carried.getType(), operand.get(), carried)
                  .getResult());
}

/// Writes the next values of carried tiles into the tiles' own buffers. Without it a loop would
/// swap buffers, and one per iteration would have to live. Where the author swaps tiles, their
/// elements are set aside first, all of them before any is written.
static void keepBuffers(RewriterBase &rewriter, MutableArrayRef<OpOperand> yields,
                        ValueRange allCarried) {
  SmallVector<std::pair<OpOperand *, Value>> moved;
  bool isSwap = false;
  for (auto [yielded, carried] : llvm::zip(yields, allCarried)) {
    auto type = dyn_cast<RankedTensorType>(carried.getType());
    if (!type || followDestinations(yielded.get()) == carried)
      continue;
    moved.emplace_back(&yielded, carried);
    rewriter.setInsertionPoint(yielded.getOwner());
    checkExtents(rewriter, yielded.get(), carried);
    if (mayBeAnother(yielded.get(), carried, allCarried)) {
      setAside(rewriter, yielded, carried, allCarried);
      isSwap = true;
    }
  }
  for (auto [yielded, carried] : moved) {
    if (!isSwap) {
      deliver(rewriter, *yielded, carried, allCarried);
      continue;
    }
    rewriter.setInsertionPoint(yielded->getOwner());
    yielded->set(bufferization::MaterializeInDestinationOp::create(
                     rewriter, yielded->get().getLoc(), carried.getType(), yielded->get(), carried)
                     .getResult());
  }
}

static void keepLoopBuffers(RewriterBase &rewriter, Operation *root) {
  root->walk([&](Operation *op) {
    if (auto loop = dyn_cast<scf::ForOp>(op))
      keepBuffers(rewriter, loop.getBody()->getTerminator()->getOpOperands(),
                  loop.getRegionIterArgs());
    if (auto loop = dyn_cast<scf::WhileOp>(op))
      keepBuffers(rewriter, loop.getYieldOp()->getOpOperands(), loop.getAfterArguments());
  });
}

//===---------------------------------------------------------------------------===//
// Copies that leave no doubt
//===---------------------------------------------------------------------------===//

/// Whether a value is a whole global tensor, which is updated in place and never copied.
static bool isGlobal(Value value) {
  value = followDestinations(value);
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto loop = dyn_cast<LoopLikeOpInterface>(argument.getOwner()->getParentOp());
    OpOperand *init = loop ? loop.getTiedLoopInit(argument) : nullptr;
    return init && isGlobal(init->get());
  }
  Operation *op = value.getDefiningOp();
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
    return isGlobal(insert.getDest());
  if (auto insert = dyn_cast<tensor::InsertOp>(op))
    return isGlobal(insert.getDest());
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return isGlobal(branch.thenYield().getOperand(cast<OpResult>(value).getResultNumber()));
  return isa<bufferization::ToTensorOp>(op);
}

/// Gives each tile that a loop starts with, hands on, or that a branch yields a buffer of its own.
static void copyHandedTiles(RewriterBase &rewriter, Operation *root) {
  SmallVector<OpOperand *> handed;
  root->walk([&](Operation *op) {
    if (auto loop = dyn_cast<scf::ForOp>(op))
      for (OpOperand &init : loop.getInitArgsMutable())
        handed.push_back(&init);
    if (isa<scf::YieldOp>(op))
      for (OpOperand &yielded : op->getOpOperands())
        handed.push_back(&yielded);
  });
  for (OpOperand *operand : handed) {
    auto type = dyn_cast<RankedTensorType>(operand->get().getType());
    if (!type || isGlobal(operand->get()))
      continue;
    rewriter.setInsertionPoint(operand->getOwner());
    operand->set(bufferization::AllocTensorOp::create(rewriter, operand->get().getLoc(), type,
                                                      ValueRange(), operand->get()));
  }
}

//===---------------------------------------------------------------------------===//
// Chosen tiles
//===---------------------------------------------------------------------------===//

/// Chooses tiles by branches, which may copy what they yield; a select of buffers may not.
static void expandSelects(RewriterBase &rewriter, Operation *root) {
  root->walk([&](arith::SelectOp select) {
    if (!isa<RankedTensorType>(select.getType()))
      return;
    rewriter.setInsertionPoint(select);
    auto yield = [](Value value) {
      return [value](OpBuilder &b, Location at) { scf::YieldOp::create(b, at, value); };
    };
    rewriter.replaceOpWithNewOp<scf::IfOp>(
        select, select.getCondition(), yield(select.getTrueValue()), yield(select.getFalseValue()));
  });
}

//===---------------------------------------------------------------------------===//
// Copies of global tensors
//===---------------------------------------------------------------------------===//

/// A kernel updates global tensors in place. Its analysis falls back to a copy where the program
/// reads the value from before an update after it.
static LogicalResult refuseGlobalCopies(tilework::task::KernelOp kernel) {
  WalkResult result = kernel.walk([&](memref::CopyOp copy) {
    auto argument = dyn_cast<BlockArgument>(copy.getSource());
    if (!argument || argument.getOwner() != &kernel.getBody().front() ||
        !tilework::task::writes(kernel.getDirection(argument.getArgNumber())) ||
        !copy.getTarget().getDefiningOp<memref::AllocOp>())
      return WalkResult::advance();
    copy.emitError("expects a global tensor to be updated in place, but its value from before an "
                   "update is read after it")
            .attachNote(argument.getLoc())
        << "the global tensor is argument " << argument.getArgNumber() << ", "
        << argument.getType();
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

//===---------------------------------------------------------------------------===//
// Pass
//===---------------------------------------------------------------------------===//

static LogicalResult bufferize(tilework::task::KernelOp kernel, bool copiesHanded) {
  IRRewriter rewriter(kernel.getContext());
  bufferization::OneShotBufferizationOptions options;
  bufferization::BufferizationState state;
  separateDestinations(kernel);
  expandSelects(rewriter, kernel);
  if (copiesHanded)
    copyHandedTiles(rewriter, kernel);
  keepLoopBuffers(rewriter, kernel);
  if (failed(eliminateFreshTiles(rewriter, kernel)) ||
      failed(bufferization::runOneShotBufferize(kernel, options, state)))
    return failure();
  return refuseGlobalCopies(kernel);
}

/// Bufferizes without what upstream says of tiles it cannot follow; gives where that was.
static LogicalResult bufferizeQuietly(tilework::task::KernelOp kernel, bool copiesHanded,
                                      std::optional<Location> &lost) {
  uint64_t thread = llvm::get_threadid();
  ScopedDiagnosticHandler quiet(kernel.getContext(), [&](Diagnostic &diagnostic) {
    std::string message = diagnostic.str();
    StringRef text(message);
    bool isLost = text.contains("cannot avoid RaW conflict") || text.contains("is not equivalent");
    if (llvm::get_threadid() != thread || (copiesHanded && !isLost))
      return failure();
    if (!lost)
      lost = diagnostic.getLocation();
    return success();
  });
  return bufferize(kernel, copiesHanded);
}

namespace {
struct BufferizeKernel : tilework::impl::BufferizeKernelPassBase<BufferizeKernel> {
  /// The analysis cannot follow every exchange of tiles between loops and branches. Where it gives
  /// up, copies make most of them plain.
  void runOnOperation() override {
    tilework::task::KernelOp kernel = getOperation();
    OwningOpRef<tilework::task::KernelOp> untouched(kernel.clone());
    std::optional<Location> lost;
    if (succeeded(bufferizeQuietly(kernel, /*copiesHanded=*/false, lost)))
      return;
    kernel.getBody().takeBody(untouched->getBody());
    lost.reset();
    if (succeeded(bufferizeQuietly(kernel, /*copiesHanded=*/true, lost)))
      return;
    if (lost)
      emitError(*lost,
                "expects tiles that loops and branches exchange to be told apart, but got an "
                "exchange that cannot be followed; make one of the tiles anew, as by "
                "`pl.add(tile, 0.0)`, before it is exchanged");
    signalPassFailure();
  }
};
} // namespace
