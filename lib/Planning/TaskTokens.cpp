//===- TaskTokens.cpp - which ids a submission is to be given ---------------------------------===//

#include "lib/Planning/TaskTokens.h"

#include <algorithm>
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
    product *= each;
  return product;
}

bool Token::isShared() const {
  return std::all_of(begin.begin(), begin.end(), [&](const Affine &each) {
    return std::all_of(each.factors.begin() + common, each.factors.end(),
                       [](int64_t factor) { return factor == 0; });
  });
}

static bool meet(const Problem &problem, const Touch &a, const Touch &b) {
  if (a.tensor != b.tensor || !(a.writes || b.writes))
    return false;
  for (size_t dim = 0; dim < a.begin.size(); ++dim) {
    int origin = a.origin(dim), other = b.origin(dim);
    if (origin == WholeTensor || other == WholeTensor)
      continue;
    if (origin != other || a.end[dim] <= b.begin[dim] || b.end[dim] <= a.begin[dim])
      return false;
  }
  return problem.apart.empty() || !problem.apart.count(std::minmax(a.access, b.access));
}

/// Whether `later` can name `earlier`: of each generic loop around that, both are in one iteration.
static bool canName(const Problem &problem, const Instance &later, const Instance &earlier) {
  if (problem.generic.empty())
    return true;
  const std::vector<int> &x = problem.statements[earlier.statement].loops,
                         &y = problem.statements[later.statement].loops;
  size_t same = 0;
  while (same < x.size() && same < y.size() && x[same] == y[same] &&
         earlier.trips[same] == later.trips[same])
    ++same;
  return std::none_of(x.begin() + same, x.end(),
                      [&](int loop) { return problem.generic.count(loop); });
}

/// Whether `later` is to wait for `earlier`.
static bool conflict(const Problem &problem, const Instance &earlier, const Instance &later) {
  if (!canName(problem, later, earlier))
    return false;
  for (const Touch &x : earlier.touches)
    for (const Touch &y : later.touches)
      if (meet(problem, x, y))
        return true;
  return false;
}

static int commonLoops(const Statement &a, const Statement &b) {
  size_t common = 0;
  while (common < a.loops.size() && common < b.loops.size() && a.loops[common] == b.loops[common])
    ++common;
  return static_cast<int>(common);
}

/// The instances of each statement by their trips.
using Index = std::vector<std::map<Trips, int>>;

static Index indexOf(const Problem &problem) {
  Index index(problem.statements.size());
  for (size_t i = 0; i < problem.instances.size(); ++i)
    index[problem.instances[i].statement][problem.instances[i].trips] = static_cast<int>(i);
  return index;
}

/// Calls `visit` with each instance of the producer that `token` names for `consumer`.
template <typename Visit>
static void forEachProducer(const Index &index, const Token &token, const Instance &consumer,
                            Visit visit) {
  Trips first(consumer.trips.begin(), consumer.trips.begin() + token.common);
  for (int i = 0; i < token.common; ++i)
    first[i] += token.delta[i];
  for (const Affine &begin : token.begin)
    first.push_back(begin.at(consumer.trips));
  for (int64_t i = 0, count = token.length(); i < count; ++i) {
    Trips trips = first;
    int64_t rest = i;
    for (size_t dim = token.lengths.size(); dim-- > 0; rest /= token.lengths[dim])
      trips[token.common + dim] += rest % token.lengths[dim];
    auto found = index[token.producer].find(trips);
    if (found != index[token.producer].end())
      visit(found->second);
  }
}

//===----------------------------------------------------------------------------------------===//
// The order that conflicts say
//===----------------------------------------------------------------------------------------===//

namespace {
/// A set of instances.
class Bits {
public:
  explicit Bits(size_t count = 0) : words((count + 63) / 64) {}
  bool operator[](int i) const { return words[i / 64] >> (i % 64) & 1; }
  void insert(int i) { words[i / 64] |= uint64_t(1) << (i % 64); }
  void insert(const Bits &other) {
    for (size_t i = 0; i < other.words.size(); ++i)
      words[i] |= other.words[i];
  }

private:
  std::vector<uint64_t> words;
};

/// A conflict that no path of others joins.
struct Edge {
  int from, to;
  std::vector<std::pair<int, int>> arguments; ///< that meet
};

/// Touches of one tensor that count from the same.
struct Touched {
  std::vector<int> origins;
  std::vector<std::pair<int, const Touch *>> touches; ///< by instance, in order
};

struct Order {
  std::vector<Edge> edges;
  std::vector<Bits> before; ///< by instance, those that are over when it runs, whoever else does
};
} // namespace

static bool isSubset(const std::vector<int> &a, const std::vector<int> &b) {
  return std::includes(b.begin(), b.end(), a.begin(), a.end());
}

/// Whether boxes that count from `a` and from `b` can be compared.
static bool areComparable(const std::vector<int> &a, const std::vector<int> &b) {
  for (size_t dim = 0; dim < std::max(a.size(), b.size()); ++dim) {
    int x = a.empty() ? TensorBegin : a[dim], y = b.empty() ? TensorBegin : b[dim];
    if (x != y && x != WholeTensor && y != WholeTensor)
      return false;
  }
  return true;
}

