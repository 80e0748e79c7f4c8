//===- SeenStreams.cpp - which streams a run has met before ------------------------*- C++ -*-===//

#include "SeenStreams.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <string_view>

namespace tilework::runtime {

/// The range that holds a region, or none.
static size_t rangeOf(const tw_region &region, const std::vector<GlobalRange> &memory) {
  auto holds = [base = static_cast<uintptr_t>(region.base)](const GlobalRange &range) {
    return range.begin <= base && base < range.end;
  };
  return std::find_if(memory.begin(), memory.end(), holds) - memory.begin();
}

template <typename Visit> static void forEachInstruction(const KernelStream &stream, Visit visit) {
  for (int32_t unit = 0; unit < TW_UNITS; ++unit)
    for (int64_t i = 0; i < stream.units[unit].count; ++i)
      visit(unit, stream.units[unit].instructions[i]);
}

size_t digestOf(const KernelStream &stream, const std::vector<GlobalRange> &memory) {
  // The lowest address in each range stands for its beginning.
  std::vector<int64_t> lowest(memory.size() + 1, std::numeric_limits<int64_t>::max());
  forEachInstruction(stream, [&](int32_t, const tw_instruction &instruction) {
    for (int64_t r = 0; r < instruction.num_regions; ++r)
      if (const tw_region &region = instruction.regions[r]; region.space == TW_GM) {
        int64_t &bound = lowest[rangeOf(region, memory)];
        bound = std::min(bound, region.base);
      }
  });
  auto combine = [digest = std::hash<const void *>()(stream.locations)](size_t value) mutable {
    return digest = digest * 0x9e3779b97f4a7c15u + value;
  };
  forEachInstruction(stream, [&](int32_t unit, tw_instruction instruction) {
    combine(unit);
    for (int64_t r = 0; r < instruction.num_regions; ++r)
      if (tw_region &region = instruction.regions[r]; region.space == TW_GM) {
        size_t range = rangeOf(region, memory);
        combine(range);
        region.base -= lowest[range];
      }
    std::string_view bytes(reinterpret_cast<const char *>(&instruction), sizeof instruction);
    combine(std::hash<std::string_view>()(bytes));
  });
  return combine(0);
}

void SeenStreams::add(size_t digest) {
  std::lock_guard lock(mutex);
  digests.insert(digest);
}

bool SeenStreams::contains(size_t digest) {
  std::lock_guard lock(mutex);
  return digests.count(digest) != 0;
}

} // namespace tilework::runtime
