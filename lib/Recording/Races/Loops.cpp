//===- Loops.cpp - in which iterations of which loops tasks are -----------------------------===//

#include "Loops.h"

namespace tilework::recording {

LoopNest::LoopNest(const Recording &recording) : recording(recording) {
  innermost.resize(recording.tasks.size(), -1);
  struct Open {
    const Mark *begin;
    int32_t instance;
    int64_t count;
    std::vector<int32_t> iterations;
  };
  std::vector<Open> open;
  int32_t current = -1, instances = 0;
  int64_t task = 0;
  for (const Mark &mark : recording.marks) {
    for (; task < mark.tasksBefore; ++task)
      innermost[task] = current;
    if (mark.kind == Mark::Enter) {
      open.push_back({&mark, instances++, 0, {}});
      continue;
    }
    Open &loop = open.back();
    if (!loop.iterations.empty())
      current = all[current].parent;
    if (mark.kind == Mark::Next) {
      all.push_back({current, loop.instance, loop.begin->loop,
                     static_cast<int32_t>(open.size()) - 1,
                     loop.begin->lower + loop.count++ * loop.begin->step, 0});
      current = static_cast<int32_t>(all.size()) - 1;
      loop.iterations.push_back(current);
      continue;
    }
    for (int32_t iteration : loop.iterations)
      all[iteration].end = mark.tasksBefore;
    open.pop_back();
  }
}

int32_t LoopNest::parallelLoopBetween(int64_t taskA, int64_t taskB) const {
  int32_t a = innermost[taskA], b = innermost[taskB];
  if (a < 0 || b < 0 || a == b)
    return -1;
  while (all[a].depth > all[b].depth)
    a = all[a].parent;
  while (all[b].depth > all[a].depth)
    b = all[b].parent;
  while (a != b && all[a].parent != all[b].parent) {
    a = all[a].parent;
    b = all[b].parent;
  }
  return a != b && all[a].instance == all[b].instance && isParallel(a) ? all[a].loop : -1;
}

int32_t LoopNest::openIterationOf(int64_t task, int64_t now) const {
  int32_t iteration = innermost[task];
  while (iteration >= 0 && (all[iteration].end <= now || !isParallel(iteration)))
    iteration = all[iteration].parent;
  return iteration;
}

} // namespace tilework::recording
