//===- Levels.cpp - the longest path behind each task -----------------------------------------===//

#include "Levels.h"

#include <algorithm>

namespace tilework::simulator {

constexpr int64_t growth = 8; ///< older levels are brought up to date at each such part of them

Levels::Levels(const recording::Recording &recording, const Programs &programs,
               const Machine &machine, const Dependents &dependents)
    : recording(recording), programs(programs), dependents(dependents),
      around(machine.scheduleDispatch + machine.toCore + machine.coreHead + machine.fromCore +
             machine.scheduleComplete),
      levels(recording.tasks.size()) {}

bool Levels::submitted(int64_t first, int64_t last, int64_t oldest) {
  numSubmitted = last;
  update(first, last);
  grown += last - first;
  if (oldest >= first || grown * growth < last - oldest)
    return false;
  update(oldest, first);
  grown = 0;
  return true;
}

void Levels::update(int64_t first, int64_t last) {
  for (int64_t task = last - 1; task >= first; --task) {
    Time behind = 0;
    for (int64_t next : dependents.of(task))
      if (next < numSubmitted)
        behind = std::max(behind, levels[next]);
    int32_t stream = recording.tasks[task].stream;
    levels[task] =
        behind + (stream == recording::Task::join ? 0 : around + programs[stream].estimate);
  }
}

} // namespace tilework::simulator
