//===- InsertFlagsHazards.cpp - which flags order a program ----------------------===//
//
// Within one execution of a block, its nodes are visited in order with a clock per pipe: what each
// pipe knows to have ended. A hazard that the clocks do not cover needs a flag. As all other ways
// from the earlier to the later instruction lie between them, no such flag is implied by others.
//
// A block in a loop is executed again: a second visit looks at the hazards from the execution
// before, with clocks of that execution. For slots taken in turn, "before" is the last execution
// that used the same slot, hence one set of clocks per turn.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Core/InsertFlags.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"

#include <limits>

using namespace mlir;
using namespace tilework::core;

namespace {

using Knowledge = std::array<Clock, kPipes>; ///< of each pipe
using Carried = std::vector<Knowledge>;      ///< one for each turn that counts in a block

constexpr int kEverything = std::numeric_limits<int>::max();

void join(Clock &clock, const Clock &other) {
  for (unsigned pipe = 0; pipe < kPipes; ++pipe)
    clock[pipe] = std::max(clock[pipe], other[pipe]);
}

void join(Knowledge &knowledge, const Knowledge &other) {
  for (unsigned pipe = 0; pipe < kPipes; ++pipe)
    join(knowledge[pipe], other[pipe]);
}

void setAll(Knowledge &knowledge, int position) {
  for (Clock &clock : knowledge)
    clock.fill(position);
}

/// The last place of something in a block.
struct Mark {
  int position = 0;
  unsigned node = 0;
};
using Marks = std::array<std::array<Mark, 2>, kPipes>; ///< last read and last write of each pipe
using Recent = llvm::DenseMap<unsigned, Marks>;        ///< by location

/// The last instruction of each pipe that a node's instructions of a pipe have to wait for.
using Needs = std::array<std::array<Mark, kPipes>, kPipes>;

/// A flag within one execution of a block, between nodes.
struct Edge {
  Pipe from, to;
  unsigned set, wait;
};

/// What the visit of one execution leaves for the visit of the next.
struct Visit {
  std::vector<Knowledge> after; ///< of each node
  std::vector<Edge> edges;      ///< ordered by their waits
  Recent recent;
  Knowledge atEnd;
};

class Planner {
public:
  Planner(const Accesses &accesses, const Relaxation &relaxation)
      : accesses(accesses), relaxation(relaxation) {}

  FlagPlan run() {
    Knowledge nothing = {};
    planOnce(accesses.program, nothing);
    return std::move(plan);
  }

private:
  void planOnce(const Sequence &sequence, const Knowledge &known);
  void planParts(const Node &node, Knowledge &known, const Knowledge &before);
  void planUnbalanced(const Node &loop);
  void planOutermostLoop(const Node &loop, Knowledge &known, const Knowledge &before);
  void planRepeated(const Sequence &sequence, ArrayRef<unsigned> turns, const Carried *inherited);

  void returnFlags(const Sequence &sequence, unsigned number, ArrayRef<unsigned> turns,
                   const Visit &once, Carried &previous);
  void exchangeFlags(const Sequence &sequence, unsigned number, ArrayRef<unsigned> turns,
                     Carried &previous);

  using Descend = llvm::function_ref<void(const Node &, Knowledge &, const Knowledge &)>;
  Visit visit(const Sequence &sequence, Knowledge known, Descend descend);
  void waitFor(const Sequence &sequence, unsigned node, const Needs &needs, Visit &visit,
               Knowledge &known);

  template <typename Report>
  void findConflicts(const Use &use, const Recent &recent, Report report) const;
  void addFlag(const Sequence &sequence, Pipe from, Pipe to, unsigned set, unsigned wait,
               Flag::Kind kind, unsigned turn, const Clock &passed);
  bool isBarred(const Node &node) const { return relaxation.barriersBefore.count(node.op); }

  const Accesses &accesses;
  const Relaxation &relaxation;
  FlagPlan plan;
  Operation *loop = nullptr; ///< the outermost loop around
};

} // namespace

//===---------------------------------------------------------------------------===//
// Conflicts
//===---------------------------------------------------------------------------===//

