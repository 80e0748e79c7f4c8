//===- SplitProducts.cpp - products larger than the memories of a core -------------===//
//
// What: computes a product that does not fit l1 or l0c piece by piece: loops over pieces of the
//       result, each stored as soon as it is done, and over chunks of K; only their slices are
//       loaded. A loop that adds products up is copied into each piece.
// Why:  authors' tiles need not fit; how they are cut is a matter of the device's numbers.
// Form: graph → graph, and the same bits: each output stays one chain, k ascending.
// Not:  which pieces: lib/Planning/ProductPieces. Pieces for l0a and l0b: tile-convert-to-core.
//
//===---------------------------------------------------------------------------===//

#include "lib/Planning/Device.h"
#include "lib/Planning/ProductPieces.h"
#include "lib/Transforms/Tile/Passes.h"
#include "lib/Transforms/Tile/Pieces.h"
#include "lib/Transforms/Tile/Sums.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
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

static int64_t getBytes(Value value) {
  return getType(value).getElementTypeBitWidth() / 8;
}

static int64_t getTileBytes(Value value) {
  int64_t bytes = getBytes(value);
  for (int64_t size : getStorageShape(getType(value)))
    bytes *= size;
  return bytes;
}

//===---------------------------------------------------------------------------===//
// Decide
//===---------------------------------------------------------------------------===//

namespace {
/// A sum of products: what all of them have become in the end.
struct Sum {
  Value value;
  SmallVector<MatmulOp> products;
};

/// What is computed piece by piece together: the last users of sums, or one sum that is put
/// together in ub.
struct Split {
  SmallVector<Operation *> stores;
  Value assembled;
  SmallVector<Sum *> sums;
  ProductPieces pieces{};
};

/// A product whose result stays whole, in chunks of K.
struct Chunking {
  MatmulOp product;
  int64_t depth;
};

struct Plan {
  SmallVector<Split> splits;
  SmallVector<Chunking> chunkings;
};

class Planner {
public:
  Planner(task::KernelOp kernel, const ProductMemories &memories)
      : kernel(kernel), memories(memories) {}
  FailureOr<Plan> run();

private:
  void collectSums();
  bool isLarge(Value sum) const;
  bool collectStores(Value value, llvm::SetVector<Operation *> &stores);
  bool canStorePiecewise(ArrayRef<Operation *> stores);
  bool readsWritten(Value value, DenseSet<Value> &seen);
  int64_t measureVector(Value value, DenseSet<Value> &seen);
  LogicalResult choosePieces(Split &split);
  LogicalResult planSplits(Plan &plan);
  LogicalResult planChunkings(Plan &plan);

  task::KernelOp kernel;
  const ProductMemories &memories;
  std::vector<Sum> sums;
  DenseSet<Value> written; ///< memory that the kernel writes
};
} // namespace

/// Whether `value` is a part of an argument in global memory.
static bool isGlobal(Value value) {
  while (true) {
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      auto loop = dyn_cast<LoopLikeOpInterface>(argument.getOwner()->getParentOp());
      OpOperand *init = loop ? loop.getTiedLoopInit(argument) : nullptr;
      if (!init)
        return false;
      value = init->get();
    } else if (auto insert = value.getDefiningOp<tensor::InsertSliceOp>()) {
      value = insert.getDest();
    } else if (auto loop = value.getDefiningOp<LoopLikeOpInterface>();
               loop && !isa<scf::WhileOp>(loop)) {
      value = loop.getTiedLoopInit(loop.getTiedLoopRegionIterArg(cast<OpResult>(value)))->get();
    } else {
      return value.getDefiningOp<bufferization::ToTensorOp>() != nullptr;
    }
  }
}

/// The source of an operation that writes a tile to global memory, or none.
static Value getStored(Operation *op) {
  if (auto insert = dyn_cast<tensor::InsertSliceOp>(op))
    return isGlobal(insert.getDest()) ? insert.getSource() : Value();
  if (auto store = dyn_cast<bufferization::MaterializeInDestinationOp>(op))
    return isGlobal(store.getSource()) ? Value() : store.getSource();
  if (auto update = dyn_cast<task::AtomicUpdateOp>(op))
    return update.getSource();
  return Value();
}

static Value getMemory(Value view) {
  while (auto part = view.getDefiningOp<ViewLikeOpInterface>())
    view = part.getViewSource();
  return view;
}

/// What a product becomes: the sum that it is a part of, through loops and branches.
static Value getSum(Value value) {
  while (true) {
    Value next;
    for (OpOperand &use : value.getUses()) {
      Operation *user = use.getOwner();
      if (auto product = dyn_cast<MatmulOp>(user); product && product.getAcc() == value)
        next = product;
      else if (isa<YieldOp, scf::YieldOp>(user) && !isa<scf::WhileOp>(user->getParentOp()))
        next = user->getParentOp()->getResult(use.getOperandNumber());
      else if (addsTo(use))
        next = cast<LoopLikeOpInterface>(user).getTiedLoopResult(&use);
      if (next)
        break;
    }
    if (!next)
      return value;
    value = next;
  }
}

