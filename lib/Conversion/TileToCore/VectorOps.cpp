//===- VectorOps.cpp - what the vector cores compute -------------------------------===//

#include "lib/Conversion/TileToCore/Converter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tilework;
using core::BinaryKind;
using core::Space;
using core::UnaryKind;

static std::optional<UnaryKind> getUnaryKind(Operation *op) {
  return llvm::TypeSwitch<Operation *, std::optional<UnaryKind>>(op)
      .Case([](tile::NegOp) { return UnaryKind::neg; })
      .Case([](tile::AbsOp) { return UnaryKind::abs; })
      .Case([](tile::ExpOp) { return UnaryKind::exp; })
      .Case([](tile::LogOp) { return UnaryKind::log; })
      .Case([](tile::SinOp) { return UnaryKind::sin; })
      .Case([](tile::CosOp) { return UnaryKind::cos; })
      .Case([](tile::SqrtOp) { return UnaryKind::sqrt; })
      .Case([](tile::RsqrtOp) { return UnaryKind::rsqrt; })
      .Case([](tile::RecipOp) { return UnaryKind::recip; })
      .Case([](tile::ReluOp) { return UnaryKind::relu; })
      .Case([](tile::NotOp) { return UnaryKind::not_; })
      .Default([](Operation *) { return std::nullopt; });
}

static std::optional<BinaryKind> getBinaryKind(Operation *op) {
  return llvm::TypeSwitch<Operation *, std::optional<BinaryKind>>(op)
      .Case([](tile::AddOp) { return BinaryKind::add; })
      .Case([](tile::SubOp) { return BinaryKind::sub; })
      .Case([](tile::MulOp) { return BinaryKind::mul; })
      .Case([](tile::DivOp) { return BinaryKind::div; })
      .Case([](tile::MaximumOp) { return BinaryKind::maximum; })
      .Case([](tile::MinimumOp) { return BinaryKind::minimum; })
      .Case([](tile::FmodOp) { return BinaryKind::fmod; })
      .Case([](tile::AndOp) { return BinaryKind::and_; })
      .Case([](tile::OrOp) { return BinaryKind::or_; })
      .Case([](tile::XorOp) { return BinaryKind::xor_; })
      .Case([](tile::ShlOp) { return BinaryKind::shl; })
      .Case([](tile::ShrOp) { return BinaryKind::shr; })
      .Default([](Operation *) { return std::nullopt; });
}

static core::ReduceKind getReduceKind(tile::ReduceKind kind) {
  switch (kind) {
  case tile::ReduceKind::sum:
    return core::ReduceKind::sum;
  case tile::ReduceKind::max:
    return core::ReduceKind::max;
  case tile::ReduceKind::min:
    return core::ReduceKind::min;
  case tile::ReduceKind::prod:
    return core::ReduceKind::prod;
  }
  llvm_unreachable("every reduction has an instruction");
}

Value KernelConverter::getVectorOperand(Value value) {
  return isa<RankedTensorType>(value.getType()) ? at(value).ub : lookup(value);
}

/// The extents of the value `op` makes, from those of its operands.
static SmallVector<OpFoldResult> reduceSizes(ArrayRef<OpFoldResult> sizes, int64_t dim,
                                             OpBuilder &builder) {
  SmallVector<OpFoldResult> reduced(sizes);
  reduced[dim] = builder.getIndexAttr(1);
  return reduced;
}

