//===- Greedy.h - first fit in several good orders ----------------------------------*- C++ -*-===//

#ifndef TILEWORK_PLANNING_PLACEMENT_GREEDY_H
#define TILEWORK_PLANNING_PLACEMENT_GREEDY_H

#include "FirstFit.h"

namespace tilework::placement {

/// Orders that tend to pack well, best first: by contention, area, size, length and start.
std::vector<std::vector<int32_t>> greedyOrders(const Model &model);

} // namespace tilework::placement

#endif // TILEWORK_PLANNING_PLACEMENT_GREEDY_H
