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

LogicalResult KernelConverter::yieldInto(const Place &yielded, const Place &destination) {
  if (destination.global && yielded.global != destination.global)
    return emitError(loc, "expects a loop or branch to keep its global tensors, but got another "
                          "one");
  if (destination.ub && getBuffer(yielded.ub) != getBuffer(destination.ub))
    core::MoveOp::create(builder, loc, yielded.ub, destination.ub, /*transpose=*/false);
  return success();
}

/// Ends an iteration: brings the next tiles to the buffers of those that the loop carries. One that
/// is in the buffer of another is set aside first.
LogicalResult KernelConverter::handOver(ArrayRef<Carried> tiles) {
  SmallVector<Place> next;
  for (const Carried &carried : tiles) {
    next.push_back(at(carried.yielded));
    Value &view = next.back().ub;
    bool isOfAnother = llvm::any_of(tiles, [&](const Carried &other) {
      return other.argument != carried.argument && view && at(other.argument).ub &&
             getBuffer(at(other.argument).ub) == getBuffer(view);
    });
    if (!isOfAnother || !at(carried.argument).ub)
      continue;
    auto type = cast<RankedTensorType>(carried.yielded.getType());
    Value aside = createView(createBuffer(type, Space::ub, loc), next.back().sizes);
    core::MoveOp::create(builder, loc, view, aside, /*transpose=*/false);
    view = aside;
  }
  for (auto [carried, place] : llvm::zip(tiles, next))
    if (failed(yieldInto(place, at(carried.argument))))
      return failure();
  return success();
}

/// The buffer, or the global tensor, that a loop carries a tile in.
void KernelConverter::startCarrying(Value init, Value argument) {
  const Place start = at(init);
  Place place;
  place.sizes = start.sizes;
  if (homes.getHome(argument) == Home::global) {
    place.global = start.global;
  } else {
    if (Value own = aims.lookup(init); own && startsLoop(init)) {
      place.ub = createView(own, place.sizes);
    } else {
      auto type = cast<RankedTensorType>(argument.getType());
      place.ub = createView(createBuffer(type, Space::ub, argument.getLoc()), place.sizes);
      core::MoveOp::create(builder, loc, start.ub, place.ub, /*transpose=*/false);
    }
    aims[argument] = getBuffer(place.ub);
  }
  at(argument) = place;
}

void KernelConverter::endCarrying(Value argument, Value result) {
  Place place = at(argument);
  place.l1 = Value();
  if (homes.getHome(result) == Home::l0c)
    place.ub = Value();
  if (Value buffer = aims.lookup(argument))
    aims[result] = buffer;
  if (place.global)
    place.ub = Value();
  at(result) = place;
  distribute(result);
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
    if (homes.getHome(carried.argument) != Home::l0c) {
      startCarrying(carried.init, carried.argument);
      continue;
    }
    Place place;
    place.sizes = at(carried.init).sizes;
    if (place.sizes.empty()) // a start that is no tile
      for (int64_t size : tile::getStorageShape(cast<RankedTensorType>(carried.argument.getType())))
        place.sizes.push_back(builder.getIndexAttr(size));
    place.l0c = getAccumulatorView(carried.argument, place.sizes);
    if (homes.getHome(carried.yielded) != Home::l0c)
      return refuseStart(carried.yielded);
    if (failed(verifyStart(*loop.getTiedLoopInit(cast<BlockArgument>(carried.argument)))))
      return failure();
    if (homes.getHome(carried.init) != Home::l0c && !startsInLoop(carried, op))
      clearAccumulator(place.l0c);
    at(carried.argument) = place;
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
    distribute(carried.argument);
  }
  if (failed(convertBlock(loop.getLoopRegions().front()->front())))
    return failure();

  if (failed(handOver(tiles)))
    return failure();
  SmallVector<Value> nextScalars = llvm::map_to_vector(
      carriedScalars, [&](const Carried &carried) { return lookup(carried.yielded); });
  if (isa<tile::PipelineOp>(converted))
    tile::YieldOp::create(builder, loc, nextScalars);
  else
    scf::YieldOp::create(builder, loc, nextScalars);

  builder.setInsertionPointAfter(converted);
  for (auto [carried, result] : llvm::zip(carriedScalars, converted->getResults()))
    scalars.map(carried.result, result);
  for (const Carried &carried : tiles)
    endCarrying(carried.argument, carried.result);
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
      if (failed(yieldInto(at(yielded), place)))
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
    distribute(result);
  }
  return success();
}

