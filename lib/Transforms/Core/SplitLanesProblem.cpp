//===- SplitLanesProblem.cpp - a program as a problem of two lanes ---------------------===//
//
// Every instruction is a step over a rectangle of elements. Which dimension of it each dimension of
// an operand follows says all there is to know: what is repeated follows none, what is reduced is
// not in the result, a transposition swaps.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Core/SplitLanes.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/MathExtras.h"

#include <numeric>

using namespace mlir;
using namespace tilework;
using namespace tilework::core;
using lanes::View;

/// Iterations of a loop whose number is known at run time only.
static constexpr double kTypicalTrips = 4;

static bool isTile(Value value) {
  return getSpace(value.getType()) == Space::ub;
}

static ArrayRef<int64_t> getShape(Value value) {
  return cast<MemRefType>(value.getType()).getShape();
}

static std::vector<int64_t> countUp(size_t rank) {
  std::vector<int64_t> dims(rank);
  std::iota(dims.begin(), dims.end(), 0);
  return dims;
}

static double countBytes(Type type, ArrayRef<int64_t> shape) {
  double bytes = llvm::divideCeil(getElementTypeOrSelf(type).getIntOrFloatBitWidth(), 8);
  for (int64_t size : shape)
    bytes *= static_cast<double>(size);
  return bytes;
}

/// Bytes between the elements of each dimension; 1, a multiple of nothing, where nobody knows.
static std::vector<int64_t> getStrides(Value view) {
  auto type = cast<MemRefType>(view.getType());
  SmallVector<int64_t> strides;
  int64_t offset;
  if (failed(type.getStridesAndOffset(strides, offset)))
    return std::vector<int64_t>(type.getRank(), 1);
  std::vector<int64_t> bytes;
  for (int64_t stride : strides)
    bytes.push_back(ShapedType::isDynamic(stride)
                        ? 1
                        : stride * llvm::divideCeil(type.getElementTypeBitWidth(), 8));
  return bytes;
}

//===---------------------------------------------------------------------------===//
// Views
//===---------------------------------------------------------------------------===//

Value tilework::core::getReshaped(Operation *op) {
  auto source = [](Value view) {
    auto type = cast<MemRefType>(view.getType());
    return type.hasStaticShape() && type.getLayout().isIdentity() ? view : Value();
  };
  if (auto collapse = dyn_cast<memref::CollapseShapeOp>(op))
    return source(collapse.getSrc());
  auto expand = dyn_cast<memref::ExpandShapeOp>(op);
  if (!expand)
    return Value();
  if (auto collapse = expand.getSrc().getDefiningOp<memref::CollapseShapeOp>())
    return source(collapse.getSrc());
  return source(expand.getSrc());
}

/// The sizes of a view, with those of `source` as bounds of dynamic ones.
static std::vector<int64_t> boundShape(ArrayRef<int64_t> shape, ArrayRef<int64_t> dims,
                                       ArrayRef<int64_t> source) {
  std::vector<int64_t> bounds;
  for (auto [size, dim] : llvm::zip(shape, dims))
    bounds.push_back(ShapedType::isDynamic(size) ? source[dim] : size);
  return bounds;
}

Value LaneProblem::trace(Value view, std::vector<View> &views) const {
  Operation *op = view.getDefiningOp();
  Value source;
  if (isa_and_nonnull<memref::SubViewOp, memref::TransposeOp, memref::CastOp>(op))
    source = op->getOperand(0);
  else if (op)
    source = getReshaped(op);
  if (!source)
    return view;
  Value tile = trace(source, views);
  View step{View::Kind::reshape, {}, {}, {}, {}};
  if (!views.empty())
    step.from = views.back().to;
  else
    step.from = std::vector<int64_t>(getShape(source));
  if (auto part = dyn_cast<memref::SubViewOp>(op)) {
    step.kind = View::Kind::part;
    auto dropped = part.getDroppedDims();
    for (auto [dim, offset] : llvm::enumerate(part.getMixedOffsets())) {
      if (!dropped.test(dim))
        step.dims.push_back(dim);
      View::Offset &at = step.offsets.emplace_back();
      at.isStrided = !isConstantIntValue(part.getMixedStrides()[dim], 1);
      if (std::optional<int64_t> constant = getConstantIntValue(offset))
        at.constant = *constant;
      else
        at.origin = llvm::find(origins, cast<Value>(offset)) - origins.begin() + 1;
    }
  } else if (auto transpose = dyn_cast<memref::TransposeOp>(op)) {
    step.kind = View::Kind::part;
    AffineMap map = transpose.getPermutation();
    for (unsigned dim = 0; dim < map.getNumResults(); ++dim)
      step.dims.push_back(map.getDimPosition(dim));
    step.offsets.resize(step.dims.size());
  } else if (isa<memref::CastOp>(op)) {
    step.kind = View::Kind::part;
    step.dims = countUp(step.from.size());
    step.offsets.resize(step.dims.size());
  }
  if (step.kind == View::Kind::part)
    step.strides = getStrides(source);
  step.to = step.kind == View::Kind::reshape ? std::vector<int64_t>(getShape(view))
                                             : boundShape(getShape(view), step.dims, step.from);
  views.push_back(std::move(step));
  return tile;
}

