//===- InsertFlagsRedundant.cpp - drops flags that others imply ------------------===//
//
// The planner looks at two executions of a block at most, and at control flow from outside: around
// loops and conditions it may plan a flag that others imply. Within a block it plans none, and the
// instruction behind a wait shows that. The others are tried one after the other, the innermost
// first, as long as that is cheap.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Core/InsertFlagsProof.h"

#include "mlir/Interfaces/LoopLikeInterface.h"

using namespace mlir;
using namespace tilework::core;

/// All proofs together may take the time of this many proofs of the whole program.
constexpr int64_t kProofs = 64;

static int64_t countLoopsAround(const Flag &flag) {
  int64_t depth = 0;
  for (Operation *op = flag.waitNode().op; (op = op->getParentOp());)
    depth += isa<LoopLikeOpInterface>(op);
  return depth;
}

void tilework::core::lendWhatIsBorrowed(FlagPlan &plan) {
  std::set<std::tuple<Operation *, Pipe, Pipe, int64_t>> lent;
  auto key = [](const Flag &it) { return std::tuple(it.loop, it.from, it.to, it.event); };
  for (const Flag &flag : plan.flags)
    if (flag.isLent() && !flag.isBorrowed)
      lent.insert(key(flag));
  for (Flag &flag : plan.flags)
    if (flag.isLent() && flag.isBorrowed)
      flag.isBorrowed = !lent.insert(key(flag)).second;
}

void tilework::core::dropRedundantFlags(FlagPlan &plan, const Accesses &accesses) {
  Proof proof(accesses, plan);
  if (!proof.run())
    return;
  std::vector<unsigned> candidates;
  for (unsigned flag = 0; flag < plan.flags.size(); ++flag)
    if (!proof.isNeeded(flag))
      candidates.push_back(flag);
  llvm::stable_sort(candidates, [&](unsigned a, unsigned b) {
    return countLoopsAround(plan.flags[a]) > countLoopsAround(plan.flags[b]);
  });
  std::vector<bool> isRedundant(plan.flags.size());
  int64_t budget = kProofs * proof.work;
  for (unsigned flag : candidates)
    isRedundant[flag] = proof.work < budget && proof.runWithout(flag);

  std::vector<Flag> kept;
  for (auto [flag, redundant] : llvm::zip_equal(plan.flags, isRedundant))
    if (!redundant)
      kept.push_back(flag);
  plan.flags = std::move(kept);
  lendWhatIsBorrowed(plan);
}
