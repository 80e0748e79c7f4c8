//===- PlaceTokens.h - ids from who has them to who waits -----------*- C++ -*-===//

#ifndef TILEWORK_TRANSFORMS_TASK_PLACETOKENS_H
#define TILEWORK_TRANSFORMS_TASK_PLACETOKENS_H

#include "lib/Transforms/Task/Instances.h"

namespace tilework::task {

/// Gives submissions the ids that `plan` says. The id of an earlier submission is passed on as it
/// is where it is there; else ids are kept in an array by iteration, empty where no task was
/// submitted. What many tasks take from many is joined first.
void placeTokens(EntryOp entry, const AccessSets &sets, const tokens::Problem &problem,
                 const tokens::Plan &plan);

} // namespace tilework::task

#endif // TILEWORK_TRANSFORMS_TASK_PLACETOKENS_H
