//===- Place.h - gives every buffer an address --------------------------------------*- C++ -*-===//
//
// Runs the solvers in order of cost until one reaches the lower bound, and keeps the lowest peak:
//
//   first fit   the lowest free address for each buffer in program order
//   greedy      the same in several orders that tend to pack well
//   search      see Search.h; the only one with a budget
//
// With n buffers and p pairs of them live at once, the first two take O(n log n + p log p) time and
// O(n + p) memory. Budgets count steps, not seconds: the same problem has the same answer on every
// host.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_PLANNING_PLACEMENT_PLACE_H
#define TILEWORK_PLANNING_PLACEMENT_PLACE_H

#include "Problem.h"

namespace tilework::placement {

struct Options {
  Solver last = Solver::Search; ///< the most expensive solver to try
  int64_t searchSteps = 15'000; ///< positions of one buffer that the search may try
  bool stopWhenFits = false;    ///< do not look for peaks below the capacity
  uint64_t seed = 0;            ///< of the search's random choices
};

Result place(const Problem &problem, const Options &options = {});

} // namespace tilework::placement

#endif // TILEWORK_PLANNING_PLACEMENT_PLACE_H
