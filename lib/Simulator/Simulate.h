//===- Simulate.h - replaying a recording -------------------------------------------*- C++ -*-===//
//
// The simulator's whole interface: a recording on a machine gives a timeline. The same two give the
// same picosecond everywhere; no program is run.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_SIMULATOR_SIMULATE_H
#define TILEWORK_SIMULATOR_SIMULATE_H

#include "Machine.h"
#include "Recording.h"
#include "Timeline.h"

#include <functional>

namespace tilework::simulator {

struct Options {
  /// Keeps the times of every instruction.
  bool instructions = false;
  Policy policy;
  /// Asked now and then with the tasks completed so far; true ends the replay.
  std::function<bool(int64_t)> interrupted;
};

/// Nothing can happen any more, though tasks are left; the message says who waits for what.
class DeadlockError : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// `interrupted` said so.
class Interrupted : public std::runtime_error {
public:
  Interrupted() : std::runtime_error("the replay was interrupted") {}
};

/// Throws DeadlockError, DescriptionError, RecordingError, CapacityError and Interrupted.
Timeline simulate(const recording::Recording &recording, const Machine &machine,
                  const Options &options = {});

} // namespace tilework::simulator

#endif // TILEWORK_SIMULATOR_SIMULATE_H
