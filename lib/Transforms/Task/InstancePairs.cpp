//===- InstancePairs.cpp - which tasks of an entry are known to meet ------------===//

#include "lib/Transforms/Task/InstancePairs.h"

using namespace mlir;
using namespace tilework;
using namespace tilework::task;

/// Beyond it, a pair of accesses is the runtime's.
static constexpr size_t kMaxComparisons = 1 << 22;

/// Iterations of one loop that meet further apart are the runtime's.
static constexpr int64_t kMaxDistance = 4;

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

/// The n-th generic loops around either access.
static SmallVector<std::pair<unsigned, unsigned>>
genericLoops(const AccessSets &sets, TermValues &values, const Pair &pair) {
  SmallVector<unsigned> generic[2];
  for (unsigned side : {0, 1}) {
    const Access &access = sets.accesses[side == 0 ? pair.first : pair.second];
    for (auto [position, loop] : llvm::enumerate(sets.statements[access.statement].loops))
      if (values.isGeneric(loop))
        generic[side].push_back(position);
  }
  SmallVector<std::pair<unsigned, unsigned>> pairs;
  for (auto [first, second] : llvm::zip(generic[0], generic[1]))
    pairs.push_back({first, second});
  return pairs;
}

int64_t task::farthestTrips(const AccessSets &sets, TermValues &values, const Pair &pair) {
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
      if (meetsFrom(kMaxDistance + 1))
        continue;
      int64_t distance = kMaxDistance;
      while (distance > most && !meetsFrom(distance))
        --distance;
      most = std::max(most, distance);
    }
  return most;
}

/// Whether the two never meet in such iterations: of generic loops of which boxes do not know how
/// far they are apart, the sets know which is later.
bool InstancePairs::areApart(const Pair &pair, const tokens::Trips &first,
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
    key.push_back(distance);
  }
  if (distances.empty())
    return false;
  auto [known, isNew] = apart.insert({key, false});
  if (isNew)
    known->second = !mayMeet(sets, pair, distances);
  return known->second;
}

/// Whether boxes say of every pair of tasks if it meets.
bool InstancePairs::isTold(const tokens::Problem &problem, const Conflict &conflict) {
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
  auto loops = genericLoops(sets, values, conflict.pair);
  for (const Place &place : places.of[first])
    for (const Place *other : placesAt[iterationOf(place)]) {
      const tokens::Trips &x = problem.instances[place.instance].trips,
                          &y = problem.instances[other->instance].trips;
      if (isCarried && x[equalLoops] >= y[equalLoops])
        continue;
      // any later iteration is one of any, not of those that follow it
      if (llvm::any_of(loops, [&](auto pair) {
            auto [least, most] = std::minmax(x[pair.first], y[pair.second]);
            return most == tokens::kLater && least != most && least != 0;
          }))
        continue;
      if (++comparisons > kMaxComparisons ||
          !(::isTold(problem, place, *other) || areApart(conflict.pair, x, y)))
        return false;
    }
  return true;
}

/// Whether the sets say so, in whichever order they come to one tensor.
bool InstancePairs::alwaysMeet(unsigned a, unsigned b) {
  return places.isConcrete[a] && places.isConcrete[b] &&
         llvm::all_of(pairsOf(sets, a, b), [&](const Pair &pair) { return mustMeet(sets, pair); });
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
    if (alwaysMeet(accesses.first, accesses.second)) {
      problem.always.insert(accesses);
      continue;
    }
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
