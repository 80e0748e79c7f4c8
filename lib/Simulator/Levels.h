//===- Levels.h - the longest path behind each task -------------------------------*- C++ -*-===//
//
// A task's bottom level: what it and the longest chain of tasks behind it take, by an estimate of
// each stream. Only what has been submitted counts. Levels among tasks submitted together are exact
// at once; those of older tasks are brought up to date when the graph has grown by an eighth, so
// that all of it costs a few steps per dependence.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_SIMULATOR_LEVELS_H
#define TILEWORK_SIMULATOR_LEVELS_H

#include "Dependents.h"
#include "Program.h"
#include "Recording.h"

#include <vector>

namespace tilework::simulator {

class Levels {
public:
  Levels(const recording::Recording &recording, const Programs &programs, const Machine &machine,
         const Dependents &dependents);

  /// Tasks [first, last) have been submitted, and none before `oldest` needs a level any more. True
  /// if levels of older tasks have changed.
  bool submitted(int64_t first, int64_t last, int64_t oldest);

  Time of(int64_t task) const { return levels[task]; }

private:
  void update(int64_t first, int64_t last);

  const recording::Recording &recording;
  const Programs &programs;
  const Dependents &dependents;
  const Time around; ///< from a task's readiness to its execution, and from its end to the next's
  std::vector<Time> levels;
  int64_t numSubmitted = 0, grown = 0;
};

} // namespace tilework::simulator

#endif // TILEWORK_SIMULATOR_LEVELS_H
