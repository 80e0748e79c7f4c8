//===- TaskTokensCheck.cpp - whether tokens say what they must --------------------------------===//

#include "lib/Planning/TaskOrder.h"

#include <algorithm>

namespace tilework::tokens {

/// What is wrong with what a token says of generic loops, of which nobody knows how many iterations
/// there are, nor in which one a task is.
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
    const std::vector<int64_t> &trips = index.trips(token.producer, loop);
    auto later = std::lower_bound(trips.begin(), trips.end(), kLater);
    return later != trips.begin() && -later[-1] <= first && last <= later[-1];
  };
  bool isHere = true;
  for (int i = 0; i < token.common; ++i) {
    if (isGeneric(x[i]) && (!isHere || !isNear(i, token.delta[i], token.delta[i])))
      return "another iteration of" + name(x[i]);
    isHere &= token.delta[i] == 0;
  }
  for (size_t dim = 0; dim < token.begin.size(); ++dim) {
    int loop = x[token.common + dim];
    bool isAll = token.lengths[dim] == kAllTrips;
    int64_t own = 0;
    for (size_t i = 0; i < y.size(); ++i) {
      int64_t factor = token.begin[dim].factors[i];
      if (!isGeneric(y[i]) || factor == 0)
        continue;
      if (!isGeneric(loop) || ordinal(x, token.common + dim) != ordinal(y, i))
        return "what depends on the iteration of" + name(y[i]);
      own += factor;
    }
    int64_t first = token.begin[dim].constant, last = first + token.lengths[dim] - 1;
    if (isGeneric(loop) && !isAll && (own != 1 || !isNear(token.common + dim, first, last)))
      return "some iterations of" + name(loop);
    if (isAll && (own != 0 || token.begin[dim].constant != 0))
      return "all iterations of" + name(loop) + " from one on";
  }
  if (!placeOf(problem, token))
    return "iterations that are not counted where their ids are kept";
  return "";
}

std::string check(const Problem &problem, const Plan &plan) {
  Index index(problem);
  for (const Token &token : plan.tokens)
    if (std::string wrong = problem.generic.empty() ? "" : checkNames(problem, index, token);
        !wrong.empty())
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
    for (int first = 0; first < via; ++first)
      if (before[via][first] &&
          runsBetween(problem.instances[first], problem.instances[via], problem.instances[last]))
        to.insert(first);
  };
  // the least that any run has: tokens and tracked conflicts, through what must run
  for (int i = 0; i < static_cast<int>(problem.instances.size()); ++i) {
    const Instance &instance = problem.instances[i];
    std::set<int> direct;
    for (const Token &token : plan.tokens) {
      if (token.consumer != instance.statement)
        continue;
      std::map<Trips, std::vector<int>> places;
      index.forEachProducer(problem, token, i, [&](int producer) {
        direct.insert(producer);
        Trips place = problem.instances[producer].trips;
        for (size_t dim = 0; dim < token.lengths.size(); ++dim)
          if (token.lengths[dim] == kAllTrips)
            place[token.common + dim] = 0;
        places[place].push_back(producer);
      });
      // whichever of them is the last, the others are over when it is
      for (auto &[place, producers] : places) {
        std::sort(producers.begin(), producers.end());
        for (size_t a = 0; token.isLast && a < producers.size(); ++a)
          for (size_t b = a + 1; b < producers.size(); ++b)
            if (!before[producers[b]][producers[a]])
              return name(producers[b]) + " does not stand for " + name(producers[a]);
      }
    }
    if (!direct.empty() && *direct.rbegin() >= i)
      return name(i) + " waits for a later task";
    std::set<int> conflicts;
    for (int j = 0; j < i; ++j)
      for (const Touch &x : problem.instances[j].touches)
        for (const Touch &y : instance.touches)
          if (meet(problem, x, y)) {
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
  return "";
}

} // namespace tilework::tokens
