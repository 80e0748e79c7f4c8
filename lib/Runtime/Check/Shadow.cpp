//===- Shadow.cpp - one cell per byte of a memory -----------------------------------*- C++ -*-===//

#include "Shadow.h"

#include <algorithm>

namespace tilework::check {

static int64_t floorDiv(int64_t a, int64_t b) {
  return a / b - (a % b < 0);
}

/// Calls `use(page, first, last)` for the parts of [begin, begin + width) by page.
template <typename Use>
static void forEachPage(int64_t begin, int64_t width, int64_t pageBytes, Use use) {
  for (int64_t end = begin + width; begin < end;) {
    int64_t page = floorDiv(begin, pageBytes), start = page * pageBytes;
    int64_t stop = std::min(end, start + pageBytes);
    use(page, begin - start, stop - start);
    begin = stop;
  }
}

/// The greatest, where most are zero: the compiler makes wide loads of the inner loop.
static Cell greatest(const Cell *cells, int64_t count) {
  Cell worst = 0;
  for (int64_t i = 0; i < count; ++i)
    worst = std::max(worst, cells[i]);
  return worst;
}

Cell Shadow::worstOf(int64_t begin, int64_t width) const {
  if (pages.empty())
    return width > 0 ? initial : 0;
  Cell worst = 0;
  forEachPage(begin, width, pageBytes, [&](int64_t page, int64_t first, int64_t last) {
    auto found = pages.find(page);
    worst = std::max(worst, found == pages.end()
                                ? initial
                                : greatest(found->second->data() + first, last - first));
  });
  return worst;
}

void Shadow::read(int64_t begin, int64_t width, Cell *cells) const {
  forEachPage(begin, width, pageBytes, [&](int64_t number, int64_t first, int64_t last) {
    auto found = pages.find(number);
    if (found == pages.end())
      std::fill(cells, cells + (last - first), initial);
    else
      std::copy(found->second->begin() + first, found->second->begin() + last, cells);
    cells += last - first;
  });
}

void Shadow::fill(int64_t begin, int64_t width, Cell cell) {
  if (pages.empty() && cell == initial)
    return;
  forEachPage(begin, width, pageBytes, [&](int64_t number, int64_t first, int64_t last) {
    auto found = pages.find(number);
    if (found == pages.end()) {
      if (cell == initial)
        return;
      found = pages.emplace(number, std::make_unique<Page>()).first;
      found->second->fill(initial);
    }
    std::fill(found->second->begin() + first, found->second->begin() + last, cell);
  });
}

} // namespace tilework::check
