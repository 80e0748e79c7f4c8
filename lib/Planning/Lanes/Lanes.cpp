//===- Lanes.cpp - a search for the parts of two lanes -----------------------------------===//
//
// A move halves one tile, and with it what has to be halved and what can be: all that is computed
// of it, then, where that is possible, what it is computed of. Moves are made as long as the busier
// lane gets less to do, from several starts.
//
//===------------------------------------------------------------------------------------------===//

#include "lib/Planning/Lanes/Lanes.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

namespace tilework::lanes {

//===----------------------------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------------------------===//

/// The layout of a step whose `operand` is of a tile of this layout; none where there is none.
static std::optional<Layout> getStepLayout(const Problem &problem, const Operand &operand,
                                           Layout tile) {
  std::optional<Layout> layout = tile;
  int64_t size = tile.isWhole() ? 0 : problem.tiles[operand.tile].shape[tile.dim];
  int64_t storage = std::max(tile.point, size - tile.point);
  for (const View &view : operand.views) {
    if (!keepsAlignment(view, *layout, storage, size, problem.alignmentBytes))
      return std::nullopt;
    layout = seeThrough(view, *layout);
    if (!layout)
      return std::nullopt;
  }
  if (!layout || layout->isWhole())
    return layout;
  layout->dim = operand.dims[layout->dim];
  return layout->dim < 0 ? std::nullopt : layout;
}

/// The layout of the tile that gives the step `layout`.
static std::optional<Layout> getTileLayout(const Operand &operand, Layout layout) {
  if (layout.isWhole())
    return layout;
  auto dim = std::find(operand.dims.begin(), operand.dims.end(), layout.dim);
  if (dim == operand.dims.end())
    return std::nullopt;
  std::optional<Layout> tile = layout;
  tile->dim = dim - operand.dims.begin();
  for (auto view = operand.views.rbegin(); tile && view != operand.views.rend(); ++view)
    tile = seeBack(*view, *tile);
  return tile;
}

/// Whether a lane may read its part of the whole tile of an operand.
static bool isReadableInPart(const Problem &problem, const Operand &operand, Layout step) {
  auto dim = std::find(operand.dims.begin(), operand.dims.end(), step.dim);
  if (dim == operand.dims.end() || operand.strides.empty())
    return true;
  int64_t stride = operand.strides[dim - operand.dims.begin()];
  return (step.origin ? stride : step.point * stride) % problem.alignmentBytes == 0;
}

static const Operand *getWritten(const Step &step) {
  auto it = std::find_if(step.operands.begin(), step.operands.end(),
                         [](const Operand &operand) { return operand.isWritten; });
  return it == step.operands.end() ? nullptr : &*it;
}

double getShare(const Step &step, Layout layout, int lane) {
  if (layout.isWhole())
    return lane == 0 || getWritten(step) ? 1 : 0;
  if (layout.origin)
    return 0.5;
  double first = static_cast<double>(layout.point) / static_cast<double>(step.shape[layout.dim]);
  return lane == 0 ? first : 1 - first;
}

double getWorkOfOne(const Problem &problem) {
  double work = 0;
  for (const Step &step : problem.steps)
    work += step.work;
  return work;
}

std::string verify(const Problem &problem, const Plan &plan) {
  for (size_t index = 0; index < problem.tiles.size(); ++index) {
    const Tile &tile = problem.tiles[index];
    Layout layout = plan.tiles[index];
    std::string name = "tile " + std::to_string(index);
    if (!tile.allowed.empty() &&
        std::find(tile.allowed.begin(), tile.allowed.end(), layout) == tile.allowed.end())
      return "expects an allowed layout of " + name;
    if (!layout.isWhole() && (layout.point <= 0 || layout.point >= tile.shape[layout.dim]) &&
        tile.allowed.empty())
      return "expects a part of " + name + " for each lane";
  }
  for (size_t index = 0; index < problem.steps.size(); ++index)
    for (const Operand &operand : problem.steps[index].operands) {
      std::optional<Layout> layout = getStepLayout(problem, operand, plan.tiles[operand.tile]);
      Layout step = plan.steps[index];
      bool isReadInFull = layout && layout->isWhole() && !operand.isWritten && !operand.isShared &&
                          isReadableInPart(problem, operand, step);
      if (!(layout && *layout == step) && !isReadInFull)
        return "expects step " + std::to_string(index) + " to share its work as it shares tile " +
               std::to_string(operand.tile);
    }
  return "";
}

//===----------------------------------------------------------------------------------------===//
// Moves
//===----------------------------------------------------------------------------------------===//

namespace {
using Layouts = std::vector<Layout>;

/// Layouts of which some are fixed, and what follows of these.
class Move {
public:
  Move(const Problem &problem, const std::vector<std::vector<int64_t>> &users, Layouts layouts)
      : layouts(std::move(layouts)), problem(problem), users(users),
        isFixed(problem.tiles.size(), false) {}

