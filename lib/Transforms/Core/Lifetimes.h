//===- Lifetimes.h - when the contents of buffers matter ------------------*- C++ -*-===//

#ifndef TILEWORK_TRANSFORMS_CORE_LIFETIMES_H
#define TILEWORK_TRANSFORMS_CORE_LIFETIMES_H

#include "dialects/Core/Core.h"

namespace tilework::core {

/// From the first instruction that writes a buffer to the last that reads it, as positions of
/// operations in the program, [begin, end). Empty for a buffer that nobody touches.
struct Lifetime {
  BufferOp buffer;
  int64_t begin = 0, end = 0;
};

/// The lifetimes of all buffers of a program, in its order. Over a loop that hands contents from
/// one iteration to the next, or starts with them, a lifetime covers the loop.
llvm::SmallVector<Lifetime> getLifetimes(mlir::Operation *program);

/// Bytes that a buffer takes: those of the cube core are whole fractals, 16 rows of 32 bytes.
int64_t getSizeBytes(BufferOp buffer);

} // namespace tilework::core

#endif // TILEWORK_TRANSFORMS_CORE_LIFETIMES_H