std::optional<lanes::Layout> LaneProblem::getLayout(Value view, const lanes::Plan &plan) const {
  std::vector<View> views;
  const auto *tile = tiles.find(trace(view, views));
  std::optional<lanes::Layout> layout =
      tile == tiles.end() ? lanes::Layout() : plan.tiles[tile->second];
  for (const View &step : views)
    if (layout)
      layout = lanes::seeThrough(step, *layout);
  return layout;
}

//===---------------------------------------------------------------------------===//
// Steps
//===---------------------------------------------------------------------------===//

struct LaneProblem::Builder {
  LaneProblem &owner;
  lanes::Step step = {};
  SmallVector<Value> values = {};

  /// Adds an operand whose dimensions follow `dims`.
  void add(Value view, std::vector<int64_t> dims, bool isWritten, bool isShared = false) {
    lanes::Operand operand;
    Value tile = owner.trace(view, operand.views);
    operand.tile = owner.tiles.lookup(tile);
    operand.dims = std::move(dims);
    operand.isWritten = isWritten;
    operand.isShared = isShared;
    if (isTile(view))
      operand.strides = getStrides(view);
    step.operands.push_back(std::move(operand));
    values.push_back(view);
  }

  std::vector<int64_t> getBounds(Value view) {
    std::vector<View> views;
    Value tile = owner.trace(view, views);
    return views.empty() ? std::vector<int64_t>(getShape(tile)) : views.back().to;
  }

  static std::vector<int64_t> inOrder(Value view) { return countUp(getShape(view).size()); }
  static std::vector<int64_t> inNone(Value view) {
    return std::vector<int64_t>(getShape(view).size(), -1);
  }

  /// The dimensions of an operand whose unit dimensions are repeated over `result`.
  static std::vector<int64_t> repeated(Value operand, Value result) {
    std::vector<int64_t> dims = inOrder(operand);
    for (auto [dim, size] : llvm::enumerate(getShape(operand)))
      if (size == 1 && getShape(result)[dim] != 1)
        dims[dim] = -1;
    return dims;
  }

  void fill(Operation *op);
  void fillElementwise(Operation *op, Value destination);
  void finish(Operation *op);
};

void LaneProblem::Builder::fillElementwise(Operation *op, Value destination) {
  step.shape = getBounds(destination);
  for (Value operand : op->getOperands())
    if (operand != destination && isTile(operand))
      add(operand, repeated(operand, destination), /*isWritten=*/false);
  add(destination, inOrder(destination), /*isWritten=*/true);
  step.work = countBytes(destination.getType(), step.shape);
}

void LaneProblem::Builder::fill(Operation *op) {
  llvm::TypeSwitch<Operation *>(op)
      .Case<VectorUnaryOp, VectorBinaryOp, VectorCompareOp, VectorSelectOp, VectorCastOp,
            VectorFillOp>([&](auto vector) { fillElementwise(op, vector.getDestination()); })
      .Case([&](MoveOp move) { fillElementwise(op, move.getDestination()); })
      .Case([&](VectorReduceOp reduce) {
        step.shape = getBounds(reduce.getInput());
        std::vector<int64_t> dims = inOrder(reduce.getInput());
        add(reduce.getInput(), dims, /*isWritten=*/false);
        dims[reduce.getDim()] = -1;
        add(reduce.getDestination(), dims, /*isWritten=*/true);
        step.work = countBytes(reduce.getInput().getType(), step.shape);
      })
      .Case([&](VectorTransposeOp transpose) {
        step.shape = getBounds(transpose.getDestination());
        add(transpose.getInput(), {1, 0}, /*isWritten=*/false);
        add(transpose.getDestination(), {0, 1}, /*isWritten=*/true);
        step.work = countBytes(transpose.getInput().getType(), step.shape);
      })
      .Case([&](VectorArangeOp arange) {
        // The outermost dimension alone has parts that are consecutive; where they start is
        // computed in integers without a sign.
        step.shape = getBounds(arange.getDestination());
        std::vector<int64_t> dims = inOrder(arange.getDestination());
        bool isOutermost = cast<MemRefType>(arange.getDestination().getType()).hasStaticShape() &&
                           arange.getStart().getType().isSignlessInteger();
        for (auto [dim, size] : llvm::enumerate(step.shape)) {
          if (!isOutermost)
            dims[dim] = -1;
          isOutermost &= size == 1;
        }
        add(arange.getDestination(), dims, /*isWritten=*/true);
        step.work = countBytes(arange.getDestination().getType(), step.shape);
      })
      .Case([&](DmaLoadOp load) {
        Value tile = load.getDestination();
        step.shape = getBounds(tile);
        add(tile, load.getOffsets().empty() ? inOrder(tile) : inNone(tile), /*isWritten=*/true);
        step.work = countBytes(tile.getType(), step.shape);
      })
      .Case([&](DmaStoreOp store) {
        Value tile = store.getSource();
        bool isSimple = store.getOffsets().empty() && store.getSizes().empty();
        step.shape = getBounds(tile);
        add(tile, isSimple ? inOrder(tile) : inNone(tile), /*isWritten=*/false);
        step.work = countBytes(tile.getType(), step.shape);
      })
      .Case([&](PopOp pop) {
        step.shape = getBounds(pop.getDestination());
        add(pop.getChannel(), {0, 1}, /*isWritten=*/false, /*isShared=*/true);
        add(pop.getDestination(), {0, 1}, /*isWritten=*/true);
        step.work = countBytes(pop.getDestination().getType(), step.shape);
      })
      .Case([&](PushOp push) {
        step.shape = getBounds(push.getSource());
        add(push.getSource(), {0, 1}, /*isWritten=*/false);
        add(push.getChannel(), {0, 1}, /*isWritten=*/true);
        step.work = countBytes(push.getSource().getType(), step.shape);
      })
      // Nobody knows what it does with its tiles: each lane has all of them.
      .Default([&](Operation *) {
        for (Value operand : op->getOperands())
          if (isTile(operand))
            add(operand, inNone(operand), /*isWritten=*/true);
      });
}

