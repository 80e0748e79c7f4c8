//===- Dependents.h - who waits for a task -----------------------------------------*- C++ -*-===//

#ifndef TILEWORK_SIMULATOR_DEPENDENTS_H
#define TILEWORK_SIMULATOR_DEPENDENTS_H

#include "Recording.h"

#include <vector>

namespace tilework::simulator {

/// The dependences of a recording from the other end: by task, compressed, ascending.
class Dependents {
public:
  explicit Dependents(const recording::Recording &recording) : first(recording.tasks.size() + 1) {
    for (const recording::Task &task : recording.tasks)
      for (const recording::Dependence &each : task.dependences)
        ++first[each.task + 1];
    for (size_t task = 0; task < recording.tasks.size(); ++task)
      first[task + 1] += first[task];
    tasks.resize(first.back());
    std::vector<int64_t> filled(first);
    for (size_t task = 0; task < recording.tasks.size(); ++task)
      for (const recording::Dependence &each : recording.tasks[task].dependences)
        tasks[filled[each.task]++] = static_cast<int64_t>(task);
  }

  struct Range {
    const int64_t *from, *to;
    const int64_t *begin() const { return from; }
    const int64_t *end() const { return to; }
  };
  Range of(int64_t task) const {
    return {tasks.data() + first[task], tasks.data() + first[task + 1]};
  }

private:
  std::vector<int64_t> first, tasks;
};

} // namespace tilework::simulator

#endif // TILEWORK_SIMULATOR_DEPENDENTS_H
