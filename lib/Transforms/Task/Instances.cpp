//===- Instances.cpp - the tasks of an entry, one by one ------------------------===//

#include "lib/Transforms/Task/Instances.h"

#include "lib/Transforms/Task/TermValues.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace tilework;
using namespace tilework::task;

/// Beyond either, dependences are the runtime's: the planner's order is quadratic in the tasks.
static constexpr size_t kMaxInstances = 16384;
static constexpr size_t kMaxTouches = 1 << 18;

/// Beyond it, a pair of accesses is the runtime's.
static constexpr size_t kMaxComparisons = 1 << 22;

ArgumentNumbers::ArgumentNumbers(const AccessSets &sets) {
  for (const Statement &statement : sets.statements) {
    first.push_back(count);
    auto submit = statement.submit();
    count += submit ? submit.getInputs().size() + submit.getDestinations().size() : 1;
  }
}

namespace {
/// A touch of an instance.
struct Place {
  int instance, touch;
  SmallVector<bool, 4> isOpen; ///< by dimension, whether it may reach further than its box
  bool mayBeEmpty = false;     ///< where the tensor is
};

/// Whether an access touches something: always, or wherever the tensor has elements.
enum class Elements { unknown, always, ofTensor, possibly };

class Enumerator {
public:
  Enumerator(const AccessSets &sets, ArrayRef<Conflict> conflicts, const ArgumentNumbers &numbers);
  tokens::Problem take(ArrayRef<Conflict> conflicts);

private:
  void run(unsigned begin, unsigned end, unsigned depth);
  void addInstance(unsigned statement);
  bool addTouches(unsigned access, unsigned loop, tokens::Instance &instance);
  bool addTouch(unsigned access, tokens::Instance &instance);
  Elements elementsOf(unsigned access);
  bool isRunning(const Statement &statement, std::vector<int> &guards);
  void skip(unsigned begin, unsigned end);
  tokens::Trips tripsAround(const Statement &statement, Operation *op) const;

  bool isTold(const Conflict &conflict);
  bool isTold(const Place &a, const Place &b) const;
  const tokens::Touch &touchOf(const Place &place) const {
    return problem.instances[place.instance].touches[place.touch];
  }

  const AccessSets &sets;
  const ArgumentNumbers &numbers;
  TermValues values;
  tokens::Problem problem;
  std::vector<SmallVector<unsigned>> accessesOf; ///< by statement, those in conflicts
  std::vector<bool> isConcrete;                  ///< by access
  std::vector<bool> isPlain;                     ///< by access, its boxes are those of the tensor
  std::vector<std::vector<Place>> placesOf;      ///< by access
  std::vector<Elements> elements;                ///< by access, if they were asked for
  std::map<std::pair<const void *, tokens::Trips>, int> tensors, conditions;     ///< only looked up
  std::map<std::vector<int64_t>, int> origins = {{{0, 0}, tokens::TensorBegin}}; ///< by sum
  size_t touches = 0;
};
} // namespace

//===---------------------------------------------------------------------------===//
// Tasks
//===---------------------------------------------------------------------------===//

Enumerator::Enumerator(const AccessSets &sets, ArrayRef<Conflict> conflicts,
                       const ArgumentNumbers &numbers)
    : sets(sets), numbers(numbers), values(sets.terms), accessesOf(sets.statements.size()),
      isConcrete(sets.accesses.size(), true), isPlain(sets.accesses.size(), true),
      placesOf(sets.accesses.size()), elements(sets.accesses.size(), Elements::unknown) {
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
    for (int loop : statement.loops)
      if (values.isGeneric(loop))
        problem.generic.insert(loop);
    if (auto submit = statement.submit()) {
      known.takesIds = !submit.getDeps().empty();
      known.givesId = !submit.getId().use_empty();
    }
  }
  run(0, sets.statements.size(), 0);
}

void Enumerator::skip(unsigned begin, unsigned end) {
  for (unsigned statement = begin; statement < end; ++statement)
    for (unsigned access : accessesOf[statement])
      isConcrete[access] = false;
}

