//===- FindDependences.cpp - dependences that are known, and claims -------------===//
//
// What: judges claims over the sets of what submissions declare; dependences that are known become
//       tokens, and arguments of which all are known become static.
// Why:  no promise goes unchecked, and the runtime looks up only what it alone can know.
// Form: graph → graph.
//       A loop may become one over turns of some iterations, of which more is known.
// Not:  what tasks really touch (the checks of recordings); arguments that are one array at run
//       time, which the runtime sees and tracks itself.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Task/Claims.h"
#include "lib/Transforms/Task/Destinations.h"
#include "lib/Transforms/Task/Passes.h"
#include "lib/Transforms/Task/PlaceTokens.h"
#include "lib/Transforms/Task/SplitTurns.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace tilework::task {
#define GEN_PASS_DEF_FINDDEPENDENCESPASS
#include "lib/Transforms/Task/Passes.h.inc"
} // namespace tilework::task

using namespace mlir;
using namespace tilework;
using namespace tilework::task;

static void dumpConflicts(const AccessSets &sets, ArrayRef<Conflict> conflicts) {
  for (const Conflict &conflict : conflicts) {
    const Access &first = sets.accesses[conflict.pair.first],
                 &second = sets.accesses[conflict.pair.second];
    Operation *from = sets.statements[first.statement].op,
              *to = sets.statements[second.statement].op;
    StringRef name = findName(first.root);
    InFlightDiagnostic remark = to->emitRemark() << "argument " << second.position << ", "
                                                 << (name.empty() ? "a tensor" : name) << ": "
                                                 << (conflict.isCertain ? "meets" : "may meet")
                                                 << " argument " << first.position;
    if (auto submit = dyn_cast<SubmitOp>(from))
      remark << " of '" << submit.getKernel() << "'";
    if (conflict.pair.isCarried)
      remark << " of an earlier iteration of loop " << conflict.pair.equalLoops;
    if (!conflict.reason.empty())
      remark << ", " << conflict.reason;
  }
}

/// The distance in common loops, then where the box begins and its length, by loop.
static void dumpTokens(const AccessSets &sets, const tokens::Plan &plan) {
  for (const tokens::Token &token : plan.tokens) {
    auto producer = sets.statements[token.producer].submit();
    bool isLast = token.all == tokens::AllTrips::last;
    InFlightDiagnostic remark = sets.statements[token.consumer].op->emitRemark()
                                << (isLast ? "takes the last id of '" : "takes the ids of '")
                                << producer.getKernel() << "'";
    for (int64_t distance : token.delta)
      remark << " at distance " << distance;
    for (auto [begin, length] : llvm::zip_equal(token.begin, token.lengths)) {
      if (length == tokens::kAllTrips) {
        remark << " of " << (isLast ? "any iteration" : "all iterations")
               << (token.all == tokens::AllTrips::joined ? ", joined" : "");
        continue;
      }
      remark << (length == tokens::kTripsUpTo ? " up to " : " from ") << begin.constant;
      for (auto [loop, factor] : llvm::enumerate(begin.factors))
        if (factor != 0)
          remark << " + " << factor << " * trip" << loop;
      if (length > 0)
        remark << " on, " << length;
      else
        remark << (length == tokens::kTripsUpTo ? ", joined" : " on, joined");
    }
  }
}

namespace {
/// What is known of an entry.
struct Dependences {
  explicit Dependences(EntryOp entry)
      : entry(entry), sets(entry), conflicts(findConflicts(sets)), numbers(sets) {}

  void planTokens();
  SmallVector<unsigned> accessesLeft() const;
  bool isMoreThan(const Dependences &other) const;
  void apply();

  EntryOp entry;
  AccessSets sets;
  std::vector<Conflict> conflicts;
  ArgumentNumbers numbers;
  tokens::Problem problem;
  tokens::Plan plan;
};
} // namespace

void Dependences::planTokens() {
  problem = enumerateInstances(sets, conflicts, numbers);
  plan = tokens::plan(problem);
  assert(tokens::check(problem, plan).empty());
}

/// The accesses of arguments that are the runtime's.
SmallVector<unsigned> Dependences::accessesLeft() const {
  SmallVector<unsigned> left;
  for (auto [index, access] : llvm::enumerate(sets.accesses))
    if (!plan.isStatic[numbers.of(access.statement, access.position)])
      left.push_back(index);
  return left;
}

/// Whether of the same submissions all arguments are known that are in `other`, and some more.
bool Dependences::isMoreThan(const Dependences &other) const {
  for (auto [isStatic, wasStatic] : llvm::zip_equal(plan.isStatic, other.plan.isStatic))
    if (wasStatic && !isStatic)
      return false;
  return plan.isStatic != other.plan.isStatic;
}

void Dependences::apply() {
  placeTokens(entry, sets, problem, plan);
  for (auto [index, statement] : llvm::enumerate(sets.statements)) {
    auto submit = statement.submit();
    if (!submit)
      continue;
    SmallVector<int32_t> known;
    auto arguments =
        llvm::to_vector(llvm::concat<Value>(submit.getInputs(), submit.getDestinations()));
    for (auto [position, argument] : llvm::enumerate(arguments))
      if (isa<MemRefType>(argument.getType()) && plan.isStatic[numbers.of(index, position)])
        known.push_back(position);
    submit.setStaticArgs(known);
  }
}

/// The entry as it is, or with loops over turns where so more is known.
static std::unique_ptr<Dependences> splitTurns(std::unique_ptr<Dependences> found) {
  SmallVector<Turn> turns = findTurns(found->sets, found->accessesLeft());
  if (turns.empty())
    return found;
  EntryOp entry = found->entry;
  OpBuilder builder(entry);
  IRMapping copies;
  auto copy = cast<EntryOp>(builder.clone(*entry, copies));
  for (Turn turn : turns)
    splitTurn({copies.lookup(turn.loop), turn.length});
  auto more = std::make_unique<Dependences>(copy);
  more->planTokens();
  if (!more->isMoreThan(*found)) {
    copy.erase();
    return found;
  }
  found.reset();
  entry.erase();
  return more;
}

//===---------------------------------------------------------------------------===//
// Pass
//===---------------------------------------------------------------------------===//

namespace {
struct FindDependencesPass : task::impl::FindDependencesPassBase<FindDependencesPass> {
  using FindDependencesPassBase::FindDependencesPassBase;

  void runOnOperation() override {
    for (auto entry : llvm::to_vector(getOperation().getOps<EntryOp>())) {
      auto found = std::make_unique<Dependences>(entry);
      if (dump)
        dumpConflicts(found->sets, found->conflicts);
      if (failed(judgeClaims(found->sets, found->conflicts)))
        return signalPassFailure();
      if (!tokens)
        continue;
      found->planTokens();
      found = splitTurns(std::move(found));
      if (dump)
        dumpTokens(found->sets, found->plan);
      found->apply();
    }
  }
};
} // namespace
