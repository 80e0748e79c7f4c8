//===- InsertFlagsRepeats.cpp - flags from one execution of a block to the next --===//

#include "lib/Transforms/Core/InsertFlagsPlanner.h"

using namespace mlir;
using namespace tilework::core;

/// What holds in every turn holds in each.
static void learn(Carried &previous, unsigned turn, Pipe pipe, const Clock &clock) {
  for (unsigned other = turn; other < (turn ? turn + 1 : previous.size()); ++other)
    join(previous[other][index(pipe)], clock);
}

/// The first turn in which pipe `from` knows, after node `node`, that `to` has awaited `position`.
static std::optional<unsigned> findTurn(const Carried &previous, Pipe from, Pipe to, int position) {
  for (auto [turn, known] : llvm::enumerate(previous))
    if (known[index(from)][index(to)] >= position)
      return turn;
  return std::nullopt;
}

/// `inherited` is what the block around knows of its execution before, where this block runs at
/// most once in each.
void Planner::planRepeated(Sequence &sequence, Turns outerTurns, const Carried *inherited) {
  if (sequence.nodes.empty())
    return;
  SmallVector<unsigned> turns(outerTurns);
  if (turns.empty())
    turns.push_back(kEveryTurn);
  Operation *around = sequence.nodes.front().op->getParentOp();
  for (unsigned turn = 1; turn < accesses.turns.size(); ++turn)
    if (accesses.turns[turn].loop == around)
      turns.push_back(turn);

  Visit &once = visits[&sequence];
  once.leaving.assign(sequence.nodes.size(), {});
  for (const Edge &edge : once.edges)
    once.leaving[edge.set].push_back(edge);
  Carried previous(turns.size(), once.atEnd);
  if (inherited)
    for (auto [mine, outer] : llvm::zip_first(previous, *inherited))
      join(mine, outer);
  std::vector<Carried> after;
  size_t edge = 0;
  for (auto [number, node] : llvm::enumerate(sequence.nodes)) {
    for (; edge < once.edges.size() && once.edges[edge].wait == number; ++edge) {
      const Edge &it = once.edges[edge];
      for (auto [turn, known] : llvm::enumerate(previous))
        join(known[index(it.to)], after[it.set][turn][index(it.from)]);
    }
    if (isBarred(node))
      placeBarrier(node);
    if (node.isBarrier() || isBarred(node))
      for (Knowledge &known : previous)
        setAll(known, kEverything);
    returnFlags(sequence, number, turns, once, previous);
    exchangeFlags(sequence, number, turns, previous);
    for (auto &part : node.parts)
      planRepeated(*part, turns, node.isBranch() ? &previous : nullptr);
    after.push_back(previous);
  }
  for (const Edge &it : once.edges) {
    int awaited = sequence.nodes[it.wait].begin;
    unsigned turn = *findTurn(after[it.set], it.from, it.to, awaited);
    addFlag(sequence, it, Flag::forward, turns[turn], once);
    plan.flags.back().knownHere = once.after[it.set][index(it.from)];
    plan.flags.back().knownBefore = after[it.set][0][index(it.from)];
  }
}

