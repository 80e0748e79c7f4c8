//===- AccessGrid.cpp - accesses of one shape, by where they are ------------------------------===//

#include "AccessGrid.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace tilework::runtime {

/// Boxes within a factor of four share a grid.
static int64_t classEnd(int64_t extent) {
  int64_t end = 1;
  while (end < extent)
    end *= 4;
  return end;
}

static double inverseOf(int64_t extent) {
  return std::nextafter(1.0 / static_cast<double>(extent), 2.0);
}

/// The digits of a box in its own radix, or its bytes.
static void readDigits(const Box &box, bool bySpan, int64_t *first, int64_t *end) {
  if (bySpan) {
    *first = box.begin;
    *end = box.end;
    return;
  }
  for (int d = 0; d < box.rank; ++d) {
    first[d] = box.first[d];
    end[d] = box.first[d] + box.count[d];
  }
}

AccessGrid::AccessGrid(const Box &box, bool bySpan)
    : bySpan(bySpan), rank(bySpan ? 1 : box.rank), keys(std::min(rank, maxKeys)),
      stride(box.stride) {
  Digits own;
  readDigits(box, bySpan, own.first.data(), own.end.data());
  for (int d = 0; d < keys; ++d) {
    extent[d] = own.end[d] - own.first[d];
    isUniform[d] = true;
    inverse[d] = inverseOf(extent[d]);
    origin[d] = own.first[d] % extent[d];
  }
}

bool AccessGrid::suits(const Box &box, bool byItsSpan) const {
  if (bySpan != byItsSpan)
    return false;
  if (bySpan)
    return classEnd(box.end - box.begin) == classEnd(extent[0]);
  if (!hasStridesOf(box))
    return false;
  for (int d = 0; d < keys; ++d)
    if (box.count[d] != extent[d] && classEnd(box.count[d]) != classEnd(extent[d]))
      return false;
  return true;
}

/// Whether it is a rectangle of digits here.
bool AccessGrid::hasStridesOf(const Box &box) const {
  bool equal = rank == box.rank && box.isProper;
  for (int d = 0; d < rank && equal; ++d)
    equal = stride[d] == box.stride[d];
  return equal;
}

void AccessGrid::add(int64_t task, const Box &box) {
  if (replaceable >= 0 && isBoxOf(replaceable, box)) {
    int32_t number = std::exchange(replaceable, -1);
    unlink(number);
    return link(number, task);
  }
  forgetReplaceable();
  int32_t number = freeSlot;
  if (number >= 0) {
    freeSlot = slots[number].newer;
  } else {
    number = static_cast<int32_t>(slots.size());
    slots.emplace_back();
    digits.resize(digits.size() + 2 * rank);
    if (bySpan)
      boxes.emplace_back();
  }
  int64_t *first = &digits[2 * rank * number], *end = first + rank;
  readDigits(box, bySpan, first, end);
  if (bySpan)
    boxes[number] = box;
  bool changes = false;
  for (int d = 0; d < keys; ++d) {
    if (!isUniform[d] || end[d] - first[d] == extent[d])
      continue;
    isUniform[d] = false;
    extent[d] = classEnd(extent[d]);
    inverse[d] = inverseOf(extent[d]);
    changes = true;
  }
  if (changes)
    sortAnew();
  slots[number].entry = -1;
  link(number, task);
  if (alive++ == 0) {
    lowest.fill(std::numeric_limits<int64_t>::max());
    highest.fill(0);
    lowestByte = box.begin;
    highestByte = box.end;
  }
  lowestByte = std::min(lowestByte, box.begin);
  highestByte = std::max(highestByte, box.end);
  noteBounds(first, end);
}

/// Makes it the newest one.
void AccessGrid::link(int32_t number, int64_t task) {
  Slot &slot = slots[number];
  slot.task = task;
  slot.visit = 0;
  slot.older = newest;
  slot.newer = -1;
  (newest >= 0 ? slots[newest].newer : oldest) = number;
  newest = number;
  if (firstUnsorted < 0 && slot.entry < 0)
    firstUnsorted = number;
}

