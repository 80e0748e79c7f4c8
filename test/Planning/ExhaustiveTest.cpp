#include "Problems.h"
#include "lib/Planning/Placement/Random.h"

#include <algorithm>

namespace tilework::placement {

/// The first buffers of a problem, and the pairs among them.
static Problem firstOf(const Problem &problem, int32_t count) {
  Problem part = problem;
  part.buffers.resize(count);
  auto isBeyond = [&](BufferPair it) { return std::max(it.first, it.second) >= count; };
  for (std::vector<BufferPair> *pairs : {&part.sameAddress, &part.neverShare})
    pairs->erase(std::remove_if(pairs->begin(), pairs->end(), isBeyond), pairs->end());
  return part;
}

/// Whether the checker accepts the first buffers at these addresses.
static bool accepts(const Problem &problem, const std::vector<int64_t> &addresses, int32_t count) {
  Placement placement;
  placement.addresses.assign(addresses.begin(), addresses.begin() + count);
  for (const Violation &it : verifyPlacement(firstOf(problem, count), placement))
    if (it.kind != Violation::WrongPeak)
      return false;
  return true;
}

/// The least peak, by trying all addresses and asking the checker.
static int64_t leastPeak(Problem problem) {
  int32_t count = problem.buffers.size();
  for (int64_t peak = 1;; ++peak) {
    problem.capacityBytes = peak;
    std::vector<int64_t> addresses(count, -1);
    for (int32_t at = 0; at >= 0;) { // counts upwards, buffer by buffer
      if (++addresses[at] >= peak)
        addresses[at--] = -1;
      else if (accepts(problem, addresses, at + 1) && ++at == count)
        return peak;
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
  int32_t last = problem.buffers.size() - 1;
  if (random.oneIn(3)) { // in place
    int64_t begin = problem.buffers[0].live.back().end - 1;
    problem.buffers[last].live = {{begin, begin + random.between(1, 4)}};
    problem.sameAddress = {{last, 0}};
  }
  if (random.oneIn(3))
    problem.neverShare = {{1, last}};
  if (random.oneIn(4))
    problem.buffers[1].fixedAddress = 2 * random.below(3);
  return problem;
}

TEST(Exhaustive, tiny_problems_reach_the_optimum) {
  Random random(1);
  int beyondBound = 0, proven = 0;
  for (int i = 0; i < 80; ++i) {
    Problem problem = tinyProblem(random);
    Result result = place(problem);
    expectPlaced(problem, result);
    int64_t least = leastPeak(problem);
    EXPECT_EQ(result.placement.peakBytes, least) << "problem " << i;
    beyondBound += least > result.pressure.liveBytes;
    proven += result.placement.optimal;
  }
  EXPECT_GT(beyondBound, 0); // else the bound alone would do
  EXPECT_GT(proven, 40);
}

} // namespace tilework::placement
