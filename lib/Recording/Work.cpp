//===- Work.cpp - what streams compute and move ----------------------------------------------===//

#include "Work.h"

#include "Regions.h"

#include <algorithm>

namespace tilework::recording {

static Work workOf(const tw_instruction &instruction) {
  Work work;
  const tw_region *regions = instruction.regions;
  switch (instruction.opcode) {
  case TW_MMAD:
    work.multiplyAdds = instruction.sizes[0] * instruction.sizes[1] * instruction.sizes[2];
    return work;
  case TW_PUSH:
  case TW_POP:
    work.channelBytes = bytesOf(regions[0]);
    return work;
  case TW_DMA_LOAD:
  case TW_DMA_STORE:
  case TW_FIXPIPE:
  case TW_MOVE:
    if (regions[0].space == TW_GM)
      work.readBytes = bytesOf(regions[0]);
    if (regions[1].space == TW_GM)
      work.writtenBytes = bytesOf(regions[1]);
    return work;
  case TW_READ_SCALAR:
    return work;
  default: // vector instructions; the others have no regions
    for (int64_t i = 0; i < instruction.num_regions; ++i)
      work.vectorElements = std::max(work.vectorElements, elementsOf(regions[i]));
    return work;
  }
}

std::vector<Work> workOfStreams(const Recording &recording) {
  std::vector<Work> byInstruction(recording.instructions.size());
  std::transform(recording.instructions.begin(), recording.instructions.end(),
                 byInstruction.begin(), workOf);
  std::vector<Work> works(recording.streams.size());
  for (size_t stream = 0; stream < works.size(); ++stream)
    for (const std::vector<int32_t> &unit : recording.streams[stream].units)
      for (int32_t index : unit) {
        const Work &one = byInstruction[index];
        works[stream].multiplyAdds += one.multiplyAdds;
        works[stream].vectorElements += one.vectorElements;
        works[stream].readBytes += one.readBytes;
        works[stream].writtenBytes += one.writtenBytes;
        works[stream].channelBytes += one.channelBytes;
      }
  return works;
}

std::vector<int64_t> lastUsers(const Recording &recording) {
  std::vector<int64_t> last(recording.memories.size(), -1);
  for (size_t task = 0; task < recording.tasks.size(); ++task)
    for (int64_t base : recording.tasks[task].bases)
      if (int64_t memory = memoryBefore(recording, base); memory >= 0)
        last[memory] = static_cast<int64_t>(task);
  return last;
}

} // namespace tilework::recording
