//===- Conflicts.cpp - which accesses of an entry meet --------------------------===//

#include "lib/Transforms/Task/Conflicts.h"

#include "lib/Transforms/Task/Destinations.h"

using namespace mlir;
using namespace tilework;
using namespace tilework::task;

static std::string describe(const Variable &variable) {
  StringRef name = findName(variable.value);
  std::string text = variable.kind == VariableKind::element ? "values of " : "a value";
  if (!name.empty())
    text += (variable.kind == VariableKind::element ? "'" : " of '") + name.str() + "'";
  else if (variable.kind == VariableKind::element)
    text += "an array";
  return text + " that only a run knows";
}

namespace {
/// The integers of a pair: two copies of each variable, but one of what is the same for both.
class PairProblem {
public:
  enum class Elements { common, apart };
  PairProblem(const AccessSets &sets, Pair pair, Elements elements = Elements::common);
  void require(const TripDistance &distance);
  Conflict solve();
  bool isEmpty() const { return problem.solve() == Answer::empty; }
  static bool mayBeEmpty(const AccessSets &sets, unsigned access, bool hasTensor);

private:
  PairProblem(const AccessSets &sets, unsigned access);
  unsigned import(unsigned variable, unsigned side);
  Linear import(const Linear &term, unsigned side);
  Formula import(const Formula &formula, unsigned side);
  void define(const Variable &variable, unsigned column, unsigned side);
  void require(const Access &access, unsigned side);
  void meet();
  void miss();
  void relateElements();
  bool isShared(const Variable &variable) const;
  Meeting exampleOf(const std::vector<int64_t> &point) const;

  const AccessSets &sets;
  Pair pair;
  const Access *accesses[2];
  IntegerProblem problem;
  llvm::DenseMap<std::pair<unsigned, unsigned>, unsigned> columns; ///< by variable and side
  struct Element {
    const Variable *variable;
    unsigned column;
    SmallVector<Linear> indices;
  };
  std::vector<Element> elements;
  std::string unknown;
};
} // namespace

bool PairProblem::isShared(const Variable &variable) const {
  return !variable.isLocal &&
         (variable.loop < 0 || sets.terms.loop(variable.loop).depth < pair.equalLoops);
}

Linear PairProblem::import(const Linear &term, unsigned side) {
  Linear result(term.constant);
  for (auto [variable, factor] : term.terms)
    result = result + Linear::variable(import(variable, side), factor);
  return result;
}

Formula PairProblem::import(const Formula &formula, unsigned side) {
  Formula result;
  for (const Conjunction &conjunction : formula.alternatives) {
    Conjunction &imported = result.alternatives.emplace_back();
    for (const Constraint &constraint : conjunction)
      imported.push_back({import(constraint.term, side), constraint.isEquality});
  }
  return result;
}

unsigned PairProblem::import(unsigned index, unsigned side) {
  const Variable &variable = sets.terms.variable(index);
  std::pair<unsigned, unsigned> key(index, isShared(variable) ? 0 : side);
  if (auto it = columns.find(key); it != columns.end())
    return it->second;
  unsigned column = problem.addVariable();
  columns[key] = column;
  define(variable, column, side);
  return column;
}

void PairProblem::define(const Variable &variable, unsigned column, unsigned side) {
  Linear self = Linear::variable(column);
  auto lhs = [&] { return import(variable.lhs, side); };
  auto rhs = [&] { return import(variable.rhs, side); };
  switch (variable.kind) {
  case VariableKind::trip:
    problem.require(atLeast(self, 0));
    return;
  case VariableKind::quotient: {
    Linear rest = lhs() - self * variable.divisor;
    problem.require(atLeast(rest, 0));
    problem.require(less(rest, variable.divisor));
    return;
  }
  case VariableKind::minimum:
  case VariableKind::maximum: {
    Linear a = lhs(), b = rhs();
    bool isMinimum = variable.kind == VariableKind::minimum;
    problem.require(isMinimum ? atLeast(a, self) : atLeast(self, a));
    problem.require(isMinimum ? atLeast(b, self) : atLeast(self, b));
    problem.require(Formula{{{equal(self, a)}, {equal(self, b)}}});
    return;
  }
  case VariableKind::choice:
    problem.require((import(variable.condition, side) && Formula{{{equal(self, lhs())}}}) ||
                    (import(variable.otherwise, side) && Formula{{{equal(self, rhs())}}}));
    return;
  case VariableKind::element: {
    Element element = {&variable, column, {}};
    for (const Linear &index : variable.indices)
      element.indices.push_back(import(index, side));
    elements.push_back(element);
    [[fallthrough]];
  }
  case VariableKind::opaque:
    if (unknown.empty())
      unknown = describe(variable);
    return;
  }
}

