//===- SplitProducts.cpp - products larger than the memories of a core -------------===//
//
// What: computes a product that does not fit l1 or l0c piece by piece: loops over pieces of the
//       result, each stored as soon as it is done, and over chunks of K; only their slices are
//       loaded. A loop that adds products up is copied into each piece.
// Why:  authors' tiles need not fit; how they are cut is a matter of the device's numbers.
// Form: graph → graph, and the same bits: each output stays one chain, k ascending.
// Not:  which products: SplitProductsPlan.cpp; which pieces: lib/Planning/ProductPieces. Pieces for
// l0a and l0b: tile-convert-to-core.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Tile/SplitProducts.h"
#include "lib/Planning/Device.h"
#include "lib/Transforms/Tile/Passes.h"
#include "lib/Transforms/Tile/Pieces.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/FormatVariadic.h"

namespace tilework::tile {
#define GEN_PASS_DEF_SPLITPRODUCTSPASS
#include "lib/Transforms/Tile/Passes.h.inc"
} // namespace tilework::tile

using namespace mlir;
using namespace tilework;
using namespace tilework::tile;

static RankedTensorType getType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

//===---------------------------------------------------------------------------===//
// Apply
//===---------------------------------------------------------------------------===//

static void remarkSplit(Location loc, const ProductPieces &pieces) {
  remark::passed(loc, remark::RemarkOpts::name("SplitProduct").category("tile-split-products"))
      << llvm::formatv("the product is computed in pieces of {0}x{1} over {2}, as its tiles do not "
                       "fit the memories of a core",
                       pieces.m, pieces.n, pieces.k)
             .str();
}

static OpFoldResult add(OpBuilder &builder, Location loc, OpFoldResult a, OpFoldResult b) {
  AffineExpr sum = builder.getAffineSymbolExpr(0) + builder.getAffineSymbolExpr(1);
  return affine::makeComposedFoldedAffineApply(builder, loc, sum, {a, b});
}

/// Stores a piece where the window lies in what `op` stores. Gives the tensor that has it, if any.
static Value storePiece(OpBuilder &builder, Operation *op, Value piece, Value destination,
                        const Window &window) {
  Location loc = op->getLoc();
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(op)) {
    SmallVector<OpFoldResult> offsets = insert.getMixedOffsets(), sizes = insert.getMixedSizes();
    auto dropped = insert.getDroppedDims();
    for (int64_t dim = 0, inner = 0; dim < static_cast<int64_t>(sizes.size()); ++dim)
      if (!dropped.test(dim)) {
        offsets[dim] = add(builder, loc, offsets[dim], window.offsets[inner]);
        sizes[dim] = window.sizes[inner++];
      }
    return tensor::InsertSliceOp::create(builder, loc, piece, destination, offsets, sizes,
                                         insert.getMixedStrides());
  }
  if (auto store = dyn_cast<bufferization::MaterializeInDestinationOp>(op)) {
    SmallVector<OpFoldResult> ones(2, builder.getIndexAttr(1));
    Value part = memref::SubViewOp::create(builder, loc, store.getDest(), window.offsets,
                                           window.sizes, ones);
    auto copy = cast<bufferization::MaterializeInDestinationOp>(builder.clone(*op));
    copy.getSourceMutable().assign(piece);
    copy.getDestMutable().assign(part);
    return Value();
  }
  auto update = cast<task::AtomicUpdateOp>(op);
  SmallVector<Value> offsets;
  for (auto [offset, inner] : llvm::zip(update.getOffsets(), window.offsets))
    offsets.push_back(getValueOrCreateConstantIndexOp(
        builder, loc, add(builder, loc, OpFoldResult(offset), inner)));
  task::AtomicUpdateOp::create(builder, loc, update.getKind(), piece, update.getDestination(),
                               offsets);
  return Value();
}

/// A loop nest over the pieces of the result, which carries the tensors they are stored in.
static LogicalResult applySplit(const ProductSplit &split) {
  const ProductPieces &sizes = split.pieces;
  Value first = split.sums.front();
  Operation *place = split.assembled ? split.assembled.getDefiningOp() : split.stores.back();
  OpBuilder builder(place);
  PieceBuilder pieces(builder, sizes.k);
  Location loc = first.getLoc();
  remarkSplit(loc, sizes);
  Value source = split.assembled ? split.assembled : getStored(place);
  OpFoldResult extents[2];
  for (int64_t dim : {0, 1}) {
    FailureOr<OpFoldResult> extent = pieces.getExtent(source, dim);
    if (failed(extent))
      return failure();
    extents[dim] = *extent;
  }
  // Stores into each other's results share a tensor.
  SmallVector<Value> carried;
  llvm::MapVector<Operation *, size_t> tensors;
  for (Operation *store : split.stores) {
    auto insert = dyn_cast<tensor::InsertSliceOp>(store);
    if (!insert)
      continue;
    auto *before = tensors.find(insert.getDest().getDefiningOp());
    size_t index = before == tensors.end() ? carried.size() : before->second;
    if (index == carried.size())
      carried.push_back(insert.getDest());
    tensors[store] = index;
  }
  if (split.assembled) {
    SmallVector<Value> dynamic;
    for (OpFoldResult extent : extents)
      if (auto value = dyn_cast<Value>(extent))
        dynamic.push_back(value);
    carried.push_back(EmptyOp::create(builder, loc, getType(source), dynamic));
  }
  // What is only partly valid is never filled, so that its buffer lives on: one is enough for all.
  bool isUniform =
      llvm::any_of(split.sums, [](Value sum) { return !getType(sum).hasStaticShape(); });
  int64_t outer = sizes.columnsOutside, inner = !outer, steps[] = {sizes.m, sizes.n};
  auto visitInner = [&](Window &whole) {
    auto visitPiece = [&](Window &window) -> LogicalResult {
      if (split.assembled) {
        FailureOr<Value> piece = pieces.build(split.assembled, window);
        if (failed(piece))
          return failure();
        SmallVector<OpFoldResult> ones(2, builder.getIndexAttr(1));
        carried[0] = tensor::InsertSliceOp::create(builder, loc, *piece, carried[0], window.offsets,
                                                   window.sizes, ones);
      }
      for (Operation *store : split.stores) {
        FailureOr<Value> piece = pieces.build(getStored(store), window);
        if (failed(piece))
          return failure();
        auto *tensor = tensors.find(store);
        bool isCarried = tensor != tensors.end();
        Value result = storePiece(builder, store, *piece,
                                  isCarried ? carried[tensor->second] : Value(), window);
        if (isCarried)
          carried[tensor->second] = result;
      }
      return success();
    };
    return pieces.forPieces(loc, inner, extents[inner], steps[inner], sizes.stages, whole, carried,
                            visitPiece, isUniform);
  };
  if (failed(pieces.forPieces(loc, outer, extents[outer], steps[outer], sizes.stages, Window(),
                              carried, visitInner, isUniform)))
    return failure();
  if (split.assembled)
    source.replaceAllUsesWith(carried[0]);
  for (Operation *store : llvm::reverse(split.stores)) {
    if (auto *tensor = tensors.find(store); tensor != tensors.end())
      store->getResult(0).replaceAllUsesWith(carried[tensor->second]);
    store->erase();
  }
  return success();
}

