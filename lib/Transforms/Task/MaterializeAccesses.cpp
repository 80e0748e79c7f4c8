//===- MaterializeAccesses.cpp - the region program of every kernel --------------===//
//
// What: rebuilds a kernel's loops and conditions around the rectangles it touches: task.accesses.
// Why:  the runtime finds dependences by overlap, so a kernel declares what it touches, no more.
// Form: graph without region programs → graph.
// Not:  joining rectangles over loops (MergeAccesses); what submission knows (Availability).
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Task/Availability.h"
#include "lib/Transforms/Task/Destinations.h"
#include "lib/Transforms/Task/MergeAccesses.h"
#include "lib/Transforms/Task/Passes.h"

#include "dialects/Tile/Tile.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Remarks.h"

namespace tilework::task {
#define GEN_PASS_DEF_MATERIALIZEACCESSESPASS
#include "lib/Transforms/Task/Passes.h.inc"
} // namespace tilework::task

using namespace mlir;
using namespace tilework;
using namespace tilework::task;

//===---------------------------------------------------------------------------===//
// Decide
//===---------------------------------------------------------------------------===//

/// The kernel's arguments that are, in every submission, the caller's and written by no task.
static DenseSet<Value> decideStable(KernelOp kernel, ModuleOp module) {
  DenseSet<Value> stable, others;
  module.walk([&](SubmitOp submit) {
    if (submit.getKernel() != kernel.getSymName())
      return;
    auto entry = submit->getParentOfType<EntryOp>();
    for (auto [input, argument] : llvm::zip(submit.getInputs(), kernel.getBody().getArguments())) {
      auto passed = dyn_cast<BlockArgument>(input);
      bool isStable = passed && passed.getOwner()->getParentOp() == entry &&
                      entry.getDirection(passed.getArgNumber()) == Direction::in;
      (isStable ? stable : others).insert(argument);
    }
  });
  for (Value argument : others)
    stable.erase(argument);
  return stable;
}

//===---------------------------------------------------------------------------===//
// Apply
//===---------------------------------------------------------------------------===//

namespace {
/// A rectangle of an argument, in values of the region program.
struct View {
  BlockArgument argument;            ///< of the region program
  SmallVector<Value> offsets, sizes; ///< null for all of a dimension
  SmallVector<bool> isWidened;       ///< where in all of a dimension is not known
  SmallVector<unsigned> dims;        ///< dimension of the argument for each of the view's own
};

class RegionProgramBuilder {
public:
  RegionProgramBuilder(KernelOp kernel, const DenseSet<Value> &stable)
      : kernel(kernel), isAvailable(kernel, stable), builder(kernel) {}

  AccessesOp build();

private:
  void emit(Block &block);
  void emit(Operation *op);
  void emitSlice(tensor::ExtractSliceOp slice);
  void emitElement(tensor::ExtractOp extract);
  void emitRead(Value tensor, Location loc);
  void emitUpdate(Value destination, ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes,
                  Operation *op);
  void emitLoop(LoopLikeOpInterface loop);
  void emitIf(scf::IfOp branch);
  void emitScalar(Operation *op);
  void emitMixed(Value value, Value other, Location loc);
  void emitMixedCarried(LoopLikeOpInterface loop);
  void emitBranch(scf::IfOp branch, Block &block);

  /// The whole of the argument that `tensor` stands for, or the slice of it that `tensor` is.
  std::optional<View> findView(Value tensor);
  View makeWhole(BlockArgument argument);
  View makeSubview(const View &view, ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes,
                   Operation *op);
  void access(Direction direction, const View &view, Location loc, bool isExact = true);
  Value map(OpFoldResult value);
  void clamp(Value &offset, Value &size, Value extent);
  Value extent(BlockArgument argument, unsigned dim);

  KernelOp kernel;
  Availability isAvailable;
  OpBuilder builder;
  AccessesOp program;
  IRMapping scalars;
  DenseMap<Value, View> slices;
  bool isCertain = true; ///< that the operation at hand runs
};
} // namespace

