//===- LowerGroup.cpp - a placed kernel, as its walk -----------------------------------===//
//
// What: a `core.group` becomes one function that follows the control flow of the unit it is asked
//       for and emits its instructions.
// Why:  addresses and trip counts are known when a task runs; what a core executes is then a
//       sequence that judges can read without knowing the IR.
// Form: `placed` → scf, arith and memref views around calls of the service `emit`. A buffer is a
//       memref whose pointer is its address, so that upstream's lowering of views does the rest.
// Not:  what an instruction's record says (EmitInstruction.cpp), checks (TaskToLLVM/LowerBody.cpp).
//
//===------------------------------------------------------------------------------------===//

#include "lib/Conversion/CoreToLLVM/LowerGroup.h"

#include "lib/Conversion/CoreToLLVM/EmitInstruction.h"
#include "lib/Conversion/TaskToLLVM/DescribeImage.h"
#include "lib/Conversion/TaskToLLVM/LowerBody.h"
#include "lib/Image/StreamAbi.h"

#include "dialects/Core/ChannelLayout.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tilework;
using namespace tilework::core;

//===------------------------------------------------------------------------------------===//
// Decide
//===------------------------------------------------------------------------------------===//

static LogicalResult verifyOperand(Operation *op, Value operand) {
  auto type = dyn_cast<MemRefType>(operand.getType());
  if (!type || type.getRank() <= TW_STREAM_MAX_RANK)
    return success();
  return op->emitOpError("expects buffers of at most ")
         << TW_STREAM_MAX_RANK << " dimensions in a stream, but got " << type;
}

