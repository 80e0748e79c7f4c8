//===- VerifyPlacement.h - believes no placement ------------------------------------*- C++ -*-===//
//
// Checks a placement against its problem by walking over time with nothing but the two at hand. It
// shares no code with the solvers.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_PLANNING_VERIFYPLACEMENT_H
#define TILEWORK_PLANNING_VERIFYPLACEMENT_H

#include "lib/Planning/Placement/Problem.h"

namespace tilework::placement {

struct Violation {
  enum Kind {
    WrongCount,    ///< not one address per buffer; nothing else is checked then
    Overlap,       ///< two buffers live at once, or never to share, have bytes in common
    Misaligned,    ///< an address is no multiple of the alignment
    OutOfCapacity, ///< bytes before address 0, or beyond the capacity
    NotAtFixed,    ///< another address than the fixed one
    NotTogether,   ///< two buffers that share an address have two
    WrongPeak,     ///< the stated peak is not the end of the highest buffer
  };
  Kind kind;
  int32_t first = -1;  ///< buffer, if one is to blame
  int32_t second = -1; ///< the other, of a pair
  std::string message;
};

/// All violations; of two buffers that overlap more than once, the first time. O(e l log l) for e
/// begins and ends of intervals and l buffers live at once.
std::vector<Violation> verifyPlacement(const Problem &problem, const Placement &placement);

} // namespace tilework::placement

#endif // TILEWORK_PLANNING_VERIFYPLACEMENT_H