/// Latest first: a path through one that need not run is none, unless it runs whenever the last
/// does.
static Order orderOf(const Problem &problem) {
  Order order;
  std::map<int, std::vector<Touched>> tensors;
  for (size_t i = 0; i < problem.instances.size(); ++i) {
    const Instance &instance = problem.instances[i];
    std::map<int, std::vector<std::pair<int, int>>, std::greater<int>> met;
    for (const Touch &touch : instance.touches)
      for (const Touched &touched : tensors[touch.tensor])
        if (areComparable(touched.origins, touch.origins))
          for (const auto &[earlier, other] : touched.touches)
            if (meet(problem, *other, touch) &&
                canName(problem, instance, problem.instances[earlier]))
              met[earlier].push_back({other->argument, touch.argument});
    Bits &before = order.before.emplace_back(i);
    for (auto &[earlier, arguments] : met) {
      if (before[earlier])
        continue;
      before.insert(earlier);
      if (isSubset(problem.instances[earlier].guards, instance.guards))
        before.insert(order.before[earlier]);
      order.edges.push_back({earlier, static_cast<int>(i), std::move(arguments)});
    }
    for (const Touch &touch : instance.touches) {
      std::vector<Touched> &all = tensors[touch.tensor];
      auto same = std::find_if(all.begin(), all.end(), [&](const Touched &touched) {
        return touched.origins == touch.origins;
      });
      if (same == all.end())
        same = all.insert(all.end(), {touch.origins, {}});
      same->touches.push_back({static_cast<int>(i), &touch});
    }
  }
  return order;
}

//===----------------------------------------------------------------------------------------===//
// Boxes of iterations
//===----------------------------------------------------------------------------------------===//

namespace {
/// The instances that consumers take from one statement, at one distance.
using Taken = std::map<int, std::vector<int>>; ///< by consumer
} // namespace

