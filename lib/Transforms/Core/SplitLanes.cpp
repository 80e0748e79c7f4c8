//===- SplitLanes.cpp - half of every tile for each vector core ---------------------------===//
//
// What: lets both vector cores of a group execute its vector program, each on one half of the rows
//       (`up_down`) or columns (`left_right`) of the tiles.
// Why:  the second vector core would idle.
// Form: split group, one lane → split group, two lanes.
// Not:  programs in which a half needs the other: they keep one lane.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Core/Passes.h"
#include "lib/Transforms/Core/SplitLanesMemory.h"

#include "dialects/Task/Task.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "llvm/ADT/TypeSwitch.h"

namespace tilework::core {
#define GEN_PASS_DEF_SPLITLANESPASS
#include "lib/Transforms/Core/Passes.h.inc"
} // namespace tilework::core

using namespace mlir;
using namespace tilework;
using namespace tilework::core;

namespace {
/// One program and the dimension that its tiles are halved in.
class Halving {
public:
  Halving(VectorProgramOp program, int64_t axis) : program(program), axis(axis) {}

  /// Why the program cannot be halved; empty where it can.
  std::string findObstacle();
  void apply();

private:
  bool isHalved(Value value) const {
    auto type = dyn_cast<MemRefType>(value.getType());
    return type && getSpace(type) == Space::ub && type.getRank() == 2 && type.getDimSize(axis) != 1;
  }
  bool isHalvable(Value value) const {
    int64_t size = cast<MemRefType>(value.getType()).getDimSize(axis);
    return !ShapedType::isDynamic(size) && size % 2 == 0;
  }
  std::string findObstacle(Operation *op);
  std::string findObstacle(Value tile, Value global, ValueRange offsets, ValueRange sizes);
  Value halveSubview(memref::SubViewOp op);
  Value halveGlobal(Operation *op, Value global, int64_t size);

  VectorProgramOp program;
  int64_t axis;
  Value lane;
};
} // namespace

/// A transfer moves a half of its rectangle: all of the halved dimension has to be there.
std::string Halving::findObstacle(Value tile, Value global, ValueRange offsets, ValueRange sizes) {
  if (!isHalved(tile))
    return "";
  if (cast<MemRefType>(global.getType()).getRank() != 2 || !offsets.empty() || !sizes.empty())
    return "moves a part of a tile";
  return "";
}

std::string Halving::findObstacle(Operation *op) {
  for (Value value : llvm::concat<Value>(op->getOperands(), op->getResults())) {
    auto type = dyn_cast<MemRefType>(value.getType());
    if (!type || getSpace(type) != Space::ub)
      continue;
    if (type.getRank() != 2)
      return "works on a tile that is no matrix";
    if (isHalved(value) && !isHalvable(value))
      return "works on a tile without two equal halves";
  }
  bool touchesHalf = llvm::any_of(op->getOperands(), [&](Value value) { return isHalved(value); });
  return llvm::TypeSwitch<Operation *, std::string>(op)
      .Case([&](memref::SubViewOp view) -> std::string {
        if (!isHalved(view.getSource()))
          return "";
        bool isWhole =
            isConstantIntValue(view.getMixedOffsets()[axis], 0) &&
            isConstantIntValue(view.getMixedSizes()[axis], view.getSourceType().getDimSize(axis)) &&
            view.getDroppedDims().none();
        return isWhole ? "" : "takes a part of a tile";
      })
      .Case([&](DmaLoadOp load) {
        return findObstacle(load.getDestination(), load.getSource(), load.getOffsets(),
                            load.getSizes());
      })
      .Case([&](DmaStoreOp store) {
        return findObstacle(store.getSource(), store.getDestination(), store.getOffsets(),
                            store.getSizes());
      })
      .Case([&](PushOp push) -> std::string {
        return isHalved(push.getSource()) ? "" : "hands over a tile that both lanes have";
      })
      .Case([&](ReadScalarOp read) -> std::string {
        return isHalved(read.getSource()) ? "reads an element that one lane has" : "";
      })
      .Case([&](VectorReduceOp reduce) -> std::string {
        bool isAcross = reduce.getDim() == axis && isHalved(reduce.getInput());
        return isAcross ? "reduces across the halves" : "";
      })
      .Case<VectorArangeOp, VectorTransposeOp, memref::CollapseShapeOp, memref::ExpandShapeOp,
            memref::CastOp, memref::TransposeOp>([&](Operation *) -> std::string {
        bool isOnHalves = touchesHalf || llvm::any_of(op->getResults(),
                                                      [&](Value value) { return isHalved(value); });
        return isOnHalves ? "orders the elements of a tile anew" : "";
      })
      .Default([](Operation *) { return ""; });
}

