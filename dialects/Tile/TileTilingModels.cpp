//===- TileTilingModels.cpp - how tile operations are cut into smaller ones -------===//
//
// What: upstream's tiling interfaces for element-wise operations, reductions and products.
// Why:  upstream's tiling and its fusion of producers then work on them as on linalg operations.
// Not:  cuts that change an order of additions: a reduced dimension stays whole. Only a product may
//       be cut along K, by partial reduction, whose partial result is the accumulator itself.
//       Tensors with a capacity: upstream's destinations do not carry it.
//
//===---------------------------------------------------------------------------===//

#include "dialects/Tile/TileInterfaces.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Interfaces/TilingInterface.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tilework::tile;
using utils::IteratorType;

namespace {
/// Per dimension of a tensor the loop that walks it, or kUnit where a single element serves all.
using Access = SmallVector<int64_t, 4>;
constexpr int64_t kUnit = -1;

/// How an operation walks its tensors. A scalar operand has an empty access.
struct LoopNest {
  SmallVector<IteratorType> loops;
  SmallVector<Access> operands;
  Access result;
};
} // namespace

static RankedTensorType getTensorType(Value value) {
  return dyn_cast<RankedTensorType>(value.getType());
}

static LoopNest getProductNest(MatmulOp op) {
  enum : int64_t { m, n, k };
  LoopNest nest;
  nest.loops = {IteratorType::parallel, IteratorType::parallel, IteratorType::reduction};
  nest.operands = {op.getTransLhs() ? Access{k, m} : Access{m, k},
                   op.getTransRhs() ? Access{n, k} : Access{k, n}};
  nest.result = {m, n};
  if (op.getAcc())
    nest.operands.push_back(nest.result);
  return nest;
}

static LoopNest getReductionNest(ReduceOp op) {
  LoopNest nest{{IteratorType::parallel, IteratorType::parallel}, {{0, 1}}, {0, 1}};
  nest.loops[op.getDim()] = IteratorType::reduction;
  nest.result[op.getDim()] = kUnit;
  return nest;
}

static LoopNest getElementwiseNest(Operation *op) {
  auto type = getTensorType(op->getResult(0));
  LoopNest nest;
  nest.loops.assign(type.getRank(), IteratorType::parallel);
  nest.result = llvm::to_vector<4>(llvm::seq<int64_t>(type.getRank()));
  for (Value operand : op->getOperands()) {
    Access access;
    if (auto operandType = getTensorType(operand))
      for (int64_t dim = 0; dim < type.getRank(); ++dim)
        access.push_back(operandType.getDimSize(dim) == 1 && type.getDimSize(dim) != 1 ? kUnit
                                                                                       : dim);
    nest.operands.push_back(access);
  }
  return nest;
}

static LoopNest getNest(Operation *op) {
  return TypeSwitch<Operation *, LoopNest>(op)
      .Case(getProductNest)
      .Case(getReductionNest)
      .Default(getElementwiseNest);
}

/// The first operand dimension that `loop` walks.
static std::pair<Value, int64_t> getWalked(Operation *op, const LoopNest &nest, int64_t loop) {
  for (auto [operand, access] : llvm::zip(op->getOperands(), nest.operands))
    if (const auto *dim = llvm::find(access, loop); dim != access.end())
      return {operand, dim - access.begin()};
  llvm_unreachable("each loop walks an operand");
}

static SmallVector<Range> getDomain(OpBuilder &builder, Operation *op) {
  LoopNest nest = getNest(op);
  SmallVector<Range> domain;
  for (size_t loop = 0; loop < nest.loops.size(); ++loop) {
    auto [tensor, dim] = getWalked(op, nest, loop);
    domain.push_back({builder.getIndexAttr(0),
                      tensor::getMixedSize(builder, op->getLoc(), tensor, dim),
                      builder.getIndexAttr(1)});
  }
  return domain;
}

static bool hasCapacity(Operation *op) {
  auto encoded = [](Value value) {
    auto type = getTensorType(value);
    return type && type.getEncoding();
  };
  return llvm::any_of(op->getOperands(), encoded) || encoded(op->getResult(0));
}

