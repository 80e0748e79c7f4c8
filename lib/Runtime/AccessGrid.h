//===- AccessGrid.h - accesses of one shape, by where they are ----------------------*- C++ -*-===//
//
// Boxes of one memory mostly share a radix (the strides of its views) and few shapes, so the boxes
// of one radix and about one shape stand in a grid of their own: a hash table of cells, as large as
// those boxes, over their digits. A box lies in one cell when it is aligned to its shape, as tiles
// and strips are, and in two per dimension at most. Strips of columns, which span nearly all of a
// matrix as bytes, are apart in their column digit.
//
// A box of another shape may meet many cells. It comes down to those with something in them from
// cells that are 4, 16, 64 … times as long (8 times in one dimension); these are counted only once
// such a box has been asked about.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_ACCESSGRID_H
#define TILEWORK_RUNTIME_ACCESSGRID_H

#include "Region.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tilework::runtime {

class AccessGrid {
public:
  /// For boxes like `box`, by their digits or, with `bySpan`, by the bytes they span.
  AccessGrid(const Box &box, bool bySpan);

  /// Whether `box` is to be added here.
  bool suits(const Box &box, bool bySpan) const;
  void add(int64_t task, const Box &box);
  size_t size() const { return alive; }

  /// Calls `keep(task, isCovered)` once for each access that shares a byte with `box`, in no order
  /// that means anything, and forgets those for which it is false. `isCovered` certainly holds
  /// every byte of them where it is true; it always is false unless asked for.
  template <typename Keep> void visitMeeting(const Box &box, bool asksCovered, Keep keep) {
    Query query = prepare(box);
    auto test = [&](int32_t number) {
      Slot &slot = slots[number];
      if (slot.visit == visits || !meets(query, number))
        return;
      slot.visit = visits;
      if (!keep(slot.task, asksCovered && covers(query, number)))
        doomed.push_back(number);
    };
    if (query.isApart)
      return;
    if (alive <= fewAccesses || query.isAll)
      for (int32_t number = oldest; number >= 0; number = slots[number].newer)
        test(number);
    else if (query.isOneCell)
      for (int32_t node = query.node; node >= 0; node = nodes[node].next)
        test(nodes[node].slot);
    else
      descend(levelOf(query), query, test);
    for (int32_t number : doomed)
      forget(number);
    doomed.clear();
  }

  /// Forgets the two oldest accesses, or the first of them, if `isRetired(task)`: as many as can
  /// have been added, so that accesses do not pile up.
  template <typename IsRetired> void forgetOldest(const IsRetired &isRetired) {
    for (int i = 0; i < 2 && oldest >= 0 && isRetired(slots[oldest].task); ++i)
      forget(oldest);
  }

private:
  static constexpr int maxKeys = 4;         ///< dimensions that cells have, the outermost
  static constexpr size_t fewAccesses = 12; ///< that are looked at one by one
  static constexpr int64_t fewCells = 8;

  using Cell = std::array<int64_t, maxKeys>;
  struct Cells { ///< a rectangle of them, the last ones included
    Cell first, last;
  };
  struct Slot {
    int64_t task;
    uint64_t visit;       ///< the last query that met it
    int32_t older, newer; ///< or, where it is free, the next free one
    int32_t node;         ///< its first one; -1: it is not sorted in yet
  };
  struct Node { ///< an access in a cell
    int32_t slot, next, previous;
    int32_t sibling; ///< the same access in another cell
    int32_t entry;   ///< of its cell
  };
  struct Key {
    uint32_t tag; ///< never 0. Cells whose tags are equal by chance become one.
    size_t home;  ///< cells that are neighbours in the last dimension share a cache line
  };
  struct Entry {     ///< of the hash table: a cell, or a larger one at a higher level
    uint32_t tag;    ///< 0: free
    int32_t content; ///< its first node, or -1; the number of nodes below
  };
  struct Query {
    const Box *box;
    Digits digits;
    bool isExact; ///< whether `digits` say what the box holds, and not more
    bool isApart, isAll, isOneCell;
    int32_t node; ///< the first one of that cell, or -1
    Cells cells;
  };

