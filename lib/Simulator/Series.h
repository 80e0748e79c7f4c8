//===- Series.h - an amount over time, in a bounded number of steps ---------------*- C++ -*-===//

#ifndef TILEWORK_SIMULATOR_SERIES_H
#define TILEWORK_SIMULATOR_SERIES_H

#include "Machine.h"

#include <algorithm>
#include <vector>

namespace tilework::simulator {

/// Integrals of a piecewise constant rate over steps of equal width. Where time outgrows them, two
/// neighbours become one.
class Series {
public:
  static constexpr size_t most = 2048;

  Time stepWidth() const { return width; }
  const std::vector<uint64_t> &steps() const { return sums; }

  /// `rate` per tick from `begin` to `end`.
  void add(Time begin, Time end, uint64_t rate) {
    if (rate == 0 || begin >= end)
      return;
    while (end > static_cast<Time>(most) * width)
      fold();
    if (size_t last = (end - 1) / width; last >= sums.size())
      sums.resize(last + 1);
    while (begin < end) {
      size_t step = begin / width;
      Time until = std::min<Time>(end, (step + 1) * width);
      sums[step] += rate * (until - begin);
      begin = until;
    }
  }

private:
  void fold() {
    for (size_t i = 0; i < sums.size(); ++i) {
      uint64_t sum = sums[i];
      sums[i] = 0;
      sums[i / 2] += sum;
    }
    sums.resize((sums.size() + 1) / 2);
    width *= 2;
  }

  Time width = 1 << 17; ///< 131 ns
  std::vector<uint64_t> sums;
};

} // namespace tilework::simulator

#endif // TILEWORK_SIMULATOR_SERIES_H
