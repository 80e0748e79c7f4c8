//===- Bound.cpp - what no placement can do without ---------------------------------*- C++ -*-===//
//
// Of the units live in a section, those with an alignment of at least `a` start at multiples of
// `a`, so that each but the topmost takes up a multiple of `a` bytes. The need of a section is the
// greatest such sum over the alignments that occur.
//
// Units that must never share bytes count together too: what lives in a section is joined by
// others, largest first, that may overlap nobody so far.
//
//===------------------------------------------------------------------------------------------===//

#include "Model.h"

#include <algorithm>

using namespace tilework::placement;

namespace {

struct Need {
  int32_t unit;
  int64_t size;
};

std::vector<int64_t> alignmentsOf(const Model &model) {
  std::vector<int64_t> alignments;
  for (const Unit &unit : model.units)
    alignments.push_back(unit.alignment);
  std::sort(alignments.begin(), alignments.end());
  alignments.erase(std::unique(alignments.begin(), alignments.end()), alignments.end());
  return alignments;
}

/// The least bytes that hold units of which no two may overlap.
int64_t bytesNeeded(const Model &model, const std::vector<int64_t> &alignments,
                    const std::vector<Need> &needs) {
  int64_t most = 0;
  for (int64_t alignment : alignments) {
    int64_t sum = 0, largestPadding = 0;
    for (const Need &need : needs) {
      if (model.units[need.unit].alignment < alignment)
        continue;
      int64_t rounded = alignTo(need.size, alignment);
      sum += rounded;
      largestPadding = std::max(largestPadding, rounded - need.size);
    }
    most = std::max(most, sum - largestPadding);
  }
  return most;
}

/// What lives in each section.
std::vector<std::vector<Need>> needsBySection(const Model &model) {
  std::vector<std::vector<Need>> needs(model.sections.size());
  for (int32_t unit = 0; unit < int32_t(model.units.size()); ++unit)
    for (const Piece &piece : model.units[unit].pieces)
      for (int32_t section = piece.first; section < piece.last; ++section)
        needs[section].push_back({unit, piece.size});
  return needs;
}

const Neighbour *findNeighbour(const Model &model, int32_t of, int32_t unit) {
  const std::vector<Neighbour> &list = model.neighbours[of];
  auto found =
      std::lower_bound(list.begin(), list.end(), unit,
                       [](const Neighbour &it, int32_t wanted) { return it.unit < wanted; });
  return found != list.end() && found->unit == unit ? &*found : nullptr;
}

/// Adds `unit` to needs of which no two may overlap, if it may overlap none of them either. Each
/// then counts with what it needs beside all others.
void joinIfExclusive(const Model &model, int32_t unit, std::vector<Need> &needs) {
  Need joining{unit, model.units[unit].size};
  std::vector<Need> joined = needs;
  for (Need &need : joined) {
    const Neighbour *it = findNeighbour(model, unit, need.unit);
    if (!it)
      return;
    joining.size = std::min(joining.size, it->mine);
    need.size = std::min(need.size, it->theirs);
  }
  joined.push_back(joining);
  needs = std::move(joined);
}

/// The units of the pairs that never share, largest first.
std::vector<int32_t> exclusiveUnits(const Model &model) {
  std::vector<int32_t> units;
  for (auto [a, b] : model.neverShare) {
    units.push_back(a);
    units.push_back(b);
  }
  std::sort(units.begin(), units.end(), [&](int32_t a, int32_t b) {
    int64_t sizeA = model.units[a].size, sizeB = model.units[b].size;
    return sizeA != sizeB ? sizeA > sizeB : a < b;
  });
  units.erase(std::unique(units.begin(), units.end()), units.end());
  return units;
}

} // namespace

void tilework::placement::findLowerBound(Model &model) {
  std::vector<int64_t> alignments = alignmentsOf(model);
  std::vector<std::vector<Need>> needs = needsBySection(model);
  for (int32_t section = 0; section < int32_t(needs.size()); ++section) {
    int64_t bytes = bytesNeeded(model, alignments, needs[section]);
    if (bytes > model.fullestBytes) {
      model.fullestBytes = bytes;
      model.fullestSection = section;
    }
  }
  model.lowerBound = model.fullestBytes;
  std::vector<int32_t> exclusive = exclusiveUnits(model);
  for (std::vector<Need> &section : needs) {
    if (exclusive.empty())
      break;
    for (int32_t unit : exclusive)
      joinIfExclusive(model, unit, section);
    model.lowerBound = std::max(model.lowerBound, bytesNeeded(model, alignments, section));
  }
  for (const Unit &unit : model.units)
    if (unit.fixed)
      model.lowerBound = std::max(model.lowerBound, *unit.fixed + unit.size);
}
