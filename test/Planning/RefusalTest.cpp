#include "Problems.h"

#include "lib/Planning/Placement/Mend.h"

namespace tilework::placement {

TEST(Refusal, names_the_fullest_time_and_who_lives_there) {
  Problem problem;
  problem.capacityBytes = 100;
  add(problem, 30, {{0, 10}});
  add(problem, 90, {{0, 3}});
  add(problem, 40, {{4, 8}});
  add(problem, 60, {{5, 6}});
  Result result = place(problem);
  EXPECT_EQ(result.status, Status::Impossible);
  EXPECT_EQ(result.pressure.time, 5);
  EXPECT_EQ(result.pressure.liveBytes, 130);
  EXPECT_EQ(result.pressure.live, (std::vector<int32_t>{3, 2, 0}));
  EXPECT_EQ(result.lowerBoundBytes, 130);
  EXPECT_EQ(result.overBytes, 30);
}

TEST(Refusal, a_group_counts_once) {
  Problem problem;
  problem.capacityBytes = 50;
  add(problem, 60, {{0, 4}});
  add(problem, 50, {{3, 8}});
  problem.sameAddress = {{1, 0}};
  Result result = place(problem);
  EXPECT_EQ(result.status, Status::Impossible);
  EXPECT_EQ(result.pressure.liveBytes, 60);
  EXPECT_EQ(result.pressure.live, (std::vector<int32_t>{0}));
}

TEST(Mend, takes_the_fewest_slots_away) {
  Problem problem;
  problem.capacityBytes = 100;
  add(problem, 80, {{0, 4}}); // 4 slots of 20
  add(problem, 30, {{0, 4}}); // 2 slots of 15
  Mend mend = findMend(problem, {4, 2});
  EXPECT_EQ(mend.slots, 3);
  EXPECT_EQ(mend.fraction, 1);
  EXPECT_EQ(mend.peakBytes, 90);
}

TEST(Mend, halves_what_slots_do_not_help) {
  Problem problem;
  problem.capacityBytes = 100;
  add(problem, 200, {{0, 4}}); // 2 slots of 100
  add(problem, 150, {{2, 8}});
  Mend mend = findMend(problem, {2, 1});
  EXPECT_EQ(mend.slots, 0);
  EXPECT_EQ(mend.fraction, 4);
  EXPECT_EQ(mend.peakBytes, 88);
}

TEST(Mend, knows_what_nothing_helps) {
  Problem problem;
  problem.capacityBytes = 1;
  add(problem, 10, {{0, 4}});
  add(problem, 10, {{0, 4}});
  EXPECT_EQ(findMend(problem, {1, 1}).peakBytes, -1);
}

/// Every pair lives at once somewhere, and all three never do: the bound is met by no placement.
static Problem pentagon() {
  Problem problem;
  problem.capacityBytes = 2;
  for (int64_t i = 0; i < 5; ++i) // a ring of five: each lives beside its two neighbours alone
    add(problem, 1, {{i, i + 1}, {(i + 1) % 5, (i + 1) % 5 + 1}});
  return problem;
}

TEST(Refusal, a_search_that_has_tried_all_says_impossible) {
  Problem problem = pentagon();
  Result result = place(problem);
  EXPECT_EQ(result.status, Status::Impossible);
  EXPECT_EQ(result.pressure.liveBytes, 2);
  EXPECT_EQ(result.lowerBoundBytes, 3);
  EXPECT_EQ(result.placement.peakBytes, 3);
  EXPECT_TRUE(result.placement.optimal);
  EXPECT_EQ(result.overBytes, 1);
}

TEST(Refusal, is_proven_even_when_any_fit_would_do) {
  Options options;
  options.stopWhenFits = true;
  EXPECT_EQ(place(pentagon(), options).status, Status::Impossible);
}

TEST(Refusal, without_a_search_none_was_found) {
  Options options;
  options.last = Solver::Greedy;
  Result result = place(pentagon(), options);
  EXPECT_EQ(result.status, Status::NotFound);
  EXPECT_FALSE(result.placement.optimal);
}

TEST(Refusal, a_fixed_end_beyond_the_capacity) {
  Problem problem;
  problem.capacityBytes = 64;
  add(problem, 32, {{0, 1}});
  problem.buffers[0].fixedAddress = 48;
  Result result = place(problem);
  EXPECT_EQ(result.status, Status::Impossible);
  EXPECT_EQ(result.overBytes, 16);
}

struct Malformed : testing::Test {
  Problem problem;
  void SetUp() override {
    problem.capacityBytes = 100;
    add(problem, 16, {{0, 4}}, 16);
    add(problem, 16, {{3, 8}});
    add(problem, 16, {{5, 8}});
  }
  void expectMessage(const std::string &message) {
    Result result = place(problem);
    EXPECT_EQ(result.status, Status::Malformed);
    EXPECT_EQ(result.message, message);
  }
};

TEST_F(Malformed, capacity) {
  problem.capacityBytes = 0;
  expectMessage("a memory expects a positive capacity in bytes, but got 0");
}
TEST_F(Malformed, size) {
  problem.buffers[1].sizeBytes = 0;
  expectMessage("buffer 'b' expects a positive size in bytes, but got 0");
}
TEST_F(Malformed, sum_of_sizes) {
  problem.buffers[2].sizeBytes = int64_t(1) << 62;
  expectMessage("buffer 'c' expects all sizes to add up to less than 2^61 bytes, but got "
                "4611686018427387904");
}
TEST_F(Malformed, alignment) {
  problem.buffers[1].alignmentBytes = 24;
  expectMessage("buffer 'b' expects an alignment that is a power of two, but got 24");
}
TEST_F(Malformed, no_interval) {
  problem.buffers[1].live.clear();
  expectMessage("buffer 'b' expects a live interval, but got none");
}
TEST_F(Malformed, interval) {
  problem.buffers[1].live = {{0, 1}, {7, 7}};
  expectMessage("buffer 'b' expects a live interval from 7 to end after it, but got 7");
}
TEST_F(Malformed, negative_address) {
  problem.buffers[1].fixedAddress = -1;
  expectMessage("buffer 'b' expects a fixed address of 0 or more, but got -1");
}
TEST_F(Malformed, fixed_alignment) {
  problem.buffers[0].fixedAddress = 8;
  expectMessage("buffer 'a' expects a fixed address aligned to 16, but got 8");
}
TEST_F(Malformed, alignment_of_a_fixed_group) {
  problem.buffers[1].fixedAddress = 8;
  problem.sameAddress = {{1, 0}};
  expectMessage("buffers that share an address with 'a' expect a fixed address aligned to 16, but "
                "got 8");
}
TEST_F(Malformed, fixed_overlap) {
  problem.buffers[0].fixedAddress = 16;
  problem.buffers[1].fixedAddress = 30;
  expectMessage("buffers 'a' and 'b', which live at once, expect fixed addresses apart, but got 16 "
                "and 30");
}
TEST_F(Malformed, fixed_apart_in_a_group) {
  problem.buffers[0].fixedAddress = 16;
  problem.buffers[1].fixedAddress = 32;
  problem.sameAddress = {{1, 0}};
  expectMessage(
      "buffers 'a' and 'b', which share an address, expect equal fixed addresses, but got "
      "16 and 32");
}
TEST_F(Malformed, group_lives_at_once) {
  problem.sameAddress = {{1, 0}, {2, 1}};
  expectMessage("buffers 'b' and 'c', which share an address, expect at most one time point in a "
                "row at which both live, but got [5, 8)");
}
TEST_F(Malformed, together_and_apart) {
  problem.sameAddress = {{1, 0}};
  problem.neverShare = {{0, 1}};
  expectMessage("buffers 'a' and 'b' expect either to share an address or never to, but got both");
}
TEST_F(Malformed, index) {
  problem.sameAddress = {{1, 3}};
  expectMessage("a pair of buffers that share an address expects two indices below 3, but got 1 "
                "and 3");
  problem.sameAddress.clear();
  problem.neverShare = {{1, 1}};
  expectMessage("a pair of buffers that never share bytes expects two indices below 3, but got 1 "
                "and 1");
}

} // namespace tilework::placement
