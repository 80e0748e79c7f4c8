//===- Skyline.cpp - fills the memory from the bottom up, and backtracks ------------*- C++ -*-===//

#include "Skyline.h"

#include <algorithm>
#include <map>

using namespace tilework::placement;

Skyline::Skyline(const Model &model) : model(model) {
  unitsIn.resize(model.sections.size());
  exclusive.resize(model.units.size());
  twin.resize(model.units.size());
  for (auto [a, b] : model.neverShare) {
    exclusive[a].push_back(b);
    exclusive[b].push_back(a);
  }
  std::map<std::vector<int64_t>, int32_t> shapes;
  for (int32_t u = 0; u < int32_t(model.units.size()); ++u) {
    const Unit &unit = model.units[u];
    std::vector<int64_t> shape{unit.alignment};
    for (const Piece &piece : unit.pieces) {
      shape.insert(shape.end(), {piece.first, piece.last, piece.size});
      for (int32_t section = piece.first; section < piece.last; ++section)
        unitsIn[section].push_back(u);
    }
    bool alone = unit.fixed || !exclusive[u].empty();
    twin[u] = alone ? u : shapes.insert({shape, u}).first->second;
    hasFixed |= unit.fixed.has_value();
  }
}

void Skyline::reset(int64_t newTarget) {
  target = newTarget;
  size_t count = model.sections.size();
  floors.assign(count, 0);
  closed.assign(count, 0);
  slack.assign(count, target);
  unplaced.assign(count, 0);
  for (const Unit &unit : model.units)
    for (const Piece &piece : unit.pieces)
      for (int32_t section = piece.first; section < piece.last; ++section) {
        slack[section] -= piece.size;
        ++unplaced[section];
      }
  placedAt.assign(model.units.size(), Unplaced);
  placements.clear();
  trail.clear();
  choices.clear();
  frames.clear();
}

Skyline::Outcome Skyline::run(int64_t newTarget, int64_t most, int64_t newDisorder,
                              Random &newRandom, int64_t &steps) {
  reset(newTarget);
  disorder = newDisorder;
  random = &newRandom;
  for (int64_t bytes : slack)
    if (bytes < 0)
      return Outcome::Exhausted;
  int64_t before = steps;
  bool alive = expand();
  while (!alive || placements.size() < model.units.size()) {
    if (!alive && !retreat())
      return Outcome::Exhausted;
    if (steps - before == most)
      return Outcome::OutOfSteps;
    ++steps;
    Frame &frame = frames.back();
    alive = apply(frame.section, choices[frame.nextChoice++]) && expand();
  }
  return Outcome::Found;
}

/// Undoes choices until there is one with an alternative.
bool Skyline::retreat() {
  while (!frames.empty()) {
    undo(frames.back());
    if (frames.back().nextChoice < choices.size())
      return true;
    choices.resize(frames.back().firstChoice);
    frames.pop_back();
  }
  return false;
}

/// Opens the next decision, if one is left; false if there is no way on.
bool Skyline::expand() {
  if (placements.size() == model.units.size())
    return true;
  while (true) {
    int64_t floor = lowestFloor();
    int32_t section = chooseSection(floor);
    if (section < 0) {
      if (!raiseClosed(floor))
        return false;
      continue;
    }
    size_t first = choices.size();
    findFlush(section, floor, choices);
    std::vector<std::pair<int64_t, int32_t>> ranked;
    for (size_t i = first; i < choices.size(); ++i)
      ranked.push_back({-score(choices[i], section), choices[i]});
    std::sort(ranked.begin(), ranked.end());
    for (size_t i = 0; i < ranked.size(); ++i)
      choices[first + i] = ranked[i].second;
    if (canClose(section, floor))
      choices.push_back(Close);
    if (choices.size() == first)
      return false;
    frames.push_back({section, first, first, trail.size(), placements.size()});
    return true;
  }
}

bool Skyline::apply(int32_t section, int32_t choice) {
  if (choice == Close) {
    setSection(section, floors[section], true);
    return true;
  }
  return placeAt(choice, alignTo(floors[section], model.units[choice].alignment));
}

bool Skyline::placeAt(int32_t u, int64_t address) {
  const Unit &unit = model.units[u];
  placedAt[u] = address;
  placements.push_back(u);
  bool fits = address + unit.size <= target;
  for (const Piece &piece : unit.pieces)
    for (int32_t section = piece.first; section < piece.last; ++section) {
      int64_t wasted = address - floors[section];
      fits &= slack[section] >= wasted;
      setSection(section, address + piece.size, false);
      slack[section] += piece.size;
      --unplaced[section];
    }
  if (hasFixed)
    for (const Neighbour &it : model.neighbours[u]) {
      const Unit &other = model.units[it.unit];
      if (other.fixed && placedAt[it.unit] == Unplaced)
        fits &= address + it.mine <= *other.fixed;
    }
  return fits;
}

void Skyline::undo(const Frame &frame) {
  while (placements.size() > frame.placements) {
    int32_t u = placements.back();
    placements.pop_back();
    placedAt[u] = Unplaced;
    for (const Piece &piece : model.units[u].pieces)
      for (int32_t section = piece.first; section < piece.last; ++section) {
        slack[section] -= piece.size;
        ++unplaced[section];
      }
  }
  while (trail.size() > frame.changes) {
    const Change &change = trail.back();
    slack[change.section] += floors[change.section] - change.floor;
    floors[change.section] = change.floor;
    closed[change.section] = change.closed;
    trail.pop_back();
  }
}