/// The factor of each of the consumer's trips in `values`, which are by consumer: the one that most
/// pairs of consumers have that differ in this trip only. At borders others may.
static Affine slopes(const Problem &problem, const std::map<int, int64_t> &values) {
  Affine affine;
  size_t loops = problem.instances[values.begin()->first].trips.size();
  affine.factors.assign(loops, 0);
  for (size_t loop = 0; loop < loops; ++loop) {
    std::map<Trips, std::pair<int64_t, int64_t>> last; ///< trip and value by the other trips
    std::map<int64_t, int> votes;
    for (auto [consumer, value] : values) {
      Trips others = problem.instances[consumer].trips;
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

/// The least box around `taken` that is affine in the consumer's trips.
static Token boxAround(const Problem &problem, Token token, const Taken &taken) {
  size_t rank = problem.statements[token.producer].loops.size() - token.common;
  for (size_t dim = 0; dim < rank; ++dim) {
    std::map<int, int64_t> least, most;
    for (const auto &[consumer, producers] : taken)
      for (int producer : producers) {
        int64_t trip = problem.instances[producer].trips[token.common + dim];
        auto [low, isFirst] = least.insert({consumer, trip});
        low->second = std::min(low->second, trip);
        most[consumer] = isFirst ? trip : std::max(most[consumer], trip);
      }
    Affine begin = slopes(problem, least);
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
  for (const auto &[trips, consumer] : index[token.consumer]) {
    bool holds = true;
    int at = consumer;
    forEachProducer(index, token, problem.instances[consumer], [&](int producer) {
      holds &=
          producer < at && (order.before[at][producer] ||
                            conflict(problem, problem.instances[producer], problem.instances[at]));
    });
    if (!holds)
      return false;
  }
  return true;
}

/// All that conflict between the two statements at the distance of `token`.
static Taken allConflicts(const Problem &problem, const Index &index, const Token &token,
                          const Taken &needed) {
  Taken all = needed;
  for (const auto &[trips, consumer] : index[token.consumer])
    for (const auto &[others, producer] : index[token.producer]) {
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
    int common = commonLoops(problem.statements[from.statement], problem.statements[to.statement]);
    Trips delta(common);
    for (int i = 0; i < common; ++i)
      delta[i] = from.trips[i] - to.trips[i];
    Group &group = groups[{{from.statement, to.statement}, delta}];
    group.taken[edge.to].push_back(edge.from);
    for (auto [a, b] : edge.arguments) {
      group.arguments.insert(a);
      group.arguments.insert(b);
    }
  }
  return groups;
}

static std::optional<Token> tokenOf(const Problem &problem, const Index &index, const Order &order,
                                    const Groups::value_type &entry) {
  const auto &[key, group] = entry;
  auto [producer, consumer] = key.first;
  Trips last = index[producer].rbegin()->first;
  int64_t ids = 1;
  for (size_t loop = 0; loop < last.size(); ++loop) {
    for (const auto &[trips, instance] : index[producer])
      last[loop] = std::max(last[loop], trips[loop]);
    ids *= last[loop] + 1;
  }
  if (ids > problem.maxIds)
    return std::nullopt;
  // the author's ids say something already, of which nothing is known here
  if (problem.statements[producer].givesId && problem.statements[consumer].takesIds)
    return std::nullopt;
  int common = commonLoops(problem.statements[producer], problem.statements[consumer]);
  Token bare = {producer, consumer, common, key.second, {}, {}};
  Token token = boxAround(problem, bare, group.taken);
  if (isTrue(problem, index, order, token))
    return token;
  // what paths join anyway may be what the box is irregular for
  token = boxAround(problem, bare, allConflicts(problem, index, bare, group.taken));
  if (isTrue(problem, index, order, token))
    return token;
  return std::nullopt;
}

Plan plan(const Problem &problem) {
  Order order = orderOf(problem);
  Index index = indexOf(problem);
  Plan plan;
  plan.isStatic = problem.isKnown;
  // what cannot be said of one pair is the runtime's, which then tracks both
  std::map<Groups::key_type, std::optional<Token>> tried;
  while (true) {
    plan.tokens.clear();
    bool isSaid = true;
    for (const Groups::value_type &entry : groupsOf(problem, order, plan.isStatic)) {
      auto known = tried.find(entry.first);
      if (known == tried.end())
        known = tried.insert({entry.first, tokenOf(problem, index, order, entry)}).first;
      if (known->second) {
        plan.tokens.push_back(*known->second);
        continue;
      }
      for (int argument : entry.second.arguments)
        plan.isStatic[argument] = false;
      isSaid = false;
    }
    if (isSaid)
      return plan;
  }
}

//===----------------------------------------------------------------------------------------===//
// The check
//===----------------------------------------------------------------------------------------===//

/// What is wrong with what a token says of generic loops: of these nobody knows another iteration,
/// nor how many there are.
static std::string checkNames(const Problem &problem, const Token &token) {
  const std::vector<int> &x = problem.statements[token.producer].loops,
                         &y = problem.statements[token.consumer].loops;
  auto isGeneric = [&](int loop) { return problem.generic.count(loop) != 0; };
  for (int i = 0; i < token.common; ++i)
    if (isGeneric(x[i]) && token.delta[i] != 0)
      return "another iteration of loop " + std::to_string(x[i]);
  for (size_t i = token.common; i < x.size(); ++i)
    if (isGeneric(x[i]))
      return "iterations of loop " + std::to_string(x[i]);
  for (const Affine &begin : token.begin)
    for (size_t i = 0; i < y.size(); ++i)
      if (isGeneric(y[i]) && begin.factors[i] != 0)
        return "what depends on the iteration of loop " + std::to_string(y[i]);
  return "";
}

std::string check(const Problem &problem, const Plan &plan) {
  for (const Token &token : plan.tokens)
    if (std::string wrong = checkNames(problem, token); !wrong.empty())
      return "(" + std::to_string(token.consumer) + ") cannot name " + wrong;
  for (int argument = 0; argument < problem.arguments; ++argument)
    if (plan.isStatic[argument] && !problem.isKnown[argument])
      return "argument " + std::to_string(argument) + " is static, but not known";
  Index index = indexOf(problem);
  std::vector<Bits> before;
  auto name = [&](int i) {
    std::string text = std::to_string(problem.instances[i].statement);
    for (int64_t trip : problem.instances[i].trips)
      text += " " + std::to_string(trip);
    return "(" + text + ")";
  };
  // the least that any run has: tokens and tracked conflicts, through what must run
  for (int i = 0; i < static_cast<int>(problem.instances.size()); ++i) {
    const Instance &instance = problem.instances[i];
    std::set<int> direct;
    for (const Token &token : plan.tokens)
      if (token.consumer == instance.statement)
        forEachProducer(index, token, instance, [&](int producer) { direct.insert(producer); });
    if (!direct.empty() && *direct.rbegin() >= i)
      return name(i) + " waits for a later task";
    std::set<int> conflicts;
    for (int j = 0; j < i; ++j)
      for (const Touch &x : problem.instances[j].touches)
        for (const Touch &y : instance.touches)
          if (meet(problem, x, y) && canName(problem, instance, problem.instances[j])) {
            conflicts.insert(j);
            if (!plan.isStatic[x.argument] && !plan.isStatic[y.argument])
              direct.insert(j);
          }
    Bits &closed = before.emplace_back(i);
    Bits allowed(i);
    for (int j : direct) {
      closed.insert(j);
      if (isSubset(problem.instances[j].guards, instance.guards))
        closed.insert(before[j]);
    }
    for (int j : conflicts) {
      if (!closed[j])
        return name(i) + " does not wait for " + name(j);
      allowed.insert(j);
      if (isSubset(problem.instances[j].guards, instance.guards))
        allowed.insert(before[j]);
    }
    for (int j : direct)
      if (!allowed[j])
        return name(i) + " waits for " + name(j) + " for no reason";
  }
  return "";
}

} // namespace tilework::tokens
