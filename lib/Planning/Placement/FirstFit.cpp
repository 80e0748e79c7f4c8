//===- FirstFit.cpp - the lowest free address, unit by unit -------------------------*- C++ -*-===//

#include "FirstFit.h"

#include <algorithm>
#include <numeric>

using namespace tilework::placement;

int64_t tilework::placement::lowestFree(const Model &model, int32_t unit,
                                        const std::vector<int64_t> &addresses,
                                        std::vector<std::pair<int64_t, int64_t>> &scratch) {
  scratch.clear(); // of each neighbour: it is met at the addresses above `first`, below `second`
  for (const Neighbour &it : model.neighbours[unit])
    if (int64_t address = addresses[it.unit]; address != Unplaced)
      scratch.push_back({address - it.mine, address + it.theirs});
  std::sort(scratch.begin(), scratch.end());
  int64_t address = 0, alignment = model.units[unit].alignment;
  for (auto [low, high] : scratch) {
    if (low >= address)
      break;
    if (high > address)
      address = alignTo(high, alignment);
  }
  return address;
}

std::vector<int32_t> tilework::placement::programOrder(const Model &model) {
  std::vector<int32_t> order(model.units.size());
  std::iota(order.begin(), order.end(), 0);
  return order;
}

Layout tilework::placement::placeInOrder(const Model &model, const std::vector<int32_t> &order,
                                         int64_t limit) {
  Layout layout;
  layout.addresses.assign(model.units.size(), Unplaced);
  auto place = [&](int32_t unit, int64_t address) {
    layout.addresses[unit] = address;
    layout.peak = std::max(layout.peak, address + model.units[unit].size);
  };
  for (int32_t unit : order)
    if (model.units[unit].fixed)
      place(unit, *model.units[unit].fixed);
  std::vector<std::pair<int64_t, int64_t>> scratch;
  for (int32_t unit : order) {
    if (layout.peak >= limit)
      break;
    if (!model.units[unit].fixed)
      place(unit, lowestFree(model, unit, layout.addresses, scratch));
  }
  return layout;
}