AccessesOp RegionProgramBuilder::build() {
  builder.setInsertionPointAfter(kernel);
  std::string name = (kernel.getSymName() + "_accesses").str();
  program = AccessesOp::create(builder, kernel.getLoc(), name, kernel.getFunctionType(),
                               kernel.getDirections(), kernel.getSymName());
  for (auto [from, to] :
       llvm::zip(kernel.getBody().getArguments(), program.getBody().getArguments())) {
    to.setLoc(from.getLoc());
    scalars.map(from, to);
  }
  builder.setInsertionPointToStart(&program.getBody().front());
  emit(kernel.getBody().front());
  ReturnOp::create(builder, kernel.getLoc(), ValueRange());
  return program;
}

void RegionProgramBuilder::emit(Block &block) {
  for (Operation &op : block.without_terminator())
    emit(&op);
}

void RegionProgramBuilder::emit(Operation *op) {
  isCertain = isAvailable.isCertain(op);
  if (isa<bufferization::ToTensorOp>(op))
    return;
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op))
    return emitSlice(slice);
  if (auto extract = dyn_cast<tensor::ExtractOp>(op))
    return emitElement(extract);
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(op)) {
    emitRead(insert.getSource(), op->getLoc());
    return emitUpdate(insert.getDest(), insert.getMixedOffsets(), insert.getMixedSizes(), op);
  }
  if (auto insert = dyn_cast<tensor::InsertOp>(op)) {
    SmallVector<OpFoldResult> ones(insert.getIndices().size(), builder.getIndexAttr(1));
    return emitUpdate(insert.getDest(), getAsOpFoldResult(insert.getIndices()), ones, op);
  }
  if (auto write = dyn_cast<bufferization::MaterializeInDestinationOp>(op)) {
    BlockArgument argument = cast<BlockArgument>(write.getDest());
    if (findArgument(write.getSource(), kernel) != argument) {
      emitRead(write.getSource(), op->getLoc());
      access(Direction::out, makeWhole(argument), op->getLoc());
    }
    return;
  }
  if (auto loop = dyn_cast<LoopLikeOpInterface>(op))
    return emitLoop(loop);
  if (auto branch = dyn_cast<scf::IfOp>(op))
    return emitIf(branch);
  emitScalar(op);
}

//===---------------------------------------------------------------------------===//
// What touches memory
//===---------------------------------------------------------------------------===//

/// Slices of slices and elements of slices are declared where they are taken.
static bool isOnlyNarrowed(tensor::ExtractSliceOp slice) {
  return llvm::all_of(slice->getUsers(), [](Operation *user) {
    return isa<tensor::ExtractSliceOp, tensor::ExtractOp, tensor::DimOp>(user);
  });
}

void RegionProgramBuilder::emitSlice(tensor::ExtractSliceOp slice) {
  std::optional<View> source = findView(slice.getSource());
  if (!source)
    return;
  View view = makeSubview(*source, slice.getMixedOffsets(), slice.getMixedSizes(), slice);
  if (!isOnlyNarrowed(slice))
    access(Direction::in, view, slice.getLoc());
  llvm::SmallBitVector dropped = slice.getDroppedDims();
  SmallVector<unsigned> dims;
  for (auto [index, dim] : llvm::enumerate(view.dims))
    if (!dropped[index])
      dims.push_back(dim);
  view.dims = dims;
  slices[slice] = view;
}

void RegionProgramBuilder::emitElement(tensor::ExtractOp extract) {
  std::optional<View> source = findView(extract.getTensor());
  if (!source)
    return;
  SmallVector<OpFoldResult> ones(extract.getIndices().size(), builder.getIndexAttr(1));
  View view = makeSubview(*source, getAsOpFoldResult(extract.getIndices()), ones, extract);
  access(Direction::in, view, extract.getLoc());
  if (!isAvailable(extract))
    return;
  scalars.map(
      extract.getResult(),
      memref::LoadOp::create(builder, extract.getLoc(), view.argument, view.offsets).getResult());
}

