//===- WorkTest.cpp - what streams compute and move, counted by hand ------------------------===//

#include "Work.h"
#include "Example.h"

#include "gtest/gtest.h"

using namespace tilework::recording;

TEST(Work, CountsWhatEachInstructionMoves) {
  std::vector<Work> works = workOfStreams(example());
  ASSERT_EQ(works.size(), 1u);
  EXPECT_EQ(works[0].readBytes, 3 * 64 * 4); // load, three times
  EXPECT_EQ(works[0].writtenBytes, 0);
  EXPECT_EQ(works[0].vectorElements, 64);
  EXPECT_EQ(works[0].channelBytes, 64 * 4);
  EXPECT_EQ(works[0].multiplyAdds, 0);
}

TEST(Work, CountsProductsAndUpdates) {
  Recording it = example();
  tw_instruction product = {};
  product.opcode = TW_MMAD;
  product.sizes[0] = 16, product.sizes[1] = 128, product.sizes[2] = 64;
  tw_instruction update = {};
  update.opcode = TW_FIXPIPE;
  update.flags = TW_ATOMIC_ADD;
  update.num_regions = 2;
  update.regions[0] = region(TW_L0C, 0, 16, 64);
  update.regions[1] = region(TW_GM, 0, 16, 64);
  it.instructions = {product, update};
  it.streams[0].units = {{{0, 0, 1}, {}, {}}};
  std::vector<Work> works = workOfStreams(it);
  EXPECT_EQ(works[0].multiplyAdds, 2 * 16 * 128 * 64);
  EXPECT_EQ(works[0].writtenBytes, 16 * 64 * 4);
  EXPECT_EQ(works[0].readBytes, 0);
}

TEST(Work, KnowsTheLastUserOfEachMemory) {
  EXPECT_EQ(lastUsers(example()), (std::vector<int64_t>{1, 1, -1}));
}