LogicalResult KernelConverter::convertVectorOp(Operation *op) {
  Value result = op->getResult(0);
  auto type = cast<RankedTensorType>(result.getType());
  SmallVector<Value> operands = llvm::map_to_vector(
      op->getOperands(), [&](Value operand) { return getVectorOperand(operand); });
  SmallVector<OpFoldResult> sizes;
  if (op->getNumOperands() && isa<RankedTensorType>(op->getOperand(0).getType()))
    sizes = at(op->getOperand(0)).sizes;
  auto fromSizes = [&](OperandRange dynamic) {
    sizes.clear();
    for (int64_t size : type.getShape())
      if (ShapedType::isDynamic(size)) {
        sizes.push_back(lookup(dynamic.front()));
        dynamic = dynamic.drop_front();
      } else {
        sizes.push_back(builder.getIndexAttr(size));
      }
  };
  Value destination;
  auto aim = [&] { return destination = createDestination(result, sizes); };
  if (auto kind = getUnaryKind(op)) {
    core::VectorUnaryOp::create(builder, loc, *kind, operands[0], aim());
  } else if (auto kind = getBinaryKind(op)) {
    core::VectorBinaryOp::create(builder, loc, *kind, operands[0], operands[1], aim());
  } else if (auto compare = dyn_cast<tile::CompareOp>(op)) {
    auto predicate =
        *core::symbolizeComparePredicate(static_cast<uint32_t>(compare.getPredicate()));
    core::VectorCompareOp::create(builder, loc, predicate, operands[0], operands[1], aim());
  } else if (isa<tile::SelectOp>(op)) {
    core::VectorSelectOp::create(builder, loc, operands[0], operands[1], operands[2], aim());
  } else if (auto cast = dyn_cast<tile::CastOp>(op)) {
    auto rounding = *core::symbolizeRounding(static_cast<uint32_t>(cast.getRounding()));
    core::VectorCastOp::create(builder, loc, rounding, operands[0], aim());
  } else if (auto reduce = dyn_cast<tile::ReduceOp>(op)) {
    sizes = reduceSizes(sizes, reduce.getDim(), builder);
    core::VectorReduceOp::create(builder, loc, getReduceKind(reduce.getKind()), operands[0],
                                 reduce.getDim(), aim());
  } else if (auto reduce = dyn_cast<tile::ArgReduceOp>(op)) {
    sizes = reduceSizes(sizes, reduce.getDim(), builder);
    auto kind = reduce.getKind() == tile::ArgReduceKind::argmax ? core::ReduceKind::argmax
                                                                : core::ReduceKind::argmin;
    core::VectorReduceOp::create(builder, loc, kind, operands[0], reduce.getDim(), aim());
  } else if (auto full = dyn_cast<tile::FullOp>(op)) {
    fromSizes(full.getSizes());
    core::VectorFillOp::create(builder, loc, operands[0], aim());
  } else if (auto broadcast = dyn_cast<tile::BroadcastOp>(op)) {
    fromSizes(broadcast.getSizes());
    core::VectorFillOp::create(builder, loc, operands[0], aim());
  } else if (isa<tile::ArangeOp>(op)) {
    fromSizes(op->getOperands().take_back(0));
    core::VectorArangeOp::create(builder, loc, operands[0], aim());
  } else if (auto empty = dyn_cast<tile::EmptyOp>(op)) {
    fromSizes(empty.getSizes());
    aim();
  } else if (auto transpose = dyn_cast<tile::TransposeOp>(op)) {
    SmallVector<OpFoldResult> inputSizes(sizes);
    for (auto [dim, source] : llvm::enumerate(transpose.getPermutation()))
      sizes[dim] = inputSizes[source];
    if (type.getRank() == 2 && transpose.getPermutation()[0] == 1) {
      core::VectorTransposeOp::create(builder, loc, operands[0], aim());
    } else {
      // A copy through a view whose dimensions are permuted.
      auto permutation = AffineMap::getPermutationMap(
          llvm::to_vector_of<unsigned>(transpose.getPermutation()), builder.getContext());
      Value view =
          memref::TransposeOp::create(builder, loc, operands[0], AffineMapAttr::get(permutation));
      core::MoveOp::create(builder, loc, view, aim(), /*transpose=*/false);
    }
  } else {
    return op->emitOpError("expects an operation that a core group can execute");
  }
  at(result).ub = destination;
  at(result).sizes = sizes;
  distribute(result);
  return success();
}

