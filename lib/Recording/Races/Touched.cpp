//===- Touched.cpp - which bytes of global memory a task touches ----------------------------===//

#include "Touched.h"

#include "Regions.h"

#include <algorithm>

namespace tilework::recording {

//===----------------------------------------------------------------------------------------===//
// Sets of bytes
//===----------------------------------------------------------------------------------------===//

/// Sorts, and joins what overlaps or follows each other.
static void normalize(ByteSet &set) {
  std::sort(set.begin(), set.end(),
            [](const Bytes &a, const Bytes &b) { return a.begin < b.begin; });
  size_t kept = 0;
  for (const Bytes &each : set) {
    if (kept > 0 && each.begin <= set[kept - 1].end)
      set[kept - 1].end = std::max(set[kept - 1].end, each.end);
    else
      set[kept++] = each;
  }
  set.resize(kept);
}

ByteSet unite(ByteSet a, const ByteSet &b) {
  a.insert(a.end(), b.begin(), b.end());
  normalize(a);
  return a;
}

static ByteSet subtract(const ByteSet &from, const ByteSet &what) {
  ByteSet result;
  auto next = what.begin();
  for (Bytes each : from) {
    while (next != what.end() && next->end <= each.begin)
      ++next;
    for (auto hole = next; hole != what.end() && hole->begin < each.end; ++hole) {
      if (each.begin < hole->begin)
        result.push_back({each.begin, hole->begin});
      each.begin = std::max(each.begin, hole->end);
    }
    if (each.begin < each.end)
      result.push_back(each);
  }
  return result;
}

ByteSet intersect(const ByteSet &a, const ByteSet &b) {
  ByteSet result;
  for (auto x = a.begin(), y = b.begin(); x != a.end() && y != b.end();) {
    Bytes both = {std::max(x->begin, y->begin), std::min(x->end, y->end)};
    if (both.begin < both.end)
      result.push_back(both);
    x->end < y->end ? ++x : ++y;
  }
  return result;
}

/// Appends the bytes of a region that begins at `at`, run by run.
static void append(ByteSet &set, const tw_region &region, int64_t at) {
  int64_t width = elementBytes(region.type), run = width, rows[TW_STREAM_MAX_RANK], count = 1;
  // From the innermost dimension on, as long as one follows the other without a gap.
  int64_t outer = region.rank;
  for (; outer > 0; --outer) {
    int64_t size = region.sizes[outer - 1];
    if (size != 1 && region.strides[outer - 1] * width != run)
      break;
    run *= size;
  }
  for (int64_t d = 0; d < outer; ++d)
    count *= region.sizes[d];
  if (run == 0)
    return;
  std::fill(rows, rows + outer, 0);
  for (; count > 0; --count) {
    set.push_back({at, at + run});
    for (int64_t d = outer - 1; d >= 0; --d) {
      at += region.strides[d] * width;
      if (++rows[d] < region.sizes[d])
        break;
      at -= region.sizes[d] * region.strides[d] * width;
      rows[d] = 0;
    }
  }
}

//===----------------------------------------------------------------------------------------===//
// Tasks
//===----------------------------------------------------------------------------------------===//

/// Of an instruction that has a region in global memory.
static bool writesRegion(const tw_instruction &instruction, int64_t region) {
  switch (instruction.opcode) {
  case TW_DMA_LOAD:
  case TW_DMA_STORE:
  case TW_FIXPIPE:
  case TW_MOVE:
    return region == 1;
  default:
    return false;
  }
}

/// Calls `visit(base, offset, region, isWritten)` for each region in global memory.
template <typename Visit> void TouchedBytes::forEachRegion(const Task &task, Visit visit) const {
  const AddressPattern &pattern = recording.patterns[task.pattern];
  auto next = pattern.addresses.begin();
  for (const std::vector<int32_t> &unit : recording.streams[task.stream].units)
    for (int32_t index : unit) {
      const tw_instruction &instruction = recording.instructions[index];
      for (int64_t r = 0; r < instruction.num_regions; ++r)
        if (instruction.regions[r].space == TW_GM) {
          visit(next->base, next->offset, instruction.regions[r], writesRegion(instruction, r));
          ++next;
        }
    }
  for (const AddressPattern::Scalar &scalar : pattern.scalars) {
    tw_region bytes = {TW_GM, TW_U8, 1, 0, {scalar.bytes}, {1}};
    visit(scalar.at.base, scalar.at.offset, bytes, /*isWritten=*/false);
  }
}

TouchedBytes::Kind &TouchedBytes::kindOf(const Task &task) {
  auto [it, isNew] = kinds.try_emplace({task.stream, task.pattern});
  Kind &kind = it->second;
  if (!isNew)
    return kind;
  kind.writes.resize(task.bases.size());
  kind.sets.resize(task.bases.size());
  kind.isKnown.resize(task.bases.size());
  forEachRegion(task, [&](int32_t base, int64_t, const tw_region &region, bool isWritten) {
    if (isWritten && elementsOf(region) > 0)
      kind.writes[base] = true;
  });
  return kind;
}

bool TouchedBytes::writes(const Task &task, int32_t base) {
  return kindOf(task).writes[base];
}

const TouchedBytes::Sets &TouchedBytes::of(const Task &task, int32_t base) {
  Kind &kind = kindOf(task);
  Sets &sets = kind.sets[base];
  if (kind.isKnown[base])
    return sets;
  kind.isKnown[base] = true;
  forEachRegion(task, [&](int32_t at, int64_t offset, const tw_region &region, bool isWritten) {
    if (at == base)
      append(isWritten ? sets.writes : sets.reads, region, offset);
  });
  normalize(sets.writes);
  normalize(sets.reads);
  sets.reads = subtract(sets.reads, sets.writes);
  return sets;
}

} // namespace tilework::recording
