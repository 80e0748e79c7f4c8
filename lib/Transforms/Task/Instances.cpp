//===- Instances.cpp - the tasks of an entry, one by one ------------------------===//

#include "lib/Transforms/Task/Instances.h"

#include "lib/Transforms/Task/InstancePairs.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Dominance.h"

using namespace mlir;
using namespace tilework;
using namespace tilework::task;

/// Beyond either, dependences are the runtime's: the planner's order is quadratic in the tasks.
static constexpr size_t kMaxInstances = 16384;
static constexpr size_t kMaxTouches = 1 << 18;

/// Iterations of one loop that meet further apart are the runtime's.
static constexpr int64_t kMaxDistance = 64;

ArgumentNumbers::ArgumentNumbers(const AccessSets &sets) {
  for (const Statement &statement : sets.statements) {
    first.push_back(count);
    auto submit = statement.submit();
    count += submit ? submit.getInputs().size() + submit.getDestinations().size() : 1;
  }
}

namespace {
/// Whether an access touches something: always, or wherever the tensor has elements.
enum class Elements { unknown, always, ofTensor, possibly };

class Enumerator {
public:
  Enumerator(const AccessSets &sets, ArrayRef<Conflict> conflicts, const ArgumentNumbers &numbers,
             int64_t maxDistance);
  bool isFull() const { return problem.instances.size() == kMaxInstances || touches > kMaxTouches; }
  tokens::Problem take(ArrayRef<Conflict> conflicts);

private:
  std::map<int, int> countedWithin(const Statement &statement);
  void run(unsigned begin, unsigned end, unsigned depth);
  bool addIteration(int loop);
  void addImplied(std::vector<int> &guards) const;
  void addInstance(unsigned statement);
  bool addTouches(unsigned access, unsigned loop, tokens::Instance &instance);
  bool addTouch(unsigned access, tokens::Instance &instance);
  Elements elementsOf(unsigned access);
  bool isRunning(const Statement &statement, std::vector<int> &guards);
  void skip(unsigned begin, unsigned end);
  tokens::Trips tripsAround(const Statement &statement, Operation *op) const;

  const AccessSets &sets;
  const ArgumentNumbers &numbers;
  TermValues values;
  tokens::Problem problem;
  std::vector<SmallVector<unsigned>> accessesOf; ///< by statement, those in conflicts
  Places places;
  std::vector<Elements> elements; ///< by access, if they were asked for
  std::map<std::pair<const void *, tokens::Trips>, int> tensors, conditions; ///< only looked up
  /// Conditions as well, that there is an iteration: by sum, what with it is positive there.
  std::map<std::vector<int64_t>, std::map<int64_t, int>> iterations;
  std::vector<std::pair<std::vector<int64_t>, int64_t>> sums; ///< by condition; none: empty
  std::vector<int> present; ///< of iterations that are gone through
  std::map<std::vector<int64_t>, int> origins = {{{0, 0}, tokens::TensorBegin}}; ///< by sum
  size_t touches = 0;
  int64_t near = 0; ///< how many iterations after any one of a generic loop are looked at
};
} // namespace

//===---------------------------------------------------------------------------===//
// Tasks
//===---------------------------------------------------------------------------===//

Enumerator::Enumerator(const AccessSets &sets, ArrayRef<Conflict> conflicts,
                       const ArgumentNumbers &numbers, int64_t maxDistance)
    : sets(sets), numbers(numbers), values(sets.terms), accessesOf(sets.statements.size()),
      places(sets.accesses.size()), elements(sets.accesses.size(), Elements::unknown) {
  std::vector<bool> isInConflict(sets.accesses.size());
  for (const Conflict &conflict : conflicts)
    isInConflict[conflict.pair.first] = isInConflict[conflict.pair.second] = true;
  for (unsigned i = 0; i < sets.accesses.size(); ++i) {
    const Access &access = sets.accesses[i];
    if (isInConflict[i])
      accessesOf[access.statement].push_back(i);
    // the orchestration waits for what the runtime tracks
    if (!access.isMapped() || !sets.statements[access.statement].submit())
      places.isConcrete[i] = false;
  }
  for (const Statement &statement : sets.statements) {
    tokens::Statement &known = problem.statements.emplace_back();
    known.loops.assign(statement.loops.begin(), statement.loops.end());
    for (int loop : statement.loops)
      if (values.isGeneric(loop))
        problem.generic.insert(loop);
      else if (values.bound(loop))
        problem.bounded.insert(loop);
    known.countedWithin = countedWithin(statement);
    if (auto submit = statement.submit()) {
      known.takesIds = !submit.getDeps().empty();
      known.givesId = !submit.getId().use_empty();
    }
  }
  for (const Conflict &conflict : conflicts)
    if (places.isConcrete[conflict.pair.first] && places.isConcrete[conflict.pair.second])
      near = std::max(near, farthestTrips(sets, values, conflict.pair, maxDistance));
  run(0, sets.statements.size(), 0);
}

/// What tells how often a loop runs, but for constants.
static SmallVector<Value> boundsOf(Operation *op) {
  auto loop = cast<LoopLikeOpInterface>(op);
  SmallVector<Value> bounds;
  for (OpFoldResult each : {*loop.getSingleLowerBound(), *loop.getSingleUpperBound()})
    if (auto value = dyn_cast<Value>(each))
      bounds.push_back(value);
  return bounds;
}

void Enumerator::skip(unsigned begin, unsigned end) {
  for (unsigned statement = begin; statement < end; ++statement)
    for (unsigned access : accessesOf[statement])
      places.isConcrete[access] = false;
}

