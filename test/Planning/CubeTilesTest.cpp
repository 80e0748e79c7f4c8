#include "lib/Planning/CubeTiles.h"

#include <gtest/gtest.h>

namespace tilework {

static constexpr CubeBuffers kBuffers{65536, 65536, 128, 64, 20, 20, 2};

static int64_t operandBytes(const CubeProduct &product) {
  return (product.m * product.k + product.k * product.n) * product.elementBytes;
}

TEST(CubeTiles, an_operand_stays_while_its_place_does) {
  CubeProduct product{16, 1024, 128, 2};
  // lhs is one piece: it is moved before the loop over the columns
  CubeCosts costs = estimateCubeTiles(product, {16, 128, 128}, kBuffers);
  EXPECT_EQ(costs.lhsMoves, 1);
  EXPECT_EQ(costs.rhsMoves, 8);
  EXPECT_EQ(costs.products, 8);
  EXPECT_EQ(costs.movedBytes, operandBytes(product));
}

TEST(CubeTiles, the_order_of_loops_decides_what_is_moved_again) {
  CubeProduct product{256, 256, 256, 2};
  CubeCosts inner = estimateCubeTiles(product, {128, 128, 64, {cubeN, cubeM, cubeK}}, kBuffers);
  EXPECT_EQ(inner.lhsMoves, 16);
  EXPECT_EQ(inner.rhsMoves, 16);
  // k outermost: lhs stays over the columns, rhs is moved for each row
  CubeCosts outer = estimateCubeTiles(product, {128, 128, 64, {cubeK, cubeM, cubeN}}, kBuffers);
  EXPECT_EQ(outer.lhsMoves, 8);
  EXPECT_EQ(outer.rhsMoves, 16);
  EXPECT_LT(outer.movedBytes, inner.movedBytes);
}

TEST(CubeTiles, tails_are_moved_as_they_are) {
  CubeProduct product{16, 100, 128, 2};
  CubeCosts costs = estimateCubeTiles(product, {16, 64, 128}, kBuffers);
  EXPECT_EQ(costs.rhsMoves, 2);
  EXPECT_EQ(costs.movedBytes, operandBytes(product));
}

TEST(CubeTiles, four_bytes_take_two_passes_over_shallow_fractals) {
  CubeCosts narrow = estimateCubeTiles({64, 64, 64, 2}, {64, 64, 64}, kBuffers);
  CubeCosts wide = estimateCubeTiles({64, 64, 64, 4}, {64, 64, 64}, kBuffers);
  EXPECT_EQ(narrow.mmadCycles, 20 + 4 * 4 * 4 + 20);
  EXPECT_EQ(wide.mmadCycles, 20 + 4 * 4 * 8 * 2 + 20);
}

TEST(CubeTiles, two_pieces_fit_and_fractals_alone_are_no_better) {
  for (int64_t m : {1, 16, 100, 256})
    for (int64_t n : {1, 64, 130, 512})
      for (int64_t k : {1, 100, 512})
        for (int64_t bytes : {1, 2, 4}) {
          CubeProduct product{m, n, k, bytes};
          CubeTiles tiles = chooseCubeTiles(product, kBuffers);
          EXPECT_LE(2 * tiles.m * tiles.k * bytes, kBuffers.l0aBytes);
          EXPECT_LE(2 * tiles.n * tiles.k * bytes, kBuffers.l0bBytes);
          double cycles = estimateCubeTiles(product, tiles, kBuffers).getCycles();
          EXPECT_LE(cycles, estimateCubeTiles(product, {16, 16, 16}, kBuffers).getCycles());
        }
}

} // namespace tilework
