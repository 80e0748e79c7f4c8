//===- TaskOrder.h - the order that conflicts of tasks say --------------------------*- C++ -*-===//
//
// What the plan of tokens and its check both rest on: when two tasks conflict, which of them a
// token names, and when a path through a third is one in every run.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_PLANNING_TASKORDER_H
#define TILEWORK_PLANNING_TASKORDER_H

#include "lib/Planning/TaskTokens.h"

#include <map>

namespace tilework::tokens {

/// Whether touches of the two have an element in common and one of them writes.
bool meet(const Problem &problem, const Instance &earlier, const Touch &a, const Instance &later,
          const Touch &b);

/// Whether `later` is to wait for `earlier`.
bool conflict(const Problem &problem, const Instance &earlier, const Instance &later);

/// Whether `middle` runs whenever both `first` and `last` do.
bool runsBetween(const Instance &first, const Instance &middle, const Instance &last);

/// The instances of each statement by their trips.
class Index {
public:
  explicit Index(const Problem &problem);
  const std::map<Trips, int> &of(int statement) const { return instances[statement]; }
  /// Of a loop around a statement, ascending.
  const std::vector<int64_t> &trips(int statement, size_t loop) const {
    return allTrips[statement][loop];
  }
  /// How many iterations after any one of a generic loop around a statement are looked at.
  int64_t near(int statement, size_t loop) const;

  /// Calls `visit` with each instance of the producer that `token` names for `consumer`.
  template <typename Visit>
  void forEachProducer(const Problem &problem, const Token &token, int consumer,
                       Visit visit) const {
    const Trips &own = problem.instances[consumer].trips;
    Trips at(own.begin(), own.begin() + token.common);
    for (int i = 0; i < token.common; ++i)
      at[i] += token.delta[i];
    forEachWithin(token, own, at, [&](int producer) {
      if (!token.takesAll() || producer < consumer) // all iterations there are by then
        visit(producer);
    });
  }

private:
  template <typename Visit>
  void forEachWithin(const Token &token, const Trips &own, Trips &at, Visit visit) const {
    size_t dim = at.size() - token.common;
    if (dim == token.lengths.size()) {
      if (auto found = of(token.producer).find(at); found != of(token.producer).end())
        visit(found->second);
      return;
    }
    auto enter = [&](int64_t trip) {
      at.push_back(trip);
      forEachWithin(token, own, at, visit);
      at.pop_back();
    };
    int64_t first = token.begin[dim].at(own), length = token.lengths[dim];
    if (length < 0)
      for (int64_t trip : trips(token.producer, at.size()))
        if (length == kAllTrips || (length == kTripsUpTo ? trip <= first : trip >= first))
          enter(trip);
    for (int64_t i = 0; i < length; ++i)
      enter(first + i);
  }

  std::vector<std::map<Trips, int>> instances;
  std::vector<std::vector<std::vector<int64_t>>> allTrips;
};

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

struct Order {
  std::vector<Edge> edges;
  std::vector<Bits> before; ///< by instance, those that are over when it runs, whoever else does
};

Order orderOf(const Problem &problem);

} // namespace tilework::tokens

#endif // TILEWORK_PLANNING_TASKORDER_H