//===---------------------------------------------------------------------------===//
// Parts
//===---------------------------------------------------------------------------===//

LogicalResult KernelConverter::convertExtract(tensor::ExtractSliceOp op) {
  SmallVector<OpFoldResult> offsets = lookup(op.getMixedOffsets());
  SmallVector<OpFoldResult> sizes = lookup(op.getMixedSizes());
  SmallVector<OpFoldResult> strides(op.getMixedStrides());
  Place place;
  auto dropped = op.getDroppedDims();
  for (auto [dim, size] : llvm::enumerate(sizes))
    if (!dropped.test(dim))
      place.sizes.push_back(size);
  bool isGlobal = homes.getHome(op) == Home::slice;
  if (isGlobal && at(op.getSource()).pad)
    return op.emitOpError("expects a part of a tile that lies in one memory, but got one of a "
                          "padded load");
  Value source = isGlobal ? at(op.getSource()).global : at(op.getSource()).ub;
  SmallVector<int64_t> shape;
  for (OpFoldResult size : place.sizes)
    shape.push_back(getConstantIntValue(size).value_or(ShapedType::kDynamic));
  auto type = memref::SubViewOp::inferRankReducedResultType(
      shape, cast<MemRefType>(source.getType()), offsets, sizes, strides);
  Value view = memref::SubViewOp::create(builder, loc, cast<MemRefType>(type), source, offsets,
                                         sizes, strides);
  (isGlobal ? place.global : place.ub) = view;
  at(op) = place;
  distribute(op);
  return success();
}

/// Where an update of `destination` is written: a global tensor in place, and a tile if nobody else
/// reads it, neither as it is nor as a part of another. Else a copy of the tile.
KernelConverter::Place KernelConverter::startUpdate(Value destination, Value result) {
  Place place = at(destination);
  place.l1 = Value();
  if (homes.getHome(result) == Home::global) {
    place.ub = Value();
  } else if (destination.hasOneUse() && aims.contains(destination)) {
    aims[result] = aims[destination];
  } else {
    Value copy = createDestination(result, place.sizes);
    core::MoveOp::create(builder, loc, place.ub, copy, /*transpose=*/false);
    place.ub = copy;
  }
  return place;
}

LogicalResult KernelConverter::convertInsert(tensor::InsertSliceOp op) {
  SmallVector<OpFoldResult> offsets = lookup(op.getMixedOffsets());
  SmallVector<OpFoldResult> sizes = lookup(op.getMixedSizes());
  SmallVector<OpFoldResult> strides(op.getMixedStrides());
  bool isStore = homes.getHome(op) == Home::global;
  Place place = startUpdate(op.getDest(), op);
  Value whole = isStore ? place.global : place.ub;
  SmallVector<int64_t> shape;
  auto dropped = op.getDroppedDims();
  for (auto [dim, size] : llvm::enumerate(sizes))
    if (!dropped.test(dim))
      shape.push_back(getConstantIntValue(size).value_or(ShapedType::kDynamic));
  auto type = memref::SubViewOp::inferRankReducedResultType(
      shape, cast<MemRefType>(whole.getType()), offsets, sizes, strides);
  Value part = memref::SubViewOp::create(builder, loc, cast<MemRefType>(type), whole, offsets,
                                         sizes, strides);
  if (isStore)
    store(op, op.getSource(), part, /*isAtomic=*/false);
  else
    core::MoveOp::create(builder, loc, at(op.getSource()).ub, part, /*transpose=*/false);
  at(op) = place;
  distribute(op);
  return success();
}

