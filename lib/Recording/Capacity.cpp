//===- Capacity.cpp - what a graph asks of the runtime's rings --------------------------------===//

#include "Capacity.h"

#include "Work.h"

#include <algorithm>
#include <numeric>

namespace tilework::recording {

namespace {

/// What the rings hold when tasks up to one have been submitted, and all up to another completed.
class Held {
public:
  explicit Held(const Recording &recording)
      : recording(recording), entries(recording.tasks.size() + 1),
        allocated(recording.tasks.size() + 1), freed(recording.tasks.size() + 1) {
    auto numTasks = static_cast<int64_t>(recording.tasks.size());
    for (int64_t task = 0; task < numTasks; ++task)
      entries[task + 1] =
          entries[task] + static_cast<int64_t>(recording.tasks[task].dependences.size());
    std::vector<int64_t> last = lastUsers(recording);
    // The first `freed` memories have left, the first `allocated` are there: bytes of both.
    size_t newest = 0, oldest = 0;
    const std::vector<Memory> &memories = recording.memories;
    int64_t in = 0, out = 0;
    auto sizeOf = [&](size_t memory) {
      return memories[memory].tasksBefore < 0 ? 0 : memories[memory].bytes;
    };
    for (int64_t task = 0; task <= numTasks; ++task) {
      for (; newest < memories.size() && memories[newest].tasksBefore <= task; ++newest)
        in += sizeOf(newest);
      for (; oldest < newest && last[oldest] < task; ++oldest)
        out += sizeOf(oldest);
      allocated[task] = in;
      freed[task] = out;
    }
  }

  int64_t heap(int64_t completed, int64_t submitted) const {
    return allocated[submitted] - freed[completed];
  }
  int64_t dependences(int64_t completed, int64_t task) const {
    return entries[task + 1] - entries[completed];
  }

private:
  const Recording &recording;
  std::vector<int64_t> entries, allocated, freed; ///< sums
};

} // namespace

/// By task, how many of the first tasks have certainly been completed when it is submitted: those
/// that the orchestration has waited for, and what they waited for.
static std::vector<int64_t> completedBefore(const Recording &recording) {
  std::vector<bool> done(recording.tasks.size());
  std::vector<int64_t> counts(recording.tasks.size() + 1), work;
  int64_t completed = 0;
  size_t wait = 0;
  for (size_t task = 0; task <= recording.tasks.size(); ++task) {
    for (; wait < recording.waits.size() &&
           recording.waits[wait].tasksBefore <= static_cast<int64_t>(task);
         ++wait) {
      work = recording.waits[wait].writers;
      while (!work.empty()) {
        int64_t each = work.back();
        work.pop_back();
        if (done[each])
          continue;
        done[each] = true;
        for (const Dependence &before : recording.tasks[each].dependences)
          work.push_back(before.task);
      }
    }
    while (completed < static_cast<int64_t>(task) && done[completed])
      ++completed;
    counts[task] = completed;
  }
  return counts;
}

Capacity capacityOf(const Recording &recording) {
  Held held(recording);
  std::vector<int64_t> completed = completedBefore(recording);
  Capacity capacity;
  auto numTasks = static_cast<int64_t>(recording.tasks.size());
  auto raise = [](int64_t &most, int64_t value) {
    bool isMore = value > most;
    most = std::max(most, value);
    return isMore;
  };
  for (int64_t task = 0; task <= numTasks; ++task) {
    if (raise(capacity.least.heap, held.heap(task, task)))
      capacity.heapTask = task;
    raise(capacity.ample.heap, held.heap(completed[task], task));
    if (task == numTasks)
      break;
    capacity.least.window = 1;
    raise(capacity.ample.window, task + 1 - completed[task]);
    if (raise(capacity.least.dependences, held.dependences(task, task)))
      capacity.entryTask = task;
    raise(capacity.ample.dependences, held.dependences(completed[task], task));
  }
  return capacity;
}

//===----------------------------------------------------------------------------------------===//
// Parts
//===----------------------------------------------------------------------------------------===//

static std::string placeOf(const Recording &recording, int64_t task) {
  if (task >= static_cast<int64_t>(recording.tasks.size()))
    return "the end of the run";
  int32_t stream = recording.tasks[task].stream;
  if (stream == Task::join)
    return "task " + std::to_string(task) + " (a join)";
  const Kernel &kernel = recording.kernels[recording.streams[stream].kernel];
  return "task " + std::to_string(task) + " '" + kernel.name + "' at " + kernel.location;
}

static void check(const Recording &recording, const Rings &rings) {
  Capacity needs = capacityOf(recording);
  auto expects = [](const std::string &ring, int64_t least, int64_t got) {
    return "'rings." + ring + "' expects at least " + std::to_string(least) + ", but got " +
           std::to_string(got) + ": ";
  };
  if (rings.window < needs.least.window)
    throw CapacityError(expects("window", needs.least.window, rings.window) +
                        "tasks are submitted into it");
  if (rings.dependences < needs.least.dependences)
    throw CapacityError(expects("dependences", needs.least.dependences, rings.dependences) +
                        placeOf(recording, needs.entryTask) + " waits for as many");
  if (rings.heap >= needs.least.heap)
    return;
  std::vector<int64_t> last = lastUsers(recording);
  std::string text;
  for (size_t memory = 0; memory < recording.memories.size(); ++memory) {
    const Memory &it = recording.memories[memory];
    if (it.tasksBefore < 0 || it.tasksBefore > needs.heapTask ||
        (text.empty() && last[memory] < needs.heapTask))
      continue;
    text += (text.empty() ? "" : ", ") + ("'" + it.name + "' of ") + std::to_string(it.bytes) +
            " bytes" + (last[memory] < 0 ? "" : ", used until " + placeOf(recording, last[memory]));
    if (text.size() > 400) {
      text += ", and others";
      break;
    }
  }
  throw CapacityError(expects("heap", needs.least.heap, rings.heap) + "before " +
                      placeOf(recording, needs.heapTask) + " there are " + text);
}

std::vector<Part> partsOf(const Recording &recording, const std::vector<Graph> &graphs,
                          const Rings &rings) {
  check(recording, rings);
  Held held(recording);
  std::vector<Part> parts;
  for (Graph graph : graphs)
    for (int64_t first = graph.begin; first < graph.end;) {
      int64_t last = first + 1;
      while (last < graph.end && last - first < rings.window &&
             held.heap(first, last) <= rings.heap &&
             held.dependences(first, last) <= rings.dependences)
        ++last;
      parts.push_back({first, last});
      first = last;
    }
  return parts;
}

} // namespace tilework::recording