static double countTrips(Operation *op) {
  double trips = 1;
  for (; !isa<VectorProgramOp>(op); op = op->getParentOp()) {
    auto loop = dyn_cast<LoopLikeOpInterface>(op);
    if (!loop)
      continue;
    std::optional<APInt> known = loop.getStaticTripCount();
    trips *= known ? static_cast<double>(known->getSExtValue()) : kTypicalTrips;
  }
  return trips;
}

void LaneProblem::Builder::finish(Operation *op) {
  step.work *= countTrips(op);
  owner.steps[op] = owner.problem.steps.size();
  owner.problem.steps.push_back(std::move(step));
  owner.operands.push_back(std::move(values));
}

/// A tile that comes of something else than a buffer is not to be halved.
static lanes::Tile makeTile(Value value, std::optional<int64_t> dim) {
  if (auto channel = dyn_cast<ChannelType>(value.getType())) {
    lanes::Tile tile{std::vector<int64_t>(channel.getShape())};
    if (isFromCube(channel))
      tile.allowed.emplace_back();
    SmallVector<int64_t> dims = {0, 1};
    if (tile.shape[0] == 1)
      std::swap(dims[0], dims[1]);
    for (int64_t each : dims)
      if (!dim || *dim == each)
        tile.allowed.push_back(lanes::halve(tile.shape, each));
    return tile;
  }
  lanes::Tile tile{std::vector<int64_t>(getShape(value))};
  auto buffer = value.getDefiningOp<BufferOp>();
  if (!buffer || buffer.getSlots())
    tile.allowed.emplace_back();
  return tile;
}

LaneProblem::LaneProblem(VectorProgramOp program, std::optional<int64_t> dim,
                         int64_t alignmentBytes) {
  problem.dim = dim;
  problem.alignmentBytes = alignmentBytes;
  program.walk([&](memref::SubViewOp view) {
    for (Value offset : view.getOffsets())
      if (isTile(view) && !llvm::is_contained(origins, offset))
        origins.push_back(offset);
  });
  auto addTile = [&](Value value) {
    std::vector<View> views;
    Value tile = isTile(value) ? trace(value, views) : value;
    if (tiles.try_emplace(tile, problem.tiles.size()).second)
      problem.tiles.push_back(makeTile(tile, dim));
  };
  program.walk<WalkOrder::PreOrder>([&](Operation *op) {
    std::vector<View> views;
    bool isView = op->getNumResults() == 1 && isTile(op->getResult(0)) &&
                  trace(op->getResult(0), views) != op->getResult(0);
    // The first half of a reshape: what it shows, the second half shows as well.
    if (isView || isa<BufferOp, ReleaseOp>(op) || op == program)
      return;
    for (Value operand : op->getOperands())
      if (isTile(operand) || (isa<ChannelType>(operand.getType())))
        addTile(operand);
    if (llvm::none_of(op->getOperands(), isTile))
      return;
    Builder builder{*this};
    builder.fill(op);
    builder.finish(op);
  });
}

const lanes::Operand *LaneProblem::getOperand(Operation *op, Value value) const {
  int64_t step = steps.lookup(op);
  const auto *it = llvm::find(operands[step], value);
  return it == operands[step].end() ? nullptr
                                    : &problem.steps[step].operands[it - operands[step].begin()];
}
