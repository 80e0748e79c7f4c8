//===- TaskBoxes.cpp - iterations of a producer as seen by its consumers ----------------------===//

#include "lib/Planning/TaskBoxes.h"

#include <algorithm>
#include <cstdlib>

namespace tilework::tokens {

int64_t Affine::at(const Trips &trips) const {
  int64_t sum = constant;
  for (size_t i = 0; i < factors.size(); ++i)
    sum += factors[i] * trips[i];
  return sum;
}

/// The factor of each of the consumer's trips in `values`, which are by consumer: the one that most
/// pairs of consumers have that differ in this trip only. At borders others may. What generic trips
/// are nobody knows.
static Affine slopes(const Problem &problem, int consumer, const std::map<int, int64_t> &values) {
  Affine affine;
  size_t loops = problem.statements[consumer].loops.size();
  affine.factors.assign(loops, 0);
  for (size_t loop = 0; loop < loops; ++loop) {
    if (problem.isGeneric(consumer, loop))
      continue;
    std::map<Trips, std::pair<int64_t, int64_t>> last; ///< trip and value by the other trips
    std::map<int64_t, int> votes;
    for (auto [instance, value] : values) {
      Trips others = problem.instances[instance].trips;
      int64_t trip = others[loop];
      others[loop] = 0;
      auto [before, isFirst] = last.insert({others, {trip, value}});
      int64_t run = trip - before->second.first, rise = value - before->second.second;
      if (!isFirst && run != 0 && rise % run == 0)
        ++votes[rise / run];
      before->second = {trip, value};
    }
    int most = 0;
    for (auto [slope, count] : votes)
      if (count > most) {
        most = count;
        affine.factors[loop] = slope;
      }
  }
  return affine;
}

/// The consumer's n-th generic loop, where `loop` is the producer's n-th and trips of that are
/// counted; -1 if there is none beyond the common ones.
static int counterpart(const Problem &problem, const Token &token, size_t loop) {
  const Statement &producer = problem.statements[token.producer],
                  &consumer = problem.statements[token.consumer];
  auto isGenericLoop = [&](int each) { return problem.generic.count(each) != 0; };
  auto before = std::count_if(producer.loops.begin(),
                              producer.loops.begin() + static_cast<long>(loop), isGenericLoop);
  for (size_t own = 0; own < consumer.loops.size(); ++own)
    if (isGenericLoop(consumer.loops[own]) && before-- == 0)
      return static_cast<int>(own) >= token.common &&
                     consumer.countedWithin.count(consumer.loops[own])
                 ? static_cast<int>(own)
                 : -1;
  return -1;
}

/// How many iterations of the producer's generic `loop` the trips `from` are after those of the
/// consumer's loop `own`, `to`; kLater: more than are looked at.
static int64_t tripDistance(size_t loop, int own, const Trips &from, const Trips &to) {
  int64_t distance = own < 0 ? kLater : from[loop] - to[own];
  return distance > kLater / 2 ? kLater : distance < -kLater / 2 ? -kLater : distance;
}

Trips distancesWithin(const Problem &problem, const Token &bare, int from, int to) {
  const Trips &trips = problem.instances[from].trips;
  Trips distances;
  for (size_t loop = bare.common; loop < trips.size(); ++loop)
    if (problem.isGeneric(bare.producer, loop))
      distances.push_back(
          tripDistance(loop, counterpart(problem, bare, loop), trips, problem.instances[to].trips));
  return distances;
}

/// Takes of the producer's generic loop `token.begin.size()` the iterations of `taken`.
static void takeGeneric(const Problem &problem, const Index &index, const Taken &taken, Reach reach,
                        Token &token) {
  size_t loop = token.common + token.begin.size();
  int own = counterpart(problem, token, loop);
  int64_t near = index.near(token.producer, loop), least = near + 1, most = -(near + 1);
  bool isBefore = false, isAfter = own < 0; // by more than are looked at
  for (const auto &[consumer, producers] : taken)
    for (int producer : producers) {
      int64_t distance = tripDistance(loop, own, problem.instances[producer].trips,
                                      problem.instances[consumer].trips);
      isBefore |= distance == -kLater;
      isAfter |= distance == kLater;
      if (std::abs(distance) < kLater) {
        least = std::min(least, distance);
        most = std::max(most, distance);
      }
    }
  Affine &begin = token.begin.emplace_back();
  begin.factors.assign(problem.statements[token.consumer].loops.size(), 0);
  int64_t &length = token.lengths.emplace_back(kAllTrips);
  bool isNear = !isBefore && !isAfter && reach != Reach::all;
  bool isSided = reach == Reach::sided && isBefore != isAfter && own >= 0 &&
                 (isBefore || !isGoingOn(problem, token, loop));
  if (!isNear && !isSided)
    return;
  begin.factors[own] = 1;
  begin.constant = isBefore ? most : least;
  length = isNear ? most - least + 1 : isBefore ? kTripsUpTo : kTripsFrom;
}

/// Likewise, of a loop whose trips are known.
static void takeKnown(const Problem &problem, const Index &index, const Taken &taken, Reach reach,
                      Token &token) {
  size_t loop = token.common + token.begin.size();
  const std::vector<int64_t> &all = index.trips(token.producer, loop);
  std::map<int, int64_t> least, most;
  bool isFromFirst = true, isToLast = true;
  for (const auto &[consumer, producers] : taken) {
    int64_t first = INT64_MAX, last = INT64_MIN;
    for (int producer : producers) {
      first = std::min(first, problem.instances[producer].trips[loop]);
      last = std::max(last, problem.instances[producer].trips[loop]);
    }
    least[consumer] = first;
    most[consumer] = last;
    isFromFirst &= first == all.front();
    isToLast &= last == all.back();
  }
  // how far the ends are from where the others begin
  auto reachFrom = [&](const Affine &begin, const std::map<int, int64_t> &ends) {
    std::pair<int64_t, int64_t> range = {INT64_MAX, INT64_MIN};
    for (auto [consumer, end] : ends) {
      int64_t distance = end - begin.at(problem.instances[consumer].trips);
      range = {std::min(range.first, distance), std::max(range.second, distance)};
    }
    return range;
  };
  Affine begin = slopes(problem, token.consumer, least);
  begin.constant = reachFrom(begin, least).first;
  int64_t length = reachFrom(begin, most).second + 1;
  if (reach == Reach::sided && isFromFirst != isToLast &&
      (isFromFirst || !isGoingOn(problem, token, loop))) {
    length = isFromFirst ? kTripsUpTo : kTripsFrom;
    if (isFromFirst) {
      begin = slopes(problem, token.consumer, most);
      begin.constant = reachFrom(begin, most).second;
    }
  }
  token.begin.push_back(begin);
  token.lengths.push_back(length);
}

Token boxAround(const Problem &problem, const Index &index, Token token, const Taken &taken,
                Reach reach) {
  size_t rank = problem.statements[token.producer].loops.size() - token.common;
  for (size_t dim = 0; dim < rank; ++dim) {
    bool isAny = problem.isGeneric(token.producer, token.common + dim);
    (isAny ? takeGeneric : takeKnown)(problem, index, taken, reach, token);
  }
  return token;
}

} // namespace tilework::tokens
