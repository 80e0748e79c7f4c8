//===- IntegerProblem.h - linear constraints with alternatives ------*- C++ -*-===//
//
// Integer variables under linear constraints, and formulas of which one of several conjunctions has
// to hold. Decided over MLIR's Presburger library: exactly, within a budget.
//
//===------------------------------------------------------------------------===//

#ifndef TILEWORK_TRANSFORMS_TASK_INTEGERPROBLEM_H
#define TILEWORK_TRANSFORMS_TASK_INTEGERPROBLEM_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace tilework::task {

/// A sum of variables with constant factors, and a constant.
struct Linear {
  using Term = std::pair<unsigned, int64_t>;
  llvm::SmallVector<Term, 4> terms; ///< by variable, ascending; no factor is zero
  int64_t constant = 0;

  Linear(int64_t constant = 0) : constant(constant) {}
  static Linear variable(unsigned index, int64_t factor = 1);

  bool isConstant() const { return terms.empty(); }
  int64_t evaluate(llvm::function_ref<int64_t(unsigned)> valueOf) const;
  bool operator==(const Linear &other) const {
    return terms == other.terms && constant == other.constant;
  }
};

Linear operator+(const Linear &a, const Linear &b);
Linear operator*(const Linear &a, int64_t factor);
inline Linear operator-(const Linear &a, const Linear &b) {
  return a + b * -1;
}

/// `term >= 0`, or `term == 0`.
struct Constraint {
  Linear term;
  bool isEquality = false;
};
using Conjunction = llvm::SmallVector<Constraint, 2>;

inline Constraint atLeast(const Linear &a, const Linear &b) {
  return {a - b, false};
}
inline Constraint less(const Linear &a, const Linear &b) {
  return {b - a - 1, false};
}
inline Constraint equal(const Linear &a, const Linear &b) {
  return {a - b, true};
}

/// One of `alternatives` holds; none: false; an empty one: true.
struct Formula {
  llvm::SmallVector<Conjunction, 2> alternatives;

  static Formula always() { return {{Conjunction()}}; }
  static Formula never() { return {}; }
  static Formula differ(const Linear &a, const Linear &b) { return {{{less(a, b)}, {less(b, a)}}}; }
};

Formula operator||(const Formula &a, const Formula &b);
Formula operator&&(const Formula &a, const Formula &b);

enum class Answer { empty, nonEmpty, unknown };

class IntegerProblem {
public:
  unsigned addVariable() { return variables++; }
  void require(const Constraint &constraint) { constraints.push_back(constraint); }
  void require(const Formula &formula);

  /// Whether integers satisfy everything required; `point` is such, by variable. Unknown after
  /// `budget` conjunctions have been tried.
  Answer solve(std::vector<int64_t> *point = nullptr, unsigned budget = 200) const;

private:
  Answer search(Conjunction &chosen, unsigned &budget, std::vector<int64_t> &point) const;
  std::optional<std::vector<int64_t>> sample(const Conjunction &chosen) const;

  unsigned variables = 0;
  Conjunction constraints;
  std::vector<Formula> choices;
};

} // namespace tilework::task

#endif // TILEWORK_TRANSFORMS_TASK_INTEGERPROBLEM_H
