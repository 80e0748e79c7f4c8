//===- Lines.h - reading and writing buffers along one loop -------------*- C++ -*-===//
//
// A *line* is what an operand of a linalg operation shows to one loop, all others fixed: a strip of
// memory of unit stride, or one element that every iteration reads.
//
//===---------------------------------------------------------------------------===//

#ifndef TILEWORK_CONVERSION_LINALGTOVECTOR_LINES_H
#define TILEWORK_CONVERSION_LINALGTOVECTOR_LINES_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/Builders.h"

namespace tilework {

/// Elements per vector: 16 of float32 fill a 512-bit register, and narrower hosts split it.
inline constexpr int64_t kLanes = 16;

/// A vector type of kLanes elements.
mlir::VectorType getLaneType(mlir::Type element);

mlir::Value createIndex(mlir::OpBuilder &builder, mlir::Location loc, int64_t value);
mlir::Value getValue(mlir::OpBuilder &builder, mlir::Location loc, mlir::OpFoldResult value);
mlir::Value broadcast(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value scalar);

/// Where a vector stands on its line. Without a mask all lanes are there.
struct Span {
  mlir::Value position;
  mlir::Value mask;
};

/// Calls `body` for each vector of a line of `extent` elements, the last one with a mask.
void forEachSpan(mlir::OpBuilder &builder, mlir::Location loc, mlir::OpFoldResult extent,
                 llvm::function_ref<void(mlir::OpBuilder &, Span)> body);

/// True if the operand is a line of unit stride along loop `dim`, or does not depend on it.
bool isLine(mlir::Value buffer, mlir::AffineMap map, unsigned dim);

class Line {
public:
  /// `ivs` holds the positions of the other loops.
  Line(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value buffer, mlir::AffineMap map,
       llvm::ArrayRef<mlir::Value> ivs, unsigned dim);

  mlir::Value load(mlir::OpBuilder &builder, mlir::Location loc, Span span) const;
  void store(mlir::OpBuilder &builder, mlir::Location loc, Span span, mlir::Value vector) const;

private:
  mlir::Value strip;   ///< one-dimensional buffer; null where the line is one element
  mlir::Value element; ///< that element, in every lane
};

/// One line per operand; inputs first, as the operation has them.
llvm::SmallVector<Line> createLines(mlir::OpBuilder &builder, mlir::linalg::GenericOp op,
                                    llvm::ArrayRef<mlir::Value> ivs, unsigned dim,
                                    bool withOutputs);

/// Repeats on vectors what the body of an operation computes.
class BodyVectorizer {
public:
  /// `arguments` holds a vector per block argument; those that are not read may be null.
  BodyVectorizer(mlir::linalg::GenericOp op, llvm::ArrayRef<mlir::Value> arguments,
                 llvm::ArrayRef<mlir::Value> ivs, unsigned dim, Span span);

  /// The vector of a value of the body, or of one from outside in every lane.
  mlir::Value get(mlir::OpBuilder &builder, mlir::Value value);

private:
  mlir::linalg::GenericOp op;
  llvm::ArrayRef<mlir::Value> ivs;
  unsigned dim;
  Span span;
  llvm::DenseMap<mlir::Value, mlir::Value> vectors;
};

} // namespace tilework

#endif // TILEWORK_CONVERSION_LINALGTOVECTOR_LINES_H
