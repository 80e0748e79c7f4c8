//===- Pieces.cpp - a part of a tile, computed alone -------------------------------===//

#include "lib/Transforms/Tile/Pieces.h"

#include "dialects/Tile/TileInterfaces.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Transforms/LoopInvariantCodeMotionUtils.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tilework;
using namespace tilework::tile;

template <typename... Ops> static bool isAnyOf(Operation *op, OpList<Ops...>) {
  return isa<Ops...>(op);
}

bool tile::isElementwise(Operation *op) {
  return isAnyOf(op, ElementwiseOps());
}

static RankedTensorType getType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

static RankedTensorType getPieceType(Type element, const Window &window) {
  SmallVector<int64_t> shape;
  for (OpFoldResult size : window.sizes)
    shape.push_back(getConstantIntValue(size).value_or(ShapedType::kDynamic));
  Attribute capacity;
  if (llvm::is_contained(shape, ShapedType::kDynamic))
    capacity = CapacityAttr::get(element.getContext(), window.shape);
  return RankedTensorType::get(shape, element, capacity);
}

/// What is known inside a copied loop or branch, or a window, is not known after it.
struct PieceBuilder::Scope {
  explicit Scope(PieceBuilder &builder, Operation *op = nullptr)
      : builder(builder), copies(builder.copies), pieces(builder.pieces), isCopy(op) {
    if (isCopy)
      builder.copied.push_back(op);
  }
  ~Scope() {
    builder.copies = copies;
    builder.pieces = pieces;
    if (isCopy)
      builder.copied.pop_back();
  }
  PieceBuilder &builder;
  IRMapping copies;
  DenseMap<Value, Value> pieces;
  bool isCopy;
};

//===---------------------------------------------------------------------------===//
// Values of the original program
//===---------------------------------------------------------------------------===//

Value PieceBuilder::toValue(Location loc, OpFoldResult size) {
  return getValueOrCreateConstantIndexOp(builder, loc, size);
}

FailureOr<Value> PieceBuilder::localize(Value value) {
  if (Value copy = copies.lookupOrNull(value))
    return copy;
  Operation *region = value.getParentRegion()->getParentOp();
  bool isOutside = llvm::none_of(
      copied, [&](Operation *op) { return op == region || op->isProperAncestor(region); });
  if (isOutside)
    return value;
  Operation *op = value.getDefiningOp();
  if (!op || op->getNumRegions() || !isMemoryEffectFree(op))
    return emitError(value.getLoc(),
                     "expects the loop around a sum that does not fit l0c to do nothing but add "
                     "products of its own slices; smaller tiles of the sum would fit");
  for (Value operand : op->getOperands())
    if (failed(localize(operand)))
      return failure();
  IRMapping operands = copies;
  for (Value operand : op->getOperands())
    operands.map(operand, *localize(operand));
  Operation *copy = builder.clone(*op, operands);
  copies.map(op->getResults(), copy->getResults());
  return copies.lookup(value);
}