/// Reports the marks of other pipes that conflict with `use`, and in which turn.
template <typename Report>
void Planner::findConflicts(const Use &use, const Recent &recent, Report report) const {
  for (Accesses::Overlap overlap : accesses.overlapping(use.location)) {
    auto marks = recent.find(overlap.location);
    if (marks == recent.end())
      continue;
    for (unsigned pipe = 0; pipe < kPipes; ++pipe)
      for (bool isWrite : {false, true})
        if (const Mark &mark = marks->second[pipe][isWrite];
            pipe != index(use.pipe) && mark.position && (isWrite || use.isWrite))
          report(Pipe(pipe), mark, overlap.turn);
  }
}

static void record(Recent &recent, const Node &node, unsigned number) {
  for (const Use &use : node.uses)
    recent[use.location][index(use.pipe)][use.isWrite] = {use.position, number};
}

/// Of several instructions to wait for, those that no other of them implies.
static SmallVector<Pipe> selectLast(const std::array<Mark, kPipes> &needs, const Clock &known,
                                    llvm::function_ref<const Clock &(unsigned, Pipe)> after) {
  auto isNeeded = [&](unsigned pipe) { return needs[pipe].position > known[pipe]; };
  SmallVector<Pipe> selected;
  for (unsigned pipe = 0; pipe < kPipes; ++pipe) {
    bool isImplied = false;
    for (unsigned other = 0; other < kPipes && isNeeded(pipe); ++other)
      isImplied |= other != pipe && isNeeded(other) &&
                   after(needs[other].node, Pipe(other))[pipe] >= needs[pipe].position;
    if (isNeeded(pipe) && !isImplied)
      selected.push_back(Pipe(pipe));
  }
  return selected;
}

//===---------------------------------------------------------------------------===//
// One execution
//===---------------------------------------------------------------------------===//

void Planner::waitFor(const Sequence &sequence, unsigned node, const Needs &needs, Visit &visit,
                      Knowledge &known) {
  auto after = [&](unsigned number, Pipe pipe) -> const Clock & {
    return visit.after[number][index(pipe)];
  };
  SmallVector<Edge> edges;
  for (unsigned to = 0; to < kPipes; ++to)
    for (Pipe from : selectLast(needs[to], known[to], after))
      edges.push_back({from, Pipe(to), needs[to][index(from)].node, node});
  for (const Edge &edge : edges) {
    join(known[index(edge.to)], after(edge.set, edge.from));
    visit.edges.push_back(edge);
  }
}

Visit Planner::visit(const Sequence &sequence, Knowledge known, Descend descend) {
  Visit result;
  result.after.reserve(sequence.nodes.size());
  for (auto [number, node] : llvm::enumerate(sequence.nodes)) {
    if (isBarred(node)) {
      plan.barriersBefore.push_back(node.op);
      setAll(known, node.begin - 1);
    }
    Knowledge before = known;
    if (node.isBarrier() || node.isUnbalanced()) {
      if (node.isUnbalanced())
        planUnbalanced(node);
      setAll(known, node.end);
    } else {
      Needs needs = {};
      for (const Use &use : node.uses)
        findConflicts(use, result.recent, [&](Pipe pipe, const Mark &mark, unsigned) {
          Mark &need = needs[index(use.pipe)][index(pipe)];
          need = mark.position > need.position ? mark : need;
        });
      waitFor(sequence, number, needs, result, known);
      Knowledge inside = known;
      for (const Use &use : node.uses)
        known[index(use.pipe)][index(use.pipe)] = node.end;
      result.after.push_back(known);
      descend(node, inside, before);
      join(known, inside);
    }
    if (result.after.size() == number)
      result.after.push_back(known);
    record(result.recent, node, number);
  }
  result.atEnd = known;
  return result;
}

void Planner::planOnce(const Sequence &sequence, const Knowledge &known) {
  Visit once =
      visit(sequence, known, [&](const Node &node, Knowledge &inside, const Knowledge &before) {
        planParts(node, inside, before);
      });
  for (const Edge &edge : once.edges)
    addFlag(sequence, edge.from, edge.to, edge.set, edge.wait, Flag::forward, kEveryTurn,
            once.after[edge.set][index(edge.from)]);
}

