//===- SplitProductsPlan.cpp - which products are cut, and into what ---------------===//
//
// The half of tile-split-products that decides (SplitProducts.cpp): reads a kernel, changes
// nothing.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Tile/Pieces.h"
#include "lib/Transforms/Tile/SplitProducts.h"
#include "lib/Transforms/Tile/Sums.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"

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

namespace {
class Planner {
public:
  Planner(task::KernelOp kernel, const ProductMemories &memories)
      : kernel(kernel), memories(memories) {}
  FailureOr<ProductPlan> run();

private:
  void collectSums();
  bool isLarge(Value sum) const;
  bool collectStores(Value value, llvm::SetVector<Operation *> &stores);
  Value chooseAssembled(Value sum);
  bool canStorePiecewise(ArrayRef<Operation *> stores);
  bool readsWritten(Value value, DenseSet<Value> &seen);
  int64_t measureVector(Value value, DenseSet<Value> &seen);
  LogicalResult choosePieces(ProductSplit &split);
  LogicalResult planSplits(ProductPlan &plan);
  LogicalResult planChunkings(ProductPlan &plan);

  task::KernelOp kernel;
  const ProductMemories &memories;
  llvm::MapVector<Value, SmallVector<MatmulOp>> sums; ///< what products become in the end
  DenseSet<Value> written;                            ///< memory that the kernel writes
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

Value tile::getStored(Operation *op) {
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
  kernel.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (auto store = dyn_cast<bufferization::MaterializeInDestinationOp>(op))
      written.insert(getMemory(store.getDest()));
    if (auto update = dyn_cast<task::AtomicUpdateOp>(op))
      written.insert(getMemory(update.getDestination()));
    auto product = dyn_cast<MatmulOp>(op);
    if (!product)
      return;
    sums[getSum(product)].push_back(product);
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
  auto loop = dyn_cast<LoopLikeOpInterface>(op);
  if (op == kernel || (loop && !isa<scf::WhileOp>(op) && value == *loop.getSingleInductionVar()))
    return false;
  if (auto tensor = dyn_cast<bufferization::ToTensorOp>(op))
    return written.contains(getMemory(tensor.getBuffer()));
  bool reads = llvm::any_of(op->getOperands(), [&](Value it) { return readsWritten(it, seen); });
  op->walk([&](Operation *inner) {
    reads |= llvm::any_of(inner->getOperands(), [&](Value it) { return readsWritten(it, seen); });
  });
  return reads;
}

/// What of a sum that is needed whole is put together: the narrowest of what it is converted to.
Value Planner::chooseAssembled(Value sum) {
  Value best = sum;
  for (Value value = sum; value.hasOneUse();) {
    Operation *user = *value.user_begin();
    DenseSet<Value> seen;
    if (!isElementwise(user) || user->getBlock() != value.getParentBlock() ||
        getStorageShape(getType(user->getResult(0))) != getStorageShape(getType(sum)) ||
        readsWritten(user->getResult(0), seen))
      break;
    value = user->getResult(0);
    if (getBytes(value) < getBytes(best))
      best = value;
  }
  return best;
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
  if (sums.contains(value))
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
static bool isStoredDirectly(Value stored, ArrayRef<Value> sums) {
  if (auto cast = stored.getDefiningOp<CastOp>())
    if (cast.getRounding() == Rounding::rint || cast.getRounding() == Rounding::none)
      stored = cast.getInput();
  return llvm::is_contained(sums, stored);
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

LogicalResult Planner::choosePieces(ProductSplit &split) {
  Value first = split.sums.front();
  ArrayRef<int64_t> shape = getStorageShape(getType(first));
  LargeProduct product{shape[0], shape[1], 0, 1};
  product.sums = split.sums.size();
  ProductMemories own = memories;
  DenseSet<Value> seen;
  for (Operation *store : split.stores)
    if (!isStoredDirectly(getStored(store), split.sums))
      product.vectorBytesPerElement += measureVector(getStored(store), seen);
  if (split.assembled) {
    product.vectorBytesPerElement = measureVector(split.assembled, seen);
    own.ubBytes -= getTileBytes(split.assembled);
    if (own.ubBytes <= 0)
      return emitError(first.getLoc(), "expects a product that fits the ")
             << memories.l0cBytes << " bytes of l0c or is stored element by element to global "
             << "memory that its operands do not come from, but got one of " << shape[0] << "x"
             << shape[1] << " that others need whole; a smaller tile would fit";
  }
  for (Value sum : split.sums)
    for (MatmulOp op : sums[sum]) {
      product.k = std::max(product.k, getStorageShape(getType(op.getLhs()))[!op.getTransLhs()]);
      product.elementBytes = std::max(product.elementBytes, getBytes(op.getLhs()));
      product.transLhs = op.getTransLhs(), product.transRhs = op.getTransRhs();
      Operation *loop = op->getParentOp();
      if (isa<scf::ForOp, PipelineOp>(loop) && loop->isAncestor(op) &&
          sum.getParentRegion()->isProperAncestor(op->getParentRegion())) {
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

LogicalResult Planner::planSplits(ProductPlan &plan) {
  for (const auto &[sum, products] : sums) {
    if (!isLarge(sum))
      continue;
    ProductSplit split;
    split.sums = {sum};
    llvm::SetVector<Operation *> stores;
    bool isStored = collectStores(sum, stores);
    SmallVector<Operation *> ordered = stores.takeVector();
    if (isStored &&
        llvm::all_equal(llvm::map_range(ordered, [](Operation *op) { return op->getBlock(); })))
      llvm::sort(ordered, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
    if (isStored && canStorePiecewise(ordered))
      split.stores = ordered;
    else
      split.assembled = chooseAssembled(sum);
    // Sums that meet in a store are computed together.
    ProductSplit *other = llvm::find_if(plan.splits, [&](const ProductSplit &it) {
      return llvm::any_of(it.stores,
                          [&](Operation *op) { return llvm::is_contained(split.stores, op); });
    });
    if (other != plan.splits.end() && other->stores == split.stores)
      other->sums.push_back(sum);
    else if (other != plan.splits.end())
      return emitError(sum.getLoc(), "expects products that do not fit l0c to be stored "
                                     "together, but got some that are also stored alone");
    else
      plan.splits.push_back(split);
  }
  for (ProductSplit &split : plan.splits)
    if (failed(choosePieces(split)))
      return failure();
  return success();
}

/// The operands of a block's products lie in l1 together, in a slot per stage of its loop. Where
/// they do not fit, the largest products are cut.
LogicalResult Planner::planChunkings(ProductPlan &plan) {
  struct Candidate {
    MatmulOp product;
    int64_t bytes;
  };
  llvm::MapVector<Block *, SmallVector<Candidate>> blocks;
  for (const auto &[sum, products] : sums)
    if (!isLarge(sum))
      for (MatmulOp product : products)
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
      product.transLhs = op.getTransLhs(), product.transRhs = op.getTransRhs();
      std::optional<ProductPieces> pieces = chooseProductPieces(product, own);
      if (!pieces)
        return refuse(op.getLoc(), product, "l1", own.l1Bytes);
      if (pieces->k < product.k)
        plan.chunkings.push_back({op, pieces->k});
    }
  }
  return success();
}

FailureOr<ProductPlan> Planner::run() {
  collectSums();
  ProductPlan plan;
  if (failed(planSplits(plan)) || failed(planChunkings(plan)))
    return failure();
  return plan;
}

FailureOr<ProductPlan> tile::planProducts(task::KernelOp kernel, const ProductMemories &memories) {
  return Planner(kernel, memories).run();
}
