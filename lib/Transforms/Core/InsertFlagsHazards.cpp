//===- InsertFlagsHazards.cpp - flags within one execution of a block ------------===//

#include "lib/Transforms/Core/InsertFlagsPlanner.h"

using namespace mlir;
using namespace tilework::core;

//===---------------------------------------------------------------------------===//
// One execution
//===---------------------------------------------------------------------------===//

SmallVector<Pipe> tilework::core::selectLast(const std::array<Mark, kPipes> &needs,
                                             const Clock &known, const Visit &visit) {
  auto isNeeded = [&](unsigned pipe) { return needs[pipe].position > known[pipe]; };
  SmallVector<Pipe> selected;
  for (unsigned pipe = 0; pipe < kPipes; ++pipe) {
    bool isImplied = false;
    for (unsigned other = 0; other < kPipes && isNeeded(pipe); ++other)
      isImplied |= other != pipe && isNeeded(other) &&
                   visit.after[needs[other].node][other][pipe] >= needs[pipe].position;
    if (isNeeded(pipe) && !isImplied)
      selected.push_back(Pipe(pipe));
  }
  return selected;
}

/// Visits one node; gives what is known when it begins.
Knowledge Planner::step(const Sequence &sequence, unsigned number, Visit &visit,
                        Knowledge &known) const {
  const Node &node = sequence.nodes[number];
  if (isBarred(node))
    setAll(known, node.begin - 1);
  Needs needs = {};
  for (const Use &use : node.uses)
    findConflicts(use, visit.recent, [&](Pipe pipe, const Mark &mark, unsigned) {
      Mark &need = needs[index(use.pipe)][index(pipe)];
      need = mark.position > need.position ? mark : need;
    });
  for (const Release &it : relaxation.releases.lookup(node.op)) {
    Mark &need = needs[index(it.from)][index(it.to)];
    if (int position = sequence.nodes[it.wait].end; !it.isBefore && position > need.position)
      need = {position, it.wait};
  }
  if (node.isBarrier())
    setAll(known, node.end);
  Knowledge waiting = known;
  for (unsigned to = 0; to < kPipes; ++to)
    for (Pipe from : selectLast(needs[to], known[to], visit)) {
      unsigned set = needs[to][index(from)].node;
      join(waiting[to], visit.after[set][index(from)]);
      visit.edges.push_back({from, Pipe(to), set, number});
    }
  for (const Release &it : relaxation.releases.lookup(node.op))
    if (int &position = waiting[index(it.from)][index(it.to)]; !it.isBefore)
      position = std::max(position, sequence.nodes[it.wait].end);
  known = waiting;
  for (const Use &use : node.uses)
    known[index(use.pipe)][index(use.pipe)] = node.end;
  visit.after.push_back(known);
  return waiting;
}

static void record(Recent &recent, const Node &node, unsigned number) {
  for (const Use &use : node.uses)
    for (unsigned pipe = 0; pipe < kPipes; ++pipe)
      if (use.unknown[pipe])
        recent[use.location][pipe][index(use.pipe)][use.isWrite] = {use.unknown[pipe], number};
}

/// Visits all blocks, the inner ones first.
void Planner::survey(Sequence &sequence) {
  Visit &visit = visits[&sequence];
  for (auto [number, node] : llvm::enumerate(sequence.nodes)) {
    for (auto &part : node.parts)
      survey(*part);
    for (Use &use : node.uses) // an earlier plan may have left its own
      use.unawaited.set().reset(index(use.pipe));
    summarize(node);
    step(sequence, number, visit, visit.atEnd);
    record(visit.recent, node, number);
  }
}

/// A block outside loops. A loop is planned before the instructions that wait for it.
void Planner::planOnce(Sequence &sequence, Knowledge known) {
  Visit once;
  for (auto [number, node] : llvm::enumerate(sequence.nodes)) {
    if (isBarred(node)) {
      placeBarrier(node);
      setAll(known, node.begin - 1);
    }
    Knowledge before = known;
    size_t first = plan.flags.size();
    if (node.isLoop())
      planOutermostLoop(node, before);
    Knowledge inside = step(sequence, number, once, known);
    for (auto &part : node.parts)
      if (node.isBranch())
        planOnce(*part, inside);
    if (!node.isLoop())
      summarize(node);
    for (const Flag &flag : llvm::drop_begin(plan.flags, first))
      if (node.isLoop() && flag.loop == node.op && flag.isLent())
        join(known[index(flag.to)], before[index(flag.from)]);
    record(once.recent, node, number);
  }
  once.atEnd = known;
  for (const Edge &edge : once.edges)
    addFlag(sequence, edge, Flag::forward, kEveryTurn, once);
  visits[&sequence] = std::move(once);
}