/// What is known inside control flow is not known after it, where it may not have run; but flags
/// taken back after a loop are known.
void Planner::planParts(const Node &node, Knowledge &known, const Knowledge &before) {
  if (isa<scf::IfOp>(node.op))
    for (auto &part : node.parts)
      planOnce(*part, known);
  else if (!node.parts.empty())
    planOutermostLoop(node, known, before);
}

/// A condition that runs instructions runs once more than the body, so that flags cannot pass from
/// one to the other: barriers before and after the condition order the loop.
void Planner::planUnbalanced(const Node &loop) {
  auto whileOp = cast<scf::WhileOp>(loop.op);
  plan.barriersBefore.push_back(&whileOp.getBeforeBody()->front());
  plan.barriersBefore.push_back(whileOp.getBeforeBody()->getTerminator());
  Operation *outer = std::exchange(this->loop, nullptr);
  Knowledge known;
  setAll(known, loop.begin - 1);
  for (auto &part : loop.parts)
    planOnce(*part, known);
  this->loop = outer;
}

void Planner::planOutermostLoop(const Node &node, Knowledge &known, const Knowledge &before) {
  size_t first = plan.flags.size();
  loop = node.op;
  for (auto &part : node.parts)
    planRepeated(*part, {}, nullptr);
  loop = nullptr;
  for (size_t number = first; number < plan.flags.size(); ++number) {
    Flag &flag = plan.flags[number];
    if (flag.loop != node.op)
      continue;
    Pipe from = flag.from;
    flag.begin = node.begin;
    flag.end = node.end;
    flag.known = before[index(from)];
    flag.released = node.end + 1;
    if (flag.kind != Flag::returned)
      continue;
    Clock &waits = known[index(flag.to)];
    join(waits, before[index(from)]);
    for (unsigned pipe = 0; pipe < kPipes; ++pipe)
      if (accesses.count(Pipe(pipe), node.begin, flag.sequence->nodes.front().begin) == 0 &&
          (pipe == index(from) || waits[pipe] >= node.begin - 1))
        waits[pipe] = std::max(waits[pipe], flag.passed[pipe]);
  }
}

//===---------------------------------------------------------------------------===//
// One execution after the other
//===---------------------------------------------------------------------------===//

/// `inherited` is what the block around knows of its execution before, where this block runs at
/// most once in each.
void Planner::planRepeated(const Sequence &sequence, ArrayRef<unsigned> outerTurns,
                           const Carried *inherited) {
  if (sequence.nodes.empty())
    return;
  SmallVector<unsigned> turns(outerTurns);
  if (turns.empty())
    turns.push_back(kEveryTurn);
  Operation *around = sequence.nodes.front().op->getParentOp();
  for (unsigned turn = 1; turn < accesses.turns.size(); ++turn)
    if (accesses.turns[turn].loop == around)
      turns.push_back(turn);

  Visit once = visit(sequence, {}, [](const Node &, Knowledge &, const Knowledge &) {});
  Carried previous(turns.size(), once.atEnd);
  if (inherited)
    for (auto [mine, outer] : llvm::zip_first(previous, *inherited))
      join(mine, outer);
  std::vector<Carried> after;
  auto edge = once.edges.begin();
  for (auto [number, node] : llvm::enumerate(sequence.nodes)) {
    for (; edge != once.edges.end() && edge->wait == number; ++edge)
      for (auto [turn, knowledge] : llvm::enumerate(previous))
        join(knowledge[index(edge->to)], after[edge->set][turn][index(edge->from)]);
    if (node.isBarrier() || node.isUnbalanced() || isBarred(node))
      for (Knowledge &knowledge : previous)
        setAll(knowledge, kEverything);
    if (!node.isBarrier() && !node.isUnbalanced()) {
      returnFlags(sequence, number, turns, once, previous);
      exchangeFlags(sequence, number, turns, previous);
      for (auto &part : node.parts)
        planRepeated(*part, turns, isa<scf::IfOp>(node.op) ? &previous : nullptr);
    }
    after.push_back(previous);
  }
  for (const Edge &edge : once.edges) {
    unsigned turn = 0; // the first in which the flag has been awaited when it is set again
    while (after[edge.set][turn][index(edge.from)][index(edge.to)] <
           sequence.nodes[edge.wait].begin)
      ++turn;
    addFlag(sequence, edge.from, edge.to, edge.set, edge.wait, Flag::forward, turns[turn],
            once.after[edge.set][index(edge.from)]);
  }
}

