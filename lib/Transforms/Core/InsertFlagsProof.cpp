//===- InsertFlagsProof.cpp - whether flags order a program ----------------------===//

#include "lib/Transforms/Core/InsertFlagsProof.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

#include <cmath>

using namespace mlir;
using namespace tilework::core;

//===---------------------------------------------------------------------------===//
// States
//===---------------------------------------------------------------------------===//

Proof::Given *Proof::State::find(unsigned token) {
  auto it = llvm::find_if(given, [&](const Given &it) { return it.token == token; });
  return it == given.end() ? nullptr : &*it;
}

/// Whether anything has grown.
static bool grow(llvm::BitVector &set, const llvm::BitVector &other) {
  bool grows = other.test(set);
  set |= other;
  return grows;
}

bool Proof::State::join(const State &other) {
  bool grows = false;
  for (unsigned pipe = 0; pipe < kPipes; ++pipe)
    grows |= grow(unknown[pipe], other.unknown[pipe]);
  for (const Given &it : other.given) {
    if (Given *mine = find(it.token)) {
      grows |= grow(mine->unknown, it.unknown);
    } else {
      given.push_back(it);
      grows = true;
    }
  }
  return grows;
}

bool Proof::State::isWithin(const State &other) const {
  State all = other;
  return !all.join(*this);
}

Proof::State Proof::makeState() const {
  State state;
  for (llvm::BitVector &unknown : state.unknown)
    unknown.resize(numItems);
  return state;
}

//===---------------------------------------------------------------------------===//
// Execution
//===---------------------------------------------------------------------------===//

/// Whether the token passes from one to the next of the iterations that count.
bool Proof::isHot(const Token &token) const {
  if (!token.turn)
    return token.slots == 1;
  if (turn == kEveryTurn || turn == kNoOtherTurn)
    return false;
  const Turn &mine = accesses.turns[turn], &its = accesses.turns[token.turn];
  return mine.loop == its.loop && mine.slots % its.slots == 0;
}

/// Whether an iteration between those that count uses other events than they.
bool Proof::passesBy(const Token &token) const {
  return token.turn && accesses.turns[token.turn].loop == accesses.turns[turn].loop;
}

void Proof::happen(unsigned item, Pipe pipe, State &state) {
  if (isBetween)
    return;
  for (unsigned other = 0; other < kPipes; ++other)
    if (other != index(pipe))
      state.unknown[other].set(item);
  for (Given &given : state.given)
    if (program.tokens[given.token].to != pipe)
      given.unknown.set(item);
}

bool Proof::isOrdered(const Use &use, const llvm::BitVector &unknown) const {
  for (Accesses::Overlap overlap : accesses.overlapping(use.location)) {
    if (overlap.turn != turn || overlap.location >= items.size())
      continue;
    for (unsigned pipe = 0; pipe < kPipes; ++pipe)
      for (bool isWrite : {false, true})
        if (int item = items[overlap.location][pipe][isWrite];
            item != kNone && (isWrite || use.isWrite) && unknown[item])
          return false;
  }
  return true;
}

/// The waits just before show which of them the instruction cannot do without.
bool Proof::executeAccess(const Node &node, State &state) {
  if (isBetween)
    return true;
  for (const Use &use : node.uses)
    if (!isOrdered(use, state.unknown[index(use.pipe)]))
      return false;
  for (unsigned without : awaited) {
    Pipe pipe = plan.flags[without].to;
    llvm::BitVector unknown = before.unknown[index(pipe)];
    for (unsigned other : awaited)
      if (Given *given = before.find(program.tokenOf[other]); given && other != without)
        unknown &= given->unknown;
    for (const Use &use : node.uses)
      if (use.pipe == pipe && !isOrdered(use, unknown))
        needed[without] = true;
  }
  for (const Use &use : node.uses)
    happen(items[use.location][index(use.pipe)][use.isWrite], use.pipe, state);
  return true;
}

bool Proof::executeSet(const Step &step, State &state) {
  const Token &token = program.tokens[step.token];
  const llvm::BitVector &unknown = state.unknown[index(token.from)];
  auto isUnknown = [&](unsigned wait) { return unknown[wait]; };
  if (isBetween && passesBy(token))
    return true;
  const Waits &waits = waitsOf[step.token];
  if ((turn == kEveryTurn && llvm::any_of(waits.reused, isUnknown)) ||
      (turn == token.turn && !isBetween && llvm::any_of(waits.own, isUnknown)))
    return false;
  Given *given = state.find(step.token);
  if (!given) {
    state.given.push_back({step.token, {}});
    given = &state.given.back();
  }
  given->unknown = unknown;
  given->unknown &= state.unknown[index(token.to)];
  return true;
}