/// Statements `begin` to `end` in one iteration of the loops around them.
void Enumerator::run(unsigned begin, unsigned end, unsigned depth) {
  while (begin < end) {
    const Statement &statement = sets.statements[begin];
    if (statement.loops.size() == depth) {
      addInstance(begin++);
      continue;
    }
    unsigned last = begin;
    int number = statement.loops[depth];
    while (last < end && sets.statements[last].loops.size() > depth &&
           sets.statements[last].loops[depth] == number)
      ++last;
    const Loop &loop = sets.terms.loop(number);
    int64_t trips = 1;
    if (!values.isGeneric(number)) {
      int64_t length = *values.number(loop.upper) - *values.number(loop.lower);
      trips = llvm::divideCeilSigned(length, loop.step);
    }
    if (trips > int64_t(kMaxInstances))
      skip(begin, last);
    else
      for (int64_t trip = 0; trip < trips; ++trip) {
        values.enter(number, trip);
        run(begin, last, depth + 1);
        values.leave(number);
      }
    begin = last;
  }
}

/// The present iteration of those loops around `statement` that are around `op` as well.
tokens::Trips Enumerator::tripsAround(const Statement &statement, Operation *op) const {
  size_t loops = 0;
  while (loops < statement.loops.size() &&
         sets.terms.loop(statement.loops[loops]).op->isProperAncestor(op))
    ++loops;
  return tokens::Trips(values.trips().begin(), values.trips().begin() + loops);
}

/// False where a condition is known not to hold; the others are numbered, by iteration.
bool Enumerator::isRunning(const Statement &statement, std::vector<int> &guards) {
  unsigned next = 0;
  for (Operation *inner = statement.op; !isa<EntryOp>(inner->getParentOp());
       inner = inner->getParentOp()) {
    auto branch = dyn_cast<scf::IfOp>(inner->getParentOp());
    if (!branch)
      continue;
    std::optional<bool> holds = values(statement.guards[next++]);
    if (holds && !*holds)
      return false;
    if (holds)
      continue;
    auto key = std::make_pair(static_cast<const void *>(inner->getParentRegion()),
                              tripsAround(statement, branch));
    guards.push_back(conditions.insert({key, int(conditions.size())}).first->second);
  }
  llvm::sort(guards);
  return true;
}

void Enumerator::addInstance(unsigned statement) {
  if (accessesOf[statement].empty())
    return;
  if (problem.instances.size() == kMaxInstances || touches > kMaxTouches)
    return skip(statement, statement + 1);
  tokens::Instance instance{int(statement), values.trips(), {}, {}};
  if (!isRunning(sets.statements[statement], instance.guards))
    return;
  for (unsigned access : accessesOf[statement])
    if (isConcrete[access] && !addTouches(access, 0, instance))
      isConcrete[access] = false;
  touches += instance.touches.size();
  problem.instances.push_back(std::move(instance));
}

//===---------------------------------------------------------------------------===//
// What they touch
//===---------------------------------------------------------------------------===//

/// Adds the rectangles of `access` in the iterations of its loops from `loop` on.
bool Enumerator::addTouches(unsigned number, unsigned loop, tokens::Instance &instance) {
  const Access &access = sets.accesses[number];
  if (loop < access.loops.size()) {
    auto [trip, guard] = access.loops[loop];
    for (int64_t at = 0; at < int64_t(kMaxInstances); ++at) {
      values.setLocal(trip, at);
      std::optional<bool> isInside = values(access.guards[guard]);
      if (!isInside || !*isInside)
        return isInside.has_value();
      if (!addTouches(number, loop + 1, instance))
        return false;
    }
    return false;
  }
  for (const Formula &guard : access.guards) {
    std::optional<bool> holds = values(guard);
    if (!holds || !*holds)
      return holds.has_value();
  }
  return addTouch(number, instance);
}

Elements Enumerator::elementsOf(unsigned access) {
  Elements &known = elements[access];
  if (known == Elements::unknown)
    known = !mayBeEmpty(sets, access)         ? Elements::always
            : !mayBeEmpty(sets, access, true) ? Elements::ofTensor
                                              : Elements::possibly;
  return known;
}

