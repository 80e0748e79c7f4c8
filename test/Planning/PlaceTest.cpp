#include "Problems.h"

namespace tilework::placement {

using Addresses = std::vector<int64_t>;

static Result placeBy(Solver last, const Problem &problem) {
  Options options;
  options.last = last;
  return place(problem, options);
}

TEST(Place, nothing_needs_nothing) {
  Problem problem;
  problem.capacityBytes = 64;
  Result result = place(problem);
  expectPlaced(problem, result);
  EXPECT_EQ(result.placement.peakBytes, 0);
  EXPECT_TRUE(result.placement.optimal);
}

TEST(Place, buffers_that_never_meet_share_bytes) {
  Problem problem;
  problem.capacityBytes = 64;
  add(problem, 64, {{0, 2}});
  add(problem, 64, {{2, 4}});
  Result result = place(problem);
  expectPlaced(problem, result);
  EXPECT_EQ(result.placement.addresses, (Addresses{0, 0}));
  EXPECT_EQ(result.placement.solver, Solver::FirstFit);
}

TEST(Place, addresses_are_aligned) {
  Problem problem;
  problem.capacityBytes = 128;
  add(problem, 10, {{0, 4}}, 2);
  add(problem, 32, {{0, 4}}, 32);
  add(problem, 20, {{0, 4}}, 4);
  Result result = place(problem);
  expectPlaced(problem, result);
  EXPECT_EQ(result.placement.peakBytes, 62);
}

TEST(Place, the_bound_counts_padding_between_aligned_buffers) {
  Problem problem;
  problem.capacityBytes = 256;
  for (int64_t size : {40, 50, 60})
    add(problem, size, {{0, 1}}, 64);
  Result result = place(problem);
  expectPlaced(problem, result);
  EXPECT_EQ(result.lowerBoundBytes, 64 + 64 + 40);
  EXPECT_EQ(result.placement.peakBytes, 64 + 64 + 40);
}

TEST(Place, holes_in_a_lifetime_are_filled) {
  Problem problem;
  problem.capacityBytes = 100;
  add(problem, 60, {{0, 2}, {8, 10}});
  add(problem, 100, {{2, 8}});
  Result result = place(problem);
  expectPlaced(problem, result);
  EXPECT_EQ(result.placement.peakBytes, 100);
}

TEST(Place, in_place_results_take_their_operands_address) {
  Problem problem;
  problem.capacityBytes = 100;
  int32_t operand = add(problem, 60, {{0, 5}});
  int32_t result = add(problem, 60, {{4, 9}});
  add(problem, 40, {{0, 9}});
  problem.sameAddress = {{result, operand}};
  Result placed = place(problem);
  expectPlaced(problem, placed);
  EXPECT_EQ(placed.placement.addresses[operand], placed.placement.addresses[result]);
  EXPECT_EQ(placed.placement.peakBytes, 100);
}

TEST(Place, bytes_beyond_a_smaller_result_are_free) {
  Problem problem; // float32 becomes bf16 in place; half of the tile is free from then on
  problem.capacityBytes = 64;
  int32_t wide = add(problem, 64, {{0, 5}});
  int32_t narrow = add(problem, 32, {{4, 9}});
  add(problem, 32, {{5, 9}});
  problem.sameAddress = {{narrow, wide}};
  Result result = place(problem);
  expectPlaced(problem, result);
  EXPECT_EQ(result.placement.peakBytes, 64);
}

TEST(Place, fixed_buffers_stay_where_they_are) {
  Problem problem;
  problem.capacityBytes = 100;
  add(problem, 30, {{0, 4}});
  add(problem, 40, {{0, 4}});
  problem.buffers[1].fixedAddress = 30;
  add(problem, 30, {{0, 4}});
  Result result = place(problem);
  expectPlaced(problem, result);
  EXPECT_EQ(result.placement.addresses, (Addresses{0, 30, 70}));
}

TEST(Place, buffers_of_unknown_order_share_nothing) {
  Problem problem;
  problem.capacityBytes = 100;
  add(problem, 50, {{0, 1}});
  add(problem, 50, {{5, 6}});
  problem.neverShare = {{0, 1}};
  Result result = place(problem);
  expectPlaced(problem, result);
  EXPECT_EQ(result.placement.peakBytes, 100);
  EXPECT_EQ(result.lowerBoundBytes, 100);
}

/// First fit puts `a` at the bottom, and the long `b` onto it.
///
///     bytes 3 | c d d |
///     bytes 2 | a d d |
///     bytes 0 | b b b |
TEST(Place, greedy_orders_succeed_where_program_order_fails) {
  Problem problem;
  problem.capacityBytes = 4;
  add(problem, 1, {{0, 1}});
  add(problem, 2, {{0, 3}});
  add(problem, 1, {{0, 1}});
  add(problem, 2, {{1, 3}});
  EXPECT_EQ(placeBy(Solver::FirstFit, problem).status, Status::NotFound);
  Result result = placeBy(Solver::Greedy, problem);
  expectPlaced(problem, result);
  EXPECT_EQ(result.placement.solver, Solver::Greedy);
}

/// Not by length, size, area or contention: the short `g` has to lie at the bottom.
///
///     byte  5 | b b f f f h |
///     byte  4 | b b e e e e |
///     bytes 2 | a d d d g g |
///     bytes 0 | c c c c g g |
TEST(Place, the_search_succeeds_where_greedy_orders_fail) {
  Problem problem;
  problem.capacityBytes = 6;
  add(problem, 2, {{0, 1}});
  add(problem, 2, {{0, 2}});
  add(problem, 2, {{0, 4}});
  add(problem, 2, {{1, 4}});
  add(problem, 1, {{2, 6}});
  add(problem, 1, {{2, 5}});
  add(problem, 4, {{4, 6}});
  add(problem, 1, {{5, 6}});
  EXPECT_EQ(placeBy(Solver::Greedy, problem).status, Status::NotFound);
  Result result = placeBy(Solver::Search, problem);
  expectPlaced(problem, result);
  EXPECT_EQ(result.placement.solver, Solver::Search);
}

TEST(Place, a_fit_suffices_when_asked) {
  Problem problem;
  problem.capacityBytes = 5;
  add(problem, 1, {{0, 1}});
  add(problem, 2, {{0, 3}});
  add(problem, 1, {{0, 1}});
  add(problem, 2, {{1, 3}});
  Options options;
  options.stopWhenFits = true;
  Result result = place(problem, options);
  expectPlaced(problem, result);
  EXPECT_EQ(result.placement.solver, Solver::FirstFit);
  EXPECT_EQ(result.placement.peakBytes, 5);
  EXPECT_FALSE(result.placement.optimal);
  EXPECT_EQ(place(problem).placement.peakBytes, 4);
}

} // namespace tilework::placement
