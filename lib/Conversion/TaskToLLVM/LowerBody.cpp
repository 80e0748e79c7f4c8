//===- LowerBody.cpp - what a function asks of the runtime ------------------------------===//

#include "lib/Conversion/TaskToLLVM/LowerBody.h"

#include "dialects/Task/Task.h"
#include "dialects/Tile/Tile.h"
#include "lib/Conversion/TaskToLLVM/DescribeImage.h"
#include "lib/Image/ImageAbi.h"
#include "lib/Transforms/Task/SplitTurns.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tilework;

namespace {
struct BodyLowering {
  BodyLowering(const HostAbi &abi, ImageTable &table, LLVM::LLVMFuncOp function,
               ArrayRef<Value> arguments, Service memory)
      : abi(abi), table(table), function(function), arguments(arguments), memory(memory),
        builder(function.getContext()), host(function.getArgument(0)) {}

  void run() {
    markLoops();
    lowerAll<task::ReturnOp, task::SubmitOp, task::JoinOp, task::NoneOp, task::IsValidOp,
             task::AllocOp, task::RetainOp, task::ReleaseOp, task::ReadOp, task::AssumeDistinctOp,
             task::AccessOp, task::ObserveOp, task::ParallelOp, tile::CheckOp, memref::AllocOp>();
  }

