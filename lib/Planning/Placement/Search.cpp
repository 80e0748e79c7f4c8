//===- Search.cpp - looks for a lower peak than first fit finds ---------------------*- C++ -*-===//
//
// Two searches take turns. Ejection repairs a layout, and finds most that have some room to spare;
// the skyline packs what leaves hardly a gap, and can prove that there is no layout. Each is asked
// for the goal, and in turn for the capacity or a peak between the goal and the best so far, the
// nearer to the best the more often it was missed. Runs have small budgets: a wrong choice near the
// bottom costs a depth-first search more than a new start does.
//
//===------------------------------------------------------------------------------------------===//

#include "Search.h"
#include "Ejection.h"
#include "Skyline.h"

#include <algorithm>
#include <numeric>

using namespace tilework::placement;

namespace {

constexpr int64_t FirstBudget = 500; ///< steps of the first runs
constexpr int64_t EjectionShare = 2; ///< steps for one of the skyline's, which take longer
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
  Ejection direct(model, random), gradual(model, random);
  direct.start(start.addresses);
  int64_t granule = granuleOf(model), least = goal, budget = FirstBudget;
  int64_t misses = 0; // in a row
  auto keep = [&](const std::vector<int64_t> &addresses) {
    misses = 0;
    result.layout.addresses = addresses;
    result.layout.peak = peakOf(model, addresses);
  };
  auto nearer = [&](int64_t run) {
    int64_t peak = result.layout.peak;
    bool towardsFit = run % 2 == 0 && least < capacity && capacity < peak;
    return towardsFit ? capacity
                      : peak - std::max<int64_t>(1, (peak - least) >> (1 + misses++ % 5));
  };
  for (int64_t run = 0; result.layout.peak > least && result.steps < options.searchSteps; ++run) {
    int64_t most = std::min(budget, options.searchSteps - result.steps);
    int64_t round = run / 4;
    if (run % 4 == 0) {
      if (direct.run(least, EjectionShare * most, result.steps))
        keep(direct.addresses());
    } else if (run % 4 == 1) {
      gradual.start(result.layout.addresses);
      if (gradual.run(nearer(round), EjectionShare * most, result.steps))
        keep(gradual.addresses());
    } else {
      int64_t target = run % 4 == 2 ? least : nearer(round);
      Skyline::Way way{Preferences[round % NumPreferences], round < NumPreferences ? 0 : Disorder,
                       &random};
      Skyline::Outcome outcome = skyline.run(target, most, way, result.steps);
      if (outcome == Skyline::Outcome::Found)
        keep(skyline.addresses());
      if (outcome == Skyline::Outcome::Exhausted) {
        least = granule ? (target / granule + 1) * granule : target + 1;
        if (granule) // else padding was not tried in all ways
          result.provenBound = least;
      }
    }
    if (run % 16 == 15)
      budget += budget / 2;
  }
  return result;
}