void Planner::collectSums() {
  DenseMap<Value, size_t> indices;
  kernel.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (auto store = dyn_cast<bufferization::MaterializeInDestinationOp>(op))
      written.insert(getMemory(store.getDest()));
    if (auto update = dyn_cast<task::AtomicUpdateOp>(op))
      written.insert(getMemory(update.getDestination()));
    auto product = dyn_cast<MatmulOp>(op);
    if (!product)
      return;
    Value sum = getSum(product);
    auto [position, isFirst] = indices.try_emplace(sum, sums.size());
    if (isFirst)
      sums.push_back({sum, {}});
    sums[position->second].products.push_back(product);
  });
}

bool Planner::isLarge(Value sum) const {
  ArrayRef<int64_t> shape = getStorageShape(getType(sum));
  return getAccumulatorBytes(shape[0], shape[1]) > memories.l0cBytes;
}

/// Whether all that becomes of `value` is stored, element by element.
bool Planner::collectStores(Value value, llvm::SetVector<Operation *> &stores) {
  return llvm::all_of(value.getUses(), [&](OpOperand &use) {
    Operation *user = use.getOwner();
    if (getStored(user) == value && use.getOperandNumber() == 0)
      return stores.insert(user), true;
    if (isa<tensor::DimOp>(user))
      return true;
    bool isKept = (isElementwise(user) || isa<FillpadOp>(user)) &&
                  getStorageShape(getType(user->getResult(0))) == getStorageShape(getType(value));
    return isKept && collectStores(user->getResult(0), stores);
  });
}

/// Whether what `value` is made of comes from memory that the kernel also writes: then it may not
/// be read later than the author does.
bool Planner::readsWritten(Value value, DenseSet<Value> &seen) {
  if (!seen.insert(value).second)
    return false;
  Operation *op = value.getDefiningOp();
  if (!op)
    op = value.getParentRegion()->getParentOp();
  if (op == kernel)
    return false;
  if (auto tensor = dyn_cast<bufferization::ToTensorOp>(op))
    return written.contains(getMemory(tensor.getBuffer()));
  bool reads = llvm::any_of(op->getOperands(), [&](Value it) { return readsWritten(it, seen); });
  op->walk([&](Operation *inner) {
    reads |= llvm::any_of(inner->getOperands(), [&](Value it) { return readsWritten(it, seen); });
  });
  return reads;
}

/// One loop nest at the last of the stores has to mean the same as all of them.
bool Planner::canStorePiecewise(ArrayRef<Operation *> stores) {
  if (stores.empty())
    return false;
  Operation *last = stores.back();
  return llvm::all_of(stores, [&](Operation *store) {
    DenseSet<Value> seen;
    if (store->getBlock() != last->getBlock() || readsWritten(getStored(store), seen))
      return false;
    return store == last || llvm::all_of(store->getUsers(), [&](Operation *user) {
             return llvm::is_contained(stores, user) ||
                    (user->getBlock() == last->getBlock() && last->isBeforeInBlock(user));
           });
  });
}

/// Bytes in ub per element of the result: what the vector cores compute and load of it.
int64_t Planner::measureVector(Value value, DenseSet<Value> &seen) {
  if (!seen.insert(value).second)
    return 0;
  Operation *op = value.getDefiningOp();
  bool isSum = llvm::any_of(sums, [&](const Sum &sum) { return sum.value == value; });
  if (isSum)
    return getBytes(value);
  int64_t bytes = getBytes(value);
  if (op && (isElementwise(op) || isa<FillpadOp>(op)))
    for (Value operand : op->getOperands())
      if (auto type = dyn_cast<RankedTensorType>(operand.getType());
          type && getStorageShape(type) == getStorageShape(getType(value)))
        bytes += measureVector(operand, seen);
  return bytes;
}

/// A sum that is stored as it is, or rounded, leaves l0c without the vector cores.
static bool isStoredDirectly(Value stored, ArrayRef<Sum *> sums) {
  if (auto cast = stored.getDefiningOp<CastOp>())
    if (cast.getRounding() == Rounding::rint || cast.getRounding() == Rounding::none)
      stored = cast.getInput();
  return llvm::any_of(sums, [&](Sum *sum) { return sum->value == stored; });
}

