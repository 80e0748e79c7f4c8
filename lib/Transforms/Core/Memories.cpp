//===- Memories.cpp - what has to be placed in each memory of a core ------------------===//

#include "lib/Transforms/Core/Memories.h"

using namespace mlir;
using namespace tilework;
using namespace tilework::core;

std::string tilework::core::getName(BufferOp buffer) {
  if (auto name = buffer.getLoc()->findInstanceOf<NameLoc>())
    return name.getName().str();
  return "a tile";
}

llvm::MapVector<Space, Memory> tilework::core::getMemories(ArrayRef<Lifetime> lifetimes,
                                                           const Device &device) {
  llvm::MapVector<Space, Memory> memories;
  for (const Lifetime &lifetime : lifetimes) {
    if (lifetime.begin == lifetime.end)
      continue;
    BufferOp buffer = lifetime.buffer;
    Space space = *getSpace(buffer.getType());
    Memory &memory = memories[space];
    std::string name = stringifySpace(space).str();
    memory.problem.capacityBytes = static_cast<int64_t>(device.get("capacity." + name));
    std::optional<int64_t> fixed;
    if (buffer.getAddress())
      fixed = buffer.getAddress();
    memory.problem.buffers.push_back({getName(buffer),
                                      getSizeBytes(buffer),
                                      static_cast<int64_t>(device.get("alignment." + name)),
                                      {{lifetime.begin, lifetime.end}},
                                      fixed});
    memory.buffers.push_back(buffer);
  }
  return memories;
}
