//===- HostAbi.cpp - the image ABI, as operations ---------------------------------===//

#include "lib/Conversion/TaskToLLVM/HostAbi.h"

#include "lib/Conversion/TaskToLLVM/ImageTable.h"

#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

int64_t tilework::getSlotCount(Type type) {
  auto memref = dyn_cast<MemRefType>(type);
  return memref ? 2 + 2 * memref.getRank() : 1;
}

tilework::HostAbi::HostAbi(MLIRContext *context)
    : types(context), pointerType(LLVM::LLVMPointerType::get(context)),
      i64Type(IntegerType::get(context, 64)), i32Type(IntegerType::get(context, 32)) {}

Value tilework::HostAbi::constant(OpBuilder &builder, Location loc, int64_t value) const {
  return LLVM::ConstantOp::create(builder, loc, i64Type, builder.getI64IntegerAttr(value));
}

Value tilework::HostAbi::locationText(OpBuilder &builder, Location loc) const {
  std::string text = describeLocation(loc), name = "tilework_location_" + text;
  auto module = builder.getInsertionBlock()->getParentOp()->getParentOfType<ModuleOp>();
  if (!module.lookupSymbol(name)) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToEnd(module.getBody());
    std::string bytes = text + '\0';
    auto type = LLVM::LLVMArrayType::get(builder.getI8Type(), bytes.size());
    LLVM::GlobalOp::create(builder, loc, type, /*isConstant=*/true, LLVM::Linkage::Internal, name,
                           builder.getStringAttr(bytes));
  }
  return LLVM::AddressOfOp::create(builder, loc, pointerType, name);
}

Value tilework::HostAbi::call(OpBuilder &builder, Location loc, Value host, Service service,
                              ValueRange arguments) const {
  Type result = LLVM::LLVMVoidType::get(builder.getContext());
  if (service == Service::submit || service == Service::join || service == Service::recall)
    result = i64Type;
  if (service == Service::alloc || service == Service::scratch || service == Service::keep)
    result = pointerType;
  SmallVector<Type> inputs{pointerType};
  llvm::append_range(inputs, arguments.getTypes());
  Value entry = LLVM::GEPOp::create(builder, loc, pointerType, pointerType, host,
                                    LLVM::GEPArg(static_cast<int32_t>(service)));
  Value function = LLVM::LoadOp::create(builder, loc, pointerType, entry);
  SmallVector<Value> operands{function, host};
  llvm::append_range(operands, arguments);
  auto call =
      LLVM::CallOp::create(builder, loc, LLVM::LLVMFunctionType::get(result, inputs), operands);
  return call->getNumResults() ? call->getResult(0) : Value();
}

LLVM::LLVMFuncOp tilework::HostAbi::takeBody(FunctionOpInterface op, TypeRange extra,
                                             SmallVectorImpl<Value> &arguments) const {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  SmallVector<Type> inputs{pointerType, pointerType};
  llvm::append_range(inputs, extra);
  auto type = LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(builder.getContext()), inputs);
  std::string name = op.getName().str();
  auto function = LLVM::LLVMFuncOp::create(builder, loc, name, type);
  Block *entry = function.addEntryBlock(builder);
  builder.setInsertionPointToStart(entry);
  int64_t slot = 0;
  Block &body = op->getRegion(0).front();
  for (BlockArgument argument : body.getArguments()) {
    Value value = unpack(builder, loc, function.getArgument(1), slot, argument.getType());
    slot += getSlotCount(argument.getType());
    arguments.push_back(value);
    argument.replaceAllUsesWith(value);
  }
  entry->getOperations().splice(entry->end(), body.getOperations());
  op.erase();
  return function;
}

Value tilework::HostAbi::stackSlots(OpBuilder &builder, Location loc, int64_t count) const {
  OpBuilder::InsertionGuard guard(builder);
  auto function = builder.getInsertionBlock()->getParentOp()->getParentOfType<LLVM::LLVMFuncOp>();
  if (!function)
    function = cast<LLVM::LLVMFuncOp>(builder.getInsertionBlock()->getParentOp());
  builder.setInsertionPointToStart(&function.getBody().front());
  return LLVM::AllocaOp::create(builder, loc, pointerType, i64Type,
                                constant(builder, loc, std::max<int64_t>(count, 1)));
}