static LogicalResult applyChunking(const ProductChunking &chunking) {
  MatmulOp product = chunking.product;
  OpBuilder builder(product);
  PieceBuilder pieces(builder, chunking.depth);
  Window whole;
  ArrayRef<int64_t> shape = getStorageShape(getType(product.getResult()));
  for (int64_t dim : {0, 1}) {
    FailureOr<OpFoldResult> extent = pieces.getExtent(product, dim);
    if (failed(extent))
      return failure();
    whole.offsets[dim] = builder.getIndexAttr(0);
    whole.sizes[dim] = *extent;
    whole.shape[dim] = shape[dim];
  }
  remarkSplit(product.getLoc(), {shape[0], shape[1], chunking.depth, 2, false, 0});
  FailureOr<Value> sum = pieces.buildProduct(product, product.getAcc(), whole);
  if (failed(sum))
    return failure();
  product.replaceAllUsesWith(*sum);
  product.erase();
  return success();
}

/// A loop that is left for its checks alone: it carries no sum any more.
static Operation *dropSums(Operation *op) {
  bool isLeft = isa<scf::ForOp, PipelineOp>(op) && op->getNumResults() && op->use_empty();
  auto loop = dyn_cast<LoopLikeOpInterface>(op);
  if (!isLeft || !llvm::all_of(op->getResultTypes(), llvm::IsaPred<RankedTensorType>))
    return op;
  WalkResult others = op->walk([](Operation *inner) {
    bool isKnown = inner->hasTrait<OpTrait::HasRecursiveMemoryEffects>() || isa<CheckOp>(inner) ||
                   isMemoryEffectFree(inner);
    return isKnown ? WalkResult::advance() : WalkResult::interrupt();
  });
  if (others.wasInterrupted())
    return op;
  for (auto [argument, init] : llvm::zip(loop.getRegionIterArgs(), loop.getInits()))
    argument.replaceAllUsesWith(init);
  OpBuilder builder(op);
  Operation *rest;
  if (auto pipeline = dyn_cast<PipelineOp>(op))
    rest = PipelineOp::create(builder, op->getLoc(), TypeRange(), pipeline.getLower(),
                              pipeline.getUpper(), pipeline.getStep(), ValueRange(),
                              pipeline.getStagesAttr());
  else
    rest = scf::ForOp::create(builder, op->getLoc(), op->getOperand(0), op->getOperand(1),
                              op->getOperand(2));
  rest->getRegion(0).takeBody(op->getRegion(0));
  Block &body = rest->getRegion(0).front();
  body.eraseArguments(1, body.getNumArguments() - 1);
  body.getTerminator()->eraseOperands(0, body.getTerminator()->getNumOperands());
  op->erase();
  return rest;
}

/// What only the whole products needed.
static void eraseDead(Region &region) {
  for (Block &block : region)
    for (Operation &dead : llvm::make_early_inc_range(llvm::reverse(block))) {
      Operation &op = *dropSums(&dead);
      for (Region &inner : op.getRegions())
        eraseDead(inner);
      if (isOpTriviallyDead(&op))
        op.erase();
    }
}

//===---------------------------------------------------------------------------===//
// Pass
//===---------------------------------------------------------------------------===//

namespace {
struct SplitProductsPass : tile::impl::SplitProductsPassBase<SplitProductsPass> {
  void runOnOperation() override {
    FailureOr<const Device *> device = findDevice(getOperation()->getParentOfType<ModuleOp>());
    if (failed(device))
      return signalPassFailure();
    ProductMemories memories = (*device)->getProductMemories();
    FailureOr<ProductPlan> plan = planProducts(getOperation(), memories);
    if (failed(plan))
      return signalPassFailure();
    for (const ProductChunking &chunking : plan->chunkings)
      if (failed(applyChunking(chunking)))
        return signalPassFailure();
    for (const ProductSplit &split : plan->splits)
      if (failed(applySplit(split)))
        return signalPassFailure();
    if (!plan->splits.empty() || !plan->chunkings.empty())
      eraseDead(getOperation().getBody());
  }
};
} // namespace
