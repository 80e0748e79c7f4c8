//===- Memories.h - what has to be placed in each memory of a core -----------*- C++ -*-===//

#ifndef TILEWORK_TRANSFORMS_CORE_MEMORIES_H
#define TILEWORK_TRANSFORMS_CORE_MEMORIES_H

#include "lib/Planning/Device.h"
#include "lib/Planning/Placement/Problem.h"
#include "lib/Transforms/Core/Lifetimes.h"

#include "llvm/ADT/MapVector.h"

namespace tilework::core {

/// A placement problem, and the buffers it is about, one by one.
struct Memory {
  placement::Problem problem;
  llvm::SmallVector<BufferOp> buffers;
};

/// The memories that a program uses, without buffers that nobody touches.
llvm::MapVector<Space, Memory> getMemories(llvm::ArrayRef<Lifetime> lifetimes,
                                           const Device &device);

/// The name the author gave the tile in a buffer.
std::string getName(BufferOp buffer);

} // namespace tilework::core

#endif // TILEWORK_TRANSFORMS_CORE_MEMORIES_H
