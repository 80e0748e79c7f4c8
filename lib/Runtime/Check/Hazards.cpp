//===- Hazards.cpp - accesses to the same bytes that nothing orders -----------------*- C++ -*-===//

#include "Hazards.h"

#include "Describe.h"

#include <algorithm>

namespace tilework::check {

//===----------------------------------------------------------------------------------------===//
// The history of one memory
//===----------------------------------------------------------------------------------------===//

/// Calls `use` with every list that may hold accesses to `bytes`, dropping replaced ones.
template <typename Use> void History::forEachList(const Footprint &bytes, Use use) {
  auto useList = [&](List &list) {
    list.erase(
        std::remove_if(list.begin(), list.end(), [&](uint32_t id) { return isReplaced[id]; }),
        list.end());
    use(list);
  };
  int64_t first = bytes.begin / blockBytes, last = (bytes.end - 1) / blockBytes;
  if (last - first < static_cast<int64_t>(byBlock.size())) {
    for (int64_t block = first; block <= last; ++block)
      if (auto found = byBlock.find(block); found != byBlock.end())
        useList(found->second);
  } else {
    for (auto &[block, list] : byBlock)
      if (first <= block && block <= last)
        useList(list);
  }
  useList(wide);
}

void History::insert(const Access &now) {
  auto id = static_cast<uint32_t>(accesses.size());
  accesses.push_back(now);
  visitedBy.push_back(scan);
  isReplaced.push_back(false);
  int64_t first = now.bytes.begin / blockBytes, last = (now.bytes.end - 1) / blockBytes;
  if (last - first >= mostBlocks)
    return wide.push_back(id);
  for (int64_t block = first; block <= last; ++block)
    byBlock[block].push_back(id);
}

static bool mayConflict(const Access &a, const Access &b) {
  return (a.writes || b.writes) && !(a.addsIntegers && b.addsIntegers);
}

/// Whether whatever conflicts with `earlier` conflicts with `now`, which comes after it.
static bool replaces(const Access &now, const Access &earlier) {
  return (now.writes || !earlier.writes) && (!now.addsIntegers || earlier.addsIntegers) &&
         covers(now.bytes, earlier.bytes);
}

template <typename Conflict>
void History::access(const Access &now, const Clock &clock, Conflict conflict) {
  ++scan;
  bool isKnown = false;
  std::vector<Access> conflicts;
  forEachList(now.bytes, [&](List &list) {
    for (uint32_t id : list) {
      Access &earlier = accesses[id];
      if (visitedBy[id] == scan)
        continue;
      visitedBy[id] = scan;
      if (!isBefore(earlier.event, clock)) {
        if (mayConflict(now, earlier) && overlap(now.bytes, earlier.bytes))
          conflicts.push_back(earlier);
      } else if (replaces(now, earlier)) {
        bool isSame = !isKnown && now.bytes == earlier.bytes;
        if (isSame)
          earlier = now; // in its place: no list changes
        isKnown |= isSame;
        isReplaced[id] = !isSame;
      }
    }
  });
  if (!isKnown)
    insert(now);
  std::sort(conflicts.begin(), conflicts.end(), [](const Access &a, const Access &b) {
    return std::make_pair(a.event.thread, a.event.count) <
           std::make_pair(b.event.thread, b.event.count);
  });
  for (const Access &earlier : conflicts)
    conflict(earlier);
}

//===----------------------------------------------------------------------------------------===//
// All memories
//===----------------------------------------------------------------------------------------===//

Hazards::Hazards(Findings &findings, const std::array<std::vector<Standing>, TW_UNITS> &standings)
    : findings(findings) {
  std::vector<std::pair<int64_t, int64_t>> hulls;
  for (int32_t unit = 0; unit < TW_UNITS; ++unit) {
    for (int64_t index = 0; index < static_cast<int64_t>(standings[unit].size()); ++index) {
      const tw_instruction &it = findings.at({unit, index});
      if (standings[unit][index] != Standing::Whole ||
          (it.opcode != TW_DMA_STORE && it.opcode != TW_FIXPIPE))
        continue;
      Footprint bytes = operandOf(it.regions[1], unit).footprint();
      if (!bytes.isEmpty())
        hulls.emplace_back(bytes.begin, bytes.end);
    }
  }
  std::sort(hulls.begin(), hulls.end());
  for (auto [begin, end] : hulls) {
    if (gmWritten.empty() || gmWritten.back().second < begin)
      gmWritten.emplace_back(begin, end);
    else
      gmWritten.back().second = std::max(gmWritten.back().second, end);
  }
}

bool Hazards::isEverWritten(const Footprint &bytes) const {
  auto next =
      std::upper_bound(gmWritten.begin(), gmWritten.end(), std::make_pair(bytes.end, int64_t(0)));
  return next != gmWritten.begin() && std::prev(next)->second > bytes.begin;
}

void Hazards::visit(const Event &event, const Clock &clock, const Effects &effects) {
  for (int i = 0; i < effects.count; ++i) {
    const Operand &operand = effects.operands[i];
    Access now = {operand.footprint(), event, operand.reads, operand.writes,
                  operand.writes && effects.addsIntegers};
    if (now.bytes.isEmpty() || (operand.memory == globalMemory && !isEverWritten(now.bytes)))
      continue;
    histories[operand.memory].access(
        now, clock, [&](const Access &earlier) { report(operand.memory, earlier, now); });
  }
}

/// Instructions of one unit in program order; of two units, as met.
void Hazards::report(Memory memory, Access earlier, Access later) {
  if (earlier.event.site.unit == later.event.site.unit &&
      earlier.event.site.index > later.event.site.index)
    std::swap(earlier, later);
  Kind kind = earlier.writes && later.reads ? Kind::ReadAfterWrite
              : earlier.writes              ? Kind::WriteAfterWrite
                                            : Kind::WriteAfterRead;
  auto bytesText = [&](const Footprint &bytes) {
    std::string begin = memory == globalMemory ? addressText(findings.options, bytes.begin)
                                               : std::to_string(bytes.begin);
    return "[" + begin + ", +" + std::to_string(bytes.end - bytes.begin) + ")";
  };
  const char *before = earlier.writes ? "written" : "read";
  const char *after = later.reads ? "read" : "written";
  findings.add(kind, {earlier.event.site, later.event.site},
               "expects " + memoryName(memory) + " to be " + before + " at " +
                   bytesText(earlier.bytes) + " before it is " + after + " at " +
                   bytesText(later.bytes) + ", but nothing orders the two");
}

} // namespace tilework::check
