//===- LowerBody.cpp - what a function asks of the runtime ------------------------------===//

#include "lib/Conversion/TaskToLLVM/LowerBody.h"

#include "dialects/Task/Task.h"
#include "dialects/Tile/Tile.h"
#include "lib/Conversion/TaskToLLVM/DescribeImage.h"
#include "lib/Image/ImageAbi.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tilework;

namespace {
struct BodyLowering {
  BodyLowering(const HostAbi &abi, ImageTable &table, LLVM::LLVMFuncOp function,
               ArrayRef<Value> arguments)
      : abi(abi), table(table), function(function), arguments(arguments),
        builder(function.getContext()), host(function.getArgument(0)) {}

  void run() {
    lowerAll<task::ReturnOp, task::SubmitOp, task::JoinOp, task::NoneOp, task::AllocOp,
             task::ReadOp, task::AccessOp, task::ObserveOp, task::ParallelOp, tile::CheckOp,
             memref::AllocOp>();
  }

  void lower(task::ReturnOp op) {
    LLVM::ReturnOp::create(builder, op.getLoc(), ValueRange());
    op.erase();
  }

  void lower(task::NoneOp op) { replace(op, abi.constant(builder, op.getLoc(), TW_NO_TASK)); }

  void lower(task::SubmitOp op) {
    Location loc = op.getLoc();
    int64_t index = 0, count = 0;
    auto arguments = llvm::to_vector(llvm::concat<Value>(op.getInputs(), op.getDestinations()));
    for (Value argument : arguments)
      count += getSlotCount(argument.getType());
    Value slots = abi.stackSlots(builder, loc, count);
    for (Value argument : arguments)
      index = abi.pack(builder, loc, slots, index, argument);
    auto [depCount, deps] = packDeps(loc, op.getDeps());
    Value kernel = LLVM::ConstantOp::create(builder, loc, builder.getI32Type(),
                                            builder.getI32IntegerAttr(kernelIndex(op.getKernel())));
    replace(op, abi.call(builder, loc, host, Service::submit, {kernel, slots, depCount, deps}));
  }

  void lower(task::JoinOp op) {
    auto [count, deps] = packDeps(op.getLoc(), op.getDeps());
    replace(op, abi.call(builder, op.getLoc(), host, Service::join, {count, deps}));
  }

  void lower(task::AllocOp op) {
    Location loc = op.getLoc();
    auto type = cast<MemRefType>(op.getType());
    Value bytes = abi.byteCount(builder, loc, type, op.getSizes());
    Value pointer = abi.call(builder, loc, host, Service::alloc, bytes);
    replace(op, abi.makeMemRef(builder, loc, type, pointer, op.getSizes()));
  }

  /// Only kernels allocate after room 3: their tiles, which live in the core's storage.
  void lower(memref::AllocOp op) {
    Location loc = op.getLoc();
    Value bytes = abi.byteCount(builder, loc, op.getType(), op.getDynamicSizes());
    Value pointer = abi.call(builder, loc, host, Service::scratch, bytes);
    replace(op, abi.makeMemRef(builder, loc, op.getType(), pointer, op.getDynamicSizes()));
  }

  void lower(task::ReadOp op) {
    Location loc = op.getLoc();
    auto [address, bytes] = abi.locateElement(builder, loc, op.getMemref(), op.getIndices());
    abi.call(builder, loc, host, Service::wait, {address, bytes, abi.locationText(builder, loc)});
    replace(op, memref::LoadOp::create(builder, loc, op.getMemref(), op.getIndices()));
  }

  void lower(task::AccessOp op) {
    Location loc = op.getLoc();
    auto rank = static_cast<int64_t>(op.getOffsets().size());
    Value offsets = abi.stackSlots(builder, loc, rank), sizes = abi.stackSlots(builder, loc, rank);
    for (int64_t dim = 0; dim < rank; ++dim) {
      abi.storeSlot(builder, loc, offsets, dim, op.getOffsets()[dim]);
      abi.storeSlot(builder, loc, sizes, dim, op.getSizes()[dim]);
    }
    auto constant32 = [&](int32_t value) -> Value {
      return LLVM::ConstantOp::create(builder, loc, builder.getI32Type(),
                                      builder.getI32IntegerAttr(value));
    };
    abi.call(builder, loc, host, Service::access,
             {constant32(argumentNumber(op.getTarget())),
              constant32(static_cast<int32_t>(op.getDirection())), offsets, sizes});
    op.erase();
  }

  void lower(task::ObserveOp op) {
    Location loc = op.getLoc();
    Value slot = abi.stackSlots(builder, loc, 1);
    abi.storeSlot(builder, loc, slot, 0, op.getValue());
    Value number =
        LLVM::ConstantOp::create(builder, loc, builder.getI32Type(),
                                 builder.getI32IntegerAttr(static_cast<int32_t>(op.getNumber())));
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
    Value number = LLVM::ConstantOp::create(builder, loc, builder.getI32Type(),
                                            builder.getI32IntegerAttr(table.checks.size()));
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

  /// Ids and arrays of ids, one after the other.
  std::pair<Value, Value> packDeps(Location loc, ValueRange deps) {
    int64_t count = 0, index = 0;
    for (Value dep : deps) {
      auto array = dyn_cast<MemRefType>(dep.getType());
      count += array ? array.getNumElements() : 1;
    }
    Value slots = abi.stackSlots(builder, loc, count);
    for (Value dep : deps) {
      auto array = dyn_cast<MemRefType>(dep.getType());
      if (!array) {
        abi.storeSlot(builder, loc, slots, index++, dep);
        continue;
      }
      for (int64_t element = 0; element < array.getNumElements(); ++element) {
        Value position = arith::ConstantIndexOp::create(builder, loc, element);
        Value id = memref::LoadOp::create(builder, loc, dep, position);
        abi.storeSlot(builder, loc, slots, index++, id);
      }
    }
    return {abi.constant(builder, loc, count), slots};
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
  OpBuilder builder;
  Value host;
};
} // namespace

void tilework::lowerBody(const HostAbi &abi, ImageTable &table, LLVM::LLVMFuncOp function,
                         ArrayRef<Value> arguments) {
  BodyLowering(abi, table, function, arguments).run();
}
