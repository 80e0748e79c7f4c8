//===- RacesText.cpp - claims and what refutes them, for readers ----------------------------===//

#include "RacesText.h"

#include "Regions.h"

#include <algorithm>

namespace tilework::recording {

static std::string quoted(const std::string &text) {
  return "'" + text + "'";
}

/// "'b' = 3", or of a loop without a name, "iteration 3".
static std::string describeIteration(const Recording &recording, const Iteration &iteration) {
  const std::string &variable = recording.loops[iteration.loop].variable;
  return (variable.empty() ? "iteration " : variable + " = ") + std::to_string(iteration.value);
}

/// "task 3 'rope' at model.py:20:9, in b = 1, layer = 0".
static std::string describe(const Recording &recording, const LoopNest &loops, int64_t task) {
  const Kernel &kernel = recording.kernels[recording.streams[recording.tasks[task].stream].kernel];
  std::string text =
      "task " + std::to_string(task) + " " + quoted(kernel.name) + " at " + kernel.location;
  const char *separator = ", in ";
  for (int32_t i = loops.iterationOf(task); i >= 0; i = loops.iterations()[i].parent) {
    text += separator + describeIteration(recording, loops.iterations()[i]);
    separator = ", ";
  }
  return text;
}

/// "k_cache[17, 0:128]": the smallest box of elements around some bytes.
static std::string describeBytes(const Memory &memory, const ByteSet &set) {
  if (memory.sizes.empty())
    return "bytes " + std::to_string(set.front().begin) + " to " + std::to_string(set.back().end) +
           " of " + quoted(memory.name);
  size_t rank = memory.sizes.size();
  std::vector<int64_t> low = memory.sizes, high(rank, -1);
  int64_t width = elementBytes(memory.type);
  for (const Bytes &bytes : set) {
    int64_t first = bytes.begin / width, last = (bytes.end - 1) / width;
    // Innermost first; a range that goes on in the next row takes all of its row.
    for (size_t d = rank; d-- > 0; first /= memory.sizes[d], last /= memory.sizes[d]) {
      bool isWithin = first / memory.sizes[d] == last / memory.sizes[d];
      low[d] = std::min(low[d], isWithin ? first % memory.sizes[d] : 0);
      high[d] = std::max(high[d], isWithin ? last % memory.sizes[d] : memory.sizes[d] - 1);
    }
  }
  std::string text = memory.name + "[";
  for (size_t d = 0; d < rank; ++d) {
    text += (d ? ", " : "") + std::to_string(low[d]);
    if (high[d] > low[d])
      text += ":" + std::to_string(high[d] + 1);
  }
  return text + "]";
}

std::string nameClaim(const Recording &recording, const Claim &claim) {
  auto kernel = [&] {
    const Kernel &it = recording.kernels[claim.subject];
    return quoted(it.name) + " at " + it.location;
  };
  switch (claim.kind) {
  case ClaimKind::parallel: {
    const Loop &loop = recording.loops[claim.subject];
    return "the parallel loop" + (loop.variable.empty() ? "" : " over " + quoted(loop.variable)) +
           " at " + loop.location;
  }
  case ClaimKind::noDep:
    return "no_dep_args of " + quoted(claim.memory) + " in " + kernel();
  case ClaimKind::manualDep:
    return "manual_dep of " + quoted(claim.memory);
  case ClaimKind::explicitOnly:
    return "the manual scope around " + kernel();
  }
  return "";
}

std::string explainRefutation(const Recording &recording, const Claim &claim) {
  const Conflict &conflict = *claim.refutation;
  LoopNest loops(recording);
  auto does = [](bool writes) { return writes ? " writes " : " reads "; };
  std::string what = describeBytes(recording.memories[conflict.memory], conflict.bytes);
  return describe(recording, loops, conflict.earlier) + does(conflict.earlierWrites) + what + "\n" +
         describe(recording, loops, conflict.later) + does(conflict.laterWrites) +
         "it as well, and nothing orders the two\n";
}

} // namespace tilework::recording