FailureOr<OpFoldResult> PieceBuilder::getExtent(Value value, int64_t dim) {
  auto type = getType(value);
  if (!type.isDynamicDim(dim))
    return OpFoldResult(builder.getIndexAttr(type.getDimSize(dim)));
  auto local = [&](OpFoldResult size) -> FailureOr<OpFoldResult> {
    auto scalar = dyn_cast<Value>(size);
    if (!scalar)
      return size;
    FailureOr<Value> copy = localize(scalar);
    return failed(copy) ? FailureOr<OpFoldResult>() : OpFoldResult(*copy);
  };
  auto ofSizes = [&](OperandRange sizes) { return local(sizes[type.getDynamicDimIndex(dim)]); };
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    auto loop = cast<LoopLikeOpInterface>(argument.getOwner()->getParentOp());
    return getExtent(loop.getTiedLoopInit(argument)->get(), dim);
  }
  Operation *op = value.getDefiningOp();
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op)) {
    SmallVector<OpFoldResult> sizes;
    for (auto [index, size] : llvm::enumerate(slice.getMixedSizes()))
      if (!slice.getDroppedDims().test(index))
        sizes.push_back(size);
    return local(sizes[dim]);
  }
  if (auto product = dyn_cast<MatmulOp>(op))
    return dim == 0 ? getExtent(product.getLhs(), product.getTransLhs())
                    : getExtent(product.getRhs(), !product.getTransRhs());
  if (auto full = dyn_cast<FullOp>(op))
    return ofSizes(full.getSizes());
  if (auto empty = dyn_cast<EmptyOp>(op))
    return ofSizes(empty.getSizes());
  if (auto broadcast = dyn_cast<BroadcastOp>(op))
    return ofSizes(broadcast.getSizes());
  if (isElementwise(op))
    return getExtent(op->getOperand(0), dim);
  if (auto loop = dyn_cast<LoopLikeOpInterface>(op); loop && !isa<scf::WhileOp>(op))
    return getExtent(
        loop.getTiedLoopInit(loop.getTiedLoopRegionIterArg(cast<OpResult>(value)))->get(), dim);
  FailureOr<Value> whole = localize(value);
  if (failed(whole))
    return failure();
  return OpFoldResult(tensor::DimOp::create(builder, value.getLoc(), *whole, dim).getResult());
}

//===---------------------------------------------------------------------------===//
// Windows
//===---------------------------------------------------------------------------===//

LogicalResult PieceBuilder::forPieces(Location loc, int64_t dim, OpFoldResult extent, int64_t piece,
                                      int64_t stages, Window window,
                                      SmallVectorImpl<Value> &carried, Body body, bool isUniform) {
  std::optional<int64_t> known = getConstantIntValue(extent);
  if (isUniform && known && *known % piece && *known > piece)
    known.reset();
  int64_t equal = known ? *known / piece * piece : 0;
  auto visit = [&](OpFoldResult offset, OpFoldResult size, int64_t storage) {
    Scope scope(*this);
    Window part = window;
    part.offsets[dim] = offset, part.sizes[dim] = size, part.shape[dim] = storage;
    return body(part);
  };
  if (!known || equal > piece) {
    Value lower = toValue(loc, builder.getIndexAttr(0));
    Value step = toValue(loc, builder.getIndexAttr(piece));
    Value upper = toValue(loc, known ? OpFoldResult(builder.getIndexAttr(equal)) : extent);
    auto loop = PipelineOp::create(builder, loc,
                                   ValueRange(ArrayRef(carried.data(), carried.size())).getTypes(),
                                   lower, upper, step, carried, builder.getI64IntegerAttr(stages));
    OpBuilder::InsertionGuard guard(builder);
    Block *block = builder.createBlock(&loop.getBody());
    Value offset = block->addArgument(builder.getIndexType(), loc);
    for (Value &value : carried)
      value = block->addArgument(value.getType(), value.getLoc());
    OpFoldResult size = builder.getIndexAttr(piece);
    if (!known) {
      AffineExpr rest = builder.getAffineSymbolExpr(0) - builder.getAffineDimExpr(0);
      AffineExpr either[] = {builder.getAffineConstantExpr(piece), rest};
      auto map = AffineMap::get(1, 1, either, builder.getContext());
      size = affine::AffineMinOp::create(builder, loc, map, ValueRange{offset, upper}).getResult();
    }
    if (failed(visit(offset, size, piece)))
      return failure();
    YieldOp::create(builder, loc, carried);
    llvm::copy(loop.getResults(), carried.begin());
    // What is the same in all pieces, slices above all, is loaded once and stays.
    moveLoopInvariantCode(loop);
  } else if (equal) {
    if (failed(visit(builder.getIndexAttr(0), builder.getIndexAttr(piece), piece)))
      return failure();
  }
  if (!known || *known == equal)
    return success();
  return visit(builder.getIndexAttr(equal), builder.getIndexAttr(*known - equal), *known - equal);
}

