//===- Ejection.h - places one unit at a time and throws out those in its way -------*- C++ -*-===//
//
// Looks for a layout below a target peak. A unit without an address goes where it is free, or else
// where the units it overlaps are cheapest; they lose their addresses and are placed next. Each
// unit that found no free address becomes dearer, so that what is hard to place stays, and what is
// easy moves. Beside that, units move to other free addresses at random.
//
// In the field's words: guided ejection search. It proves nothing.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_PLANNING_PLACEMENT_EJECTION_H
#define TILEWORK_PLANNING_PLACEMENT_EJECTION_H

#include "FirstFit.h"
#include "Random.h"

namespace tilework::placement {

class Ejection {
public:
  Ejection(const Model &model, Random &random);

  /// Starts from a layout, which may reach too high.
  void start(const std::vector<int64_t> &addresses);

  /// Goes on from where it is, until everything lies below `target`. Adds to `steps` one for each
  /// unit placed, and gives up after `most`.
  bool run(int64_t target, int64_t most, int64_t &steps);

  const std::vector<int64_t> &addresses() const { return placedAt; }

private:
  void eject(int32_t unit);
  bool place(int32_t unit);
  void moveOne();
  int64_t cheapestAddress(int32_t unit);

  const Model &model;
  Random &random;
  int64_t target = 0;
  std::vector<int64_t> placedAt;                ///< by unit
  std::vector<int64_t> penalty;                 ///< by unit: for throwing it out
  std::vector<int32_t> waiting;                 ///< units without an address; the last is next
  std::vector<int64_t> candidates;              ///< addresses to choose from
  std::vector<std::pair<int64_t, int64_t>> met; ///< changes of the penalty, by address
};

} // namespace tilework::placement

#endif // TILEWORK_PLANNING_PLACEMENT_EJECTION_H
