//===- Durations.h - how long an instruction takes --------------------------*- C++ -*-===//
//
// Evaluates the cost formula of an instruction with the numbers of a device, for planners: every
// size that is not known counts with its capacity, and global memory is all the core group's own.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_PLANNING_DURATIONS_H
#define TILEWORK_PLANNING_DURATIONS_H

#include "dialects/Core/Core.h"
#include "lib/Planning/Device.h"

namespace tilework {

struct Duration {
  int64_t holdCycles = 0;    ///< of its pipe
  int64_t latencyCycles = 0; ///< from then on until others see what it has done
};

Duration estimateDuration(core::CoreOpInterface op, const Device &device);

} // namespace tilework

#endif // TILEWORK_PLANNING_DURATIONS_H
