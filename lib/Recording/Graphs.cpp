//===- Graphs.cpp - what the runtime may submit as a whole ---------------------------------===//

#include "Graphs.h"

#include <algorithm>

namespace tilework::recording {

/// Numbers of tasks before which an iteration of an outermost sequential loop begins, or one ends.
static std::vector<int64_t> cutsOfLoops(const Recording &recording) {
  std::vector<int64_t> cuts;
  std::vector<bool> areCut; // of the loops around
  for (const Mark &mark : recording.marks) {
    if (mark.kind == Mark::Enter)
      areCut.push_back(areCut.empty() && !recording.loops[mark.loop].isParallel);
    if (areCut.back())
      cuts.push_back(mark.tasksBefore);
    if (mark.kind == Mark::Leave)
      areCut.pop_back();
  }
  return cuts;
}

std::vector<Graph> graphsOf(const Recording &recording) {
  std::vector<int64_t> cuts = cutsOfLoops(recording);
  auto tasks = static_cast<int64_t>(recording.tasks.size());
  cuts.push_back(tasks);
  std::vector<Graph> graphs;
  int64_t begin = 0;
  auto cutAt = [&](int64_t end) {
    if (end > begin)
      graphs.push_back({begin, end});
    begin = std::max(begin, end);
  };
  auto wait = recording.waits.begin();
  for (int64_t cut : cuts) {
    for (; wait != recording.waits.end() && wait->tasksBefore < cut; ++wait)
      if (!wait->writers.empty() && wait->writers.back() >= begin)
        cutAt(wait->tasksBefore);
    cutAt(cut);
  }
  return graphs;
}

} // namespace tilework::recording