std::string Halving::findObstacle() {
  std::string obstacle;
  bool hasHalves = false;
  program.walk([&](Operation *op) {
    if (obstacle.empty())
      obstacle = findObstacle(op);
    hasHalves |= llvm::any_of(op->getResults(), [&](Value value) { return isHalved(value); });
  });
  if (!obstacle.empty())
    return obstacle;
  if (!hasHalves)
    return "has no tile to halve";
  // A lane would have to wait for the other.
  LaneMeetings meetings(program);
  for (LaneAccess &access : meetings.accesses) {
    auto load = dyn_cast<DmaLoadOp>(access.op);
    auto store = dyn_cast<DmaStoreOp>(access.op);
    Value tile = load ? load.getDestination() : store ? store.getSource() : Value();
    if (tile && isHalved(tile)) {
      access.share = LaneShare::parts;
      access.dim = axis;
      access.point.constant = cast<MemRefType>(tile.getType()).getDimSize(axis) / 2;
    } else if (store) {
      access.share = LaneShare::first;
    }
  }
  auto pairs = meetings.find();
  if (!pairs.empty())
    return pairs.front().first->writes && pairs.front().second->writes
               ? "stores what the other core may have stored"
               : "loads what the other core may store";
  return "";
}

Value Halving::halveSubview(memref::SubViewOp op) {
  OpBuilder builder(op);
  SmallVector<OpFoldResult> sizes = op.getMixedSizes();
  sizes[axis] = builder.getIndexAttr(*getConstantIntValue(sizes[axis]) / 2);
  auto view = memref::SubViewOp::create(builder, op.getLoc(), op.getSource(), op.getMixedOffsets(),
                                        sizes, op.getMixedStrides());
  op->replaceAllUsesWith(view);
  op->erase();
  return view;
}

/// The lane's half of a rectangle of global memory.
Value Halving::halveGlobal(Operation *op, Value global, int64_t size) {
  OpBuilder builder(op);
  AffineExpr start = builder.getAffineSymbolExpr(0) * size;
  SmallVector<OpFoldResult> offsets(2, builder.getIndexAttr(0)), sizes,
      ones(2, builder.getIndexAttr(1));
  offsets[axis] = affine::makeComposedFoldedAffineApply(
      builder, op->getLoc(), AffineMap::get(0, 1, start), {OpFoldResult(lane)});
  for (auto [dim, extent] : llvm::enumerate(cast<MemRefType>(global.getType()).getShape()))
    sizes.push_back(
        ShapedType::isDynamic(extent)
            ? OpFoldResult(memref::DimOp::create(builder, op->getLoc(), global, dim).getResult())
            : builder.getIndexAttr(extent));
  sizes[axis] = builder.getIndexAttr(size);
  return memref::SubViewOp::create(builder, op->getLoc(), global, offsets, sizes, ones);
}

