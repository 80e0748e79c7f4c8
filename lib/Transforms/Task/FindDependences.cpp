//===- FindDependences.cpp - dependences that are known, and claims -------------===//
//
// What: judges claims over the sets of what submissions declare; dependences that are known become
//       tokens, and arguments of which all are known become static.
// Why:  no promise goes unchecked, and the runtime looks up only what it alone can know.
// Form: graph → graph.
// Not:  what tasks really touch (the checks of recordings); arguments that are one array at run
//       time, which the runtime sees and tracks itself.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Task/Claims.h"
#include "lib/Transforms/Task/Destinations.h"
#include "lib/Transforms/Task/Passes.h"
#include "lib/Transforms/Task/PlaceTokens.h"

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

//===---------------------------------------------------------------------------===//
// Pass
//===---------------------------------------------------------------------------===//

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
    InFlightDiagnostic remark = sets.statements[token.consumer].op->emitRemark()
                                << (token.isLast ? "takes the last id of '" : "takes the ids of '")
                                << producer.getKernel() << "'";
    for (int64_t distance : token.delta)
      remark << " at distance " << distance;
    for (auto [begin, length] : llvm::zip_equal(token.begin, token.lengths)) {
      if (length == tokens::kAllTrips) {
        remark << " of " << (token.isLast ? "any iteration" : "all iterations");
        continue;
      }
      remark << " from " << begin.constant;
      for (auto [loop, factor] : llvm::enumerate(begin.factors))
        if (factor != 0)
          remark << " + " << factor << " * trip" << loop;
      remark << " on, " << length;
    }
  }
}

static void applyPlan(EntryOp entry, const AccessSets &sets, const ArgumentNumbers &numbers,
                      const tokens::Problem &problem, const tokens::Plan &plan) {
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

namespace {
struct FindDependencesPass : task::impl::FindDependencesPassBase<FindDependencesPass> {
  using FindDependencesPassBase::FindDependencesPassBase;

  void runOnOperation() override {
    for (auto entry : getOperation().getOps<EntryOp>()) {
      AccessSets sets(entry);
      std::vector<Conflict> conflicts = findConflicts(sets);
      if (dump)
        dumpConflicts(sets, conflicts);
      if (failed(judgeClaims(sets, conflicts)))
        return signalPassFailure();
      if (!tokens)
        continue;
      ArgumentNumbers numbers(sets);
      tokens::Problem problem = enumerateInstances(sets, conflicts, numbers);
      tokens::Plan plan = tokens::plan(problem);
      assert(tokens::check(problem, plan).empty());
      if (dump)
        dumpTokens(sets, plan);
      applyPlan(entry, sets, numbers, problem, plan);
    }
  }
};
} // namespace