void AccessGrid::unlink(int32_t number) {
  const Slot &slot = slots[number];
  if (firstUnsorted == number)
    firstUnsorted = slot.newer;
  (slot.older >= 0 ? slots[slot.older].newer : oldest) = slot.newer;
  (slot.newer >= 0 ? slots[slot.newer].older : newest) = slot.older;
}

bool AccessGrid::isBoxOf(int32_t number, const Box &box) const {
  if (bySpan)
    return false;
  const int64_t *first = &digits[2 * rank * number], *end = first + rank;
  for (int d = 0; d < rank; ++d)
    if (first[d] != box.first[d] || end[d] != box.first[d] + box.count[d])
      return false;
  return true;
}

void AccessGrid::noteBounds(const int64_t *first, const int64_t *end) {
  for (int d = 0; d < keys; ++d) {
    lowest[d] = std::min(lowest[d], first[d]);
    highest[d] = std::max(highest[d], end[d]);
  }
}

void AccessGrid::forget(int32_t number) {
  Slot &slot = slots[number];
  unlink(number);
  if (slot.entry >= 0) {
    (slot.previous >= 0 ? slots[slot.previous].next : table[slot.entry].content) = slot.next;
    if (slot.next >= 0)
      slots[slot.next].previous = slot.previous;
    if (levels > 0)
      countAbove(cellAt(&digits[2 * rank * number]), -1);
  }
  slot.newer = freeSlot;
  freeSlot = number;
  --alive;
}

//===----------------------------------------------------------------------------------------===//
// Queries
//===----------------------------------------------------------------------------------------===//

/// Lists what meets the box.
void AccessGrid::search(const Box &box, bool asksCovered) {
  forgetReplaceable();
  found.clear();
  ++visits;
  Query query;
  query.box = &box;
  query.asksCovered = asksCovered;
  int64_t *first = query.digits.first.data(), *end = query.digits.end.data();
  query.isExact = !bySpan && hasStridesOf(box);
  if (bySpan || query.isExact)
    readDigits(box, bySpan, first, end);
  else
    query.isExact = project(box, stride.data(), rank, query.digits);
  bool isAll = true;
  for (int d = 0; d < keys; ++d) {
    if (end[d] <= lowest[d] || highest[d] <= first[d])
      return;
    isAll &= first[d] <= lowest[d] && highest[d] <= end[d];
  }
  if (isAll || alive <= fewAccesses) {
    for (int32_t number = oldest; number >= 0; number = slots[number].newer)
      test(query, number);
    return;
  }
  if (firstUnsorted >= 0)
    sort();
  for (int d = 0; d < keys; ++d) {
    query.cells.first[d] = cellOf(d, std::max(first[d] - overhang[d], lowest[d]));
    query.cells.last[d] = cellOf(d, std::min(end[d], highest[d]) - 1);
    if (query.cells.first[d] > query.cells.last[d])
      return; // what was near has been forgotten
  }
  int level = levelOf(query.cells);
  if (level == 0)
    return lookInto(query.cells, query);
  Cells above = query.cells;
  for (int d = 0; d < keys; ++d) {
    above.first[d] >>= shift() * level;
    above.last[d] >>= shift() * level;
  }
  descendInto(level, above, query);
}

/// Calls `visit(cell)` for the first cell of each row along the last dimension.
template <typename Visit> void AccessGrid::forEachRow(const Cells &cells, Visit visit) const {
  for (Cell cell = cells.first;;) {
    visit(cell);
    int d = keys - 2;
    for (; d >= 0 && cell[d] == cells.last[d]; --d)
      cell[d] = cells.first[d];
    if (d < 0)
      return;
    ++cell[d];
  }
}

void AccessGrid::lookInto(const Cells &cells, const Query &query) {
  forEachRow(cells, [&](const Cell &cell) {
    uint64_t row = hashOfRow(0, cell);
    int64_t last = cell[keys - 1];
    for (Key key = keyOf(0, row, last);;) {
      const Entry *entry = find(key);
      for (int32_t number = entry ? entry->content : -1; number >= 0; number = slots[number].next)
        test(query, number);
      if (++last > cells.last[keys - 1])
        return;
      key = last & 7 ? Key{key.tag + 4, key.home + 1} : keyOf(0, row, last);
    }
  });
}

