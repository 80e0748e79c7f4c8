//===- AccessList.cpp - the accesses of one memory -------------------------------------------===//

#include "AccessList.h"

#include <algorithm>

namespace tilework::runtime {

size_t AccessList::size() const {
  size_t sum = 0;
  for (const std::unique_ptr<AccessGrid> &grid : grids)
    sum += grid->size();
  return sum;
}

/// Boxes that are no rectangles of digits, and those of all too many shapes, stand by the bytes
/// that they span, of which there are few classes.
AccessGrid &AccessList::gridOf(const Box &box) {
  if (!grids.empty() && grids.front()->suits(box, /*bySpan=*/false))
    return *grids.front();
  auto find = [&](bool bySpan) {
    auto suits = [&](const std::unique_ptr<AccessGrid> &grid) { return grid->suits(box, bySpan); };
    auto found = std::find_if(grids.begin(), grids.end(), suits);
    if (found != grids.end() && found != grids.begin())
      std::rotate(grids.begin(), found, std::next(found));
    return found != grids.end();
  };
  if (box.isProper && find(/*bySpan=*/false))
    return *grids.front();
  if (grids.size() >= manyGrids) {
    auto isEmpty = [](const std::unique_ptr<AccessGrid> &grid) { return grid->size() == 0; };
    grids.erase(std::remove_if(grids.begin(), grids.end(), isEmpty), grids.end());
  }
  bool bySpan = !box.isProper || grids.size() >= manyGrids;
  if (!bySpan || !find(bySpan))
    grids.insert(grids.begin(), std::make_unique<AccessGrid>(box, bySpan));
  return *grids.front();
}

} // namespace tilework::runtime