/// Elements at equal indices are equal; where an array's are distinct, the others differ.
void PairProblem::relateElements() {
  for (size_t i = 0; i < elements.size(); ++i)
    for (size_t j = 0; j < i; ++j) {
      const Element &a = elements[i], &b = elements[j];
      if (a.variable->value != b.variable->value)
        continue;
      Linear x = Linear::variable(a.column), y = Linear::variable(b.column);
      Conjunction same = {equal(x, y)};
      Formula apart;
      for (auto [from, to] : llvm::zip_equal(a.indices, b.indices)) {
        same.push_back(equal(from, to));
        apart = apart || Formula::differ(from, to);
      }
      if (auto it = sets.distinct.find(a.variable->value); it != sets.distinct.end()) {
        Formula differ = Formula::differ(x, y);
        if (it->second)
          differ = differ || Formula{{{equal(x, *it->second)}}};
        apart = apart && differ;
      }
      problem.require(Formula{{same}} || apart);
    }
}

void PairProblem::require(const Access &access, unsigned side) {
  const Statement &statement = sets.statements[access.statement];
  for (int number : statement.loops) {
    const Loop &loop = sets.terms.loop(number);
    Linear trip = Linear::variable(import(loop.trip, side));
    if (loop.isCounted)
      problem.require(less(import(loop.lower, side) + trip * loop.step, import(loop.upper, side)));
    else if (unknown.empty())
      unknown = "iterations that only a run counts";
  }
  for (const Formula &guard : statement.guards)
    problem.require(import(guard, side));
  for (const Formula &guard : access.guards)
    problem.require(import(guard, side));
}

void PairProblem::require(const TripDistance &distance) {
  Linear first = Linear::variable(import(sets.terms.loop(distance.first).trip, 0)),
         second = Linear::variable(import(sets.terms.loop(distance.second).trip, 1));
  if (distance.least)
    problem.require(atLeast(second, first + *distance.least));
  if (distance.most)
    problem.require(atLeast(first + *distance.most, second));
}

PairProblem::PairProblem(const AccessSets &sets, Pair pair, Elements elements)
    : sets(sets), pair(pair), accesses{&sets.accesses[pair.first], &sets.accesses[pair.second]} {
  for (unsigned side : {0, 1})
    require(*accesses[side], side);
  if (pair.isCarried) {
    int loop = sets.statements[accesses[0]->statement].loops[pair.equalLoops];
    unsigned trip = sets.terms.loop(loop).trip;
    problem.require(less(Linear::variable(import(trip, 0)), Linear::variable(import(trip, 1))));
  }
  if (!accesses[0]->isMapped() || !accesses[1]->isMapped())
    return;
  elements == Elements::common ? meet() : miss();
  relateElements();
}

/// They have an element in common.
void PairProblem::meet() {
  for (unsigned dim = 0; dim < accesses[0]->offsets.size(); ++dim) {
    Linear element = Linear::variable(problem.addVariable());
    for (unsigned side : {0, 1}) {
      Linear offset = import(accesses[side]->offsets[dim], side);
      problem.require(atLeast(element, offset));
      problem.require(less(element, offset + import(accesses[side]->sizes[dim], side)));
    }
  }
}

/// One of them touches nothing, or they have no element in common. All of a tensor has what any of
/// it has.
void PairProblem::miss() {
  Formula misses = Formula::never();
  for (unsigned dim = 0; dim < accesses[0]->offsets.size(); ++dim) {
    Linear begin[2], size[2];
    for (unsigned side : {0, 1}) {
      begin[side] = import(accesses[side]->offsets[dim], side);
      size[side] = import(accesses[side]->sizes[dim], side);
    }
    for (unsigned side : {0, 1}) {
      if (!accesses[side]->isWhole[dim] || accesses[1 - side]->isWhole[dim])
        misses = misses || Formula{{{atLeast(0, size[side])}}};
      if (!accesses[0]->isWhole[dim] && !accesses[1]->isWhole[dim])
        misses = misses || Formula{{{atLeast(begin[1 - side], begin[side] + size[side])}}};
    }
  }
  problem.require(misses);
}

/// The access alone, on one side.
PairProblem::PairProblem(const AccessSets &sets, unsigned access)
    : sets(sets), pair{access, access, 0, false},
      accesses{&sets.accesses[access], &sets.accesses[access]} {
  require(*accesses[0], 0);
}

bool PairProblem::mayBeEmpty(const AccessSets &sets, unsigned access, bool hasTensor) {
  PairProblem single(sets, access);
  Formula isEmpty;
  for (auto [dim, size] : llvm::enumerate(sets.accesses[access].sizes))
    if (!hasTensor || !sets.accesses[access].isWhole[dim])
      isEmpty = isEmpty || Formula{{{atLeast(0, single.import(size, 0))}}};
  single.problem.require(isEmpty);
  single.relateElements();
  return single.problem.solve() != Answer::empty;
}

bool task::mayBeEmpty(const AccessSets &sets, unsigned access, bool hasTensor) {
  return PairProblem::mayBeEmpty(sets, access, hasTensor);
}

