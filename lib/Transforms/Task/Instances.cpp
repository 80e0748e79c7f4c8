//===- Instances.cpp - every task of an entry whose trips are known -------------===//

#include "lib/Transforms/Task/Instances.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

#include <map>

using namespace mlir;
using namespace tilework;
using namespace tilework::task;

/// Beyond either, dependences are the runtime's: the planner's order is quadratic in the tasks.
static constexpr size_t kMaxInstances = 16384;
static constexpr size_t kMaxTouches = 1 << 18;

ArgumentNumbers::ArgumentNumbers(const AccessSets &sets) {
  for (const Statement &statement : sets.statements) {
    first.push_back(count);
    auto submit = statement.submit();
    count += submit ? submit.getInputs().size() + submit.getDestinations().size() : 1;
  }
}

namespace {
/// Values of variables in one iteration.
class Evaluator {
public:
  explicit Evaluator(const ScalarTerms &terms) : terms(terms) {}

  std::optional<int64_t> operator()(const Linear &term) const;
  std::optional<bool> operator()(const Formula &formula) const;
  void set(unsigned trip, int64_t value) { trips[trip] = value; }

private:
  std::optional<int64_t> valueOf(unsigned index) const;

  const ScalarTerms &terms;
  llvm::DenseMap<unsigned, int64_t> trips;
};

class Enumerator {
public:
  Enumerator(const AccessSets &sets, ArrayRef<Conflict> conflicts, const ArgumentNumbers &numbers);
  tokens::Problem take(ArrayRef<Conflict> conflicts);

private:
  void run(unsigned begin, unsigned end, unsigned depth, tokens::Trips &trips);
  void addInstance(unsigned statement, const tokens::Trips &trips);
  bool addTouches(unsigned access, const tokens::Trips &trips, unsigned loop,
                  tokens::Instance &instance);
  bool isRunning(const Statement &statement, const tokens::Trips &trips, std::vector<int> &guards);
  void skip(unsigned begin, unsigned end);

  const AccessSets &sets;
  const ArgumentNumbers &numbers;
  Evaluator evaluate;
  tokens::Problem problem;
  std::vector<SmallVector<unsigned>> accessesOf; ///< by statement, those in conflicts
  std::vector<bool> isConcrete;                  ///< by access
  std::map<std::pair<const void *, tokens::Trips>, int> tensors, conditions; ///< only looked up
  size_t touches = 0;
};
} // namespace

//===---------------------------------------------------------------------------===//
// Values
//===---------------------------------------------------------------------------===//

std::optional<int64_t> Evaluator::operator()(const Linear &term) const {
  int64_t sum = term.constant;
  for (auto [variable, factor] : term.terms) {
    std::optional<int64_t> value = valueOf(variable);
    if (!value)
      return std::nullopt;
    sum += factor * *value;
  }
  return sum;
}

std::optional<bool> Evaluator::operator()(const Formula &formula) const {
  bool isAny = false;
  for (const Conjunction &conjunction : formula.alternatives) {
    bool holds = true;
    for (const Constraint &constraint : conjunction) {
      std::optional<int64_t> value = (*this)(constraint.term);
      if (!value)
        return std::nullopt;
      holds &= constraint.isEquality ? *value == 0 : *value >= 0;
    }
    isAny |= holds;
  }
  return isAny;
}

std::optional<int64_t> Evaluator::valueOf(unsigned index) const {
  const Variable &variable = terms.variable(index);
  if (variable.kind == VariableKind::trip) {
    auto it = trips.find(index);
    return it == trips.end() ? std::nullopt : std::optional<int64_t>(it->second);
  }
  if (variable.kind == VariableKind::element || variable.kind == VariableKind::opaque)
    return std::nullopt;
  std::optional<int64_t> lhs = (*this)(variable.lhs), rhs = (*this)(variable.rhs);
  if (!lhs || !rhs)
    return std::nullopt;
  switch (variable.kind) {
  case VariableKind::quotient:
    return llvm::divideFloorSigned(*lhs, variable.divisor);
  case VariableKind::minimum:
    return std::min(*lhs, *rhs);
  case VariableKind::maximum:
    return std::max(*lhs, *rhs);
  default:
    break;
  }
  std::optional<bool> isFirst = (*this)(variable.condition);
  if (!isFirst)
    return std::nullopt;
  return *isFirst ? lhs : rhs;
}