FailureOr<Value> PieceBuilder::cut(Value value, const Window &window) {
  if (auto fillpad = value.getDefiningOp<FillpadOp>())
    return buildPadded(fillpad, window,
                       [&](const Window &part) { return cut(fillpad.getInput(), part); });
  FailureOr<Value> whole = localize(value);
  if (failed(whole))
    return failure();
  auto type = getType(*whole);
  bool isWhole = llvm::all_of(llvm::seq(2), [&](int dim) {
    return isConstantIntValue(window.offsets[dim], 0) && !type.isDynamicDim(dim) &&
           isConstantIntValue(window.sizes[dim], type.getDimSize(dim));
  });
  if (isWhole)
    return *whole;
  SmallVector<OpFoldResult> ones(2, builder.getIndexAttr(1));
  return tensor::ExtractSliceOp::create(builder, value.getLoc(),
                                        getPieceType(type.getElementType(), window), *whole,
                                        window.offsets, window.sizes, ones)
      .getResult();
}

/// What is valid in the window is its part of the input, if any.
FailureOr<Value>
PieceBuilder::buildPadded(FillpadOp op, const Window &window,
                          llvm::function_ref<FailureOr<Value>(const Window &)> buildInput) {
  Location loc = op.getLoc();
  Window inner = window;
  for (int64_t dim : {0, 1}) {
    FailureOr<OpFoldResult> extent = getExtent(op.getInput(), dim);
    if (failed(extent))
      return failure();
    if (!isa<Value>(*extent) &&
        isEqualConstantIntOrValue(*extent,
                                  builder.getIndexAttr(getType(op.getResult()).getDimSize(dim))))
      continue;
    AffineExpr rest = builder.getAffineSymbolExpr(0) - builder.getAffineSymbolExpr(1);
    AffineExpr zero = builder.getAffineConstantExpr(0);
    OpFoldResult valid = affine::makeComposedFoldedAffineMax(
        builder, loc, AffineMap::get(0, 2, {rest, zero}, builder.getContext()),
        {*extent, window.offsets[dim]});
    AffineExpr either[] = {builder.getAffineSymbolExpr(0), builder.getAffineSymbolExpr(1)};
    inner.sizes[dim] = affine::makeComposedFoldedAffineMin(
        builder, loc, AffineMap::get(0, 2, either, builder.getContext()),
        {window.sizes[dim], valid});
    // Where nothing is valid the offset may be beyond the input.
    inner.offsets[dim] = affine::makeComposedFoldedAffineMin(
        builder, loc, AffineMap::get(0, 2, either, builder.getContext()),
        {window.offsets[dim], *extent});
  }
  FailureOr<Value> input = buildInput(inner);
  FailureOr<Value> value = localize(op.getValue());
  if (failed(input) || failed(value))
    return failure();
  if (!getType(*input).getEncoding()) // nothing to pad
    return *input;
  Value padded = FillpadOp::create(builder, loc, *input, *value);
  if (getType(padded) == getPieceType(getType(padded).getElementType(), window))
    return padded;
  SmallVector<OpFoldResult> zeros(2, builder.getIndexAttr(0)), ones(2, builder.getIndexAttr(1));
  return tensor::ExtractSliceOp::create(builder, loc,
                                        getPieceType(getType(padded).getElementType(), window),
                                        padded, zeros, window.sizes, ones)
      .getResult();
}

//===---------------------------------------------------------------------------===//
// Operations
//===---------------------------------------------------------------------------===//

