#include "AccessMap.h"

#include <gtest/gtest.h>

namespace tilework::runtime {

static int64_t lastRetired;

struct AccessMapTest : testing::Test {
  AccessMap map{[](int64_t task) { return task <= lastRetired; }};
  std::vector<Dependence> found;
  void SetUp() override { lastRetired = -1; }

  Box bytes(const AccessMap::Root &root, uintptr_t begin, uintptr_t end) {
    int64_t size = end - begin, stride = 1;
    Box box;
    EXPECT_TRUE(makeBox({begin, 1, 1, &size, &stride}, {0, 1, 1, {0}, {size}}, root.span, box));
    return box;
  }
  size_t access(AccessMap::Root &root, int64_t task, uintptr_t begin, uintptr_t end,
                int32_t direction) {
    found.clear();
    Box box = bytes(root, begin, end);
    map.findDependences(root, box, direction, found);
    map.record(root, box, direction, task);
    return found.size();
  }
};

TEST_F(AccessMapTest, overlapping_arrays_share_a_root) {
  map.addRoot({100, 200});
  map.addRoot({300, 400});
  map.addRoot({150, 310});
  map.addRoot({400, 500}); // touches, no overlap
  EXPECT_EQ(map.rootOf({100, 400}), map.rootOf({320, 330}));
  EXPECT_EQ(map.rootOf({390, 410}), nullptr);
  EXPECT_NE(map.rootOf({400, 410}), nullptr);
  EXPECT_EQ(map.rootOf({50, 60}), nullptr);
  EXPECT_EQ(map.rootOf({500, 501}), nullptr);
}

TEST_F(AccessMapTest, a_covering_write_stands_for_what_it_covers) {
  map.addRoot({100, 200});
  AccessMap::Root &root = *map.rootOf({100, 200});
  EXPECT_EQ(access(root, 0, 100, 150, TW_WRITE), 0u);
  EXPECT_EQ(access(root, 1, 110, 120, TW_READ), 1u);
  EXPECT_EQ(access(root, 2, 140, 160, TW_READ), 1u);
  EXPECT_EQ(access(root, 3, 100, 150, TW_WRITE), 3u); // both readers, and the first writer
  EXPECT_EQ(root.writes.size(), 1u);
  EXPECT_EQ(root.reads.size(), 1u); // the second reader reaches further
  EXPECT_EQ(access(root, 4, 100, 200, TW_READ_WRITE), 2u);
  EXPECT_EQ(root.reads.size(), 0u);
}

TEST_F(AccessMapTest, retired_tasks_are_forgotten) {
  map.addRoot({0, 100000});
  AccessMap::Root &root = *map.rootOf({0, 1});
  for (int64_t task = 0; task < 10000; ++task) {
    lastRetired = task - 5;
    EXPECT_EQ(access(root, task, task, task + 1, TW_READ), 0u);
  }
  EXPECT_LT(root.reads.size(), 1000u);
  lastRetired = 9997;
  EXPECT_EQ(access(root, 10000, 0, 100000, TW_WRITE), 2u);
}

} // namespace tilework::runtime
