//===- InsertFlagsProofItems.cpp - what a proof keeps apart ----------------------===//

#include "lib/Transforms/Core/InsertFlagsProof.h"

using namespace mlir;
using namespace tilework::core;

Proof::Proof(FlaggedProgram &program)
    : program(program), accesses(program.accesses), plan(program.plan) {
  needed.resize(plan.flags.size());
  reach.resize(program.tokens.size());
  bodyReach.resize(program.tokens.size());
  loopOf.resize(program.tokens.size());
  addSteps(program.root, /*isRoot=*/true, /*isBody=*/false);
  addWaits();
  std::set<unsigned> turns{kEveryTurn, kNoOtherTurn};
  for (unsigned other = 1; other < accesses.turns.size(); ++other)
    turns.insert(other);
  classes.assign(turns.begin(), turns.end());
}

/// Waits are items like accesses. Events of tokens without turns have one each, which all of these
/// share; a token whose slots take turns has its own.
void Proof::addWaits() {
  std::map<std::tuple<Pipe, Pipe, int64_t>, unsigned> plain;
  std::map<std::pair<Pipe, Pipe>, std::vector<unsigned>> turned;
  const std::vector<Token> &tokens = program.tokens;
  waitsOf.resize(tokens.size());
  for (auto [number, token] : llvm::enumerate(tokens)) {
    if (token.turn) {
      waitsOf[number].own.push_back(numItems++);
      turned[{token.from, token.to}].push_back(number);
      continue;
    }
    for (int64_t event = token.event; event < token.event + token.slots; ++event) {
      auto [it, isNew] = plain.try_emplace({token.from, token.to, event}, numItems);
      numItems += isNew;
      waitsOf[number].own.push_back(it->second);
    }
  }
  for (auto [number, token] : llvm::enumerate(tokens)) {
    int64_t end = token.event + token.slots;
    for (int64_t event = token.event; event < end; ++event)
      if (auto it = plain.find({token.from, token.to, event}); it != plain.end())
        waitsOf[number].reused.push_back(it->second);
    for (unsigned other : turned[{token.from, token.to}])
      if (other != number && tokens[other].event < end &&
          token.event < tokens[other].event + tokens[other].slots)
        waitsOf[number].reused.push_back(waitsOf[other].own.front());
  }
}

void Proof::addItem(const Use &use) {
  std::array<std::array<int, 2>, kPipes> none;
  for (auto &ofPipe : none)
    ofPipe.fill(kNone);
  if (items.size() <= use.location)
    items.resize(use.location + 1, none);
  int &item = items[use.location][index(use.pipe)][use.isWrite];
  if (item == kNone)
    item = numItems++;
  for (const Node *loop : around) {
    llvm::BitVector &mine = inside[loop];
    mine.resize(std::max<unsigned>(mine.size(), item + 1));
    mine.set(item);
  }
}

/// A token is used in the step of the root that is in hand.
void Proof::touch(unsigned token) {
  auto extend = [](Reach &reach, size_t step) {
    reach = {std::min(reach.first, step), std::max(reach.last, step)};
  };
  extend(reach[token], rootStep);
  if (!bodyStep)
    return;
  extend(bodyReach[token], *bodyStep);
  loopOf[token] = rootStep;
}

void Proof::addSteps(const Block &block, bool isRoot, bool isBody) {
  for (auto [number, step] : llvm::enumerate(block.steps)) {
    if (isRoot)
      rootStep = number;
    if (isBody)
      bodyStep = number;
    if (step.kind == Step::set || step.kind == Step::wait)
      touch(step.token);
    if (step.kind == Step::access)
      for (const Use &use : step.node->uses)
        addItem(use);
    bool isLoop = step.kind == Step::loop;
    if (isLoop)
      around.push_back(step.node);
    for (const Block &part : step.parts)
      addSteps(part, /*isRoot=*/false, /*isBody=*/isRoot && isLoop);
    if (isLoop)
      around.pop_back();
    if (isRoot)
      bodyStep.reset();
  }
}