  int64_t cellOf(int dimension, int64_t digit) const {
    return static_cast<int64_t>(static_cast<double>(digit - origin[dimension]) *
                                inverse[dimension]);
  }
  Cells cellsOf(const int64_t *first, const int64_t *end) const;
  static int64_t count(const Cells &cells, int keys);
  int shift() const { return keys == 1 ? 3 : 2; }

  bool hasStridesOf(const Box &box) const;
  Query prepare(const Box &box);
  bool meets(const Query &query, int32_t number) const;
  bool covers(const Query &query, int32_t number) const;
  Box boxOf(int32_t number) const;
  int levelOf(const Query &query);

  /// Calls `visit(cell)` for each.
  template <typename Visit> void forEach(const Cells &cells, Visit visit) const {
    for (Cell cell = cells.first;;) {
      visit(cell);
      int d = keys - 1;
      for (; d >= 0 && cell[d] == cells.last[d]; --d)
        cell[d] = cells.first[d];
      if (d < 0)
        return;
      ++cell[d];
    }
  }
  /// Calls `test(number)` for what lies in cells of the query, from `level` on downwards.
  template <typename Test> void descend(int level, const Query &query, Test &test) {
    Cells cells = query.cells;
    for (int d = 0; d < keys; ++d) {
      cells.first[d] >>= shift() * level;
      cells.last[d] >>= shift() * level;
    }
    descendInto(level, cells, query, test);
  }
  template <typename Test>
  void descendInto(int level, const Cells &cells, const Query &query, Test &test) {
    forEach(cells, [&](const Cell &cell) {
      const Entry *entry = find(keyOf(level, cell));
      if (!entry)
        return;
      if (level == 0) {
        for (int32_t node = entry->content; node >= 0; node = nodes[node].next)
          test(nodes[node].slot);
        return;
      }
      if (entry->content == 0)
        return;
      Cells below;
      for (int d = 0; d < keys; ++d) {
        int down = shift() * (level - 1);
        int64_t first = cell[d] << shift();
        below.first[d] = std::max(first, query.cells.first[d] >> down);
        below.last[d] = std::min(first + (1 << shift()) - 1, query.cells.last[d] >> down);
      }
      descendInto(level - 1, below, query, test);
    });
  }

  Key keyOf(int level, const Cell &cell) const;
  const Entry *find(Key key) const;
  Entry &at(Key key);
  void countAbove(Cell cell, int32_t change);
  bool sortIn(int32_t number);
  void sortAnew();
  void forget(int32_t number);
  void noteBounds(const int64_t *first, const int64_t *end);

  const bool bySpan;
  int rank, keys;
  std::array<int64_t, Box::maxRank> stride;
  Cell extent;                         ///< of a cell, in digits
  Cell origin;                         ///< where one begins, so that most boxes lie in one
  std::array<bool, maxKeys> isUniform; ///< whether all boxes have the cells' extent
  std::array<double, maxKeys> inverse; ///< of extent, rounded up, so that multiples stay apart

  std::vector<Slot> slots;
  std::vector<int64_t> digits; ///< by slot: the first of each dimension and the end of each
  std::vector<Box> boxes;      ///< by slot, if bySpan
  int32_t oldest = -1, newest = -1, firstUnsorted = -1, freeSlot = -1;
  size_t alive = 0;
  Cell lowest, highest; ///< digits of all accesses: the first, and the end
  uintptr_t lowestByte = 0, highestByte = 0;

  std::vector<Node> nodes;
  int32_t freeNode = -1;
  std::vector<Entry> table; ///< a power of two
  size_t usedEntries = 0;
  int levels = 0; ///< that are counted, above the cells

  uint64_t visits = 0;
  std::vector<int32_t> doomed; ///< to be forgotten when the query is over
};

} // namespace tilework::runtime

#endif // TILEWORK_RUNTIME_ACCESSGRID_H
