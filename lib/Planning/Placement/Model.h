//===- Model.h - a placement problem as the solvers see it --------------------------*- C++ -*-===//
//
// Buffers that share an address become one unit. Time is cut into sections, the longest stretches
// over which the same buffers live; each unit knows its neighbours, the units it must not overlap.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_PLANNING_PLACEMENT_MODEL_H
#define TILEWORK_PLANNING_PLACEMENT_MODEL_H

#include "Problem.h"

namespace tilework::placement {

inline int64_t alignTo(int64_t value, int64_t alignment) {
  return (value + alignment - 1) & ~(alignment - 1);
}

/// Sections first, …, last - 1, during which a unit needs `size` bytes.
struct Piece {
  int32_t first;
  int32_t last;
  int64_t size;
};

struct Unit {
  std::vector<Piece> pieces; ///< ascending, without overlap
  int64_t size = 0;          ///< the largest piece's
  int64_t alignment = 1;
  std::optional<int64_t> fixed;
};

/// A unit that must not overlap `this` one, with the bytes either needs while both live.
struct Neighbour {
  int32_t unit;
  int64_t mine;
  int64_t theirs;
};

struct Model {
  std::vector<Unit> units;                             ///< in program order
  std::vector<int32_t> unitOf;                         ///< by buffer
  std::vector<int64_t> sections;                       ///< first time point of each
  std::vector<std::vector<Neighbour>> neighbours;      ///< by unit, ascending, each once
  std::vector<std::pair<int32_t, int32_t>> neverShare; ///< units

  int64_t lowerBound = 0;
  int32_t fullestSection = 0; ///< that of the greatest need
  int64_t fullestBytes = 0;   ///< that need
};

/// What is wrong with single buffers and pairs, as a sentence for the author; empty if nothing.
std::string findContradiction(const Problem &problem);

/// What is wrong between buffers that share an address, and between fixed ones; or empty.
std::string findContradiction(const Problem &problem, const Model &model);

/// Of a problem whose buffers and pairs are right. O(n log n + pairs of buffers that live at once).
Model makeModel(const Problem &problem);

/// Fills in the bound: no placement has a lower peak than the bytes that live at one time, or than
/// the end of a fixed buffer.
void findLowerBound(Model &model);

} // namespace tilework::placement

#endif // TILEWORK_PLANNING_PLACEMENT_MODEL_H
