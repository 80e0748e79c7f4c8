#include "Problems.h"
#include "lib/Planning/Placement/Random.h"

#include <algorithm>

namespace tilework::placement {

/// The least peak, by trying all addresses and asking the checker.
static int64_t leastPeak(Problem problem) {
  Placement placement;
  placement.addresses.assign(problem.buffers.size(), 0);
  auto accepted = [&](size_t count) { // the first `count` buffers, as a problem of their own
    Problem part = problem;
    part.buffers.resize(count);
    Placement some = placement;
    some.addresses.resize(count);
    for (const Violation &it : verifyPlacement(part, some))
      if (it.kind != Violation::WrongPeak)
        return false;
    return true;
  };
  for (int64_t peak = 1;; ++peak) {
    problem.capacityBytes = peak;
    size_t at = 0;
    placement.addresses[0] = -1;
    while (at < problem.buffers.size()) { // count upwards, buffer by buffer
      if (++placement.addresses[at] >= peak) {
        if (at == 0)
          break;
        --at;
      } else if (accepted(at + 1)) {
        if (++at == problem.buffers.size())
          return peak;
        placement.addresses[at] = -1;
      }
    }
  }
}

static Problem tinyProblem(Random &random) {
  Problem problem;
  problem.capacityBytes = 64;
  for (int64_t i = random.between(3, 6); i > 0; --i) {
    int64_t begin = random.below(8);
    std::vector<Interval> live{{begin, begin + random.between(1, 4)}};
    if (random.oneIn(3)) {
      int64_t again = live[0].end + random.between(0, 3);
      live.push_back({again, again + random.between(1, 2)});
    }
    add(problem, random.between(1, 3), live, random.oneIn(4) ? 2 : 1);
  }
  return problem;
}

TEST(Exhaustive, tiny_problems_reach_the_optimum) {
  Random random(1);
  int beyondBound = 0;
  for (int i = 0; i < 60; ++i) {
    Problem problem = tinyProblem(random);
    Result result = place(problem);
    expectPlaced(problem, result);
    int64_t least = leastPeak(problem);
    EXPECT_EQ(result.placement.peakBytes, least) << "problem " << i;
    beyondBound += least > result.lowerBoundBytes;
  }
  EXPECT_GT(beyondBound, 0); // else the bound alone would do
}

} // namespace tilework::placement
