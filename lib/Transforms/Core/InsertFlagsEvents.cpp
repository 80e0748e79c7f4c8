//===- InsertFlagsEvents.cpp - which event each flag uses -------------------------===//
//
// Where events run out, returned flags of different blocks take turns with the same events, as do
// exchanged ones; then two flags become one, set after both and awaited before both, the closest
// first; then a pipe awaits what has awaited some of its flags, so that their events serve again;
// then the forward flags of a loop take turns, by guards; then the slots of a turn share one event;
// and at last barriers stand in.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Core/InsertFlagsEvents.h"

using namespace tilework::core;

namespace {

bool compete(const Flag &flag, const Flag &needy) {
  return flag.loop ? flag.loop == needy.loop : flag.begin <= needy.begin && needy.begin < flag.end;
}

/// Positions between which a returned flag or guard is not set.
std::pair<int, int> getSpan(const Flag &flag) {
  if (flag.kind == Flag::guard)
    return {flag.waitNode().end, flag.setNode().begin};
  return {flag.waitNode().begin, flag.setNode().end};
}

/// How much later and earlier a flag set after both and awaited before both is, or nothing.
std::optional<int> getMergeCost(const Flag &a, const Flag &b) {
  bool isAlike = a.kind == b.kind && (a.kind == Flag::forward || a.kind == Flag::returned) &&
                 a.sequence == b.sequence && a.loop == b.loop &&
                 a.isSpentAtEnd() == b.isSpentAtEnd();
  if (!isAlike || (a.kind == Flag::forward && std::max(a.set, b.set) >= std::min(a.wait, b.wait)))
    return std::nullopt;
  return std::abs(a.setNode().end - b.setNode().end) +
         std::abs(a.waitNode().begin - b.waitNode().begin);
}

} // namespace

//===---------------------------------------------------------------------------===//
// Scan
//===---------------------------------------------------------------------------===//

bool PairAllocator::take(Flag &flag) {
  int64_t slots = slotsOf(flag), run = 0;
  int known = std::max(flag.known[index(flag.to)], knownWhenSet(flag));
  for (int64_t number = 0; number < kEventsOfPair; ++number) {
    const Event &event = events[number];
    bool isFree = event.end <= flag.begin && event.released <= known;
    run = isFree ? run + 1 : 0;
    if (run < slots)
      continue;
    flag.event = number + 1 - slots;
    for (int64_t slot = flag.event; slot <= number; ++slot)
      events[slot] = {flag.end, flag.released, {}, &flag};
    if (flag.loop)
      events[flag.event].users.push_back(&flag);
    return true;
  }
  return false;
}

/// Returned flags of different blocks of a loop can take turns with the same events: each then
/// waits for an instruction that stands closer before it, in the order of the pipe.
bool PairAllocator::alternates(const Flag &user, const Flag &flag) const {
  auto span = getSpan(flag), taken = getSpan(user);
  return user.sequence != flag.sequence && !user.isSpentAtEnd() && !flag.isSpentAtEnd() &&
         slotsOf(user) == slotsOf(flag) && (span.second < taken.first || taken.second < span.first);
}

/// A forward flag can be set after another of its block has been awaited.
bool PairAllocator::follows(const Flag &flag, const Flag &last) const {
  auto it = released.find(flag.sequence);
  int here = it == released.end() ? 0 : it->second.here;
  return flag.sequence == last.sequence && !flag.turn && !last.turn && last.wait <= flag.set &&
         std::max(flag.knownHere[index(flag.to)], here) >= last.waitNode().begin;
}

/// The first of them is set again, in the next execution, when this one has been awaited.
bool PairAllocator::followsAgain(const Flag &flag, const Flag &first) const {
  auto it = released.find(flag.sequence);
  return first.knownBefore[index(flag.to)] >= flag.waitNode().begin ||
         (it != released.end() && it->second.isOverBefore);
}

/// Where the guards are of one level, only flags of the same span can be set at the same time.
bool PairAllocator::isGuarded(const Flag &flag, const Event &event) const {
  const Flag &last = *event.users.back(); // those of a span stand together
  return last.level == flag.level &&
         (flag.kind == Flag::guard || last.span != flag.span || follows(flag, last));
}

