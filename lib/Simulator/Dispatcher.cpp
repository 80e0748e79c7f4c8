//===- Dispatcher.cpp - from the graph to a core, and back
//-------------------------------------===//

#include "Dispatcher.h"

#include <algorithm>
#include <utility>

namespace tilework::simulator {

Dispatcher::Dispatcher(const recording::Recording &recording, const Programs &programs,
                       const Machine &machine, const Policy &policy, bool isPlanned, Clock &clock,
                       Timeline &timeline)
    : recording(recording), programs(programs), machine(machine), policy(policy), clock(clock),
      timeline(timeline), dependents(recording), levels(recording, programs, machine, dependents),
      places(machine), orchestrator(recording, machine, policy, isPlanned, clock, timeline,
                                    [this](int64_t first, int64_t last) { submit(first, last); }),
      states(recording.tasks.size()), readiness(recording.tasks.size()),
      threads(machine.schedulers) {
  timeline.tasks.resize(recording.tasks.size());
  timeline.schedulerBusy.resize(threads.size());
}

//===----------------------------------------------------------------------------------------===//
// The graph
//===----------------------------------------------------------------------------------------===//

void Dispatcher::submit(int64_t first, int64_t last) {
  bool byLevel = policy.scheduling == Scheduling::CriticalPath;
  if (byLevel && levels.submitted(first, last, oldest)) {
    sortAgain(readyTasks);
    sortAgain(earlyTasks);
  }
  for (int64_t task = first; task < last; ++task) {
    State &state = states[task];
    state.isSubmitted = true;
    for (const recording::Dependence &each : recording.tasks[task].dependences) {
      state.pending += !orchestrator.isDone(each.task);
      state.notLaunched += !states[each.task].isLaunched;
    }
  }
  for (int64_t task = first; task < last; ++task)
    if (states[task].pending == 0)
      ready(task, -1);
    else if (states[task].notLaunched == 0)
      becomeCandidate(task);
  completeEnding();
  wakeSchedulers();
}

void Dispatcher::ready(int64_t task, int64_t by) {
  timeline.tasks[task].ready = clock.now();
  timeline.tasks[task].readyBy = by;
  if (recording.tasks[task].stream == recording::Task::join) {
    ending.push_back(task);
    return;
  }
  readiness[task] = numReady++;
  if (states[task].isGated)
    return openGate(task);
  earlyTasks[kindOf(programOf(task))].erase(keyOf(task, /*isReady=*/false));
  enqueue(readyTasks, task);
}

/// A scheduler rings the doorbell of a task that waits at its cores, or will.
void Dispatcher::openGate(int64_t task) {
  State &state = states[task];
  TaskTime &times = timeline.tasks[task];
  state.isGated = false;
  times.released = clock.now() + machine.doorbell + machine.toCore;
  places.leaveGated(programOf(task), state.place, task, state.where == State::AtItsCores);
  places.take(programOf(task), state.place);
  if (state.where == State::AtItsCores)
    clock.at(std::max(times.arrived, times.released), Happens::TaskArrives, 0, task);
  launch(task);
}

/// All that it waits for executes.
void Dispatcher::becomeCandidate(int64_t task) {
  if (!policy.earlyDispatch)
    return;
  if (recording.tasks[task].stream == recording::Task::join)
    launch(task);
  else
    enqueue(earlyTasks, task);
}

/// It will be completed without anything else being given to a core.
void Dispatcher::launch(int64_t task) {
  if (states[task].isLaunched)
    return;
  states[task].isLaunched = true;
  while (oldest < static_cast<int64_t>(states.size()) && states[oldest].isLaunched)
    ++oldest;
  for (int64_t next : dependents.of(task)) {
    State &state = states[next];
    if (state.isSubmitted && --state.notLaunched == 0 && state.pending > 0)
      becomeCandidate(next);
  }
}

/// Takes note that a task has ended; joins end with what they wait for.
void Dispatcher::complete(int64_t task) {
  ending.push_back(task);
  completeEnding();
}

void Dispatcher::completeEnding() {
  if (ending.empty())
    return;
  while (!ending.empty()) {
    int64_t task = ending.back();
    ending.pop_back();
    orchestrator.completed(task);
    timeline.tasks[task].completed = clock.now();
    timeline.makespan = clock.now();
    ++completedTasks;
    for (int64_t next : dependents.of(task)) {
      State &state = states[next];
      if (state.isSubmitted && --state.pending == 0)
        ready(next, task);
    }
    launch(task);
  }
  orchestrator.retire();
}

//===----------------------------------------------------------------------------------------===//
// Queues
//===----------------------------------------------------------------------------------------===//

Dispatcher::Key Dispatcher::keyOf(int64_t task, bool isReady) const {
  if (policy.scheduling == Scheduling::CriticalPath)
    return {-levels.of(task), task, task};
  const Program &program = programOf(task);
  int64_t rank = !program.hasCube ? 2 : program.lanes > 0 ? 0 : 1;
  return {rank, isReady ? readiness[task] : task, task};
}

void Dispatcher::enqueue(Queues &queues, int64_t task) {
  queues[kindOf(programOf(task))].insert(keyOf(task, &queues == &readyTasks));
}

void Dispatcher::sortAgain(Queues &queues) {
  for (std::set<Key> &queue : queues)
    for (const Key &key : std::exchange(queue, {}))
      enqueue(queues, key.task);
}

/// The kinds of which there are any, by the first of each.
std::array<int, Dispatcher::kinds> Dispatcher::kindsByKey(const Queues &queues) const {
  std::array<int, kinds> sorted;
  int count = 0;
  for (int kind = 0; kind < kinds; ++kind)
    if (!queues[kind].empty())
      sorted[count++] = kind;
  std::sort(sorted.begin(), sorted.begin() + count,
            [&](int a, int b) { return *queues[a].begin() < *queues[b].begin(); });
  std::fill(sorted.begin() + count, sorted.end(), -1);
  return sorted;
}

//===----------------------------------------------------------------------------------------===//
// Schedulers
//===----------------------------------------------------------------------------------------===//

void Dispatcher::wakeSchedulers() {
  for (size_t thread = 0; thread < threads.size(); ++thread)
    if (!threads[thread].isBusy && !work(static_cast<int32_t>(thread)))
      return;
}

void Dispatcher::ended(int64_t task) {
  clock.at(clock.now() + machine.fromCore, Happens::CompletionSeen, 0, task);
}

void Dispatcher::completionSeen(int64_t task) {
  seen.push_back(task);
  wakeSchedulers();
}

/// The thread has done its job.
void Dispatcher::scheduler(int32_t number) {
  Thread &thread = threads[number];
  thread.isBusy = false;
  int64_t task = thread.job;
  State &state = states[task];
  TaskTime &times = timeline.tasks[task];
  if (thread.completes) {
    times.completer = number;
    places.leave(programOf(task), state.place);
    complete(task);
  } else {
    times.arrived = clock.now() + machine.toCore;
    state.where = State::AtItsCores;
    if (state.isGated)
      places.isThere(programOf(task), state.place, task);
    else
      clock.at(std::max(times.arrived, times.released), Happens::TaskArrives, 0, task);
  }
  wakeSchedulers();
}

/// Begins with a job, if there is one.
bool Dispatcher::work(int32_t number) {
  Thread &thread = threads[number];
  thread.completes = !seen.empty();
  if (thread.completes) {
    thread.job = seen.front();
    seen.pop_front();
  } else if (!findReady(number) && !findEarly(number)) {
    return false;
  }
  thread.isBusy = true;
  Time price = thread.completes ? machine.scheduleComplete : machine.scheduleDispatch;
  timeline.schedulerBusy[number] += price;
  clock.at(clock.now() + price, Happens::SchedulerGoesOn, number);
  return true;
}

bool Dispatcher::findReady(int32_t thread) {
  std::array<int, kinds> sorted = kindsByKey(readyTasks);
  if (sorted[0] < 0)
    return false;
  for (int64_t most = 0; most < machine.taskSlots; ++most)
    for (int kind : sorted) {
      if (kind < 0)
        break;
      int64_t task = readyTasks[kind].begin()->task;
      std::optional<Place> place = places.find(programOf(task), most);
      if (!place)
        continue;
      readyTasks[kind].erase(readyTasks[kind].begin());
      for (int64_t gated : places.inTheWay(programOf(task), *place))
        takeBack(gated);
      dispatch(thread, task, *place);
      places.take(programOf(task), *place);
      launch(task);
      return true;
    }
  return false;
}

bool Dispatcher::findEarly(int32_t thread) {
  for (int kind : kindsByKey(earlyTasks)) {
    if (kind < 0)
      return false;
    int64_t task = earlyTasks[kind].begin()->task;
    std::optional<Place> place = places.findEarly(programOf(task));
    if (!place)
      continue;
    earlyTasks[kind].erase(earlyTasks[kind].begin());
    dispatch(thread, task, *place);
    states[task].isGated = true;
    places.takeGated(programOf(task), *place);
    return true;
  }
  return false;
}

void Dispatcher::dispatch(int32_t thread, int64_t task, Place place) {
  states[task].place = place;
  states[task].where = State::OnItsWay;
  TaskTime &times = timeline.tasks[task];
  times.dispatched = clock.now();
  times.group = place.group;
  times.scheduler = thread;
  threads[thread].job = task;
}

/// A gated task gives its slot to a ready one, and will have to be dispatched again.
void Dispatcher::takeBack(int64_t task) {
  State &state = states[task];
  TaskTime &times = timeline.tasks[task];
  const Program &program = programOf(task);
  places.leaveGated(program, state.place, task, /*wasThere=*/true);
  int32_t cores = program.hasCube | ((1 << program.lanes) - 1) << (1 + state.place.firstLane);
  timeline.takenBack.push_back(
      {task, times.dispatched, clock.now(), state.place.group, cores, times.scheduler, 0});
  times.dispatched = times.arrived = -1;
  times.group = times.scheduler = -1;
  state.where = State::Waiting;
  state.isGated = false;
  state.place = {};
  enqueue(earlyTasks, task);
}

} // namespace tilework::simulator
