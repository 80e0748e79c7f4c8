//===- HostAbi.h - the image ABI, as operations --------------------------*- C++ -*-===//
//
// What: packs values into argument slots, unpacks them, and calls the runtime's services.
// Why:  the layout of lib/Image/ImageAbi.h is spelled in one place on the compiler's side.
//
//===---------------------------------------------------------------------------===//

#ifndef TILEWORK_CONVERSION_TASKTOLLVM_HOSTABI_H
#define TILEWORK_CONVERSION_TASKTOLLVM_HOSTABI_H

#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

namespace tilework {

/// The services of `struct tw_host`, in its order.
enum class Service {
  submit,
  alloc,
  wait,
  join,
  access,
  scratch,
  fail,
  emit,
  observe,
  recall,
  look,
  enter,
  next,
  leave,
  assumeDistinct,
  retain,
  release,
  keep
};

/// How many slots a value of this type takes.
int64_t getSlotCount(mlir::Type type);

class HostAbi {
public:
  HostAbi(mlir::MLIRContext *context);

  mlir::Type pointer() const { return pointerType; }
  mlir::Type i64() const { return i64Type; }

  /// Calls a service; returns its result, or null where it has none.
  mlir::Value call(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value host, Service service,
                   mlir::ValueRange arguments) const;

  /// Moves the body of `op` into a function of its name, before it, that takes services and slots,
  /// and then `extra`; `op` is erased. The unpacked slots are appended to `arguments`.
  mlir::LLVM::LLVMFuncOp takeBody(mlir::FunctionOpInterface op, mlir::TypeRange extra,
                                  llvm::SmallVectorImpl<mlir::Value> &arguments) const;

  /// An array of `count` 64-bit slots on the stack, allocated once in the function's entry block.
  mlir::Value stackSlots(mlir::OpBuilder &builder, mlir::Location loc, int64_t count) const;

  void storeSlot(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value slots, int64_t index,
                 mlir::Value value) const;

  /// Stores a memref or scalar from `index` on; returns the index after it.
  int64_t pack(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value slots, int64_t index,
               mlir::Value value) const;

  /// The value of `type` that starts at `index`. A memref has been allocated by somebody else.
  mlir::Value unpack(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value slots, int64_t index,
                     mlir::Type type) const;

  /// A memref of `type` over memory at `pointer`; `sizes` for its dynamic dimensions.
  mlir::Value makeMemRef(mlir::OpBuilder &builder, mlir::Location loc, mlir::MemRefType type,
                         mlir::Value pointer, mlir::ValueRange sizes) const;

  /// Where one element of a memref lies: a pointer, and its bytes.
  std::pair<mlir::Value, mlir::Value> locateElement(mlir::OpBuilder &builder, mlir::Location loc,
                                                    mlir::Value memref,
                                                    mlir::ValueRange indices) const;

  /// What makeMemRef() was given for the memref that `memref` is or is a view of; null where that
  /// comes from unpack().
  mlir::Value allocatedPointer(mlir::OpBuilder &builder, mlir::Location loc,
                               mlir::Value memref) const;

  mlir::Value constant(mlir::OpBuilder &builder, mlir::Location loc, int64_t value) const;

  /// A pointer to the source position of `loc` as text, a constant of the module.
  mlir::Value locationText(mlir::OpBuilder &builder, mlir::Location loc) const;

  /// The size of an element in memory.
  static int64_t getElementBytes(mlir::Type type);

  /// The bytes of a whole tensor; `sizes` for its dynamic dimensions.
  mlir::Value byteCount(mlir::OpBuilder &builder, mlir::Location loc, mlir::MemRefType type,
                        mlir::ValueRange sizes) const;

private:
  mlir::Value loadSlot(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value slots,
                       int64_t index, mlir::Type type) const;

  mutable mlir::LLVMTypeConverter types;
  mlir::Type pointerType, i64Type, i32Type;
};

} // namespace tilework

#endif // TILEWORK_CONVERSION_TASKTOLLVM_HOSTABI_H
