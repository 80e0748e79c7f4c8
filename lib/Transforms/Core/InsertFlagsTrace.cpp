//===- InsertFlagsTrace.cpp - whether flags order what follows an access ---------===//

#include "lib/Transforms/Core/InsertFlagsTrace.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace tilework::core;

/// Of more cases than these, one is made that is as bad as any of them.
constexpr size_t kCases = 8;

/// All traces of a program together may take so many steps.
constexpr int64_t kSteps = 1 << 21;

//===---------------------------------------------------------------------------===//
// Cases
//===---------------------------------------------------------------------------===//

static unsigned char bit(Pipe pipe) {
  return static_cast<unsigned char>(1u << index(pipe));
}

/// Whether `a` is in no respect worse than `b`.
bool Tracer::isWithin(const Case &a, const Case &b) const {
  return !(a.pipes & ~b.pipes) && llvm::all_of(b.flags, [&](unsigned signal) {
    return !(a.pipes & bit(signals[signal].to)) || llvm::is_contained(a.flags, signal);
  });
}

/// Whether anything gets worse by it.
bool Tracer::add(Case added, State &state) const {
  if (!added.pipes || llvm::any_of(state, [&](const Case &it) { return isWithin(added, it); }))
    return false;
  llvm::erase_if(state, [&](const Case &it) { return isWithin(it, added); });
  state.push_back(std::move(added));
  if (state.size() <= kCases)
    return true;
  Case all{0, {}};
  for (const Case &it : state) {
    all.pipes |= it.pipes;
    all.flags.append(it.flags);
  }
  llvm::erase_if(all.flags, [&](unsigned signal) {
    return llvm::any_of(state, [&](const Case &it) {
      return (it.pipes & bit(signals[signal].to)) && !llvm::is_contained(it.flags, signal);
    });
  });
  llvm::sort(all.flags);
  all.flags.erase(llvm::unique(all.flags), all.flags.end());
  state = {all};
  return true;
}

bool Tracer::join(const State &other, State &state) const {
  bool grows = false;
  for (const Case &it : other)
    grows |= add(it, state);
  return grows;
}

bool Tracer::isUnknown(Pipe pipe, const State &state) const {
  return llvm::any_of(state, [&](const Case &it) { return it.pipes & bit(pipe); });
}

void Tracer::happen(State &state) const {
  state.clear();
  state.push_back({static_cast<unsigned char>(allPipes & ~bit(items[current].pipe)), {}});
}

//===---------------------------------------------------------------------------===//
// Instructions and flags
//===---------------------------------------------------------------------------===//

/// The slot of the iteration in hand.
int64_t Tracer::slotNow(unsigned number) const {
  const Turn &turn = accesses.turns[number];
  return turn.loop ? iteration[lineOf.lookup(turn.loop)] % turn.slots : 0;
}

/// Where a location is in the iterations in hand.
unsigned Tracer::placeNow(unsigned location) const {
  const Variants &variants = variantsOf[location];
  int64_t number = 0;
  for (auto [line, count] : variants.loops)
    number = number * count + iteration[line] % count;
  return variants.places[number];
}

/// First and behind the last; all slots where a token is lent or taken back.
std::pair<unsigned, unsigned> Tracer::signalsOf(const Step &step) const {
  unsigned first = firstSignal[step.token];
  if (step.flag == FlaggedProgram::kNone)
    return {first, firstSignal[step.token + 1]};
  first += slotNow(program.plan.flags[step.flag].turn);
  return {first, first + 1};
}

/// Its pipe knows now, and needs no other flag for that.
void Tracer::tell(unsigned signal, Case &it) const {
  Pipe to = signals[signal].to;
  if (!llvm::is_contained(it.flags, signal))
    return;
  it.pipes &= ~bit(to);
  llvm::erase_if(it.flags, [&](unsigned other) { return signals[other].to == to; });
}

