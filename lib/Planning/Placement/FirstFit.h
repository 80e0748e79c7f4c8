//===- FirstFit.h - the lowest free address, unit by unit ---------------------------*- C++ -*-===//

#ifndef TILEWORK_PLANNING_PLACEMENT_FIRSTFIT_H
#define TILEWORK_PLANNING_PLACEMENT_FIRSTFIT_H

#include "Model.h"

namespace tilework::placement {

/// Addresses of all units, and how high they reach.
struct Layout {
  std::vector<int64_t> addresses; ///< by unit
  int64_t peak = 0;
};

constexpr int64_t Unplaced = -1; ///< in place of an address

/// The lowest address at which `unit` overlaps no neighbour that has one. O(d log d) for d
/// neighbours; `scratch` saves allocations.
int64_t lowestFree(const Model &model, int32_t unit, const std::vector<int64_t> &addresses,
                   std::vector<std::pair<int64_t, int64_t>> &scratch);

/// The units in program order.
std::vector<int32_t> programOrder(const Model &model);

/// Gives each unit in turn its lowest free address, after the fixed ones. Gives up, with a peak of
/// at least `limit`, once a unit reaches it.
Layout placeInOrder(const Model &model, const std::vector<int32_t> &order, int64_t limit);

} // namespace tilework::placement

#endif // TILEWORK_PLANNING_PLACEMENT_FIRSTFIT_H
