//===- Orchestrator.h - submission, and the rings -----------------------------------*- C++ -*-===//
//
// One thread submits parts of the graph in order, each for a price, as long as the rings have room:
// tasks one by one, or recorded graphs as a whole (in as few parts as fit, lib/Recording/Capacity),
// of which tasks come as soon as what they wait for has been looked up, where it has to be.
// A scalar that it reads waits for its writers.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_SIMULATOR_ORCHESTRATOR_H
#define TILEWORK_SIMULATOR_ORCHESTRATOR_H

#include "Capacity.h"
#include "Clock.h"
#include "Policy.h"
#include "Timeline.h"

#include <functional>
#include <string>
#include <vector>

namespace tilework::simulator {

class Orchestrator {
public:
  /// Told that tasks [first, last) are in the graph now.
  using Submit = std::function<void(int64_t first, int64_t last)>;

  /// With `isPlanned`, tensors have their places before the run begins. Throws
  /// recording::CapacityError.
  Orchestrator(const recording::Recording &recording, const Machine &machine, const Policy &policy,
               bool isPlanned, Clock &clock, Timeline &timeline, Submit submit);

  /// Its price paid, what it was at takes effect; then it turns to the next as far as it can.
  void goOn();
  void completed(int64_t task) { isCompleted[task] = true; }
  /// After some have been completed: what can leave the rings does, and it goes on if it waited.
  void retire();

  bool isDone(int64_t task) const { return isCompleted[task]; }
  /// All tasks before it have been completed.
  int64_t numRetired() const { return retired; }
  std::vector<std::string> describeWaits() const;

private:
  bool begin();
  void allocate();
  bool hasRoom(const recording::Part &part);
  void planParts(const Policy &policy);
  void planGraph(recording::Part graph);
  Time priceOf(int64_t task) const;
  bool isTracked(int64_t task) const;

  const recording::Recording &recording;
  const Machine &machine;
  Clock &clock;
  Timeline &timeline;
  Submit submit;

  struct Step {
    recording::Part part;
    Time price;
  };
  std::vector<Step> steps;
  size_t next = 0; ///< step
  size_t nextWait = 0, nextMemory = 0;
  bool isBusy = false, submits = false;
  TaskTime::Submission waitsFor = TaskTime::Busy, waitedFor = TaskTime::Busy;
  Time waitsSince = 0, began = 0;

  // The rings: everything leaves in the order it came.
  const bool usesHeap;
  std::vector<bool> isCompleted;
  int64_t retired = 0; ///< tasks
  int64_t heapBytes = 0;
  std::vector<int64_t> entries; ///< of dependences, the sum of all tasks before
  size_t oldestMemory = 0;
  std::vector<int64_t> lastUser; ///< by memory
};

} // namespace tilework::simulator

#endif // TILEWORK_SIMULATOR_ORCHESTRATOR_H
