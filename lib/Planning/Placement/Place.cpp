//===- Place.cpp - gives every buffer an address ------------------------------------*- C++ -*-===//

#include "Place.h"
#include "Greedy.h"
#include "Search.h"

#include <algorithm>

using namespace tilework::placement;

namespace {

/// Runs solvers and keeps the best layout.
class Contest {
public:
  Contest(const Model &model, int64_t capacity, const Options &options)
      : bound(model.lowerBound), model(model), options(options),
        goal(options.stopWhenFits ? std::max(capacity, model.lowerBound) : model.lowerBound),
        capacity(capacity) {}

  void run() {
    tryOrder(programOrder(model), Solver::FirstFit);
    if (options.last == Solver::FirstFit)
      return;
    for (const std::vector<int32_t> &order : greedyOrders(model))
      if (!done())
        tryOrder(order, Solver::Greedy);
    if (options.last == Solver::Search && !done())
      search();
  }

  Layout best;
  Solver solver = Solver::FirstFit;
  int64_t bound; ///< no layout has a lower peak
  int64_t steps = 0;

private:
  bool done() const { return best.peak <= goal; }

  void tryOrder(const std::vector<int32_t> &order, Solver by) {
    steps += order.size();
    int64_t limit = by == Solver::FirstFit ? INT64_MAX : best.peak;
    Layout layout = placeInOrder(model, order, limit);
    if (layout.peak < limit)
      keep(std::move(layout), by);
  }

  void search() {
    SearchResult found = searchLayout(model, best, goal, capacity, options);
    steps += found.steps;
    bound = std::max(bound, found.provenBound);
    if (found.layout.peak < best.peak)
      keep(std::move(found.layout), Solver::Search);
  }

  void keep(Layout &&layout, Solver by) {
    best = std::move(layout);
    solver = by;
  }

  const Model &model;
  const Options &options;
  const int64_t goal, capacity;
};

Pressure pressureOf(const Problem &problem, const Model &model) {
  Pressure pressure;
  if (problem.buffers.empty())
    return pressure;
  pressure.time = model.sections[model.fullestSection];
  pressure.liveBytes = model.fullestBytes;
  std::vector<int32_t> largest(model.units.size(), -1);
  for (int32_t i = 0; i < int32_t(problem.buffers.size()); ++i) {
    const Buffer &buffer = problem.buffers[i];
    for (Interval it : buffer.live) {
      int32_t &member = largest[model.unitOf[i]];
      bool lives = it.begin <= pressure.time && pressure.time < it.end;
      if (lives && (member < 0 || problem.buffers[member].sizeBytes < buffer.sizeBytes))
        member = i;
    }
  }
  for (int32_t member : largest)
    if (member >= 0)
      pressure.live.push_back(member);
  std::stable_sort(pressure.live.begin(), pressure.live.end(), [&](int32_t a, int32_t b) {
    return problem.buffers[a].sizeBytes > problem.buffers[b].sizeBytes;
  });
  return pressure;
}

} // namespace

Result tilework::placement::place(const Problem &problem, const Options &options) {
  Result result;
  result.message = findContradiction(problem);
  if (!result.message.empty())
    return result;
  Model model = makeModel(problem);
  result.message = findContradiction(problem, model);
  if (!result.message.empty())
    return result;

  Options chosen = options;
  if (model.lowerBound > problem.capacityBytes)
    chosen.last = Solver::FirstFit; // no search will make it fit
  Contest contest(model, problem.capacityBytes, chosen);
  contest.run();
  Placement &placement = result.placement;
  for (int32_t unit : model.unitOf)
    placement.addresses.push_back(contest.best.addresses[unit]);
  placement.peakBytes = contest.best.peak;
  placement.solver = contest.solver;
  placement.optimal = placement.peakBytes == contest.bound;

  bool fits = placement.peakBytes <= problem.capacityBytes;
  bool impossible = contest.bound > problem.capacityBytes;
  result.status = fits ? Status::Placed : impossible ? Status::Impossible : Status::NotFound;
  result.lowerBoundBytes = contest.bound;
  result.pressure = pressureOf(problem, model);
  result.steps = contest.steps;
  if (!fits)
    result.overBytes = (impossible ? contest.bound : placement.peakBytes) - problem.capacityBytes;
  return result;
}
