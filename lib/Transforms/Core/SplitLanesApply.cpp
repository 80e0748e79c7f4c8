//===- SplitLanesApply.cpp - instructions on parts of tiles ----------------------------===//
//
// A buffer of a halved tile is as large as the larger part. Where the parts have one size, types
// are static; else the part of a lane is a view whose size depends on the lane.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Core/SplitLanes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace tilework;
using namespace tilework::core;
using lanes::Layout;

namespace {
/// What a lane has of a dimension.
struct Part {
  OpFoldResult begin, size;
};

class Applier {
public:
  Applier(VectorProgramOp program, const LaneProblem &problem, const lanes::Plan &plan)
      : program(program), problem(problem), plan(plan), builder(program) {}
  void run();

private:
  OpFoldResult apply(AffineExpr expr, ArrayRef<OpFoldResult> symbols);
  OpFoldResult choose(OpFoldResult ofFirst, OpFoldResult ofSecond);
  Value isFirst();
  OpFoldResult getPoint(Layout layout, OpFoldResult size);
  Part getPart(Layout layout, OpFoldResult size);
  OpFoldResult getSize(Value view, int64_t dim);

  Value slice(Value view, int64_t dim, Part part);
  Value getStorage(Value view);
  Value getLanePart(Value view);
  Value makeLanePart(Value view, Layout layout);
  Value viewPart(memref::SubViewOp view, Layout layout);
  Value trim(Value storage, Layout layout, int64_t size);

  void shrink(BufferOp buffer);
  void splitChannel(Value channel, Layout layout);
  void convert(Operation *op);
  void convertTransfer(Operation *op, Value tile, OpOperand &global, MutableOperandRange sizes);
  void eraseDeadViews();

  bool isSplit(Value view) {
    std::vector<lanes::View> views;
    const auto *tile = problem.tiles.find(problem.trace(view, views));
    return tile != problem.tiles.end() && !plan.tiles[tile->second].isWhole();
  }

  VectorProgramOp program;
  const LaneProblem &problem;
  const lanes::Plan &plan;
  OpBuilder builder;
  Value lane, first;
  SmallVector<Operation *> ops, views;
  DenseMap<Value, Value> parts, storages;
  DenseMap<Value, Layout> layouts; ///< of tiles and views, while their types are what they were
  DenseMap<Operation *, Operation *> firstUses;
};
} // namespace

//===---------------------------------------------------------------------------===//
// Numbers
//===---------------------------------------------------------------------------===//

OpFoldResult Applier::apply(AffineExpr expr, ArrayRef<OpFoldResult> symbols) {
  auto map = AffineMap::get(0, symbols.size(), expr);
  return affine::makeComposedFoldedAffineApply(builder, builder.getInsertionPoint()->getLoc(), map,
                                               symbols);
}

Value Applier::isFirst() {
  if (!first) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointAfterValue(lane);
    Value zero = arith::ConstantIndexOp::create(builder, lane.getLoc(), 0);
    first = arith::CmpIOp::create(builder, lane.getLoc(), arith::CmpIPredicate::eq, lane, zero);
  }
  return first;
}

OpFoldResult Applier::choose(OpFoldResult ofFirst, OpFoldResult ofSecond) {
  if (isEqualConstantIntOrValue(ofFirst, ofSecond))
    return ofFirst;
  std::optional<int64_t> a = getConstantIntValue(ofFirst), b = getConstantIntValue(ofSecond);
  if (a && b)
    return apply(builder.getAffineSymbolExpr(0) * (*b - *a) + *a, OpFoldResult(lane));
  Location loc = builder.getInsertionPoint()->getLoc();
  return arith::SelectOp::create(builder, loc, isFirst(),
                                 getValueOrCreateConstantIndexOp(builder, loc, ofFirst),
                                 getValueOrCreateConstantIndexOp(builder, loc, ofSecond))
      .getResult();
}

/// The point of a layout of `size` elements, from 0 to that.
OpFoldResult Applier::getPoint(Layout layout, OpFoldResult size) {
  if (std::optional<int64_t> known = getConstantIntValue(size); known && !layout.origin)
    return builder.getIndexAttr(std::clamp<int64_t>(layout.point, 0, *known));
  OpFoldResult origin = layout.origin ? OpFoldResult(problem.origins[layout.origin - 1])
                                      : OpFoldResult(builder.getIndexAttr(0));
  AffineExpr s0 = builder.getAffineSymbolExpr(0), s1 = builder.getAffineSymbolExpr(1);
  Location loc = builder.getInsertionPoint()->getLoc();
  OpFoldResult point = affine::makeComposedFoldedAffineMin(
      builder, loc, AffineMap::get(0, 2, {layout.point - s0, s1}, builder.getContext()),
      {origin, size});
  if (!layout.origin)
    return point;
  return affine::makeComposedFoldedAffineMax(
      builder, loc,
      AffineMap::get(0, 1, {s0, builder.getAffineConstantExpr(0)}, builder.getContext()), {point});
}

