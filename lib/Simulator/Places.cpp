//===- Places.cpp - which core group a task goes to -------------------------------------------===//

#include "Places.h"

#include <algorithm>

namespace tilework::simulator {

/// The first of the places with the lowest rank.
template <typename F> std::optional<Place> Places::best(const Program &program, F rankOf) const {
  std::optional<Place> found;
  Rank lowest;
  bool hasChoice = program.lanes == 1 && !program.hasCube;
  for (int32_t group = 0; group < static_cast<int32_t>(cores.size()); ++group)
    for (int32_t firstLane = 0; firstLane <= hasChoice; ++firstLane) {
      std::optional<Rank> rank = rankOf(Place{group, firstLane});
      if (rank && (!found || *rank < lowest)) {
        found = {group, firstLane};
        lowest = *rank;
      }
    }
  return found;
}

std::optional<Place> Places::find(const Program &program, int64_t most) const {
  return best(program, [&](Place place) -> std::optional<Rank> {
    int64_t before = 0, gated = 0;
    bool hasRoom = true, mustLeave = false;
    forEachCore(cores, program, place, [&](const Core &core) {
      before = std::max<int64_t>(before, core.open);
      hasRoom = hasRoom && core.open + core.onTheirWay < slots;
      mustLeave = mustLeave || core.held() >= slots;
      gated = std::max<int64_t>(gated, core.held() - core.open);
    });
    if (!hasRoom || before > most)
      return std::nullopt;
    return Rank(before, mustLeave, gated);
  });
}

std::optional<Place> Places::findEarly(const Program &program) const {
  return best(program, [&](Place place) -> std::optional<Rank> {
    int64_t held = 0;
    forEachCore(cores, program, place,
                [&](const Core &core) { held = std::max(held, core.held()); });
    if (held >= slots)
      return std::nullopt;
    return Rank(held, false, 0);
  });
}

std::vector<int64_t> Places::inTheWay(const Program &program, Place place) const {
  std::vector<int64_t> tasks;
  forEachCore(cores, program, place, [&](const Core &core) {
    int64_t left = core.held();
    for (auto task = core.gated.rbegin(); left >= slots; ++task, --left)
      if (std::find(tasks.begin(), tasks.end(), *task) == tasks.end())
        tasks.push_back(*task);
  });
  return tasks;
}

void Places::take(const Program &program, Place place) {
  forEachCore(cores, program, place, [](Core &core) { ++core.open; });
}

void Places::leave(const Program &program, Place place) {
  forEachCore(cores, program, place, [](Core &core) { --core.open; });
}

void Places::takeGated(const Program &program, Place place) {
  forEachCore(cores, program, place, [](Core &core) { ++core.onTheirWay; });
}

void Places::isThere(const Program &program, Place place, int64_t task) {
  forEachCore(cores, program, place, [&](Core &core) {
    --core.onTheirWay;
    core.gated.push_back(task);
  });
}

void Places::leaveGated(const Program &program, Place place, int64_t task, bool wasThere) {
  forEachCore(cores, program, place, [&](Core &core) {
    if (wasThere)
      core.gated.erase(std::find(core.gated.begin(), core.gated.end(), task));
    else
      --core.onTheirWay;
  });
}

} // namespace tilework::simulator
