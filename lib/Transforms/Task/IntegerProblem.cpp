//===- IntegerProblem.cpp - linear constraints with alternatives ----------------===//

#include "lib/Transforms/Task/IntegerProblem.h"

#include "mlir/Analysis/Presburger/IntegerRelation.h"
#include "mlir/Analysis/Presburger/Simplex.h"
#include "mlir/Support/LLVM.h"

using namespace mlir;
using namespace tilework;
using namespace tilework::task;

//===---------------------------------------------------------------------------===//
// Linear terms and formulas
//===---------------------------------------------------------------------------===//

Linear Linear::variable(unsigned index, int64_t factor) {
  Linear result;
  if (factor != 0)
    result.terms.push_back({index, factor});
  return result;
}

int64_t Linear::evaluate(llvm::function_ref<int64_t(unsigned)> valueOf) const {
  int64_t sum = constant;
  for (auto [variable, factor] : terms)
    sum += factor * valueOf(variable);
  return sum;
}

Linear task::operator+(const Linear &a, const Linear &b) {
  Linear sum(a.constant + b.constant);
  const auto *i = a.terms.begin(), *j = b.terms.begin();
  while (i != a.terms.end() || j != b.terms.end()) {
    if (j == b.terms.end() || (i != a.terms.end() && i->first < j->first)) {
      sum.terms.push_back(*i++);
    } else if (i == a.terms.end() || j->first < i->first) {
      sum.terms.push_back(*j++);
    } else {
      if (int64_t factor = i->second + j->second)
        sum.terms.push_back({i->first, factor});
      ++i, ++j;
    }
  }
  return sum;
}

Linear task::operator*(const Linear &a, int64_t factor) {
  if (factor == 0)
    return 0;
  Linear product = a;
  product.constant *= factor;
  for (Linear::Term &term : product.terms)
    term.second *= factor;
  return product;
}

Formula task::operator||(const Formula &a, const Formula &b) {
  Formula either = a;
  either.alternatives.append(b.alternatives.begin(), b.alternatives.end());
  return either;
}

Formula task::operator&&(const Formula &a, const Formula &b) {
  Formula both;
  for (const Conjunction &x : a.alternatives)
    for (const Conjunction &y : b.alternatives) {
      Conjunction &all = both.alternatives.emplace_back(x);
      all.append(y.begin(), y.end());
    }
  return both;
}

//===---------------------------------------------------------------------------===//
// Search
//===---------------------------------------------------------------------------===//

void IntegerProblem::require(const Formula &formula) {
  if (formula.alternatives.size() != 1) {
    choices.push_back(formula);
    return;
  }
  const Conjunction &only = formula.alternatives.front();
  constraints.append(only.begin(), only.end());
}

/// Integers that satisfy the constraints and those of `chosen`. Variables that do not occur are 0.
std::optional<std::vector<int64_t>> IntegerProblem::sample(const Conjunction &chosen) const {
  std::vector<int> column(variables, -1);
  unsigned columns = 0;
  Conjunction all = constraints;
  all.append(chosen.begin(), chosen.end());
  for (const Constraint &constraint : all)
    for (auto [variable, factor] : constraint.term.terms)
      if (column[variable] < 0)
        column[variable] = columns++;
  presburger::IntegerPolyhedron set(presburger::PresburgerSpace::getSetSpace(columns));
  for (const Constraint &constraint : all) {
    SmallVector<int64_t> row(columns + 1, 0);
    for (auto [variable, factor] : constraint.term.terms)
      row[column[variable]] = factor;
    row.back() = constraint.term.constant;
    if (constraint.isEquality)
      set.addEquality(row);
    else
      set.addInequality(row);
  }
  // most sets that are empty have no rational point either, which is found much faster
  if (set.isEmptyByGCDTest() || presburger::Simplex(set).isEmpty())
    return std::nullopt;
  auto found = set.findIntegerSample();
  if (!found)
    return std::nullopt;
  std::vector<int64_t> point(variables, 0);
  for (unsigned variable = 0; variable < variables; ++variable)
    if (column[variable] >= 0)
      point[variable] = static_cast<int64_t>((*found)[column[variable]]);
  return point;
}

static bool holds(const Conjunction &conjunction, const std::vector<int64_t> &point) {
  return llvm::all_of(conjunction, [&](const Constraint &constraint) {
    int64_t value = constraint.term.evaluate([&](unsigned variable) { return point[variable]; });
    return constraint.isEquality ? value == 0 : value >= 0;
  });
}

/// Branches on the first formula that a point of the rest violates.
Answer IntegerProblem::search(Conjunction &chosen, unsigned &budget,
                              std::vector<int64_t> &point) const {
  if (budget == 0)
    return Answer::unknown;
  --budget;
  std::optional<std::vector<int64_t>> found = sample(chosen);
  if (!found)
    return Answer::empty;
  auto isViolated = [&](const Formula &formula) {
    return llvm::none_of(formula.alternatives,
                         [&](const Conjunction &each) { return holds(each, *found); });
  };
  auto violated = llvm::find_if(choices, isViolated);
  if (violated == choices.end()) {
    point = *found;
    return Answer::nonEmpty;
  }
  Answer answer = Answer::empty;
  for (const Conjunction &each : violated->alternatives) {
    size_t size = chosen.size();
    chosen.append(each.begin(), each.end());
    Answer branch = search(chosen, budget, point);
    chosen.truncate(size);
    if (branch == Answer::nonEmpty)
      return branch;
    if (branch == Answer::unknown)
      answer = branch;
  }
  return answer;
}

Answer IntegerProblem::solve(std::vector<int64_t> *point, unsigned budget) const {
  Conjunction chosen;
  std::vector<int64_t> found;
  Answer answer = search(chosen, budget, found);
  if (point && answer == Answer::nonEmpty)
    *point = found;
  return answer;
}
