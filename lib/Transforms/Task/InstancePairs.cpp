//===- InstancePairs.cpp - which tasks of an entry are known to meet ------------===//

#include "lib/Transforms/Task/InstancePairs.h"

using namespace mlir;
using namespace tilework;
using namespace tilework::task;

/// Beyond it, a pair of accesses is the runtime's.
static constexpr size_t kMaxComparisons = 1 << 22;

/// Whether it is known if the two meet.
static bool isTold(const tokens::Problem &problem, const Place &a, const Place &b) {
  const tokens::Touch &x = problem.instances[a.instance].touches[a.touch],
                      &y = problem.instances[b.instance].touches[b.touch];
  if (x.tensor != y.tensor)
    return true;
  bool doMeet = (!a.mayBeEmpty || !b.mayBeEmpty) && !x.mayBeNothing && !y.mayBeNothing;
  for (unsigned dim = 0; dim < x.begin.size(); ++dim) {
    if (x.origin(dim) == tokens::WholeTensor || y.origin(dim) == tokens::WholeTensor)
      continue;
    if (x.origin(dim) != y.origin(dim)) {
      doMeet = false;
      continue;
    }
    bool isBefore = x.end[dim] <= y.begin[dim], isAfter = y.end[dim] <= x.begin[dim];
    if ((isBefore && !a.isOpen[dim]) || (isAfter && !b.isOpen[dim]))
      return true;
    doMeet &= !isBefore && !isAfter;
  }
  return doMeet;
}

/// The n-th such loops around either access.
static SmallVector<std::pair<unsigned, unsigned>>
loopPairs(const AccessSets &sets, const Pair &pair, llvm::function_ref<bool(int)> isSuch) {
  SmallVector<unsigned> loops[2];
  for (unsigned side : {0, 1}) {
    const Access &access = sets.accesses[side == 0 ? pair.first : pair.second];
    for (auto [position, loop] : llvm::enumerate(sets.statements[access.statement].loops))
      if (isSuch(loop))
        loops[side].push_back(position);
  }
  SmallVector<std::pair<unsigned, unsigned>> pairs;
  for (auto [first, second] : llvm::zip(loops[0], loops[1]))
    pairs.push_back({first, second});
  return pairs;
}

static SmallVector<std::pair<unsigned, unsigned>>
genericLoops(const AccessSets &sets, TermValues &values, const Pair &pair) {
  return loopPairs(sets, pair, [&](int loop) { return values.isGeneric(loop); });
}

static SmallVector<std::pair<unsigned, unsigned>>
boundedLoops(const AccessSets &sets, TermValues &values, const Pair &pair) {
  return loopPairs(sets, pair, [&](int loop) { return values.bound(loop).has_value(); });
}

int64_t task::farthestTrips(const AccessSets &sets, TermValues &values, const Pair &pair,
                            int64_t limit) {
  const Statement &first = sets.statements[sets.accesses[pair.first].statement],
                  &second = sets.statements[sets.accesses[pair.second].statement];
  int64_t most = 0;
  for (auto [x, y] : genericLoops(sets, values, pair))
    for (bool isBackward : {false, true}) {
      if (x < pair.equalLoops || (isBackward && x == pair.equalLoops && pair.isCarried))
        continue;
      auto meetsFrom = [&, x = first.loops[x], y = second.loops[y]](int64_t distance) {
        TripDistance each{x, y, distance, std::nullopt};
        if (isBackward)
          each = {x, y, std::nullopt, -distance};
        return mayMeet(sets, pair, each);
      };
      if (meetsFrom(limit + 1))
        continue;
      for (int64_t beyond = limit + 1; most + 1 < beyond;) {
        int64_t middle = (most + 1 + beyond) / 2;
        if (meetsFrom(middle))
          most = middle;
        else
          beyond = middle;
      }
    }
  return most;
}

