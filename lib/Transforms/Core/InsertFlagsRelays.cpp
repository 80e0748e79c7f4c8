//===- InsertFlagsRelays.cpp - flags that only the branches taken pass on --------===//
//
// The planner sees a branch from outside, and so it orders the branches of a loop's body by flags
// around them: from one to the next, and from the last to the first of the next iteration. They are
// set and awaited whichever way conditions go, and where no branch is taken it needs others the
// other way, so that none is set twice. Inside the branches one event does for all of them: who
// takes a branch takes the flag, and sets it again when he is done, like runners a baton.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Core/InsertFlagsProof.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace tilework::core;

/// Where not all relays of a program are proven together, so many are tried one by one.
constexpr size_t kTried = 16;

namespace {

/// Returned flags within branches, which share an event, instead of flags around them.
struct Relay {
  unsigned returned;                ///< the flag that lends the event
  SmallVector<unsigned, 2> forward; ///< flags that are not needed any more
  SmallVector<unsigned, 2> answers; ///< flags the other way, which may have been there for them
  SmallVector<Flag, 2> stations;
};

class RelayPlanner {
public:
  RelayPlanner(const FlagPlan &plan, const Accesses &accesses);

  /// In the order of the flags that are lent.
  std::vector<Relay> run();

private:
  std::optional<Relay> makeRelay(unsigned returned);
  std::optional<SmallVector<unsigned, 2>> findChain(const Flag &returned) const;
  SmallVector<unsigned, 2> findAnswers(const Flag &returned, ArrayRef<unsigned> stations) const;
  bool addStation(const Sequence &sequence, unsigned number, Relay &relay) const;
  bool addBranch(const Sequence &part, Relay &relay) const;
  bool conflicts(const Node &node, Pipe pipe, ArrayRef<Use> others) const;

  const FlagPlan &plan;
  const Accesses &accesses;
  DenseMap<std::pair<const Sequence *, unsigned>, SmallVector<unsigned, 2>> setAfter; ///< forward
  std::vector<Use> sent, awaited; ///< what pipes `from` and `to` do at the stations of a relay
};

} // namespace

RelayPlanner::RelayPlanner(const FlagPlan &plan, const Accesses &accesses)
    : plan(plan), accesses(accesses) {
  for (auto [number, flag] : llvm::enumerate(plan.flags))
    if (flag.kind == Flag::forward && flag.loop && !flag.turn && !flag.level)
      setAfter[{flag.sequence, flag.set}].push_back(number);
}

/// Flags between the same pipes, one after the other, from the node that awaits the returned flag
/// to the one that sets it.
std::optional<SmallVector<unsigned, 2>> RelayPlanner::findChain(const Flag &returned) const {
  SmallVector<unsigned, 2> chain;
  for (unsigned at = returned.wait; at != returned.set;) {
    std::optional<unsigned> next;
    for (unsigned number : setAfter.lookup({returned.sequence, at})) {
      const Flag &it = plan.flags[number];
      bool isNext = it.from == returned.from && it.to == returned.to && it.wait <= returned.set;
      if (isNext && (!next || it.wait < plan.flags[*next].wait))
        next = number;
    }
    if (!next)
      return std::nullopt;
    chain.push_back(*next);
    at = plan.flags[*next].wait;
  }
  return chain;
}

SmallVector<unsigned, 2> RelayPlanner::findAnswers(const Flag &returned,
                                                   ArrayRef<unsigned> stations) const {
  SmallVector<unsigned, 2> answers;
  for (auto [number, it] : llvm::enumerate(plan.flags))
    if (it.from == returned.to && it.to == returned.from && it.sequence == returned.sequence &&
        it.kind != Flag::exchanged && llvm::is_contained(stations, it.set) &&
        llvm::is_contained(stations, it.wait))
      answers.push_back(number);
  return answers;
}

bool RelayPlanner::conflicts(const Node &node, Pipe pipe, ArrayRef<Use> others) const {
  for (const Use &use : node.uses)
    if (use.pipe == pipe)
      for (Accesses::Overlap overlap : accesses.overlapping(use.location))
        if (llvm::any_of(others, [&](const Use &other) {
              return other.location == overlap.location && (use.isWrite || other.isWrite);
            }))
          return true;
  return false;
}

