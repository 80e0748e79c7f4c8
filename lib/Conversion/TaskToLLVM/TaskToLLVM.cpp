//===- TaskToLLVM.cpp - task to LLVM -------------------------------------------------===//
//
// What: programs, kernels and region programs become functions of the image ABI; what they ask of
//       the runtime becomes calls of its services; a table describes them.
// Why:  the runtime loads native code and knows nothing of MLIR.
// Form: `graph` whose kernels are lowered to vectors and memrefs → the same, without task ops.
// Not:  what the functions compute (upstream conversions), the object file (lib/Codegen).
//
//===------------------------------------------------------------------------------------===//

#include "lib/Conversion/TaskToLLVM/TaskToLLVM.h"

#include "dialects/Task/Task.h"
#include "dialects/Tile/Tile.h"
#include "lib/Conversion/TaskToLLVM/HostAbi.h"
#include "lib/Conversion/TaskToLLVM/ImageTable.h"
#include "lib/Image/ImageAbi.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tilework;

namespace tilework {
#define GEN_PASS_DEF_CONVERTTASKTOLLVM
#include "lib/Conversion/TaskToLLVM/Passes.h.inc"
} // namespace tilework

//===------------------------------------------------------------------------------------===//
// Decide: the table
//===------------------------------------------------------------------------------------===//

static int32_t encodeElementType(Type type) {
  if (type.isInteger(1))
    return TW_BOOL;
  if (type.isIndex())
    return TW_INDEX;
  if (isa<task::IdType>(type))
    return TW_TASK_ID;
  if (type.isF16())
    return TW_F16;
  if (type.isBF16())
    return TW_BF16;
  if (type.isF32())
    return TW_F32;
  int32_t log = llvm::Log2_32(type.getIntOrFloatBitWidth()) - 3;
  return (type.isUnsignedInteger() ? TW_U8 : TW_I8) + log;
}

static std::string describeArgument(BlockArgument argument) {
  if (auto name = dyn_cast<NameLoc>(argument.getLoc()))
    return name.getName().str();
  return "arg" + std::to_string(argument.getArgNumber());
}

template <typename FunctionOp> static FunctionRecord describeFunction(FunctionOp function) {
  FunctionRecord record;
  record.name = record.run = function.getSymName().str();
  record.location = describeLocation(function.getLoc());
  for (BlockArgument argument : function.getBody().getArguments()) {
    Type type = argument.getType();
    auto memref = dyn_cast<MemRefType>(type);
    int32_t kind = memref ? TW_MEMREF : isa<task::IdType>(type) ? TW_TASK : TW_SCALAR;
    int32_t direction =
        memref ? static_cast<int32_t>(function.getDirection(argument.getArgNumber())) : 0;
    record.arguments.push_back({kind, encodeElementType(getElementTypeOrSelf(type)),
                                memref ? static_cast<int32_t>(memref.getRank()) : 0,
                                record.slotCount, direction, 0, describeArgument(argument)});
    record.slotCount += getSlotCount(type);
  }
  return record;
}

static ImageTable describeImage(ModuleOp module) {
  ImageTable table;
  if (auto target = module->getAttrOfType<tile::TargetAttr>(tile::kTargetAttrName))
    table.target = target.getDevice().str();
  llvm::StringMap<std::string> accesses;
  for (auto program : module.getOps<task::AccessesOp>())
    accesses[program.getKernel()] = program.getSymName().str();
  llvm::StringMap<size_t> kernelIndex;
  for (auto kernel : module.getOps<task::KernelOp>()) {
    kernelIndex[kernel.getSymName()] = table.kernels.size();
    table.kernels.push_back(describeFunction(kernel));
    table.kernels.back().accesses = accesses.lookup(kernel.getSymName());
  }
  for (auto entry : module.getOps<task::EntryOp>()) {
    table.entries.push_back(describeFunction(entry));
    entry.walk([&](task::SubmitOp submit) {
      FunctionRecord &kernel = table.kernels[kernelIndex.lookup(submit.getKernel())];
      for (int32_t position : submit.getNoDep())
        kernel.arguments[position].flags |= TW_NO_DEP;
    });
  }
  return table;
}

static CheckRecord describeCheck(tile::CheckOp check) {
  std::string dim = "dimension " + std::to_string(check.getDim());
  std::string message;
  switch (check.getKind()) {
  case tile::CheckKind::in_bounds:
    message = "slice expects offset + size to stay within the {2} elements of " + dim +
              ", but got {0} + {1}";
    break;
  case tile::CheckKind::equal:
    message = "expects equal sizes in " + dim + ", but got {0} and {1}";
    break;
  case tile::CheckKind::positive:
    message = "loop expects a positive step, but got {0}";
    break;
  case tile::CheckKind::at_most:
    message = "expects a valid extent from 0 to {1} in " + dim + ", but got {0}";
    break;
  }
  return {message, describeLocation(check.getLoc()),
          static_cast<int32_t>(check.getValues().size())};
}

