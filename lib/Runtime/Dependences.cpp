//===- Dependences.cpp - what one task depends on -----------------------------------*- C++ -*-===//

#include "Dependences.h"

#include <algorithm>

namespace tilework::runtime {

using recording::Dependence;

void unite(std::vector<Dependence> &dependences) {
  auto isBefore = [](const Dependence &a, const Dependence &b) { return a.task < b.task; };
  auto isOut = [](const Dependence &a, const Dependence &b) { return a.task >= b.task; };
  if (std::adjacent_find(dependences.begin(), dependences.end(), isOut) == dependences.end())
    return;
  if (dependences.size() > 16) // fewer are sorted faster below
    std::sort(dependences.begin(), dependences.end(), isBefore);
  auto end = dependences.begin();
  for (Dependence each : dependences) {
    auto at = end;
    while (at != dependences.begin() && isBefore(each, at[-1]))
      --at;
    if (at != dependences.begin() && at[-1].task == each.task) {
      at[-1].reasons |= each.reasons;
      continue;
    }
    for (auto to = end++; to != at; --to)
      *to = to[-1];
    *at = each;
  }
  dependences.erase(end, dependences.end());
}

} // namespace tilework::runtime