Part Applier::getPart(Layout layout, OpFoldResult size) {
  OpFoldResult point = getPoint(layout, size);
  AffineExpr s0 = builder.getAffineSymbolExpr(0), s1 = builder.getAffineSymbolExpr(1);
  OpFoldResult rest = apply(s1 - s0, {point, size});
  return {choose(builder.getIndexAttr(0), point), choose(point, rest)};
}

/// The size of a view in a dimension.
OpFoldResult Applier::getSize(Value view, int64_t dim) {
  int64_t size = cast<MemRefType>(view.getType()).getDimSize(dim);
  if (!ShapedType::isDynamic(size))
    return builder.getIndexAttr(size);
  if (auto part = view.getDefiningOp<memref::SubViewOp>()) {
    auto dropped = part.getDroppedDims();
    for (auto [outer, each] : llvm::enumerate(part.getMixedSizes()))
      if (!dropped.test(outer) && dim-- == 0)
        return each;
  }
  return memref::DimOp::create(builder, builder.getInsertionPoint()->getLoc(), view, dim)
      .getResult();
}

//===---------------------------------------------------------------------------===//
// Views
//===---------------------------------------------------------------------------===//

Value Applier::slice(Value view, int64_t dim, Part part) {
  int64_t rank = cast<MemRefType>(view.getType()).getRank();
  SmallVector<OpFoldResult> offsets(rank, builder.getIndexAttr(0)), sizes,
      ones(rank, builder.getIndexAttr(1));
  for (int64_t each = 0; each < rank; ++each)
    sizes.push_back(each == dim ? part.size : getSize(view, each));
  offsets[dim] = part.begin;
  return memref::SubViewOp::create(builder, builder.getInsertionPoint()->getLoc(), view, offsets,
                                   sizes, ones);
}

/// What of a storage, as large as the larger part, belongs to the lane.
Value Applier::trim(Value storage, Layout layout, int64_t size) {
  if (layout.point * 2 == size)
    return storage;
  OpFoldResult part =
      choose(builder.getIndexAttr(layout.point), builder.getIndexAttr(size - layout.point));
  return slice(storage, layout.dim, {builder.getIndexAttr(0), part});
}

/// The buffer under a view of all of a tile, with room for the larger part.
Value Applier::getStorage(Value view) {
  Operation *op = view.getDefiningOp();
  if (isa<BufferOp>(op))
    return view;
  Value &storage = storages[view];
  if (storage)
    return storage;
  Value source = getReshaped(op);
  Value inner = getStorage(source);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPoint(op);
  SmallVector<int64_t> shape(cast<MemRefType>(view.getType()).getShape());
  Layout layout = layouts.lookup(view);
  shape[layout.dim] = std::max(layout.point, shape[layout.dim] - layout.point);
  SmallVector<ReassociationIndices> all(1);
  if (int64_t rank = cast<MemRefType>(inner.getType()).getRank(); rank > 1) {
    all[0] = llvm::to_vector(llvm::seq<int64_t>(rank));
    inner = memref::CollapseShapeOp::create(builder, op->getLoc(), inner, all);
  }
  if (shape.size() > 1) {
    all[0] = llvm::to_vector(llvm::seq<int64_t>(shape.size()));
    inner = memref::ExpandShapeOp::create(builder, op->getLoc(), shape, inner, all);
  }
  return storages[view] = inner;
}