/// A use of all of `tensor`; what a slice reads is declared where it is taken.
void RegionProgramBuilder::emitRead(Value tensor, Location loc) {
  if (BlockArgument argument = findArgument(tensor, kernel))
    access(Direction::in, makeWhole(argument), loc);
}

void RegionProgramBuilder::emitUpdate(Value destination, ArrayRef<OpFoldResult> offsets,
                                      ArrayRef<OpFoldResult> sizes, Operation *op) {
  BlockArgument argument = findArgument(destination, kernel);
  if (!argument)
    return;
  // Updating a read-only argument makes a copy in the kernel.
  if (!writes(kernel.getDirection(argument.getArgNumber())))
    return access(Direction::in, makeWhole(argument), op->getLoc());
  access(Direction::out, makeSubview(makeWhole(argument), offsets, sizes, op), op->getLoc());
}

void RegionProgramBuilder::emitScalar(Operation *op) {
  for (Value operand : op->getOperands())
    if (isa<RankedTensorType>(operand.getType()) && !isa<tensor::DimOp>(op))
      emitRead(operand, op->getLoc());
  if (auto update = dyn_cast<AtomicUpdateOp>(op)) {
    auto argument = cast<BlockArgument>(update.getDestination());
    SmallVector<OpFoldResult> sizes =
        tensor::getMixedSizes(builder, op->getLoc(), update.getSource());
    if (cast<RankedTensorType>(update.getSource().getType()).hasStaticShape())
      access(Direction::inout,
             makeSubview(makeWhole(argument), getAsOpFoldResult(update.getOffsets()), sizes, op),
             op->getLoc());
    else
      access(Direction::inout, makeWhole(argument), op->getLoc(), /*isExact=*/false);
  } else if (auto dim = dyn_cast<tensor::DimOp>(op); dim && isAvailable(dim)) {
    Value argument = scalars.lookup(findArgument(dim.getSource(), kernel));
    scalars.map(dim.getResult(), memref::DimOp::create(builder, op->getLoc(), argument,
                                                       scalars.lookup(dim.getIndex()))
                                     .getResult());
  } else if (isa<tile::CheckOp>(op)) {
    if (isAvailable.all(op->getOperands()) && isAvailable.isCertain(op))
      builder.clone(*op, scalars);
  } else if (op->getNumResults() && isAvailable.all(op->getResults())) {
    builder.clone(*op, scalars);
  }
}

//===---------------------------------------------------------------------------===//
// Control flow
//===---------------------------------------------------------------------------===//

/// Where `value` and `other` come together, findArgument gives up: `value`'s argument, which may be
/// the one that is touched, is declared as a whole.
void RegionProgramBuilder::emitMixed(Value value, Value other, Location loc) {
  if (!isa<RankedTensorType>(value.getType()))
    return;
  BlockArgument argument = findArgument(value, kernel);
  if (argument && argument != findArgument(other, kernel))
    access(kernel.getDirection(argument.getArgNumber()), makeWhole(argument), loc,
           /*isExact=*/false);
}

/// Tensors that change places between iterations: either may be the one that is touched.
void RegionProgramBuilder::emitMixedCarried(LoopLikeOpInterface loop) {
  ValueRange starts = loop.getInits(), ends = loop.getYieldedValues();
  if (auto conditional = dyn_cast<scf::WhileOp>(loop.getOperation()))
    ends = conditional.getYieldOp().getResults();
  for (auto [start, end] : llvm::zip_equal(starts, ends)) {
    emitMixed(start, end, loop.getLoc());
    emitMixed(end, start, loop.getLoc());
  }
}

