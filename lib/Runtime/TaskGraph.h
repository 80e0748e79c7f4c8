//===- TaskGraph.h - tasks, what they wait for, and who runs next -------------------*- C++ -*-===//
//
// One thread submits; any number of threads, that one among them, call work(). Tasks live in a
// ring: a task may be submitted once the one `window` places earlier has ended, so memory is
// bounded and "ended" is a comparison for all but the last `window` tasks. The oldest task that
// has not ended never waits for anything, so the ring always moves.
//
// A task that fails, or is dropped, drops the tasks that depend on it, and no others. Which ones
// those are is known for as long as the graph lives, so it does not depend on time.
//
// A task waits for one of its predecessors at a time, the latest that has not ended: the others
// have mostly ended when that one does. So a submission is published once, however many
// predecessors it has. Who ends a task looks for what those that waited for it wait for next. For
// that the ring is twice as long as the window: the place of a predecessor is not taken by another
// task as long as a task that depends on it has not ended.
//
// Who waits, and which tasks have become ready, is published without a lock, in lists that are only
// ever added to or taken as a whole:
// - A task's list of those that wait is closed when it ends. Whoever comes later sees that there is
//   nothing to wait for, and how it ended. What was written before is visible then.
// - Ready tasks arrive in the inbox. A thread that has published something looks for sleepers
//   afterwards; a thread that falls asleep counts itself among them before it looks at the inbox.
//   Both are sequentially consistent, so at least one of the two sees the other.
// One mutex guards the rest: the order of ready tasks, and sleeping.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_TASKGRAPH_H
#define TILEWORK_RUNTIME_TASKGRAPH_H

#include "AccessMap.h"
#include "Recorder.h"
#include "TaskStorage.h"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace tilework::runtime {

/// What a task is given beside its slots where it is walked.
struct WalkDetails {
  std::vector<Rectangle> rectangles; ///< what it declared, where its walk has to know
  std::vector<Placed> memory;        ///< that its arguments lie in, where it is recorded
};

/// Tasks that end at the same time on two threads share no cache line.
struct alignas(64) Task {
  static constexpr int32_t join = -1; ///< `kernel` of a task that only waits

  int64_t id = 0;
  int32_t kernel = join;
  bool isPoisoned = false;              ///< a predecessor has failed or been dropped
  int32_t numBefore = 0;                ///< predecessors that it may still have to wait for,
  const int32_t *before = nullptr;      ///< by how much; in the graph's storage, the nearest last
  std::atomic<Task *> waiting{nullptr}; ///< the first that waits for it; or how it has ended
  Task *next = nullptr;                 ///< that waits for the same, or in the inbox
  const int64_t *slots = nullptr;       ///< in the graph's storage
  std::unique_ptr<WalkDetails> details; ///< null where nothing is walked
};

class TaskGraph {
public:
  /// With a seed, ready tasks are taken in a pseudo-random order instead of oldest first.
  TaskGraph(int64_t window, std::optional<uint64_t> orderSeed);

  // The submitting thread.

  int64_t size() const { return next; }
  bool isEnded(int64_t id) const { return id < oldest || isEnd(stateOf(id)); }
  /// Whether it failed or was dropped; of tasks that have ended.
  bool isFailed(int64_t id) const;
  /// Whether nothing ever has to wait for it again, or be dropped because of it.
  bool isRetired(int64_t id) const {
    if (id < oldest)
      return isLongRetired(id);
    return id < next && stateOf(id) == &succeeded; // one that is about to be submitted is not
  }
  /// Whether that has been so for a while. It does not ask the task.
  bool isLongRetired(int64_t id) const {
    return id < oldest && (failures.empty() || !isFailed(id));
  }
  /// A task before which every task has ended. It never descends.
  int64_t endedBefore();
  /// Whether the next task has no place in the ring yet.
  bool isFull() { return next - endedBefore() == window; }
  /// The place of the next task, with a copy of its slots, to be filled and given to submit().
  Task &prepare(int32_t kernel, const int64_t *slots, int64_t numSlots);
  /// Queues the prepared task behind `dependences` (each task at most once). With `isFailed` it is
  /// dropped, as what depends on it.
  void submit(Task &task, const std::vector<Dependence> &dependences, bool isFailed = false);
  int64_t maxOutstanding() const { return mostOutstanding; }
  size_t capacityBytes() const {
    return usedBlocks * blockTasks * sizeof(Task) + storage.capacityBytes();
  }