/// An extent that is no number counts as 1, of which it is known that it is not less.
bool Enumerator::addTouch(unsigned number, tokens::Instance &instance) {
  const Access &access = sets.accesses[number];
  tokens::Touch touch;
  touch.access = number;
  touch.argument = numbers.of(access.statement, access.position);
  touch.reads = reads(access.direction);
  touch.writes = writes(access.direction);
  Place place{int(problem.instances.size()), int(instance.touches.size()), {}};
  for (auto [dim, offset] : llvm::enumerate(access.offsets)) {
    std::optional<Linear> begin = values(offset), extent = values(access.sizes[dim]);
    if (!begin || !extent)
      return false;
    if (extent->isConstant() && extent->constant <= 0)
      return true;
    bool isOpen = !extent->isConstant();
    if (isOpen && elementsOf(number) == Elements::possibly)
      return false;
    place.mayBeEmpty |= isOpen && elementsOf(number) == Elements::ofTensor;
    touch.begin.push_back(begin->constant);
    touch.end.push_back(begin->constant + (isOpen ? 1 : extent->constant));
    place.isOpen.push_back(isOpen);
    isPlain[number] = isPlain[number] && !isOpen && begin->isConstant();
    std::vector<int64_t> symbols;
    encode(*begin - begin->constant, symbols);
    touch.origins.push_back(access.isWhole[dim]
                                ? int(tokens::WholeTensor)
                                : origins.insert({symbols, int(origins.size())}).first->second);
  }
  Operation *alloc = access.root.getDefiningOp();
  auto tensor = std::make_pair(static_cast<const void *>(access.root.getAsOpaquePointer()),
                               alloc ? tripsAround(sets.statements[access.statement], alloc)
                                     : tokens::Trips());
  touch.tensor = tensors.insert({tensor, int(tensors.size())}).first->second;
  instance.touches.push_back(std::move(touch));
  placesOf[number].push_back(std::move(place));
  return instance.touches.size() < kMaxInstances;
}

//===---------------------------------------------------------------------------===//
// What is not said
//===---------------------------------------------------------------------------===//

/// Whether it is known if the two meet.
bool Enumerator::isTold(const Place &a, const Place &b) const {
  const tokens::Touch &x = touchOf(a), &y = touchOf(b);
  if (x.tensor != y.tensor)
    return true;
  bool doMeet = !a.mayBeEmpty || !b.mayBeEmpty;
  for (unsigned dim = 0; dim < x.begin.size(); ++dim) {
    if (x.origin(dim) == tokens::WholeTensor || y.origin(dim) == tokens::WholeTensor)
      continue;
    if (x.origin(dim) != y.origin(dim)) {
      doMeet = false;
      continue;
    }
    bool isBefore = x.end[dim] <= y.begin[dim], isAfter = y.end[dim] <= x.begin[dim];
    if ((isBefore && !a.isOpen[dim]) || (isAfter && !b.isOpen[dim]))
      return true;
    doMeet &= !isBefore && !isAfter;
  }
  return doMeet;
}

/// Whether boxes say of every pair of tasks if it meets. Who waits for an iteration that is not its
/// own has to know which there are.
bool Enumerator::isTold(const Conflict &conflict) {
  auto [first, second, equalLoops, isCarried] = conflict.pair;
  if (!isConcrete[first] || !isConcrete[second])
    return false;
  const Statement &earlier = sets.statements[sets.accesses[first].statement];
  for (int loop : ArrayRef(earlier.loops).drop_front(equalLoops))
    if (values.isGeneric(loop))
      return false;
  if (isPlain[first] && isPlain[second])
    return true;
  std::map<tokens::Trips, std::vector<const Place *>> placesAt; ///< by iteration of equal loops
  auto iterationOf = [&, equal = equalLoops](const Place &place) {
    const tokens::Trips &trips = problem.instances[place.instance].trips;
    return tokens::Trips(trips.begin(), trips.begin() + equal);
  };
  for (const Place &place : placesOf[second])
    placesAt[iterationOf(place)].push_back(&place);
  size_t comparisons = 0;
  for (const Place &place : placesOf[first])
    for (const Place *other : placesAt[iterationOf(place)]) {
      if (isCarried && problem.instances[place.instance].trips[equalLoops] >=
                           problem.instances[other->instance].trips[equalLoops])
        continue;
      if (!isTold(place, *other) || ++comparisons > kMaxComparisons)
        return false;
    }
  return true;
}

tokens::Problem Enumerator::take(ArrayRef<Conflict> conflicts) {
  problem.arguments = numbers.count;
  problem.isKnown.assign(numbers.count, true);
  std::set<std::pair<int, int>> pairs;
  for (const Conflict &conflict : conflicts) {
    int first = std::min(conflict.pair.first, conflict.pair.second);
    int second = std::max(conflict.pair.first, conflict.pair.second);
    pairs.insert({first, second});
    if (isTold(conflict))
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
  // of an access that one instance says nothing of, none does
  for (tokens::Instance &instance : problem.instances)
    llvm::erase_if(instance.touches,
                   [&](const tokens::Touch &touch) { return !isConcrete[touch.access]; });
  return std::move(problem);
}

tokens::Problem task::enumerateInstances(const AccessSets &sets, ArrayRef<Conflict> conflicts,
                                         const ArgumentNumbers &numbers) {
  return Enumerator(sets, conflicts, numbers).take(conflicts);
}
