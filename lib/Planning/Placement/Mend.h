//===- Mend.h - what would make a problem fit ----------------------------------*- C++ -*-===//

#ifndef TILEWORK_PLANNING_PLACEMENT_MEND_H
#define TILEWORK_PLANNING_PLACEMENT_MEND_H

#include "Problem.h"

namespace tilework::placement {

/// Fewer slots for all buffers with more, or buffers of a fraction of their size.
struct Mend {
  int64_t slots = 0;     ///< so many at most; 0 where slots do not help
  int64_t fraction = 1;  ///< one part of so many
  int64_t peakBytes = 0; ///< then; -1 where nothing helps
};

/// The smallest change after which `problem` fits: first slots are given up, one by one, and where
/// that is not enough sizes are halved. `slots` has those of each buffer.
Mend findMend(const Problem &problem, const std::vector<int64_t> &slots);

} // namespace tilework::placement

#endif // TILEWORK_PLANNING_PLACEMENT_MEND_H