/// Ids are kept before what of an iteration's body they come from.
std::map<int, int> Enumerator::countedWithin(const Statement &statement) {
  DominanceInfo dominance;
  std::map<int, int> within;
  Operation *before = statement.op;
  for (int depth = statement.loops.size(); depth >= 0; --depth) {
    while (depth > 0 ? before->getParentOp() != sets.terms.loop(statement.loops[depth - 1]).op
                     : !isa<EntryOp>(before->getParentOp()))
      before = before->getParentOp();
    for (int number : ArrayRef(statement.loops).drop_front(depth)) {
      const Loop &loop = sets.terms.loop(number);
      auto isKnown = [&](Value bound) { return dominance.properlyDominates(bound, before); };
      if (values.isGeneric(number) && loop.isCounted && llvm::all_of(boundsOf(loop.op), isKnown))
        within[number] = depth;
    }
  }
  return within;
}

/// Adds that there is the iteration which is gone through; false: there is none. Loops of equal
/// trips have the same conditions.
bool Enumerator::addIteration(int number) {
  auto add = [&](std::vector<int64_t> sum, int64_t rest) {
    auto [known, isNew] = iterations[sum].insert({rest, int(sums.size())});
    if (isNew)
      sums.push_back({std::move(sum), rest});
    present.push_back(known->second);
  };
  std::optional<std::vector<Linear>> room = values.room(number);
  if (!room) {
    std::vector<int64_t> own = {-1 - number};
    own.insert(own.end(), values.trips().begin(), values.trips().end());
    add(std::move(own), 0);
    return true;
  }
  for (const Linear &each : *room) {
    if (each.isConstant()) {
      if (each.constant <= 0)
        return false;
      continue;
    }
    std::vector<int64_t> sum;
    encode(each - each.constant, sum);
    add(std::move(sum), each.constant);
  }
  return true;
}

/// With a sum what is more is positive: where there is an iteration, all of the one before is
/// there.
void Enumerator::addImplied(std::vector<int> &guards) const {
  std::set<int> all(guards.begin(), guards.end());
  for (int guard : guards) {
    const auto &[sum, rest] = sums[guard];
    if (sum.empty())
      continue;
    const std::map<int64_t, int> &known = iterations.at(sum);
    for (auto it = known.upper_bound(rest); it != known.end(); ++it)
      all.insert(it->second);
  }
  guards.assign(all.begin(), all.end());
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
    bool isGeneric = values.isGeneric(number);
    std::optional<int64_t> length = values.number(loop.upper - loop.lower);
    size_t outside = present.size();
    int64_t trips = isGeneric ? near + 2
                    : length  ? llvm::divideCeilSigned(*length, loop.step)
                              : *values.bound(number);
    bool isThere = trips <= int64_t(kMaxInstances);
    if (!isThere)
      skip(begin, last);
    // where there is a later one, there are those before
    for (int64_t trip = 0; isThere && trip < trips; ++trip) {
      values.enter(number, trip);
      isThere = addIteration(number);
      if (isGeneric && trip > near) {
        values.leave(number);
        values.enter(number, tokens::kLater);
        addIteration(number);
      }
      if (isThere)
        run(begin, last, depth + 1);
      values.leave(number);
    }
    present.resize(outside);
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
  guards = present;
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
    auto [known, isNew] = conditions.insert({key, int(sums.size())});
    if (isNew)
      sums.push_back({});
    guards.push_back(known->second);
  }
  llvm::sort(guards);
  guards.erase(llvm::unique(guards), guards.end());
  return true;
}

void Enumerator::addInstance(unsigned statement) {
  if (accessesOf[statement].empty())
    return;
  if (isFull())
    return skip(statement, statement + 1);
  tokens::Instance instance{int(statement), values.trips(), {}, {}};
  if (!isRunning(sets.statements[statement], instance.guards))
    return;
  for (unsigned access : accessesOf[statement])
    if (places.isConcrete[access] && !addTouches(access, 0, instance))
      places.isConcrete[access] = false;
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

/// An extent that is no number counts as 1: of some it is known that it is not less.
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
    touch.mayBeNothing |= isOpen && elementsOf(number) == Elements::possibly;
    place.mayBeEmpty |= isOpen && elementsOf(number) == Elements::ofTensor;
    touch.begin.push_back(begin->constant);
    touch.end.push_back(begin->constant + (isOpen ? 1 : extent->constant));
    place.isOpen.push_back(isOpen);
    places.isPlain[number] = places.isPlain[number] && !isOpen && begin->isConstant();
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
  places.of[number].push_back(std::move(place));
  return instance.touches.size() < kMaxInstances;
}

tokens::Problem Enumerator::take(ArrayRef<Conflict> conflicts) {
  problem.arguments = numbers.count;
  for (tokens::Instance &instance : problem.instances)
    addImplied(instance.guards);
  InstancePairs(sets, values, places, near).judge(conflicts, numbers, problem);
  // of an access that one instance says nothing of, none does
  for (tokens::Instance &instance : problem.instances)
    llvm::erase_if(instance.touches,
                   [&](const tokens::Touch &touch) { return !places.isConcrete[touch.access]; });
  return std::move(problem);
}

tokens::Problem task::enumerateInstances(const AccessSets &sets, ArrayRef<Conflict> conflicts,
                                         const ArgumentNumbers &numbers) {
  for (int64_t distance = kMaxDistance;; distance /= 2)
    if (Enumerator all(sets, conflicts, numbers, distance); distance == 0 || !all.isFull())
      return all.take(conflicts);
}
