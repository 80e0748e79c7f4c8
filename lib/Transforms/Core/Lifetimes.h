//===- Lifetimes.h - when the contents of buffers matter ------------------*- C++ -*-===//

#ifndef TILEWORK_TRANSFORMS_CORE_LIFETIMES_H
#define TILEWORK_TRANSFORMS_CORE_LIFETIMES_H

#include "dialects/Core/Core.h"

namespace tilework::core {

/// Where operations stand in the text of a program; what holds regions begins and ends.
struct Positions {
  llvm::DenseMap<mlir::Operation *, int64_t> starts, ends;
  int64_t count = 0;
};
Positions getPositions(mlir::Operation *program);

/// When the contents of a buffer matter, and its accesses, as positions of operations in the text
/// of the program, [begin, end). Empty for a buffer that nobody touches.
struct Lifetime {
  BufferOp buffer;
  int64_t begin = 0, end = 0;
};

/// The lifetimes of all buffers of a program, in its order. One that hands contents from one
/// iteration of a loop to the next covers that loop, and so does one whose slots its iterations use
/// in turn. One that a channel fills is in use from the start of the program. What is written
/// through a view of a part counts for views made of that view alone.
llvm::SmallVector<Lifetime> getLifetimes(mlir::Operation *program);

/// Bytes that a buffer takes: those of the cube core are whole fractals, 16 rows of 32 bytes.
int64_t getSizeBytes(BufferOp buffer);
int64_t getSizeBytes(Space space, llvm::ArrayRef<int64_t> shape, mlir::Type element);

} // namespace tilework::core

#endif // TILEWORK_TRANSFORMS_CORE_LIFETIMES_H
