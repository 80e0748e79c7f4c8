//===- ControlFlow.cpp - loops, branches and scalars of a core group -------------------===//
//
// A tile that a loop carries has one buffer for all iterations; so has the result of a branch. What
// an iteration makes is written there at once if nobody reads the old tile any more, and moved
// there at the end of the iteration if somebody does.
//
//===---------------------------------------------------------------------------===//

#include "lib/Conversion/TileToCore/Converter.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tilework;
using core::Space;

static bool isTensor(Value value) {
  return isa<RankedTensorType>(value.getType());
}

static Value getBuffer(Value view) {
  while (Operation *op = view.getDefiningOp()) {
    if (!isa<memref::SubViewOp, memref::ExpandShapeOp, memref::CollapseShapeOp>(op))
      break;
    view = op->getOperand(0);
  }
  return view;
}

//===---------------------------------------------------------------------------===//
// Where the next tile is written
//===---------------------------------------------------------------------------===//

/// Whether each element of the result depends on the same elements of the operands only.
static bool isElementwise(Operation *op) {
  return isa<tile::TileDialect>(op->getDialect()) &&
         !isa<tile::ReduceOp, tile::ArgReduceOp, tile::TransposeOp, tile::ReshapeOp,
              tile::FillpadOp, tile::BroadcastOp, tile::PipelineOp, tile::MatmulOp>(op);
}

/// Whether all that reads `value`, through parts and shapes of it as well, stands before `op`, or
/// is `op` and reads an element before it writes it.
static bool isReadBefore(Value value, Operation *op) {
  return llvm::all_of(value.getUsers(), [&](Operation *user) {
    Operation *ancestor = op->getBlock()->findAncestorOpInBlock(*user);
    if (!ancestor || op->isBeforeInBlock(ancestor))
      return false;
    if (ancestor == op && (user != op || !isElementwise(op)))
      return false;
    bool isView = isa<tensor::ExtractSliceOp, tile::ReshapeOp>(user);
    return !isView || isReadBefore(user->getResult(0), op);
  });
}

void KernelConverter::aimAt(Value value, Value destination, Value previous) {
  Operation *op = value.getDefiningOp();
  bool writes = op && isa<tile::TileDialect>(op->getDialect()) &&
                !isa<tile::ReshapeOp, tile::PipelineOp>(op) && homes.getHome(value) == Home::ub;
  if (writes && (!previous || isReadBefore(previous, op)))
    aims[value] = destination;
}

LogicalResult KernelConverter::yieldInto(Value yielded, const Place &destination) {
  const Place &place = at(yielded);
  if (destination.global) {
    if (place.global != destination.global)
      return emitError(yielded.getLoc(), "expects a loop or branch to keep its global tensors, but "
                                         "got another one");
    return success();
  }
  if (destination.ub && getBuffer(place.ub) != getBuffer(destination.ub))
    core::MoveOp::create(builder, loc, place.ub, destination.ub, /*transpose=*/false);
  return success();
}

//===---------------------------------------------------------------------------===//
// Loops
//===---------------------------------------------------------------------------===//

