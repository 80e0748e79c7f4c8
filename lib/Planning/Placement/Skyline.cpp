//===- Skyline.cpp - fills the memory from the bottom up, and backtracks ------------*- C++ -*-===//

#include "Skyline.h"

#include <algorithm>
#include <map>

using namespace tilework::placement;

Skyline::Skyline(const Model &model) : model(model) {
  unitsIn.resize(model.sections.size());
  exclusive.resize(model.units.size());
  twin.resize(model.units.size());
  lengths.resize(model.units.size());
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
      lengths[u] += piece.last - piece.first;
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
  starting.assign(count, 0);
  ending.assign(count, 0);
  crossing.assign(count, 0);
  for (const Unit &unit : model.units)
    countEnds(unit, 1);
  placedAt.assign(model.units.size(), Unplaced);
  placements.clear();
  trail.clear();
  choices.clear();
  frames.clear();
}

/// Adds a unit to, or takes it from, what starts, ends and crosses where it does.
void Skyline::countEnds(const Unit &unit, int64_t sign) {
  for (int32_t s = unit.pieces.front().first + 1; s < unit.pieces.back().last; ++s)
    crossing[s] += int32_t(sign);
  for (size_t i = 0; i < unit.pieces.size(); ++i) {
    const Piece &piece = unit.pieces[i];
    if (i == 0 || unit.pieces[i - 1].last != piece.first)
      starting[piece.first] += sign * piece.size;
    if (i + 1 == unit.pieces.size() || unit.pieces[i + 1].first != piece.last)
      ending[piece.last - 1] += sign * piece.size;
  }
}

/// Where the skyline steps down, only units that end there can fill up the lower side.
bool Skyline::stepsCanBeFilled(int32_t section) const {
  auto fillable = [&](int32_t low, int32_t high, const std::vector<int64_t> &bytes) {
    return !unplaced[low] || floors[high] - floors[low] <= slack[low] + bytes[low];
  };
  int32_t next = section + 1;
  if (section < 0 || next == int32_t(floors.size()))
    return true;
  return fillable(section, next, ending) && fillable(next, section, starting);
}

Skyline::Outcome Skyline::run(int64_t newTarget, int64_t most, Way newWay, int64_t &steps) {
  reset(newTarget);
  way = newWay;
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
    failedSection = frame.section;
    alive = apply(frame.section, choices[frame.nextChoice++]) && expand();
  }
  return Outcome::Found;
}

/// Undoes choices until there is one with an alternative that matters: choices in a part of time
/// that no unit then unplaced connected with what failed had no share in it.
bool Skyline::retreat() {
  while (!frames.empty()) {
    const Frame &frame = frames.back();
    undo(frame);
    if (areConnected(frame.section, failedSection)) {
      if (frame.nextChoice < choices.size())
        return true;
      failedSection = frame.section;
    }
    choices.resize(frame.firstChoice);
    frames.pop_back();
  }
  return false;
}

bool Skyline::areConnected(int32_t a, int32_t b) const {
  if (!model.neverShare.empty())
    return true;
  auto first = crossing.begin() + std::min(a, b) + 1, last = crossing.begin() + std::max(a, b) + 1;
  return std::find(first, last, 0) == last;
}

/// Opens the next decision, if one is left; false if there is no way on.
bool Skyline::expand() {
  if (placements.size() == model.units.size())
    return true;
  std::vector<std::pair<int32_t, int32_t>> closedPits;
  while (true) {
    int32_t section = chooseSection(closedPits);
    if (closedPits.empty())
      return openFrame(section);
    for (auto [first, last] : closedPits)
      if (!raiseClosed(first, last))
        return false;
  }
}

