//===- CarryBuffers.h - loops and conditions hand on buffers --------*- C++ -*-===//

#ifndef TILEWORK_CONVERSION_TILETOTASK_CARRYBUFFERS_H
#define TILEWORK_CONVERSION_TILETOTASK_CARRYBUFFERS_H

#include "dialects/Task/Task.h"

namespace tilework {

/// Loops and conditions of `entry` hand on the buffers of tensors that lie in a memory of their
/// own. What then is no longer seen of the tensors has been checked (CheckUpdates).
void carryBuffers(task::EntryOp entry);

} // namespace tilework

#endif // TILEWORK_CONVERSION_TILETOTASK_CARRYBUFFERS_H
