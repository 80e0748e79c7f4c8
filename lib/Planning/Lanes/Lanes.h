//===- Lanes.h - which part of each tile is whose, and what that costs --------*- C++ -*-===//
//
// Two lanes execute one program. A tile is halved between them, or both have all of it and do its
// work twice. Of a whole tile a lane may read its part; what it writes to a whole tile has to come
// of whole tiles.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_PLANNING_LANES_LANES_H
#define TILEWORK_PLANNING_LANES_LANES_H

#include "lib/Planning/Lanes/Layouts.h"

#include <functional>
#include <string>

namespace tilework::lanes {

struct Tile {
  std::vector<int64_t> shape;
  /// The layouts it may have, the preferred one first; none: any.
  std::vector<Layout> allowed = {};
};

/// A tile, or a view of one, that a step reads or writes.
struct Operand {
  int64_t tile;
  std::vector<View> views = {};
  /// For each dimension of the view that of the step which it follows. None (-1): not to be halved
  /// in, or read in full by every element of the step.
  std::vector<int64_t> dims = {};
  bool isWritten = false;
  bool isShared = false; ///< read, but only in the layout of the step
  /// Bytes between the elements of each dimension of the view in a whole tile; none: its address
  /// does not matter.
  std::vector<int64_t> strides = {};
};

/// An instruction: a rectangle of elements, the same for all operands but for what is repeated or
/// reduced. At most one operand is written. What writes none is done by lane 0 where it is whole.
struct Step {
  std::vector<int64_t> shape;
  std::vector<Operand> operands;
  double work = 0;
};

struct Problem {
  std::vector<Tile> tiles;
  std::vector<Step> steps;
  std::optional<int64_t> dim; ///< the only one in which tiles may be halved for their own sake
  int64_t alignmentBytes = 1; ///< of what instructions touch
};

struct Plan {
  std::vector<Layout> tiles, steps;
  double work[2] = {0, 0}; ///< of each lane
  int64_t numConflicts = 0;
  double getBusier() const { return work[0] < work[1] ? work[1] : work[0]; }
};

/// Counts what goes beyond the problem and is wrong with a plan.
using CountConflicts = std::function<int64_t(const Plan &)>;

/// A plan with little work for the busier lane. It has conflicts, or `verify` finds something, only
/// where no plan without them was found.
Plan plan(const Problem &problem, const CountConflicts &countConflicts);

/// The work of one lane that does everything.
double getWorkOfOne(const Problem &problem);

/// The part of a step that a lane does.
double getShare(const Step &step, Layout layout, int lane);

/// What is wrong with a plan, empty if nothing is.
std::string verify(const Problem &problem, const Plan &plan);

} // namespace tilework::lanes

#endif // TILEWORK_PLANNING_LANES_LANES_H