/// What the sets say of all iterations of `pair` that are as far apart: they know which is later
/// where boxes do not know by how much.
InstancePairs::Answer InstancePairs::ask(const Pair &pair, const tokens::Trips &first,
                                         const tokens::Trips &second) {
  const Statement &earlier = sets.statements[sets.accesses[pair.first].statement],
                  &later = sets.statements[sets.accesses[pair.second].statement];
  SmallVector<TripDistance> distances;
  std::vector<int64_t> key = {pair.first, pair.second, pair.equalLoops, pair.isCarried};
  for (auto [x, y] : genericLoops(sets, values, pair)) {
    int64_t distance = second[y] - first[x];
    TripDistance each{earlier.loops[x], later.loops[y], distance, distance};
    if (distance > near)
      each.least = near + 1, each.most = std::nullopt;
    else if (distance < -near)
      each.least = std::nullopt, each.most = -(near + 1);
    distances.push_back(each);
    key.push_back(std::clamp(distance, -near - 1, near + 1));
  }
  for (auto [x, y] : boundedLoops(sets, values, pair)) {
    int64_t distance = second[y] - first[x];
    distances.push_back({earlier.loops[x], later.loops[y], distance, distance});
    key.push_back(distance);
  }
  auto [known, isNew] = answers.insert({key, Answer::unknown});
  if (isNew && !mayMeet(sets, pair, distances))
    known->second = Answer::never;
  else if (isNew && mustMeet(sets, pair, distances))
    known->second = Answer::always;
  return known->second;
}

/// Whether it is known of every pair of tasks if it meets.
bool InstancePairs::isTold(tokens::Problem &problem, const Conflict &conflict) {
  auto [first, second, equalLoops, isCarried] = conflict.pair;
  if (!places.isConcrete[first] || !places.isConcrete[second])
    return false;
  if (places.isPlain[first] && places.isPlain[second])
    return true;
  std::map<tokens::Trips, std::vector<const Place *>> placesAt; ///< by iteration of equal loops
  auto iterationOf = [&, equal = equalLoops](const Place &place) {
    const tokens::Trips &trips = problem.instances[place.instance].trips;
    return tokens::Trips(trips.begin(), trips.begin() + equal);
  };
  for (const Place &place : places.of[second])
    placesAt[iterationOf(place)].push_back(&place);
  size_t comparisons = 0;
  bool isTold = true;
  auto loops = genericLoops(sets, values, conflict.pair);
  bool isOneDistance = loops.empty() && boundedLoops(sets, values, conflict.pair).empty();
  for (const Place &place : places.of[first])
    for (const Place *other : placesAt[iterationOf(place)]) {
      const tokens::Instance &x = problem.instances[place.instance],
                             &y = problem.instances[other->instance];
      if (isCarried && x.trips[equalLoops] >= y.trips[equalLoops])
        continue;
      // any later iteration is one of any, not of those that follow it
      if (llvm::any_of(loops, [&](auto pair) {
            auto [least, most] = std::minmax(x.trips[pair.first], y.trips[pair.second]);
            return most == tokens::kLater && least != most && least != 0;
          }))
        continue;
      if (++comparisons > kMaxComparisons)
        return false;
      if (::isTold(problem, place, *other))
        continue;
      Answer answer = ask(conflict.pair, x.trips, y.trips);
      isTold &= answer != Answer::unknown;
      if (!isTold && isOneDistance)
        return false;
      if (answer == Answer::always)
        problem.meeting[{int(first), int(second)}].insert(tokens::distances(problem, x, y));
    }
  return isTold;
}

void InstancePairs::judge(ArrayRef<Conflict> conflicts, const ArgumentNumbers &numbers,
                          tokens::Problem &problem) {
  problem.isKnown.assign(numbers.count, true);
  std::map<std::pair<int, int>, bool> pairs; ///< whether boxes tell all of them
  for (const Conflict &conflict : conflicts) {
    std::pair<int, int> accesses = std::minmax(conflict.pair.first, conflict.pair.second);
    bool &isKnown = pairs.insert({accesses, true}).first->second;
    isKnown = isKnown && isTold(problem, conflict);
  }
  for (auto [accesses, isKnown] : pairs) {
    if (isKnown)
      continue;
    for (int number : {accesses.first, accesses.second}) {
      const Access &access = sets.accesses[number];
      problem.isKnown[numbers.of(access.statement, access.position)] = false;
    }
  }
  for (int i = 0; i < int(sets.accesses.size()); ++i)
    for (int j = i; j < int(sets.accesses.size()); ++j)
      if (sets.accesses[i].root == sets.accesses[j].root && !pairs.count({i, j}))
        problem.apart.insert({i, j});
}