/// No more than this is unknown to a pipe, whatever else it waits for.
void Proof::learn(Pipe pipe, const llvm::BitVector &unknown, State &state) {
  state.unknown[index(pipe)] &= unknown;
  for (Given &given : state.given)
    if (program.tokens[given.token].to == pipe)
      given.unknown &= unknown;
}

/// A token of slots that do not count here stays: it is the last that was set, and all of them are
/// known when the slots are taken back.
void Proof::executeWait(const Step &step, State &state) {
  const Token &token = program.tokens[step.token];
  if (isBetween && passesBy(token))
    return;
  bool isReturned = token.loop && step.flag != kNone;
  Given *given = state.find(step.token);
  if (given && (!isReturned || isHot(token))) {
    if (marksNeeded && step.flag != kNone) {
      if (awaited.empty())
        before = state;
      awaited.push_back(step.flag);
    }
    learn(token.to, llvm::BitVector(given->unknown), state);
    llvm::erase_if(state.given, [&](const Given &it) { return it.token == step.token; });
  }
  for (unsigned wait : waitsOf[step.token].own)
    happen(wait, token.to, state);
}

/// The next iteration conflicts with none of this one's.
void Proof::forget(const Node &loop, State &state) {
  auto it = inside.find(&loop);
  if (turn != kNoOtherTurn || it == inside.end())
    return;
  for (llvm::BitVector &unknown : state.unknown)
    unknown.reset(it->second);
  for (Given &given : state.given)
    given.unknown.reset(it->second);
}

/// As many checkpoints as steps between two of them.
static size_t getStride(size_t steps) {
  return static_cast<size_t>(std::sqrt(double(steps))) + 1;
}

/// An iteration; the last condition of a `while` loop is followed by no body.
bool Proof::executeRound(const Block &block, State &state, bool isLast,
                         std::vector<Checkpoint> *checkpoints) {
  size_t stride = getStride(block.steps.size());
  if (checkpoints)
    checkpoints->clear();
  for (auto [number, step] : llvm::enumerate(block.steps)) {
    if (checkpoints && number % stride == 0)
      checkpoints->push_back({number, state});
    if (step.kind == Step::rest) {
      awaited.clear();
      if (!isLast && !execute(step.parts.front(), state))
        return false;
    } else if (!executeStep(step, state)) {
      return false;
    }
  }
  awaited.clear();
  return true;
}

bool Proof::executeLoop(const Step &step, State &state) {
  Body *record = std::exchange(recorded, nullptr);
  bool isWhile = isa<scf::WhileOp>(step.node->op);
  auto pass = [&](unsigned number) {
    return record && !isWhile ? &record->passes[number] : nullptr;
  };
  // Of iterations in turn, the fewest and most that may use one slot.
  bool isTurns = turn != kNoOtherTurn && accesses.turns[turn].loop == step.node->op;
  int64_t slots = isTurns ? accesses.turns[turn].slots : 1;
  int64_t fewest = step.trips / slots, most = llvm::divideCeil(step.trips, slots);
  State head = state;
  for (;;) {
    State last = head;
    if (!executeRound(step.parts.front(), last, /*isLast=*/false, pass(0)))
      return false;
    forget(*step.node, last);
    State next = last;
    if (slots > 1) { // at least one of another slot comes between
      isBetween = true;
      executeRound(step.parts.front(), next, /*isLast=*/false, pass(1));
      isBetween = false;
    }
    if (head.join(next) && most != 1)
      continue;
    if (isWhile)
      return executeRound(step.parts.front(), state = std::move(head), /*isLast=*/true, nullptr);
    if (fewest > 0)
      state = std::move(last);
    else
      state.join(last);
    if (record)
      record->exit = state;
    return true;
  }
}

bool Proof::executeStep(const Step &step, State &state) {
  ++work;
  if (step.kind == Step::set || step.kind == Step::wait) {
    if (program.isGone(step))
      return true;
    if (step.kind == Step::set)
      return executeSet(step, state);
    executeWait(step, state);
    return true;
  }
  if (step.kind != Step::access)
    awaited.clear();
  switch (step.kind) {
  case Step::access: {
    bool isOrdered = executeAccess(*step.node, state);
    awaited.clear();
    return isOrdered;
  }
  case Step::barrier:
    for (llvm::BitVector &unknown : state.unknown)
      unknown.reset();
    for (Given &given : state.given)
      given.unknown.reset();
    return true;
  case Step::loop:
    return executeLoop(step, state);
  default: {
    State other = state;
    if (!execute(step.parts.front(), state) ||
        (step.parts.size() > 1 && !execute(step.parts.back(), other)))
      return false;
    state.join(other);
    return true;
  }
  }
}