//===---------------------------------------------------------------------------===//
// Tasks
//===---------------------------------------------------------------------------===//

Enumerator::Enumerator(const AccessSets &sets, ArrayRef<Conflict> conflicts,
                       const ArgumentNumbers &numbers)
    : sets(sets), numbers(numbers), evaluate(sets.terms), accessesOf(sets.statements.size()),
      isConcrete(sets.accesses.size(), true) {
  std::vector<bool> isInConflict(sets.accesses.size());
  for (const Conflict &conflict : conflicts)
    isInConflict[conflict.pair.first] = isInConflict[conflict.pair.second] = true;
  for (unsigned i = 0; i < sets.accesses.size(); ++i) {
    const Access &access = sets.accesses[i];
    if (isInConflict[i])
      accessesOf[access.statement].push_back(i);
    // the orchestration waits for what the runtime tracks
    if (!access.isMapped() || !sets.statements[access.statement].submit())
      isConcrete[i] = false;
  }
  for (const Statement &statement : sets.statements) {
    tokens::Statement &known = problem.statements.emplace_back();
    known.loops.assign(statement.loops.begin(), statement.loops.end());
    if (auto submit = statement.submit()) {
      known.takesIds = !submit.getDeps().empty();
      known.givesId = !submit.getId().use_empty();
    }
  }
  tokens::Trips trips;
  run(0, sets.statements.size(), 0, trips);
}

void Enumerator::skip(unsigned begin, unsigned end) {
  for (unsigned statement = begin; statement < end; ++statement)
    for (unsigned access : accessesOf[statement])
      isConcrete[access] = false;
}

/// Statements `begin` to `end` in one iteration of the loops around them.
void Enumerator::run(unsigned begin, unsigned end, unsigned depth, tokens::Trips &trips) {
  while (begin < end) {
    const Statement &statement = sets.statements[begin];
    if (statement.loops.size() == depth) {
      addInstance(begin++, trips);
      continue;
    }
    unsigned last = begin;
    int number = statement.loops[depth];
    while (last < end && sets.statements[last].loops.size() > depth &&
           sets.statements[last].loops[depth] == number)
      ++last;
    const Loop &loop = sets.terms.loop(number);
    std::optional<int64_t> lower = evaluate(loop.lower), upper = evaluate(loop.upper);
    if (!loop.isCounted || !lower || !upper ||
        (*upper - *lower) / loop.step > int64_t(kMaxInstances)) {
      skip(begin, last);
    } else {
      int64_t trip = 0;
      for (int64_t at = *lower; at < *upper; at += loop.step, ++trip) {
        evaluate.set(loop.trip, trip);
        trips.push_back(trip);
        run(begin, last, depth + 1, trips);
        trips.pop_back();
      }
    }
    begin = last;
  }
}

/// False where a condition is known not to hold; the others are numbered, by iteration.
bool Enumerator::isRunning(const Statement &statement, const tokens::Trips &trips,
                           std::vector<int> &guards) {
  unsigned next = 0;
  for (Operation *inner = statement.op; !isa<EntryOp>(inner->getParentOp());
       inner = inner->getParentOp()) {
    auto branch = dyn_cast<scf::IfOp>(inner->getParentOp());
    if (!branch)
      continue;
    std::optional<bool> holds = evaluate(statement.guards[next++]);
    if (holds && !*holds)
      return false;
    if (holds)
      continue;
    size_t loops = 0;
    while (loops < statement.loops.size() &&
           sets.terms.loop(statement.loops[loops]).op->isProperAncestor(branch))
      ++loops;
    tokens::Trips around(trips.begin(), trips.begin() + loops);
    auto key = std::make_pair(static_cast<const void *>(inner->getParentRegion()), around);
    guards.push_back(conditions.insert({key, int(conditions.size())}).first->second);
  }
  llvm::sort(guards);
  return true;
}