void Skyline::setSection(int32_t section, int64_t floor, bool close) {
  trail.push_back({section, floors[section], bool(closed[section])});
  slack[section] -= floor - floors[section];
  floors[section] = floor;
  closed[section] = close;
}

int64_t Skyline::lowestFloor() const {
  int64_t lowest = INT64_MAX;
  for (size_t section = 0; section < floors.size(); ++section)
    if (unplaced[section])
      lowest = std::min(lowest, floors[section]);
  return lowest;
}

/// When all lowest sections are closed: raises each to the least height at which one of its units
/// may lie. False if there is none, or too many bytes are wasted.
bool Skyline::raiseClosed(int64_t floor) {
  std::vector<int32_t> sections;
  std::vector<int64_t> raised;
  int64_t least = INT64_MAX;
  for (int32_t section = 0; section < int32_t(floors.size()); ++section) {
    if (!unplaced[section])
      continue;
    if (floors[section] != floor) {
      if (!model.neverShare.empty()) // a unit may come to rest on one that lives elsewhere
        least = std::min(least, floors[section]);
      continue;
    }
    int64_t height = INT64_MAX;
    bool onClosed = false; // a unit over closed sections alone rises with them
    for (int32_t u : unitsIn[section]) {
      if (placedAt[u] != Unplaced)
        continue;
      int64_t address = lowestAddress(u);
      if (address > floor)
        height = std::min(height, address);
      else
        onClosed = true;
    }
    least = std::min(least, height);
    sections.push_back(section);
    raised.push_back(onClosed ? -1 : height);
  }
  if (least == INT64_MAX)
    return false;
  for (size_t i = 0; i < sections.size(); ++i) {
    setSection(sections[i], raised[i] < 0 ? least : raised[i], false);
    if (slack[sections[i]] < 0)
      return false;
  }
  return true;
}

/// Of the open sections at the ends of lowest stretches, one with the fewest choices.
int32_t Skyline::chooseSection(int64_t floor) {
  auto isLow = [&](int32_t s) { return unplaced[s] && floors[s] == floor && !closed[s]; };
  int32_t best = -1, count = int32_t(floors.size());
  size_t fewest = SIZE_MAX;
  std::vector<int32_t> found;
  auto consider = [&](int32_t section) {
    found.clear();
    findFlush(section, floor, found);
    size_t number = found.size() + (slack[section] > 0 ? 1 : 0);
    if (number < fewest) {
      fewest = number;
      best = section;
    }
  };
  for (int32_t s = 0; s < count && fewest > 1; ++s) {
    if (!isLow(s))
      continue;
    consider(s);
    int32_t first = s;
    while (s + 1 < count && isLow(s + 1))
      ++s;
    if (s != first)
      consider(s);
  }
  return best;
}

/// The units that may be placed onto the floor of a section, one of each shape.
void Skyline::findFlush(int32_t section, int64_t floor, std::vector<int32_t> &found) const {
  size_t first = found.size();
  for (int32_t u : unitsIn[section])
    if (placedAt[u] == Unplaced && fitsFlush(u, floor) &&
        std::none_of(found.begin() + first, found.end(),
                     [&](int32_t other) { return twin[other] == twin[u]; }))
      found.push_back(u);
}

bool Skyline::fitsFlush(int32_t u, int64_t floor) const {
  const Unit &unit = model.units[u];
  int64_t address = alignTo(floor, unit.alignment);
  if (unit.fixed && *unit.fixed != address)
    return false;
  for (const Piece &piece : unit.pieces)
    for (int32_t section = piece.first; section < piece.last; ++section)
      if (floors[section] != floor || closed[section])
        return false;
  for (int32_t other : exclusive[u])
    if (placedAt[other] != Unplaced && placedAt[other] + model.units[other].size > address)
      return false;
  return true;
}

bool Skyline::canClose(int32_t section, int64_t floor) const {
  for (int32_t u : unitsIn[section])
    if (placedAt[u] == Unplaced) {
      int64_t address = std::max(lowestAddress(u), floor + 1);
      if (address - floor <= slack[section])
        return true;
    }
  return false;
}

/// The lowest address at which a unit may still come to lie.
int64_t Skyline::lowestAddress(int32_t u) const {
  const Unit &unit = model.units[u];
  int64_t address = unit.fixed ? *unit.fixed : 0;
  for (const Piece &piece : unit.pieces)
    for (int32_t section = piece.first; section < piece.last; ++section)
      address = std::max(address, floors[section]);
  for (int32_t other : exclusive[u])
    if (placedAt[other] != Unplaced)
      address = std::max(address, placedAt[other] + model.units[other].size);
  return alignTo(address, unit.alignment);
}

int64_t Skyline::score(int32_t u, int32_t) {
  const Unit &unit = model.units[u];
  int64_t length = 0;
  for (const Piece &piece : unit.pieces)
    length += piece.last - piece.first;
  int64_t score = length * 1024;
  return disorder ? score * (100 + random->below(disorder)) : score * 100;
}
