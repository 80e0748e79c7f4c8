//===- InsertFlagsProgram.cpp - a program with its flags, as a proof executes it --===//

#include "lib/Transforms/Core/InsertFlagsProgram.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace tilework::core;

//===---------------------------------------------------------------------------===//
// The program, with its flags
//===---------------------------------------------------------------------------===//

FlaggedProgram::FlaggedProgram(const Accesses &accesses, const FlagPlan &plan)
    : accesses(accesses), plan(plan) {
  for (const Barrier &barrier : plan.barriers)
    barriersBefore.insert(barrier.op);
  gone.resize(plan.flags.size());
  addTokens();
  root = build(accesses.program);
}

/// Returned flags of a loop that use the same events share a token; others have their own.
void FlaggedProgram::addTokens() {
  std::map<std::tuple<Pipe, Pipe, int64_t>, std::vector<unsigned>> returned;
  for (auto [number, flag] : llvm::enumerate(plan.flags)) {
    unsigned token = tokens.size();
    if (flag.isLent()) {
      auto &known = returned[{flag.from, flag.to, flag.event}];
      auto same = llvm::find_if(known, [&](unsigned it) { return tokens[it].loop == flag.loop; });
      if (same != known.end())
        token = *same;
      else
        known.push_back(token);
    }
    if (token == tokens.size()) {
      tokens.push_back({flag.from, flag.to, flag.event, accesses.turns[flag.turn].slots, flag.turn,
                        flag.isLent() ? flag.loop : nullptr});
      if (flag.isLent())
        lentAt[flag.loop].push_back(token);
    }
    Token &mine = tokens[token];
    mine.turn = mine.turn == flag.turn ? flag.turn : kEveryTurn;
    mine.users.push_back(number);
    ++mine.alive;
    tokenOf.push_back(token);
    if (flag.kind == Flag::guard) {
      guardsSetAt[{flag.sequence, flag.set}].push_back(number);
      guardsAwaitedAt[{flag.sequence, flag.wait}].push_back(number);
      continue;
    }
    waitsAt[{flag.sequence, flag.wait}].push_back(number);
    if (flag.kind != Flag::exchanged)
      setsAt[{flag.sequence, flag.set}].push_back(number);
  }
}

/// The number of iterations, 0 where it is not known.
static int64_t countTrips(Operation *op) {
  auto loop = dyn_cast<scf::ForOp>(op);
  if (!loop)
    return 0;
  auto lower = getConstantIntValue(loop.getLowerBound());
  auto upper = getConstantIntValue(loop.getUpperBound());
  auto step = getConstantIntValue(loop.getStep());
  bool isKnown = lower && upper && step && *step > 0 && *lower < *upper;
  return isKnown ? llvm::divideCeil(*upper - *lower, *step) : 0;
}

void FlaggedProgram::buildNode(const Node &node, Block &block) {
  if (node.parts.empty()) {
    block.steps.push_back({node.isBarrier() ? Step::barrier : Step::access, &node});
    return;
  }
  bool isRest = isa<scf::ConditionOp>(node.op);
  Step step{node.isLoop() ? Step::loop : isRest ? Step::rest : Step::branch, &node};
  step.trips = countTrips(node.op);
  for (auto &part : node.parts)
    step.parts.push_back(build(*part));
  block.steps.push_back(std::move(step));
}

/// In the order in which flags are inserted.
FlaggedProgram::Block FlaggedProgram::build(const Sequence &sequence) {
  Block block;
  auto add = [&](Step::Kind kind, unsigned token, int flag) {
    block.steps.push_back({kind, nullptr, token, flag});
  };
  for (auto [number, node] : llvm::enumerate(sequence.nodes)) {
    if (barriersBefore.contains(node.op))
      block.steps.push_back({Step::barrier});
    for (unsigned token : lentAt.lookup(node.op))
      add(Step::set, token, kNone);
    for (unsigned flag : waitsAt.lookup({&sequence, number})) {
      if (plan.flags[flag].kind == Flag::exchanged)
        add(Step::set, tokenOf[flag], flag);
      add(Step::wait, tokenOf[flag], flag);
    }
    for (unsigned flag : guardsSetAt.lookup({&sequence, number}))
      add(Step::set, tokenOf[flag], flag);
    buildNode(node, block);
    size_t built = block.steps.size() - 1;
    for (unsigned flag : guardsAwaitedAt.lookup({&sequence, number}))
      add(Step::wait, tokenOf[flag], flag);
    for (unsigned flag : setsAt.lookup({&sequence, number}))
      if (plan.flags[flag].isSpentAtEnd())
        block.steps[built].parts.front().steps.push_back(
            {Step::set, nullptr, tokenOf[flag], int(flag)});
      else
        add(Step::set, tokenOf[flag], flag);
    for (unsigned token : lentAt.lookup(node.op))
      if (!plan.flags[tokens[token].users.front()].isSpentAtEnd())
        add(Step::wait, token, kNone);
  }
  return block;
}