void Enumerator::addInstance(unsigned statement, const tokens::Trips &trips) {
  if (accessesOf[statement].empty())
    return;
  if (problem.instances.size() == kMaxInstances || touches > kMaxTouches)
    return skip(statement, statement + 1);
  tokens::Instance instance{int(statement), trips, {}, {}};
  if (!isRunning(sets.statements[statement], trips, instance.guards))
    return;
  for (unsigned access : accessesOf[statement])
    if (isConcrete[access] && !addTouches(access, trips, 0, instance))
      isConcrete[access] = false;
  touches += instance.touches.size();
  problem.instances.push_back(std::move(instance));
}

/// Adds the rectangles of `access` in the iterations of its loops from `loop` on.
bool Enumerator::addTouches(unsigned number, const tokens::Trips &trips, unsigned loop,
                            tokens::Instance &instance) {
  const Access &access = sets.accesses[number];
  if (loop < access.loops.size()) {
    auto [trip, guard] = access.loops[loop];
    for (int64_t at = 0; at < int64_t(kMaxInstances); ++at) {
      evaluate.set(trip, at);
      std::optional<bool> isInside = evaluate(access.guards[guard]);
      if (!isInside || !*isInside)
        return isInside.has_value();
      if (!addTouches(number, trips, loop + 1, instance))
        return false;
    }
    return false;
  }
  for (const Formula &guard : access.guards) {
    std::optional<bool> holds = evaluate(guard);
    if (!holds || !*holds)
      return holds.has_value();
  }
  const Statement &statement = sets.statements[access.statement];
  size_t loops = 0;
  if (Operation *alloc = access.root.getDefiningOp())
    while (loops < trips.size() &&
           sets.terms.loop(statement.loops[loops]).op->isProperAncestor(alloc))
      ++loops;
  auto tensor = std::make_pair(static_cast<const void *>(access.root.getAsOpaquePointer()),
                               tokens::Trips(trips.begin(), trips.begin() + loops));
  tokens::Touch touch;
  touch.access = number;
  touch.argument = numbers.of(access.statement, access.position);
  touch.tensor = tensors.insert({tensor, int(tensors.size())}).first->second;
  touch.reads = reads(access.direction);
  touch.writes = writes(access.direction);
  for (auto [offset, size] : llvm::zip_equal(access.offsets, access.sizes)) {
    std::optional<int64_t> begin = evaluate(offset), extent = evaluate(size);
    if (!begin || !extent)
      return false;
    if (*extent <= 0)
      return true;
    touch.begin.push_back(*begin);
    touch.end.push_back(*begin + *extent);
  }
  instance.touches.push_back(std::move(touch));
  return instance.touches.size() < kMaxInstances;
}

tokens::Problem Enumerator::take(ArrayRef<Conflict> conflicts) {
  // of an access that one instance says nothing of, none does
  for (tokens::Instance &instance : problem.instances)
    llvm::erase_if(instance.touches,
                   [&](const tokens::Touch &touch) { return !isConcrete[touch.access]; });
  problem.arguments = numbers.count;
  problem.isKnown.assign(numbers.count, true);
  std::set<std::pair<int, int>> pairs;
  for (const Conflict &conflict : conflicts) {
    int first = std::min(conflict.pair.first, conflict.pair.second);
    int second = std::max(conflict.pair.first, conflict.pair.second);
    pairs.insert({first, second});
    if (isConcrete[first] && isConcrete[second])
      continue;
    for (int number : {first, second}) {
      const Access &access = sets.accesses[number];
      problem.isKnown[numbers.of(access.statement, access.position)] = false;
    }
  }
  for (int i = 0; i < int(sets.accesses.size()); ++i)
    for (int j = i; j < int(sets.accesses.size()); ++j)
      if (sets.accesses[i].root == sets.accesses[j].root && !pairs.count({i, j}))
        problem.apart.insert({i, j});
  return std::move(problem);
}

tokens::Problem task::enumerateInstances(const AccessSets &sets, ArrayRef<Conflict> conflicts,
                                         const ArgumentNumbers &numbers) {
  return Enumerator(sets, conflicts, numbers).take(conflicts);
}
