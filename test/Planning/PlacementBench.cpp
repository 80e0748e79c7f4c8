//===- PlacementBench.cpp - what each solver achieves on random problems ------------*- C++ -*-===//
//
// placement-bench [instances of each family]: one line per family and solver, as tab-separated
// numbers; ./dev bench placement makes a table of them. Every placement goes through the checker.
//
//===------------------------------------------------------------------------------------------===//

#include "Instances.h"
#include "lib/Planning/Placement/Place.h"
#include "lib/Planning/Placement/Random.h"
#include "lib/Planning/VerifyPlacement/VerifyPlacement.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>

using namespace tilework::placement;

namespace {

struct Contestant {
  const char *name;
  Options options;
};

std::vector<Contestant> contestants() {
  std::vector<Contestant> all{
      {"first fit", {}}, {"greedy", {}}, {"search", {}}, {"search x 10", {}}};
  all[0].options.last = Solver::FirstFit;
  all[1].options.last = Solver::Greedy;
  all[3].options.searchSteps *= 10;
  return all;
}

struct Tally {
  int64_t placed = 0, atLiveBytes = 0, outOfReach = 0, near = 0, wrong = 0;
  double ratios = 0, worstRatio = 0, milliseconds = 0, worstMilliseconds = 0;
};

void run(const Problem &problem, const Options &options, Tally &tally) {
  auto start = std::chrono::steady_clock::now();
  Result result = place(problem, options);
  std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - start;
  double ratio = double(result.placement.peakBytes) / double(result.pressure.liveBytes);
  bool placed = result.status == Status::Placed;
  tally.placed += placed;
  tally.atLiveBytes += result.placement.peakBytes == result.pressure.liveBytes;
  tally.outOfReach += result.lowerBoundBytes > result.pressure.liveBytes;
  tally.near += ratio <= 1.05;
  tally.wrong += placed && !verifyPlacement(problem, result.placement).empty();
  tally.ratios += ratio;
  tally.worstRatio = std::max(tally.worstRatio, ratio);
  tally.milliseconds += taken.count();
  tally.worstMilliseconds = std::max(tally.worstMilliseconds, taken.count());
}

} // namespace

int main(int argc, char **argv) {
  const char *families[] = {"cut", "loose", "random", "kernel"};
  int count = argc > 1 ? std::max(1, std::atoi(argv[1])) : 250;
  for (int family = 0; family < 4; ++family)
    for (const Contestant &contestant : contestants()) {
      Random random(family);
      Tally tally;
      for (int i = 0; i < count; ++i) {
        int32_t buffers = random.between(40, 400), percent = random.between(75, 100);
        run(makeInstance(Family(family), buffers, percent, random.next()), contestant.options,
            tally);
      }
      std::printf("%s\t%s\t%d\t%ld\t%ld\t%ld\t%ld\t%ld\t%.5f\t%.5f\t%.3f\t%.3f\n", families[family],
                  contestant.name, count, long(tally.placed), long(tally.atLiveBytes),
                  long(tally.outOfReach), long(tally.near), long(tally.wrong), tally.ratios / count,
                  tally.worstRatio, tally.milliseconds / count, tally.worstMilliseconds);
      std::fflush(stdout);
    }
}
