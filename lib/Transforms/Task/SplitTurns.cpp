//===- SplitTurns.cpp - loops whose iterations take turns -----------------------===//

#include "lib/Transforms/Task/SplitTurns.h"

#include "lib/Transforms/Task/TermValues.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

#include <numeric>
#include <set>

using namespace mlir;
using namespace tilework;
using namespace tilework::task;

/// Turns of more iterations are not taken apart.
static constexpr int64_t kMaxTurn = 16;

/// Of a loop over turns.
static constexpr llvm::StringLiteral kTurnsAttrName = "task.turns";

//===---------------------------------------------------------------------------===//
// Decide
//===---------------------------------------------------------------------------===//

using Numbers = SmallVector<int64_t>;

namespace {
class Turns {
public:
  explicit Turns(const AccessSets &sets) : sets(sets), terms(sets.terms), values(sets.terms) {}

  SmallVector<Turn> find(ArrayRef<unsigned> accesses);

private:
  void look(const Linear &term);
  void look(const Formula &formula);
  bool isOfTrips(const Linear &term) const;
  bool isOfTrips(const Formula &formula) const;
  bool isOfLoop(const Linear &term, int loop) const;
  std::optional<int64_t> growth(const Linear &term, int loop, int64_t trips) const;
  std::optional<int64_t> growth(const Variable &variable, int loop, int64_t trips) const;
  bool maySplit(int loop);
  int64_t longest(int loop);
  int64_t shortest(int loop);
  int64_t lengthOf(int loop) const {
    auto turn = turns.find(loop);
    return turn == turns.end() ? 1 : turn->second;
  }
  std::optional<Numbers> growth(const Access &access, int loop, int64_t trips) const;
  bool align(const Access &a, int x, const Access &b, int y);
  void align();

  const AccessSets &sets;
  const ScalarTerms &terms;
  TermValues values;
  std::set<unsigned> seen, quotients; ///< variables
  std::map<int, int64_t> turns;       ///< iterations, by loop
};
} // namespace

/// Notes the quotients that `term` is made of.
void Turns::look(const Linear &term) {
  for (auto [index, factor] : term.terms) {
    if (!seen.insert(index).second)
      continue;
    const Variable &variable = terms.variable(index);
    if (variable.kind == VariableKind::quotient)
      quotients.insert(index);
    look(variable.lhs);
    look(variable.rhs);
    look(variable.condition);
    for (const Linear &each : variable.indices)
      look(each);
  }
}

void Turns::look(const Formula &formula) {
  for (const Conjunction &conjunction : formula.alternatives)
    for (const Constraint &constraint : conjunction)
      look(constraint.term);
}

/// Whether it is a number where trips are.
bool Turns::isOfTrips(const Linear &term) const {
  return llvm::all_of(term.terms, [&](const Linear::Term &each) {
    const Variable &variable = terms.variable(each.first);
    switch (variable.kind) {
    case VariableKind::trip:
      return true;
    case VariableKind::element:
    case VariableKind::opaque:
      return false;
    default:
      return isOfTrips(variable.lhs) && isOfTrips(variable.rhs) && isOfTrips(variable.condition);
    }
  });
}

bool Turns::isOfTrips(const Formula &formula) const {
  return llvm::all_of(formula.alternatives, [&](const Conjunction &conjunction) {
    return llvm::all_of(conjunction,
                        [&](const Constraint &constraint) { return isOfTrips(constraint.term); });
  });
}

/// The same, but for where the loop begins, which places in it have in common.
bool Turns::isOfLoop(const Linear &term, int number) const {
  const Loop &loop = terms.loop(number);
  Linear begin;
  for (auto [index, factor] : term.terms)
    if (index == loop.trip && factor % loop.step == 0)
      begin = loop.lower * (factor / loop.step);
  return isOfTrips(term - begin);
}

/// What `term` is more in an iteration of `loop` so many trips later; none: not always the same.
std::optional<int64_t> Turns::growth(const Linear &term, int loop, int64_t trips) const {
  int64_t sum = 0;
  for (auto [index, factor] : term.terms) {
    std::optional<int64_t> own = growth(terms.variable(index), loop, trips);
    if (!own)
      return std::nullopt;
    sum += *own * factor;
  }
  return sum;
}

