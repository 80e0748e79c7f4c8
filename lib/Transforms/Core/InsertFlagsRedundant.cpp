//===- InsertFlagsRedundant.cpp - drops flags that others imply ------------------===//
//
// The planner looks at two executions of a block at most, and at control flow from outside: around
// loops and conditions it may plan a flag that others imply. Within a block it plans none, and the
// instruction behind a wait shows that. The others are tried one after the other, the innermost
// first, as long as that is cheap: first by a proof of the program as a whole, then by traces of
// single accesses, which tell apart what that counts together.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Core/InsertFlagsProof.h"
#include "lib/Transforms/Core/InsertFlagsTrace.h"

#include "mlir/Interfaces/LoopLikeInterface.h"

using namespace mlir;
using namespace tilework::core;

/// All proofs of the program together may take the time of this many proofs of the whole program.
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

static void dropByProof(FlaggedProgram &program, ArrayRef<unsigned> order) {
  Proof proof(program);
  if (!proof.run())
    return;
  int64_t budget = kProofs * proof.work;
  for (unsigned flag : order)
    if (!proof.isNeeded(flag) && proof.work < budget)
      proof.runWithout(flag);
}

/// Flags that take turns with an event may be in vain together.
static void dropByTraces(FlaggedProgram &program, ArrayRef<unsigned> order) {
  Tracer tracer(program);
  if (!tracer.run())
    return;
  for (unsigned flag : order)
    if (!program.gone[flag] && !tracer.isNeeded(flag))
      tracer.runWithout(flag);
  for (const FlaggedProgram::Token &token : program.tokens)
    if (token.alive > 1) {
      SmallVector<unsigned, 2> users = token.users;
      llvm::erase_if(users, [&](unsigned flag) { return program.gone[flag]; });
      tracer.runWithout(users);
    }
}

void tilework::core::dropRedundantFlags(FlagPlan &plan, const Accesses &accesses) {
  FlaggedProgram program(accesses, plan);
  auto order = llvm::to_vector(llvm::seq<unsigned>(0, plan.flags.size()));
  llvm::stable_sort(order, [&](unsigned a, unsigned b) {
    return countLoopsAround(plan.flags[a]) > countLoopsAround(plan.flags[b]);
  });
  dropByProof(program, order);
  dropByTraces(program, order);

  std::vector<Flag> kept;
  for (auto [flag, isGone] : llvm::zip_equal(plan.flags, program.gone))
    if (!isGone)
      kept.push_back(flag);
  plan.flags = std::move(kept);
  lendWhatIsBorrowed(plan);
}