void Tracer::markNeeded(Pipe pipe) {
  for (auto [without, mine] : awaited) {
    State state = before;
    for (Case &it : state)
      for (auto [other, signal] : awaited)
        if (other != without)
          tell(signal, it);
    if (signals[mine].to == pipe && isUnknown(pipe, state))
      needed[without] = true;
  }
}

bool Tracer::executeAccess(const Step &step, State &state) {
  const Item &item = items[current];
  bool happens = false;
  for (const Use &use : step.node->uses) {
    unsigned place = placeNow(use.location);
    if (use.pipe != item.pipe && (use.isWrite || item.isWrite) && conflicting[place] == current) {
      if (isUnknown(use.pipe, state))
        return false;
      markNeeded(use.pipe);
    }
    happens |= place == item.place && use.pipe == item.pipe && use.isWrite == item.isWrite;
  }
  if (happens)
    happen(state);
  return true;
}

bool Tracer::executeSet(const Step &step, State &state) {
  auto [first, last] = signalsOf(step);
  for (unsigned signal = first; signal < last; ++signal) {
    auto [from, to, token, event] = signals[signal];
    if (event == items[current].event && isUnknown(from, state))
      return false;
    auto helps = [&](const Case &it) { return !(it.pipes & bit(from)) && (it.pipes & bit(to)); };
    auto changes = [&](const Case &it) {
      return helps(it) != llvm::is_contained(it.flags, signal);
    };
    if (llvm::none_of(state, changes))
      continue;
    for (Case &it : std::exchange(state, {})) {
      llvm::erase(it.flags, signal);
      if (helps(it))
        it.flags.push_back(signal);
      add(std::move(it), state);
    }
  }
  return true;
}

void Tracer::executeWait(const Step &step, State &state) {
  auto [first, last] = signalsOf(step);
  for (unsigned signal = first; signal < last; ++signal) {
    bool tells =
        llvm::any_of(state, [&](const Case &it) { return llvm::is_contained(it.flags, signal); });
    if (marksNeeded && step.flag != FlaggedProgram::kNone && (tells || !awaited.empty())) {
      if (awaited.empty())
        before = state;
      awaited.emplace_back(step.flag, signal);
    }
    if (tells) {
      telling.insert(step.token);
      for (Case &it : std::exchange(state, {})) {
        tell(signal, it);
        add(std::move(it), state);
      }
    }
    if (signals[signal].event == items[current].event)
      happen(state);
  }
}

//===---------------------------------------------------------------------------===//
// Control flow
//===---------------------------------------------------------------------------===//

/// The next iteration conflicts with none of this one's, where that is the item's kind.
bool Tracer::executeIteration(unsigned number, State &state) {
  const Line &line = lines[number];
  auto [begin, end] = line.parts.front();
  if (!execute(begin, end, state))
    return false;
  if (const Item &item = items[current]; item.isOnce) {
    auto inside = llvm::lower_bound(item.happens, begin);
    if (inside != item.happens.end() && *inside < end)
      state.clear();
  }
  return true;
}

bool Tracer::executeFor(unsigned number, State &state) {
  int64_t trips = lines[number].step->trips, period = lines[number].period;
  int64_t &now = iteration[number];
  if (lines[number].isShort()) {
    for (now = 0; now < trips; ++now)
      if (!executeIteration(number, state))
        return false;
    return true;
  }
  SmallVector<State> heads(period), ends(period);
  heads.front() = state;
  int64_t unchanged = 0;
  for (int64_t turn = 0; unchanged < period; turn = (turn + 1) % period) {
    now = turn;
    ends[turn] = heads[turn];
    if (!executeIteration(number, ends[turn]))
      return false;
    unchanged = join(ends[turn], heads[(turn + 1) % period]) ? 0 : unchanged + 1;
  }
  if (trips) {
    state = ends[(trips - 1) % period];
    return true;
  }
  for (const State &head : heads)
    join(head, state);
  return true;
}