LogicalResult KernelConverter::convertLoop(Operation *op) {
  auto loop = cast<LoopLikeOpInterface>(op);
  Value bounds[] = {lookup(toValue(*loop.getSingleLowerBound())),
                    lookup(toValue(*loop.getSingleUpperBound())),
                    lookup(toValue(*loop.getSingleStep()))};
  SmallVector<Carried> tiles, carriedScalars;
  for (const Carried &carried : getCarried(op))
    (isTensor(carried.init) ? tiles : carriedScalars).push_back(carried);

  // Before the loop: the buffers of what it carries.
  for (const Carried &carried : tiles) {
    const Place init = at(carried.init);
    Place place;
    place.sizes = init.sizes;
    switch (homes.getHome(carried.argument)) {
    case Home::global:
      place.global = init.global;
      break;
    case Home::l0c:
      for (int64_t size : cast<RankedTensorType>(carried.argument.getType()).getShape())
        place.sizes.size() < 2 ? place.sizes.push_back(builder.getIndexAttr(size)) : void();
      place.l0c = getAccumulatorView(carried.argument, place.sizes);
      if (homes.getHome(carried.init) != Home::l0c) {
        Value start = getStart(carried.init);
        if (!start)
          return emitError(carried.init.getLoc(),
                           "expects an accumulator that starts at zero or with a product, but got "
                           "a tile that the vector unit makes; multiply without it, and add it "
                           "to the product");
        if (!startsInLoop(carried, op))
          clearAccumulator(place.l0c);
      }
      break;
    default:
      if (Value own = aims.lookup(carried.init); own && startsLoop(carried.init)) {
        place.ub = createView(own, place.sizes);
      } else {
        auto type = cast<RankedTensorType>(carried.argument.getType());
        place.ub =
            createView(createBuffer(type, Space::ub, carried.argument.getLoc()), place.sizes);
        core::MoveOp::create(builder, loc, init.ub, place.ub, /*transpose=*/false);
      }
    }
    at(carried.argument) = place;
    if (place.ub)
      aims[carried.argument] = aims[carried.result] = getBuffer(place.ub);
  }

  // The loop, on scalars.
  SmallVector<Value> inits = llvm::map_to_vector(
      carriedScalars, [&](const Carried &carried) { return lookup(carried.init); });
  Operation *converted;
  Region *body;
  if (auto pipeline = dyn_cast<tile::PipelineOp>(op)) {
    auto created = tile::PipelineOp::create(builder, loc, ValueRange(inits).getTypes(), bounds[0],
                                            bounds[1], bounds[2], inits, pipeline.getStagesAttr());
    converted = created, body = &created.getBody();
  } else {
    auto created = scf::ForOp::create(builder, loc, bounds[0], bounds[1], bounds[2], inits);
    converted = created, body = &created.getRegion();
    body->getBlocks().clear();
  }
  OpBuilder::InsertionGuard guard(builder);
  Block *block = builder.createBlock(body);
  scalars.map(*loop.getSingleInductionVar(), block->addArgument(builder.getIndexType(), loc));
  for (const Carried &carried : carriedScalars)
    scalars.map(carried.argument,
                block->addArgument(carried.argument.getType(), carried.argument.getLoc()));

  for (const Carried &carried : tiles) {
    const Place &place = at(carried.argument);
    if (place.l0c && startsInLoop(carried, op)) {
      Value outer = homes.getHome(carried.init) == Home::l0c ? starts.lookup(carried.init)
                                                             : getStart(carried.init);
      if (outer) {
        Value first = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq,
                                            block->getArgument(0), bounds[0]);
        starts[carried.argument] = arith::AndIOp::create(builder, loc, first, outer);
      }
    }
    if (place.ub)
      aimAt(carried.yielded, getBuffer(place.ub), carried.argument);
    if (!place.global)
      distribute(carried.argument);
  }
  if (failed(convertBlock(loop.getLoopRegions().front()->front())))
    return failure();

  // The next tiles. One that is in the buffer of another is set aside first.
  loc = op->getLoc();
  for (const Carried &carried : tiles) {
    Place &next = at(carried.yielded);
    bool isOfAnother = llvm::any_of(tiles, [&](const Carried &other) {
      return other.argument != carried.argument && next.ub && at(other.argument).ub &&
             getBuffer(at(other.argument).ub) == getBuffer(next.ub);
    });
    if (!isOfAnother || !at(carried.argument).ub)
      continue;
    auto type = cast<RankedTensorType>(carried.yielded.getType());
    Value aside = createView(createBuffer(type, Space::ub, loc), next.sizes);
    core::MoveOp::create(builder, loc, next.ub, aside, /*transpose=*/false);
    next.ub = aside;
  }
  for (const Carried &carried : tiles)
    if (failed(yieldInto(carried.yielded, at(carried.argument))))
      return failure();
  SmallVector<Value> next = llvm::map_to_vector(
      carriedScalars, [&](const Carried &carried) { return lookup(carried.yielded); });
  if (isa<tile::PipelineOp>(converted))
    tile::YieldOp::create(builder, loc, next);
  else
    scf::YieldOp::create(builder, loc, next);

  builder.setInsertionPointAfter(converted);
  for (auto [carried, result] : llvm::zip(carriedScalars, converted->getResults()))
    scalars.map(carried.result, result);
  for (const Carried &carried : tiles) {
    at(carried.result) = at(carried.argument);
    at(carried.result).l1 = Value();
    if (!at(carried.result).global) {
      Place place = at(carried.result);
      if (place.l0c)
        place.ub = Value();
      at(carried.result) = place;
      distribute(carried.result);
    }
  }
  return success();
}

//===---------------------------------------------------------------------------===//
// Branches
//===---------------------------------------------------------------------------===//

