//===- InsertFlagsEvents.cpp - which event each flag uses -------------------------===//
//
// A linear scan per ordered pair of pipes: an event serves again when the pipe that sets it knows
// that the last flag has been awaited. Where events run out, returned flags of different blocks
// take turns with the same events; then two flags become one, set after both and awaited before
// both, the closest first; then a pipe awaits what has awaited some of its flags, so that their
// events serve again; then the slots of a turn share one event; and at last barriers stand in.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Core/InsertFlags.h"

#include "llvm/ADT/STLExtras.h"

using namespace tilework::core;

namespace {

/// One event id, in the course of a scan.
struct Event {
  int end = 0, released = 0;
  std::vector<Flag *> users;  ///< flags of one loop that take turns, in order
  const Flag *last = nullptr; ///< to use it
};

class PairAllocator {
public:
  PairAllocator(std::vector<Flag *> flags, const Accesses &accesses)
      : flags(std::move(flags)), accesses(accesses) {}

  /// The flags that find no events, however coarse.
  std::vector<Flag *> run();

  /// What needs events at the time of `needy` would find them, were the earlier ones released.
  bool fits(const Flag &needy) const;

  struct Request {
    Flag *needy;
    mlir::Operation *node;
    Release release;
  };
  std::vector<Request> requests; ///< what `run` counts on

private:
  std::vector<Flag *> scan(bool mayRelease);
  bool release(Flag &flag);
  bool follows(const Flag &flag, const Flag &last, const Flag &first) const;
  bool take(Flag &flag);
  bool share(Flag &flag);
  bool alternates(const Flag &user, const Flag &flag) const;
  bool merge(const Flag &needy);
  bool mergeAround(llvm::ArrayRef<Flag *> failed);

  int64_t slotsOf(const Flag &flag) const { return accesses.turns[flag.turn].slots; }
  unsigned mergeTurns(const Flag &a, const Flag &b) const;