LogicalResult KernelConverter::convertWhile(scf::WhileOp loop) {
  scf::ConditionOp condition = loop.getConditionOp();
  SmallVector<Carried> tiles;
  SmallVector<Value> inits, passed;
  SmallVector<Type> types;
  for (auto [init, argument, yielded] :
       llvm::zip(loop.getInits(), loop.getBeforeArguments(), loop.getYieldedValues())) {
    if (isTensor(init)) {
      startCarrying(init, argument);
      tiles.push_back({init, argument, yielded, Value()});
    } else {
      inits.push_back(lookup(init));
    }
  }
  for (Type type : loop.getResultTypes())
    if (!isa<RankedTensorType>(type))
      types.push_back(type);
  auto converted = scf::WhileOp::create(builder, loc, types, inits);

  OpBuilder::InsertionGuard guard(builder);
  auto convertRegion = [&](Block &from, Region &to) {
    Block *block = builder.createBlock(&to);
    for (BlockArgument argument : from.getArguments())
      if (!isTensor(argument))
        scalars.map(argument, block->addArgument(argument.getType(), argument.getLoc()));
    return convertBlock(from);
  };
  if (failed(convertRegion(*loop.getBeforeBody(), converted.getBefore())))
    return failure();
  loc = condition.getLoc();
  for (auto [operand, argument] : llvm::zip(condition.getArgs(), loop.getAfterArguments())) {
    if (!isTensor(operand)) {
      passed.push_back(lookup(operand));
      continue;
    }
    // What the condition hands on lies in a buffer that outlives its region.
    Place place = at(operand);
    if (!isa<BlockArgument>(operand) && !place.global) {
      if (llvm::any_of(place.sizes, [](OpFoldResult size) { return isa<Value>(size); }))
        return emitError(operand.getLoc(), "expects a tile that a condition hands on to have "
                                           "extents known before the loop, but got ")
               << operand.getType();
      Value buffer = createBuffer(cast<RankedTensorType>(operand.getType()), Space::ub, loc);
      core::MoveOp::create(builder, loc, place.ub, buffer, /*transpose=*/false);
      place.ub = buffer;
    }
    place.l1 = Value();
    at(argument) = place;
  }
  scf::ConditionOp::create(builder, loc, lookup(condition.getCondition()), passed);

  if (failed(convertRegion(*loop.getAfterBody(), converted.getAfter())) || failed(handOver(tiles)))
    return failure();
  passed.clear();
  for (Value yielded : loop.getYieldedValues())
    if (!isTensor(yielded))
      passed.push_back(lookup(yielded));
  scf::YieldOp::create(builder, loc, passed);

  builder.setInsertionPointAfter(converted);
  auto scalarResults = converted.getResults();
  for (auto [result, argument] : llvm::zip(loop.getResults(), loop.getAfterArguments())) {
    if (isTensor(result)) {
      endCarrying(argument, result);
    } else {
      scalars.map(result, scalarResults.front());
      scalarResults = scalarResults.drop_front();
    }
  }
  return success();
}

//===---------------------------------------------------------------------------===//
// Operations
//===---------------------------------------------------------------------------===//

/// Whether a tensor, or a slice of one, is as the task was given it.
static bool isGiven(Value tensor) {
  while (auto slice = tensor.getDefiningOp<tensor::ExtractSliceOp>())
    tensor = slice.getSource();
  return tensor.getDefiningOp<bufferization::ToTensorOp>() != nullptr;
}

/// What a task is given is known as soon as it runs. What its kernel computes is read when it is
/// there, and native code tells the walk what it is.
void KernelConverter::convertScalarRead(tensor::ExtractOp op) {
  const Place place = at(op.getTensor());
  SmallVector<Value> indices =
      llvm::map_to_vector(op.getIndices(), [&](Value index) { return lookup(index); });
  if (isGiven(op.getTensor())) {
    scalars.map(op.getResult(),
                memref::LoadOp::create(builder, loc, place.global, indices).getResult());
    return;
  }
  Value tile = place.ub;
  if (!tile) { // it has been stored
    SmallVector<int64_t> ones(indices.size(), 1);
    tile = createBuffer(ones, op.getType(), Space::ub, loc);
    core::DmaLoadOp::create(builder, loc, place.global, indices, ValueRange(), tile, Value());
    indices.assign(indices.size(), constant(0));
  }
  int64_t number = scalarReads++;
  OpBuilder behind(op->getBlock(), std::next(op->getIterator()));
  task::ObserveOp::create(behind, loc, number, op.getResult());
  scalars.map(op.getResult(),
              core::ReadScalarOp::create(builder, loc, op.getType(), number, tile, indices));
}

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
        distribute(op);
        return success();
      })
      .Case([&](bufferization::MaterializeInDestinationOp op) {
        Value destination = lookup(op.getDest());
        if (at(op.getSource()).global != destination)
          store(op, op.getSource(), destination, /*isAtomic=*/false);
        return success();
      })
      .Case([&](task::AtomicUpdateOp op) {
        SmallVector<OpFoldResult> offsets;
        for (Value offset : op.getOffsets())
          offsets.push_back(lookup(offset));
        Value part = slice(lookup(op.getDestination()), offsets, at(op.getSource()).sizes);
        store(op, op.getSource(), part, /*isAtomic=*/true);
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
        if (isWritten)
          return convertVectorOp(op);
        OperandRange dynamic = op.getSizes();
        for (int64_t size : op.getType().getShape()) {
          bool isDynamic = ShapedType::isDynamic(size);
          at(op).sizes.push_back(isDynamic ? OpFoldResult(lookup(dynamic.front()))
                                           : builder.getIndexAttr(size));
          dynamic = dynamic.drop_front(isDynamic);
        }
        return success();
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
      .Case<tensor::InsertSliceOp, tensor::InsertOp>([&](auto op) { return convertInsert(op); })
      .Case([&](tensor::DimOp op) {
        scalars.map(op.getResult(),
                    toValue(at(op.getSource()).sizes[*getConstantIntValue(op.getIndex())]));
        return success();
      })
      .Case([&](tensor::ExtractOp op) {
        convertScalarRead(op);
        return success();
      })
      .Case([](task::ObserveOp) { return success(); }) // ours
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
