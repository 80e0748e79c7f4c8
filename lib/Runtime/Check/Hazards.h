//===- Hazards.h - accesses to the same bytes that nothing orders -------------------*- C++ -*-===//
//
// Each memory keeps the accesses that a later one may still conflict with. A write that comes after
// earlier accesses in every interleaving and covers their bytes replaces them: whoever conflicts
// with them conflicts with the write too. Likewise a read after earlier reads.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_CHECK_HAZARDS_H
#define TILEWORK_RUNTIME_CHECK_HAZARDS_H

#include "Effects.h"
#include "Order.h"

#include <unordered_map>

namespace tilework::check {

struct Access {
  Footprint bytes;
  Event event;
  bool reads = false, writes = false;
  bool addsIntegers = false; ///< atomically: two such commute
};

/// The accesses to one memory, found by the blocks they touch.
class History {
public:
  /// Calls `conflict(earlier)` for every earlier access that `now` is not ordered after.
  template <typename Conflict>
  void access(const Access &now, const Clock &clock, Conflict conflict);

private:
  static constexpr int64_t blockBytes = 4096, mostBlocks = 64;
  using List = std::vector<uint32_t>;

  template <typename Use> void forEachList(const Footprint &bytes, Use use);
  void insert(const Access &now);

  std::vector<Access> accesses;
  std::vector<uint32_t> visitedBy; ///< by access: the last scan that met it
  std::vector<bool> isReplaced;
  uint32_t scan = 0;
  std::unordered_map<int64_t, List> byBlock;
  List wide; ///< of more blocks than worth entering
};

class Hazards {
public:
  /// `standings` of the instructions of each unit.
  Hazards(Findings &findings, const std::array<std::vector<Standing>, TW_UNITS> &standings);

  void visit(const Event &event, const Clock &clock, const Effects &effects);

private:
  bool isEverWritten(const Footprint &bytes) const;
  void report(Memory memory, Access earlier, Access later);

  Findings &findings;
  std::unordered_map<Memory, History> histories;
  std::vector<std::pair<int64_t, int64_t>> gmWritten; ///< disjoint hulls, ascending
};

} // namespace tilework::check

#endif // TILEWORK_RUNTIME_CHECK_HAZARDS_H
