//===- Work.cpp - what streams compute and move ----------------------------------------------===//

#include "Work.h"

#include <algorithm>

namespace tilework::recording {

static int64_t elementBytes(int64_t type) {
  switch (type) {
  case TW_BOOL:
  case TW_I8:
  case TW_U8:
    return 1;
  case TW_I16:
  case TW_U16:
  case TW_F16:
  case TW_BF16:
    return 2;
  case TW_I32:
  case TW_U32:
  case TW_F32:
    return 4;
  default:
    return 8;
  }
}

static int64_t elementsOf(const tw_region &region) {
  int64_t elements = 1;
  for (int64_t d = 0; d < region.rank; ++d)
    elements *= region.sizes[d];
  return elements;
}

static int64_t bytesOf(const tw_region &region) {
  return elementsOf(region) * elementBytes(region.type);
}

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
  const std::vector<Memory> &memories = recording.memories;
  std::vector<int64_t> last(memories.size(), -1);
  for (size_t task = 0; task < recording.tasks.size(); ++task)
    for (int64_t base : recording.tasks[task].bases) {
      auto after = std::upper_bound(memories.begin(), memories.end(), base,
                                    [](int64_t at, const Memory &it) { return at < it.address; });
      if (after != memories.begin())
        last[after - memories.begin() - 1] = static_cast<int64_t>(task);
    }
  return last;
}

} // namespace tilework::recording
