//===- Random.h - the same random numbers on every host -----------------------------*- C++ -*-===//
//
// SplitMix64 (Steele, Lea, Flood 2014). The standard library's distributions differ between hosts.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_PLANNING_PLACEMENT_RANDOM_H
#define TILEWORK_PLANNING_PLACEMENT_RANDOM_H

#include <cstdint>

namespace tilework::placement {

class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}

  uint64_t next() {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  /// One of 0, 1, …, count - 1; `count` is positive and small beside 2^64.
  int64_t below(int64_t count) { return int64_t(next() % uint64_t(count)); }

  /// One of low, …, high.
  int64_t between(int64_t low, int64_t high) { return low + below(high - low + 1); }

  bool oneIn(int64_t count) { return below(count) == 0; }

private:
  uint64_t state;
};

} // namespace tilework::placement

#endif // TILEWORK_PLANNING_PLACEMENT_RANDOM_H