static int64_t getTrips(Operation *op) {
  auto loop = cast<LoopLikeOpInterface>(op);
  auto lower = getConstantIntValue(*loop.getSingleLowerBound());
  auto upper = getConstantIntValue(*loop.getSingleUpperBound());
  auto step = getConstantIntValue(*loop.getSingleStep());
  constexpr int64_t kUnknown = 8;
  return lower && upper && step && *lower < *upper && *step > 0
             ? llvm::divideCeil(*upper - *lower, *step)
             : kUnknown;
}

static LogicalResult refuse(Location loc, const LargeProduct &product, StringRef memory,
                            int64_t capacity) {
  return emitError(loc, "expects a product of which pieces fit ")
         << capacity << " bytes of " << memory << ", but got one of " << product.m << "x"
         << product.n << " over " << product.k << ", of which " << product.vectorBytesPerElement
         << " bytes per element are live in ub";
}

LogicalResult Planner::choosePieces(Split &split) {
  Value first = split.sums.front()->value;
  ArrayRef<int64_t> shape = getStorageShape(getType(first));
  LargeProduct product{shape[0], shape[1], 0, 1};
  product.sums = split.sums.size();
  ProductMemories own = memories;
  DenseSet<Value> seen;
  for (Operation *store : split.stores)
    if (!isStoredDirectly(getStored(store), split.sums))
      product.vectorBytesPerElement += measureVector(getStored(store), seen);
  if (split.assembled) {
    product.vectorBytesPerElement = getBytes(first);
    own.ubBytes -= getTileBytes(first);
    if (own.ubBytes <= 0)
      return emitError(first.getLoc(), "expects a product that fits the ")
             << memories.l0cBytes << " bytes of l0c or is stored element by element to global "
             << "memory that its operands do not come from, but got one of " << shape[0] << "x"
             << shape[1] << " that others need whole; a smaller tile would fit";
  }
  for (Sum *sum : split.sums)
    for (MatmulOp op : sum->products) {
      product.k = std::max(product.k, getStorageShape(getType(op.getLhs()))[!op.getTransLhs()]);
      product.elementBytes = std::max(product.elementBytes, getBytes(op.getLhs()));
      Operation *loop = op->getParentOp();
      if (isa<scf::ForOp, PipelineOp>(loop) && loop->isAncestor(op) &&
          sum->value.getParentRegion()->isProperAncestor(op->getParentRegion())) {
        product.trips = std::max(product.trips, getTrips(loop));
        if (auto pipeline = dyn_cast<PipelineOp>(loop))
          product.tripStages = std::max<int64_t>(product.tripStages, pipeline.getStages());
      }
    }
  std::optional<ProductPieces> pieces = chooseProductPieces(product, own);
  if (!pieces)
    return refuse(first.getLoc(), product, "ub", own.ubBytes);
  split.pieces = *pieces;
  return success();
}

