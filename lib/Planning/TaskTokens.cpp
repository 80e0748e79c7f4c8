//===- TaskTokens.cpp - which ids a submission is to be given ---------------------------------===//

#include "lib/Planning/TaskOrder.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

namespace tilework::tokens {

//===----------------------------------------------------------------------------------------===//
// Parts of a plan
//===----------------------------------------------------------------------------------------===//

int64_t Affine::at(const Trips &trips) const {
  int64_t sum = constant;
  for (size_t i = 0; i < factors.size(); ++i)
    sum += factors[i] * trips[i];
  return sum;
}

int64_t Token::length() const {
  int64_t product = 1;
  for (int64_t each : lengths)
    product *= each == kAllTrips ? 1 : each;
  return product;
}

bool Token::takesAll() const {
  return std::find(lengths.begin(), lengths.end(), kAllTrips) != lengths.end();
}

bool Token::isShared(int loops) const {
  return std::all_of(begin.begin(), begin.end(), [&](const Affine &each) {
    return std::all_of(each.factors.begin() + loops, each.factors.end(),
                       [](int64_t factor) { return factor == 0; });
  });
}

int commonLoops(const Statement &a, const Statement &b) {
  size_t common = 0;
  while (common < a.loops.size() && common < b.loops.size() && a.loops[common] == b.loops[common])
    ++common;
  return static_cast<int>(common);
}

std::optional<int> placeOf(const Problem &problem, const Token &token) {
  const Statement &producer = problem.statements[token.producer];
  int here = 0, loops = 0; // of the same iteration, around the place
  while (here < token.common && token.delta[here] == 0)
    ++here;
  for (int i = 0; i < static_cast<int>(producer.loops.size()); ++i) {
    if (!problem.generic.count(producer.loops[i]))
      continue;
    if (i < here) {
      loops = std::max(loops, i + 1);
    } else if (i < token.common || token.lengths[i - token.common] != kAllTrips || !token.isLast) {
      auto counted = producer.countedWithin.find(producer.loops[i]);
      if (counted == producer.countedWithin.end() || counted->second > here)
        return std::nullopt;
      loops = std::max(loops, counted->second);
    }
  }
  return loops;
}

//===----------------------------------------------------------------------------------------===//
// Boxes of iterations
//===----------------------------------------------------------------------------------------===//

namespace {
/// The instances that consumers take from one statement, at one distance.
using Taken = std::map<int, std::vector<int>>; ///< by consumer
} // namespace

static bool isGeneric(const Problem &problem, int statement, size_t loop) {
  return problem.generic.count(problem.statements[statement].loops[loop]) != 0;
}

/// The factor of each of the consumer's trips in `values`, which are by consumer: the one that most
/// pairs of consumers have that differ in this trip only. At borders others may. What generic trips
/// are nobody knows.
static Affine slopes(const Problem &problem, int consumer, const std::map<int, int64_t> &values) {
  Affine affine;
  size_t loops = problem.statements[consumer].loops.size();
  affine.factors.assign(loops, 0);
  for (size_t loop = 0; loop < loops; ++loop) {
    if (isGeneric(problem, consumer, loop))
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
/// consumer, `to`; kLater: at any distance.
static int64_t tripDistance(const Problem &problem, const Token &token, size_t loop,
                            const Trips &from, const Trips &to) {
  int own = counterpart(problem, token, loop);
  int64_t distance = own < 0 ? kLater : from[loop] - to[own];
  return std::abs(distance) < kLater / 2 ? distance : kLater;
}

/// The least box around `taken` that is affine in the consumer's trips; of a generic loop
/// iterations near that of one of the consumer's, or all.
static Token boxAround(const Problem &problem, Token token, const Taken &taken) {
  size_t rank = problem.statements[token.producer].loops.size() - token.common;
  for (size_t dim = 0; dim < rank; ++dim) {
    if (size_t loop = token.common + dim; isGeneric(problem, token.producer, loop)) {
      Affine &begin = token.begin.emplace_back();
      begin.factors.assign(problem.statements[token.consumer].loops.size(), 0);
      int64_t &length = token.lengths.emplace_back(kAllTrips);
      int64_t least = kLater, most = -kLater;
      for (const auto &[consumer, producers] : taken)
        for (int producer : producers) {
          int64_t distance = tripDistance(problem, token, loop, problem.instances[producer].trips,
                                          problem.instances[consumer].trips);
          least = std::min(least, distance);
          most = std::max(most, distance);
        }
      if (most < kLater) {
        begin.factors[counterpart(problem, token, loop)] = 1;
        begin.constant = least;
        length = most - least + 1;
      }
      continue;
    }
    std::map<int, int64_t> least, most;
    for (const auto &[consumer, producers] : taken)
      for (int producer : producers) {
        int64_t trip = problem.instances[producer].trips[token.common + dim];
        auto [low, isFirst] = least.insert({consumer, trip});
        low->second = std::min(low->second, trip);
        most[consumer] = isFirst ? trip : std::max(most[consumer], trip);
      }
    Affine begin = slopes(problem, token.consumer, least);
    int64_t lowest = INT64_MAX, highest = INT64_MIN;
    for (auto [consumer, low] : least) {
      int64_t base = begin.at(problem.instances[consumer].trips);
      lowest = std::min(lowest, low - base);
      highest = std::max(highest, most[consumer] - base);
    }
    begin.constant = lowest;
    token.begin.push_back(begin);
    token.lengths.push_back(highest - lowest + 1);
  }
  return token;
}

/// Whether nobody waits for a task that it need not wait for.
static bool isTrue(const Problem &problem, const Index &index, const Order &order,
                   const Token &token) {
  if (token.length() > static_cast<int64_t>(problem.instances.size()))
    return false;
  for (auto [trips, consumer] : index.of(token.consumer)) {
    bool holds = true;
    index.forEachProducer(problem, token, consumer, [&, at = consumer](int producer) {
      holds &=
          producer < at && (order.before[at][producer] ||
                            conflict(problem, problem.instances[producer], problem.instances[at]));
    });
    if (!holds)
      return false;
  }
  return true;
}

/// Whether of all iterations that `token` takes the last task waits for the others.
static bool isChain(const Index &index, const Order &order, const Token &token) {
  std::map<Trips, std::vector<int>> places; ///< by the trips of other loops
  for (const auto &[trips, instance] : index.of(token.producer)) {
    Trips place = trips;
    for (size_t dim = 0; dim < token.lengths.size(); ++dim)
      if (token.lengths[dim] == kAllTrips)
        place[token.common + dim] = 0;
    std::vector<int> &before = places[place];
    for (int other : before)
      if (!order.before[std::max(instance, other)][std::min(instance, other)])
        return false;
    before.push_back(instance);
  }
  return true;
}

/// Whether iterations of one of the consumer's own loops are all taken: of each of its tasks many
/// more than can be told from those before.
static bool takesOwnLoops(const Problem &problem, const Token &token) {
  int shared = commonLoops(problem.statements[token.producer], problem.statements[token.consumer]);
  for (int loop = token.common; loop < shared; ++loop)
    if (token.lengths[loop - token.common] == kAllTrips)
      return true;
  return false;
}

/// All that conflict between the two statements at the distance of `token`.
static Taken allConflicts(const Problem &problem, const Index &index, const Token &token,
                          const Taken &needed) {
  Taken all = needed;
  for (const auto &[trips, consumer] : index.of(token.consumer))
    for (const auto &[others, producer] : index.of(token.producer)) {
      bool isThere = producer < consumer;
      for (int i = 0; i < token.common; ++i)
        isThere &= others[i] == trips[i] + token.delta[i];
      if (isThere && conflict(problem, problem.instances[producer], problem.instances[consumer]))
        all[consumer].push_back(producer);
    }
  return all;
}

//===----------------------------------------------------------------------------------------===//
// The plan
//===----------------------------------------------------------------------------------------===//

namespace {
struct Group {
  Taken taken;
  std::set<int> arguments; ///< of the conflicts
};
using Groups = std::map<std::pair<std::pair<int, int>, Trips>, Group>; ///< by statements, distance
} // namespace

/// How far `from` is away in each loop around both, down to a generic one of which that is not
/// known.
static Trips distanceOf(const Problem &problem, const Instance &from, const Instance &to) {
  int common = commonLoops(problem.statements[from.statement], problem.statements[to.statement]);
  Trips delta;
  for (int i = 0; i < common; ++i) {
    int64_t distance = from.trips[i] - to.trips[i];
    bool isHere = std::all_of(delta.begin(), delta.end(), [](int64_t each) { return each == 0; });
    if (isGeneric(problem, from.statement, i) && (!isHere || distance < -kLater / 2))
      break;
    delta.push_back(distance);
  }
  return delta;
}

static Groups groupsOf(const Problem &problem, const Order &order,
                       const std::vector<bool> &isStatic) {
  Groups groups;
  for (const Edge &edge : order.edges) {
    bool isNeeded = std::any_of(edge.arguments.begin(), edge.arguments.end(), [&](auto pair) {
      return isStatic[pair.first] || isStatic[pair.second];
    });
    if (!isNeeded)
      continue;
    const Instance &from = problem.instances[edge.from], &to = problem.instances[edge.to];
    Group &group = groups[{{from.statement, to.statement}, distanceOf(problem, from, to)}];
    group.taken[edge.to].push_back(edge.from);
    for (auto [a, b] : edge.arguments) {
      group.arguments.insert(a);
      group.arguments.insert(b);
    }
  }
  return groups;
}

/// Nothing if the box takes too much, or what is nowhere kept.
static std::optional<Token> tokenAround(const Problem &problem, const Index &index,
                                        const Order &order, const Token &bare, const Taken &taken) {
  Token token = boxAround(problem, bare, taken);
  token.isLast = token.takesAll() && isChain(index, order, token);
  if ((!token.isLast && takesOwnLoops(problem, token)) || !placeOf(problem, token) ||
      !isTrue(problem, index, order, token))
    return std::nullopt;
  return token;
}

/// None: it cannot be said.
static std::vector<Token> tokensOf(const Problem &problem, const Index &index, const Order &order,
                                   const Groups::value_type &entry) {
  const auto &[key, group] = entry;
  auto [producer, consumer] = key.first;
  int64_t ids = 1;
  for (size_t loop = 0; loop < problem.statements[producer].loops.size(); ++loop)
    ids *= static_cast<int64_t>(index.trips(producer, loop).size());
  if (ids > problem.maxIds)
    return {};
  // the author's ids say something already, of which nothing is known here
  if (problem.statements[producer].givesId && problem.statements[consumer].takesIds)
    return {};
  Token bare = {producer, consumer, static_cast<int>(key.second.size()), key.second, {}, {}};
  if (std::optional<Token> token = tokenAround(problem, index, order, bare, group.taken))
    return {*token};
  // what paths join anyway may be what the box is irregular for
  if (std::optional<Token> token =
          tokenAround(problem, index, order, bare, allConflicts(problem, index, bare, group.taken)))
    return {*token};
  // iterations on both sides, but not those between
  std::map<Trips, Taken> apart; ///< by distances in generic loops
  for (const auto &[to, producers] : group.taken)
    for (int from : producers) {
      const Trips &trips = problem.instances[from].trips;
      Trips distances;
      for (size_t loop = bare.common; loop < trips.size(); ++loop)
        if (isGeneric(problem, producer, loop))
          distances.push_back(
              tripDistance(problem, bare, loop, trips, problem.instances[to].trips));
      apart[distances][to].push_back(from);
    }
  std::vector<Token> tokens;
  for (const auto &[distances, taken] : apart) {
    std::optional<Token> token = tokenAround(problem, index, order, bare, taken);
    if (!token)
      return {};
    tokens.push_back(*token);
  }
  return tokens;
}

/// Whether `token` names nobody whom `other` does not name to the same.
static bool isWithin(const Problem &problem, const Index &index, const Token &token,
                     const Token &other) {
  if (token.producer != other.producer || token.consumer != other.consumer || !other.takesAll())
    return false;
  for (auto [trips, consumer] : index.of(token.consumer)) {
    std::set<int> named, others;
    index.forEachProducer(problem, token, consumer, [&](int each) { named.insert(each); });
    index.forEachProducer(problem, other, consumer, [&](int each) { others.insert(each); });
    if (!std::includes(others.begin(), others.end(), named.begin(), named.end()))
      return false;
  }
  return true;
}

/// Of tokens that say the same the first stays.
static void dropRepeated(const Problem &problem, const Index &index, std::vector<Token> &tokens) {
  for (size_t i = tokens.size(); i-- > 0;)
    for (size_t j = 0; j < tokens.size(); ++j)
      if (j != i && isWithin(problem, index, tokens[i], tokens[j])) {
        tokens.erase(tokens.begin() + static_cast<long>(i));
        break;
      }
}

Plan plan(const Problem &problem) {
  Order order = orderOf(problem);
  Index index(problem);
  Plan plan;
  plan.isStatic = problem.isKnown;
  // what cannot be said of one pair is the runtime's, which then tracks both
  std::map<Groups::key_type, std::vector<Token>> tried;
  while (true) {
    plan.tokens.clear();
    bool isSaid = true;
    for (const Groups::value_type &entry : groupsOf(problem, order, plan.isStatic)) {
      auto known = tried.find(entry.first);
      if (known == tried.end())
        known = tried.insert({entry.first, tokensOf(problem, index, order, entry)}).first;
      plan.tokens.insert(plan.tokens.end(), known->second.begin(), known->second.end());
      if (!known->second.empty())
        continue;
      for (int argument : entry.second.arguments)
        plan.isStatic[argument] = false;
      isSaid = false;
    }
    if (isSaid)
      break;
  }
  dropRepeated(problem, index, plan.tokens);
  return plan;
}

} // namespace tilework::tokens
