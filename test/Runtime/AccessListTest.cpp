#include "AccessList.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>

namespace tilework::runtime {

static Box box(int64_t begin, int64_t end) {
  int64_t size = end - begin, stride = 1;
  Box made;
  makeBox({static_cast<uintptr_t>(begin), 1, 1, &size, &stride}, {0, 1, 1, {0}, {size}},
          {0, 1 << 30}, made);
  return made;
}

/// Whatever happens, it finds and keeps what a plain list does.
TEST(AccessList, finds_what_a_plain_list_finds) {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    std::mt19937 random(seed);
    auto below = [&](int64_t limit) { return static_cast<int64_t>(random() % limit); };
    AccessList list;
    std::vector<Access> plain;
    int64_t widest = seed % 2 ? 100 : 100000;
    for (int64_t task = 0; task < 4000; ++task) {
      int64_t begin = below(1 << 20);
      Box own = box(begin, begin + 1 + below(below(10) == 0 ? 1 << 19 : widest));
      if (below(5) == 0) {
        int64_t modulus = 2 + below(6);
        std::vector<int64_t> found, expected;
        auto keep = [&](std::vector<int64_t> &tasks, const Access &it) {
          if (it.box.end <= own.begin || own.end <= it.box.begin)
            return true;
          tasks.push_back(it.task);
          return it.task % modulus != 0;
        };
        list.filterNear(own, [&](const Access &it) { return keep(found, it); });
        auto gone = std::remove_if(plain.begin(), plain.end(),
                                   [&](const Access &it) { return !keep(expected, it); });
        plain.erase(gone, plain.end());
        std::sort(found.begin(), found.end());
        std::sort(expected.begin(), expected.end());
        ASSERT_EQ(found, expected);
      }
      if (below(1000) == 0) {
        auto isLate = [&](const Access &it) { return it.task > task - 500; };
        list.filter(isLate);
        plain.erase(std::remove_if(plain.begin(), plain.end(),
                                   [&](const Access &it) { return !isLate(it); }),
                    plain.end());
      }
      ASSERT_EQ(list.size(), plain.size());
      list.add(task, own);
      plain.push_back({task, own});
    }
  }
}

TEST(AccessList, looks_at_what_is_near) {
  AccessList list;
  for (int64_t i = 0; i < 100000; ++i)
    list.add(i, box(i * 100, i * 100 + 100));
  int64_t visits = 0;
  for (int64_t i = 0; i < 1000; ++i)
    list.filterNear(box(i * 5000, i * 5000 + 100), [&](const Access &) {
      ++visits;
      return true;
    });
  EXPECT_EQ(visits, 1000);
}

} // namespace tilework::runtime
