#include "Instances.h"
#include "Problems.h"
#include "lib/Planning/Placement/Random.h"

namespace tilework::placement {

struct RandomInstances : testing::TestWithParam<Family> {
  template <typename Check> void forEach(int count, Check check) {
    Random random(7);
    for (int i = 0; i < count; ++i) {
      int32_t buffers = random.between(5, 120), percent = random.between(75, 100);
      SCOPED_TRACE("instance " + std::to_string(i));
      Problem problem = makeInstance(GetParam(), buffers, percent, random.next());
      check(problem);
    }
  }
};

/// Whatever the solver, and whether it fits or not.
TEST_P(RandomInstances, placements_are_believed) {
  forEach(40, [](Problem &problem) {
    for (Solver last : {Solver::FirstFit, Solver::Greedy, Solver::Search}) {
      Options options;
      options.last = last;
      options.searchSteps = 3000;
      Result result = place(problem, options);
      ASSERT_NE(result.status, Status::Malformed) << result.message;
      EXPECT_LE(result.pressure.liveBytes, problem.capacityBytes);
      Problem roomy = problem;
      roomy.capacityBytes = std::max(problem.capacityBytes, result.placement.peakBytes);
      result.status = Status::Placed;
      expectPlaced(roomy, result);
    }
  });
}

TEST_P(RandomInstances, the_same_problem_has_the_same_answer) {
  forEach(10, [](Problem &problem) {
    Options options;
    options.searchSteps = 3000;
    Result once = place(problem, options), again = place(problem, options);
    EXPECT_EQ(once.placement.addresses, again.placement.addresses);
    EXPECT_EQ(once.steps, again.steps);
  });
}

TEST_P(RandomInstances, more_effort_never_gives_more) {
  forEach(20, [](Problem &problem) {
    int64_t before = INT64_MAX;
    for (Solver last : {Solver::FirstFit, Solver::Greedy, Solver::Search}) {
      Options options;
      options.last = last;
      options.searchSteps = 3000;
      Result result = place(problem, options);
      EXPECT_LE(result.placement.peakBytes, before);
      EXPECT_LE(result.placement.solver, last);
      before = result.placement.peakBytes;
    }
  });
}

TEST_P(RandomInstances, the_budget_is_kept) {
  forEach(10, [](Problem &problem) {
    Options greedy, search;
    greedy.last = Solver::Greedy;
    search.searchSteps = 1000;
    EXPECT_LE(place(problem, search).steps, place(problem, greedy).steps + search.searchSteps);
  });
}

static std::string nameOf(const testing::TestParamInfo<Family> &info) {
  return std::vector<std::string>{"cut", "loose", "random", "kernel"}[size_t(info.param)];
}

INSTANTIATE_TEST_SUITE_P(All, RandomInstances,
                         testing::Values(Family::Cut, Family::Loose, Family::Random,
                                         Family::Kernel),
                         nameOf);

} // namespace tilework::placement