/// Whether a flag can take turns with the users of an event, which are of its loop and kind.
bool PairAllocator::takesTurns(const Flag &flag, const Event &event) const {
  const Flag &first = *event.users.front(), &last = *event.users.back();
  auto isApart = [&](const Flag *user) { return alternates(*user, flag); };
  switch (flag.kind) {
  case Flag::forward:
    if (flag.level)
      return isGuarded(flag, event);
    return !last.level && follows(flag, last) && followsAgain(flag, first);
  case Flag::returned:
    return llvm::all_of(event.users, isApart);
  case Flag::guard:
    return isGuarded(flag, event);
  case Flag::exchanged: // with the one the other way each pipe knows all waits before it
    return true;
  }
  llvm_unreachable("a kind of flag");
}

bool PairAllocator::share(Flag &flag) {
  for (Event &event : events) {
    if (event.users.empty() || event.users.front()->loop != flag.loop ||
        event.users.front()->kind != flag.kind || !takesTurns(flag, event))
      continue;
    flag.event = event.users.front()->event;
    flag.isBorrowed = true;
    event.users.push_back(&flag);
    event.last = &flag;
    return true;
  }
  return false;
}

std::vector<Flag *> PairAllocator::scan(bool mayRelease) {
  events = {};
  released.clear();
  known.clear();
  requests.clear();
  std::vector<Flag *> failed;
  llvm::stable_sort(flags, [](const Flag *a, const Flag *b) { // guards before they have no choice
    return std::pair(a->begin, !a->level) < std::pair(b->begin, !b->level);
  });
  for (Flag *flag : flags) {
    flag->event = -1;
    flag->isBorrowed = false;
    bool isServed = flag->level ? share(*flag) || take(*flag) : take(*flag) || share(*flag);
    if (!isServed && !(mayRelease && (releaseInLoop(*flag) || releaseBefore(*flag))))
      failed.push_back(flag);
  }
  return failed;
}

//===---------------------------------------------------------------------------===//
// Merge
//===---------------------------------------------------------------------------===//

/// A forward flag is safe in either turn; a returned one has to order what both did.
unsigned PairAllocator::mergeTurns(const Flag &a, const Flag &b) const {
  auto [few, many] = std::minmax(a.turn, b.turn, [&](unsigned x, unsigned y) {
    return accesses.turns[x].slots < accesses.turns[y].slots;
  });
  const Turn &tight = accesses.turns[few], &loose = accesses.turns[many];
  bool impliesBoth = tight.loop == loose.loop && loose.slots % tight.slots == 0;
  return a.kind == Flag::forward || impliesBoth ? few : kEveryTurn;
}

/// Makes one flag of `first` and the one behind it, `second`.
void PairAllocator::absorb(Flag &first, Flag &second) const {
  second.event = -1;
  first.turn = mergeTurns(first, second);
  std::tie(first.set, first.begin, first.known, first.knownHere, first.knownBefore) =
      std::tie(second.set, second.begin, second.known, second.knownHere, second.knownBefore);
  if (second.wait < first.wait)
    std::tie(first.wait, first.end, first.released) =
        std::tie(second.wait, second.end, second.released);
}

/// Makes one flag of the two neighbours that lie closest, so many times.
bool PairAllocator::merge(const Flag &needy, int64_t times) {
  std::vector<Flag *> candidates;
  llvm::copy_if(flags, std::back_inserter(candidates),
                [&](const Flag *it) { return compete(*it, needy); });
  llvm::stable_sort(candidates, [](const Flag *a, const Flag *b) {
    return std::tuple(a->kind, a->sequence->nodes.front().begin, a->set, a->wait) <
           std::tuple(b->kind, b->sequence->nodes.front().begin, b->set, b->wait);
  });
  // What two have become stands between the same neighbours.
  const size_t count = candidates.size();
  auto behind = llvm::to_vector(llvm::seq<size_t>(1, count + 1));
  auto before = llvm::to_vector(llvm::seq<int64_t>(-1, count));
  std::vector<std::optional<int>> costs(count);
  std::set<std::pair<int, size_t>> order;
  auto setCost = [&](size_t first, std::optional<int> cost) {
    if (costs[first])
      order.erase({*costs[first], first});
    costs[first] = cost;
    if (cost)
      order.insert({*cost, first});
  };
  auto compare = [&](size_t first) {
    bool hasNext = behind[first] < count;
    setCost(first,
            hasNext ? getMergeCost(*candidates[first], *candidates[behind[first]]) : std::nullopt);
  };
  for (size_t first = 0; first < count; ++first)
    compare(first);
  llvm::DenseSet<const Flag *> gone;
  while (times-- > 0 && !order.empty()) {
    size_t first = order.begin()->second, second = behind[first];
    absorb(*candidates[first], *candidates[second]);
    gone.insert(candidates[second]);
    setCost(second, std::nullopt);
    behind[first] = behind[second];
    if (behind[first] < count)
      before[behind[first]] = first;
    compare(first);
    if (before[first] >= 0)
      compare(before[first]);
    bool isMoved = candidates[first] == &needy && !needy.loop; // others compete from now on
    if (isMoved || candidates[second] == &needy)
      break;
  }
  llvm::erase_if(flags, [&](const Flag *it) { return gone.contains(it); });
  return !gone.empty();
}

