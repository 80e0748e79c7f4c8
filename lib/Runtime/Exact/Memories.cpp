//===- Memories.cpp - the modelled memories of a core group, and views of them ----------------===//

#include "Memories.h"
#include "InstructionText.h"
#include "ProgramError.h"

#include <algorithm>

namespace tilework::runtime::exact {

//===----------------------------------------------------------------------------------------===//
// Views
//===----------------------------------------------------------------------------------------===//

Extents sizesOf(const tw_region &region) {
  Extents sizes;
  sizes.fill(1);
  std::copy_n(region.sizes, region.rank, sizes.end() - region.rank);
  return sizes;
}

bool isEmpty(const Extents &sizes) {
  return std::find(sizes.begin(), sizes.end(), 0) != sizes.end();
}

int64_t spanBytes(const tw_region &region) {
  constexpr __int128 most = INT64_MAX / 16; // beyond every memory, but safe to calculate with
  __int128 last = 0;
  for (int64_t d = 0; d < region.rank; ++d) {
    if (region.sizes[d] == 0)
      return 0;
    last = std::min(last + __int128(region.sizes[d] - 1) * region.strides[d], most);
  }
  return static_cast<int64_t>(last + 1) * elementBytes(region.type);
}

View viewOfScalar(int64_t *slot, int64_t type) {
  View view;
  view.type = type;
  view.data = reinterpret_cast<uint8_t *>(slot);
  view.sizes.fill(1);
  return view;
}

View repeated(View view, const Extents &sizes) {
  for (int d = 0; d < TW_STREAM_MAX_RANK; ++d)
    if (view.sizes[d] == 1)
      view.strideBytes[d] = 0;
  view.sizes = sizes;
  return view;
}

View leading(View view, const Extents &sizes) {
  view.sizes = sizes;
  return view;
}

View transposed(View view) {
  std::swap(view.sizes[3], view.sizes[4]);
  std::swap(view.strideBytes[3], view.strideBytes[4]);
  return view;
}

//===----------------------------------------------------------------------------------------===//
// Memories
//===----------------------------------------------------------------------------------------===//

void poison(uint8_t *data, int64_t sizeBytes) {
  // 0x7fd3: a NaN of float16 and bfloat16 and, twice, of float32.
  constexpr uint8_t pattern[2] = {0xd3, 0x7f};
  for (int64_t i = 0; i < sizeBytes; ++i)
    data[i] = pattern[i % 2];
}

void ModelledMemory::allocate(int64_t sizeBytes, bool tracksUndefined) {
  data.resize(sizeBytes);
  poison(data.data(), sizeBytes);
  if (tracksUndefined)
    defined.resize(sizeBytes, 0);
}

void ModelledMemory::forget(int64_t begin, int64_t sizeBytes) {
  poison(data.data() + begin, sizeBytes);
  if (!defined.empty())
    std::fill_n(defined.begin() + begin, sizeBytes, 0);
}

Memories::Memories(const KernelStream &stream, const ExactOptions &options) : options(options) {
  rings.allocate(stream.ringBytes, options.tracksUndefined);
  for (int32_t unit = 0; unit < TW_UNITS; ++unit) {
    std::array<int64_t, TW_SPACES> extent = {};
    const UnitStream &program = stream.units[unit];
    for (int64_t i = 0; i < program.count; ++i)
      for (int64_t r = 0; r < program.instructions[i].num_regions; ++r) {
        const tw_region &region = program.instructions[i].regions[r];
        if (region.space != TW_GM)
          extent[region.space] = std::max(extent[region.space], region.base + spanBytes(region));
      }
    for (int64_t i = 0; i < stream.numChannels; ++i)
      if (const tw_channel &channel = stream.channels[i];
          channel.direct && (channel.to_cube != 0) == (unit == TW_CUBE)) {
        int64_t &bytes = extent[channel.to_cube ? TW_L1 : TW_UB];
        bytes = std::max(bytes, channel.base + channel.slots * channel.slot_bytes);
      }
    for (int32_t space = 0; space < TW_SPACES; ++space)
      memories[unit][space].allocate(extent[space], options.tracksUndefined);
  }
}

View Memories::view(int32_t unit, const tw_region &region) {
  View view;
  view.type = region.type;
  view.rank = region.rank;
  view.sizes = sizesOf(region);
  int64_t bytes = elementBytes(region.type);
  for (int64_t d = 0; d < region.rank; ++d)
    view.strideBytes[TW_STREAM_MAX_RANK - region.rank + d] = region.strides[d] * bytes;
  if (region.space == TW_GM)
    return globalView(region, view);
  ModelledMemory &memory = memories[unit][region.space];
  view.data = memory.data.data() + region.base;
  if (options.tracksUndefined)
    view.defined = memory.defined.data() + region.base;
  return view;
}

View Memories::globalView(const tw_region &region, View view) const {
  view.data = reinterpret_cast<uint8_t *>(region.base);
  auto begin = static_cast<uintptr_t>(region.base), end = begin + spanBytes(region);
  if (options.gm.empty() || begin == end)
    return view;
  for (const GmRange &range : options.gm) {
    if (begin < range.begin || end > range.end)
      continue;
    if (options.tracksUndefined && range.defined)
      view.defined = range.defined + (begin - range.begin);
    view.mustStayDefined = options.tracksUndefined && !range.defined;
    return view;
  }
  throw ProgramError("expects an access to global memory within one array of the run, but got the "
                     "bytes " +
                     hexadecimal(begin) + " to " + hexadecimal(end));
}

} // namespace tilework::runtime::exact
