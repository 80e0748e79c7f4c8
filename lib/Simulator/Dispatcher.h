//===- Dispatcher.h - from submission to a core, and back ----------------------------*- C++
//-*-===//
//
// One orchestrator submits tasks in order, each for a price, as long as the rings have room. What a
// task waits for done, it is ready; scheduler threads, each with core groups of its own, take note
// of completions first and then hand ready tasks to cores: those of both kinds of cores, of the
// cube, of vector cores, each oldest first. A core holds one task besides the one it executes.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_SIMULATOR_DISPATCHER_H
#define TILEWORK_SIMULATOR_DISPATCHER_H

#include "Clock.h"
#include "Program.h"
#include "Recording.h"
#include "Timeline.h"

#include <array>
#include <deque>
#include <string>
#include <vector>

namespace tilework::simulator {

class Dispatcher {
public:
  Dispatcher(const recording::Recording &recording, const Programs &programs,
             const Machine &machine, Clock &clock, Timeline &timeline);

  void orchestrate();
  void scheduler(int32_t thread);
  void completionSeen(int64_t task);

  /// Where a task that has been dispatched executes: its group, and the core of its first lane.
  struct Place {
    int32_t group, firstLane;
  };
  Place placeOf(int64_t task) const { return places[task]; }

  /// The last of its cores has ended.
  void ended(int64_t task);
  bool isFinished() const { return completedTasks == static_cast<int64_t>(states.size()); }
  int64_t numCompleted() const { return completedTasks; }
  /// What it waits for when nothing happens any more, by line.
  std::vector<std::string> describeWaits() const;

private:
  enum Kind { Mixed, Cube, Vector, Kinds };
  struct State {
    int32_t pending = 0;
    bool isSubmitted = false, isCompleted = false;
  };
  struct Thread {
    bool isBusy = false;
    int64_t job = -1;
    bool completes = false; ///< the job is a completion, not a dispatch
    std::deque<int64_t> seen;
  };

  bool canGoOn();
  bool hasRoomForNext();
  void submit(int64_t task);
  void ready(int64_t task, int64_t by);
  void complete(int64_t task);
  void completeEnding();
  void retire();
  void wakeSchedulers();
  void work(int32_t thread);
  bool findWork(int32_t thread);
  bool findPlace(int32_t thread, const Program &program, Place &place) const;
  const Program &programOf(int64_t task) const { return programs[recording.tasks[task].stream]; }
  void hold(const Program &program, Place place, int32_t change);
  Time occupy(Time time, Time &total) {
    total += time;
    return clock.now() + time;
  }

  const recording::Recording &recording;
  const Programs &programs;
  const Machine &machine;
  Clock &clock;
  Timeline &timeline;

  std::vector<State> states;
  std::vector<Place> places;
  std::vector<int64_t> dependents, firstDependent; ///< by task, compressed
  std::vector<int64_t> ending;                     ///< tasks to be completed now

  // The orchestrator.
  int64_t next = 0; ///< task
  size_t nextWait = 0, nextMemory = 0;
  bool isBusy = false, submits = false;
  TaskTime::Submission waitsFor = TaskTime::Busy, waitedFor = TaskTime::Busy;
  Time waitsSince = 0;

  // The rings: everything leaves in the order it came.
  int64_t retired = 0; ///< tasks
  int64_t heapBytes = 0, heldDependences = 0;
  size_t oldestMemory = 0;
  std::vector<int64_t> lastUser; ///< by memory

  std::array<std::deque<int64_t>, Kinds> readyTasks;
  std::vector<std::array<int32_t, TW_UNITS>> held; ///< tasks, by group and core
  std::vector<Thread> threads;
  int64_t completedTasks = 0;
};

} // namespace tilework::simulator

#endif // TILEWORK_SIMULATOR_DISPATCHER_H