/// Looks into cells of the query that lie in `cells` of a level.
void AccessGrid::descendInto(int level, const Cells &cells, const Query &query) {
  if (level == 0)
    return lookInto(cells, query);
  int down = shift() * (level - 1);
  forEachRow(cells, [&](Cell cell) {
    uint64_t row = hashOfRow(level, cell);
    for (int64_t &last = cell[keys - 1]; last <= cells.last[keys - 1]; ++last) {
      const Entry *entry = find(keyOf(level, row, last));
      if (!entry || entry->content == 0)
        continue;
      Cells below;
      for (int d = 0; d < keys; ++d) {
        int64_t begin = cell[d] << shift();
        below.first[d] = std::max(begin, query.cells.first[d] >> down);
        below.last[d] = std::min(begin + (1 << shift()) - 1, query.cells.last[d] >> down);
      }
      descendInto(level - 1, below, query);
    }
  });
}

/// Lists an access if it meets the query.
inline void AccessGrid::test(const Query &query, int32_t number) {
  const int64_t *first = &digits[2 * rank * number], *end = first + rank;
  for (int d = 0; d < rank; ++d)
    if (end[d] <= query.digits.first[d] || query.digits.end[d] <= first[d])
      return;
  list(query, number);
}

void AccessGrid::list(const Query &query, int32_t number) {
  Slot &slot = slots[number];
  if (slot.visit == visits || (!query.isExact && !overlap(*query.box, boxOf(number))))
    return;
  slot.visit = visits;
  found.push_back({number, query.asksCovered && covers(query, number)});
}

bool AccessGrid::covers(const Query &query, int32_t number) const {
  if (!query.isExact)
    return runtime::covers(*query.box, boxOf(number));
  const int64_t *first = &digits[2 * rank * number], *end = first + rank;
  for (int d = 0; d < rank; ++d)
    if (first[d] < query.digits.first[d] || query.digits.end[d] < end[d])
      return false;
  return true;
}

Box AccessGrid::boxOf(int32_t number) const {
  if (bySpan)
    return boxes[number];
  const int64_t *first = &digits[2 * rank * number], *end = first + rank;
  Box box;
  box.rank = rank;
  box.isProper = true;
  box.begin = box.end = 0;
  for (int d = 0; d < rank; ++d) {
    box.stride[d] = stride[d];
    box.first[d] = first[d];
    box.count[d] = end[d] - first[d];
    box.begin += first[d] * stride[d];
    box.end += (end[d] - 1) * stride[d];
  }
  ++box.end;
  return box;
}

int64_t AccessGrid::count(const Cells &cells, int keys) {
  int64_t product = 1;
  for (int d = 0; d < keys; ++d)
    product *= std::min<int64_t>(cells.last[d] - cells.first[d] + 1, 1 << 15);
  return product;
}

/// The level at which there are few of the cells. It is counted from now on.
int AccessGrid::levelOf(const Cells &cells) {
  int64_t few = fewCells << (keys - 1);
  if (count(cells, keys) <= few)
    return 0;
  int level = 0;
  for (Cells above = cells; count(above, keys) > few; ++level)
    for (int d = 0; d < keys; ++d) {
      above.first[d] >>= shift();
      above.last[d] >>= shift();
    }
  if (level <= levels)
    return level;
  levels = level;
  sortAnew();
  return level;
}

//===----------------------------------------------------------------------------------------===//
// The table
//===----------------------------------------------------------------------------------------===//

constexpr uint64_t factor = 0x9e3779b97f4a7c15u;

/// Of a row of cells along the last dimension.
uint64_t AccessGrid::hashOfRow(int level, const Cell &cell) const {
  uint64_t hash = (level + 1) * 0xd1342543de82ef95u;
  for (int d = 0; d < keys - 1; ++d)
    hash = (hash ^ hash >> 32 ^ static_cast<uint64_t>(cell[d])) * factor;
  return hash ^ hash >> 32;
}