bool task::mayMeet(const AccessSets &sets, const Pair &pair, ArrayRef<TripDistance> distances) {
  PairProblem problem(sets, pair);
  for (const TripDistance &distance : distances)
    problem.require(distance);
  return !problem.isEmpty();
}

bool task::mustMeet(const AccessSets &sets, const Pair &pair, ArrayRef<TripDistance> distances) {
  PairProblem problem(sets, pair, PairProblem::Elements::apart);
  for (const TripDistance &distance : distances)
    problem.require(distance);
  return problem.isEmpty();
}

Meeting PairProblem::exampleOf(const std::vector<int64_t> &point) const {
  Meeting meeting;
  auto evaluate = [&](const Linear &term, unsigned side) {
    return term.evaluate([&](unsigned variable) {
      auto it = columns.find({variable, isShared(sets.terms.variable(variable)) ? 0 : side});
      return it == columns.end() ? 0 : point[it->second];
    });
  };
  for (unsigned side : {0, 1})
    for (int number : sets.statements[accesses[side]->statement].loops) {
      const Loop &loop = sets.terms.loop(number);
      Linear trip = Linear::variable(loop.trip);
      meeting.trips[side].push_back(evaluate(trip, side));
      meeting.variables[side].push_back(evaluate(loop.lower + trip * loop.step, side));
    }
  for (unsigned dim = 0; dim < accesses[0]->offsets.size(); ++dim) {
    int64_t begin = std::numeric_limits<int64_t>::min(), end = -(begin + 1);
    for (unsigned side : {0, 1}) {
      int64_t offset = evaluate(accesses[side]->offsets[dim], side);
      begin = std::max(begin, offset);
      end = std::min(end, offset + evaluate(accesses[side]->sizes[dim], side));
    }
    meeting.begin.push_back(begin);
    meeting.end.push_back(end);
  }
  return meeting;
}

Conflict PairProblem::solve() {
  std::vector<int64_t> point;
  Conflict conflict{pair, problem.solve(&point), false, {}, {}};
  bool isMapped = accesses[0]->isMapped() && accesses[1]->isMapped();
  if (conflict.answer == Answer::unknown)
    conflict.reason = "there are too many cases";
  else if (!accesses[0]->root || !accesses[1]->root)
    conflict.reason = "a run chooses the tensor";
  else if (!isMapped)
    conflict.reason = "a view is not understood";
  else if (!accesses[0]->isExact || !accesses[1]->isExact)
    conflict.reason = "at most what is declared is touched";
  else if (!unknown.empty())
    conflict.reason = "it depends on " + unknown;
  else
    conflict.isCertain = conflict.answer == Answer::nonEmpty;
  if (conflict.answer == Answer::nonEmpty && isMapped)
    conflict.example = exampleOf(point);
  return conflict;
}

//===---------------------------------------------------------------------------===//
// All pairs
//===---------------------------------------------------------------------------===//

/// How many of the outermost loops have to be in the same iteration for both to be given the same
/// tensor: one that is allocated in a loop is another in each iteration.
static unsigned loopsOfTensor(const AccessSets &sets, Value root, ArrayRef<int> common) {
  Operation *op = root.getDefiningOp();
  if (!op)
    return 0;
  return llvm::count_if(
      common, [&](int number) { return sets.terms.loop(number).op->isProperAncestor(op); });
}

static bool mayBeOneTensor(const Access &a, const Access &b) {
  return llvm::any_of(a.origins, [&](Value origin) { return b.origins.contains(origin); });
}

/// The two accesses in every order in which both may be given one tensor; nothing if neither
/// writes.
static std::vector<Pair> pairsOf(const AccessSets &sets, unsigned i, unsigned j) {
  std::vector<Pair> pairs;
  const Access &a = sets.accesses[i], &b = sets.accesses[j];
  if (!mayBeOneTensor(a, b) || !(writes(a.direction) || writes(b.direction)))
    return pairs;
  ArrayRef<int> x = sets.statements[a.statement].loops, y = sets.statements[b.statement].loops;
  unsigned common = 0;
  while (common < x.size() && common < y.size() && x[common] == y[common])
    ++common;
  // one that is handed on may be of any iteration
  unsigned least = a.root && b.root ? loopsOfTensor(sets, a.root, x.take_front(common)) : 0;
  if (a.statement != b.statement)
    pairs.push_back({i, j, common, false});
  for (unsigned level = least; level < common; ++level) {
    pairs.push_back({i, j, level, true});
    if (i != j)
      pairs.push_back({j, i, level, true});
  }
  return pairs;
}

std::vector<Conflict> task::findConflicts(const AccessSets &sets) {
  std::vector<Conflict> conflicts;
  for (unsigned i = 0; i < sets.accesses.size(); ++i)
    for (unsigned j = i; j < sets.accesses.size(); ++j)
      for (const Pair &pair : pairsOf(sets, i, j)) {
        Conflict conflict = PairProblem(sets, pair).solve();
        if (conflict.answer != Answer::empty)
          conflicts.push_back(std::move(conflict));
      }
  return conflicts;
}
