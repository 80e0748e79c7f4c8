//===- SharedLink.h - one bandwidth that many transfers share ----------------------*- C++ -*-===//
//
// Max-min fair shares: each flow has at most the rate of its class, and nobody could have more
// without somebody who has no more having less. Shares change when a flow starts or finishes.
//
// All flows of a class always have the same rate, so a class keeps one account of what each of its
// flows has been given since the beginning, and a flow is finished when the account reaches what
// it stood at when the flow started plus its bytes. A change costs time by classes, not by flows.
// Accounts wrap around; differences between live flows do not.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_SIMULATOR_SHAREDLINK_H
#define TILEWORK_SIMULATOR_SHAREDLINK_H

#include "Series.h"

#include <cstdint>
#include <vector>

namespace tilework::simulator {

class SharedLink {
public:
  static constexpr int seriesBits = 24; ///< bytes in units of 2^-24: sums over long steps fit

  explicit SharedLink(Rate capacity) : capacity(capacity) {}

  /// A class of flows that can take `most`; returns its number.
  int32_t addClass(Rate most);

  /// A flow of `bytes` (above 0) from `now` on.
  void start(int32_t flowClass, int64_t bytes, int32_t flow, Time now);

  /// When the next flow finishes if none starts before; `never` without flows.
  Time nextFinish() const { return next; }

  /// Appends the flows that have finished at `now`, those of one class in the order they do, and
  /// of one instant in the order they started.
  void finish(Time now, std::vector<int32_t> &finished);

  int64_t totalBytes() const { return total; } ///< of all flows that started
  Rate rate() const { return capacity; }
  const Series &series() const { return given; } ///< what flows were given, in seriesBits

private:
  struct Flow {
    uint64_t target;
    uint64_t order;
    int32_t flow;
  };
  struct Class {
    Rate most, share;
    uint64_t account;
    std::vector<Flow> flows; ///< heap
  };
  void advance(Time now);
  void share(Time now);

  Rate capacity;
  std::vector<Class> classes;
  std::vector<int32_t> byRate; ///< classes, slowest first
  Time last = 0, next = never;
  uint64_t started = 0;
  int64_t total = 0;
  Series given;
};

} // namespace tilework::simulator

#endif // TILEWORK_SIMULATOR_SHAREDLINK_H