AccessGrid::Key AccessGrid::keyOf(int level, uint64_t row, int64_t last) {
  uint64_t hash = (row ^ static_cast<uint64_t>(last >> 3)) * factor;
  hash ^= hash >> 29;
  auto tag = static_cast<uint32_t>(hash) << 5 | (last & 7) << 2 | (level > 0) << 1 | 1;
  return {static_cast<uint32_t>(tag), hash >> 24 << 3 | (last & 7)};
}

/// From one place of the table to the next to look at: in another cache line, since whole lines
/// collide, and at another place of it. So one comes to all of them.
constexpr size_t step = 9;

const AccessGrid::Entry *AccessGrid::find(Key key) const {
  const Entry *entries = table.data();
  for (size_t mask = table.size() - 1, at = key.home & mask;; at = (at + step) & mask)
    if (entries[at].tag == key.tag || entries[at].tag == 0)
      return entries[at].tag == 0 ? nullptr : &entries[at];
}

/// The entry of a cell, made if there is none.
AccessGrid::Entry &AccessGrid::at(Key key) {
  size_t mask = table.size() - 1, at = key.home & mask;
  for (; table[at].tag != 0; at = (at + step) & mask)
    if (table[at].tag == key.tag)
      return table[at];
  ++usedEntries;
  table[at] = {key.tag, 0};
  return table[at];
}

/// One access more or less above a cell.
void AccessGrid::countAbove(Cell cell, int32_t change) {
  for (int level = 1; level <= levels; ++level) {
    for (int d = 0; d < keys; ++d)
      cell[d] >>= shift();
    at(keyOf(level, hashOfRow(level, cell), cell[keys - 1])).content += change;
  }
}

/// False when the table is too small.
bool AccessGrid::sortIn(int32_t number) {
  if (2 * (usedEntries + 1 + levels) > table.size())
    return false;
  const int64_t *first = &digits[2 * rank * number], *end = first + rank;
  Cell cell = cellAt(first);
  for (int d = 0; d < keys; ++d)
    if (cellOf(d, end[d] - 1) != cell[d])
      overhang[d] = std::max(overhang[d], end[d] - 1 - first[d]);
  size_t before = usedEntries;
  Entry &entry = at(keyOf(0, hashOfRow(0, cell), cell[keys - 1]));
  if (usedEntries > before)
    entry.content = -1;
  Slot &slot = slots[number];
  slot.previous = -1;
  slot.next = entry.content;
  slot.entry = static_cast<int32_t>(&entry - table.data());
  if (slot.next >= 0)
    slots[slot.next].previous = number;
  entry.content = number;
  countAbove(cell, 1);
  return true;
}

/// Sorts in what has been added since the last query. Where boxes turn out to leave their cells,
/// these become twice as long: a query then looks at two per dimension instead of three.
void AccessGrid::sort() {
  for (; firstUnsorted >= 0; firstUnsorted = slots[firstUnsorted].newer)
    if (slots[firstUnsorted].entry < 0 && !sortIn(firstUnsorted)) {
      sortAnew();
      break;
    }
  bool changes = false;
  for (int d = 0; d < keys; ++d) {
    if (overhang[d] == 0 || !isUniform[d] || isWide[d])
      continue;
    isWide[d] = true;
    inverse[d] = inverseOf(2 * extent[d]);
    changes = true;
  }
  if (changes)
    sortAnew();
}

/// Sorts everything in, and drops the cells that have become empty.
void AccessGrid::sortAnew() {
  size_t size = 64;
  while (size < 4 * alive)
    size *= 2;
  for (bool fits = false; !fits; size *= 2) {
    table.assign(size, {0, 0});
    usedEntries = 0;
    lowest.fill(std::numeric_limits<int64_t>::max());
    highest.fill(0);
    overhang.fill(0);
    fits = true;
    for (int32_t number = oldest; number >= 0 && fits; number = slots[number].newer) {
      fits = sortIn(number);
      noteBounds(&digits[2 * rank * number], &digits[2 * rank * number + rank]);
    }
    fits &= 4 * usedEntries <= size; // or the next one might come here again
  }
  firstUnsorted = -1;
}

} // namespace tilework::runtime