/// The lane's part of a part: what of it is in the part that the lane has of the source.
Value Applier::viewPart(memref::SubViewOp view, Layout layout) {
  Layout ofSource = layouts.lookup(view.getSource());
  Value source = getLanePart(view.getSource());
  builder.setInsertionPoint(view);
  SmallVector<OpFoldResult> offsets = view.getMixedOffsets(), sizes = view.getMixedSizes();
  int64_t dim = ofSource.dim;
  Part part = getPart(layout, sizes[dim]);
  // Before the point lane 0 begins where the view does, behind it lane 1.
  OpFoldResult begin = getPoint(ofSource, offsets[dim]); // at most where the view begins
  AffineExpr s0 = builder.getAffineSymbolExpr(0), s1 = builder.getAffineSymbolExpr(1);
  offsets[dim] = choose(begin, apply(s1 - s0, {begin, offsets[dim]}));
  sizes[dim] = part.size;
  SmallVector<int64_t> shape;
  auto dropped = view.getDroppedDims();
  for (auto [each, size] : llvm::enumerate(sizes))
    if (!dropped.test(each))
      shape.push_back(getConstantIntValue(size).value_or(ShapedType::kDynamic));
  auto type = memref::SubViewOp::inferRankReducedResultType(
      shape, cast<MemRefType>(source.getType()), offsets, sizes, view.getMixedStrides());
  return memref::SubViewOp::create(builder, view.getLoc(), cast<MemRefType>(type), source, offsets,
                                   sizes, view.getMixedStrides());
}

Value Applier::makeLanePart(Value view, Layout layout) {
  OpBuilder::InsertionGuard guard(builder);
  Operation *op = view.getDefiningOp();
  if (auto part = dyn_cast<memref::SubViewOp>(op))
    return viewPart(part, layout);
  if (isa<memref::CastOp>(op)) // of a layout, which follows from the source here
    return getLanePart(op->getOperand(0));
  if (auto transpose = dyn_cast<memref::TransposeOp>(op)) {
    Value source = getLanePart(transpose.getIn());
    builder.setInsertionPoint(op);
    return memref::TransposeOp::create(builder, op->getLoc(), source,
                                       transpose.getPermutationAttr());
  }
  Value storage = getStorage(view);
  int64_t size;
  if (auto buffer = dyn_cast<BufferOp>(op)) {
    const lanes::Tile &tile = problem.problem.tiles[problem.tiles.lookup(buffer)];
    size = tile.shape[layout.dim];
    builder.setInsertionPoint(firstUses.lookup(op));
  } else {
    size = cast<MemRefType>(view.getType()).getDimSize(layout.dim);
    builder.setInsertionPoint(op);
  }
  return trim(storage, layout, size);
}

Value Applier::getLanePart(Value view) {
  Value &part = parts[view];
  if (part)
    return part;
  Value made = makeLanePart(view, layouts.lookup(view));
  return parts[view] = made;
}

//===---------------------------------------------------------------------------===//
// Operations
//===---------------------------------------------------------------------------===//

