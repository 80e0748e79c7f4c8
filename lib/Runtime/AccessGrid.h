//===- AccessGrid.h - accesses of one shape, by where they are ----------------------*- C++ -*-===//
//
// Boxes of one memory mostly share a radix (the strides of its views) and few shapes, so the boxes
// of one radix and about one shape stand in a grid of their own: a hash table of cells, as large as
// those boxes, over their digits. A box stands in one cell, that of its first digits. Where boxes
// are aligned to their shape, as tiles and strips mostly are, a query of that shape looks into one
// cell; otherwise cells are twice as large, and it looks also into those that boxes reach out of.
// Strips of columns, which span nearly all of a matrix as bytes, are apart in their column digit.
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
#include <utility>
#include <vector>

namespace tilework::runtime {

class AccessGrid {
public:
  /// For boxes like `box`, by their digits or, with `bySpan`, by the bytes they span.
  AccessGrid(const Box &box, bool bySpan);

  /// Whether `box` is to be added here.
  bool suits(const Box &box, bool bySpan) const;
  void add(int64_t task, const Box &box);
  size_t size() const { return alive - (replaceable >= 0); }

  /// Calls `keep(task, isCovered)` once for each access that shares a byte with `box`, in no order
  /// that means anything, and forgets those for which it is false. `isCovered` certainly holds
  /// every byte of them where it is true; it always is false unless asked for.
  template <typename Keep> void visitMeeting(const Box &box, bool asksCovered, Keep keep) {
    if (alive == 0 || box.end <= lowestByte || highestByte <= box.begin)
      return; // most often, and cheap
    search(box, asksCovered);
    for (const Found &each : found)
      if (!keep(slots[each.slot].task, each.isCovered)) {
        forgetReplaceable();
        replaceable = each.slot;
      }
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
    uint64_t visit;         ///< the last query that found it
    int32_t older, newer;   ///< or, where it is free, the next free one
    int32_t previous, next; ///< in its cell
    int32_t entry;          ///< of its cell; -1: it is not sorted in yet
  };
  struct Key {
    uint32_t tag; ///< never 0. Cells whose tags are equal by chance become one.
    size_t home;  ///< cells that are neighbours in the last dimension share a cache line
  };
  struct Entry {     ///< of the hash table: a cell, or a larger one at a higher level
    uint32_t tag;    ///< 0: free
    int32_t content; ///< its first access, or -1; the number of accesses below
  };
  struct Query {
    const Box *box;
    bool asksCovered;
    bool isExact; ///< whether `digits` say what the box holds, and not more
    Digits digits;
    Cells cells;
  };
  struct Found {
    int32_t slot;
    bool isCovered;
  };

  int64_t cellOf(int dimension, int64_t digit) const {
    return static_cast<int64_t>(static_cast<double>(digit - origin[dimension]) *
                                inverse[dimension]);
  }
  Cell cellAt(const int64_t *first) const {
    Cell cell;
    for (int d = 0; d < keys; ++d)
      cell[d] = cellOf(d, first[d]);
    return cell;
  }
  int shift() const { return keys == 1 ? 3 : 2; }
  static int64_t count(const Cells &cells, int keys);

  bool hasStridesOf(const Box &box) const;
  void search(const Box &box, bool asksCovered);
  void test(const Query &query, int32_t number);
  void list(const Query &query, int32_t number);
  bool covers(const Query &query, int32_t number) const;
  Box boxOf(int32_t number) const;
  int levelOf(const Cells &cells);
  void lookInto(const Cells &cells, const Query &query);
  void descendInto(int level, const Cells &cells, const Query &query);
  template <typename Visit> void forEachRow(const Cells &cells, Visit visit) const;

  uint64_t hashOfRow(int level, const Cell &cell) const;
  static Key keyOf(int level, uint64_t row, int64_t last);
  const Entry *find(Key key) const;
  Entry &at(Key key);
  void countAbove(Cell cell, int32_t change);
  bool sortIn(int32_t number);
  void sort();
  void sortAnew();
  void link(int32_t number, int64_t task);
  void unlink(int32_t number);
  bool isBoxOf(int32_t number, const Box &box) const;
  void forget(int32_t number);
  void forgetReplaceable() {
    if (replaceable >= 0)
      forget(std::exchange(replaceable, -1));
  }
  void noteBounds(const int64_t *first, const int64_t *end);

  const bool bySpan;
  int rank, keys;
  std::array<int64_t, Box::maxRank> stride;
  Cell extent;                           ///< in digits: of boxes, or of their class
  Cell origin;                           ///< where a cell begins, so that most boxes lie in one
  Cell overhang = {};                    ///< of a box that leaves its cell, beyond its first digit
  std::array<bool, maxKeys> isUniform;   ///< whether all boxes have that extent
  std::array<bool, maxKeys> isWide = {}; ///< whether cells have twice that, if it is uniform
  std::array<double, maxKeys> inverse;   ///< of a cell's, rounded up, so that multiples stay apart

  std::vector<Slot> slots;
  std::vector<int64_t> digits; ///< by slot: the first of each dimension and the end of each
  std::vector<Box> boxes;      ///< by slot, if bySpan
  int32_t oldest = -1, newest = -1, freeSlot = -1;
  int32_t firstUnsorted = -1; ///< others may come after it
  int32_t replaceable = -1;   ///< forgotten, but for that the next one may be of the same box
  size_t alive = 0;
  Cell lowest, highest; ///< digits of all accesses: the first, and the end
  uintptr_t lowestByte = 0, highestByte = 0;

  std::vector<Entry> table; ///< a power of two
  size_t usedEntries = 0;
  int levels = 0; ///< that are counted, above the cells

  uint64_t visits = 0;
  std::vector<Found> found; ///< by the query
};

} // namespace tilework::runtime

#endif // TILEWORK_RUNTIME_ACCESSGRID_H
