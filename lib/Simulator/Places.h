//===- Places.h - which core group a task goes to -----------------------------------*- C++ -*-===//
//
// A core holds a few tasks: the one it executes and those that wait there. Among them may be some
// that came early and are gated until what they wait for has been completed. A gated task is never
// in the way: it does not count for one that is ready, which takes its place if there is no other.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_SIMULATOR_PLACES_H
#define TILEWORK_SIMULATOR_PLACES_H

#include "Program.h"

#include <array>
#include <optional>
#include <tuple>
#include <vector>

namespace tilework::simulator {

/// Where a task executes: its group, and the core of its first lane.
struct Place {
  int32_t group = -1, firstLane = 0;
};

class Places {
public:
  explicit Places(const Machine &machine) : slots(machine.taskSlots), cores(machine.groups) {}

  /// For a task that is ready: where it has no more than `most` others before it, and of such
  /// places where it has the fewest; none if there is no room.
  std::optional<Place> find(const Program &program, int64_t most) const;
  /// For one that is not: where a slot is free.
  std::optional<Place> findEarly(const Program &program) const;

  /// The gated tasks, latest first, that have to leave before a ready task has its slots there.
  std::vector<int64_t> inTheWay(const Program &program, Place place) const;

  /// A ready task, or one whose gate opens.
  void take(const Program &program, Place place);
  void leave(const Program &program, Place place);
  /// A gated task; until it `isThere` it cannot leave again.
  void takeGated(const Program &program, Place place);
  void isThere(const Program &program, Place place, int64_t task);
  void leaveGated(const Program &program, Place place, int64_t task, bool wasThere);

private:
  struct Core {
    int32_t open = 0, onTheirWay = 0; ///< tasks: not gated; gated, and not there yet
    std::vector<int64_t> gated;       ///< those that are there, oldest first
    int64_t held() const { return open + onTheirWay + static_cast<int64_t>(gated.size()); }
  };
  /// The smaller, the better.
  using Rank = std::tuple<int64_t, bool, int64_t>;

  template <typename Cores, typename F>
  static void forEachCore(Cores &cores, const Program &program, Place place, F f) {
    if (program.hasCube)
      f(cores[place.group][TW_CUBE]);
    for (int32_t lane = place.firstLane; lane < place.firstLane + program.lanes; ++lane)
      f(cores[place.group][TW_VECTOR_0 + lane]);
  }
  template <typename F> std::optional<Place> best(const Program &program, F rankOf) const;

  const int64_t slots;
  std::vector<std::array<Core, TW_UNITS>> cores; ///< by group
};

} // namespace tilework::simulator

#endif // TILEWORK_SIMULATOR_PLACES_H