LogicalResult KernelConverter::convertBranch(scf::IfOp op) {
  SmallVector<unsigned> tiles, scalarResults;
  for (OpResult result : op.getResults())
    (isTensor(result) ? tiles : scalarResults).push_back(result.getResultNumber());
  SmallVector<Type> types = llvm::map_to_vector(
      scalarResults, [&](unsigned index) { return op.getResult(index).getType(); });
  auto branch = scf::IfOp::create(builder, loc, types, lookup(op.getCondition()),
                                  /*withElseRegion=*/!op.getElseRegion().empty());
  for (unsigned index : tiles) {
    Value result = op.getResult(index);
    auto type = cast<RankedTensorType>(result.getType());
    if (homes.getHome(result) == Home::ub)
      aims[result] = createBuffer(type, Space::ub, result.getLoc());
  }
  for (auto [from, to] : llvm::zip(op->getRegions(), branch->getRegions())) {
    if (from.empty())
      continue;
    OpBuilder::InsertionGuard guard(builder);
    to.getBlocks().clear();
    builder.createBlock(&to);
    auto yield = cast<scf::YieldOp>(from.front().getTerminator());
    for (unsigned index : tiles)
      if (Value aim = aims.lookup(op.getResult(index)))
        aimAt(yield.getOperand(index), aim, Value());
    if (failed(convertBlock(from.front())))
      return failure();
    loc = op.getLoc();
    for (unsigned index : tiles) {
      Value result = op.getResult(index), yielded = yield.getOperand(index);
      Place place;
      place.sizes = at(yielded).sizes;
      if (homes.getHome(result) == Home::global)
        place.global = at(result).global ? at(result).global : at(yielded).global;
      else if (homes.getHome(result) == Home::l0c)
        place.l0c = getAccumulatorView(result, place.sizes);
      else
        place.ub = createView(aims.lookup(result), place.sizes);
      if (failed(yieldInto(yielded, place)))
        return failure();
      at(result) = place;
    }
    scf::YieldOp::create(builder, loc, llvm::map_to_vector(scalarResults, [&](unsigned index) {
                           return lookup(yield.getOperand(index));
                         }));
  }
  builder.setInsertionPointAfter(branch);
  for (auto [index, result] : llvm::zip(scalarResults, branch.getResults()))
    scalars.map(op.getResult(index), result);
  for (unsigned index : tiles) {
    Value result = op.getResult(index);
    Place &place = at(result);
    for (OpFoldResult size : place.sizes)
      if (auto value = dyn_cast<Value>(size);
          value && value.getParentBlock()->getParentOp() == branch)
        return op.emitOpError("expects branches to make tiles of extents known before them, but "
                              "got ")
               << result.getType();
    if (place.ub)
      place.ub = createView(aims.lookup(result), place.sizes);
    if (place.l0c)
      place.l0c = getAccumulatorView(result, place.sizes);
    if (!place.global)
      distribute(result);
  }
  return success();
}

/// A loop on a condition, which carries scalars.
LogicalResult KernelConverter::convertWhile(Operation *op) {
  auto loop = cast<scf::WhileOp>(op);
  if (llvm::any_of(loop.getInits(), isTensor) || llvm::any_of(loop.getResults(), isTensor))
    return loop.emitOpError("expects a `while` loop of a placed kernel to carry scalars, but got a "
                            "tile; use `pl.range`");
  SmallVector<Value> inits =
      llvm::map_to_vector(loop.getInits(), [&](Value init) { return lookup(init); });
  auto converted = scf::WhileOp::create(builder, loc, loop.getResultTypes(), inits);
  for (auto [from, to] : llvm::zip(loop->getRegions(), converted->getRegions())) {
    OpBuilder::InsertionGuard guard(builder);
    Block *block = builder.createBlock(&to);
    for (BlockArgument argument : from.getArguments())
      scalars.map(argument, block->addArgument(argument.getType(), argument.getLoc()));
    if (failed(convertBlock(from.front())))
      return failure();
    builder.clone(*from.front().getTerminator(), scalars);
  }
  builder.setInsertionPointAfter(converted);
  for (auto [from, to] : llvm::zip(loop.getResults(), converted.getResults()))
    scalars.map(from, to);
  return success();
}

//===---------------------------------------------------------------------------===//
// Operations
//===---------------------------------------------------------------------------===//