void RegionProgramBuilder::emitLoop(LoopLikeOpInterface loop) {
  emitMixedCarried(loop);
  if (!isAvailable.isCounted(loop)) {
    for (Region &region : loop->getRegions())
      emit(region.front());
    return;
  }
  SmallVector<BlockArgument> carried;
  SmallVector<Value> inits;
  for (BlockArgument argument : loop.getRegionIterArgs())
    if (isAvailable(argument)) {
      carried.push_back(argument);
      inits.push_back(scalars.lookup(loop.getTiedLoopInit(argument)->get()));
    }
  auto copy = scf::ForOp::create(builder, loop.getLoc(), map((*loop.getLoopLowerBounds())[0]),
                                 map((*loop.getLoopUpperBounds())[0]),
                                 map((*loop.getLoopSteps())[0]), inits);
  scalars.map((*loop.getLoopInductionVars())[0], copy.getInductionVar());
  for (auto [from, to] : llvm::zip(carried, copy.getRegionIterArgs()))
    scalars.map(from, to);
  {
    OpBuilder::InsertionGuard guard(builder);
    if (inits.empty())
      builder.setInsertionPoint(copy.getBody()->getTerminator());
    else
      builder.setInsertionPointToEnd(copy.getBody());
    emit(loop->getRegion(0).front());
    SmallVector<Value> yielded;
    for (BlockArgument argument : carried)
      yielded.push_back(scalars.lookup(loop.getTiedLoopYieldedValue(argument)->get()));
    if (!inits.empty())
      scf::YieldOp::create(builder, loop.getLoc(), yielded);
  }
  for (auto [from, to] : llvm::zip(carried, copy.getResults()))
    scalars.map(loop.getTiedLoopResult(from), to);
}

/// One side of `branch`. Of tensors that it chooses between, either may be touched after it.
void RegionProgramBuilder::emitBranch(scf::IfOp branch, Block &block) {
  emit(block);
  if (!branch.elseBlock())
    return;
  Block &other = &block == branch.thenBlock() ? *branch.elseBlock() : *branch.thenBlock();
  for (auto [chosen, instead] :
       llvm::zip_equal(block.getTerminator()->getOperands(), other.getTerminator()->getOperands()))
    emitMixed(chosen, instead, branch.getLoc());
}

void RegionProgramBuilder::emitIf(scf::IfOp branch) {
  if (!isAvailable(branch.getCondition())) {
    emitBranch(branch, *branch.thenBlock());
    if (branch.elseBlock())
      emitBranch(branch, *branch.elseBlock());
    return;
  }
  SmallVector<OpResult> known;
  SmallVector<Type> types;
  for (OpResult result : branch->getResults())
    if (isAvailable(result)) {
      known.push_back(result);
      types.push_back(result.getType());
    }
  auto copy =
      scf::IfOp::create(builder, branch.getLoc(), types, scalars.lookup(branch.getCondition()),
                        branch.elseBlock(), branch.elseBlock() != nullptr);
  for (auto [from, to] : llvm::zip(branch->getRegions(), copy->getRegions())) {
    if (from.empty())
      continue;
    OpBuilder::InsertionGuard guard(builder);
    Block &block = to.empty() ? to.emplaceBlock() : to.front();
    if (!block.empty())
      block.back().erase();
    builder.setInsertionPointToEnd(&block);
    emitBranch(branch, from.front());
    SmallVector<Value> yielded;
    for (OpResult result : known)
      yielded.push_back(
          scalars.lookup(from.front().getTerminator()->getOperand(result.getResultNumber())));
    scf::YieldOp::create(builder, branch.getLoc(), yielded);
  }
  for (auto [from, to] : llvm::zip(known, copy.getResults()))
    scalars.map(from, to);
}

//===---------------------------------------------------------------------------===//
// Rectangles
//===---------------------------------------------------------------------------===//

std::optional<View> RegionProgramBuilder::findView(Value tensor) {
  auto slice = slices.find(tensor);
  if (slice != slices.end())
    return slice->second;
  if (BlockArgument argument = findArgument(tensor, kernel))
    return makeWhole(argument);
  return std::nullopt;
}

View RegionProgramBuilder::makeWhole(BlockArgument argument) {
  View view;
  view.argument = cast<BlockArgument>(scalars.lookup(argument));
  unsigned rank = cast<MemRefType>(argument.getType()).getRank();
  view.offsets.resize(rank);
  view.sizes.resize(rank);
  view.isWidened.resize(rank);
  for (unsigned dim = 0; dim < rank; ++dim)
    view.dims.push_back(dim);
  return view;
}