/// The last condition is followed by no body.
bool Tracer::executeWhile(unsigned number, State &state) {
  auto [begin, end] = lines[number].parts.front();
  bool isOuterLast = isLast;
  for (;;) {
    State next = state;
    isLast = false;
    if (!execute(begin, end, next))
      return false;
    if (!join(next, state))
      break;
  }
  isLast = true;
  bool isOrdered = execute(begin, end, state);
  isLast = isOuterLast;
  return isOrdered;
}

bool Tracer::executeLine(unsigned number, State &state) {
  const Line &line = lines[number];
  const Step &step = *line.step;
  work += 1 + state.size();
  if (work > kSteps)
    return false;
  if (step.kind != Step::wait && step.kind != Step::access)
    awaited.clear();
  switch (step.kind) {
  case Step::access: {
    bool isOrdered = executeAccess(step, state);
    awaited.clear();
    return isOrdered;
  }
  case Step::set:
    return program.isGone(step) || executeSet(step, state);
  case Step::wait:
    if (!program.isGone(step))
      executeWait(step, state);
    return true;
  case Step::barrier:
    state.clear();
    return true;
  case Step::loop:
    return isa<scf::WhileOp>(step.node->op) ? executeWhile(number, state)
                                            : executeFor(number, state);
  case Step::rest:
    return isLast || execute(line.parts.front().first, line.parts.front().second, state);
  case Step::branch: {
    State other = line.parts.size() > 1 ? State() : state, before = state;
    for (auto [begin, end] : line.parts) {
      state = before;
      if (!execute(begin, end, state))
        return false;
      join(other, state);
      other = state;
    }
    return true;
  }
  }
  llvm_unreachable("a kind of step");
}

/// Where nothing is followed, goes on where the item happens again. The instruction behind the wait
/// that has told the last pipe is still to be seen.
bool Tracer::execute(unsigned begin, unsigned end, State &state) {
  const Item &item = items[current];
  for (unsigned at = begin; at < end; at = lines[at].end) {
    unsigned parent = lines[at].parent;
    if (state.empty() && awaited.empty()) {
      auto next = llvm::lower_bound(item.happens, at);
      if (next == item.happens.end() || *next >= end)
        return true;
      for (at = *next; lines[at].parent != parent;)
        at = lines[at].parent;
    }
    if (parent == kNothing && at > item.last) {
      state.clear();
      return true;
    }
    if (!executeLine(at, state))
      return false;
  }
  return true;
}

//===---------------------------------------------------------------------------===//
// Proofs
//===---------------------------------------------------------------------------===//

bool Tracer::trace(unsigned item) {
  current = item;
  telling.clear();
  isLast = false;
  awaited.clear();
  if (unsigned place = items[item].place; place != kNothing)
    for (const Conflict &it : conflicts[place])
      if (it.isOnce == items[item].isOnce)
        conflicting[it.place] = item;
  State state;
  return execute(0, lines.size(), state);
}

bool Tracer::run() {
  marksNeeded = true;
  for (unsigned item = 0; item < items.size(); ++item) {
    if (isTooLarge || !trace(item))
      return false;
    for (unsigned token : telling)
      toldTo[token].insert(item);
  }
  marksNeeded = false;
  return true;
}

/// Elsewhere these flags have told nothing. What waits on their events is followed again, as it may
/// have happened there.
bool Tracer::runWithout(ArrayRef<unsigned> flags) {
  std::set<unsigned> affected;
  for (unsigned flag : flags) {
    unsigned token = program.tokenOf[flag];
    affected.insert(toldTo[token].begin(), toldTo[token].end());
    affected.insert(waitsOn[token].begin(), waitsOn[token].end());
    program.takeOut(flag);
  }
  std::vector<std::pair<unsigned, unsigned>> told;
  for (unsigned item : affected) {
    if (!trace(item)) {
      for (unsigned flag : flags)
        program.putBack(flag);
      return false;
    }
    for (unsigned token : telling)
      told.emplace_back(token, item);
  }
  for (auto [token, item] : told)
    toldTo[token].insert(item);
  return true;
}
