//===- Dispatcher.h - from the graph to a core, and back ---------------------------------*- C++
//-*-===//
//
// What a task waits for done, it is ready. Scheduler threads share all cores: each that is free
// takes note of completions first, then hands ready tasks to cores, an idle core first, in the
// order of a policy (Policy.h). So no core idles while a task that could run there is ready and a
// thread is free.
//
// Early dispatch. A thread that finds neither brings tasks to cores whose unfinished predecessors
// all execute. They hold a slot there, but are gated: once the last predecessor has been completed
// their doorbell rings. Only then do they stand in their cores' queues.
//
// Why no task waits forever: cores execute tasks in the order in which these could start (there,
// and not gated), the same on every core of a task; so the first unfinished one of that order finds
// its cores free. A gated task stands in no queue, and gives its slot to any ready one that finds
// no other. What is ready is dispatched once a slot without such tasks gets free.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_SIMULATOR_DISPATCHER_H
#define TILEWORK_SIMULATOR_DISPATCHER_H

#include "Levels.h"
#include "Orchestrator.h"
#include "Places.h"

#include <array>
#include <deque>
#include <set>
#include <string>
#include <vector>

namespace tilework::simulator {

class Dispatcher {
public:
  Dispatcher(const recording::Recording &recording, const Programs &programs,
             const Machine &machine, const Policy &policy, bool isPlanned, Clock &clock,
             Timeline &timeline);

  void orchestrate() { orchestrator.goOn(); }
  void scheduler(int32_t thread);
  void completionSeen(int64_t task);
  Place placeOf(int64_t task) const { return states[task].place; }

  /// The last of its cores has ended.
  void ended(int64_t task);
  bool isFinished() const { return completedTasks == static_cast<int64_t>(states.size()); }
  int64_t numCompleted() const { return completedTasks; }
  /// What it waits for when nothing happens any more, by line.
  std::vector<std::string> describeWaits() const { return orchestrator.describeWaits(); }

private:
  struct State {
    int32_t pending = 0;     ///< tasks before it that have not been completed
    int32_t notLaunched = 0; ///< of these, that have not been given to cores for good
    enum : uint8_t { Waiting, OnItsWay, AtItsCores } where = Waiting;
    bool isSubmitted = false, isLaunched = false, isGated = false;
    Place place;
  };
  struct Thread {
    bool isBusy = false;
    int64_t job = -1;
    bool completes = false; ///< the job is a completion, not a dispatch
  };
  /// Lower ones first.
  struct Key {
    int64_t rank, order, task;
    bool operator<(const Key &other) const {
      return std::tie(rank, order, task) < std::tie(other.rank, other.order, other.task);
    }
  };
  /// By which cores they execute on, so that the first of each stands for all of it.
  static constexpr int kinds = 2 * TW_UNITS;
  using Queues = std::array<std::set<Key>, kinds>;

  void submit(int64_t first, int64_t last);
  void ready(int64_t task, int64_t by);
  void openGate(int64_t task);
  void becomeCandidate(int64_t task);
  void launch(int64_t task);
  void complete(int64_t task);
  void completeEnding();

  Key keyOf(int64_t task, bool isReady) const;
  static int kindOf(const Program &program) { return program.hasCube * TW_UNITS + program.lanes; }
  void enqueue(Queues &queues, int64_t task);
  void sortAgain(Queues &queues);
  std::array<int, kinds> kindsByKey(const Queues &queues) const;

  void wakeSchedulers();
  bool work(int32_t thread);
  bool findReady(int32_t thread);
  bool findEarly(int32_t thread);
  void dispatch(int32_t thread, int64_t task, Place place);
  void takeBack(int64_t task);
  const Program &programOf(int64_t task) const { return programs[recording.tasks[task].stream]; }

  const recording::Recording &recording;
  const Programs &programs;
  const Machine &machine;
  const Policy policy;
  Clock &clock;
  Timeline &timeline;

  Dependents dependents;
  Levels levels;
  Places places;
  Orchestrator orchestrator;

  std::vector<State> states;
  std::vector<int64_t> ending; ///< tasks to be completed now
  Queues readyTasks, earlyTasks;
  std::vector<int64_t> readiness; ///< by task: how many were ready before it
  int64_t numReady = 0;
  int64_t oldest = 0;       ///< all tasks before it have been given to cores
  std::deque<int64_t> seen; ///< tasks that have ended
  std::vector<Thread> threads;
  int64_t completedTasks = 0;
};

} // namespace tilework::simulator

#endif // TILEWORK_SIMULATOR_DISPATCHER_H