  /// Recordings know in which iteration of which loop a task is; a loop over turns and that of its
  /// turns are one.
  void markLoops() {
    llvm::DenseSet<Operation *> turns;
    function->walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (!isa<scf::ForOp, scf::WhileOp, task::ParallelOp>(op) || !submits(op) ||
          turns.contains(op))
        return;
      Operation *within = task::loopOfTurn(op);
      turns.insert(within);
      markLoop(op, within ? within : op);
    });
  }

  static bool submits(Operation *op) {
    return op
        ->walk([](Operation *inner) {
          return isa<task::SubmitOp, task::JoinOp>(inner) ? WalkResult::interrupt()
                                                          : WalkResult::advance();
        })
        .wasInterrupted();
  }

  /// `op`, of which the iterations are those of `within`.
  void markLoop(Operation *op, Operation *within) {
    Location loc = op->getLoc();
    builder.setInsertionPoint(op);
    // A loop with a condition counts its iterations; the condition is part of them.
    Value lower = abi.constant(builder, loc, 0), step = abi.constant(builder, loc, 1);
    if (auto loop = dyn_cast<LoopLikeOpInterface>(op); loop && loop.getSingleInductionVar()) {
      auto toSlot = [&](OpFoldResult bound) -> Value {
        return arith::IndexCastOp::create(builder, loc, abi.i64(),
                                          getValueOrCreateConstantIndexOp(builder, loc, bound));
      };
      lower = toSlot(*loop.getSingleLowerBound());
      step = toSlot(*cast<LoopLikeOpInterface>(within).getSingleStep());
    }
    Value number = constant32(loc, table.loops.size());
    table.loops.push_back(describeLoop(within));
    abi.call(builder, loc, host, Service::enter, {number, lower, step});
    builder.setInsertionPointToStart(&within->getRegion(0).front());
    abi.call(builder, loc, host, Service::next, {});
    builder.setInsertionPointAfter(op);
    abi.call(builder, loc, host, Service::leave, {});
  }

  void lower(task::ReturnOp op) {
    LLVM::ReturnOp::create(builder, op.getLoc(), ValueRange());
    op.erase();
  }

  void lower(task::NoneOp op) { replace(op, abi.constant(builder, op.getLoc(), TW_NO_TASK)); }

  void lower(task::IsValidOp op) {
    Location loc = op.getLoc();
    Value none = abi.constant(builder, loc, TW_NO_TASK);
    replace(op, arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne, op.getId(), none));
  }

  void lower(task::SubmitOp op) {
    Location loc = op.getLoc();
    int64_t index = 0, count = 0;
    auto arguments = llvm::to_vector(llvm::concat<Value>(op.getInputs(), op.getDestinations()));
    for (Value argument : arguments)
      count += getSlotCount(argument.getType());
    Value slots = abi.stackSlots(builder, loc, count);
    for (Value argument : arguments)
      index = abi.pack(builder, loc, slots, index, argument);
    auto [depCount, deps, given] = packDeps(op);
    Value kernel = constant32(loc, kernelIndex(op.getKernel()));
    replace(op,
            abi.call(builder, loc, host, Service::submit, {kernel, slots, depCount, deps, given}));
  }

  void lower(task::JoinOp op) {
    Location loc = op.getLoc();
    if (isCounted(op)) {
      Value array = op.getDeps().front(), zero = arith::ConstantIndexOp::create(builder, loc, 0);
      Value count = memref::DimOp::create(builder, loc, array, zero);
      count = arith::IndexCastOp::create(builder, loc, abi.i64(), count);
      Value given = op.getKnown() ? abi.constant(builder, loc, 0) : count;
      Value first = abi.locateElement(builder, loc, array, zero).first;
      return replace(op, abi.call(builder, loc, host, Service::join, {count, first, given}));
    }
    auto [count, deps, given] = packDeps(op);
    replace(op, abi.call(builder, loc, host, Service::join, {count, deps, given}));
  }

  /// Whether it joins an array of which only the run knows the length, which stands alone.
  static bool isCounted(task::JoinOp op) {
    auto array =
        op.getDeps().empty() ? MemRefType() : dyn_cast<MemRefType>(op.getDeps().front().getType());
    return array && !array.hasStaticShape();
  }

  void lower(task::AllocOp op) {
    Location loc = op.getLoc();
    auto type = cast<MemRefType>(op.getType());
    Value bytes = abi.byteCount(builder, loc, type, op.getSizes());
    Value flags = constant32(loc, op.getManualDep() ? TW_MANUAL_DEP : 0);
    Value pointer = abi.call(builder, loc, host, Service::alloc, {bytes, flags});
    replace(op, abi.makeMemRef(builder, loc, type, pointer, op.getSizes()));
  }

  void lower(task::RetainOp op) { lowerHold(op, Service::retain); }
  void lower(task::ReleaseOp op) { lowerHold(op, Service::release); }

  template <typename HoldOp> void lowerHold(HoldOp op, Service service) {
    Location loc = op.getLoc();
    abi.call(builder, loc, host, service, abi.allocatedPointer(builder, loc, op.getMemref()));
    op.erase();
  }

  /// Kernels allocate tiles, orchestrations arrays of ids that only the run counts.
  void lower(memref::AllocOp op) {
    Location loc = op.getLoc();
    Value bytes = abi.byteCount(builder, loc, op.getType(), op.getDynamicSizes());
    Value pointer = abi.call(builder, loc, host, memory, bytes);
    replace(op, abi.makeMemRef(builder, loc, op.getType(), pointer, op.getDynamicSizes()));
  }

  void lower(task::ReadOp op) {
    Location loc = op.getLoc();
    auto [address, bytes] = abi.locateElement(builder, loc, op.getMemref(), op.getIndices());
    abi.call(builder, loc, host, Service::wait, {address, bytes, abi.locationText(builder, loc)});
    replace(op, memref::LoadOp::create(builder, loc, op.getMemref(), op.getIndices()));
  }

  void lower(task::AssumeDistinctOp op) {
    Location loc = op.getLoc();
    auto type = cast<MemRefType>(op.getValues().getType());
    Value slots = abi.stackSlots(builder, loc, getSlotCount(type));
    abi.pack(builder, loc, slots, 0, op.getValues());
    Value ignored = abi.stackSlots(builder, loc, 1);
    if (op.getIgnore())
      abi.storeSlot(builder, loc, ignored, 0,
                    abi.constant(builder, loc, static_cast<int64_t>(*op.getIgnore())));
    abi.call(builder, loc, host, Service::assumeDistinct,
             {slots, constant32(loc, encodeElementType(type.getElementType())),
              abi.constant(builder, loc, op.getIgnore().has_value()), ignored,
              abi.locationText(builder, loc)});
    op.erase();
  }

  void lower(task::AccessOp op) {
    Location loc = op.getLoc();
    auto rank = static_cast<int64_t>(op.getOffsets().size());
    Value offsets = abi.stackSlots(builder, loc, rank), sizes = abi.stackSlots(builder, loc, rank);
    for (int64_t dim = 0; dim < rank; ++dim) {
      abi.storeSlot(builder, loc, offsets, dim, op.getOffsets()[dim]);
      abi.storeSlot(builder, loc, sizes, dim, op.getSizes()[dim]);
    }
    abi.call(builder, loc, host, Service::access,
             {constant32(loc, argumentNumber(op.getTarget())),
              constant32(loc, static_cast<int32_t>(op.getDirection())), offsets, sizes});
    op.erase();
  }

  void lower(task::ObserveOp op) {
    Location loc = op.getLoc();
    Value slot = abi.stackSlots(builder, loc, 1);
    abi.storeSlot(builder, loc, slot, 0, op.getValue());
    Value number = constant32(loc, static_cast<int32_t>(op.getNumber()));
    abi.call(builder, loc, host, Service::observe,
             {number, abi.unpack(builder, loc, slot, 0, abi.i64())});
    op.erase();
  }

  /// The claim has been read; what is left is the sequential loop.
  void lower(task::ParallelOp op) {
    auto loop = scf::ForOp::create(builder, op.getLoc(), op.getLower(), op.getUpper(), op.getStep(),
                                   op.getInitArgs());
    loop.getRegion().takeBody(op.getBody());
    auto yield = cast<task::YieldOp>(loop.getBody()->getTerminator());
    builder.setInsertionPoint(yield);
    scf::YieldOp::create(builder, yield.getLoc(), yield.getValues());
    yield.erase();
    op->replaceAllUsesWith(loop.getResults());
    op.erase();
  }

  void lower(tile::CheckOp op) {
    Location loc = op.getLoc();
    Value violated = materializeViolation(op);
    auto branch = scf::IfOp::create(builder, loc, violated, /*withElseRegion=*/false);
    builder.setInsertionPointToStart(branch.thenBlock());
    Value slots = abi.stackSlots(builder, loc, op.getValues().size());
    for (auto [index, value] : llvm::enumerate(op.getValues()))
      abi.storeSlot(builder, loc, slots, index, value);
    Value number = constant32(loc, table.checks.size());
    abi.call(builder, loc, host, Service::fail, {number, slots});
    table.checks.push_back(describeCheck(op));
    op.erase();
  }