/// One element: the vector core fills a part of one element, or a tile of one that is stored.
LogicalResult KernelConverter::convertInsert(tensor::InsertOp op) {
  auto type = cast<RankedTensorType>(op.getType());
  SmallVector<OpFoldResult> offsets = llvm::map_to_vector(
      op.getIndices(), [&](Value index) { return OpFoldResult(lookup(index)); });
  SmallVector<OpFoldResult> ones(type.getRank(), builder.getIndexAttr(1));
  Place place = startUpdate(op.getDest(), op);
  if (place.global) {
    SmallVector<int64_t> shape(type.getRank(), 1);
    Value element = createBuffer(shape, type.getElementType(), Space::ub, loc);
    core::VectorFillOp::create(builder, loc, lookup(op.getScalar()), element);
    Value part = slice(place.global, offsets, ones);
    core::DmaStoreOp::create(builder, loc, element, part, ValueRange(), ValueRange(),
                             core::AtomicKind::none);
  } else {
    core::VectorFillOp::create(builder, loc, lookup(op.getScalar()),
                               slice(place.ub, offsets, ones));
  }
  at(op) = place;
  distribute(op);
  return success();
}

/// Of a slice, the load pads; of a tile, the vector core fills a buffer and moves the tile into it.
LogicalResult KernelConverter::convertFillpad(tile::FillpadOp op) {
  auto type = cast<RankedTensorType>(op.getType());
  Place place = at(op.getInput());
  place.l1 = Value();
  place.sizes.clear();
  for (int64_t size : type.getShape())
    place.sizes.push_back(builder.getIndexAttr(size));
  if (homes.getHome(op) == Home::slice) {
    place.ub = Value();
    place.pad = lookup(op.getValue());
  } else {
    Value destination = createDestination(op, place.sizes);
    core::VectorFillOp::create(builder, loc, lookup(op.getValue()), destination);
    Value part = createView(destination, at(op.getInput()).sizes);
    core::MoveOp::create(builder, loc, place.ub, part, /*transpose=*/false);
    place.ub = destination;
  }
  at(op) = place;
  distribute(op);
  return success();
}

/// The same bytes under another shape, copied together first where they lie apart.
LogicalResult KernelConverter::convertReshape(tile::ReshapeOp op) {
  auto from = cast<RankedTensorType>(op.getInput().getType());
  auto to = cast<RankedTensorType>(op.getType());
  Value source = at(op.getInput()).ub;
  if (!cast<MemRefType>(source.getType()).getLayout().isIdentity()) {
    Value together = createBuffer(from, Space::ub, loc);
    core::MoveOp::create(builder, loc, source, together, /*transpose=*/false);
    source = together;
  }
  SmallVector<ReassociationIndices> all(1);
  if (from.getRank() > 1) {
    all[0] = llvm::to_vector(llvm::seq<int64_t>(from.getRank()));
    source = memref::CollapseShapeOp::create(builder, loc, source, all);
  }
  if (to.getRank() > 1) {
    all[0] = llvm::to_vector(llvm::seq<int64_t>(to.getRank()));
    source = memref::ExpandShapeOp::create(builder, loc, to.getShape(), source, all);
  }
  Place &place = at(op);
  place.ub = source;
  for (int64_t size : to.getShape())
    place.sizes.push_back(builder.getIndexAttr(size));
  distribute(op);
  return success();
}

LogicalResult KernelConverter::convertConcat(tensor::ConcatOp op) {
  auto type = cast<RankedTensorType>(op.getType());
  if (!type.hasStaticShape())
    return op.emitOpError("expects parts of static sizes, but got ") << type;
  SmallVector<OpFoldResult> sizes, offsets(type.getRank(), builder.getIndexAttr(0));
  for (int64_t size : type.getShape())
    sizes.push_back(builder.getIndexAttr(size));
  Value destination = createDestination(op, sizes);
  int64_t offset = 0;
  for (Value input : op.getInputs()) {
    offsets[op.getDim()] = builder.getIndexAttr(offset);
    Value part = slice(destination, offsets, at(input).sizes);
    core::MoveOp::create(builder, loc, at(input).ub, part, /*transpose=*/false);
    offset += cast<RankedTensorType>(input.getType()).getDimSize(op.getDim());
  }
  at(op).ub = destination;
  at(op).sizes = sizes;
  distribute(op);
  return success();
}
