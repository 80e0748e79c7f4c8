//===- TaskGraph.cpp - tasks, what they wait for, and who runs next -----------------*- C++ -*-===//

#include "TaskGraph.h"

#include <algorithm>
#include <thread>

namespace tilework::runtime {

Task TaskGraph::succeeded, TaskGraph::failed;

/// A well mixed function of both (the finalizer of a 64-bit multiplicative hash).
static uint64_t mix(uint64_t seed, uint64_t value) {
  uint64_t x = seed + (value + 1) * 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

static int64_t powerOfTwoFrom(int64_t least) {
  int64_t power = 1;
  while (power < least)
    power *= 2;
  return power;
}

TaskGraph::TaskGraph(int64_t window, std::optional<uint64_t> orderSeed)
    : window(std::min<int64_t>(window, INT32_MAX)), mask(2 * powerOfTwoFrom(this->window) - 1),
      orderSeed(orderSeed), blocks((mask + blockTasks) / blockTasks) {}

//===----------------------------------------------------------------------------------------===//
// The submitting thread
//===----------------------------------------------------------------------------------------===//

bool TaskGraph::isFailed(int64_t id) const {
  if (id >= oldest)
    return stateOf(id) == &failed;
  return std::binary_search(failures.begin(), failures.end(), id);
}

int64_t TaskGraph::endedBefore() {
  for (; oldest < next; ++oldest) {
    const Task *state = stateOf(oldest);
    if (!isEnd(state))
      break;
    if (state == &failed)
      failures.push_back(oldest);
  }
  return oldest;
}

Task &TaskGraph::prepare(int32_t kernel, const int64_t *slots, int64_t numSlots) {
  if (placeOf(next) / blockTasks == usedBlocks)
    blocks[usedBlocks++].reset(new Task[std::min(blockTasks, mask + 1)]);
  Task &task = at(next);
  task.id = next;
  task.kernel = kernel;
  int64_t *copy = storage.allocate<int64_t>(numSlots, next, oldest);
  std::copy_n(slots, numSlots, copy);
  task.slots = copy;
  return task;
}

void TaskGraph::submit(Task &task, const std::vector<Dependence> &dependences, bool isFailed) {
  task.isPoisoned = isFailed;
  task.waiting.store(nullptr, std::memory_order_relaxed);
  task.numBefore = 0;
  if (!dependences.empty()) {
    int32_t *before = storage.allocate<int32_t>(dependences.size(), next, oldest);
    task.before = before;
    int32_t numBefore = 0;
    for (const Dependence &dependence : dependences) {
      if (dependence.task >= oldest)
        before[numBefore++] = next - dependence.task;
      else if (this->isFailed(dependence.task))
        task.isPoisoned = true;
    }
    task.numBefore = numBefore;
  }
  ++next;
  if (next - oldest > mostOutstanding) // or there is no need to ask
    mostOutstanding = std::max(mostOutstanding, next - std::max(oldest, ended.load()));
  if (await(task))
    return;
  makeReady(task);
  wake(1);
}

//===----------------------------------------------------------------------------------------===//
// Any thread
//===----------------------------------------------------------------------------------------===//

void TaskGraph::close() {
  closed.store(true);
  std::lock_guard lock(mutex);
  changed.notify_all();
}

/// Has the task wait for the latest predecessor that has not ended; false when there is none. Once
/// it waits, it is another thread's.
bool TaskGraph::await(Task &task) {
  while (task.numBefore > 0) {
    Task &before = at(task.id - task.before[--task.numBefore]);
    task.next = before.waiting.load(std::memory_order_acquire);
    while (!isEnd(task.next))
      if (before.waiting.compare_exchange_weak(task.next, &task, std::memory_order_release,
                                               std::memory_order_acquire))
        return true;
    task.isPoisoned |= task.next == &failed;
  }
  return false;
}

void TaskGraph::makeReady(Task &task) {
  task.next = inbox.load(std::memory_order_relaxed);
  while (!inbox.compare_exchange_weak(task.next, &task)) {
  }
}

/// Wakes threads for what has been published.
void TaskGraph::wake(int64_t count) {
  count = std::min(count, sleepers.load());
  if (count <= 0)
    return;
  std::lock_guard lock(mutex);
  for (; count > 0; --count)
    changed.notify_one();
}

void TaskGraph::end(Task &task, bool success) {
  Task *waiting = task.waiting.exchange(success ? &succeeded : &failed);
  // From here on the task's place may be taken by another one.
  int64_t made = 0;
  while (waiting) {
    Task &successor = *waiting;
    waiting = successor.next; // afterwards it may be gone
    successor.isPoisoned |= !success;
    if (await(successor))
      continue;
    makeReady(successor);
    ++made;
  }
  int64_t count = ++ended;
  // The submitting thread may have waited for this task, everyone for the last one.
  if (submitterSleeps.load() || (closed.load() && count == next)) {
    std::lock_guard lock(mutex);
    changed.notify_all();
  } else {
    wake(made - 1); // this thread takes one of them itself
  }
}

//===----------------------------------------------------------------------------------------===//
// With the mutex
//===----------------------------------------------------------------------------------------===//

/// It is held for less time than it takes to fall asleep.
void TaskGraph::acquire(std::unique_lock<std::mutex> &lock) {
  for (int i = 0; i < 64; ++i) {
    if (lock.try_lock())
      return;
    __builtin_ia32_pause();
  }
  lock.lock();
}

/// Small tasks come and end faster than a thread falls asleep and wakes up. Whether something has
/// happened meanwhile.
bool TaskGraph::spin(std::unique_lock<std::mutex> &lock) {
  constexpr int spins = 500; // some 10 us
  static const bool isAlone = std::thread::hardware_concurrency() == 1;
  if (isAlone)
    return false;
  int64_t before = ended.load(std::memory_order_relaxed);
  bool wasClosed = closed.load(std::memory_order_relaxed), happened = false;
  lock.unlock();
  for (int i = 0; i < spins && !happened; ++i) {
    __builtin_ia32_pause();
    happened = inbox.load(std::memory_order_relaxed) ||
               ended.load(std::memory_order_relaxed) != before ||
               closed.load(std::memory_order_relaxed) != wasClosed;
  }
  acquire(lock);
  return happened;
}

void TaskGraph::enter(Task &task) {
  Ready ready = {orderSeed ? mix(*orderSeed, task.id) : static_cast<uint64_t>(task.id), &task};
  if (run.empty() || run.back().priority < ready.priority)
    return run.push_back(ready);
  heap.push_back(ready);
  std::push_heap(heap.begin(), heap.end());
}

Task *TaskGraph::take() {
  Task *arrived = nullptr;
  Task *task = inbox.load(std::memory_order_relaxed) ? inbox.exchange(nullptr) : nullptr;
  for (Task *after; task; task = after) {
    after = task->next;
    task->next = arrived;
    arrived = task;
  }
  for (; arrived; arrived = arrived->next)
    enter(*arrived);
  if (!run.empty() && (heap.empty() || run.front().priority < heap.front().priority)) {
    task = run.front().task;
    run.pop_front();
  } else if (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end());
    task = heap.back().task;
    heap.pop_back();
  }
  return task;
}

} // namespace tilework::runtime