std::optional<int64_t> Turns::growth(const Variable &variable, int loop, int64_t trips) const {
  if (variable.kind == VariableKind::trip)
    return !variable.isLocal && variable.loop == loop ? trips : 0;
  if (variable.kind == VariableKind::element || variable.kind == VariableKind::opaque)
    return variable.loop < 0 && !variable.isLocal ? std::optional<int64_t>(0) : std::nullopt;
  std::optional<int64_t> lhs = growth(variable.lhs, loop, trips),
                         rhs = growth(variable.rhs, loop, trips);
  if (!lhs || !rhs)
    return std::nullopt;
  if (variable.kind == VariableKind::quotient)
    return *lhs % variable.divisor == 0 ? std::optional(*lhs / variable.divisor) : std::nullopt;
  for (const Conjunction &conjunction : variable.condition.alternatives)
    for (const Constraint &constraint : conjunction)
      if (growth(constraint.term, loop, trips) != 0)
        return std::nullopt;
  return *lhs == *rhs ? lhs : std::nullopt;
}

bool Turns::maySplit(int loop) {
  Operation *op = terms.loop(loop).op;
  auto counted = dyn_cast<scf::ForOp>(op);
  bool isPlain = counted
                     ? counted.getInductionVar().getType().isIndex() && !counted.getUnsignedCmp()
                     : isa<ParallelOp>(op);
  return isPlain && terms.loop(loop).isCounted && values.isGeneric(loop);
}

/// The most iterations of a turn: what is gone through is not to become too much for other loops.
int64_t Turns::longest(int loop) {
  int64_t most = kMaxTurn;
  for (const Statement &statement : sets.statements) {
    if (!llvm::is_contained(statement.loops, loop))
      continue;
    int64_t others = 1;
    for (int each : statement.loops)
      if (each != loop)
        others *= std::max(values.bound(each).value_or(1), lengthOf(each));
    most = std::min(most, TermValues::kMaxBounded / others);
  }
  return most;
}

/// The iterations of the shortest turn after which quotients are more by whole numbers, of those
/// where there is one.
int64_t Turns::shortest(int loop) {
  int64_t most = longest(loop), length = 1;
  for (unsigned quotient : quotients) {
    const Variable &variable = terms.variable(quotient);
    int64_t own = 1;
    while (own <= most && !growth(variable, loop, own))
      ++own;
    if (int64_t both = std::lcm(length, own); isOfLoop(variable.lhs, loop) && both <= most)
      length = both;
  }
  return length;
}

/// What the place of an access is further, by dimension, so many trips later; none: not known.
std::optional<Numbers> Turns::growth(const Access &access, int loop, int64_t trips) const {
  Numbers growths;
  for (auto [offset, size] : llvm::zip_equal(access.offsets, access.sizes)) {
    std::optional<int64_t> own = growth(offset, loop, trips);
    if (own == 0) // where it ends, at least
      own = growth(offset + size, loop, trips);
    if (!own)
      return std::nullopt;
    growths.push_back(*own);
  }
  return growths;
}

/// Makes turns of both loops longer until their places grow alike, if there are such; whether it
/// did.
bool Turns::align(const Access &a, int x, const Access &b, int y) {
  int64_t first = lengthOf(x), second = lengthOf(y);
  int64_t mostFirst = maySplit(x) ? longest(x) : first,
          mostSecond = maySplit(y) ? longest(y) : second;
  for (int64_t own = first; own <= mostFirst; own += first)
    for (int64_t other = second; other <= mostSecond; other += second) {
      std::optional<Numbers> growths = growth(a, x, own);
      if (!growths || growths != growth(b, y, other))
        continue;
      turns[x] = own;
      turns[y] = other;
      return own != first || other != second;
    }
  return false;
}