FailureOr<Value> PieceBuilder::buildProduct(MatmulOp op, Value accumulator, const Window &window) {
  enum : int { m, n };
  bool transLhs = op.getTransLhs(), transRhs = op.getTransRhs();
  FailureOr<OpFoldResult> extent = getExtent(op.getLhs(), !transLhs);
  if (failed(extent))
    return failure();
  Location loc = op.getLoc();
  RankedTensorType type = getPieceType(getType(op.getResult()).getElementType(), window);
  int64_t whole = getStorageShape(getType(op.getLhs()))[!transLhs];
  int64_t piece = std::min(depth, whole);
  SmallVector<Value> sum;
  if (accumulator) {
    sum = {accumulator};
  } else if (whole > piece && (isa<Value>(*extent) || whole >= 2 * piece)) {
    Value zero =
        arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type.getElementType()));
    SmallVector<Value> sizes;
    for (OpFoldResult size : window.sizes)
      if (auto value = dyn_cast<Value>(size))
        sizes.push_back(value);
    sum = {FullOp::create(builder, loc, type, zero, sizes)};
  }
  auto multiply = [&](Window &chunk) -> LogicalResult {
    auto cutOperand = [&](Value operand, int side, bool isTransposed) {
      Window part = window;
      bool kFirst = (side == n) != isTransposed;
      part.offsets = {window.offsets[side], chunk.offsets[0]};
      part.sizes = {window.sizes[side], chunk.sizes[0]};
      part.shape = {window.shape[side], chunk.shape[0]};
      if (kFirst) {
        std::swap(part.offsets[0], part.offsets[1]);
        std::swap(part.sizes[0], part.sizes[1]);
        std::swap(part.shape[0], part.shape[1]);
      }
      return cut(operand, part);
    };
    FailureOr<Value> lhs = cutOperand(op.getLhs(), m, transLhs);
    FailureOr<Value> rhs = cutOperand(op.getRhs(), n, transRhs);
    if (failed(lhs) || failed(rhs))
      return failure();
    Value result = MatmulOp::create(builder, loc, type, *lhs, *rhs,
                                    sum.empty() ? Value() : sum.front(), transLhs, transRhs);
    sum = {result};
    return success();
  };
  Window chunk;
  if (whole <= piece) {
    chunk.offsets[0] = builder.getIndexAttr(0);
    chunk.sizes[0] = *extent, chunk.shape[0] = whole;
    if (failed(multiply(chunk)))
      return failure();
  } else if (failed(forPieces(loc, 0, *extent, piece, /*stages=*/2, chunk, sum, multiply))) {
    return failure();
  }
  return sum.front();
}

FailureOr<Value> PieceBuilder::buildLoop(OpResult result, const Window &window) {
  Operation *op = result.getOwner();
  auto loop = cast<LoopLikeOpInterface>(op);
  BlockArgument argument = loop.getTiedLoopRegionIterArg(result);
  FailureOr<Value> init = build(loop.getTiedLoopInit(argument)->get(), window);
  SmallVector<Value> bounds;
  for (OpFoldResult bound :
       {*loop.getSingleLowerBound(), *loop.getSingleUpperBound(), *loop.getSingleStep()}) {
    FailureOr<Value> local = localize(toValue(op->getLoc(), bound));
    if (failed(local))
      return failure();
    bounds.push_back(*local);
  }
  if (failed(init))
    return failure();
  Operation *copy;
  if (auto pipeline = dyn_cast<PipelineOp>(op)) {
    copy = PipelineOp::create(builder, op->getLoc(), init->getType(), bounds[0], bounds[1],
                              bounds[2], *init, pipeline.getStagesAttr());
  } else {
    copy = scf::ForOp::create(builder, op->getLoc(), bounds[0], bounds[1], bounds[2], *init);
    copy->getRegion(0).getBlocks().clear();
  }
  OpBuilder::InsertionGuard guard(builder);
  Block *block = builder.createBlock(&copy->getRegion(0));
  Scope scope(*this, op);
  copies.map(*loop.getSingleInductionVar(),
             block->addArgument(builder.getIndexType(), op->getLoc()));
  pieces[argument] = block->addArgument(init->getType(), argument.getLoc());
  FailureOr<Value> next = build(loop.getTiedLoopYieldedValue(argument)->get(), window);
  if (failed(next))
    return failure();
  if (isa<PipelineOp>(op))
    YieldOp::create(builder, op->getLoc(), *next);
  else
    scf::YieldOp::create(builder, op->getLoc(), *next);
  return copy->getResult(0);
}

