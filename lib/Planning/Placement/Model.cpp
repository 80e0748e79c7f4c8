//===- Model.cpp - groups, sections and neighbours ----------------------------------*- C++ -*-===//

#include "Model.h"

#include <algorithm>
#include <numeric>

using namespace tilework::placement;

/// The unit of each buffer, numbered by first buffer.
static std::vector<int32_t> groupBuffers(const Problem &problem) {
  std::vector<int32_t> parent(problem.buffers.size());
  std::iota(parent.begin(), parent.end(), 0);
  auto rootOf = [&](int32_t i) {
    while (parent[i] != i)
      i = parent[i] = parent[parent[i]];
    return i;
  };
  for (auto [a, b] : problem.sameAddress) {
    int32_t first = rootOf(a), second = rootOf(b);
    parent[std::max(first, second)] = std::min(first, second);
  }
  std::vector<int32_t> unitOf(parent.size());
  int32_t count = 0;
  for (int32_t i = 0; i < int32_t(parent.size()); ++i)
    unitOf[i] = rootOf(i) == i ? count++ : unitOf[rootOf(i)];
  return unitOf;
}

static std::vector<int64_t> eventsOf(const Problem &problem) {
  std::vector<int64_t> events;
  for (const Buffer &buffer : problem.buffers)
    for (Interval it : buffer.live) {
      events.push_back(it.begin);
      events.push_back(it.end);
    }
  std::sort(events.begin(), events.end());
  events.erase(std::unique(events.begin(), events.end()), events.end());
  return events;
}

/// Cuts overlapping pieces where they begin and end, and gives each part the greatest need.
static std::vector<Piece> flatten(const std::vector<Piece> &pieces) {
  std::vector<int32_t> cuts;
  for (const Piece &piece : pieces) {
    cuts.push_back(piece.first);
    cuts.push_back(piece.last);
  }
  std::sort(cuts.begin(), cuts.end());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  std::vector<Piece> flat;
  for (size_t i = 0; i + 1 < cuts.size(); ++i) {
    int64_t size = 0;
    for (const Piece &piece : pieces)
      if (piece.first <= cuts[i] && cuts[i] < piece.last)
        size = std::max(size, piece.size);
    if (size == 0)
      continue;
    if (!flat.empty() && flat.back().last == cuts[i] && flat.back().size == size)
      flat.back().last = cuts[i + 1];
    else
      flat.push_back({cuts[i], cuts[i + 1], size});
  }
  return flat;
}

static void makeUnits(const Problem &problem, Model &model) {
  std::vector<int64_t> &events = model.sections;
  model.units.resize(
      model.unitOf.empty() ? 0 : *std::max_element(model.unitOf.begin(), model.unitOf.end()) + 1);
  for (size_t i = 0; i < problem.buffers.size(); ++i) {
    const Buffer &buffer = problem.buffers[i];
    Unit &unit = model.units[model.unitOf[i]];
    unit.size = std::max(unit.size, buffer.sizeBytes);
    unit.alignment = std::max(unit.alignment, buffer.alignmentBytes);
    if (buffer.fixedAddress)
      unit.fixed = buffer.fixedAddress;
    auto sectionAt = [&](int64_t time) {
      return int32_t(std::lower_bound(events.begin(), events.end(), time) - events.begin());
    };
    for (Interval it : buffer.live)
      unit.pieces.push_back({sectionAt(it.begin), sectionAt(it.end), buffer.sizeBytes});
  }
  for (Unit &unit : model.units)
    unit.pieces = flatten(unit.pieces);
}

static void addNeighbours(Model &model, int32_t a, int64_t sizeA, int32_t b, int64_t sizeB) {
  model.neighbours[a].push_back({b, sizeA, sizeB});
  model.neighbours[b].push_back({a, sizeB, sizeA});
}

/// Sweeps over the pieces by their first section, with those that still live at hand.
static void findNeighbours(Model &model) {
  struct UnitPiece {
    Piece piece;
    int32_t unit;
  };
  std::vector<UnitPiece> pieces, active;
  for (int32_t unit = 0; unit < int32_t(model.units.size()); ++unit)
    for (const Piece &piece : model.units[unit].pieces)
      pieces.push_back({piece, unit});
  std::stable_sort(pieces.begin(), pieces.end(), [](const UnitPiece &a, const UnitPiece &b) {
    return a.piece.first < b.piece.first;
  });
  for (const UnitPiece &starting : pieces) {
    size_t kept = 0;
    for (const UnitPiece &it : active)
      if (it.piece.last > starting.piece.first) {
        addNeighbours(model, starting.unit, starting.piece.size, it.unit, it.piece.size);
        active[kept++] = it;
      }
    active.resize(kept);
    active.push_back(starting);
  }
  for (auto [a, b] : model.neverShare)
    addNeighbours(model, a, model.units[a].size, b, model.units[b].size);
}

/// One entry per neighbour, with the greatest needs.
static void uniqueNeighbours(std::vector<Neighbour> &list) {
  std::sort(list.begin(), list.end(),
            [](const Neighbour &a, const Neighbour &b) { return a.unit < b.unit; });
  size_t kept = 0;
  for (const Neighbour &it : list) {
    if (kept && list[kept - 1].unit == it.unit) {
      list[kept - 1].mine = std::max(list[kept - 1].mine, it.mine);
      list[kept - 1].theirs = std::max(list[kept - 1].theirs, it.theirs);
    } else {
      list[kept++] = it;
    }
  }
  list.resize(kept);
}

Model tilework::placement::makeModel(const Problem &problem) {
  Model model;
  model.unitOf = groupBuffers(problem);
  model.sections = eventsOf(problem);
  makeUnits(problem, model);
  for (auto [a, b] : problem.neverShare)
    model.neverShare.push_back({model.unitOf[a], model.unitOf[b]});
  model.neighbours.resize(model.units.size());
  findNeighbours(model);
  for (std::vector<Neighbour> &list : model.neighbours)
    uniqueNeighbours(list);
  findLowerBound(model);
  return model;
}
