#include "lib/Planning/ProductPieces.h"

#include <gtest/gtest.h>

namespace tilework {

static constexpr CubeBuffers kCube{65536, 65536, 128, 64, 20, 20, 2};
static constexpr ProductMemories kMemories{524288, 131072, 188416, 32,  1000, 160,
                                           4,      128,    512,    0.7, kCube};

static int64_t chunkBytes(const LargeProduct &product, const ProductPieces &pieces) {
  return (pieces.m + pieces.n) * pieces.k * product.elementBytes;
}

TEST(ProductPieces, a_product_that_fits_is_one_piece) {
  LargeProduct product{16, 256, 128, 2};
  product.keepsResult = true;
  auto pieces = chooseProductPieces(product, kMemories);
  ASSERT_TRUE(pieces);
  EXPECT_EQ(pieces->m, 16);
  EXPECT_EQ(pieces->n, 256);
  EXPECT_EQ(pieces->k, 128);
}

TEST(ProductPieces, two_chunks_of_k_fit_l1) {
  LargeProduct product{16, 1024, 5120, 2};
  product.keepsResult = true;
  auto pieces = chooseProductPieces(product, kMemories);
  ASSERT_TRUE(pieces);
  EXPECT_EQ(pieces->n, 1024);
  EXPECT_LT(pieces->k, 5120);
  EXPECT_LE(2 * chunkBytes(product, *pieces), kMemories.l1Bytes);
}

TEST(ProductPieces, loads_bind_so_that_pieces_are_near_squares) {
  LargeProduct product{1024, 1024, 4096, 2};
  auto pieces = chooseProductPieces(product, kMemories);
  ASSERT_TRUE(pieces);
  // 32768 elements fit l0c: 128 by 256 takes the least loads of those that divide 1024
  EXPECT_LE(pieces->m + pieces->n, 128 + 256);
  EXPECT_GE(pieces->m * pieces->n, 30000);
}

TEST(ProductPieces, pieces_leave_room_for_what_the_vector_cores_compute) {
  LargeProduct product{256, 1024, 512, 2};
  product.vectorBytesPerElement = 12;
  auto pieces = chooseProductPieces(product, kMemories);
  ASSERT_TRUE(pieces);
  EXPECT_LE(pieces->stages * pieces->m * pieces->n * 12, kMemories.ubBytes);
}

TEST(ProductPieces, an_operand_stays_where_k_is_whole) {
  auto wide = chooseProductPieces({256, 2048, 64, 2}, kMemories);
  auto tall = chooseProductPieces({2048, 256, 64, 2}, kMemories);
  ASSERT_TRUE(wide && tall);
  EXPECT_EQ(wide->k, 64);
  EXPECT_EQ(tall->k, 64);
  // of the larger operand, nothing is loaded twice
  EXPECT_TRUE(wide->columnsOutside || wide->m == 256);
  EXPECT_TRUE(!tall->columnsOutside || tall->n == 256);
}

TEST(ProductPieces, short_rows_are_avoided) {
  auto pieces = chooseProductPieces({16, 4096, 4096, 2}, kMemories);
  LargeProduct turned{16, 4096, 4096, 2};
  turned.transRhs = true;
  auto other = chooseProductPieces(turned, kMemories);
  ASSERT_TRUE(pieces && other);
  EXPECT_GE(pieces->n * 2, 512); // a row of rhs is along n
  EXPECT_GE(other->k * 2, 512);  // and here along k
}

TEST(ProductPieces, nothing_fits_without_room) {
  LargeProduct product{256, 1024, 512, 2};
  product.vectorBytesPerElement = 1024;
  EXPECT_FALSE(chooseProductPieces(product, kMemories));
  product = {1, 40000, 64, 2};
  product.keepsResult = true;
  EXPECT_FALSE(chooseProductPieces(product, kMemories));
}

TEST(ProductPieces, every_answer_fits) {
  for (int64_t m : {1, 15, 130, 1000})
    for (int64_t n : {1, 17, 700, 5120})
      for (int64_t k : {1, 100, 5000})
        for (int64_t bytes : {1, 2, 4}) {
          LargeProduct product{m, n, k, bytes};
          auto pieces = chooseProductPieces(product, kMemories);
          ASSERT_TRUE(pieces);
          EXPECT_LE(getAccumulatorBytes(pieces->m, pieces->n), kMemories.l0cBytes);
          EXPECT_LE((pieces->k < k ? 2 : 1) * chunkBytes(product, *pieces), kMemories.l1Bytes);
        }
}

} // namespace tilework
