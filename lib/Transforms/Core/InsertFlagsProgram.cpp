//===- InsertFlagsProgram.cpp - a program with its flags, as a proof executes it --===//

#include "lib/Transforms/Core/InsertFlagsProof.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace tilework::core;

//===---------------------------------------------------------------------------===//
// The program, with its flags
//===---------------------------------------------------------------------------===//

Proof::Proof(const Accesses &accesses, const FlagPlan &plan) : accesses(accesses), plan(plan) {
  for (const Barrier &barrier : plan.barriers)
    barriersBefore.insert(barrier.op);
  needed.resize(plan.flags.size());
  gone.resize(plan.flags.size());
  addTokens();
  root = build(accesses.program, /*isRoot=*/true, /*isBody=*/false);
  addWaits();
  std::set<unsigned> turns{kEveryTurn, kNoOtherTurn};
  for (unsigned other = 1; other < accesses.turns.size(); ++other)
    turns.insert(other);
  classes.assign(turns.begin(), turns.end());
}

/// Returned flags of a loop that use the same events share a token; others have their own.
void Proof::addTokens() {
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
  reach.resize(tokens.size());
  bodyReach.resize(tokens.size());
  loopOf.resize(tokens.size());
}

/// Waits are items like accesses. Events of tokens without turns have one each, which all of these
/// share; a token whose slots take turns has its own.
void Proof::addWaits() {
  std::map<std::tuple<Pipe, Pipe, int64_t>, unsigned> plain;
  std::map<std::pair<Pipe, Pipe>, std::vector<unsigned>> turned;
  for (auto [number, token] : llvm::enumerate(tokens)) {
    if (token.turn) {
      token.waits.push_back(numItems++);
      turned[{token.from, token.to}].push_back(number);
      continue;
    }
    for (int64_t event = token.event; event < token.event + token.slots; ++event) {
      auto [it, isNew] = plain.try_emplace({token.from, token.to, event}, numItems);
      numItems += isNew;
      token.waits.push_back(it->second);
    }
  }
  for (auto [number, token] : llvm::enumerate(tokens)) {
    int64_t end = token.event + token.slots;
    for (int64_t event = token.event; event < end; ++event)
      if (auto it = plain.find({token.from, token.to, event}); it != plain.end())
        token.reused.push_back(it->second);
    for (unsigned other : turned[{token.from, token.to}])
      if (other != number && tokens[other].event < end &&
          token.event < tokens[other].event + tokens[other].slots)
        token.reused.push_back(tokens[other].waits.front());
  }
}

unsigned Proof::addItem(unsigned location, Pipe pipe, bool isWrite) {
  std::array<std::array<int, 2>, kPipes> none;
  for (auto &ofPipe : none)
    ofPipe.fill(kNone);
  if (items.size() <= location)
    items.resize(location + 1, none);
  int &item = items[location][index(pipe)][isWrite];
  if (item == kNone)
    item = numItems++;
  return item;
}

/// A token is used in the step of the root that is being built.
void Proof::touch(unsigned token) {
  auto extend = [](Reach &reach, size_t step) {
    reach = {std::min(reach.first, step), std::max(reach.last, step)};
  };
  extend(reach[token], root.steps.size());
  if (!bodyStep)
    return;
  extend(bodyReach[token], *bodyStep);
  loopOf[token] = root.steps.size();
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

/// In the order in which flags are inserted.
void Proof::buildNode(const Node &node, Block &block) {
  if (node.parts.empty()) {
    Step step{node.isBarrier() ? Step::barrier : Step::access, &node};
    for (const Use &use : node.uses) {
      unsigned item = addItem(use.location, use.pipe, use.isWrite);
      for (const Node *loop : around)
        inside[loop].resize(std::max(inside[loop].size(), item + 1));
      for (const Node *loop : around)
        inside[loop].set(item);
    }
    block.steps.push_back(std::move(step));
    return;
  }
  bool isRest = isa<scf::ConditionOp>(node.op);
  Step step{node.isLoop() ? Step::loop : isRest ? Step::rest : Step::branch, &node};
  step.trips = countTrips(node.op);
  bool isOutermost = &block == &root && node.isLoop();
  if (isOutermost)
    bodyStep = 0;
  if (node.isLoop())
    around.push_back(&node);
  for (auto &part : node.parts)
    step.parts.push_back(build(*part, /*isRoot=*/false, /*isBody=*/isOutermost));
  if (node.isLoop())
    around.pop_back();
  if (isOutermost)
    bodyStep.reset();
  block.steps.push_back(std::move(step));
}

Proof::Block Proof::build(const Sequence &sequence, bool isRoot, bool isBody) {
  Block own;
  Block &block = isRoot ? root : own;
  auto add = [&](Step::Kind kind, unsigned token, int flag) {
    if (isBody)
      bodyStep = block.steps.size();
    touch(token);
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
    if (isBody)
      bodyStep = block.steps.size();
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
  return isRoot ? std::move(root) : std::move(own);
}
