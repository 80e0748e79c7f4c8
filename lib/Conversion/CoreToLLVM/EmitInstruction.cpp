//===- EmitInstruction.cpp - an instruction, as a record of the stream ----------------===//
//
// What: stores that fill a `tw_instruction` of lib/Image/StreamAbi.h, and the call that emits it.
// Why:  what each operation's record says is read here, one function per operation.
//
//===------------------------------------------------------------------------------------===//

#include "lib/Conversion/CoreToLLVM/EmitInstruction.h"

#include "lib/Conversion/TaskToLLVM/DescribeImage.h"
#include "lib/Image/StreamAbi.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cstddef>

using namespace mlir;
using namespace tilework;
using namespace tilework::core;

static_assert(int64_t(Space::gm) == TW_GM && int64_t(Space::l0c) == TW_L0C &&
              int64_t(Space::fb) == TW_FB);
static_assert(int64_t(Pipe::mte1) == TW_MTE1 && int64_t(Pipe::s) == TW_S);

/// The position of a field among the 64-bit words of a `tw_instruction` or `tw_region`.
#define INSTRUCTION_WORD(field) (offsetof(tw_instruction, field) / sizeof(int64_t))
#define REGION_WORD(field) (offsetof(tw_region, field) / sizeof(int64_t))

int64_t tilework::StreamNames::intern(Location location) {
  std::string text = describeLocation(location);
  auto it = llvm::find(locations, text);
  if (it == locations.end())
    it = locations.insert(it, text);
  return std::distance(locations.begin(), it);
}

namespace {
class RecordWriter {
public:
  RecordWriter(const HostAbi &abi, CoreOpInterface op, Value record, StreamNames &names)
      : abi(abi), names(names), builder(op), loc(op.getLoc()), record(record) {
    // Fields that do not matter are zero, so that equal instructions are equal bytes.
    Value zero =
        LLVM::ConstantOp::create(builder, loc, builder.getI8Type(), builder.getI8IntegerAttr(0));
    LLVM::MemsetOp::create(builder, loc, record, zero,
                           abi.constant(builder, loc, sizeof(tw_instruction)),
                           /*isVolatile=*/false);
    set(INSTRUCTION_WORD(pipe), static_cast<int64_t>(op.getPipe()));
    set(INSTRUCTION_WORD(location), names.intern(loc));
  }

  void call(Value host) {
    set(INSTRUCTION_WORD(flags), flags);
    if (starts) {
      Value bit = abi.constant(builder, loc, TW_STARTS), none = abi.constant(builder, loc, 0);
      set(INSTRUCTION_WORD(flags), arith::SelectOp::create(builder, loc, starts, bit, none));
    }
    set(INSTRUCTION_WORD(num_regions), regionCount);
    abi.call(builder, loc, host, Service::emit, record);
  }

  //===--------------------------------------------------------------------------------===//
  // Transfers and products
  //===--------------------------------------------------------------------------------===//

  void write(DmaLoadOp op) {
    SmallVector<Value> sizes = sizesOr(op.getSizes(), op.getDestination());
    setOpcode(TW_DMA_LOAD);
    addRegion(op.getSource(), op.getOffsets(), sizes);
    if (!op.getPad())
      return addRegion(op.getDestination(), {}, sizes);
    addRegion(op.getDestination());
    flags |= TW_PADS;
    setScalar(op.getPad());
  }

  template <typename Op> void writeStore(Op op, tw_opcode opcode) {
    SmallVector<Value> sizes = sizesOr(op.getSizes(), op.getSource());
    setOpcode(opcode);
    addRegion(op.getSource(), {}, sizes);
    addRegion(op.getDestination(), op.getOffsets(), sizes);
    if (op.getAtomic() == AtomicKind::add)
      flags |= TW_ATOMIC_ADD;
  }
  void write(DmaStoreOp op) { writeStore(op, TW_DMA_STORE); }
  void write(FixpipeOp op) { writeStore(op, TW_FIXPIPE); }

  void write(MoveOp op) {
    setOpcode(TW_MOVE);
    addRegions({op.getSource(), op.getDestination()});
    if (op.getTranspose())
      flags |= TW_TRANSPOSES;
  }