void Halving::apply() {
  OpBuilder builder = OpBuilder::atBlockBegin(&program.getBody().front());
  lane = LaneOp::create(builder, program.getLoc());
  program.setLanes(2);
  // Known before any type changes: half of two rows is one row, which is not to be halved.
  SmallVector<Operation *> ops;
  llvm::DenseSet<Value> halves;
  program.walk<WalkOrder::PreOrder>([&](Operation *op) {
    ops.push_back(op);
    for (Value result : op->getResults())
      if (isHalved(result))
        halves.insert(result);
  });
  auto halfOf = [&](Value tile) { return cast<MemRefType>(tile.getType()).getDimSize(axis); };
  for (Operation *op : ops) {
    if (auto buffer = dyn_cast<BufferOp>(op)) {
      if (!halves.contains(buffer))
        continue;
      auto type = cast<MemRefType>(buffer.getType());
      SmallVector<int64_t> shape(type.getShape());
      shape[axis] /= 2;
      buffer.getResult().setType(MemRefType::Builder(type).setShape(shape));
    } else if (auto view = dyn_cast<memref::SubViewOp>(op)) {
      if (halves.contains(view))
        halves.insert(halveSubview(view));
    } else if (auto load = dyn_cast<DmaLoadOp>(op)) {
      if (halves.contains(load.getDestination()))
        load.getSourceMutable().assign(
            halveGlobal(load, load.getSource(), halfOf(load.getDestination())));
    } else if (auto store = dyn_cast<DmaStoreOp>(op)) {
      if (halves.contains(store.getSource())) {
        store.getDestinationMutable().assign(
            halveGlobal(store, store.getDestination(), halfOf(store.getSource())));
        continue;
      }
      // Both lanes have the tile; one stores it.
      builder.setInsertionPoint(store);
      Value zero = arith::ConstantIndexOp::create(builder, store.getLoc(), 0);
      Value isFirst =
          arith::CmpIOp::create(builder, store.getLoc(), arith::CmpIPredicate::eq, lane, zero);
      auto branch = scf::IfOp::create(builder, store.getLoc(), isFirst);
      store->moveBefore(branch.thenYield());
    } else if (auto pop = dyn_cast<PopOp>(op); pop && !halves.contains(pop.getDestination())) {
      continue; // every lane takes the whole tile
    } else if (isa<PushOp, PopOp>(op)) {
      Value channel =
          isa<PushOp>(op) ? cast<PushOp>(op).getChannel() : cast<PopOp>(op).getChannel();
      auto type = cast<ChannelType>(channel.getType());
      channel.setType(ChannelType::get(type.getContext(), type.getShape(), type.getElementType(),
                                       type.getSlots(), type.getDirection(),
                                       axis ? ChannelSplit::left_right : ChannelSplit::up_down));
    }
  }
}

namespace {
struct SplitLanes : tilework::core::impl::SplitLanesPassBase<SplitLanes> {
  void runOnOperation() override {
    SymbolTableCollection symbols;
    getOperation().walk([&](VectorProgramOp program) {
      auto group = program->getParentOfType<GroupOp>();
      auto kernel = symbols.lookupNearestSymbolFrom<task::KernelOp>(group, group.getKernelAttr());
      split(program, kernel);
    });
  }

  static void split(VectorProgramOp program, task::KernelOp kernel) {
    task::SplitMode mode = kernel ? kernel.getSplit() : task::SplitMode::automatic;
    if (program.getLanes() == 2 || mode == task::SplitMode::none)
      return;
    SmallVector<int64_t> axes;
    if (mode != task::SplitMode::left_right)
      axes.push_back(0);
    if (mode != task::SplitMode::up_down)
      axes.push_back(1);
    std::string obstacle;
    for (int64_t axis : axes) {
      Halving halving(program, axis);
      obstacle = halving.findObstacle();
      if (obstacle.empty())
        return halving.apply();
    }
    if (mode != task::SplitMode::automatic)
      program.emitWarning(
          "expects a kernel whose tiles two vector cores can share, since its split "
          "is '")
          << task::stringifySplitMode(mode) << "', but it " << obstacle
          << "; one vector core does all of it";
  }
};
} // namespace
