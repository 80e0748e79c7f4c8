//===- SharedLink.cpp - one bandwidth that many transfers share
//----------------------------------===//

#include "SharedLink.h"

#include <algorithm>

namespace tilework::simulator {

int32_t SharedLink::addClass(Rate most) {
  auto number = static_cast<int32_t>(classes.size());
  classes.push_back({std::clamp<Rate>(most, 1, capacity), 0, 0, {}});
  byRate.push_back(number);
  std::stable_sort(byRate.begin(), byRate.end(),
                   [&](int32_t a, int32_t b) { return classes[a].most < classes[b].most; });
  return number;
}

/// The heap's first flow finishes first.
static constexpr auto isLater = [](const auto &a, const auto &b) {
  if (a.target != b.target)
    return static_cast<int64_t>(a.target - b.target) > 0;
  return a.order > b.order;
};

void SharedLink::advance(Time now) {
  uint64_t rate = 0;
  for (Class &each : classes) {
    if (each.flows.empty())
      continue;
    each.account += each.share * static_cast<uint64_t>(now - last);
    rate += each.share * each.flows.size();
  }
  given.add(last, now, rate >> (rateBits - seriesBits));
  last = now;
}

/// Fills the slowest classes up first: what they cannot take, the others share.
void SharedLink::share(Time now) {
  Rate left = capacity;
  uint64_t flows = 0;
  for (const Class &each : classes)
    flows += each.flows.size();
  next = never;
  for (int32_t number : byRate) {
    Class &each = classes[number];
    if (each.flows.empty())
      continue;
    each.share = std::min<Rate>(each.most, left / flows);
    left -= each.share * each.flows.size();
    flows -= each.flows.size();
    if (each.share == 0) // more flows than the rate has units; they wait for others
      continue;
    uint64_t missing = each.flows.front().target - each.account;
    Time finish = now + static_cast<Time>((missing + each.share - 1) / each.share);
    next = std::min(next, finish);
  }
}

void SharedLink::start(int32_t flowClass, int64_t bytes, int32_t flow, Time now) {
  advance(now);
  Class &its = classes[flowClass];
  its.flows.push_back({its.account + (static_cast<uint64_t>(bytes) << rateBits), started++, flow});
  std::push_heap(its.flows.begin(), its.flows.end(), isLater);
  total += bytes;
  share(now);
}

void SharedLink::finish(Time now, std::vector<int32_t> &finished) {
  advance(now);
  for (Class &each : classes)
    while (!each.flows.empty() &&
           static_cast<int64_t>(each.flows.front().target - each.account) <= 0) {
      std::pop_heap(each.flows.begin(), each.flows.end(), isLater);
      finished.push_back(each.flows.back().flow);
      each.flows.pop_back();
    }
  share(now);
}

} // namespace tilework::simulator
