//===- Search.cpp - looks for a lower peak than first fit finds ---------------------*- C++ -*-===//
//
// Asks the skyline search for the goal, and in turn for the capacity or a peak between the goal and
// the best so far. Each run has a small budget and another order of choices: a wrong choice near
// the bottom costs a depth-first search more than a new start does.
//
//===------------------------------------------------------------------------------------------===//

#include "Search.h"
#include "Skyline.h"

#include <algorithm>
#include <numeric>

using namespace tilework::placement;

namespace {

constexpr int64_t FirstBudget = 500; ///< steps of the first runs
constexpr int64_t Disorder = 300;    ///< percent of chance, once every preference has had its runs
constexpr Skyline::Preference Preferences[] = {
    Skyline::Preference::Size, Skyline::Preference::Length, Skyline::Preference::Area};
constexpr int64_t NumPreferences = 3;

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
                                               int64_t goal, int64_t capacity,
                                               const Options &options) {
  SearchResult result;
  result.layout = start;
  Random random(options.seed);
  Skyline skyline(model);
  int64_t granule = granuleOf(model), least = goal, budget = FirstBudget;
  auto targetOf = [&](int64_t run) {
    int64_t peak = result.layout.peak;
    if (run % 2 == 0)
      return least;
    bool towardsFit = run % 4 == 1 && least < capacity && capacity < peak;
    return towardsFit ? capacity : least + (peak - least) / 2;
  };
  for (int64_t run = 0; result.layout.peak > least && result.steps < options.searchSteps; ++run) {
    int64_t target = targetOf(run), most = std::min(budget, options.searchSteps - result.steps);
    int64_t disorder = run / 2 < NumPreferences ? 0 : Disorder;
    Skyline::Way way{Preferences[run / 2 % NumPreferences], disorder, &random};
    Skyline::Outcome outcome = skyline.run(target, most, way, result.steps);
    if (outcome == Skyline::Outcome::Found) {
      result.layout.addresses = skyline.addresses();
      result.layout.peak = peakOf(model, skyline.addresses());
    } else if (outcome == Skyline::Outcome::Exhausted) {
      least = granule ? (target / granule + 1) * granule : target + 1;
      if (granule) // else padding was not tried in all ways
        result.provenBound = least;
    }
    if (run % 8 == 7)
      budget += budget / 2;
  }
  return result;
}
