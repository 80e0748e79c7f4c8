//===- TermValues.h - what terms are in one iteration ---------------*- C++ -*-===//
//
// Of an iteration of the loops around it, a term is a number, or a sum of numbers that only the run
// knows: symbols. Two terms of one sum are equal in every run, and what differs by a constant does.
//
//===------------------------------------------------------------------------===//

#ifndef TILEWORK_TRANSFORMS_TASK_TERMVALUES_H
#define TILEWORK_TRANSFORMS_TASK_TERMVALUES_H

#include "lib/Transforms/Task/ScalarTerms.h"

#include <map>

namespace tilework::task {

class TermValues {
public:
  /// Loops around a task of which it is only known that together they have no more iterations are
  /// gone through.
  static constexpr int64_t kMaxBounded = 64;

  explicit TermValues(const ScalarTerms &terms) : terms(terms) {}

  /// Whether only a run knows how often the loop runs, and nobody that it is not often.
  bool isGeneric(int loop);

  /// One iteration of a loop within those entered before; of a generic one those
  /// that stand for others. Of the n-th generic loops around two places equal trips are one value.
  void enter(int loop, int64_t trip);
  void leave(int loop);
  /// One iteration of a loop within a region program.
  void setLocal(unsigned trip, int64_t value) { numbers[trip] = value; }

  /// How often a loop runs at most, of which only a run knows how often it does.
  std::optional<int64_t> bound(int loop);
  /// How often a loop that is gone through runs at most, in any iteration of those around it.
  int64_t mostTrips(int loop);

  /// Sums that are positive exactly where the loop entered last has that iteration; none: it is not
  /// known what tells.
  std::optional<std::vector<Linear>> room(int loop);

  /// Trips of the loops entered.
  const std::vector<int64_t> &trips() const { return around; }
  /// How many of the `depth` outermost loops entered are generic.
  int64_t genericBefore(unsigned depth);

  /// A sum over symbols; none for what may differ between equal iterations.
  std::optional<Linear> operator()(const Linear &term);
  /// None: only a run knows.
  std::optional<bool> operator()(const Formula &formula);
  /// None: it is no number.
  std::optional<int64_t> number(const Linear &term);

private:
  using Key = std::vector<int64_t>;

  std::optional<Linear> valueOf(unsigned index);
  Linear symbol(Key key);
  Linear genericTrip(unsigned depth);
  Linear quotient(const Linear &dividend, int64_t divisor);
  Linear extreme(VariableKind kind, Linear a, Linear b);
  std::optional<Linear> choice(const Variable &variable);
  bool isOfRun(const Linear &term);
  bool isOfRun(const Formula &formula);
  std::optional<int64_t> most(const Linear &term, int &budget);

  const ScalarTerms &terms;
  std::vector<int> loops;
  std::vector<int64_t> around;               ///< trips, by loop
  llvm::DenseMap<unsigned, int64_t> numbers; ///< of variables that count iterations
  llvm::DenseMap<int, bool> generic;         ///< by loop
  llvm::DenseMap<int, int64_t> bounds;       ///< by loop of few iterations, how many at most
  llvm::DenseMap<mlir::Value, int64_t> arrays;
  std::map<Key, unsigned> symbols;
};

/// Appends what tells `sum` from others.
void encode(const Linear &sum, std::vector<int64_t> &key);

} // namespace tilework::task

#endif // TILEWORK_TRANSFORMS_TASK_TERMVALUES_H
