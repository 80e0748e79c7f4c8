//===- Work.h - what streams compute and move ----------------------------------------*- C++
//-*-===//
//
// Counted from the recording alone: no device, no time.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RECORDING_WORK_H
#define TILEWORK_RECORDING_WORK_H

#include "Recording.h"

#include <vector>

namespace tilework::recording {

/// What a stream asks of its core group.
struct Work {
  int64_t multiplyAdds = 0;   ///< of the cube
  int64_t vectorElements = 0; ///< that vector instructions make, or reduce
  int64_t readBytes = 0;      ///< of global memory, without channels
  int64_t writtenBytes = 0;   ///< there; an update counts once
  int64_t channelBytes = 0;   ///< pushed and popped
};

std::vector<Work> workOfStreams(const Recording &recording);

/// By memory, the last task that is given an address in it; -1 where none is.
std::vector<int64_t> lastUsers(const Recording &recording);

} // namespace tilework::recording

#endif // TILEWORK_RECORDING_WORK_H