/// Adds the flags that order what node `number` touches after the execution before.
void Planner::returnFlags(const Sequence &sequence, unsigned number, ArrayRef<unsigned> turns,
                          const Visit &once, Carried &previous) {
  std::vector<Needs> needs(turns.size(), Needs{});
  for (const Use &use : sequence.nodes[number].uses)
    findConflicts(use, once.recent, [&](Pipe pipe, const Mark &mark, unsigned turn) {
      bool isCollapsed = relaxation.collapsed.count({loop, pipe, use.pipe});
      unsigned mine = isCollapsed ? 0 : llvm::find(turns, turn) - turns.begin();
      Mark &need = needs[mine][index(use.pipe)][index(pipe)];
      if (mark.node > number && mark.position > need.position)
        need = mark;
    });
  auto after = [&](unsigned node, Pipe pipe) -> const Clock & {
    return once.after[node][index(pipe)];
  };
  for (unsigned turn = 0; turn < turns.size(); ++turn)
    for (unsigned to = 0; to < kPipes; ++to)
      for (Pipe from : selectLast(needs[turn][to], previous[turn][to], after)) {
        unsigned set = needs[turn][to][index(from)].node;
        addFlag(sequence, from, Pipe(to), set, number, Flag::returned, turns[turn],
                after(set, from));
        // What holds in every turn holds in each.
        for (unsigned other = turn; other < (turn ? turn + 1 : turns.size()); ++other)
          join(previous[other][to], after(set, from));
      }
}

/// The branches of a condition follow each other in any order, so that no flag set in one can be
/// awaited in the other: where nothing around orders them, their pipes meet before the condition.
void Planner::exchangeFlags(const Sequence &sequence, unsigned number, ArrayRef<unsigned> turns,
                            Carried &previous) {
  const Node &node = sequence.nodes[number];
  if (!isa<scf::IfOp>(node.op) || node.parts.size() < 2)
    return;
  Recent recent;
  for (const Node &inner : node.parts.front()->nodes)
    record(recent, inner, 0);
  std::set<std::pair<Pipe, Pipe>> pairs;
  for (const Node &inner : node.parts.back()->nodes)
    for (const Use &use : inner.uses)
      findConflicts(use, recent, [&](Pipe pipe, const Mark &mark, unsigned turn) {
        const Knowledge &known = previous[llvm::find(turns, turn) - turns.begin()];
        if (known[index(use.pipe)][index(pipe)] < mark.position ||
            known[index(pipe)][index(use.pipe)] < use.position)
          pairs.insert(std::minmax(pipe, use.pipe));
      });
  for (auto [one, other] : pairs) {
    for (auto [from, to] : {std::pair(one, other), std::pair(other, one)}) {
      Flag flag{from, to, &sequence, number, number, loop, Flag::exchanged};
      plan.flags.push_back(flag);
    }
    for (Knowledge &knowledge : previous)
      knowledge[index(one)][index(other)] = knowledge[index(other)][index(one)] = kEverything;
  }
}

void Planner::addFlag(const Sequence &sequence, Pipe from, Pipe to, unsigned set, unsigned wait,
                      Flag::Kind kind, unsigned turn, const Clock &passed) {
  const Node &first = sequence.nodes[set], &second = sequence.nodes[wait];
  Flag flag{from, to, &sequence, set, wait, loop, kind, turn};
  flag.begin = first.end;
  flag.end = second.begin;
  // What is known after a loop holds also if the loop did not run, and its waits were not reached.
  flag.released = second.parts.empty() ? second.begin : second.end + 1;
  flag.known = flag.passed = passed;
  plan.flags.push_back(flag);
}

FlagPlan tilework::core::planFlags(const Accesses &accesses, const Relaxation &relaxation) {
  return Planner(accesses, relaxation).run();
}