/// True when the tile spans each loop along which the order of additions is fixed.
static bool spansReductions(Operation *op, const LoopNest &nest, ArrayRef<OpFoldResult> offsets,
                            ArrayRef<OpFoldResult> sizes) {
  using Bounds = ValueBoundsConstraintSet;
  for (auto [loop, kind] : llvm::enumerate(nest.loops)) {
    if (kind != IteratorType::reduction)
      continue;
    auto [tensor, dim] = getWalked(op, nest, loop);
    if (!isConstantIntValue(offsets[loop], 0) ||
        !Bounds::compare(Bounds::Variable(sizes[loop]), Bounds::EQ, Bounds::Variable(tensor, dim)))
      return false;
  }
  return true;
}

/// The part of a tensor with the given access that a tile touches.
static void getPart(OpBuilder &builder, const Access &access, ArrayRef<OpFoldResult> offsets,
                    ArrayRef<OpFoldResult> sizes, SmallVectorImpl<OpFoldResult> &partOffsets,
                    SmallVectorImpl<OpFoldResult> &partSizes) {
  for (int64_t loop : access) {
    partOffsets.push_back(loop == kUnit ? builder.getIndexAttr(0) : offsets[loop]);
    partSizes.push_back(loop == kUnit ? builder.getIndexAttr(1) : sizes[loop]);
  }
}

/// Builds `op` on the parts of `operands` that the tile touches.
static TilingResult buildTile(OpBuilder &builder, Operation *op, const LoopNest &nest,
                              ValueRange operands, ArrayRef<OpFoldResult> offsets,
                              ArrayRef<OpFoldResult> sizes) {
  TilingResult tile;
  SmallVector<Value> parts;
  for (auto [operand, access] : llvm::zip_equal(operands, nest.operands)) {
    Value part = operand;
    if (getTensorType(operand)) {
      SmallVector<OpFoldResult> partOffsets, partSizes;
      getPart(builder, access, offsets, sizes, partOffsets, partSizes);
      SmallVector<OpFoldResult> strides(access.size(), builder.getIndexAttr(1));
      auto slice = tensor::ExtractSliceOp::create(builder, op->getLoc(), operand, partOffsets,
                                                  partSizes, strides);
      tile.generatedSlices.push_back(slice);
      part = slice;
    }
    parts.push_back(part);
  }
  SmallVector<OpFoldResult> resultOffsets, resultSizes;
  getPart(builder, nest.result, offsets, sizes, resultOffsets, resultSizes);
  SmallVector<int64_t> shape = std::get<0>(decomposeMixedValues(resultSizes));
  Type element = getTensorType(op->getResult(0)).getElementType();
  tile.tiledOps = {mlir::clone(builder, op, RankedTensorType::get(shape, element), parts)};
  tile.tiledValues = {tile.tiledOps[0]->getResult(0)};
  return tile;
}

namespace {
template <typename TileOp>
struct TilingModel : TilingInterface::ExternalModel<TilingModel<TileOp>, TileOp> {
  SmallVector<IteratorType> getLoopIteratorTypes(Operation *op) const { return getNest(op).loops; }

  SmallVector<Range> getIterationDomain(Operation *op, OpBuilder &builder) const {
    return getDomain(builder, op);
  }

  FailureOr<TilingResult> getTiledImplementation(Operation *op, OpBuilder &builder,
                                                 ArrayRef<OpFoldResult> offsets,
                                                 ArrayRef<OpFoldResult> sizes) const {
    LoopNest nest = getNest(op);
    if (hasCapacity(op) || !spansReductions(op, nest, offsets, sizes))
      return failure();
    return buildTile(builder, op, nest, op->getOperands(), offsets, sizes);
  }

  LogicalResult getResultTilePosition(Operation *op, OpBuilder &builder, unsigned,
                                      ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes,
                                      SmallVector<OpFoldResult> &resultOffsets,
                                      SmallVector<OpFoldResult> &resultSizes) const {
    getPart(builder, getNest(op).result, offsets, sizes, resultOffsets, resultSizes);
    return success();
  }

  LogicalResult
  getIterationDomainTileFromResultTile(Operation *op, OpBuilder &builder, unsigned,
                                       ArrayRef<OpFoldResult> offsets, ArrayRef<OpFoldResult> sizes,
                                       SmallVectorImpl<OpFoldResult> &domainOffsets,
                                       SmallVectorImpl<OpFoldResult> &domainSizes) const {
    for (const Range &range : getDomain(builder, op)) {
      domainOffsets.push_back(range.offset);
      domainSizes.push_back(range.size);
    }
    for (auto [dim, loop] : llvm::enumerate(getNest(op).result))
      if (loop != kUnit) {
        domainOffsets[loop] = offsets[dim];
        domainSizes[loop] = sizes[dim];
      }
    return success();
  }

