//===- Orchestrator.cpp - submission, and the rings -------------------------------------------===//

#include "Orchestrator.h"

#include "Work.h"

#include <algorithm>

namespace tilework::simulator {

Orchestrator::Orchestrator(const recording::Recording &recording, const Machine &machine,
                           const Policy &policy, bool isPlanned, Clock &clock, Timeline &timeline,
                           Submit submit)
    : recording(recording), machine(machine), clock(clock), timeline(timeline),
      submit(std::move(submit)), usesHeap(!isPlanned), isCompleted(recording.tasks.size()),
      entries(recording.tasks.size() + 1), lastUser(recording::lastUsers(recording)) {
  for (size_t task = 0; task < recording.tasks.size(); ++task)
    entries[task + 1] =
        entries[task] + static_cast<int64_t>(recording.tasks[task].dependences.size());
  while (nextMemory < recording.memories.size() && recording.memories[nextMemory].tasksBefore < 0)
    ++nextMemory; // the caller's
  oldestMemory = nextMemory;
  planParts(policy);
}

//===----------------------------------------------------------------------------------------===//
// Parts and prices
//===----------------------------------------------------------------------------------------===//

/// Whether the runtime looks for its dependences, as those of its arguments were not known before.
bool Orchestrator::isTracked(int64_t task) const {
  int32_t stream = recording.tasks[task].stream;
  return stream != recording::Task::join &&
         recording.kernels[recording.streams[stream].kernel].trackedArguments > 0;
}

/// Of one that is submitted alone.
Time Orchestrator::priceOf(int64_t task) const {
  return machine.submit - (isTracked(task) ? 0 : machine.lookup);
}

void Orchestrator::planParts(const Policy &policy) {
  auto parts = recording::partsOf(
      recording, recording::graphsOf(recording),
      {machine.windowTasks, usesHeap ? machine.heapBytes : never, machine.dependenceEntries});
  for (recording::Part part : parts) {
    Time alone = 0, together = machine.submitGraph;
    for (int64_t task = part.first; task < part.last; ++task) {
      alone += priceOf(task);
      together += isTracked(task) ? machine.lookup : 0;
    }
    if (policy.submission == Submission::Graph && together < alone)
      planGraph(part);
    else
      for (int64_t task = part.first; task < part.last; ++task)
        steps.push_back({{task, task + 1}, priceOf(task)});
  }
}

/// A graph is there at once, up to the first task whose dependences have to be looked up; from
/// there on as far as they have been.
void Orchestrator::planGraph(recording::Part graph) {
  Step step = {graph, machine.submitGraph};
  for (int64_t task = graph.first; task < graph.last; ++task) {
    if (!isTracked(task))
      continue;
    if (task > step.part.first) {
      steps.push_back({{step.part.first, task}, step.price});
      step = {{task, graph.last}, 0};
    }
    step.price += machine.lookup;
  }
  steps.push_back(step);
}

//===----------------------------------------------------------------------------------------===//
// Submission
//===----------------------------------------------------------------------------------------===//

void Orchestrator::goOn() {
  isBusy = false;
  if (submits) {
    submits = false;
    auto [first, last] = steps[next].part;
    for (int64_t task = first; task < last; ++task) {
      TaskTime &times = timeline.tasks[task];
      times.submitting = began;
      times.submitted = clock.now();
      times.submission = waitedFor;
      times.part = static_cast<int32_t>(next);
    }
    waitedFor = TaskTime::Busy;
    ++next;
    submit(first, last);
  }
  begin();
}

bool Orchestrator::hasRoom(const recording::Part &part) {
  if (part.last - retired > machine.windowTasks)
    waitsFor = TaskTime::ForWindow;
  else if (entries[part.last] - entries[retired] > machine.dependenceEntries)
    waitsFor = TaskTime::ForDependences;
  return waitsFor == TaskTime::Busy;
}

/// Tensors that are made before the next part, or between its tasks, as long as there is room.
void Orchestrator::allocate() {
  if (!usesHeap)
    return;
  int64_t until = next < steps.size() ? steps[next].part.last - 1
                                      : static_cast<int64_t>(recording.tasks.size());
  for (; nextMemory < recording.memories.size() &&
         recording.memories[nextMemory].tasksBefore <= until;
       ++nextMemory) {
    int64_t bytes = recording.memories[nextMemory].bytes;
    if (heapBytes + bytes > machine.heapBytes) {
      waitsFor = TaskTime::ForHeap;
      return;
    }
    heapBytes += bytes;
    timeline.heapPeak = std::max(timeline.heapPeak, heapBytes);
  }
}

/// Begins with the next thing there is to do; false if there is none, or if it waits.
bool Orchestrator::begin() {
  if (isBusy)
    return false;
  TaskTime::Submission waited = waitsFor;
  waitsFor = TaskTime::Busy;
  Time price = 0;
  allocate();
  int64_t until = next < steps.size() ? steps[next].part.last
                                      : static_cast<int64_t>(recording.tasks.size()) + 1;
  bool readsScalar =
      nextWait < recording.waits.size() && recording.waits[nextWait].tasksBefore < until;
  if (waitsFor != TaskTime::Busy) {
  } else if (readsScalar) {
    const auto &writers = recording.waits[nextWait].writers;
    if (std::all_of(writers.begin(), writers.end(), [&](int64_t task) { return isDone(task); })) {
      ++nextWait;
      price = machine.conditionLoad;
    } else {
      waitsFor = TaskTime::ForScalar;
    }
  } else if (next == steps.size()) {
    return false;
  } else if (hasRoom(steps[next].part)) {
    submits = true;
    price = steps[next].price;
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
  began = clock.now();
  timeline.orchestratorBusy += price;
  clock.at(clock.now() + price, Happens::OrchestratorGoesOn, 0);
  return true;
}

void Orchestrator::retire() {
  auto total = static_cast<int64_t>(isCompleted.size());
  while (retired < total && isCompleted[retired])
    ++retired;
  for (; oldestMemory < nextMemory && lastUser[oldestMemory] < retired &&
         recording.memories[oldestMemory].tasksBefore <= retired;
       ++oldestMemory)
    heapBytes -= recording.memories[oldestMemory].bytes;
  begin();
}

std::vector<std::string> Orchestrator::describeWaits() const {
  static const char *const reasons[] = {
      "", "a place in the window of tasks ('rings.window')", "room in the heap ('rings.heap')",
      "entries for dependences ('rings.dependences')", "the writers of a scalar that it reads"};
  if (waitsFor == TaskTime::Busy)
    return {};
  int64_t task =
      next < steps.size() ? steps[next].part.first : static_cast<int64_t>(recording.tasks.size());
  return {"the orchestrator, before task " + std::to_string(task) + ", waits for " +
          reasons[waitsFor]};
}

} // namespace tilework::simulator