FailureOr<Value> PieceBuilder::buildBranch(OpResult result, const Window &window) {
  auto branch = cast<scf::IfOp>(result.getOwner());
  FailureOr<Value> condition = localize(branch.getCondition());
  if (failed(condition))
    return failure();
  Type type = getPieceType(getType(result).getElementType(), window);
  auto copy = scf::IfOp::create(builder, branch.getLoc(), type, *condition,
                                /*withElseRegion=*/true);
  for (auto [from, to] : llvm::zip(branch->getRegions(), copy->getRegions())) {
    OpBuilder::InsertionGuard guard(builder);
    Scope scope(*this, branch);
    to.getBlocks().clear();
    builder.createBlock(&to);
    auto yield = cast<scf::YieldOp>(from.front().getTerminator());
    FailureOr<Value> value = build(yield.getOperand(result.getResultNumber()), window);
    if (failed(value))
      return failure();
    scf::YieldOp::create(builder, branch.getLoc(), *value);
  }
  return copy.getResult(0);
}

FailureOr<Value> PieceBuilder::buildElementwise(Operation *op, const Window &window) {
  auto type = getType(op->getResult(0));
  SmallVector<Value> operands;
  for (Value operand : op->getOperands()) {
    FailureOr<Value> part;
    auto operandType = dyn_cast<RankedTensorType>(operand.getType());
    Window own = window;
    bool repeats = false;
    for (int64_t dim : {0, 1})
      if (operandType && operandType.getDimSize(dim) == 1 && type.getDimSize(dim) != 1) {
        own.offsets[dim] = builder.getIndexAttr(0);
        own.sizes[dim] = builder.getIndexAttr(1), own.shape[dim] = 1;
        repeats = true;
      }
    part = !operandType ? localize(operand) : repeats ? cut(operand, own) : build(operand, own);
    if (failed(part))
      return failure();
    operands.push_back(*part);
  }
  Type element = type.getElementType();
  Operation *copy = mlir::clone(builder, op, getPieceType(element, window), operands);
  return copy->getResult(0);
}

FailureOr<Value> PieceBuilder::build(Value value, const Window &window) {
  if (Value piece = pieces.lookup(value))
    return piece;
  Operation *op = value.getDefiningOp();
  if (!op) // carried by a loop that is not copied, or by one that does more than to add
    return cut(value, window);
  FailureOr<Value> piece =
      llvm::TypeSwitch<Operation *, FailureOr<Value>>(op)
          .Case([&](MatmulOp product) -> FailureOr<Value> {
            Value accumulator;
            if (product.getAcc()) {
              FailureOr<Value> start = build(product.getAcc(), window);
              if (failed(start))
                return failure();
              accumulator = *start;
            }
            return buildProduct(product, accumulator, window);
          })
          .Case<scf::ForOp, PipelineOp>(
              [&](Operation *) { return buildLoop(cast<OpResult>(value), window); })
          .Case([&](scf::IfOp) { return buildBranch(cast<OpResult>(value), window); })
          .Case([&](FillpadOp fillpad) {
            return buildPadded(fillpad, window, [&](const Window &part) {
              Scope scope(*this);
              pieces.clear(); // they are of the whole window
              return build(fillpad.getInput(), part);
            });
          })
          .Case([&](FullOp full) -> FailureOr<Value> {
            FailureOr<Value> filling = localize(full.getValue());
            if (failed(filling))
              return failure();
            SmallVector<Value> sizes;
            for (OpFoldResult size : window.sizes)
              if (auto dynamic = dyn_cast<Value>(size))
                sizes.push_back(dynamic);
            return FullOp::create(builder, full.getLoc(),
                                  getPieceType(getType(full.getResult()).getElementType(), window),
                                  *filling, sizes)
                .getResult();
          })
          .Default([&](Operation *other) {
            return isElementwise(other) ? buildElementwise(other, window) : cut(value, window);
          });
  if (succeeded(piece))
    pieces[value] = *piece;
  return piece;
}