  void write(MmadOp op) {
    SmallVector<Value> sizes(op.getSizes());
    if (sizes.empty()) {
      SmallVector<Value> lhs = sizesOr({}, op.getLhs()), rhs = sizesOr({}, op.getRhs());
      sizes = {lhs[0], lhs[1], rhs[1]};
    }
    setOpcode(TW_MMAD);
    for (auto [index, size] : llvm::enumerate(sizes))
      set(INSTRUCTION_WORD(sizes) + index, size);
    addRegion(op.getLhs(), {}, {sizes[0], sizes[1]});
    addRegion(op.getRhs(), {}, {sizes[1], sizes[2]});
    addRegion(op.getAccumulator(), {}, {sizes[0], sizes[2]});
    starts = op.getInit();
  }

  //===--------------------------------------------------------------------------------===//
  // Vector work
  //===--------------------------------------------------------------------------------===//

  void write(VectorUnaryOp op) {
    setOpcode(TW_VECTOR_UNARY, op.getKind());
    addRegions({op.getInput(), op.getDestination()});
  }
  void write(VectorBinaryOp op) {
    setOpcode(TW_VECTOR_BINARY, op.getKind());
    addRegions({op.getLhs(), op.getRhs(), op.getDestination()});
  }
  void write(VectorCompareOp op) {
    setOpcode(TW_VECTOR_COMPARE, op.getPredicate());
    addRegions({op.getLhs(), op.getRhs(), op.getDestination()});
  }
  void write(VectorSelectOp op) {
    setOpcode(TW_VECTOR_SELECT);
    addRegions({op.getMask(), op.getLhs(), op.getRhs(), op.getDestination()});
  }
  void write(VectorCastOp op) {
    setOpcode(TW_VECTOR_CAST);
    set(INSTRUCTION_WORD(rounding), static_cast<int64_t>(op.getRounding()));
    addRegions({op.getInput(), op.getDestination()});
  }
  void write(VectorReduceOp op) {
    setOpcode(TW_VECTOR_REDUCE, op.getKind());
    set(INSTRUCTION_WORD(dim), static_cast<int64_t>(op.getDim()));
    addRegions({op.getInput(), op.getDestination()});
  }
  void write(VectorFillOp op) {
    setOpcode(TW_VECTOR_FILL);
    addRegions({op.getValue(), op.getDestination()});
  }
  void write(VectorArangeOp op) {
    setOpcode(TW_VECTOR_ARANGE);
    setScalar(op.getStart());
    addRegion(op.getDestination());
  }
  void write(VectorTransposeOp op) {
    setOpcode(TW_VECTOR_TRANSPOSE);
    addRegions({op.getInput(), op.getDestination()});
  }

  //===--------------------------------------------------------------------------------===//
  // Synchronisation
  //===--------------------------------------------------------------------------------===//

  template <typename Op> void writeFlag(Op op, tw_opcode opcode, Pipe other) {
    setOpcode(opcode);
    set(INSTRUCTION_WORD(other_pipe), static_cast<int64_t>(other));
    set(INSTRUCTION_WORD(event), static_cast<int64_t>(op.getEvent()));
    if (!op.getSlot())
      return;
    Value base = arith::ConstantIndexOp::create(builder, loc, op.getEvent());
    set(INSTRUCTION_WORD(event), arith::AddIOp::create(builder, loc, base, op.getSlot()));
  }
  void write(SetFlagOp op) { writeFlag(op, TW_SET_FLAG, op.getTo()); }
  void write(WaitFlagOp op) { writeFlag(op, TW_WAIT_FLAG, op.getFrom()); }

  void write(CrossSetOp op) {
    setOpcode(TW_CROSS_SET);
    set(INSTRUCTION_WORD(event), static_cast<int64_t>(op.getEvent()));
  }
  void write(CrossWaitOp op) {
    setOpcode(TW_CROSS_WAIT);
    set(INSTRUCTION_WORD(event), static_cast<int64_t>(op.getEvent()));
  }
  void write(BarrierOp op) {
    setOpcode(TW_BARRIER);
    set(INSTRUCTION_WORD(kind), static_cast<int64_t>(!op.getOn()));
  }

  void write(PushOp op) {
    setOpcode(TW_PUSH);
    setChannel(op.getChannel());
    addRegion(op.getSource());
  }
  void write(PopOp op) {
    setOpcode(TW_POP);
    setChannel(op.getChannel());
    addRegion(op.getDestination());
  }
  void write(ReleaseOp op) {
    setOpcode(TW_RELEASE);
    setChannel(op.getChannel());
  }

  void write(ReadScalarOp op) {
    Value one = arith::ConstantIndexOp::create(builder, loc, 1);
    setOpcode(TW_READ_SCALAR);
    addRegion(op.getSource(), op.getIndices(), SmallVector<Value>(op.getIndices().size(), one));
    setScalar(op.getResult());
  }

private:
  //===--------------------------------------------------------------------------------===//
  // Fields
  //===--------------------------------------------------------------------------------===//