//===------------------------------------------------------------------------------------===//
// Apply: operations inside a function
//===------------------------------------------------------------------------------------===//

namespace {
/// Lowers the operations of one function, whose first two arguments are the services and the slots.
struct BodyLowering {
  BodyLowering(const HostAbi &abi, ImageTable &table, LLVM::LLVMFuncOp function)
      : abi(abi), table(table), function(function), builder(function.getContext()),
        host(function.getArgument(0)) {}

  void run() {
    lowerAll<task::ReturnOp, task::SubmitOp, task::JoinOp, task::NoneOp, task::AllocOp,
             task::ReadOp, task::AccessOp, task::ParallelOp, tile::CheckOp, memref::AllocOp>();
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
    auto type = cast<MemRefType>(op.getMemref().getType());
    SmallVector<OpFoldResult> offsets(op.getIndices().begin(), op.getIndices().end());
    SmallVector<OpFoldResult> ones(type.getRank(), builder.getIndexAttr(1));
    Value element =
        memref::SubViewOp::create(builder, loc, op.getMemref(), offsets, ones, ones);
    auto metadata = memref::ExtractStridedMetadataOp::create(builder, loc, element);
    Value base = memref::ExtractAlignedPointerAsIndexOp::create(builder, loc, element);
    int64_t elementBytes = HostAbi::getElementBytes(type.getElementType());
    Value width = arith::ConstantIndexOp::create(builder, loc, elementBytes);
    Value offset = arith::MulIOp::create(builder, loc, metadata.getOffset(), width);
    Value address = arith::AddIOp::create(builder, loc, base, offset);
    address = arith::IndexCastOp::create(builder, loc, abi.i64(), address);
    address = LLVM::IntToPtrOp::create(builder, loc, abi.pointer(), address);
    abi.call(builder, loc, host, Service::wait,
             {address, abi.constant(builder, loc, elementBytes)});
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

  /// The claim has been read; what is left is the sequential loop.
  void lower(task::ParallelOp op) {
    auto loop = scf::ForOp::create(builder, op.getLoc(), op.getLower(), op.getUpper(),
                                   op.getStep(), op.getInitArgs());
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
      if (kernel.name == name)
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
  OpBuilder builder;
  Value host;

public:
  SmallVector<Value> arguments; ///< the unpacked arguments, in order
};
} // namespace

//===------------------------------------------------------------------------------------===//
// Apply: functions
//===------------------------------------------------------------------------------------===//

/// Moves the body of `op` into a function of the image ABI and lowers what is in it.
static void lowerFunction(const HostAbi &abi, ImageTable &table, FunctionOpInterface op) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(op.getContext()),
                                          {abi.pointer(), abi.pointer()});
  std::string name = op.getName().str();
  auto function = LLVM::LLVMFuncOp::create(builder, loc, name, type);
  Block *entry = function.addEntryBlock(builder);
  builder.setInsertionPointToStart(entry);
  BodyLowering lowering(abi, table, function);
  int64_t slot = 0;
  Block &body = op->getRegion(0).front();
  for (BlockArgument argument : body.getArguments()) {
    Value value = abi.unpack(builder, loc, function.getArgument(1), slot, argument.getType());
    slot += getSlotCount(argument.getType());
    lowering.arguments.push_back(value);
    argument.replaceAllUsesWith(value);
  }
  entry->getOperations().splice(entry->end(), body.getOperations());
  op.erase();
  lowering.run();
}

/// A task id is a 64-bit number from here on, and what an integer means is its operations'.
static void replaceTypes(ModuleOp module) {
  AttrTypeReplacer replacer;
  replacer.addReplacement(
      [](task::IdType type) -> Type { return IntegerType::get(type.getContext(), 64); });
  replacer.addReplacement([](IntegerType type) -> Type {
    return IntegerType::get(type.getContext(), type.getWidth());
  });
  replacer.recursivelyReplaceElementsIn(module, /*replaceAttrs=*/true, /*replaceLocs=*/false,
                                        /*replaceTypes=*/true);
}

namespace {
struct ConvertTaskToLLVMPass : tilework::impl::ConvertTaskToLLVMBase<ConvertTaskToLLVMPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    ImageTable table = describeImage(module);
    replaceTypes(module);
    HostAbi abi(&getContext());
    for (auto op : llvm::to_vector(module.getOps<FunctionOpInterface>()))
      if (isa<task::EntryOp, task::KernelOp, task::AccessesOp>(op))
        lowerFunction(abi, table, op);
    table.emit(module);
  }
};
} // namespace