void tilework::HostAbi::storeSlot(OpBuilder &builder, Location loc, Value slots, int64_t index,
                                  Value value) const {
  Type type = value.getType();
  if (type.isIndex())
    value = arith::IndexCastOp::create(builder, loc, i64Type, value);
  else if (isa<FloatType>(type))
    value = arith::BitcastOp::create(builder, loc,
                                     builder.getIntegerType(type.getIntOrFloatBitWidth()), value);
  else if (type.isUnsignedInteger())
    value = UnrealizedConversionCastOp::create(
                builder, loc, builder.getIntegerType(type.getIntOrFloatBitWidth()), value)
                .getResult(0);
  if (isa<IntegerType>(value.getType()) && value.getType() != i64Type) {
    bool isZeroExtended = isa<FloatType>(type) || type.isInteger(1);
    value = isZeroExtended ? Value(LLVM::ZExtOp::create(builder, loc, i64Type, value))
                           : Value(LLVM::SExtOp::create(builder, loc, i64Type, value));
  }
  Value address = LLVM::GEPOp::create(builder, loc, pointerType, i64Type, slots,
                                      LLVM::GEPArg(static_cast<int32_t>(index)));
  LLVM::StoreOp::create(builder, loc, value, address);
}

int64_t tilework::HostAbi::pack(OpBuilder &builder, Location loc, Value slots, int64_t index,
                                Value value) const {
  auto type = dyn_cast<MemRefType>(value.getType());
  if (!type) {
    storeSlot(builder, loc, slots, index, value);
    return index + 1;
  }
  auto metadata = memref::ExtractStridedMetadataOp::create(builder, loc, value);
  // The base of the allocation: the offset stands in a slot of its own.
  Value pointer = memref::ExtractAlignedPointerAsIndexOp::create(builder, loc, value);
  storeSlot(builder, loc, slots, index++, pointer);
  storeSlot(builder, loc, slots, index++, metadata.getOffset());
  for (Value size : metadata.getSizes())
    storeSlot(builder, loc, slots, index++, size);
  for (Value stride : metadata.getStrides())
    storeSlot(builder, loc, slots, index++, stride);
  return index;
}

Value tilework::HostAbi::loadSlot(OpBuilder &builder, Location loc, Value slots, int64_t index,
                                  Type type) const {
  Value address = LLVM::GEPOp::create(builder, loc, pointerType, i64Type, slots,
                                      LLVM::GEPArg(static_cast<int32_t>(index)));
  return LLVM::LoadOp::create(builder, loc, type, address);
}

Value tilework::HostAbi::unpack(OpBuilder &builder, Location loc, Value slots, int64_t index,
                                Type type) const {
  if (type.isIndex())
    return arith::IndexCastOp::create(builder, loc, type,
                                      loadSlot(builder, loc, slots, index, i64Type));
  auto memrefType = dyn_cast<MemRefType>(type);
  if (!memrefType) // The value's bytes are the slot's first.
    return loadSlot(builder, loc, slots, index, type);
  auto descriptor = MemRefDescriptor::poison(builder, loc, types.convertType(memrefType));
  Value pointer = loadSlot(builder, loc, slots, index, pointerType);
  descriptor.setAllocatedPtr(builder, loc, LLVM::ZeroOp::create(builder, loc, pointerType));
  descriptor.setAlignedPtr(builder, loc, pointer);
  descriptor.setOffset(builder, loc, loadSlot(builder, loc, slots, index + 1, i64Type));
  int64_t rank = memrefType.getRank();
  for (int64_t dim = 0; dim < rank; ++dim) {
    descriptor.setSize(builder, loc, dim, loadSlot(builder, loc, slots, index + 2 + dim, i64Type));
    descriptor.setStride(builder, loc, dim,
                         loadSlot(builder, loc, slots, index + 2 + rank + dim, i64Type));
  }
  return UnrealizedConversionCastOp::create(builder, loc, memrefType, Value(descriptor))
      .getResult(0);
}

