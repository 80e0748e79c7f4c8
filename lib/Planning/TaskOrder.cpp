//===- TaskOrder.cpp - the order that conflicts of tasks say ----------------------------------===//

#include "lib/Planning/TaskOrder.h"

#include <algorithm>

namespace tilework::tokens {

//===----------------------------------------------------------------------------------------===//
// Tasks
//===----------------------------------------------------------------------------------------===//

Trips distances(const Problem &problem, const Instance &earlier, const Instance &later) {
  const std::vector<int> &x = problem.statements[earlier.statement].loops,
                         &y = problem.statements[later.statement].loops;
  size_t equal = 0;
  while (equal < x.size() && equal < y.size() && x[equal] == y[equal] &&
         earlier.trips[equal] == later.trips[equal])
    ++equal;
  Trips result = {static_cast<int64_t>(equal)};
  for (const std::set<int> *loops : {&problem.generic, &problem.bounded})
    for (size_t i = 0, j = 0; i < x.size() && j < y.size();) {
      if (!loops->count(x[i])) {
        ++i;
      } else if (!loops->count(y[j])) {
        ++j;
      } else {
        int64_t distance = later.trips[j++] - earlier.trips[i++];
        result.push_back(distance > kLater / 2    ? kLater
                         : distance < -kLater / 2 ? -kLater
                                                  : distance);
      }
    }
  return result;
}

bool meet(const Problem &problem, const Instance &earlier, const Touch &a, const Instance &later,
          const Touch &b) {
  if (a.tensor != b.tensor || !(a.writes || b.writes))
    return false;
  if (auto known = problem.meeting.find({a.access, b.access});
      known != problem.meeting.end() && known->second.count(distances(problem, earlier, later)))
    return true;
  if (a.mayBeNothing || b.mayBeNothing)
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

bool conflict(const Problem &problem, const Instance &earlier, const Instance &later) {
  for (const Touch &x : earlier.touches)
    for (const Touch &y : later.touches)
      if (meet(problem, earlier, x, later, y))
        return true;
  return false;
}

bool runsBetween(const Instance &first, const Instance &middle, const Instance &last) {
  auto has = [](const Instance &instance, int guard) {
    return std::binary_search(instance.guards.begin(), instance.guards.end(), guard);
  };
  return std::all_of(middle.guards.begin(), middle.guards.end(),
                     [&](int guard) { return has(last, guard) || has(first, guard); });
}

Index::Index(const Problem &problem)
    : instances(problem.statements.size()), allTrips(problem.statements.size()) {
  for (size_t i = 0; i < problem.instances.size(); ++i)
    instances[problem.instances[i].statement][problem.instances[i].trips] = static_cast<int>(i);
  for (size_t i = 0; i < problem.statements.size(); ++i)
    for (size_t loop = 0; loop < problem.statements[i].loops.size(); ++loop) {
      std::set<int64_t> all;
      for (const auto &[trips, instance] : instances[i])
        all.insert(trips[loop]);
      allTrips[i].emplace_back(all.begin(), all.end());
    }
}

int64_t Index::near(int statement, size_t loop) const {
  const std::vector<int64_t> &all = trips(statement, loop);
  auto later = std::lower_bound(all.begin(), all.end(), kLater);
  return later == all.begin() ? 0 : later[-1];
}

//===----------------------------------------------------------------------------------------===//
// Their order
//===----------------------------------------------------------------------------------------===//

namespace {
/// Touches of one tensor that count from the same.
struct Touched {
  std::vector<int> origins;
  std::vector<std::pair<int, const Touch *>> touches; ///< by instance, in order
};
} // namespace

/// Whether boxes that count from `a` and from `b` can be compared.
static bool areComparable(const std::vector<int> &a, const std::vector<int> &b) {
  for (size_t dim = 0; dim < std::max(a.size(), b.size()); ++dim) {
    int x = a.empty() ? TensorBegin : a[dim], y = b.empty() ? TensorBegin : b[dim];
    if (x != y && x != WholeTensor && y != WholeTensor)
      return false;
  }
  return true;
}

/// Adds to who is before `last` those that are before `middle`, where that runs whenever both do.
/// `holders` are the instances by their guards.
static void addPaths(const Problem &problem, const std::map<int, std::vector<int>> &holders,
                     const Bits &beforeMiddle, int middle, int last, Bits &before) {
  const Instance &via = problem.instances[middle], &to = problem.instances[last];
  auto missing = std::find_if(via.guards.begin(), via.guards.end(), [&](int guard) {
    return !std::binary_search(to.guards.begin(), to.guards.end(), guard);
  });
  if (missing == via.guards.end())
    return before.insert(beforeMiddle);
  for (int first : holders.at(*missing)) {
    if (first >= middle)
      break;
    if (beforeMiddle[first] && runsBetween(problem.instances[first], via, to))
      before.insert(first);
  }
}

/// Latest first: what a path from it joins needs no edge.
Order orderOf(const Problem &problem) {
  Order order;
  std::map<int, std::vector<Touched>> tensors;
  std::map<int, std::vector<int>> holders;
  for (size_t i = 0; i < problem.instances.size(); ++i) {
    const Instance &instance = problem.instances[i];
    std::map<int, std::vector<std::pair<int, int>>, std::greater<int>> met;
    for (const Touch &touch : instance.touches)
      for (const Touched &touched : tensors[touch.tensor])
        if (!problem.meeting.empty() || areComparable(touched.origins, touch.origins))
          for (const auto &[earlier, other] : touched.touches)
            if (meet(problem, problem.instances[earlier], *other, instance, touch))
              met[earlier].push_back({other->argument, touch.argument});
    Bits &before = order.before.emplace_back(i);
    for (auto &[earlier, arguments] : met) {
      if (before[earlier])
        continue;
      before.insert(earlier);
      addPaths(problem, holders, order.before[earlier], earlier, static_cast<int>(i), before);
      order.edges.push_back({earlier, static_cast<int>(i), std::move(arguments)});
    }
    for (int guard : instance.guards)
      holders[guard].push_back(static_cast<int>(i));
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

} // namespace tilework::tokens
