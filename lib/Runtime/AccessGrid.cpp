//===- AccessGrid.cpp - accesses of one shape, by where they are ------------------------------===//

#include "AccessGrid.h"

#include <algorithm>
#include <cmath>
#include <limits>

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
static Digits digitsOf(const Box &box, bool bySpan) {
  Digits digits;
  if (bySpan) {
    digits.first[0] = box.begin;
    digits.end[0] = box.end;
    return digits;
  }
  for (int d = 0; d < box.rank; ++d) {
    digits.first[d] = box.first[d];
    digits.end[d] = box.first[d] + box.count[d];
  }
  return digits;
}

AccessGrid::AccessGrid(const Box &box, bool bySpan)
    : bySpan(bySpan), rank(bySpan ? 1 : box.rank), keys(std::min(rank, maxKeys)),
      stride(box.stride) {
  Digits own = digitsOf(box, bySpan);
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
  Digits own = digitsOf(box, bySpan);
  bool changes = false;
  for (int d = 0; d < keys; ++d) {
    if (!isUniform[d] || own.end[d] - own.first[d] == extent[d])
      continue;
    isUniform[d] = false;
    extent[d] = classEnd(extent[d]);
    inverse[d] = inverseOf(extent[d]);
    changes = true;
  }
  if (changes)
    sortAnew();
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
  slots[number] = {task, 0, newest, -1, -1};
  (newest >= 0 ? slots[newest].newer : oldest) = number;
  newest = number;
  if (firstUnsorted < 0)
    firstUnsorted = number;
  int64_t *first = &digits[2 * rank * number], *end = first + rank;
  for (int d = 0; d < rank; ++d) {
    first[d] = own.first[d];
    end[d] = own.end[d];
  }
  if (bySpan)
    boxes[number] = box;
  if (alive++ == 0) {
    lowest.fill(std::numeric_limits<int64_t>::max());
    highest.fill(0);
    lowestByte = box.begin;
    highestByte = box.end;
  }
  lowestByte = std::min(lowestByte, box.begin);
  highestByte = std::max(highestByte, box.end);
  noteBounds(&own.first[0], &own.end[0]);
}

void AccessGrid::noteBounds(const int64_t *first, const int64_t *end) {
  for (int d = 0; d < keys; ++d) {
    lowest[d] = std::min(lowest[d], first[d]);
    highest[d] = std::max(highest[d], end[d]);
  }
}

void AccessGrid::forget(int32_t number) {
  Slot &slot = slots[number];
  (slot.older >= 0 ? slots[slot.older].newer : oldest) = slot.newer;
  (slot.newer >= 0 ? slots[slot.newer].older : newest) = slot.older;
  if (firstUnsorted == number)
    firstUnsorted = slot.newer;
  if (slot.node >= 0 && levels > 0)
    forEach(cellsOf(&digits[2 * rank * number], &digits[2 * rank * number + rank]),
            [&](const Cell &cell) { countAbove(cell, -1); });
  for (int32_t at = slot.node; at >= 0;) {
    Node &node = nodes[at];
    if (node.previous >= 0)
      nodes[node.previous].next = node.next;
    else
      table[node.entry].content = node.next;
    if (node.next >= 0)
      nodes[node.next].previous = node.previous;
    node.next = freeNode;
    freeNode = at;
    at = node.sibling;
  }
  slot.newer = freeSlot;
  freeSlot = number;
  --alive;
}

//===----------------------------------------------------------------------------------------===//
// Queries
//===----------------------------------------------------------------------------------------===//

AccessGrid::Cells AccessGrid::cellsOf(const int64_t *first, const int64_t *end) const {
  Cells cells;
  for (int d = 0; d < keys; ++d) {
    cells.first[d] = cellOf(d, first[d]);
    cells.last[d] = cellOf(d, end[d] - 1);
  }
  return cells;
}

/// What may meet the box, in digits of the grid. Sorts what has been added since the last query.
AccessGrid::Query AccessGrid::prepare(const Box &box) {
  Query query;
  query.box = &box;
  query.isApart =
      alive == 0 || box.end <= lowestByte || highestByte <= box.begin; // most often, and cheap
  if (query.isApart)
    return query;
  if (bySpan || hasStridesOf(box)) {
    query.digits = digitsOf(box, bySpan);
    query.isExact = !bySpan;
  } else {
    query.isExact = project(box, stride.data(), rank, query.digits);
  }
  query.isAll = true;
  std::array<int64_t, maxKeys> first, end;
  for (int d = 0; d < keys; ++d) {
    first[d] = std::max(query.digits.first[d], lowest[d]);
    end[d] = std::min(query.digits.end[d], highest[d]);
    query.isApart |= first[d] >= end[d];
    query.isAll &= first[d] == lowest[d] && end[d] == highest[d];
  }
  ++visits;
  if (query.isApart || query.isAll || alive <= fewAccesses)
    return query;
  query.cells = cellsOf(first.data(), end.data());
  for (int32_t number = firstUnsorted; number >= 0; number = slots[number].newer)
    if (!sortIn(number)) {
      sortAnew();
      break;
    }
  firstUnsorted = -1;
  query.isOneCell = true;
  for (int d = 0; d < keys; ++d)
    query.isOneCell &= query.cells.first[d] == query.cells.last[d];
  if (query.isOneCell) {
    const Entry *entry = find(keyOf(0, query.cells.first));
    query.node = entry ? entry->content : -1;
  }
  return query;
}