void Applier::shrink(BufferOp buffer) {
  Layout layout = layouts.lookup(buffer);
  auto type = cast<MemRefType>(buffer.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape[layout.dim] = std::max(layout.point, shape[layout.dim] - layout.point);
  buffer.getResult().setType(MemRefType::Builder(type).setShape(shape));
}

void Applier::splitChannel(Value channel, Layout layout) {
  auto type = cast<ChannelType>(channel.getType());
  channel.setType(type.withSplit(layout.dim ? ChannelSplit::left_right : ChannelSplit::up_down));
}

/// The lane's part of a rectangle of global memory.
void Applier::convertTransfer(Operation *op, Value tile, OpOperand &global,
                              MutableOperandRange sizes) {
  Layout layout = plan.steps[problem.steps.lookup(op)];
  const lanes::Operand *operand = problem.getOperand(op, tile);
  int64_t dim = llvm::find(operand->dims, layout.dim) - operand->dims.begin();
  auto type = cast<MemRefType>(global.get().getType());
  int64_t globalDim = dim + type.getRank() - static_cast<int64_t>(operand->dims.size());
  OpFoldResult extent =
      sizes.empty() ? getSize(global.get(), globalDim) : getAsOpFoldResult(sizes[dim].get());
  Part part = getPart(layout, extent);
  global.set(slice(global.get(), globalDim, part));
  if (!sizes.empty())
    sizes[dim].set(getValueOrCreateConstantIndexOp(builder, op->getLoc(), part.size));
}

void Applier::convert(Operation *op) {
  Layout layout = plan.steps[problem.steps.lookup(op)];
  builder.setInsertionPoint(op);
  if (layout.isWhole()) {
    if (!isa<DmaStoreOp>(op))
      return;
    // Both lanes have the tile; one stores it.
    auto branch = scf::IfOp::create(builder, op->getLoc(), isFirst());
    op->moveBefore(branch.thenYield());
    return;
  }
  if (auto load = dyn_cast<DmaLoadOp>(op))
    convertTransfer(op, load.getDestination(), load.getSourceMutable(), load.getSizesMutable());
  if (auto store = dyn_cast<DmaStoreOp>(op))
    convertTransfer(op, store.getSource(), store.getDestinationMutable(), store.getSizesMutable());
  if (auto arange = dyn_cast<VectorArangeOp>(op)) {
    ArrayRef<int64_t> shape = cast<MemRefType>(arange.getDestination().getType()).getShape();
    int64_t size = problem.problem.steps[problem.steps.lookup(op)].shape[layout.dim];
    Part part = getPart(layout, builder.getIndexAttr(size));
    int64_t inner = 1;
    for (int64_t each : shape.drop_front(layout.dim + 1))
      inner *= each;
    OpFoldResult before = apply(builder.getAffineSymbolExpr(0) * inner, part.begin);
    Value number =
        arith::IndexCastOp::create(builder, op->getLoc(), arange.getStart().getType(),
                                   getValueOrCreateConstantIndexOp(builder, op->getLoc(), before));
    arange.getStartMutable().assign(
        arith::AddIOp::create(builder, op->getLoc(), arange.getStart(), number));
  }
  for (OpOperand &use : op->getOpOperands()) {
    const lanes::Operand *operand = problem.getOperand(op, use.get());
    if (!operand || isa<ChannelType>(use.get().getType()))
      continue;
    if (layouts.contains(use.get())) {
      use.set(getLanePart(use.get()));
      continue;
    }
    // Of a whole tile the lane reads its part.
    int64_t dim = llvm::find(operand->dims, layout.dim) - operand->dims.begin();
    if (dim == static_cast<int64_t>(operand->dims.size()))
      continue;
    builder.setInsertionPoint(op);
    Part part = getPart(layout, getSize(use.get(), dim));
    if (!layout.origin) // aligned, also where the view ends before
      part.begin = choose(builder.getIndexAttr(0), builder.getIndexAttr(layout.point));
    use.set(slice(use.get(), dim, part));
  }
}

void Applier::eraseDeadViews() {
  for (Operation *op : llvm::reverse(views))
    if (op->use_empty())
      op->erase();
}

/// The innermost place before all that touches `value`, through views as well.
static Operation *findFirstUse(Value value, Operation *program) {
  SmallVector<Operation *> users;
  SmallVector<Value> seen{value};
  for (unsigned index = 0; index < seen.size(); ++index)
    for (Operation *user : seen[index].getUsers()) {
      users.push_back(user);
      for (Value result : user->getResults())
        if (isa<MemRefType>(result.getType()))
          seen.push_back(result);
    }
  if (users.empty())
    return value.getDefiningOp()->getNextNode();
  for (Block *block = users.front()->getBlock();; block = block->getParentOp()->getBlock()) {
    Operation *first = nullptr;
    for (Operation *user : users) {
      Operation *inBlock = block->findAncestorOpInBlock(*user);
      if (!inBlock) {
        first = nullptr;
        break;
      }
      if (!first || inBlock->isBeforeInBlock(first))
        first = inBlock;
    }
    if (first)
      return first;
  }
}

void Applier::run() {
  builder.setInsertionPointToStart(&program.getBody().front());
  lane = LaneOp::create(builder, program.getLoc());
  program.setLanes(2);
  program.walk<WalkOrder::PreOrder>([&](Operation *op) {
    for (Value result : op->getResults()) {
      if (getSpace(result.getType()) != Space::ub)
        continue;
      std::optional<Layout> layout = problem.getLayout(result, plan);
      if (layout && !layout->isWhole())
        layouts.try_emplace(result, *layout);
      if (isa<BufferOp>(op) && layouts.contains(result))
        firstUses[op] = findFirstUse(result, program);
      if (!isa<BufferOp>(op) && isSplit(result))
        views.push_back(op);
    }
    ops.push_back(op);
  });
  for (Operation *op : ops)
    if (auto buffer = dyn_cast<BufferOp>(op); buffer && layouts.contains(buffer))
      shrink(buffer);
  for (auto [tile, index] : problem.tiles)
    if (isa<ChannelType>(tile.getType()) && !plan.tiles[index].isWhole())
      splitChannel(tile, plan.tiles[index]);
  for (Operation *op : ops)
    if (problem.steps.contains(op))
      convert(op);
  eraseDeadViews();
}

void tilework::core::applyLanes(VectorProgramOp program, const LaneProblem &problem,
                                const lanes::Plan &plan) {
  Applier(program, problem, plan).run();
}
