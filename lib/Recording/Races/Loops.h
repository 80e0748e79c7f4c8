//===- Loops.h - in which iterations of which loops tasks are -----------------------*- C++ -*-===//

#ifndef TILEWORK_RECORDING_RACES_LOOPS_H
#define TILEWORK_RECORDING_RACES_LOOPS_H

#include "Recording.h"

namespace tilework::recording {

/// An iteration of a loop, within one of the loop around it.
struct Iteration {
  int32_t parent;   ///< -1 outside loops
  int32_t instance; ///< of the loop: each time that it begins is another
  int32_t loop;
  int32_t depth; ///< loops around it
  int64_t value; ///< of the loop's variable
  int64_t end;   ///< tasks submitted before the loop, not the iteration, ends
};

class LoopNest {
public:
  explicit LoopNest(const Recording &recording);

  /// The innermost that a task is in, or -1; a position among iterations().
  int32_t iterationOf(int64_t task) const { return innermost[task]; }
  const std::vector<Iteration> &iterations() const { return all; }

  /// The parallel loop in whose different iterations two tasks are, or -1.
  int32_t parallelLoopBetween(int64_t a, int64_t b) const;

  /// The innermost iteration of a parallel loop that a task is in and that has not ended before
  /// task `now`, or -1. Tasks for which it is the same are in different iterations of the same
  /// loops as any task from `now` on.
  int32_t openIterationOf(int64_t task, int64_t now) const;

private:
  bool isParallel(int32_t iteration) const {
    return recording.loops[all[iteration].loop].isParallel;
  }

  const Recording &recording;
  std::vector<Iteration> all;
  std::vector<int32_t> innermost; ///< by task
};

} // namespace tilework::recording

#endif // TILEWORK_RECORDING_RACES_LOOPS_H
