//===- Mend.cpp - what would make a problem fit --------------------------------*- C++ -*-===//

#include "Mend.h"
#include "Place.h"

#include <algorithm>

using namespace tilework::placement;

static constexpr int64_t SmallestFraction = 1'024;

/// The peak of a placement that fits, or -1.
static int64_t tryToPlace(const Problem &problem) {
  Options options;
  options.stopWhenFits = true;
  Result result = place(problem, options);
  return result.status == Status::Placed ? result.placement.peakBytes : -1;
}

Mend tilework::placement::findMend(const Problem &problem, const std::vector<int64_t> &slots) {
  Mend mend;
  for (int64_t most = *std::max_element(slots.begin(), slots.end()) - 1; most > 0; --most) {
    Problem fewer = problem;
    for (size_t i = 0; i < slots.size(); ++i)
      if (slots[i] > most)
        fewer.buffers[i].sizeBytes = problem.buffers[i].sizeBytes / slots[i] * most;
    mend.peakBytes = tryToPlace(fewer);
    mend.slots = most;
    if (mend.peakBytes >= 0)
      return mend;
  }
  mend.slots = 0;
  for (mend.fraction = 2; mend.fraction <= SmallestFraction; mend.fraction *= 2) {
    Problem smaller = problem;
    for (Buffer &buffer : smaller.buffers)
      buffer.sizeBytes = (buffer.sizeBytes + mend.fraction - 1) / mend.fraction;
    mend.peakBytes = tryToPlace(smaller);
    if (mend.peakBytes >= 0)
      break;
  }
  return mend;
}