int64_t PairAllocator::countMissing(const Flag &needy) const {
  int64_t needed = 0;
  for (const Flag *flag : flags)
    if (flag == &needy || compete(*flag, needy))
      needed += flag->isBorrowed ? 0 : slotsOf(*flag);
  return needed - kEventsOfPair;
}

/// Merges around each flag that found no event, as long as these places are apart. Half of the
/// missing events are made at once: what is left of a place may do with them.
bool PairAllocator::mergeAround(llvm::ArrayRef<Flag *> failed) {
  int reached = 0;
  for (Flag *needy : failed) {
    if (needy->begin < reached)
      continue;
    int end = needy->end;
    for (const Flag *flag : flags)
      if (compete(*flag, *needy))
        end = std::max(end, flag->end);
    int64_t missing = countMissing(*needy);
    if (missing <= 0 || !merge(*needy, (missing + 1) / 2))
      return reached > 0;
    reached = end;
  }
  return true;
}

std::vector<Flag *> PairAllocator::run() {
  for (;;) {
    std::vector<Flag *> failed = scan(/*mayRelease=*/false);
    if (failed.empty())
      return failed;
    if (mergeAround(failed))
      continue;
    failed = scan(/*mayRelease=*/true);
    // Where events are enough but released too late, flags around leave more of them.
    auto late = llvm::find_if(failed, [&](const Flag *it) { return fits(*it); });
    if (late == failed.end() || !merge(**late, 1))
      return failed;
  }
}

/// The next thing to give up for the sake of a flag without events.
static void relax(const Flag &flag, int64_t slots, bool fits, const Relaxation &given,
                  Relaxation &relaxation) {
  auto pipes = std::pair(flag.from, flag.to);
  if (flag.kind == Flag::guard) {
    relaxation.unguarded.insert({flag.loop, flag.to, flag.from});
  } else if (flag.loop && fits && !given.barriersBefore.count(flag.loop)) {
    relaxation.barriersBefore.try_emplace(flag.loop, pipes);
  } else if (flag.loop && flag.kind == Flag::forward && slots <= kEventsOfPair &&
             !given.guarded.count({flag.loop, flag.from, flag.to})) {
    relaxation.guarded.insert({flag.loop, flag.from, flag.to});
  } else if (flag.turn && !given.collapsed.count({flag.loop, flag.from, flag.to})) {
    relaxation.collapsed.insert({flag.loop, flag.from, flag.to});
    relaxation.collapsed.insert({flag.loop, flag.to, flag.from});
  } else {
    relaxation.barriersBefore.try_emplace(flag.waitNode().op, pipes);
  }
}

bool tilework::core::allocateEvents(FlagPlan &plan, const Accesses &accesses,
                                    Relaxation &relaxation) {
  std::map<std::pair<Pipe, Pipe>, std::vector<Flag *>> pairs;
  for (Flag &flag : plan.flags)
    pairs[{flag.from, flag.to}].push_back(&flag);
  const Relaxation given = relaxation;
  bool isComplete = true;
  for (auto &[pair, flags] : pairs) {
    PairAllocator allocator(flags, accesses);
    for (Flag *flag : allocator.run()) {
      relax(*flag, allocator.slotsOf(*flag), allocator.fits(*flag), given, relaxation);
      isComplete = false;
    }
    for (const PairAllocator::Request &it : allocator.requests) {
      auto &known = relaxation.releases[it.node];
      if (llvm::is_contained(known, it.release)) // in vain
        relax(*it.needy, allocator.slotsOf(*it.needy), allocator.fits(*it.needy), given,
              relaxation);
      else
        known.push_back(it.release);
      isComplete = false;
    }
  }
  llvm::erase_if(plan.flags, [](const Flag &flag) { return flag.event < 0; });
  return isComplete;
}
