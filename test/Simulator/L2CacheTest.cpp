//===- L2CacheTest.cpp - the cache against one that counts line by line
//-------------------------===//

#include "L2Cache.h"

#include <gtest/gtest.h>

#include <list>
#include <map>
#include <random>
#include <set>

using tilework::simulator::L2Cache;

namespace {
/// Each line on its own, extents as lists in order of use.
class LineByLine {
public:
  LineByLine(int64_t capacity, int64_t line, int64_t extent)
      : most(capacity / extent), line(line), extent(extent) {}

  void access(int64_t address, int64_t bytes, bool writes, L2Cache::Traffic &traffic) {
    for (int64_t byte = address; byte < address + bytes; ++byte) {
      bool isFirstOfLine = byte == address || byte % line == 0;
      if (!isFirstOfLine)
        continue;
      int64_t end = std::min(address + bytes, (byte / line + 1) * line);
      touch(byte / extent, traffic);
      bool isThere = valid.count(byte / line) != 0;
      if (writes) {
        dirty.insert(byte / line);
      } else if (isThere) {
        traffic.hitBytes += end - byte;
      } else {
        traffic.fetchedBytes += line;
      }
      valid.insert(byte / line);
    }
  }

  int64_t dirtyBytes() const { return static_cast<int64_t>(dirty.size()) * line; }

private:
  void touch(int64_t number, L2Cache::Traffic &traffic) {
    used.remove(number);
    used.push_back(number);
    if (static_cast<int64_t>(used.size()) <= most)
      return;
    for (int64_t at = used.front() * extent / line; at < (used.front() + 1) * extent / line; ++at) {
      valid.erase(at);
      traffic.writtenBackBytes += dirty.erase(at) * line;
    }
    used.pop_front();
  }
  int64_t most, line, extent;
  std::list<int64_t> used;
  std::set<int64_t> valid, dirty;
};
} // namespace

TEST(L2Cache, AgreesLineByLine) {
  for (unsigned seed = 0; seed < 40; ++seed) {
    std::mt19937 random(seed);
    L2Cache cache(16 * 4096, 512, 4096);
    LineByLine model(16 * 4096, 512, 4096);
    for (int i = 0; i < 400; ++i) {
      auto address = static_cast<int64_t>(random() % (40 * 4096)),
           bytes = 1 + static_cast<int64_t>(random() % 6000);
      bool writes = random() % 3 == 0;
      L2Cache::Traffic got, expected;
      writes ? cache.write(address, bytes, 0, got) : cache.read(address, bytes, 0, got);
      model.access(address, bytes, writes, expected);
      ASSERT_EQ(got.hitBytes, expected.hitBytes) << "seed " << seed << " access " << i;
      ASSERT_EQ(got.fetchedBytes, expected.fetchedBytes) << "seed " << seed << " access " << i;
      ASSERT_EQ(got.writtenBackBytes, expected.writtenBackBytes) << "seed " << seed;
    }
    EXPECT_EQ(cache.dirtyByOwner()[0], model.dirtyBytes());
  }
}

TEST(L2Cache, KeepsOwnersApart) {
  L2Cache cache(2 * 4096, 512, 4096);
  L2Cache::Traffic traffic;
  cache.write(0, 512, 0, traffic);
  cache.write(4096, 1024, 3, traffic);
  EXPECT_EQ(cache.dirtyByOwner()[3], 1024);
  cache.read(8192, 512, 1, traffic); // the oldest goes
  EXPECT_EQ(cache.writtenBackByOwner()[0], 512);
  EXPECT_EQ(traffic.writtenBackBytes, 512);
}