bool Proof::execute(const Block &block, State &state) {
  for (const Step &step : block.steps)
    if (!executeStep(step, state))
      return false;
  awaited.clear();
  return true;
}

//===---------------------------------------------------------------------------===//
// Proofs
//===---------------------------------------------------------------------------===//

bool Proof::executeRoot(size_t number, State &state, Trail &trail) {
  const Step &step = program.root.steps[number];
  recorded = step.kind == Step::loop ? &trail.bodies[number] : nullptr;
  return executeStep(step, state);
}

bool Proof::run() {
  size_t stride = getStride(program.root.steps.size());
  marksNeeded = true;
  trails.resize(classes.size());
  for (auto [each, trail] : llvm::zip_equal(classes, trails)) {
    turn = each;
    awaited.clear();
    State state = makeState();
    for (size_t number = 0; number < program.root.steps.size(); ++number) {
      if (number % stride == 0)
        trail.root.push_back({number, state});
      if (!executeRoot(number, state, trail))
        return false;
    }
  }
  marksNeeded = false;
  return true;
}

/// The last checkpoint before `step`.
template <typename Checkpoints> static auto findBefore(Checkpoints &known, size_t step) {
  return std::prev(
      llvm::upper_bound(known, step, [](size_t step, auto &it) { return step < it.step; }));
}

void Proof::Undo::restore() {
  for (auto &[checkpoint, state] : llvm::reverse(states))
    checkpoint->state = std::move(state);
  for (auto &[body, before] : llvm::reverse(bodies))
    *body = std::move(before);
  states.clear();
  bodies.clear();
}

/// Executes a block from a checkpoint until after `last` nothing more is unknown than it was.
Proof::Outcome Proof::resume(const Block &block, Checkpoint from, size_t last,
                             std::vector<Checkpoint> &known, Trail &trail, Undo &undo) {
  State &state = from.state;
  auto next = std::next(findBefore(known, from.step));
  for (size_t number = from.step; number < block.steps.size(); ++number) {
    if (next != known.end() && next->step == number) {
      if (number > last && state.isWithin(next->state))
        return Outcome::closed;
      undo.states.emplace_back(&*next, state);
      std::swap(next->state, undo.states.back().second);
      ++next;
    }
    bool isRoot = &block == &program.root;
    if (isRoot && block.steps[number].kind == Step::loop)
      undo.bodies.emplace_back(&trail.bodies[number], trail.bodies[number]);
    if (!(isRoot ? executeRoot(number, state, trail) : executeStep(block.steps[number], state)))
      return Outcome::hazard;
  }
  return Outcome::ended;
}

/// A token that is used in one loop only: what iterations know at the checkpoints of the loop holds
/// without it, if it holds from the checkpoint before its first use to one after its last. What is
/// not taken back any more is not learnt after the loop.
Proof::Outcome Proof::resumeBody(unsigned token, Trail &trail, Undo &undo) {
  auto [first, last] = bodyReach[token];
  size_t loop = loopOf[token];
  auto body = first <= last ? trail.bodies.find(loop) : trail.bodies.end();
  if (body == trail.bodies.end() || body->second.passes.front().empty())
    return Outcome::ended;
  for (auto [number, known] : llvm::enumerate(body->second.passes)) {
    if (known.empty())
      continue;
    isBetween = number == 1;
    Outcome outcome = resume(program.root.steps[loop].parts.front(), *findBefore(known, first),
                             last, known, trail, undo);
    isBetween = false;
    if (outcome != Outcome::closed)
      return outcome;
  }
  if (!program.tokens[token].loop || program.tokens[token].alive)
    return Outcome::closed;
  Outcome after = resume(program.root, {loop + 1, body->second.exit}, reach[token].last, trail.root,
                         trail, undo);
  return after == Outcome::ended ? Outcome::closed : after;
}

bool Proof::runWithout(unsigned flag) {
  unsigned number = program.tokenOf[flag];
  program.takeOut(flag);
  std::vector<Undo> undo(classes.size());
  for (auto [each, trail, mine] : llvm::zip_equal(classes, trails, undo)) {
    turn = each;
    Outcome outcome = resumeBody(number, trail, mine);
    if (outcome == Outcome::ended) {
      mine.restore();
      auto [first, last] = reach[number];
      outcome = resume(program.root, *findBefore(trail.root, first), last, trail.root, trail, mine);
    }
    if (outcome != Outcome::hazard)
      continue;
    for (Undo &it : undo)
      it.restore();
    program.putBack(flag);
    return false;
  }
  return true;
}
