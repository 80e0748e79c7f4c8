#include "Arena.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace tilework::runtime {

TEST(Arena, aligns_and_separates_allocations) {
  Arena arena;
  char *last = nullptr;
  for (int64_t size : {1, 64, 65, 100000, 3000000, 7}) {
    auto *memory = static_cast<char *>(arena.allocate(size));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(memory) % 64, 0u);
    EXPECT_NE(memory, last);
    std::fill_n(memory, size, char(size)); // a sanitizer sees an overlap with the heap
    last = memory;
  }
}

TEST(Arena, growing_moves_nothing) {
  Arena arena;
  std::vector<int64_t *> all;
  for (int64_t i = 0; i < 1000; ++i) {
    all.push_back(static_cast<int64_t *>(arena.allocate(10000)));
    std::fill_n(all.back(), 1250, i);
  }
  for (int64_t i = 0; i < 1000; ++i)
    EXPECT_EQ(std::count(all[i], all[i] + 1250, i), 1250);
}

TEST(Arena, reset_reuses_the_chunks) {
  Arena arena;
  void *first = arena.allocate(500000);
  arena.allocate(5000000);
  int64_t capacity = arena.capacityBytes();
  for (int i = 0; i < 100; ++i) {
    arena.reset();
    EXPECT_EQ(arena.allocate(500000), first);
    arena.allocate(5000000);
  }
  EXPECT_EQ(arena.capacityBytes(), capacity);
}

TEST(Arena, refuses_impossible_sizes) {
  Arena arena;
  EXPECT_THROW(arena.allocate(-1), std::runtime_error);
  EXPECT_THROW(arena.allocate(int64_t(1) << 62), std::runtime_error);
}

} // namespace tilework::runtime