  bool assign(int64_t tile, Layout layout);
  /// Fixes what follows; false where that contradicts itself.
  bool settle();
  /// Halves what the halved tiles are computed of, where that is possible.
  void extend();

  Layouts layouts;

private:
  bool settle(const Step &step);
  std::optional<Layout> getForced(const Step &step, bool &fails) const;

  const Problem &problem;
  const std::vector<std::vector<int64_t>> &users; ///< the steps of each tile
  std::vector<bool> isFixed;
  std::vector<int64_t> fixed; ///< tiles to look at
};
} // namespace

bool Move::assign(int64_t index, Layout layout) {
  if (isFixed[index])
    return layouts[index] == layout;
  const Tile &tile = problem.tiles[index];
  bool isAllowed =
      tile.allowed.empty()
          ? layout.isWhole() ||
                (!layout.origin && layout.point > 0 && layout.point < tile.shape[layout.dim])
          : std::find(tile.allowed.begin(), tile.allowed.end(), layout) != tile.allowed.end();
  if (!isAllowed)
    return false;
  layouts[index] = layout;
  isFixed[index] = true;
  fixed.push_back(index);
  return true;
}

/// The layout that fixed tiles give a step: that of a halved one, or whole where what it writes is.
std::optional<Layout> Move::getForced(const Step &step, bool &fails) const {
  std::optional<Layout> forced;
  for (const Operand &operand : step.operands) {
    if (!isFixed[operand.tile])
      continue;
    std::optional<Layout> layout = getStepLayout(problem, operand, layouts[operand.tile]);
    bool decides = !layout || !layout->isWhole() || operand.isWritten || operand.isShared;
    fails |= !layout || (decides && forced && !(*forced == *layout));
    if (layout && decides)
      forced = layout;
  }
  return forced;
}

bool Move::settle(const Step &step) {
  bool fails = false;
  std::optional<Layout> forced = getForced(step, fails);
  if (fails)
    return false;
  if (!forced)
    return true;
  for (const Operand &operand : step.operands) {
    std::optional<Layout> layout = getStepLayout(problem, operand, layouts[operand.tile]);
    if (layout && *layout == *forced)
      continue;
    bool follows = operand.isWritten || operand.isShared ||
                   (!forced->isWhole() && !isReadableInPart(problem, operand, *forced));
    if (layout && layout->isWhole() && !follows)
      continue;
    std::optional<Layout> other = follows ? getTileLayout(operand, *forced) : Layout();
    if (!other || !assign(operand.tile, *other))
      return false;
  }
  return true;
}

bool Move::settle() {
  while (!fixed.empty()) {
    int64_t tile = fixed.back();
    fixed.pop_back();
    for (int64_t step : users[tile])
      if (!settle(problem.steps[step]))
        return false;
  }
  return true;
}

void Move::extend() {
  std::set<std::tuple<int64_t, int64_t, int64_t>> tried;
  bool hasChanged = true;
  while (hasChanged) {
    hasChanged = false;
    for (const Step &step : problem.steps) {
      const Operand *written = getWritten(step);
      if (!written || !isFixed[written->tile])
        continue;
      std::optional<Layout> layout = getStepLayout(problem, *written, layouts[written->tile]);
      if (!layout || layout->isWhole())
        continue;
      for (const Operand &operand : step.operands) {
        std::optional<Layout> source = getTileLayout(operand, *layout);
        if (isFixed[operand.tile] || !source || !layouts[operand.tile].isWhole() ||
            !tried.emplace(operand.tile, source->dim, source->point).second)
          continue;
        Move further = *this;
        if (!further.assign(operand.tile, *source) || !further.settle())
          continue;
        layouts = std::move(further.layouts);
        isFixed = std::move(further.isFixed);
        hasChanged = true;
      }
    }
  }
}

//===----------------------------------------------------------------------------------------===//
// Search
//===----------------------------------------------------------------------------------------===//

namespace {
class Search {
public:
  Search(const Problem &problem, const CountConflicts &countConflicts)
      : problem(problem), countConflicts(countConflicts), users(problem.tiles.size()) {
    for (size_t step = 0; step < problem.steps.size(); ++step)
      for (const Operand &operand : problem.steps[step].operands)
        if (users[operand.tile].empty() || users[operand.tile].back() != static_cast<int64_t>(step))
          users[operand.tile].push_back(step);
  }
  Plan run();

private:
  bool mayHalve(const std::vector<int64_t> &shape, int64_t dim) const {
    return dim < static_cast<int64_t>(shape.size()) && shape[dim] > 1 &&
           (!problem.dim || *problem.dim == dim);
  }
  std::optional<Layouts> halve(const Layouts &layouts, int64_t tile, int64_t dim) const;
  Plan evaluate(const Layouts &layouts) const;
  Plan start(std::optional<int64_t> dim) const;
  Plan improve(Plan plan) const;
  Plan divideOutput(Plan plan) const;
  void measure(Plan &plan) const;