LogicalResult Planner::planSplits(Plan &plan) {
  for (Sum &sum : sums) {
    if (!isLarge(sum.value))
      continue;
    Split split;
    split.sums = {&sum};
    llvm::SetVector<Operation *> stores;
    bool isStored = collectStores(sum.value, stores);
    SmallVector<Operation *> ordered = stores.takeVector();
    if (isStored &&
        llvm::all_equal(llvm::map_range(ordered, [](Operation *op) { return op->getBlock(); })))
      llvm::sort(ordered, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
    if (isStored && canStorePiecewise(ordered))
      split.stores = ordered;
    else
      split.assembled = sum.value;
    // Sums that meet in a store are computed together.
    Split *other = llvm::find_if(plan.splits, [&](const Split &it) {
      return llvm::any_of(it.stores,
                          [&](Operation *op) { return llvm::is_contained(split.stores, op); });
    });
    if (other != plan.splits.end() && other->stores == split.stores)
      other->sums.push_back(&sum);
    else if (other != plan.splits.end())
      return emitError(sum.value.getLoc(), "expects products that do not fit l0c to be stored "
                                           "together, but got some that are also stored alone");
    else
      plan.splits.push_back(split);
  }
  for (Split &split : plan.splits)
    if (failed(choosePieces(split)))
      return failure();
  return success();
}

/// The operands of a block's products lie in l1 together, in a slot per stage of its loop. Where
/// they do not fit, the largest products are cut.
LogicalResult Planner::planChunkings(Plan &plan) {
  struct Candidate {
    MatmulOp product;
    int64_t bytes;
  };
  llvm::MapVector<Block *, SmallVector<Candidate>> blocks;
  for (const Sum &sum : sums)
    if (!isLarge(sum.value))
      for (MatmulOp product : sum.products)
        blocks[product->getBlock()].push_back(
            {product, getTileBytes(product.getLhs()) + getTileBytes(product.getRhs())});
  for (auto &[block, candidates] : blocks) {
    auto pipeline = dyn_cast<PipelineOp>(block->getParentOp());
    int64_t stages = pipeline ? pipeline.getStages() : 1;
    auto getLive = [&](ArrayRef<Candidate> products) {
      DenseSet<Value> seen;
      int64_t bytes = 0;
      for (Candidate candidate : products)
        for (Value operand : {candidate.product.getLhs(), candidate.product.getRhs()})
          if (seen.insert(operand).second)
            bytes += getTileBytes(operand) * (operand.getParentBlock() == block ? stages : 1);
      return bytes;
    };
    // Without a loop of several stages, one product's operands make room for the next one's.
    bool isTogether = stages > 1;
    llvm::stable_sort(candidates,
                      [](const Candidate &a, const Candidate &b) { return a.bytes > b.bytes; });
    size_t cuts = 0;
    if (isTogether) {
      if (getLive(candidates) > memories.l1Bytes)
        while (cuts < candidates.size() &&
               (cuts == 0 || getLive(ArrayRef(candidates).drop_front(cuts)) > memories.l1Bytes / 2))
          ++cuts;
    } else {
      while (cuts < candidates.size() && candidates[cuts].bytes > memories.l1Bytes)
        ++cuts;
    }
    ProductMemories own = memories;
    if (cuts < candidates.size())
      own.l1Bytes /= 2;
    for (const Candidate &candidate : ArrayRef(candidates).take_front(cuts)) {
      MatmulOp op = candidate.product;
      ArrayRef<int64_t> shape = getStorageShape(getType(op.getResult()));
      LargeProduct product{shape[0], shape[1],
                           getStorageShape(getType(op.getLhs()))[!op.getTransLhs()],
                           getBytes(op.getLhs())};
      product.keepsResult = true;
      std::optional<ProductPieces> pieces = chooseProductPieces(product, own);
      if (!pieces)
        return refuse(op.getLoc(), product, "l1", own.l1Bytes);
      if (pieces->k < product.k)
        plan.chunkings.push_back({op, pieces->k});
    }
  }
  return success();
}

FailureOr<Plan> Planner::run() {
  collectSums();
  Plan plan;
  if (failed(planSplits(plan)) || failed(planChunkings(plan)))
    return failure();
  return plan;
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
static LogicalResult applySplit(const Split &split) {
  const ProductPieces &sizes = split.pieces;
  Value first = split.sums.front()->value;
  Operation *place = split.assembled ? first.getDefiningOp() : split.stores.back();
  OpBuilder builder(place);
  PieceBuilder pieces(builder, sizes.k);
  Location loc = first.getLoc();
  remarkSplit(loc, sizes);
  Value source = split.assembled ? first : getStored(place);
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
    carried.push_back(EmptyOp::create(builder, loc, getType(first), dynamic));
  }
  // What is only partly valid is never filled, so that its buffer lives on: one is enough for all.
  bool isUniform =
      llvm::any_of(split.sums, [](Sum *sum) { return !getType(sum->value).hasStaticShape(); });
  auto visitColumns = [&](Window &rows) {
    auto visitPiece = [&](Window &window) -> LogicalResult {
      if (split.assembled) {
        FailureOr<Value> piece = pieces.build(first, window);
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
    return pieces.forPieces(loc, 1, extents[1], sizes.n, sizes.stages, rows, carried, visitPiece,
                            isUniform);
  };
  if (failed(pieces.forPieces(loc, 0, extents[0], sizes.m, sizes.stages, Window(), carried,
                              visitColumns, isUniform)))
    return failure();
  if (split.assembled)
    first.replaceAllUsesWith(carried[0]);
  for (Operation *store : llvm::reverse(split.stores)) {
    if (auto *tensor = tensors.find(store); tensor != tensors.end())
      store->getResult(0).replaceAllUsesWith(carried[tensor->second]);
    store->erase();
  }
  return success();
}

static LogicalResult applyChunking(const Chunking &chunking) {
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
  remarkSplit(product.getLoc(), {shape[0], shape[1], chunking.depth, 2, 0});
  FailureOr<Value> sum = pieces.buildProduct(product, product.getAcc(), whole);
  if (failed(sum))
    return failure();
  product.replaceAllUsesWith(*sum);
  product.erase();
  return success();
}

/// What only the whole products needed.
static void eraseDead(Region &region) {
  for (Block &block : region)
    for (Operation &op : llvm::make_early_inc_range(llvm::reverse(block))) {
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
    Planner planner(getOperation(), memories); // owns the sums of its plan
    FailureOr<Plan> plan = planner.run();
    if (failed(plan))
      return signalPassFailure();
    for (const Chunking &chunking : plan->chunkings)
      if (failed(applyChunking(chunking)))
        return signalPassFailure();
    for (const Split &split : plan->splits)
      if (failed(applySplit(split)))
        return signalPassFailure();
    if (!plan->splits.empty() || !plan->chunkings.empty())
      eraseDead(getOperation().getBody());
  }
};
} // namespace