LogicalResult KernelConverter::convertOp(Operation *op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case<scf::ForOp, tile::PipelineOp, task::ParallelOp>(
          [&](Operation *loop) { return convertLoop(loop); })
      .Case([&](scf::IfOp branch) { return convertBranch(branch); })
      .Case([&](scf::WhileOp loop) { return convertWhile(loop); })
      .Case([&](bufferization::ToTensorOp op) {
        Place &place = at(op);
        place.global = lookup(op.getBuffer());
        auto type = cast<MemRefType>(place.global.getType());
        for (auto [dim, size] : llvm::enumerate(type.getShape()))
          place.sizes.push_back(
              ShapedType::isDynamic(size)
                  ? OpFoldResult(memref::DimOp::create(builder, loc, place.global, dim).getResult())
                  : builder.getIndexAttr(size));
        Needs needs = homes.getNeeds(op);
        if (needs.ub || needs.l1)
          distribute(op);
        return success();
      })
      .Case([&](bufferization::MaterializeInDestinationOp op) {
        Value destination = lookup(op.getDest());
        if (at(op.getSource()).global != destination)
          store(op.getSource(), destination, /*isAtomic=*/false);
        return success();
      })
      .Case([&](task::AtomicUpdateOp op) {
        SmallVector<OpFoldResult> offsets;
        for (Value offset : op.getOffsets())
          offsets.push_back(lookup(offset));
        Value part = slice(lookup(op.getDestination()), offsets, at(op.getSource()).sizes);
        store(op.getSource(), part, /*isAtomic=*/true);
        return success();
      })
      .Case([&](tile::MatmulOp op) {
        const Place &left = at(op.getLhs()), &right = at(op.getRhs());
        SmallVector<OpFoldResult> sizes{left.sizes[op.getTransLhs()],
                                        right.sizes[!op.getTransRhs()]};
        if (failed(convertMatmul(op)))
          return failure();
        at(op).l0c = getAccumulatorView(op, sizes);
        at(op).sizes = sizes;
        distribute(op);
        return success();
      })
      .Case([&](tile::FullOp op) {
        // Zeros that start a sum are not written.
        bool isWritten = llvm::any_of(op->getUses(), [&](OpOperand &use) {
          auto product = dyn_cast<tile::MatmulOp>(use.getOwner());
          if (product)
            return use.getOperandNumber() < 2;
          for (Operation *user : {use.getOwner()})
            if (isa<scf::ForOp, tile::PipelineOp, task::ParallelOp>(user))
              for (const Carried &carried : getCarried(user))
                if (carried.init == op)
                  return homes.getHome(carried.argument) != Home::l0c;
          return true;
        });
        return isWritten ? convertVectorOp(op) : success();
      })
      .Case([&](tile::CastOp op) {
        if (homes.getHome(op) != Home::l0c)
          return convertVectorOp(op);
        Place place = at(op.getInput());
        place.ub = place.l1 = Value();
        at(op) = place;
        distribute(op);
        return success();
      })
      .Case([&](tile::FillpadOp op) { return convertFillpad(op); })
      .Case([&](tile::ReshapeOp op) { return convertReshape(op); })
      .Case([&](tensor::ConcatOp op) { return convertConcat(op); })
      .Case([&](tensor::ExtractSliceOp op) { return convertExtract(op); })
      .Case([&](tensor::InsertSliceOp op) { return convertInsert(op); })
      .Case([&](tensor::DimOp op) {
        scalars.map(op.getResult(),
                    toValue(at(op.getSource()).sizes[*getConstantIntValue(op.getIndex())]));
        return success();
      })
      .Case([&](tensor::ExtractOp op) {
        if (!at(op.getTensor()).global)
          return LogicalResult(
              op.emitOpError("expects a scalar of a global tensor, but got one of a tile"));
        SmallVector<Value> indices =
            llvm::map_to_vector(op.getIndices(), [&](Value index) { return lookup(index); });
        scalars.map(
            op.getResult(),
            memref::LoadOp::create(builder, loc, at(op.getTensor()).global, indices).getResult());
        return success();
      })
      .Default([&](Operation *op) -> LogicalResult {
        if (llvm::any_of(op->getResults(), isTensor))
          return isa<tile::TileDialect>(op->getDialect())
                     ? convertVectorOp(op)
                     : op->emitOpError("expects an operation that a core group can execute");
        if (llvm::any_of(op->getOperands(), isTensor))
          return op->emitOpError("expects an operation on scalars, but got one on a tile");
        builder.clone(*op, scalars);
        return success();
      });
}

LogicalResult KernelConverter::convertBlock(Block &block) {
  for (Operation &op : block.without_terminator()) {
    loc = op.getLoc();
    if (failed(convertOp(&op)))
      return failure();
  }
  return success();
}