  const Problem &problem;
  const CountConflicts &countConflicts;
  std::vector<std::vector<int64_t>> users;
};
} // namespace

/// Fewer conflicts, then less work for the busier lane, then less for both.
static bool isBetter(const Plan &a, const Plan &b) {
  constexpr double kNoise = 1e-9; // of sums in another order
  if (a.numConflicts != b.numConflicts)
    return a.numConflicts < b.numConflicts;
  double busierA = a.getBusier(), busierB = b.getBusier();
  if (std::abs(busierA - busierB) > kNoise * busierB)
    return busierA < busierB;
  double sumB = b.work[0] + b.work[1];
  return a.work[0] + a.work[1] < sumB - kNoise * sumB;
}

void Search::measure(Plan &plan) const {
  plan.work[0] = plan.work[1] = 0;
  for (size_t step = 0; step < problem.steps.size(); ++step)
    for (int lane : {0, 1})
      plan.work[lane] +=
          problem.steps[step].work * getShare(problem.steps[step], plan.steps[step], lane);
  plan.numConflicts = countConflicts(plan) + !verify(problem, plan).empty();
}

/// Steps follow what they write, or what is halved of what they read.
Plan Search::evaluate(const Layouts &layouts) const {
  Plan plan;
  plan.tiles = layouts;
  for (const Step &step : problem.steps) {
    Layout &layout = plan.steps.emplace_back();
    for (const Operand &operand : step.operands) {
      std::optional<Layout> own = getStepLayout(problem, operand, layouts[operand.tile]);
      if (own && !own->isWhole())
        layout = *own;
    }
  }
  measure(plan);
  return plan;
}

std::optional<Layouts> Search::halve(const Layouts &layouts, int64_t tile, int64_t dim) const {
  Move move(problem, users, layouts);
  if (!move.assign(tile, lanes::halve(problem.tiles[tile].shape, dim)) || !move.settle())
    return std::nullopt;
  move.extend();
  return std::move(move.layouts);
}

/// Everything whole, or as much as possible halved in `dim`.
Plan Search::start(std::optional<int64_t> dim) const {
  Layouts layouts;
  for (const Tile &tile : problem.tiles)
    layouts.push_back(tile.allowed.empty() ? Layout() : tile.allowed.front());
  Plan plan = evaluate(layouts);
  for (size_t tile = 0; dim && tile < problem.tiles.size(); ++tile) {
    if (!plan.tiles[tile].isWhole() || !mayHalve(problem.tiles[tile].shape, *dim))
      continue;
    std::optional<Layouts> halved = halve(plan.tiles, tile, *dim);
    if (!halved)
      continue;
    Plan next = evaluate(*halved);
    if (next.getBusier() < plan.getBusier())
      plan = std::move(next);
  }
  return plan;
}

Plan Search::improve(Plan plan) const {
  while (true) {
    Plan best = plan;
    std::vector<Layouts> seen;
    for (size_t tile = 0; tile < problem.tiles.size(); ++tile) {
      const Tile &it = problem.tiles[tile];
      for (int64_t dim = 0; dim < static_cast<int64_t>(it.shape.size()); ++dim) {
        if (!mayHalve(it.shape, dim) || plan.tiles[tile] == lanes::halve(it.shape, dim))
          continue;
        std::optional<Layouts> halved = halve(plan.tiles, tile, dim);
        if (!halved || std::find(seen.begin(), seen.end(), *halved) != seen.end())
          continue;
        seen.push_back(*halved);
        Plan next = evaluate(*halved);
        if (isBetter(next, best))
          best = std::move(next);
      }
    }
    if (!isBetter(best, plan))
      return plan;
    plan = std::move(best);
  }
}

/// Of what both lanes have, each puts out one part.
Plan Search::divideOutput(Plan plan) const {
  for (size_t index = 0; index < problem.steps.size(); ++index) {
    const Step &step = problem.steps[index];
    if (getWritten(step) || !plan.steps[index].isWhole())
      continue;
    for (int64_t dim = 0; dim < static_cast<int64_t>(step.shape.size()); ++dim) {
      bool isPossible =
          mayHalve(step.shape, dim) &&
          std::all_of(step.operands.begin(), step.operands.end(), [&](const Operand &operand) {
            return std::count(operand.dims.begin(), operand.dims.end(), dim) == 1 &&
                   isReadableInPart(problem, operand, lanes::halve(step.shape, dim));
          });
      if (!isPossible)
        continue;
      Plan next = plan;
      next.steps[index] = lanes::halve(step.shape, dim);
      measure(next);
      if (isBetter(next, plan))
        plan = std::move(next);
    }
  }
  return plan;
}

Plan Search::run() {
  std::optional<Plan> best;
  for (std::optional<int64_t> dim :
       {std::optional<int64_t>(0), std::optional<int64_t>(1), std::optional<int64_t>()}) {
    Plan plan = divideOutput(improve(start(dim)));
    if (!best || isBetter(plan, *best))
      best = std::move(plan);
  }
  return *best;
}

Plan plan(const Problem &problem, const CountConflicts &countConflicts) {
  return Search(problem, countConflicts).run();
}

} // namespace tilework::lanes
