//===- Lowering.h - the vector forms of linalg operations ---------------*- C++ -*-===//
//
// Each `lower…` replaces an operation it fits and reports success, or leaves everything as it was.
//
//===---------------------------------------------------------------------------===//

#ifndef TILEWORK_CONVERSION_LINALGTOVECTOR_LOWERING_H
#define TILEWORK_CONVERSION_LINALGTOVECTOR_LOWERING_H

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/IR/PatternMatch.h"

namespace tilework {

/// All loops parallel: vectors along the innermost loop that is longer than one.
llvm::LogicalResult lowerElementwise(mlir::RewriterBase &rewriter, mlir::linalg::GenericOp op);

/// One reduced loop of two: rows in 64 lanes, columns ascending.
llvm::LogicalResult lowerReduction(mlir::RewriterBase &rewriter, mlir::linalg::GenericOp op);

/// Matrix products in register blocks.
llvm::LogicalResult lowerContraction(mlir::RewriterBase &rewriter, mlir::linalg::GenericOp op);

} // namespace tilework

#endif // TILEWORK_CONVERSION_LINALGTOVECTOR_LOWERING_H
