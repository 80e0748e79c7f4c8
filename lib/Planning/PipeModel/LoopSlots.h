//===- LoopSlots.h - how many slots the buffers of loops get ------------------*- C++ -*-===//
//
// A buffer that one queue fills and another uses up holds the first queue back: it has to wait
// until the contents are used. With more slots it runs ahead. Slots take memory, so a loop gets
// the fewest that are within some share of the best estimate.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_PLANNING_PIPEMODEL_LOOPSLOTS_H
#define TILEWORK_PLANNING_PIPEMODEL_LOOPSLOTS_H

#include "PipeModel.h"

#include <functional>

namespace tilework::pipes {

/// A buffer that each iteration of a loop fills anew and uses up.
struct Candidate {
  int32_t buffer;
  int32_t memory;
  int64_t slotBytes;
};

struct SlotOptions {
  int64_t mostSlots = 4;
  double worthwhile = 0.02;       ///< of the loop's time, else memory is better left alone
  int64_t stepBudget = 2'000'000; ///< instructions to look at per loop
};

struct SlotChoice {
  int64_t cyclesBefore = 0, cyclesAfter = 0;
};

/// Sets the slots of `candidates`, buffers of `program` that take turns with `loop`, where that
/// pays. `fits` says whether a memory has room for the slots that its buffers then have.
SlotChoice chooseSlots(Program &program, const Node &loop, std::vector<Candidate> candidates,
                       const std::function<bool(int32_t memory)> &fits,
                       const SlotOptions &options = {});

} // namespace tilework::pipes

#endif // TILEWORK_PLANNING_PIPEMODEL_LOOPSLOTS_H
