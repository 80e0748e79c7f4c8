#include "TensorPool.h"

#include <gtest/gtest.h>

#include <vector>

namespace tilework::runtime {

constexpr int64_t mega = 1 << 20;

struct TensorPoolTest : testing::Test {
  TensorPool pool{/*reserves=*/false};
  std::vector<uintptr_t> forgotten;
  void collect(int64_t oldest) {
    pool.collect(oldest, [&](uintptr_t begin) { forgotten.push_back(begin); });
  }
};

TEST_F(TensorPoolTest, the_last_holder_releases) {
  void *tensor = pool.allocate(100);
  pool.retain(tensor);
  EXPECT_FALSE(pool.release(tensor, 0));
  EXPECT_TRUE(pool.release(tensor, 0));
  EXPECT_FALSE(pool.release(tensor, 0)); // it is none of the pool's any more
}

TEST_F(TensorPoolTest, what_it_did_not_allocate_has_no_holders) {
  int other = 0;
  void *tensor = pool.allocate(100);
  pool.retain(nullptr);
  pool.retain(&other);
  EXPECT_FALSE(pool.release(nullptr, 0));
  EXPECT_FALSE(pool.release(&other, 0));
  EXPECT_FALSE(pool.release(static_cast<char *>(tensor) + 64, 0));
}

TEST_F(TensorPoolTest, memory_is_used_again_once_the_tasks_before_have_ended) {
  void *first = pool.allocate(mega);
  pool.release(first, 7);
  collect(6);
  void *second = pool.allocate(mega);
  EXPECT_NE(first, second);
  EXPECT_TRUE(forgotten.empty());
  collect(7);
  EXPECT_EQ(forgotten, std::vector<uintptr_t>{reinterpret_cast<uintptr_t>(first)});
  EXPECT_EQ(pool.allocate(mega - mega / 16), first); // about as large
  EXPECT_EQ(pool.peakBytes(), 2 * mega);
}

TEST_F(TensorPoolTest, what_is_kept_does_not_raise_the_peak) {
  // Ever larger ones, of which none fits where the one before it was.
  int64_t largest = 0;
  for (int64_t size = mega; size < 64 * mega; size = largest * 5 / 4) {
    pool.release(pool.allocate(size), 0);
    collect(0);
    largest = size;
  }
  EXPECT_EQ(pool.peakBytes(), largest);
  // Many small ones come out of what a large one leaves to the host.
  for (int i = 0; i < 16; ++i)
    pool.allocate(mega);
  EXPECT_EQ(pool.peakBytes(), largest);
}

TEST_F(TensorPoolTest, only_much_memory_is_awaited) {
  for (int64_t task = 0; task < 100; ++task)
    pool.release(pool.allocate(mega), task);
  EXPECT_EQ(pool.awaitedTask(1), 83);  // 16 MB may be left
  EXPECT_EQ(pool.awaitedTask(50), 49); // a thread needs one of them
  collect(83);
  EXPECT_EQ(pool.awaitedTask(1), -1);
}

TEST_F(TensorPoolTest, tensors_without_bytes_have_addresses_of_their_own) {
  EXPECT_NE(pool.allocate(0), pool.allocate(0));
  EXPECT_THROW(pool.allocate(-1), std::runtime_error);
  EXPECT_THROW(pool.allocate(std::numeric_limits<int64_t>::max()), std::runtime_error);
  EXPECT_EQ(pool.peakBytes(), 0);
}

TEST_F(TensorPoolTest, addresses_alone_are_given_back_too) {
  TensorPool addresses{/*reserves=*/true};
  for (int64_t task = 0; task < 10; ++task) {
    addresses.release(addresses.allocate(int64_t(1) << 40), task);
    addresses.collect(task, [](uintptr_t) {});
  }
  EXPECT_EQ(addresses.peakBytes(), int64_t(1) << 40);
}

} // namespace tilework::runtime