/// Adds the flags that order what node `number` touches after the execution before, and those that
/// keep flags set after it from being set twice.
void Planner::returnFlags(const Sequence &sequence, unsigned number, Turns turns, Visit &once,
                          Carried &previous) {
  std::vector<Needs> needs(turns.size(), Needs{});
  for (const Use &use : sequence.nodes[number].uses)
    findConflicts(use, once.recent, [&](Pipe pipe, const Mark &mark, unsigned turn) {
      if (turn == kNoOtherTurn)
        return;
      bool isCollapsed = relaxation.collapsed.count({loop, pipe, use.pipe});
      unsigned mine = isCollapsed ? 0 : llvm::find(turns, turn) - turns.begin();
      Mark &need = needs[mine][index(use.pipe)][index(pipe)];
      if (mark.node > number && mark.position > need.position)
        need = mark;
    });
  for (const Release &it : relaxation.releases.lookup(sequence.nodes[number].op)) {
    Mark &need = needs[0][index(it.from)][index(it.to)];
    if (int position = sequence.nodes[it.wait].end; it.isBefore && position > need.position)
      need = {position, it.wait};
  }
  for (unsigned turn = 0; turn < turns.size(); ++turn)
    for (unsigned to = 0; to < kPipes; ++to)
      for (Pipe from : selectLast(needs[turn][to], previous[turn][to], once)) {
        unsigned set = needs[turn][to][index(from)].node;
        addReturned(sequence, {from, Pipe(to), set, number}, turns, turn, once, previous);
      }
  for (size_t position = 0; position < once.leaving[number].size(); ++position) {
    Edge edge = once.leaving[number][position];
    if (!findTurn(previous, edge.from, edge.to, sequence.nodes[edge.wait].begin))
      addReturned(sequence, {edge.to, edge.from, edge.wait, number}, turns, 0, once, previous);
  }
}

/// A flag is set again only when it has been awaited: where that is known of control flow only if
/// it runs, a flag in the other direction says so.
void Planner::addReturned(const Sequence &sequence, const Edge &edge, Turns turns, unsigned turn,
                          Visit &once, Carried &previous) {
  addFlag(sequence, edge, Flag::returned, turns[turn], once);
  learn(previous, turn, edge.to, once.after[edge.set][index(edge.from)]);
  Edge back{edge.to, edge.from, edge.wait, edge.set};
  int awaited = sequence.nodes[edge.wait].begin;
  if (once.after[edge.set][index(edge.from)][index(edge.to)] >= awaited)
    return;
  auto behind = llvm::upper_bound(once.edges, back.wait,
                                  [](unsigned wait, const Edge &it) { return wait < it.wait; });
  once.edges.insert(behind, back);
  once.leaving[back.set].push_back(back);
  for (size_t node = edge.set; node < once.after.size(); ++node)
    join(once.after[node][index(edge.from)], once.after[edge.wait][index(edge.to)]);
}

/// The branches of a condition follow each other in any order, so that no flag set in one can be
/// awaited in the other: where nothing around orders them, their pipes meet before the condition.
void Planner::exchangeFlags(const Sequence &sequence, unsigned number, Turns turns,
                            Carried &previous) {
  const Node &node = sequence.nodes[number];
  if (!node.isBranch() || node.parts.size() < 2)
    return;
  DenseMap<unsigned, SmallVector<Use>> uses;
  for (const Use &use : leave(*node.parts.front()))
    uses[use.location].push_back(use);
  std::set<std::pair<Pipe, Pipe>> pairs;
  auto isUnordered = [&](const Use &first, const Use &second, const Knowledge &known) {
    return second.unawaited[index(first.pipe)] &&
           first.unknown[index(second.pipe)] > known[index(second.pipe)][index(first.pipe)];
  };
  for (const Use &second : leave(*node.parts.back()))
    for (auto overlap : accesses.overlapping(second.location))
      for (const Use &first : uses.lookup(overlap.location)) {
        if (overlap.turn == kNoOtherTurn)
          continue;
        const Knowledge &known = previous[llvm::find(turns, overlap.turn) - turns.begin()];
        if (first.pipe != second.pipe && (first.isWrite || second.isWrite) &&
            (isUnordered(first, second, known) || isUnordered(second, first, known)))
          pairs.insert(std::minmax(first.pipe, second.pipe));
      }
  for (auto [one, other] : pairs) {
    for (auto [from, to] : {std::pair(one, other), std::pair(other, one)})
      plan.flags.push_back({from, to, &sequence, number, number, loop, Flag::exchanged});
    for (Knowledge &known : previous)
      known[index(one)][index(other)] = known[index(other)][index(one)] = kEverything;
  }
}
