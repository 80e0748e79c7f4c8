//===- MemoryPlan.h - tensors of a run that share addresses -------------------------*- C++ -*-===//
//
// A recorded run says when each tensor it allocates is used. Two may lie at one address if every
// user of one reaches every user of the other in the graph: then no order of execution that the
// graph allows has both in use, and no edge has to be added. Recordings keep addresses apart, so
// that judges find a memory by its address; who replays one may use those of a plan.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RECORDING_MEMORYPLAN_H
#define TILEWORK_RECORDING_MEMORYPLAN_H

#include "Recording.h"

#include <vector>

namespace tilework::recording {

/// Bytes are rounded up to memoryAlignment, memory by memory.
struct MemoryPlan {
  std::vector<int64_t> offsets; ///< by memory, from the begin of the block; -1 for the caller's
  int64_t bytes = 0;            ///< of the block
  int64_t sum = 0;              ///< without sharing
  int64_t bound = 0;            ///< no plan needs less: the most that must live around one task
};

MemoryPlan planMemory(const Recording &recording);

} // namespace tilework::recording

#endif // TILEWORK_RECORDING_MEMORYPLAN_H
