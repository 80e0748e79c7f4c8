//===- TaskGraph.h - tasks, what they wait for, and who runs next -------------------*- C++ -*-===//
//
// One thread submits; any number of threads, that one among them, call work(). Tasks live in a
// ring: a task may be submitted once the one `window` places earlier has ended, so memory is
// bounded and "ended" is a comparison for all but the last `window` tasks. The oldest task that
// has not ended never waits for anything, so the ring always moves.
//
// One mutex guards everything that two threads touch.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_TASKGRAPH_H
#define TILEWORK_RUNTIME_TASKGRAPH_H

#include "AccessMap.h"
#include "Recorder.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <limits>
#include <mutex>
#include <optional>
#include <vector>

namespace tilework::runtime {

struct Task {
  static constexpr int32_t join = -1; ///< `kernel` of a task that only waits

  int64_t id = 0;
  int32_t kernel = join;
  std::vector<int64_t> slots;
  std::vector<Rectangle> rectangles; ///< what it declared, where its walk has to know
  std::vector<Placed> memory;        ///< that its arguments lie in, where it is recorded
  std::vector<Task *> successors;
  int64_t pending = 0;           ///< predecessors that have not ended
  std::atomic<bool> ended{true}; ///< run, or dropped
};

class TaskGraph {
public:
  /// With a seed, ready tasks are taken in a pseudo-random order instead of oldest first.
  TaskGraph(int64_t window, std::optional<uint64_t> orderSeed)
      : window(window), orderSeed(orderSeed) {}

  // The submitting thread.

  int64_t size() const { return next; }
  bool isEnded(int64_t id) const {
    return id < oldest || at(id).ended.load(std::memory_order_acquire);
  }
  /// Whether the next task has no place in the ring yet.
  bool isFull();
  /// The place of the next task, to be filled and given to submit().
  Task &prepare();
  /// Queues the prepared task behind `dependences` (each task at most once).
  void submit(Task &task, const std::vector<Dependence> &dependences);
  int64_t maxOutstanding() const { return mostOutstanding; }

  // Any thread.

  /// No more tasks will come.
  void close();
  /// Ends the run early: tasks after `id` are dropped, earlier ones still run. The submitting
  /// thread asks isStopped() when it has a chance to leave.
  void stopAfter(int64_t id);
  bool isStopped() const { return stopped.load(std::memory_order_acquire); }

  /// Runs ready tasks on this thread until `until()` holds; sleeps while there are none.
  template <typename Until, typename Execute> void work(Until until, Execute execute) {
    std::unique_lock lock(mutex);
    while (!until()) {
      Task *task = take();
      if (!task) {
        ++sleepers;
        changed.wait(lock);
        --sleepers;
        continue;
      }
      bool dropped = task->id > lastToRun;
      lock.unlock();
      if (!dropped && task->kernel != Task::join)
        execute(*task);
      lock.lock();
      end(*task);
    }
    // What this thread made ready and will not take itself.
    if (sleepers > 0 && !ready.empty())
      changed.notify_all();
  }
  /// work() until the graph is closed and every task has ended.
  template <typename Execute> void drain(Execute execute) {
    work([&] { return closed && outstanding == 0; }, execute);
  }
  /// work() on the submitting thread until `done()` holds; done() is asked after every task that
  /// ends anywhere.
  template <typename Done, typename Execute> void workUntil(Done done, Execute execute) {
    submitterWaits = true;
    work(done, execute);
    submitterWaits = false;
  }

private:
  const Task &at(int64_t id) const { return ring[id % window]; }
  Task *take();
  void push(Task &task);
  void end(Task &task);

  const int64_t window;
  const std::optional<uint64_t> orderSeed;

  // The submitting thread's. Others hold pointers to tasks, which a deque does not move.
  std::deque<Task> ring;
  int64_t next = 0, oldest = 0, mostOutstanding = 0;
  std::atomic<bool> submitterWaits{false};

  std::mutex mutex;
  std::condition_variable changed;
  struct Ready {
    uint64_t priority;
    Task *task;
    bool operator<(const Ready &other) const { return priority > other.priority; }
  };
  std::vector<Ready> ready; ///< heap
  int64_t outstanding = 0;
  int64_t sleepers = 0;
  bool closed = false;
  int64_t lastToRun = std::numeric_limits<int64_t>::max();
  std::atomic<bool> stopped{false};
};

} // namespace tilework::runtime

#endif // TILEWORK_RUNTIME_TASKGRAPH_H