/// Places are compared trip by trip of the n-th loops around two accesses.
void Turns::align() {
  auto genericLoops = [&](const Access &access) {
    return llvm::filter_to_vector(sets.statements[access.statement].loops,
                                  [&](int loop) { return values.isGeneric(loop); });
  };
  for (bool hasChanged = true; hasChanged;) {
    hasChanged = false;
    for (const Access &a : sets.accesses)
      for (const Access &b : sets.accesses)
        if (a.root == b.root && a.isMapped() && b.isMapped() &&
            (writes(a.direction) || writes(b.direction)))
          for (auto [x, y] : llvm::zip(genericLoops(a), genericLoops(b)))
            if (x != y)
              hasChanged |= align(a, x, b, y);
  }
}

SmallVector<Turn> Turns::find(ArrayRef<unsigned> accesses) {
  std::set<int> loops;
  for (unsigned number : accesses) {
    const Access &access = sets.accesses[number];
    const Statement &statement = sets.statements[access.statement];
    for (const Linear &term : llvm::concat<const Linear>(access.offsets, access.sizes))
      look(term);
    for (const Formula &guard : llvm::concat<const Formula>(access.guards, statement.guards))
      look(guard);
    for (int loop : statement.loops) {
      look(terms.loop(loop).lower);
      look(terms.loop(loop).upper);
      if (maySplit(loop))
        loops.insert(loop);
    }
  }
  for (int loop : loops)
    if (int64_t length = shortest(loop); length > 1)
      turns[loop] = length;
  align();
  SmallVector<Turn> found;
  for (auto [loop, length] : turns)
    if (length > 1)
      found.push_back({terms.loop(loop).op, length});
  return found;
}

SmallVector<Turn> task::findTurns(const AccessSets &sets, ArrayRef<unsigned> accesses) {
  return Turns(sets).find(accesses);
}

//===---------------------------------------------------------------------------===//
// Apply
//===---------------------------------------------------------------------------===//

/// A loop like `loop` from `first` to `end`.
static Operation *createWithin(OpBuilder &builder, Operation *loop, Value first, Value end,
                               ValueRange carried) {
  if (auto parallel = dyn_cast<ParallelOp>(loop))
    return ParallelOp::create(builder, loop->getLoc(), loop->getResultTypes(), first, end,
                              parallel.getStep(), carried, parallel.getChunkAttr(),
                              parallel.getVerdictAttr());
  return scf::ForOp::create(builder, loop->getLoc(), first, end, cast<scf::ForOp>(loop).getStep(),
                            carried);
}

void task::splitTurn(const Turn &turn) {
  Operation *loop = turn.loop;
  auto bounds = cast<LoopLikeOpInterface>(loop);
  OpBuilder builder(loop);
  Location loc = loop->getLoc();
  auto valueOf = [&](OpFoldResult bound) {
    return getValueOrCreateConstantIndexOp(builder, loc, bound);
  };
  Value lower = valueOf(*bounds.getSingleLowerBound()),
        upper = valueOf(*bounds.getSingleUpperBound());
  Value count = arith::ConstantIndexOp::create(builder, loc, turn.length);
  Value width = builder.createOrFold<arith::MulIOp>(loc, valueOf(*bounds.getSingleStep()), count);
  auto fillTurn = [&](OpBuilder &nested, Location, Value first, ValueRange carried) {
    Value full = arith::AddIOp::create(nested, loc, first, width);
    Value end = arith::MinSIOp::create(nested, loc, full, upper);
    Operation *within = createWithin(nested, loop, first, end, carried);
    within->setDiscardableAttrs(loop->getDiscardableAttrDictionary());
    within->getRegion(0).takeBody(loop->getRegion(0));
    scf::YieldOp::create(nested, loc, within->getResults());
  };
  auto turns = scf::ForOp::create(builder, loc, lower, upper, width, bounds.getInits(), fillTurn);
  turns->setAttr(kTurnsAttrName, builder.getUnitAttr());
  loop->replaceAllUsesWith(turns.getResults());
  loop->erase();
}

Operation *task::loopOfTurn(Operation *loop) {
  auto turns = dyn_cast<scf::ForOp>(loop);
  if (!turns || !turns->hasAttr(kTurnsAttrName))
    return nullptr;
  for (auto within : turns.getBody()->getOps<LoopLikeOpInterface>())
    if (auto first = within.getSingleLowerBound();
        first && *first == OpFoldResult(turns.getInductionVar()))
      return within;
  return nullptr;
}
