//===- Ejection.cpp - places one unit at a time and throws out those in its way -----*- C++ -*-===//

#include "Ejection.h"

#include <algorithm>

using namespace tilework::placement;

/// Of a fixed unit: more than all others together ever cost.
static constexpr int64_t Never = int64_t(1) << 40;

static int64_t alignDown(int64_t value, int64_t alignment) {
  return value & ~(alignment - 1);
}

Ejection::Ejection(const Model &model, Random &random) : model(model), random(random) {
  for (const Unit &unit : model.units)
    penalty.push_back(unit.fixed ? Never : 1);
}

void Ejection::start(const std::vector<int64_t> &addresses) {
  placedAt = addresses;
  waiting.clear();
}

void Ejection::eject(int32_t unit) {
  placedAt[unit] = Unplaced;
  waiting.push_back(unit);
}

bool Ejection::run(int64_t newTarget, int64_t most, int64_t &steps) {
  target = newTarget;
  for (int32_t u = 0; u < int32_t(placedAt.size()); ++u)
    if (placedAt[u] != Unplaced && placedAt[u] + model.units[u].size > target)
      eject(u);
  for (int64_t step = 0; !waiting.empty() && step < most; ++step) {
    ++steps;
    int32_t unit = waiting.back();
    waiting.pop_back();
    if (!place(unit))
      return false;
    moveOne();
  }
  return waiting.empty();
}

/// False if the unit cannot lie below the target, whatever is thrown out.
bool Ejection::place(int32_t unit) {
  int64_t address = cheapestAddress(unit);
  if (address == Unplaced) {
    waiting.push_back(unit);
    return false;
  }
  bool isFree = true;
  for (const Neighbour &it : model.neighbours[unit]) {
    int64_t other = placedAt[it.unit];
    if (other == Unplaced || address + it.mine <= other || other + it.theirs <= address)
      continue;
    isFree = false;
    eject(it.unit);
  }
  penalty[unit] += !isFree;
  placedAt[unit] = address;
  return true;
}

/// Where the neighbours in the way have the least penalty, with a unit at one of its ends; one of
/// equals at random.
int64_t Ejection::cheapestAddress(int32_t u) {
  const Unit &unit = model.units[u];
  int64_t highest = alignDown(target - unit.size, unit.alignment);
  if (highest < 0)
    return Unplaced;
  candidates = {0, highest};
  met.clear();
  for (const Neighbour &it : model.neighbours[u]) {
    int64_t other = placedAt[it.unit];
    if (other == Unplaced)
      continue;
    met.push_back({other - it.mine + 1, penalty[it.unit]});
    met.push_back({other + it.theirs, -penalty[it.unit]});
    candidates.push_back(std::min(highest, alignTo(other + it.theirs, unit.alignment)));
    candidates.push_back(
        std::clamp<int64_t>(alignDown(other - it.mine, unit.alignment), 0, highest));
  }
  std::sort(met.begin(), met.end());
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  int64_t least = Never, chosen = Unplaced, cost = 0, equals = 0;
  auto change = met.begin();
  for (int64_t address : candidates) {
    for (; change != met.end() && change->first <= address; ++change)
      cost += change->second;
    if (cost < least) {
      least = cost;
      equals = 0;
    }
    if (cost == least && cost < Never && random.below(++equals) == 0)
      chosen = address;
  }
  return chosen;
}

/// Moves a unit to one end of a gap that it fits into, if it is one of those with an address.
void Ejection::moveOne() {
  int32_t u = int32_t(random.below(int64_t(model.units.size())));
  const Unit &unit = model.units[u];
  if (placedAt[u] == Unplaced || unit.fixed)
    return;
  met.clear();
  for (const Neighbour &it : model.neighbours[u])
    if (int64_t other = placedAt[it.unit]; other != Unplaced)
      met.push_back({other - it.mine, other + it.theirs});
  met.push_back({target - unit.size, target});
  std::sort(met.begin(), met.end());
  candidates.clear();
  int64_t bottom = 0;
  for (auto [last, above] : met) {
    if (int64_t top = std::min(alignDown(last, unit.alignment), target - unit.size);
        top >= bottom) {
      candidates.push_back(bottom);
      candidates.push_back(top);
    }
    bottom = std::max(bottom, alignTo(above, unit.alignment));
  }
  if (!candidates.empty())
    placedAt[u] = candidates[random.below(int64_t(candidates.size()))];
}