  std::vector<Flag *> flags;
  const Accesses &accesses;
  std::array<Event, kEventsOfPair> events;
  struct Released {
    int here = 0;              ///< up to where the setting pipe will know the waits of a block
    bool isOverBefore = false; ///< and all of them in the execution before
  };
  std::map<const Sequence *, Released> released;
};

bool compete(const Flag &flag, const Flag &needy) {
  return flag.loop ? flag.loop == needy.loop : flag.begin <= needy.begin && needy.begin < flag.end;
}

/// Positions between which a returned flag is not set.
std::pair<int, int> getSpan(const Flag &flag) {
  return {flag.waitNode().begin, flag.setNode().end};
}

/// How much later and earlier a flag set after both and awaited before both is, or nothing.
std::optional<int> getMergeCost(const Flag &a, const Flag &b) {
  bool isAlike = a.kind == b.kind && a.kind != Flag::exchanged && a.sequence == b.sequence &&
                 a.loop == b.loop && a.isSpentAtEnd() == b.isSpentAtEnd();
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
  auto here = flag.loop ? released.end() : released.find(flag.sequence);
  int known = here == released.end() ? 0 : here->second.here;
  for (int64_t number = 0; number < kEventsOfPair; ++number) {
    const Event &event = events[number];
    bool isFree = event.end <= flag.begin &&
                  (event.released <= flag.known[index(flag.to)] || event.released <= known);
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
bool PairAllocator::follows(const Flag &flag, const Flag &last, const Flag &first) const {
  auto it = released.find(flag.sequence);
  Released more = it == released.end() ? Released() : it->second;
  return flag.sequence == last.sequence && !flag.turn && !last.turn && last.wait <= flag.set &&
         std::max(flag.knownHere[index(flag.to)], more.here) >= last.waitNode().begin &&
         (more.isOverBefore || first.knownBefore[index(flag.to)] >= flag.waitNode().begin);
}

bool PairAllocator::share(Flag &flag) {
  for (Event &event : events) {
    if (event.users.empty() || flag.kind == Flag::exchanged)
      continue;
    const Flag &first = *event.users.front(); // the others are like it
    auto isApart = [&](const Flag *user) { return alternates(*user, flag); };
    if (first.loop != flag.loop || first.kind != flag.kind ||
        (flag.kind == Flag::forward ? !follows(flag, *event.users.back(), first)
                                    : !llvm::all_of(event.users, isApart)))
      continue;
    flag.event = first.event;
    flag.isBorrowed = true;
    event.users.push_back(&flag);
    event.last = &flag;
    return true;
  }
  return false;
}

/// Lets the pipe that sets `flag` await half of the flags of its block that have been awaited by
/// then: enough events for some time, and no more haste than half of them allow.
bool PairAllocator::release(Flag &flag) {
  if (flag.kind != Flag::forward || flag.turn)
    return false;
  std::vector<const Flag *> over;
  for (const Event &event : events)
    if (const Flag *last = event.last; last && last->kind == Flag::forward && !last->turn &&
                                       last->loop == flag.loop && last->sequence == flag.sequence &&
                                       last->wait < flag.set)
      over.push_back(last);
  if (over.empty())
    return false;
  llvm::stable_sort(over, [](const Flag *a, const Flag *b) { return a->wait < b->wait; });
  const Flag *chosen = over[(over.size() - 1) / 2];
  Released &mine = released[flag.sequence];
  mine.here = std::max(mine.here, chosen->waitNode().end);
  requests.push_back({&flag, flag.setNode().op, {flag.from, flag.to, chosen->wait, false}});
  if (flag.loop && !mine.isOverBefore) {
    mine.isOverBefore = true;
    unsigned first = flag.set, last = flag.wait;
    for (const Flag *it : flags)
      if (it->kind == Flag::forward && it->sequence == flag.sequence)
        first = std::min(first, it->set), last = std::max(last, it->wait);
    requests.push_back({&flag, flag.sequence->nodes[first].op, {flag.from, flag.to, last, true}});
  }
  return take(flag) || share(flag);
}

std::vector<Flag *> PairAllocator::scan(bool mayRelease) {
  events = {};
  released.clear();
  requests.clear();
  std::vector<Flag *> failed;
  llvm::stable_sort(flags, [](const Flag *a, const Flag *b) { return a->begin < b->begin; });
  for (Flag *flag : flags) {
    flag->event = -1;
    flag->isBorrowed = false;
    if (!take(*flag) && !share(*flag) && !(mayRelease && release(*flag)))
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

/// Makes one flag of the two neighbours that lie closest.
bool PairAllocator::merge(const Flag &needy) {
  std::vector<Flag *> candidates;
  llvm::copy_if(flags, std::back_inserter(candidates),
                [&](const Flag *it) { return compete(*it, needy); });
  llvm::stable_sort(candidates, [](const Flag *a, const Flag *b) {
    return std::tuple(a->kind, a->sequence->nodes.front().begin, a->set, a->wait) <
           std::tuple(b->kind, b->sequence->nodes.front().begin, b->set, b->wait);
  });
  std::optional<int> best;
  Flag *first = nullptr, *second = nullptr;
  for (size_t next = 1; next < candidates.size(); ++next)
    if (auto cost = getMergeCost(*candidates[next - 1], *candidates[next]);
        cost && (!best || *cost < *best))
      std::tie(best, first, second) = std::tuple(cost, candidates[next - 1], candidates[next]);
  if (!best)
    return false;
  llvm::erase(flags, second);
  second->event = -1;
  first->turn = mergeTurns(*first, *second);
  std::tie(first->set, first->begin, first->known, first->knownHere, first->knownBefore) =
      std::tie(second->set, second->begin, second->known, second->knownHere, second->knownBefore);
  if (second->wait < first->wait)
    std::tie(first->wait, first->end, first->released) =
        std::tie(second->wait, second->end, second->released);
  return true;
}

bool PairAllocator::fits(const Flag &needy) const {
  int64_t needed = 0;
  for (const Flag *flag : flags)
    if (flag == &needy || compete(*flag, needy))
      needed += flag->isBorrowed ? 0 : slotsOf(*flag);
  return needed <= kEventsOfPair;
}

/// Merges once for each flag that found no event, as long as those around it are apart.
bool PairAllocator::mergeAround(llvm::ArrayRef<Flag *> failed) {
  int reached = 0;
  for (Flag *needy : failed) {
    if (needy->begin < reached)
      continue;
    int end = needy->end;
    for (const Flag *flag : flags)
      if (compete(*flag, *needy))
        end = std::max(end, flag->end);
    if (fits(*needy) || !merge(*needy))
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
    if (!mergeAround(failed))
      return scan(/*mayRelease=*/true);
  }
}

/// The next thing to give up for the sake of a flag without events.
static void relax(const Flag &flag, bool fits, const Relaxation &given, Relaxation &relaxation) {
  if (flag.loop && fits && !given.barriersBefore.count(flag.loop)) {
    relaxation.barriersBefore.insert(flag.loop);
  } else if (flag.turn && !given.collapsed.count({flag.loop, flag.from, flag.to})) {
    relaxation.collapsed.insert({flag.loop, flag.from, flag.to});
    relaxation.collapsed.insert({flag.loop, flag.to, flag.from});
  } else {
    relaxation.barriersBefore.insert(flag.waitNode().op);
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
      relax(*flag, allocator.fits(*flag), given, relaxation);
      isComplete = false;
    }
    for (const PairAllocator::Request &it : allocator.requests) {
      auto &known = relaxation.releases[it.node];
      if (llvm::is_contained(known, it.release)) // in vain
        relax(*it.needy, allocator.fits(*it.needy), given, relaxation);
      else
        known.push_back(it.release);
      isComplete = false;
    }
  }
  llvm::erase_if(plan.flags, [](const Flag &flag) { return flag.event < 0; });
  return isComplete;
}
