//===- Problems.h - placement problems in few words ---------------------------------*- C++ -*-===//

#ifndef TILEWORK_TEST_PLANNING_PROBLEMS_H
#define TILEWORK_TEST_PLANNING_PROBLEMS_H

#include "lib/Planning/Placement/Place.h"
#include "lib/Planning/VerifyPlacement/VerifyPlacement.h"

#include <gtest/gtest.h>

namespace tilework::placement {

/// Adds a buffer, named by a letter, and gives its index.
inline int32_t add(Problem &problem, int64_t size, std::vector<Interval> live,
                   int64_t alignment = 1) {
  Buffer buffer;
  buffer.name = std::string(1, char('a' + problem.buffers.size()));
  buffer.sizeBytes = size;
  buffer.alignmentBytes = alignment;
  buffer.live = std::move(live);
  problem.buffers.push_back(std::move(buffer));
  return problem.buffers.size() - 1;
}

/// Expects that a placement fits, and that the checker believes it.
inline void expectPlaced(const Problem &problem, const Result &result) {
  EXPECT_EQ(result.status, Status::Placed) << result.message;
  EXPECT_GE(result.placement.peakBytes, result.lowerBoundBytes);
  for (const Violation &violation : verifyPlacement(problem, result.placement))
    ADD_FAILURE() << violation.message;
}

} // namespace tilework::placement

#endif // TILEWORK_TEST_PLANNING_PROBLEMS_H