  // Any thread.

  /// No more tasks will come.
  void close();
  /// Drops all that has not started. The submitting thread asks isCancelled() when it has a chance
  /// to leave.
  void cancel() { cancelled.store(true, std::memory_order_release); }
  bool isCancelled() const { return cancelled.load(std::memory_order_acquire); }

  /// Runs ready tasks on this thread until `until()` holds; sleeps while there are none.
  /// `execute(task)` says whether it has succeeded; joins are not executed.
  template <typename Until, typename Execute>
  void work(Until until, Execute execute, bool submits = false) {
    std::unique_lock lock(mutex, std::defer_lock);
    acquire(lock);
    while (!until()) {
      Task *task = take();
      if (!task) {
        if (!spin(lock))
          sleep(lock, until, submits);
        continue;
      }
      lock.unlock();
      bool dropped = task->isPoisoned || isCancelled();
      end(*task, !dropped && (task->kernel == Task::join || execute(*task)));
      acquire(lock);
    }
    // What this thread made ready and will not take itself.
    if (sleepers.load() > 0 && hasReady())
      changed.notify_all();
  }
  /// work() until the graph is closed and every task has ended.
  template <typename Execute> void drain(Execute execute) {
    work([&] { return closed.load() && ended.load() == next; }, execute);
  }
  /// work() on the submitting thread until `done()` holds; done() is asked after every task that
  /// ends anywhere.
  template <typename Done, typename Execute> void workUntil(Done done, Execute execute) {
    work(done, execute, /*submits=*/true);
  }

private:
  static constexpr size_t blockTasks = 256;
  static Task succeeded, failed; ///< what a list that has been closed begins with
  static bool isEnd(const Task *state) { return state == &succeeded || state == &failed; }

  size_t placeOf(int64_t id) const { return id & mask; }
  Task &at(int64_t id) const { return blocks[placeOf(id) / blockTasks][placeOf(id) % blockTasks]; }
  const Task *stateOf(int64_t id) const { return at(id).waiting.load(); }
  bool await(Task &task);
  void makeReady(Task &task);
  void end(Task &task, bool success);
  void wake(int64_t count);

  // With the mutex.
  void acquire(std::unique_lock<std::mutex> &lock);
  bool spin(std::unique_lock<std::mutex> &lock);
  template <typename Until>
  void sleep(std::unique_lock<std::mutex> &lock, Until until, bool submits) {
    if (submits)
      submitterSleeps.store(true);
    ++sleepers;
    if (!hasReady() && !until())
      changed.wait(lock);
    --sleepers;
    if (submits)
      submitterSleeps.store(false);
  }
  bool hasReady() const { return inbox.load() || !run.empty() || !heap.empty(); }
  void enter(Task &task);
  Task *take();

  const int64_t window; ///< what `before` can span at most
  const size_t mask;
  const std::optional<uint64_t> orderSeed;

  std::vector<std::unique_ptr<Task[]>> blocks; ///< of the ring, as far as it has been used

  // The submitting thread's.
  size_t usedBlocks = 0;
  TaskStorage storage;
  int64_t next = 0, oldest = 0, mostOutstanding = 0;
  std::vector<int64_t> failures; ///< tasks before `oldest` that failed or were dropped; ascending

  alignas(64) std::atomic<Task *> inbox{nullptr}; ///< has become ready; the last one first
  alignas(64) std::atomic<int64_t> ended{0};      ///< tasks
  alignas(64) std::atomic<int64_t> sleepers{0};
  std::atomic<bool> submitterSleeps{false};
  std::atomic<bool> closed{false}, cancelled{false};

  alignas(64) std::mutex mutex;
  std::condition_variable changed;
  struct Ready {
    uint64_t priority;
    Task *task;
    bool operator<(const Ready &other) const { return priority > other.priority; }
  };
  std::deque<Ready> run;   ///< ascending: most become ready in the order in which they are taken
  std::vector<Ready> heap; ///< the others
};

} // namespace tilework::runtime

#endif // TILEWORK_RUNTIME_TASKGRAPH_H