void Planner::planOutermostLoop(Node &node, const Knowledge &before) {
  size_t first = plan.flags.size();
  loop = node.op;
  for (auto &part : node.parts)
    planRepeated(*part, {}, nullptr);
  guardFlags(first);
  loop = nullptr;
  for (Flag &flag : llvm::drop_begin(plan.flags, first)) {
    if (flag.loop != node.op)
      continue;
    flag.begin = node.begin;
    flag.end = node.end;
    flag.known = before[index(flag.from)];
    flag.released = node.end + 1;
    if (flag.kind == Flag::returned && !flag.isSpentAtEnd())
      join(takenBack[flag.sequence][index(flag.to)],
           visits[flag.sequence].after[flag.set][index(flag.from)]);
  }
  returned.clear();
  for (const Flag &flag : llvm::drop_begin(plan.flags, first))
    if (flag.kind == Flag::returned)
      returned[{flag.sequence, flag.wait}].push_back({flag.from, flag.to});
  summarizeOutermost(node, {});
}

void Planner::addFlag(const Sequence &sequence, const Edge &edge, Flag::Kind kind, unsigned turn,
                      const Visit &once) {
  Flag flag{edge.from, edge.to, &sequence, edge.set, edge.wait, loop, kind, turn};
  flag.begin = flag.setNode().end;
  flag.end = flag.released = flag.waitNode().begin;
  flag.known = once.after[edge.set][index(edge.from)];
  plan.flags.push_back(flag);
}

//===---------------------------------------------------------------------------===//
// Summaries
//===---------------------------------------------------------------------------===//

/// The uses of a block, as they look from outside.
std::vector<Use> Planner::leave(const Sequence &part) const {
  const Visit &visit = visits.at(&part);
  Knowledge atEnd = visit.atEnd;
  if (auto known = takenBack.find(&part); known != takenBack.end())
    join(atEnd, known->second);
  std::vector<Use> uses;
  for (auto [number, node] : llvm::enumerate(part.nodes))
    for (Use use : node.uses) {
      unsigned own = index(use.pipe);
      for (unsigned pipe = 0; pipe < kPipes; ++pipe) {
        if (use.unknown[pipe] <= atEnd[pipe][own])
          use.unknown[pipe] = 0;
        // A flag set within the block comes after everything before it.
        if (visit.after[number][own][pipe] >= part.nodes.front().begin)
          use.unawaited.reset(pipe);
      }
      uses.push_back(use);
    }
  return uses;
}

void Planner::summarize(Node &node) const {
  if (node.parts.empty())
    return;
  node.uses.clear();
  DenseMap<std::tuple<unsigned, unsigned, unsigned>, unsigned> known;
  for (auto &part : node.parts)
    for (const Use &use : leave(*part)) {
      auto key = std::tuple(use.location, index(use.pipe), unsigned(use.isWrite));
      auto [it, isNew] = known.try_emplace(key, node.uses.size());
      if (isNew) {
        node.uses.push_back(use);
        continue;
      }
      join(node.uses[it->second].unknown, use.unknown);
      node.uses[it->second].unawaited |= use.unawaited;
    }
}

/// Once more when the flags of the outermost loop are known: before the loop they are set after
/// everything earlier, and after it they are taken back.
void Planner::summarizeOutermost(Node &node, const Awaited &outer) {
  for (auto &part : node.parts) {
    Awaited awaited = outer;
    for (auto [number, inner] : llvm::enumerate(part->nodes)) {
      for (auto [from, to] : returned.lookup({part.get(), unsigned(number)}))
        awaited[index(to)].set(index(from));
      summarizeOutermost(inner, awaited);
      for (Use &use : inner.uses)
        use.unawaited &= ~awaited[index(use.pipe)];
    }
  }
  summarize(node);
}

FlagPlan Planner::run() {
  survey(accesses.program);
  planOnce(accesses.program, {});
  return std::move(plan);
}

FlagPlan tilework::core::planFlags(Accesses &accesses, const Relaxation &relaxation) {
  return Planner(accesses, relaxation).run();
}