bool AccessGrid::meets(const Query &query, int32_t number) const {
  const int64_t *first = &digits[2 * rank * number], *end = first + rank;
  for (int d = 0; d < rank; ++d)
    if (end[d] <= query.digits.first[d] || query.digits.end[d] <= first[d])
      return false;
  return query.isExact || overlap(*query.box, boxOf(number));
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

/// The level at which the query meets few cells. It is counted from now on.
int AccessGrid::levelOf(const Query &query) {
  int level = 0;
  for (Cells cells = query.cells; count(cells, keys) > fewCells << (keys - 1); ++level)
    for (int d = 0; d < keys; ++d) {
      cells.first[d] >>= shift();
      cells.last[d] >>= shift();
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

AccessGrid::Key AccessGrid::keyOf(int level, const Cell &cell) const {
  constexpr uint64_t factor = 0x9e3779b97f4a7c15u;
  auto last = static_cast<uint64_t>(cell[keys - 1]);
  uint64_t hash = ((last >> 3) ^ (level + 1) * 0xd1342543de82ef95u) * factor;
  for (int d = keys - 2; d >= 0; --d)
    hash = (hash ^ hash >> 32 ^ static_cast<uint64_t>(cell[d])) * factor;
  hash ^= hash >> 29;
  auto tag = static_cast<uint32_t>(hash) << 5 | (last & 7) << 2 | (level > 0) << 1 | 1;
  return {static_cast<uint32_t>(tag), hash >> 24 << 3 | (last & 7)};
}

const AccessGrid::Entry *AccessGrid::find(Key key) const {
  if (table.empty())
    return nullptr;
  for (size_t at = key.home & (table.size() - 1);; at = (at + 1) & (table.size() - 1))
    if (table[at].tag == key.tag || table[at].tag == 0)
      return table[at].tag == 0 ? nullptr : &table[at];
}

/// The entry of a cell, made if there is none.
AccessGrid::Entry &AccessGrid::at(Key key) {
  size_t at = key.home & (table.size() - 1);
  for (; table[at].tag != 0; at = (at + 1) & (table.size() - 1))
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
    at(keyOf(level, cell)).content += change;
  }
}

/// False when the table is too small.
bool AccessGrid::sortIn(int32_t number) {
  Cells cells = cellsOf(&digits[2 * rank * number], &digits[2 * rank * number + rank]);
  if (2 * (usedEntries + count(cells, keys) * (levels + 1)) > table.size())
    return false;
  forEach(cells, [&](const Cell &cell) {
    int32_t made = freeNode;
    if (made >= 0) {
      freeNode = nodes[made].next;
    } else {
      made = static_cast<int32_t>(nodes.size());
      nodes.emplace_back();
    }
    size_t before = usedEntries;
    Entry &entry = at(keyOf(0, cell));
    if (usedEntries > before)
      entry.content = -1;
    int32_t next = entry.content;
    nodes[made] = {number, next, -1, slots[number].node, static_cast<int32_t>(&entry - &table[0])};
    if (next >= 0)
      nodes[next].previous = made;
    entry.content = made;
    slots[number].node = made;
    countAbove(cell, 1);
  });
  return true;
}

/// Sorts everything in, and drops the cells that have become empty.
void AccessGrid::sortAnew() {
  size_t size = 64;
  while (size < 4 * alive)
    size *= 2;
  for (bool fits = false; !fits; size *= 2) {
    nodes.clear();
    freeNode = -1;
    table.assign(size, {0, 0});
    usedEntries = 0;
    lowest.fill(std::numeric_limits<int64_t>::max());
    highest.fill(0);
    fits = true;
    for (int32_t number = oldest; number >= 0 && fits; number = slots[number].newer) {
      slots[number].node = -1;
      fits = sortIn(number);
      noteBounds(&digits[2 * rank * number], &digits[2 * rank * number + rank]);
    }
    fits &= 4 * usedEntries <= size; // or the next one might come here again
  }
  firstUnsorted = -1;
}

} // namespace tilework::runtime