bool Skyline::openFrame(int32_t section) {
  size_t first = choices.size();
  bool decidable = true;
  findFlush(section, choices, decidable);
  std::vector<std::pair<int64_t, int32_t>> ranked;
  for (size_t i = first; i < choices.size(); ++i)
    ranked.push_back({-rank(choices[i]), choices[i]});
  std::sort(ranked.begin(), ranked.end());
  for (size_t i = 0; i < ranked.size(); ++i)
    choices[first + i] = ranked[i].second;
  if (canClose(section, floors[section]))
    choices.push_back(Close);
  failedSection = section;
  if (choices.size() == first)
    return false;
  frames.push_back({section, first, first, trail.size(), placements.size()});
  return true;
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
  countEnds(unit, -1);
  for (const Piece &piece : unit.pieces)
    fits = fits && stepsCanBeFilled(piece.first - 1) && stepsCanBeFilled(piece.last - 1);
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
    countEnds(model.units[u], 1);
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

/// When a pit is closed all over: raises each section to the least height at which one of its units
/// may lie. False if there is none, or too many bytes are wasted.
bool Skyline::raiseClosed(int32_t first, int32_t last) {
  failedSection = first;
  int64_t floor = floors[first], least = INT64_MAX;
  std::vector<int64_t> raised;
  lowest.assign(model.units.size(), Unplaced);
  for (int32_t section = first; section < last; ++section) {
    int64_t height = INT64_MAX;
    bool onClosed = false; // a unit over closed sections alone rises with them
    for (int32_t u : unitsIn[section]) {
      if (placedAt[u] != Unplaced)
        continue;
      int64_t address = lowest[u] = lowest[u] == Unplaced ? lowestAddress(u) : lowest[u];
      if (address > floor)
        height = std::min(height, address);
      else
        onClosed = true;
    }
    least = std::min(least, height);
    raised.push_back(onClosed ? -1 : height);
  }
  if (!model.neverShare.empty()) // a unit may come to rest on one that lives elsewhere
    for (int32_t section = 0; section < int32_t(floors.size()); ++section)
      if (unplaced[section] && floors[section] > floor)
        least = std::min(least, floors[section]);
  if (least == INT64_MAX)
    return false;
  for (int32_t section = first; section < last; ++section) {
    int64_t height = raised[section - first];
    setSection(section, height < 0 ? least : height, false);
    if (slack[section] < 0)
      return false;
  }
  for (int32_t section = first - 1; section < last; ++section)
    if (!stepsCanBeFilled(section))
      return false;
  return true;
}

/// Of the open sections at the ends of pits, one with the fewest choices. Collects the pits that
/// are closed all over.
int32_t Skyline::chooseSection(std::vector<std::pair<int32_t, int32_t>> &closedPits) {
  closedPits.clear();
  int32_t best = -1, count = int32_t(floors.size());
  int64_t lowest = INT64_MAX;
  for (int32_t s = 0; s < count; ++s)
    if (unplaced[s])
      lowest = std::min(lowest, floors[s]);
  int64_t fewest = INT64_MAX;
  std::vector<int32_t> found;
  auto consider = [&](int32_t section, int32_t width) {
    found.clear();
    bool decidable = true;
    findFlush(section, found, decidable);
    if (!decidable && floors[section] != lowest)
      return;
    int64_t number = int64_t(found.size()) + (slack[section] > 0 ? 1 : 0);
    int64_t key = number <= 1 ? number : number * count + width;
    if (key < fewest) {
      fewest = key;
      best = section;
    }
  };
  for (int32_t first = 0, last; first < count; first = last) {
    last = first + 1;
    if (!unplaced[first])
      continue;
    int64_t floor = floors[first];
    while (last < count && unplaced[last] && floors[last] == floor)
      ++last;
    if (!model.neverShare.empty() && floor != lowest)
      continue;
    bool leftHigher = first == 0 || !unplaced[first - 1] || floors[first - 1] > floor;
    bool rightHigher = last == count || !unplaced[last] || floors[last] > floor;
    if (!leftHigher || !rightHigher)
      continue;
    bool anyOpen = false;
    for (int32_t s = first; s < last; ++s) {
      if (closed[s])
        continue;
      anyOpen = true;
      if (s == first || closed[s - 1] || s + 1 == last || closed[s + 1])
        consider(s, last - first);
      if (fewest == 0)
        return best;
    }
    if (!anyOpen)
      closedPits.push_back({first, last});
  }
  return best;
}

/// The units that may be placed onto the floor of a section, one of each shape.
void Skyline::findFlush(int32_t section, std::vector<int32_t> &found, bool &decidable) const {
  size_t first = found.size();
  for (int32_t u : unitsIn[section])
    if (placedAt[u] == Unplaced && fitsFlush(u, floors[section], decidable) &&
        std::none_of(found.begin() + first, found.end(),
                     [&](int32_t other) { return twin[other] == twin[u]; }))
      found.push_back(u);
}

/// Clears `decidable` if the unit reaches into a lower pit. While it does, its pit is better left
/// alone, and must be if nothing higher lies between: the unit may yet be raised from there.
bool Skyline::fitsFlush(int32_t u, int64_t floor, bool &decidable) const {
  const Unit &unit = model.units[u];
  int64_t address = alignTo(floor, unit.alignment);
  if (unit.fixed && *unit.fixed != address)
    return false;
  auto isHigh = [&](int32_t section) { return floors[section] > floor || closed[section]; };
  for (const Piece &piece : unit.pieces)
    for (int32_t section = piece.first; section < piece.last; ++section) {
      if (floors[section] < floor)
        decidable = false;
      if (isHigh(section))
        return false;
    }
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

/// The greater, the earlier it is tried.
int64_t Skyline::rank(int32_t u) {
  const Unit &unit = model.units[u];
  int64_t rank = way.preference == Preference::Length ? lengths[u]
                 : way.preference == Preference::Size ? unit.size
                                                      : lengths[u] * unit.size;
  return way.disorder ? rank * (100 + way.random->below(way.disorder)) : rank;
}