private:
  template <typename... Ops> void lowerAll() {
    SmallVector<Operation *> work;
    function.walk([&](Operation *op) {
      if (isa<Ops...>(op))
        work.push_back(op);
    });
    for (Operation *op : work) {
      builder.setInsertionPoint(op);
      TypeSwitch<Operation *>(op).template Case<Ops...>([&](auto concrete) { lower(concrete); });
    }
  }

  Value materializeViolation(tile::CheckOp op) {
    Location loc = op.getLoc();
    ValueRange values = op.getValues();
    auto compare = [&](arith::CmpIPredicate predicate, Value a, Value b) -> Value {
      return arith::CmpIOp::create(builder, loc, predicate, a, b);
    };
    auto either = [&](Value a, Value b) -> Value {
      return arith::OrIOp::create(builder, loc, a, b);
    };
    Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
    auto isNegative = [&](Value a) { return compare(arith::CmpIPredicate::slt, a, zero); };
    switch (op.getKind()) {
    case tile::CheckKind::in_bounds: {
      // One statement each: the order of operations is not the host compiler's to choose.
      Value isBefore = isNegative(values[0]);
      Value isInverted = isNegative(values[1]);
      Value end = arith::AddIOp::create(builder, loc, values[0], values[1]);
      Value isBeyond = compare(arith::CmpIPredicate::sgt, end, values[2]);
      Value isOutside = either(isBefore, isInverted);
      return either(isOutside, isBeyond);
    }
    case tile::CheckKind::equal:
      return compare(arith::CmpIPredicate::ne, values[0], values[1]);
    case tile::CheckKind::positive:
      return compare(arith::CmpIPredicate::sle, values[0], zero);
    case tile::CheckKind::at_most: {
      Value isBelow = isNegative(values[0]);
      Value isAbove = compare(arith::CmpIPredicate::sgt, values[0], values[1]);
      return either(isBelow, isAbove);
    }
    }
    llvm_unreachable("every kind is handled");
  }

  /// Ids and arrays of ids, one after the other: how many, they themselves, and how many of them
  /// are the author's.
  template <typename DependentOp> std::tuple<Value, Value, Value> packDeps(DependentOp op) {
    Location loc = op.getLoc();
    ValueRange deps = op.getDeps();
    auto getLength = [](Value dep) {
      auto array = dyn_cast<MemRefType>(dep.getType());
      return array ? array.getNumElements() : 1;
    };
    int64_t count = 0, given = 0, index = 0;
    for (auto [position, dep] : llvm::enumerate(deps)) {
      count += getLength(dep);
      if (position + op.getKnown() < deps.size())
        given = count;
    }
    Value slots = abi.stackSlots(builder, loc, count);
    for (Value dep : deps) {
      if (!isa<MemRefType>(dep.getType())) {
        abi.storeSlot(builder, loc, slots, index++, dep);
        continue;
      }
      for (int64_t element = 0; element < getLength(dep); ++element) {
        Value position = arith::ConstantIndexOp::create(builder, loc, element);
        Value id = memref::LoadOp::create(builder, loc, dep, position);
        abi.storeSlot(builder, loc, slots, index++, id);
      }
    }
    return {abi.constant(builder, loc, count), slots, abi.constant(builder, loc, given)};
  }

  Value constant32(Location loc, int32_t value) {
    return LLVM::ConstantOp::create(builder, loc, builder.getI32Type(),
                                    builder.getI32IntegerAttr(value));
  }

  int32_t kernelIndex(StringRef name) const {
    for (auto [index, kernel] : llvm::enumerate(table.kernels))
      if (kernel.run == name)
        return index;
    llvm_unreachable("the symbol was verified");
  }

  /// Which argument an access refers to: arguments are casts of unpacked slots by now.
  int32_t argumentNumber(Value value) const {
    auto it = llvm::find(arguments, value);
    return static_cast<int32_t>(std::distance(arguments.begin(), it));
  }

  void replace(Operation *op, Value value) {
    op->getResult(0).replaceAllUsesWith(value);
    op->erase();
  }

  const HostAbi &abi;
  ImageTable &table;
  LLVM::LLVMFuncOp function;
  ArrayRef<Value> arguments; ///< unpacked, in order
  Service memory;            ///< what an allocation asks for
  OpBuilder builder;
  Value host;
};
} // namespace

void tilework::lowerBody(const HostAbi &abi, ImageTable &table, LLVM::LLVMFuncOp function,
                         ArrayRef<Value> arguments, Service memory) {
  BodyLowering(abi, table, function, arguments, memory).run();
}