Value tilework::HostAbi::allocatedPointer(OpBuilder &builder, Location loc, Value memref) const {
  auto cast =
      UnrealizedConversionCastOp::create(builder, loc, types.convertType(memref.getType()), memref);
  return MemRefDescriptor(cast.getResult(0)).allocatedPtr(builder, loc);
}

int64_t tilework::HostAbi::getElementBytes(Type type) {
  if (type.isIndex())
    return 8;
  return llvm::divideCeil(type.getIntOrFloatBitWidth(), 8);
}

std::pair<Value, Value> tilework::HostAbi::locateElement(OpBuilder &builder, Location loc,
                                                         Value memref, ValueRange indices) const {
  auto type = cast<MemRefType>(memref.getType());
  SmallVector<OpFoldResult> offsets(indices.begin(), indices.end());
  SmallVector<OpFoldResult> ones(type.getRank(), builder.getIndexAttr(1));
  Value element = memref::SubViewOp::create(builder, loc, memref, offsets, ones, ones);
  auto metadata = memref::ExtractStridedMetadataOp::create(builder, loc, element);
  Value base = memref::ExtractAlignedPointerAsIndexOp::create(builder, loc, element);
  int64_t elementBytes = getElementBytes(type.getElementType());
  Value width = arith::ConstantIndexOp::create(builder, loc, elementBytes);
  Value offset = arith::MulIOp::create(builder, loc, metadata.getOffset(), width);
  Value address = arith::AddIOp::create(builder, loc, base, offset);
  address = arith::IndexCastOp::create(builder, loc, i64Type, address);
  address = LLVM::IntToPtrOp::create(builder, loc, pointerType, address);
  return {address, constant(builder, loc, elementBytes)};
}

/// Sizes of every dimension, as i64 values.
static SmallVector<Value> materializeSizes(const tilework::HostAbi &abi, OpBuilder &builder,
                                           Location loc, MemRefType type, ValueRange dynamic) {
  SmallVector<Value> sizes;
  for (int64_t size : type.getShape()) {
    if (!ShapedType::isDynamic(size)) {
      sizes.push_back(abi.constant(builder, loc, size));
      continue;
    }
    sizes.push_back(arith::IndexCastOp::create(builder, loc, abi.i64(), dynamic.front()));
    dynamic = dynamic.drop_front();
  }
  return sizes;
}

Value tilework::HostAbi::makeMemRef(OpBuilder &builder, Location loc, MemRefType type,
                                    Value pointer, ValueRange dynamicSizes) const {
  auto descriptor = MemRefDescriptor::poison(builder, loc, types.convertType(type));
  descriptor.setAllocatedPtr(builder, loc, pointer);
  descriptor.setAlignedPtr(builder, loc, pointer);
  descriptor.setOffset(builder, loc, constant(builder, loc, 0));
  SmallVector<Value> sizes = materializeSizes(*this, builder, loc, type, dynamicSizes);
  Value stride = constant(builder, loc, 1);
  for (int64_t dim = type.getRank() - 1; dim >= 0; --dim) {
    descriptor.setSize(builder, loc, dim, sizes[dim]);
    descriptor.setStride(builder, loc, dim, stride);
    stride = LLVM::MulOp::create(builder, loc, stride, sizes[dim]);
  }
  return UnrealizedConversionCastOp::create(builder, loc, type, Value(descriptor)).getResult(0);
}

Value tilework::HostAbi::byteCount(OpBuilder &builder, Location loc, MemRefType type,
                                   ValueRange dynamicSizes) const {
  Value bytes = constant(builder, loc, getElementBytes(type.getElementType()));
  for (Value size : materializeSizes(*this, builder, loc, type, dynamicSizes))
    bytes = LLVM::MulOp::create(builder, loc, bytes, size);
  return bytes;
}
