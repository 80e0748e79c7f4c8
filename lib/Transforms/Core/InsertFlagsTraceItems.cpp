//===- InsertFlagsTraceItems.cpp - what traces follow, and where it conflicts ----===//

#include "lib/Transforms/Core/InsertFlagsTrace.h"

#include <numeric>

using namespace mlir;
using namespace tilework::core;

/// Loops whose slots meet less often are left to the other proof.
constexpr int64_t kLongestPeriod = 64;

/// A location that is in more places counts as all of them.
constexpr int64_t kMostVariants = 64;

Tracer::Tracer(FlaggedProgram &program) : program(program), accesses(program.accesses) {
  addLines(program.root, kNothing);
  addPeriods();
  addSignals();
  addPlaces();
  addConflicts();
  addItems();
  addEvents();
  toldTo.resize(program.tokens.size());
  needed.resize(program.plan.flags.size());
  conflicting.assign(conflicts.size(), kNothing);
}

void Tracer::addLines(const FlaggedProgram::Block &block, unsigned parent) {
  for (const Step &step : block.steps) {
    unsigned number = lines.size();
    lines.push_back({&step, parent, 0, {}});
    for (const FlaggedProgram::Block &part : step.parts) {
      unsigned begin = lines.size();
      addLines(part, number);
      lines[number].parts.emplace_back(begin, lines.size());
    }
    lines[number].end = lines.size();
  }
}

void Tracer::addPeriods() {
  for (auto [number, line] : llvm::enumerate(lines))
    if (line.step->kind == Step::loop)
      lineOf[line.step->node->op] = number;
  iteration.resize(lines.size());
  for (const Turn &turn : accesses.turns) {
    auto line = lineOf.find(turn.loop);
    if (line == lineOf.end())
      continue;
    int64_t &period = lines[line->second].period;
    period = std::min(std::lcm(period, turn.slots), kLongestPeriod + 1);
    isTooLarge |= period > kLongestPeriod;
  }
}

/// Each slot of a token has its signal.
void Tracer::addSignals() {
  std::map<std::tuple<Pipe, Pipe, int64_t>, unsigned> events;
  for (auto [number, token] : llvm::enumerate(program.tokens)) {
    firstSignal.push_back(signals.size());
    for (int64_t event = token.event; event < token.event + token.slots; ++event) {
      auto known = events.try_emplace({token.from, token.to, event}, events.size()).first;
      signals.push_back({token.from, token.to, unsigned(number), known->second});
    }
    allPipes |= 1u << index(token.from) | 1u << index(token.to);
  }
  firstSignal.push_back(signals.size());
}

Footprint Tracer::getFootprint(unsigned location, int64_t variant) const {
  SmallVector<std::pair<unsigned, int64_t>, 2> known;
  for (auto [line, count] : llvm::reverse(variantsOf[location].loops)) {
    known.emplace_back(line, variant % count);
    variant /= count;
  }
  return accesses.getFootprint(location, [&](Operation *loop) -> std::optional<int64_t> {
    for (auto [line, now] : known)
      if (lines[line].step->node->op == loop)
        return now;
    return std::nullopt;
  });
}

/// The same bytes of the core are the same place, whatever they are called.
void Tracer::addPlaces() {
  std::map<std::tuple<Space, int64_t, int64_t>, unsigned> known;
  unsigned count = 0;
  for (auto [location, footprint] : llvm::enumerate(accesses.getLocations())) {
    Variants &mine = variantsOf.emplace_back();
    int64_t size = 1;
    auto addLoop = [&](unsigned line, int64_t iterations) {
      bool isKnown = llvm::any_of(mine.loops, [&](auto &it) { return it.line == line; });
      if (isKnown || size * iterations > kMostVariants)
        return;
      mine.loops.push_back({line, iterations});
      size *= iterations;
    };
    if (const Turn &turn = accesses.turns[footprint.turn]; turn.loop)
      addLoop(lineOf.lookup(turn.loop), turn.slots);
    for (const GlobalRegion::Axis &axis : footprint.region.axes)
      if (unsigned line = lineOf.lookup(axis.loop); lines[line].isShort())
        addLoop(line, lines[line].step->trips);
    for (int64_t variant = 0; variant < size; ++variant) {
      Footprint exact = getFootprint(location, variant);
      unsigned place = count;
      if (!exact.argument)
        place = known.try_emplace({exact.space, exact.begin, exact.end}, count).first->second;
      count += place == count;
      mine.places.push_back(place);
    }
  }
  conflicts.resize(count);
}

void Tracer::addConflicts() {
  std::vector<SmallVector<Footprint, 1>> exact(variantsOf.size());
  for (auto [location, variants] : llvm::enumerate(variantsOf))
    for (size_t variant = 0; variant < variants.places.size(); ++variant)
      exact[location].push_back(getFootprint(location, variant));
  for (auto [location, variants] : llvm::enumerate(variantsOf))
    for (auto [place, mine] : llvm::zip_equal(variants.places, exact[location]))
      for (Accesses::Overlap overlap : accesses.overlapping(location))
        for (auto [other, its] :
             llvm::zip_equal(variantsOf[overlap.location].places, exact[overlap.location]))
          if (auto turn = findOverlap(mine, its))
            conflicts[place].insert({other, *turn == kNoOtherTurn});
}

/// Only what other pipes conflict with is followed.
void Tracer::addItems() {
  std::vector<std::array<unsigned, kPipes>> lastUse(conflicts.size());
  auto forEachUse = [&](auto report) {
    for (auto [number, line] : llvm::enumerate(lines))
      if (line.step->kind == Step::access)
        for (const Use &use : line.step->node->uses)
          for (unsigned place : variantsOf[use.location].places)
            report(unsigned(number), use, place);
  };
  forEachUse([&](unsigned line, const Use &use, unsigned place) {
    lastUse[place][index(use.pipe)] = line;
    allPipes |= 1u << index(use.pipe);
  });
  std::map<std::tuple<unsigned, Pipe, bool, bool>, unsigned> known;
  forEachUse([&](unsigned line, const Use &use, unsigned place) {
    for (bool isOnce : {false, true}) {
      unsigned last = 0;
      for (const Conflict &it : conflicts[place])
        for (unsigned pipe = 0; pipe < kPipes; ++pipe)
          if (it.isOnce == isOnce && pipe != index(use.pipe))
            last = std::max(last, lastUse[it.place][pipe]);
      if (!last)
        continue;
      auto [item, isNew] = known.try_emplace({place, use.pipe, use.isWrite, isOnce}, items.size());
      if (isNew)
        items.push_back({use.pipe, use.isWrite, place, kNothing, isOnce, {}, last});
      auto &happens = items[item->second].happens;
      if (happens.empty() || happens.back() != line)
        happens.push_back(line);
    }
  });
}

/// A flag is set again when its wait is known to be over.
void Tracer::addEvents() {
  std::map<unsigned, unsigned> known;
  waitsOn.resize(program.tokens.size());
  for (const Signal &signal : signals) {
    auto [item, isNew] = known.try_emplace(signal.event, items.size());
    if (isNew)
      items.push_back({signal.to, true, kNothing, signal.event, false, {}, 0});
    waitsOn[signal.token].push_back(item->second);
  }
  for (auto [number, line] : llvm::enumerate(lines)) {
    Step::Kind kind = line.step->kind;
    if (kind != Step::set && kind != Step::wait)
      continue;
    for (unsigned item : waitsOn[line.step->token])
      if (kind == Step::set)
        items[item].last = number;
      else
        items[item].happens.push_back(number);
  }
}