static LogicalResult verifyPlaced(GroupOp group) {
  auto result = group.walk([](Operation *op) -> WalkResult {
    if (auto buffer = dyn_cast<BufferOp>(op); buffer && !buffer.getAddress())
      return op->emitOpError("expects an address, but got none; place the buffers first");
    if (auto channel = dyn_cast<ChannelOp>(op); channel && !channel.getAddress())
      return op->emitOpError("expects an address, but got none; place the channels first");
    if (!isa<CoreOpInterface>(op))
      return WalkResult::advance();
    if (!op->getParentOfType<CubeProgramOp>() && !op->getParentOfType<VectorProgramOp>())
      return op->emitOpError("expects the program of one unit around it, but got '")
             << op->getParentOp()->getName() << "'; split the units first";
    for (Value operand : op->getOperands())
      if (failed(verifyOperand(op, operand)))
        return WalkResult::interrupt();
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

static ChannelRecord describeChannel(ChannelOp channel) {
  ChannelType type = channel.getType();
  return {type.getShape()[0],
          type.getShape()[1],
          encodeElementType(type.getElementType()),
          type.getSlots(),
          type.getDirection() == ChannelDirection::to_cube,
          static_cast<int64_t>(type.getSplit()),
          static_cast<int64_t>(*channel.getAddress()),
          getSlotBytes(type),
          type.isDirect()};
}

//===------------------------------------------------------------------------------------===//
// Apply
//===------------------------------------------------------------------------------------===//

namespace {
struct GroupLowering {
  GroupLowering(const HostAbi &abi, LLVM::LLVMFuncOp function)
      : abi(abi), function(function), builder(function.getContext()),
        unit(function.getArgument(2)) {}

  /// Instructions first: they read the types of what is lowered after them.
  WalkRecord run() {
    WalkRecord walk;
    walk.walk = function.getSymName().str();
    StreamNames names;
    function.walk([&](ChannelOp channel) {
      names.channels[channel] = static_cast<int64_t>(walk.channels.size());
      walk.channels.push_back(describeChannel(channel));
      if (channel.getType().isDirect())
        return;
      int64_t end = walk.channels.back().base + getRingBytes(channel.getType());
      walk.ringBytes = std::max(walk.ringBytes, end);
    });
    function.walk([&](CubeProgramOp) { walk.hasCube = true; });
    function.walk([&](VectorProgramOp op) { walk.lanes = static_cast<int32_t>(op.getLanes()); });
    builder.setInsertionPointToEnd(&function.getBody().front());
    LLVM::ReturnOp::create(builder, function.getLoc(), ValueRange());
    Value record = abi.stackSlots(builder, function.getLoc(), sizeof(tw_instruction) / 8);
    function.walk([&](HeadOp op) { countPops(op.getChannel()); });
    function.walk([&](CoreOpInterface op) {
      auto read = dyn_cast<ReadScalarOp>(*op);
      Value scalar =
          read ? recall(read, walk, names) : Value(); // which its instruction says as well
      emitInstruction(abi, op, function.getArgument(0), record, names);
      if (read)
        read.replaceAllUsesWith(scalar);
      if (auto pop = dyn_cast<PopOp>(*op))
        advanceHead(pop);
      op->erase();
    });
    function.walk([&](ReceiveScalarOp op) { replace(op, recall(op, walk, names)); });
    function.walk([&](memref::LoadOp op) { announce(op, names); });
    function.walk<WalkOrder::PostOrder>([&](Operation *op) {
      builder.setInsertionPoint(op);
      TypeSwitch<Operation *>(op)
          .Case<BufferOp, SlotOp, TurnOp, HeadOp, LaneOp, CubeProgramOp, VectorProgramOp>(
              [&](auto concrete) { lower(concrete); });
    });
    function.walk([](ChannelOp channel) { channel.erase(); });
    walk.locations = std::move(names.locations);
    return walk;
  }

private:
  /// What the kernel has read there.
  template <typename Op> Value recall(Op op, WalkRecord &walk, StreamNames &names) {
    Location loc = op.getLoc();
    auto number = static_cast<int32_t>(op.getNumber());
    walk.reads = std::max(walk.reads, number + 1);
    builder.setInsertionPoint(op);
    Value slot = abi.stackSlots(builder, loc, 1);
    Value constant = LLVM::ConstantOp::create(builder, loc, builder.getI32Type(),
                                              builder.getI32IntegerAttr(number));
    abi.storeSlot(builder, loc, slot, 0,
                  abi.call(builder, loc, function.getArgument(0), Service::recall,
                           {constant, locate(loc, names)}));
    Type type = op.getType();
    if (!type.isUnsignedInteger())
      return abi.unpack(builder, loc, slot, 0, type);
    Type signless = builder.getIntegerType(type.getIntOrFloatBitWidth());
    Value bits = abi.unpack(builder, loc, slot, 0, signless);
    return UnrealizedConversionCastOp::create(builder, loc, type, bits).getResult(0);
  }

  /// The slot of the next pop of a channel, which the walk keeps on its stack.
  void countPops(Value channel) {
    Value &head = heads[channel];
    if (head)
      return;
    OpBuilder::InsertionGuard guard(builder);
    Location loc = channel.getLoc();
    head = abi.stackSlots(builder, loc, 1);
    builder.setInsertionPointAfterValue(head);
    abi.storeSlot(builder, loc, head, 0, abi.constant(builder, loc, 0));
  }

  void advanceHead(PopOp op) {
    Value head = heads.lookup(op.getChannel());
    if (!head)
      return;
    Location loc = op.getLoc();
    builder.setInsertionPoint(op);
    Value one = arith::ConstantIndexOp::create(builder, loc, 1);
    Value slots =
        arith::ConstantIndexOp::create(builder, loc, op.getChannel().getType().getSlots());
    Value slot = abi.unpack(builder, loc, head, 0, builder.getIndexType());
    Value next = arith::AddIOp::create(builder, loc, slot, one);
    abi.storeSlot(builder, loc, head, 0, arith::RemUIOp::create(builder, loc, next, slots));
  }

  void lower(HeadOp op) {
    replace(op, abi.unpack(builder, op.getLoc(), heads.lookup(op.getChannel()), 0,
                           builder.getIndexType()));
  }

  /// What a walk reads of global memory no instruction says.
  void announce(memref::LoadOp op, StreamNames &names) {
    Location loc = op.getLoc();
    builder.setInsertionPoint(op);
    auto [address, bytes] = abi.locateElement(builder, loc, op.getMemRef(), op.getIndices());
    abi.call(builder, loc, function.getArgument(0), Service::look,
             {address, bytes, locate(loc, names)});
  }

  /// The number of a line of the program.
  Value locate(Location loc, StreamNames &names) {
    auto number = static_cast<int32_t>(names.intern(loc));
    return LLVM::ConstantOp::create(builder, loc, builder.getI32Type(),
                                    builder.getI32IntegerAttr(number));
  }

  void lower(BufferOp op) {
    Location loc = op.getLoc();
    auto type = cast<MemRefType>(op.getType());
    MemRefType plain = MemRefType::Builder(type).setMemorySpace(Attribute());
    Value address = abi.constant(builder, loc, *op.getAddress());
    Value pointer = LLVM::IntToPtrOp::create(builder, loc, abi.pointer(), address);
    Value buffer = abi.makeMemRef(builder, loc, plain, pointer, /*sizes=*/{});
    replace(op, UnrealizedConversionCastOp::create(builder, loc, type, buffer).getResult(0));
  }

  void lower(SlotOp op) {
    auto type = cast<MemRefType>(op.getBuffer().getType());
    SmallVector<OpFoldResult> offsets(type.getRank(), builder.getIndexAttr(0));
    SmallVector<OpFoldResult> strides(type.getRank(), builder.getIndexAttr(1));
    offsets[0] = op.getIndex();
    SmallVector<OpFoldResult> sizes = memref::getMixedSizes(builder, op.getLoc(), op.getBuffer());
    sizes[0] = builder.getIndexAttr(1);
    replace(op, memref::SubViewOp::create(builder, op.getLoc(), cast<MemRefType>(op.getType()),
                                          op.getBuffer(), offsets, sizes, strides));
  }

  void lower(TurnOp op) {
    Location loc = op.getLoc();
    Value distance = arith::SubIOp::create(builder, loc, op.getIv(), op.getLower());
    Value turns = arith::DivUIOp::create(builder, loc, distance, op.getStep());
    Value slots = arith::ConstantIndexOp::create(builder, loc, op.getSlots());
    replace(op, arith::RemUIOp::create(builder, loc, turns, slots));
  }

  void lower(LaneOp op) {
    Location loc = op.getLoc();
    Value number = arith::IndexCastOp::create(builder, loc, builder.getIndexType(), unit);
    Value first = arith::ConstantIndexOp::create(builder, loc, TW_VECTOR_0);
    replace(op, arith::SubIOp::create(builder, loc, number, first));
  }

  void lower(CubeProgramOp op) { lowerProgram(op, arith::CmpIPredicate::eq); }
  void lower(VectorProgramOp op) { lowerProgram(op, arith::CmpIPredicate::ne); }

  void lowerProgram(Operation *op, arith::CmpIPredicate toCube) {
    Location loc = op->getLoc();
    Value cube = LLVM::ConstantOp::create(builder, loc, builder.getI32Type(),
                                          builder.getI32IntegerAttr(TW_CUBE));
    Value isAsked = arith::CmpIOp::create(builder, loc, toCube, unit, cube);
    auto branch = scf::IfOp::create(builder, loc, isAsked, /*withElseRegion=*/false);
    Block &then = *branch.thenBlock(), &body = op->getRegion(0).front();
    then.getOperations().splice(then.begin(), body.getOperations());
    op->erase();
  }

  void replace(Operation *op, Value value) {
    op->getResult(0).replaceAllUsesWith(value);
    op->erase();
  }

  const HostAbi &abi;
  LLVM::LLVMFuncOp function;
  OpBuilder builder;
  Value unit;
  DenseMap<Value, Value> heads; ///< by channel
};
} // namespace

LogicalResult tilework::lowerGroup(const HostAbi &abi, ImageTable &table, GroupOp group) {
  if (failed(verifyPlaced(group)))
    return failure();
  auto kernel = llvm::find_if(table.kernels, [&](const FunctionRecord &record) {
    return record.run == group.getKernel() && !record.walk;
  });
  if (kernel == table.kernels.end())
    return group.emitOpError("expects to be the only group of a kernel, but got '")
           << group.getKernel() << "'";
  SmallVector<Value> arguments;
  Type unit = IntegerType::get(group.getContext(), 32);
  LLVM::LLVMFuncOp function = abi.takeBody(group, unit, arguments);
  kernel->walk = GroupLowering(abi, function).run();
  lowerBody(abi, table, function, arguments);
  return success();
}