  FailureOr<TilingResult> generateResultTileValue(Operation *op, OpBuilder &builder,
                                                  unsigned result, ArrayRef<OpFoldResult> offsets,
                                                  ArrayRef<OpFoldResult> sizes) const {
    SmallVector<OpFoldResult> domainOffsets, domainSizes;
    if (failed(getIterationDomainTileFromResultTile(op, builder, result, offsets, sizes,
                                                    domainOffsets, domainSizes)))
      return failure();
    return getTiledImplementation(op, builder, domainOffsets, domainSizes);
  }
};

/// A product cut along K: each part continues the chain that the one before it left in the
/// accumulator, so that there is nothing to merge and no bit changes.
template <typename TileOp>
struct ChainModel : PartialReductionOpInterface::ExternalModel<ChainModel<TileOp>, TileOp> {
  /// The initial accumulator. An operation of its own, as upstream's handles to it demand.
  FailureOr<SmallVector<Value>>
  generateInitialTensorForPartialReduction(Operation *op, OpBuilder &builder, Location loc,
                                           ArrayRef<OpFoldResult>,
                                           const SetVector<unsigned> &) const {
    if (hasCapacity(op))
      return failure();
    SmallVector<Range> domain = getDomain(builder, op);
    SmallVector<OpFoldResult> sizes = {domain[0].size, domain[1].size};
    SmallVector<OpFoldResult> zeros(2, builder.getIndexAttr(0)), ones(2, builder.getIndexAttr(1));
    if (Value acc = cast<MatmulOp>(op).getAcc())
      return SmallVector<Value>{
          tensor::ExtractSliceOp::create(builder, loc, acc, zeros, sizes, ones)};
    auto type = getTensorType(op->getResult(0));
    Value zero =
        arith::ConstantOp::create(builder, loc, builder.getZeroAttr(type.getElementType()));
    SmallVector<Value> dynamicSizes = std::get<1>(decomposeMixedValues(sizes));
    return SmallVector<Value>{FullOp::create(builder, loc, type, zero, dynamicSizes)};
  }

  FailureOr<TilingResult> tileToPartialReduction(Operation *op, OpBuilder &builder, Location,
                                                 ReductionTilingStrategy strategy, ValueRange inits,
                                                 ArrayRef<OpFoldResult> offsets,
                                                 ArrayRef<OpFoldResult> sizes,
                                                 const SetVector<unsigned> &,
                                                 ArrayRef<OpFoldResult>) const {
    if (strategy != ReductionTilingStrategy::PartialReductionOuterReduction)
      return failure();
    LoopNest nest = getNest(op);
    nest.operands.resize(2);
    nest.operands.push_back(nest.result);
    Value operands[] = {op->getOperand(0), op->getOperand(1), inits[0]};
    return buildTile(builder, op, nest, operands, offsets, sizes);
  }

  FailureOr<MergeResult> mergeReductions(Operation *, OpBuilder &, Location, ValueRange partial,
                                         const SetVector<unsigned> &) const {
    return MergeResult{{partial[0].getDefiningOp()}, {partial[0]}};
  }

  LogicalResult getPartialResultTilePosition(Operation *op, OpBuilder &builder, unsigned,
                                             ReductionTilingStrategy,
                                             ArrayRef<OpFoldResult> offsets,
                                             ArrayRef<OpFoldResult> sizes,
                                             const SetVector<unsigned> &, ArrayRef<OpFoldResult>,
                                             SmallVector<OpFoldResult> &resultOffsets,
                                             SmallVector<OpFoldResult> &resultSizes) const {
    getPart(builder, getNest(op).result, offsets, sizes, resultOffsets, resultSizes);
    return success();
  }
};
} // namespace

void tilework::tile::attachTilingModels(MLIRContext &context) {
  attachModel<TilingModel>(context, ElementwiseOps());
  attachModel<TilingModel>(context, OpList<ReduceOp, MatmulOp>());
  attachModel<ChainModel>(context, OpList<MatmulOp>());
}
