//===- FirstFit.cpp - the lowest free address, unit by unit -------------------------*- C++ -*-===//

#include "FirstFit.h"

#include <algorithm>
#include <numeric>

using namespace tilework::placement;

namespace {

constexpr int64_t Unplaced = -1;

/// The addresses above `low` and below `high`, where a unit would overlap a placed neighbour.
struct Taken {
  int64_t low;
  int64_t high;
};

int64_t lowestFree(const Model &model, int32_t unit, const std::vector<int64_t> &addresses,
                   std::vector<Taken> &taken) {
  taken.clear();
  for (const Neighbour &it : model.neighbours[unit])
    if (int64_t address = addresses[it.unit]; address != Unplaced)
      taken.push_back({address - it.mine, address + it.theirs});
  std::sort(taken.begin(), taken.end(), [](Taken a, Taken b) { return a.low < b.low; });
  int64_t address = 0, alignment = model.units[unit].alignment;
  for (Taken it : taken) {
    if (it.low >= address)
      break;
    if (it.high > address)
      address = alignTo(it.high, alignment);
  }
  return address;
}

} // namespace

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
  std::vector<Taken> taken;
  for (int32_t unit : order) {
    if (layout.peak >= limit)
      break;
    if (!model.units[unit].fixed)
      place(unit, lowestFree(model, unit, layout.addresses, taken));
  }
  return layout;
}