/// Who takes this branch awaits the flag before the first instruction that needs it, and sets it
/// after the last that others need.
bool RelayPlanner::addBranch(const Sequence &part, Relay &relay) const {
  const Flag &flag = plan.flags[relay.returned];
  std::optional<unsigned> first, last;
  for (auto [number, node] : llvm::enumerate(part.nodes)) {
    if (!first && conflicts(node, flag.to, sent))
      first = number;
    if (conflicts(node, flag.from, awaited))
      last = number;
  }
  if (!first && !last)
    return true;
  if (!first || !last || *first > *last)
    return false;
  if (first == last)
    return addStation(part, *first, relay);
  Flag station = flag;
  std::tie(station.sequence, station.wait, station.set) = std::tuple(&part, *first, *last);
  relay.stations.push_back(station);
  return true;
}

bool RelayPlanner::addStation(const Sequence &sequence, unsigned number, Relay &relay) const {
  const Node &node = sequence.nodes[number];
  if (isa<scf::IfOp>(node.op))
    return llvm::all_of(node.parts, [&](const auto &part) { return addBranch(*part, relay); });
  Flag station = plan.flags[relay.returned];
  std::tie(station.sequence, station.wait, station.set) = std::tuple(&sequence, number, number);
  relay.stations.push_back(station);
  return true;
}

std::optional<Relay> RelayPlanner::makeRelay(unsigned returned) {
  const Flag &flag = plan.flags[returned];
  if (flag.kind != Flag::returned || flag.turn || flag.isSpentAtEnd() || flag.wait >= flag.set)
    return std::nullopt;
  auto chain = findChain(flag);
  if (!chain)
    return std::nullopt;
  SmallVector<unsigned, 3> stations{flag.wait};
  for (unsigned number : *chain)
    stations.push_back(plan.flags[number].wait);
  sent.clear();
  awaited.clear();
  for (unsigned number : stations)
    for (const Use &use : flag.sequence->nodes[number].uses) {
      if (use.pipe == flag.from)
        sent.push_back(use);
      if (use.pipe == flag.to)
        awaited.push_back(use);
    }
  Relay relay{returned, *chain, findAnswers(flag, stations)};
  for (unsigned number : stations)
    if (!addStation(*flag.sequence, number, relay))
      return std::nullopt;
  bool isInside = llvm::any_of(
      relay.stations, [&](const Flag &station) { return station.sequence != flag.sequence; });
  return isInside ? std::optional(relay) : std::nullopt;
}

std::vector<Relay> RelayPlanner::run() {
  std::vector<Relay> relays;
  for (unsigned flag = 0; flag < plan.flags.size(); ++flag)
    if (auto relay = makeRelay(flag))
      relays.push_back(std::move(*relay));
  return relays;
}

static FlagPlan makePlan(const FlagPlan &plan, ArrayRef<Relay> relays) {
  FlagPlan result{{}, plan.barriers};
  std::vector<bool> isGone(plan.flags.size());
  for (const Relay &relay : relays) {
    for (unsigned flag : relay.answers)
      isGone[flag] = true;
    for (unsigned flag : relay.forward)
      isGone[flag] = true;
  }
  for (const Relay &relay : relays)
    isGone[relay.returned] = true;
  for (auto [flag, gone] : llvm::zip_equal(plan.flags, isGone))
    if (!gone)
      result.flags.push_back(flag);
  for (const Relay &relay : relays)
    for (auto [number, station] : llvm::enumerate(relay.stations)) {
      result.flags.push_back(station);
      result.flags.back().isBorrowed |= number > 0;
    }
  return result;
}

/// Nothing here says that a branch sets its flag only when the one before it has been awaited, nor
/// that nobody else needed the answers: the proof does.
void tilework::core::relayFlags(FlagPlan &plan, const Accesses &accesses) {
  std::vector<Relay> relays = RelayPlanner(plan, accesses).run(), good;
  if (relays.empty())
    return;
  auto isProven = [&](ArrayRef<Relay> some) {
    FlagPlan relayed = makePlan(plan, some);
    FlaggedProgram program(accesses, relayed);
    return Proof(program).run();
  };
  if (isProven(relays)) {
    good = std::move(relays);
  } else {
    for (const Relay &relay : ArrayRef(relays).take_front(kTried)) {
      good.push_back(relay);
      if (isProven(good))
        continue;
      good.back().answers.clear();
      if (!isProven(good))
        good.pop_back();
    }
  }
  plan = makePlan(plan, good);
  lendWhatIsBorrowed(plan);
}