  void set(int64_t word, int64_t value) {
    if (value != 0)
      abi.storeSlot(builder, loc, record, word, abi.constant(builder, loc, value));
  }
  void set(int64_t word, Value value) { abi.storeSlot(builder, loc, record, word, value); }

  void setOpcode(tw_opcode opcode) { set(INSTRUCTION_WORD(opcode), opcode); }
  template <typename Kind> void setOpcode(tw_opcode opcode, Kind kind) {
    setOpcode(opcode);
    set(INSTRUCTION_WORD(kind), static_cast<int64_t>(kind));
  }

  void setChannel(Value channel) { set(INSTRUCTION_WORD(channel), names.channels.lookup(channel)); }

  void setScalar(Value scalar) {
    set(INSTRUCTION_WORD(scalar_type), encodeElementType(scalar.getType()));
    set(INSTRUCTION_WORD(scalar), scalar);
  }

  /// The sizes an operation names, or those of `buffer`.
  SmallVector<Value> sizesOr(ValueRange named, Value buffer) {
    if (!named.empty())
      return named;
    return memref::ExtractStridedMetadataOp::create(builder, loc, buffer).getSizes();
  }

  /// Whole buffers; a scalar stands in its field.
  void addRegions(ArrayRef<Value> operands) {
    for (Value operand : operands) {
      if (isa<MemRefType>(operand.getType())) {
        addRegion(operand);
        continue;
      }
      flags |= TW_SCALAR_RHS;
      setScalar(operand);
    }
  }

  void addRegion(Value buffer) { addRegion(buffer, {}, sizesOr({}, buffer)); }

  /// A rectangle in the last dimensions of a buffer, as many as there are sizes.
  void addRegion(Value buffer, ValueRange offsets, ArrayRef<Value> sizes) {
    auto type = cast<MemRefType>(buffer.getType());
    auto metadata = memref::ExtractStridedMetadataOp::create(builder, loc, buffer);
    Value offset = metadata.getOffset();
    for (auto [each, stride] : llvm::zip(offsets, metadata.getStrides())) {
      Value distance = arith::MulIOp::create(builder, loc, each, stride);
      offset = arith::AddIOp::create(builder, loc, offset, distance);
    }
    Value width = arith::ConstantIndexOp::create(builder, loc,
                                                 HostAbi::getElementBytes(type.getElementType()));
    Value bytes = arith::MulIOp::create(builder, loc, offset, width);
    Value origin = memref::ExtractAlignedPointerAsIndexOp::create(builder, loc, buffer);
    int64_t word = INSTRUCTION_WORD(regions) + regionCount++ * (sizeof(tw_region) / 8);
    set(word + REGION_WORD(space), static_cast<int64_t>(*getSpace(type)));
    set(word + REGION_WORD(type), encodeElementType(type.getElementType()));
    set(word + REGION_WORD(rank), static_cast<int64_t>(sizes.size()));
    set(word + REGION_WORD(base), arith::AddIOp::create(builder, loc, origin, bytes));
    auto strides = metadata.getStrides().take_back(sizes.size());
    for (auto [index, size, stride] : llvm::enumerate(sizes, strides)) {
      set(word + REGION_WORD(sizes) + index, size);
      set(word + REGION_WORD(strides) + index, stride);
    }
  }

  const HostAbi &abi;
  StreamNames &names;
  OpBuilder builder;
  Location loc;
  Value record;
  int64_t flags = 0, regionCount = 0;
  Value starts; ///< of a product: whether it starts a sum
};
} // namespace

void tilework::emitInstruction(const HostAbi &abi, CoreOpInterface op, Value host, Value record,
                               StreamNames &names) {
  RecordWriter writer(abi, op, record, names);
  TypeSwitch<Operation *>(op)
      .Case<DmaLoadOp, DmaStoreOp, FixpipeOp, MoveOp, MmadOp, VectorUnaryOp, VectorBinaryOp,
            VectorCompareOp, VectorSelectOp, VectorCastOp, VectorReduceOp, VectorFillOp,
            VectorArangeOp, VectorTransposeOp, SetFlagOp, WaitFlagOp, CrossSetOp, CrossWaitOp,
            BarrierOp, PushOp, PopOp, ReleaseOp, ReadScalarOp>(
          [&](auto concrete) { writer.write(concrete); })
      .DefaultUnreachable("every instruction has a record");
  writer.call(host);
}
