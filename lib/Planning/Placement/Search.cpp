//===- Search.cpp - looks for a lower peak than first fit finds ---------------------*- C++ -*-===//
//
// Asks the skyline search for the goal, and in turn for peaks between the goal and the best so far.
// Each run has a small budget and another order of choices: a wrong choice near the bottom costs a
// depth-first search more than a new start does.
//
//===------------------------------------------------------------------------------------------===//

#include "Search.h"
#include "Skyline.h"

#include <algorithm>
#include <numeric>

using namespace tilework::placement;

namespace {

constexpr int64_t FirstBudget = 2000; ///< steps of the first runs

/// The greatest number of bytes that divides all sizes and fixed addresses; 0 unless it is a
/// multiple of all alignments. Then there is no padding, and peaks lie that far apart.
int64_t granuleOf(const Model &model) {
  int64_t granule = 0;
  for (const Unit &unit : model.units) {
    granule = std::gcd(granule, unit.fixed.value_or(0));
    for (const Piece &piece : unit.pieces)
      granule = std::gcd(granule, piece.size);
  }
  for (const Unit &unit : model.units)
    if (granule % unit.alignment != 0)
      return 0;
  return granule;
}

int64_t peakOf(const Model &model, const std::vector<int64_t> &addresses) {
  int64_t peak = 0;
  for (size_t unit = 0; unit < addresses.size(); ++unit)
    peak = std::max(peak, addresses[unit] + model.units[unit].size);
  return peak;
}

} // namespace

SearchResult tilework::placement::searchLayout(const Model &model, const Layout &start,
                                               int64_t goal, const Options &options) {
  SearchResult result;
  result.layout = start;
  Random random(options.seed);
  Skyline skyline(model);
  int64_t granule = granuleOf(model), least = goal, budget = FirstBudget;
  for (int64_t run = 0; result.layout.peak > least && result.steps < options.searchSteps; ++run) {
    int64_t target = run % 2 ? least + (result.layout.peak - least) / 2 : least;
    int64_t most = std::min(budget, options.searchSteps - result.steps);
    Skyline::Outcome outcome = skyline.run(target, most, run / 2 ? 100 : 0, random, result.steps);
    if (outcome == Skyline::Outcome::Found) {
      result.layout.addresses = skyline.addresses();
      result.layout.peak = peakOf(model, skyline.addresses());
    } else if (outcome == Skyline::Outcome::Exhausted) {
      if (granule == 0)
        break;
      least = result.provenBound = (target / granule + 1) * granule;
    }
    if (run % 8 == 7)
      budget += budget / 2;
  }
  return result;
}
