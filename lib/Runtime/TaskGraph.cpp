//===- TaskGraph.cpp - tasks, what they wait for, and who runs next -----------------*- C++ -*-===//

#include "TaskGraph.h"

#include <algorithm>

namespace tilework::runtime {

/// A well mixed function of both (the finalizer of a 64-bit multiplicative hash).
static uint64_t mix(uint64_t seed, uint64_t value) {
  uint64_t x = seed + (value + 1) * 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

//===----------------------------------------------------------------------------------------===//
// The submitting thread
//===----------------------------------------------------------------------------------------===//

bool TaskGraph::isFull() {
  while (oldest < next && at(oldest).ended.load(std::memory_order_acquire))
    ++oldest;
  return next - oldest == window;
}

Task &TaskGraph::prepare() {
  if (ring.size() < static_cast<size_t>(window))
    ring.emplace_back();
  Task &task = ring[next % window];
  task.id = next;
  return task;
}

void TaskGraph::submit(Task &task, const std::vector<Dependence> &dependences) {
  std::lock_guard lock(mutex);
  task.ended.store(false, std::memory_order_relaxed);
  task.pending = 0;
  for (const Dependence &dependence : dependences) {
    if (isEnded(dependence.task))
      continue;
    ring[dependence.task % window].successors.push_back(&task);
    ++task.pending;
  }
  ++next;
  mostOutstanding = std::max(mostOutstanding, ++outstanding);
  if (task.pending == 0) {
    push(task);
    if (sleepers > 0)
      changed.notify_one();
  }
}

//===----------------------------------------------------------------------------------------===//
// Any thread
//===----------------------------------------------------------------------------------------===//

void TaskGraph::close() {
  std::lock_guard lock(mutex);
  closed = true;
  changed.notify_all();
}

void TaskGraph::stopAfter(int64_t id) {
  std::lock_guard lock(mutex);
  lastToRun = std::min(lastToRun, id);
  stopped.store(true, std::memory_order_release);
  changed.notify_all();
}

void TaskGraph::push(Task &task) {
  ready.push_back({orderSeed ? mix(*orderSeed, task.id) : task.id, &task});
  std::push_heap(ready.begin(), ready.end());
}

Task *TaskGraph::take() {
  if (ready.empty())
    return nullptr;
  std::pop_heap(ready.begin(), ready.end());
  Task *task = ready.back().task;
  ready.pop_back();
  return task;
}

void TaskGraph::end(Task &task) {
  int64_t woken = -1; // this thread takes one of them itself
  for (Task *successor : task.successors) {
    if (--successor->pending > 0)
      continue;
    push(*successor);
    ++woken;
  }
  task.successors.clear();
  --outstanding;
  task.ended.store(true, std::memory_order_release);
  bool someoneMayLeave = submitterWaits || (closed && outstanding == 0);
  if (sleepers > 0 && someoneMayLeave)
    changed.notify_all();
  for (; sleepers > 0 && woken > 0; --woken)
    changed.notify_one();
}

} // namespace tilework::runtime
