//===- Search.h - looks for a lower peak than first fit finds -----------------------*- C++ -*-===//

#ifndef TILEWORK_PLANNING_PLACEMENT_SEARCH_H
#define TILEWORK_PLANNING_PLACEMENT_SEARCH_H

#include "FirstFit.h"
#include "Place.h"

namespace tilework::placement {

struct SearchResult {
  Layout layout;           ///< the best found, or the one begun with
  int64_t provenBound = 0; ///< no layout has a lower peak
  int64_t steps = 0;
};

/// Improves `start` until its peak is at most `goal`, no lower one is possible, or the steps are
/// spent; tries to get below `capacity` on the way.
SearchResult searchLayout(const Model &model, const Layout &start, int64_t goal, int64_t capacity,
                          const Options &options);

} // namespace tilework::placement

#endif // TILEWORK_PLANNING_PLACEMENT_SEARCH_H
