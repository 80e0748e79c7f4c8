//===- Interleaving.cpp - which of the enabled instructions comes next ------------------------===//

#include "Interleaving.h"
#include "StreamAbi.h"

#include <algorithm>

namespace tilework::runtime::exact {

Interleaving::Interleaving(uint64_t seed)
    : order(seed == 0   ? Order::first
            : seed == 1 ? Order::last
                        : Order::random),
      state(seed) {
  if (order != Order::random)
    return;
  auto flavour = static_cast<int32_t>((seed - 2) % (TW_PIPES + 1 + TW_UNITS));
  if (flavour < TW_PIPES)
    pipe = flavour;
  else if (flavour > TW_PIPES)
    unit = flavour - TW_PIPES - 1;
}

/// SplitMix64.
uint64_t Interleaving::next() {
  state += 0x9e3779b97f4a7c15;
  uint64_t z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

const Head &Interleaving::choose(const std::vector<Head> &enabled) {
  auto isEarlier = [](const Head &a, const Head &b) {
    return a.index != b.index ? a.index < b.index : a.unit < b.unit;
  };
  if (order == Order::first)
    return *std::min_element(enabled.begin(), enabled.end(), isEarlier);
  if (order == Order::last)
    return *std::max_element(enabled.begin(), enabled.end(), isEarlier);
  auto isFed = [this](const Head &head) { return !starves(head); };
  auto fed = static_cast<uint64_t>(std::count_if(enabled.begin(), enabled.end(), isFed));
  uint64_t skip = next() % (fed ? fed : enabled.size());
  for (const Head &head : enabled)
    if ((!fed || isFed(head)) && skip-- == 0)
      return head;
  return enabled.front();
}

} // namespace tilework::runtime::exact
