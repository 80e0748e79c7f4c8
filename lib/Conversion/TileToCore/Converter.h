//===- Converter.h - one kernel becomes one core group -------------------*- C++ -*-===//
//
// Walks a kernel in program order and writes the instructions of its core group. Each tensor value
// gets views of buffers, one per memory it is needed in, as soon as it is made; scalars and control
// flow are copied.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_CONVERSION_TILETOCORE_CONVERTER_H
#define TILEWORK_CONVERSION_TILETOCORE_CONVERTER_H

#include "lib/Conversion/TileToCore/Homes.h"
#include "lib/Planning/CubeTiles.h"
#include "lib/Planning/Device.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

namespace tilework {

class KernelConverter {
public:
  KernelConverter(task::KernelOp kernel, const Device &device);

  /// Writes the group after the kernel. Fails with an error at the author's line.
  mlir::FailureOr<core::GroupOp> run();

private:
  /// Where the elements of a tensor value are.
  struct Place {
    mlir::Value global;                          ///< gm: the whole tensor, or a part of one
    mlir::Value ub, l1, l0c;                     ///< views of the value's extents
    mlir::Value pad;                             ///< gm: what lies beyond the extents of `global`
    llvm::SmallVector<mlir::OpFoldResult> sizes; ///< the extents
  };
  using Sizes = llvm::ArrayRef<mlir::OpFoldResult>;

  //===---- Control flow (ControlFlow.cpp) ----===//
  mlir::LogicalResult convertBlock(mlir::Block &block);
  mlir::LogicalResult convertOp(mlir::Operation *op);
  mlir::LogicalResult convertLoop(mlir::Operation *op);
  mlir::LogicalResult convertBranch(mlir::scf::IfOp op);
  mlir::LogicalResult convertWhile(mlir::scf::WhileOp op);
  void convertScalarRead(mlir::tensor::ExtractOp op);
  void startCarrying(mlir::Value init, mlir::Value argument);
  mlir::LogicalResult handOver(llvm::ArrayRef<Carried> tiles);
  void endCarrying(mlir::Value argument, mlir::Value result);
  /// Brings a tile to the place of a carried one, or of the result of a branch.
  mlir::LogicalResult yieldInto(const Place &yielded, const Place &destination);
  /// Lets the operation that makes `value` write to `destination`, where nobody reads what is there
  /// any more: after the last use of `previous`.
  void aimAt(mlir::Value value, mlir::Value destination, mlir::Value previous);

  //===---- Vector instructions (VectorOps.cpp) ----===//
  mlir::LogicalResult convertVectorOp(mlir::Operation *op);
  Place startUpdate(mlir::Value destination, mlir::Value result);
  mlir::LogicalResult convertInsert(mlir::tensor::InsertSliceOp op);
  mlir::LogicalResult convertInsert(mlir::tensor::InsertOp op);
  mlir::LogicalResult convertExtract(mlir::tensor::ExtractSliceOp op);
  mlir::LogicalResult convertFillpad(tile::FillpadOp op);
  mlir::LogicalResult convertReshape(tile::ReshapeOp op);
  mlir::LogicalResult convertConcat(mlir::tensor::ConcatOp op);
  mlir::Value getVectorOperand(mlir::Value value);

  //===---- Products (Matmul.cpp) ----===//
  mlir::LogicalResult convertMatmul(tile::MatmulOp op);
  /// A sum starts at zero or with a product, which nothing else continues.
  mlir::LogicalResult verifyStart(mlir::OpOperand &start);
  mlir::LogicalResult refuseStart(mlir::Value init);
  /// True where the product starts a sum, or null where it adds to one.
  mlir::Value getStart(mlir::Value accumulator);
  bool startsInLoop(const Carried &carried, mlir::Operation *loop);
  void clearAccumulator(mlir::Value accumulator);

  //===---- Transfers (Transfers.cpp) ----===//
  /// Brings a value that has just been made to all places that need it.
  void distribute(mlir::Value value);
  void store(mlir::Operation *user, mlir::Value value, mlir::Value global, bool isAtomic);
  mlir::Value load(const Place &place, mlir::RankedTensorType type, core::Space space);
  mlir::Value pass(mlir::Value view, mlir::RankedTensorType type, core::ChannelDirection direction,
                   Sizes sizes);

  //===---- Buffers (Transfers.cpp) ----===//
  mlir::Value createBuffer(mlir::RankedTensorType type, core::Space space, mlir::Location loc);
  mlir::Value createBuffer(llvm::ArrayRef<int64_t> shape, mlir::Type element, core::Space space,
                           mlir::Location loc);
  mlir::Value createView(mlir::Value buffer, Sizes sizes);
  mlir::Value slice(mlir::Value buffer, Sizes offsets, Sizes sizes);
  /// Where the vector core writes a value: what `aimAt` chose, or a buffer of its own.
  mlir::Value createDestination(mlir::Value value, Sizes sizes);
  bool startsLoop(mlir::Value value) const;
  mlir::Value getAccumulatorView(mlir::Value value, Sizes sizes);

  //===---- Values ----===//
  Place &at(mlir::Value value) { return places[value]; }
  mlir::Value lookup(mlir::Value scalar) { return scalars.lookupOrDefault(scalar); }
  llvm::SmallVector<mlir::OpFoldResult> lookup(Sizes sizes);
  mlir::Value toValue(mlir::OpFoldResult size);
  llvm::SmallVector<mlir::Value> toValues(Sizes sizes);
  mlir::Value constant(int64_t value);

  task::KernelOp kernel;
  CubeBuffers cube;
  core::ChannelPath channelPath; ///< between the units of this device
  Homes homes;
  core::GroupOp group;
  mlir::OpBuilder builder;
  mlir::Location loc;                                    ///< of the operation being converted
  mlir::Operation *lastBuffer = nullptr;                 ///< buffers and channels stand first
  int64_t scalarReads = 0;                               ///< of tiles
  mlir::IRMapping scalars;                               ///< and the kernel's arguments
  llvm::DenseMap<mlir::Value, Place> places;             ///< of tensor values
  llvm::DenseMap<mlir::Value, mlir::Value> aims;         ///< buffers that values are written to
  llvm::DenseMap<mlir::Value, mlir::Value> accumulators; ///< by what Homes says they share
  llvm::DenseMap<mlir::Value, mlir::Value> starts;       ///< of accumulators that loops carry
};

} // namespace tilework

#endif // TILEWORK_CONVERSION_TILETOCORE_CONVERTER_H
