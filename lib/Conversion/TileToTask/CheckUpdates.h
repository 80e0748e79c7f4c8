//===- CheckUpdates.h - whether updates can happen in place ---------*- C++ -*-===//

#ifndef TILEWORK_CONVERSION_TILETOTASK_CHECKUPDATES_H
#define TILEWORK_CONVERSION_TILETOTASK_CHECKUPDATES_H

#include "dialects/Task/Task.h"

namespace tilework {

/// Refuses updates of arguments that are only read, and updates that need a copy of the tensor,
/// because somebody uses what was there before.
mlir::LogicalResult checkUpdates(task::EntryOp entry);

} // namespace tilework

#endif // TILEWORK_CONVERSION_TILETOTASK_CHECKUPDATES_H
