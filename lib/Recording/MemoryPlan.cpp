//===- MemoryPlan.cpp - tensors of a run that share addresses ---------------------------------===//

#include "MemoryPlan.h"

#include "Regions.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace tilework::recording {

namespace {

constexpr int64_t bits = 64; ///< users, or tensors, are followed through the graph so many at once

struct Tensor {
  int64_t memory, bytes;
  std::vector<int64_t> users; ///< tasks, ascending; those of unused ones are none
  int64_t heldUntil = 0;      ///< tasks that precede the last time the orchestration read it
};

class Planner {
public:
  explicit Planner(const Recording &recording) : recording(recording) {
    findTensors();
    findOrder();
  }
  MemoryPlan plan();

private:
  int64_t numTasks() const { return static_cast<int64_t>(recording.tasks.size()); }
  void findTensors();
  void findOrder();
  void follow(const std::vector<std::pair<int64_t, int64_t>> &users);
  bool overlap(int64_t a, int64_t b) const { return !precedes[a][b] && !precedes[b][a]; }
  int64_t place(const std::vector<int64_t> &order, std::vector<int64_t> &offsets) const;
  int64_t bound() const;

  const Recording &recording;
  std::vector<Tensor> tensors;                 ///< that are used
  std::vector<std::vector<int64_t>> tensorsOf; ///< by task
  std::vector<int64_t> earliest; ///< by task: later tasks, and it, wait for none but these on
  std::vector<std::vector<bool>> precedes;
};

} // namespace

void Planner::findTensors() {
  std::vector<int64_t> tensorOf(recording.memories.size(), -1);
  tensorsOf.resize(numTasks());
  for (int64_t task = 0; task < numTasks(); ++task)
    for (int64_t base : recording.tasks[task].bases) {
      int64_t memory = memoryBefore(recording, base);
      if (memory < 0 || recording.memories[memory].tasksBefore < 0)
        continue;
      if (tensorOf[memory] < 0) {
        tensorOf[memory] = static_cast<int64_t>(tensors.size());
        tensors.push_back({memory, recording.memories[memory].bytes, {}});
      }
      std::vector<int64_t> &users = tensors[tensorOf[memory]].users;
      if (users.empty() || users.back() != task) {
        users.push_back(task);
        tensorsOf[task].push_back(tensorOf[memory]);
      }
    }
  for (const Wait &wait : recording.waits) // it may have read whatever they use
    for (int64_t writer : wait.writers)
      for (int64_t tensor : tensorsOf[writer])
        tensors[tensor].heldUntil = std::max(tensors[tensor].heldUntil, wait.tasksBefore);
}

//===----------------------------------------------------------------------------------------===//
// Which tensor's users precede another's
//===----------------------------------------------------------------------------------------===//

void Planner::findOrder() {
  earliest.assign(numTasks() + 1, numTasks());
  for (int64_t task = numTasks() - 1; task >= 0; --task) {
    const auto &before = recording.tasks[task].dependences;
    earliest[task] = std::min(earliest[task + 1], before.empty() ? -1 : before.back().task);
  }
  precedes.assign(tensors.size(), std::vector<bool>(tensors.size(), true));
  std::vector<std::pair<int64_t, int64_t>> batch; // user, tensor
  for (size_t tensor = 0; tensor < tensors.size(); ++tensor) {
    for (int64_t user : tensors[tensor].users) {
      batch.push_back({user, static_cast<int64_t>(tensor)});
      if (batch.size() == bits)
        follow(std::exchange(batch, {}));
    }
    precedes[tensor][tensor] = false;
    for (size_t other = 0; other < tensors.size(); ++other)
      if (tensors[other].users.front() < tensors[tensor].heldUntil)
        precedes[tensor][other] = false;
  }
  if (!batch.empty())
    follow(batch);
}

/// Which tasks each of the users reaches; tensors with a user that one of them does not reach do
/// not come after its tensor.
void Planner::follow(const std::vector<std::pair<int64_t, int64_t>> &users) {
  int64_t first = numTasks(), last = 0;
  for (auto [user, tensor] : users) {
    first = std::min(first, user);
    last = std::max(last, user);
  }
  uint64_t all = users.size() == bits ? ~uint64_t(0) : (uint64_t(1) << users.size()) - 1;
  std::vector<uint64_t> own(last - first + 1), reaches, reachedUsers(tensors.size(), all);
  for (size_t bit = 0; bit < users.size(); ++bit)
    own[users[bit].first - first] |= uint64_t(1) << bit;
  int64_t lastLacking = first, task = first;
  for (; task < numTasks() && (task <= last || earliest[task] <= lastLacking); ++task) {
    uint64_t found = 0;
    const auto &before = recording.tasks[task].dependences;
    for (auto each = before.rbegin(); each != before.rend() && each->task >= first; ++each)
      found |= reaches[each->task - first];
    for (int64_t tensor : tensorsOf[task])
      reachedUsers[tensor] &= found;
    if (task <= last)
      found |= own[task - first];
    if (found != all)
      lastLacking = task;
    reaches.push_back(found);
  }
  for (size_t other = 0; other < tensors.size(); ++other) {
    // From `task` on all are reached; before `first`, none.
    uint64_t reached = tensors[other].users.front() < first ? 0 : reachedUsers[other];
    for (size_t bit = 0; bit < users.size(); ++bit)
      if (!(reached >> bit & 1))
        precedes[users[bit].second][other] = false;
  }
}

