//===- Dispatcher.cpp - from submission to a core, and back
//-------------------------------------===//

#include "Dispatcher.h"

#include "Work.h"

#include <algorithm>

namespace tilework::simulator {

Dispatcher::Dispatcher(const recording::Recording &recording, const Programs &programs,
                       const Machine &machine, Clock &clock, Timeline &timeline)
    : recording(recording), programs(programs), machine(machine), clock(clock), timeline(timeline),
      states(recording.tasks.size()), places(recording.tasks.size(), {-1, 0}),
      firstDependent(recording.tasks.size() + 1), lastUser(recording::lastUsers(recording)),
      held(machine.groups), threads(machine.schedulers) {
  timeline.tasks.resize(recording.tasks.size());
  timeline.schedulerBusy.resize(threads.size());
  for (const recording::Task &task : recording.tasks)
    for (const recording::Dependence &each : task.dependences)
      ++firstDependent[each.task + 1];
  for (size_t task = 0; task < recording.tasks.size(); ++task)
    firstDependent[task + 1] += firstDependent[task];
  dependents.resize(firstDependent.back());
  std::vector<int64_t> filled(firstDependent);
  for (size_t task = 0; task < recording.tasks.size(); ++task)
    for (const recording::Dependence &each : recording.tasks[task].dependences)
      dependents[filled[each.task]++] = static_cast<int64_t>(task);
  while (nextMemory < recording.memories.size() && recording.memories[nextMemory].tasksBefore < 0)
    ++nextMemory; // the caller's
  oldestMemory = nextMemory;
}

//===----------------------------------------------------------------------------------------===//
// The orchestrator
//===----------------------------------------------------------------------------------------===//

/// Its price paid, what it was at takes effect; then it turns to the next as far as it can.
void Dispatcher::orchestrate() {
  isBusy = false;
  if (submits) {
    submits = false;
    submit(next++);
  }
  canGoOn();
}

bool Dispatcher::hasRoomForNext() {
  const recording::Task &task = recording.tasks[next];
  if (next - retired >= machine.windowTasks) {
    waitsFor = TaskTime::ForWindow;
    return false;
  }
  auto entries = static_cast<int64_t>(task.dependences.size());
  if (heldDependences > 0 && heldDependences + entries > machine.dependenceEntries) {
    waitsFor = TaskTime::ForDependences;
    return false;
  }
  return true;
}

/// Begins with the next thing the orchestrator has to do; false if there is none, or if it waits.
bool Dispatcher::canGoOn() {
  if (isBusy)
    return false;
  TaskTime::Submission waited = waitsFor;
  waitsFor = TaskTime::Busy;
  Time price = machine.submit;
  auto total = static_cast<int64_t>(recording.tasks.size());
  while (nextMemory < recording.memories.size() &&
         recording.memories[nextMemory].tasksBefore <= next) {
    int64_t bytes = recording.memories[nextMemory].bytes;
    if (heapBytes > 0 && heapBytes + bytes > machine.heapBytes) {
      waitsFor = TaskTime::ForHeap;
      break;
    }
    if (bytes > machine.heapBytes)
      throw DescriptionError("'" + recording.memories[nextMemory].name + "' expects a heap of " +
                             std::to_string(bytes) + " bytes, but 'rings.heap' is " +
                             std::to_string(machine.heapBytes));
    heapBytes += bytes;
    timeline.heapPeak = std::max(timeline.heapPeak, heapBytes);
    ++nextMemory;
  }
  if (waitsFor == TaskTime::Busy) {
    bool readsScalar =
        nextWait < recording.waits.size() && recording.waits[nextWait].tasksBefore <= next;
    if (readsScalar) {
      const auto &writers = recording.waits[nextWait].writers;
      if (std::all_of(writers.begin(), writers.end(),
                      [&](int64_t task) { return states[task].isCompleted; })) {
        ++nextWait;
        price = machine.conditionLoad;
      } else {
        waitsFor = TaskTime::ForScalar;
      }
    } else if (next == total) {
      return false;
    } else if (hasRoomForNext()) {
      submits = true;
    }
  }
  if (waitsFor != TaskTime::Busy) {
    if (waited == TaskTime::Busy)
      waitsSince = clock.now();
    return false;
  }
  if (waited != TaskTime::Busy) {
    timeline.orchestratorWaits += clock.now() - waitsSince;
    waitedFor = waited;
  }
  isBusy = true;
  clock.at(occupy(price, timeline.orchestratorBusy), Happens::OrchestratorGoesOn, 0);
  return true;
}

void Dispatcher::submit(int64_t task) {
  State &state = states[task];
  TaskTime &times = timeline.tasks[task];
  times.submitted = clock.now();
  times.submission = waitedFor;
  waitedFor = TaskTime::Busy;
  state.isSubmitted = true;
  heldDependences += static_cast<int64_t>(recording.tasks[task].dependences.size());
  for (const recording::Dependence &each : recording.tasks[task].dependences)
    state.pending += !states[each.task].isCompleted;
  if (state.pending == 0)
    ready(task, -1);
  if (!ending.empty())
    completeEnding();
}

//===----------------------------------------------------------------------------------------===//
// The graph
//===----------------------------------------------------------------------------------------===//

void Dispatcher::ready(int64_t task, int64_t by) {
  timeline.tasks[task].ready = clock.now();
  timeline.tasks[task].readyBy = by;
  if (recording.tasks[task].stream == recording::Task::join) {
    ending.push_back(task);
    return;
  }
  const Program &program = programOf(task);
  Kind kind = !program.hasCube ? Vector : program.lanes > 0 ? Mixed : Cube;
  readyTasks[kind].push_back(task);
  wakeSchedulers();
}

/// Takes note that a task has ended; joins end with what they wait for.
void Dispatcher::complete(int64_t task) {
  ending.push_back(task);
  completeEnding();
}

void Dispatcher::completeEnding() {
  while (!ending.empty()) {
    int64_t task = ending.back();
    ending.pop_back();
    states[task].isCompleted = true;
    timeline.tasks[task].completed = clock.now();
    timeline.makespan = clock.now();
    ++completedTasks;
    for (int64_t i = firstDependent[task]; i < firstDependent[task + 1]; ++i) {
      State &state = states[dependents[i]];
      if (state.isSubmitted && --state.pending == 0)
        ready(dependents[i], task);
    }
  }
  retire();
  canGoOn();
}

void Dispatcher::retire() {
  auto total = static_cast<int64_t>(states.size());
  for (; retired < total && states[retired].isCompleted; ++retired)
    heldDependences -= static_cast<int64_t>(recording.tasks[retired].dependences.size());
  for (; oldestMemory < nextMemory && lastUser[oldestMemory] < retired &&
         recording.memories[oldestMemory].tasksBefore <= retired;
       ++oldestMemory)
    heapBytes -= recording.memories[oldestMemory].bytes;
}

//===----------------------------------------------------------------------------------------===//
// Schedulers
//===----------------------------------------------------------------------------------------===//

void Dispatcher::wakeSchedulers() {
  for (size_t thread = 0; thread < threads.size(); ++thread)
    work(static_cast<int32_t>(thread));
}

void Dispatcher::ended(int64_t task) {
  clock.at(clock.now() + machine.fromCore, Happens::CompletionSeen, 0, task);
}

void Dispatcher::completionSeen(int64_t task) {
  auto thread = static_cast<int32_t>(places[task].group % threads.size());
  threads[thread].seen.push_back(task);
  work(thread);
}

/// The thread has done its job.
void Dispatcher::scheduler(int32_t number) {
  Thread &thread = threads[number];
  thread.isBusy = false;
  int64_t task = thread.job;
  if (thread.completes) {
    hold(programOf(task), places[task], -1);
    complete(task);
  } else {
    timeline.tasks[task].arrived = clock.now() + machine.toCore;
    clock.at(clock.now() + machine.toCore, Happens::TaskArrives, 0, task);
  }
  work(number);
}

void Dispatcher::work(int32_t number) {
  Thread &thread = threads[number];
  if (thread.isBusy)
    return;
  Time price = machine.scheduleComplete;
  if (!thread.seen.empty()) {
    thread.job = thread.seen.front();
    thread.seen.pop_front();
    thread.completes = true;
  } else if (findWork(number)) {
    thread.completes = false;
    price = machine.scheduleDispatch;
  } else {
    return;
  }
  thread.isBusy = true;
  clock.at(occupy(price, timeline.schedulerBusy[number]), Happens::SchedulerGoesOn, number);
}

bool Dispatcher::findWork(int32_t thread) {
  for (std::deque<int64_t> &queue : readyTasks) {
    Place place;
    if (queue.empty() || !findPlace(thread, programOf(queue.front()), place))
      continue;
    int64_t task = queue.front();
    queue.pop_front();
    places[task] = place;
    hold(programOf(task), place, +1);
    timeline.tasks[task].dispatched = clock.now();
    timeline.tasks[task].group = place.group;
    timeline.tasks[task].scheduler = thread;
    threads[thread].job = task;
    return true;
  }
  return false;
}

/// The first of the thread's places where the task has the fewest others before it.
bool Dispatcher::findPlace(int32_t thread, const Program &program, Place &place) const {
  int32_t fewest = static_cast<int32_t>(machine.taskSlots);
  for (auto group = thread; group < machine.groups; group += static_cast<int32_t>(threads.size()))
    for (int32_t firstLane = 0; firstLane <= (program.lanes == 1 && !program.hasCube);
         ++firstLane) {
      int32_t before = program.hasCube ? held[group][TW_CUBE] : 0;
      for (int32_t lane = firstLane; lane < firstLane + program.lanes; ++lane)
        before = std::max(before, held[group][TW_VECTOR_0 + lane]);
      if (before < fewest) {
        fewest = before;
        place = {group, firstLane};
      }
    }
  return fewest < machine.taskSlots;
}

void Dispatcher::hold(const Program &program, Place place, int32_t change) {
  if (program.hasCube)
    held[place.group][TW_CUBE] += change;
  for (int32_t lane = place.firstLane; lane < place.firstLane + program.lanes; ++lane)
    held[place.group][TW_VECTOR_0 + lane] += change;
}

std::vector<std::string> Dispatcher::describeWaits() const {
  static const char *const reasons[] = {
      "", "a place in the window of tasks ('rings.window')", "room in the heap ('rings.heap')",
      "entries for dependences ('rings.dependences')", "the writers of a scalar that it reads"};
  std::vector<std::string> lines;
  if (waitsFor == TaskTime::Busy)
    return lines;
  lines.push_back("the orchestrator, before task " + std::to_string(next) + ", waits for " +
                  reasons[waitsFor]);
  if (waitsFor == TaskTime::ForHeap && oldestMemory < nextMemory)
    lines.push_back("'" + recording.memories[oldestMemory].name +
                    "', the oldest there, is used by task " +
                    std::to_string(lastUser[oldestMemory]));
  return lines;
}

} // namespace tilework::simulator
