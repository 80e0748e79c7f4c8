#include "lib/Planning/VerifyPlacement/VerifyPlacement.h"
#include "Instances.h"
#include "Problems.h"
#include "lib/Planning/Placement/Random.h"

#include <algorithm>

namespace tilework::placement {

static bool has(const std::vector<Violation> &violations, Violation::Kind kind, int32_t first = -1,
                int32_t second = -1) {
  return std::any_of(violations.begin(), violations.end(), [&](const Violation &it) {
    return it.kind == kind && it.first == first && it.second == second;
  });
}

/// A good placement, written by hand, to be broken:
///
///     bytes 32 … 47 | c c c c c d d d |
///     bytes  0 … 31 | a a a b b b e e |   b takes over from a at time 3; e is half as wide
struct Broken : testing::Test {
  Problem problem;
  Placement placement;
  void SetUp() override {
    problem.capacityBytes = 48;
    add(problem, 32, {{0, 4}}, 16);
    add(problem, 32, {{3, 6}}, 16);
    add(problem, 16, {{0, 5}}, 16);
    add(problem, 16, {{5, 8}}, 16);
    add(problem, 16, {{6, 8}}, 16);
    problem.sameAddress = {{1, 0}};
    problem.neverShare = {{4, 2}};
    problem.buffers[3].fixedAddress = 32;
    placement.addresses = {0, 0, 32, 32, 0};
    placement.peakBytes = 48;
  }
  /// Exactly one violation.
  void expectOnly(Violation::Kind kind, int32_t first, int32_t second, const std::string &message) {
    std::vector<Violation> violations = verifyPlacement(problem, placement);
    ASSERT_EQ(violations.size(), 1u);
    EXPECT_TRUE(has(violations, kind, first, second));
    EXPECT_EQ(violations[0].message, message);
  }
};

TEST_F(Broken, not_yet) {
  EXPECT_TRUE(verifyPlacement(problem, placement).empty());
}

TEST_F(Broken, count) {
  placement.addresses.pop_back();
  expectOnly(Violation::WrongCount, -1, -1, "expects 5 addresses, but got 4");
}
TEST_F(Broken, shifted_address) {
  placement.addresses[2] = 16;
  std::vector<Violation> violations = verifyPlacement(problem, placement);
  EXPECT_TRUE(has(violations, Violation::Overlap, 0, 2));
  EXPECT_TRUE(has(violations, Violation::Overlap, 1, 2));
  EXPECT_EQ(violations.size(), 2u);
}
TEST_F(Broken, longer_lifetime) {
  problem.buffers[2].live[0].end = 6;
  expectOnly(Violation::Overlap, 2, 3,
             "buffers 'c' [32, 48) and 'd' [32, 48) overlap, but both live at 5");
}
TEST_F(Broken, second_interval) {
  problem.buffers[2].live.push_back({7, 8});
  expectOnly(Violation::Overlap, 2, 3,
             "buffers 'c' [32, 48) and 'd' [32, 48) overlap, but both live at 7");
}
TEST_F(Broken, takeover_that_lasts) {
  problem.buffers[0].live[0].end = 5;
  expectOnly(Violation::Overlap, 0, 1,
             "buffers 'a' [0, 32) and 'b' [0, 32) overlap, but both live at 3");
}
TEST_F(Broken, takeover_in_two_stretches) {
  problem.buffers[0].live[0].end = 5;
  add(problem, 16, {{4, 5}}); // divides the time they share
  placement.addresses.push_back(48);
  problem.capacityBytes = placement.peakBytes = 64;
  expectOnly(Violation::Overlap, 0, 1,
             "buffers 'a' [0, 32) and 'b' [0, 32) overlap, but both live at 4");
}
TEST_F(Broken, dropped_alias) {
  problem.sameAddress.clear();
  expectOnly(Violation::Overlap, 0, 1,
             "buffers 'a' [0, 32) and 'b' [0, 32) overlap, but both live at 3");
}
TEST_F(Broken, parted_alias) {
  problem.capacityBytes = 80;
  placement.peakBytes = 80;
  placement.addresses[1] = 48;
  expectOnly(Violation::NotTogether, 1, 0,
             "buffers 'b' [48, 80) and 'a' [0, 32) expect one address");
}
TEST_F(Broken, unknown_order) {
  problem.neverShare = {{4, 0}};
  expectOnly(Violation::Overlap, 4, 0,
             "buffers 'e' [0, 16) and 'a' [0, 32) overlap, but must never share bytes");
}
TEST_F(Broken, alignment) {
  placement.addresses[4] = 8;
  expectOnly(Violation::Misaligned, 4, -1, "buffer 'e' [8, 24) expects an address aligned to 16");
}
TEST_F(Broken, capacity) {
  problem.capacityBytes = 47;
  std::vector<Violation> violations = verifyPlacement(problem, placement);
  EXPECT_TRUE(has(violations, Violation::OutOfCapacity, 2));
  EXPECT_TRUE(has(violations, Violation::OutOfCapacity, 3));
  EXPECT_EQ(violations.size(), 2u);
}
TEST_F(Broken, negative_address) {
  placement.addresses[4] = -16;
  expectOnly(Violation::OutOfCapacity, 4, -1, "buffer 'e' [-16, 0) expects to lie in [0, 48)");
}
TEST_F(Broken, fixed_address) {
  problem.buffers[3].fixedAddress = 0;
  expectOnly(Violation::NotAtFixed, 3, -1, "buffer 'd' [32, 48) expects address 0");
}
TEST_F(Broken, peak) {
  placement.peakBytes = 40;
  expectOnly(Violation::WrongPeak, -1, -1, "expects a peak of 48 bytes, but got 40");
}

/// In a packing without a gap, no buffer can move, grow or live longer unseen.
TEST(Mutations, of_full_packings_are_seen) {
  Random random(3);
  int tried = 0;
  for (int i = 0; i < 20; ++i) {
    Problem problem = makeInstance(Family::Cut, 40, 100, random.next());
    Result result = place(problem);
    if (result.status != Status::Placed)
      continue;
    ASSERT_TRUE(verifyPlacement(problem, result.placement).empty());
    for (int j = 0; j < 40; ++j, ++tried) {
      int32_t chosen = random.below(problem.buffers.size());
      Placement shifted = result.placement;
      shifted.addresses[chosen] += random.oneIn(2) ? GranuleBytes : -GranuleBytes;
      EXPECT_FALSE(verifyPlacement(problem, shifted).empty());
      Problem larger = problem;
      larger.buffers[chosen].sizeBytes += 1;
      EXPECT_FALSE(verifyPlacement(larger, result.placement).empty());
      Problem longer = problem;
      Interval &live = longer.buffers[chosen].live[0];
      if (live.begin == 0)
        continue; // the packing ends there
      live.begin -= 1;
      EXPECT_FALSE(verifyPlacement(longer, result.placement).empty());
    }
  }
  EXPECT_GT(tried, 100);
}

} // namespace tilework::placement