//===----------------------------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------------------------===//

static int64_t roundUp(int64_t bytes) {
  return (bytes + memoryAlignment - 1) / memoryAlignment * memoryAlignment;
}

/// Each tensor at the lowest offset that no overlapping one has; how much that takes.
int64_t Planner::place(const std::vector<int64_t> &order, std::vector<int64_t> &offsets) const {
  std::vector<int64_t> placed; // by offset
  int64_t bytes = 0;
  for (int64_t tensor : order) {
    int64_t offset = 0, size = roundUp(tensors[tensor].bytes);
    for (int64_t other : placed) {
      if (!overlap(tensor, other))
        continue;
      if (offsets[other] >= offset + size)
        break;
      offset = std::max(offset, offsets[other] + roundUp(tensors[other].bytes));
    }
    offsets[tensor] = offset;
    bytes = std::max(bytes, offset + size);
    auto byOffset = [&](int64_t a, int64_t b) { return offsets[a] < offsets[b]; };
    placed.insert(std::upper_bound(placed.begin(), placed.end(), tensor, byOffset), tensor);
  }
  return bytes;
}

/// Tensors that have been used before a task, or by it, and will be after, or by it.
int64_t Planner::bound() const {
  std::vector<int64_t> live(numTasks());
  std::vector<uint64_t> after(numTasks()), before(numTasks());
  for (size_t first = 0; first < tensors.size(); first += bits) {
    size_t end = std::min(first + bits, tensors.size());
    int64_t from = numTasks(), until = 0;
    for (size_t tensor = first; tensor < end; ++tensor) {
      from = std::min(from, tensors[tensor].users.front());
      until = std::max(until, tensors[tensor].users.back());
    }
    auto own = [&](int64_t task) {
      uint64_t word = 0;
      for (int64_t tensor : tensorsOf[task])
        if (static_cast<size_t>(tensor) >= first && static_cast<size_t>(tensor) < end)
          word |= uint64_t(1) << (tensor - first);
      return word;
    };
    for (int64_t task = from; task <= until; ++task) {
      after[task] = before[task] = own(task);
      for (const Dependence &each : recording.tasks[task].dependences)
        if (each.task >= from)
          after[task] |= after[each.task];
    }
    for (int64_t task = until; task >= from; --task) {
      for (const Dependence &each : recording.tasks[task].dependences)
        if (each.task >= from)
          before[each.task] |= before[task];
      for (uint64_t both = after[task] & before[task]; both != 0; both &= both - 1)
        live[task] += roundUp(tensors[first + __builtin_ctzll(both)].bytes);
    }
  }
  return live.empty() ? 0 : *std::max_element(live.begin(), live.end());
}

MemoryPlan Planner::plan() {
  MemoryPlan plan;
  std::vector<int64_t> inOrder(tensors.size());
  std::iota(inOrder.begin(), inOrder.end(), 0);
  std::vector<int64_t> bySize(inOrder);
  std::stable_sort(bySize.begin(), bySize.end(), [&](int64_t a, int64_t b) {
    return roundUp(tensors[a].bytes) > roundUp(tensors[b].bytes);
  });
  std::vector<int64_t> offsets(tensors.size()), others(tensors.size());
  plan.bytes = place(bySize, offsets);
  if (int64_t bytes = place(inOrder, others); bytes < plan.bytes) {
    plan.bytes = bytes;
    offsets = others;
  }
  plan.bound = bound();
  plan.offsets.assign(recording.memories.size(), -1);
  for (size_t memory = 0; memory < recording.memories.size(); ++memory)
    if (recording.memories[memory].tasksBefore >= 0) {
      plan.offsets[memory] = 0; // nobody uses it
      plan.sum += roundUp(recording.memories[memory].bytes);
    }
  for (size_t tensor = 0; tensor < tensors.size(); ++tensor)
    plan.offsets[tensors[tensor].memory] = offsets[tensor];
  return plan;
}

MemoryPlan planMemory(const Recording &recording) {
  return Planner(recording).plan();
}

} // namespace tilework::recording