Value RegionProgramBuilder::map(OpFoldResult value) {
  if (auto constant = getConstantIntValue(value))
    return arith::ConstantIndexOp::create(builder, program.getLoc(), *constant);
  return isAvailable(cast<Value>(value)) ? scalars.lookup(cast<Value>(value)) : Value();
}

static void remarkWidened(Operation *op, Value argument, unsigned dim) {
  auto options = remark::RemarkOpts::name("WidenedAccess").category("task-materialize-accesses");
  std::string text = "the access region of dim " + std::to_string(dim) + " of '" +
                     findName(argument).str() +
                     "' widens to the whole dimension: its bounds depend on data that is not there "
                     "when the task is submitted";
  remark::missed(op->getLoc(), options) << StringRef(text);
}

View RegionProgramBuilder::makeSubview(const View &view, ArrayRef<OpFoldResult> offsets,
                                       ArrayRef<OpFoldResult> sizes, Operation *op) {
  View result = view;
  for (auto [index, dim] : llvm::enumerate(view.dims)) {
    Value offset = map(offsets[index]), size = map(sizes[index]);
    if (view.isWidened[dim])
      continue;
    if (!offset || !size) {
      remarkWidened(op, view.argument, dim);
      result.isWidened[dim] = true;
      result.offsets[dim] = result.sizes[dim] = Value();
      continue;
    }
    result.offsets[dim] =
        view.offsets[dim]
            ? arith::AddIOp::create(builder, op->getLoc(), view.offsets[dim], offset).getResult()
            : offset;
    result.sizes[dim] = size;
  }
  return result;
}

Value RegionProgramBuilder::extent(BlockArgument argument, unsigned dim) {
  auto type = cast<MemRefType>(argument.getType());
  Location loc = program.getLoc();
  if (!type.isDynamicDim(dim))
    return arith::ConstantIndexOp::create(builder, loc, type.getDimSize(dim));
  return memref::DimOp::create(builder, loc, argument, dim);
}

/// What does not run may be out of bounds.
void RegionProgramBuilder::clamp(Value &offset, Value &size, Value extent) {
  Location loc = program.getLoc();
  Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
  auto within = [&](Value value) -> Value {
    Value positive = arith::MaxSIOp::create(builder, loc, value, zero);
    return arith::MinSIOp::create(builder, loc, positive, extent);
  };
  Value end = within(arith::AddIOp::create(builder, loc, offset, size));
  offset = within(offset);
  size = arith::SubIOp::create(builder, loc, end, offset);
}

void RegionProgramBuilder::access(Direction direction, const View &view, Location loc,
                                  bool isExact) {
  SmallVector<Value> offsets(view.offsets), sizes(view.sizes);
  for (unsigned dim = 0; dim < offsets.size(); ++dim)
    if (!offsets[dim]) {
      offsets[dim] = arith::ConstantIndexOp::create(builder, program.getLoc(), 0);
      sizes[dim] = extent(view.argument, dim);
    } else if (!isCertain) {
      clamp(offsets[dim], sizes[dim], extent(view.argument, dim));
    }
  bool isApproximate = !isExact || !isCertain || llvm::is_contained(view.isWidened, true);
  AccessOp::create(builder, loc, direction, view.argument, offsets, sizes, isApproximate);
}

//===---------------------------------------------------------------------------===//
// Pass
//===---------------------------------------------------------------------------===//

namespace {
struct MaterializeAccessesPass : task::impl::MaterializeAccessesPassBase<MaterializeAccessesPass> {
  void runOnOperation() override {
    SmallVector<KernelOp> kernels(getOperation().getOps<KernelOp>());
    for (KernelOp kernel : kernels) {
      DenseSet<Value> stable = decideStable(kernel, getOperation());
      mergeAccesses(RegionProgramBuilder(kernel, stable).build());
    }
  }
};
} // namespace
