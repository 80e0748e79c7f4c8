//===- TaskBoxes.h - iterations of a producer as seen by its consumers ----------------*- C++
//-*-===//
//
// What tasks take from those of one statement, said by a box that is affine in their trips.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_PLANNING_TASKBOXES_H
#define TILEWORK_PLANNING_TASKBOXES_H

#include "lib/Planning/TaskOrder.h"

namespace tilework::tokens {

/// The instances that consumers take from one statement, at one distance.
using Taken = std::map<int, std::vector<int>>; ///< by consumer

/// Which iterations a box takes at most.
enum class Reach {
  near,  ///< of generic loops those near that of the consumer's
  sided, ///< those, or all on one side
  all    ///< or all
};

/// The least box around `taken`, of which all are at the distance of `bare`, a token without one.
Token boxAround(const Problem &problem, const Index &index, Token bare, const Taken &taken,
                Reach reach);

/// By generic loop of the producer beyond the common ones, how many iterations of it `from` is
/// after the consumer's `to`; kLater: more than are looked at, or nobody knows.
Trips distancesWithin(const Problem &problem, const Token &bare, int from, int to);

} // namespace tilework::tokens

#endif // TILEWORK_PLANNING_TASKBOXES_H
