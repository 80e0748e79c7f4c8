//===- TaskTokensCheck.cpp - whether tokens say what they must --------------------------------===//

#include "lib/Planning/TaskOrder.h"

#include <algorithm>

namespace tilework::tokens {

/// What is wrong with what a token says of iterations: of generic loops nobody knows how many there
/// are, nor in which one a task is; of no loop there are some before they have been.
static std::string checkNames(const Problem &problem, const Index &index, const Token &token) {
  const std::vector<int> &x = problem.statements[token.producer].loops,
                         &y = problem.statements[token.consumer].loops;
  auto isGeneric = [&](int loop) { return problem.generic.count(loop) != 0; };
  auto name = [](int loop) { return " loop " + std::to_string(loop); };
  auto ordinal = [&](const std::vector<int> &loops, size_t end) {
    return std::count_if(loops.begin(), loops.begin() + end, isGeneric);
  };
  // iterations further apart have not been looked at
  auto isNear = [&](size_t loop, int64_t first, int64_t last) {
    int64_t near = index.near(token.producer, loop);
    return -near <= first && last <= near;
  };
  bool isHere = true;
  for (int i = 0; i < token.common; ++i) {
    if (isGeneric(x[i]) && (!isHere || !isNear(i, token.delta[i], token.delta[i])))
      return "another iteration of" + name(x[i]);
    isHere &= token.delta[i] == 0;
  }
  for (size_t dim = 0; dim < token.begin.size(); ++dim) {
    int loop = x[token.common + dim];
    int64_t length = token.lengths[dim];
    bool isAll = length == kAllTrips;
    int64_t own = 0;
    for (size_t i = 0; i < y.size(); ++i) {
      int64_t factor = token.begin[dim].factors[i];
      if (!isGeneric(y[i]) || factor == 0)
        continue;
      if (!isGeneric(loop) || ordinal(x, token.common + dim) != ordinal(y, i))
        return "what depends on the iteration of" + name(y[i]);
      own += factor;
    }
    int64_t first = token.begin[dim].constant, last = first + length - 1;
    if (length == kTripsUpTo || length == kTripsFrom) {
      // the first of those that are later than what is near
      last = length == kTripsUpTo ? first++ : first - 1;
      if (token.all != AllTrips::joined)
        return "one side of" + name(loop) + " one by one";
      if (length == kTripsFrom && isGoingOn(problem, token, token.common + dim))
        return "what is still to come of" + name(loop);
    }
    if (isGeneric(loop) && !isAll && (own != 1 || !isNear(token.common + dim, first, last)))
      return "some iterations of" + name(loop);
    if (isAll && (own != 0 || token.begin[dim].constant != 0))
      return "all iterations of" + name(loop) + " from one on";
  }
  if (!placeOf(problem, token))
    return "iterations that are not counted where their ids are kept";
  return "";
}

static Trips withoutGeneric(const Problem &problem, int statement, Trips trips) {
  for (size_t loop = 0; loop < trips.size(); ++loop)
    if (problem.generic.count(problem.statements[statement].loops[loop]))
      trips[loop] = 0;
  return trips;
}

/// The trips of the producer's other loops that some consumer names, in whichever iterations of
/// generic loops.
static std::set<Trips> knownTrips(const Problem &problem, const Index &index, const Token &token) {
  std::set<Trips> known;
  for (const auto &[trips, consumer] : index.of(token.consumer))
    index.forEachProducer(problem, token, consumer, [&](int producer) {
      known.insert(withoutGeneric(problem, token.producer, problem.instances[producer].trips));
    });
  return known;
}

/// Whether ids of iterations with such trips are kept in one place.
static bool isOnePlace(const Token &token, const Trips &a, const Trips &b) {
  for (size_t loop = 0; loop < a.size(); ++loop) {
    bool isAll =
        static_cast<int>(loop) >= token.common && token.lengths[loop - token.common] == kAllTrips;
    if (!isAll && a[loop] != b[loop])
      return false;
  }
  return true;
}

std::string check(const Problem &problem, const Plan &plan) {
  Index index(problem);
  for (const Token &token : plan.tokens)
    if (std::string wrong = checkNames(problem, index, token); !wrong.empty())
      return "(" + std::to_string(token.consumer) + ") cannot name " + wrong;
  for (int argument = 0; argument < problem.arguments; ++argument)
    if (plan.isStatic[argument] && !problem.isKnown[argument])
      return "argument " + std::to_string(argument) + " is static, but not known";
  std::vector<Bits> before;
  auto name = [&](int i) {
    std::string text = std::to_string(problem.instances[i].statement);
    for (int64_t trip : problem.instances[i].trips)
      text += " " + std::to_string(trip);
    return "(" + text + ")";
  };
  auto addPaths = [&](Bits &to, int via, int last) {
    const std::vector<int> &middle = problem.instances[via].guards,
                           &end = problem.instances[last].guards;
    if (std::includes(end.begin(), end.end(), middle.begin(), middle.end()))
      return to.insert(before[via]);
    for (int first = 0; first < via; ++first)
      if (before[via][first] &&
          runsBetween(problem.instances[first], problem.instances[via], problem.instances[last]))
        to.insert(first);
  };
  // the least that any run has: tokens and tracked conflicts, through what must run
  for (int i = 0; i < static_cast<int>(problem.instances.size()); ++i) {
    const Instance &instance = problem.instances[i];
    std::set<int> direct;
    for (const Token &token : plan.tokens)
      if (token.consumer == instance.statement)
        index.forEachProducer(problem, token, i, [&](int producer) { direct.insert(producer); });
    if (!direct.empty() && *direct.rbegin() >= i)
      return name(i) + " waits for a later task";
    std::set<int> conflicts;
    for (int j = 0; j < i; ++j)
      for (const Touch &x : problem.instances[j].touches)
        for (const Touch &y : instance.touches)
          if (meet(problem, problem.instances[j], x, instance, y)) {
            conflicts.insert(j);
            if (!plan.isStatic[x.argument] && !plan.isStatic[y.argument])
              direct.insert(j);
          }
    Bits &closed = before.emplace_back(i);
    Bits allowed(i);
    for (int j : direct) {
      closed.insert(j);
      addPaths(closed, j, i);
    }
    for (int j : conflicts) {
      if (!closed[j])
        return name(i) + " does not wait for " + name(j);
      allowed.insert(j);
      addPaths(allowed, j, i);
    }
    for (int j : direct)
      if (!allowed[j])
        return name(i) + " waits for " + name(j) + " for no reason";
  }
  // whichever task is the last in its place, the others are over when it is
  for (const Token &token : plan.tokens) {
    if (token.all != AllTrips::last)
      continue;
    std::set<Trips> named = knownTrips(problem, index, token);
    for (const auto &[trips, a] : index.of(token.producer))
      for (const auto &[others, b] : index.of(token.producer))
        if (a < b && isOnePlace(token, trips, others) &&
            named.count(withoutGeneric(problem, token.producer, trips)) && !before[b][a])
          return name(b) + " does not stand for " + name(a);
  }
  return "";
}

} // namespace tilework::tokens
