//===- InsertFlagsPlanner.h - how hazards are found ------------------*- C++ -*-===//
//
// Within one execution of a block, its nodes are visited in order with a clock per pipe: what each
// pipe knows to have ended. A hazard that the clocks do not cover needs a flag. As all other ways
// from the earlier to the later instruction lie between them, no such flag is implied by others.
//
// A block in a loop is executed again: a second visit looks at the hazards from the execution
// before, with clocks of that execution. For slots taken in turn, "before" is the last execution
// that used the same slot, hence one set of clocks per turn.
//
// Control flow within a block is one node: what it waits for is awaited before it, and what waits
// for it waits until it is over. It may not run, so clocks learn nothing inside it; but its uses
// tell which pipes have awaited each other there.
//
//===---------------------------------------------------------------------------===//

#ifndef TILEWORK_TRANSFORMS_CORE_INSERTFLAGSPLANNER_H
#define TILEWORK_TRANSFORMS_CORE_INSERTFLAGSPLANNER_H

#include "lib/Transforms/Core/InsertFlags.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallVector.h"

#include <limits>

namespace tilework::core {

using Knowledge = std::array<Clock, kPipes>; ///< of each pipe
using Carried = std::vector<Knowledge>;      ///< one for each turn that counts in a block
using Turns = llvm::ArrayRef<unsigned>;      ///< those turns

constexpr int kEverything = std::numeric_limits<int>::max();

inline void join(Clock &clock, const Clock &other) {
  for (unsigned pipe = 0; pipe < kPipes; ++pipe)
    clock[pipe] = std::max(clock[pipe], other[pipe]);
}

inline void join(Knowledge &knowledge, const Knowledge &other) {
  for (unsigned pipe = 0; pipe < kPipes; ++pipe)
    join(knowledge[pipe], other[pipe]);
}

inline void setAll(Knowledge &knowledge, int position) {
  for (Clock &clock : knowledge)
    clock.fill(position);
}

/// The last place of something in a block.
struct Mark {
  int position = 0;
  unsigned node = 0;
};
using Marks = std::array<std::array<Mark, 2>, kPipes>; ///< last read and last write of each pipe
using Recent = llvm::DenseMap<unsigned, std::array<Marks, kPipes>>; ///< by location, to each pipe

/// The last instruction of each pipe that a node's instructions of a pipe have to wait for.
using Needs = std::array<std::array<Mark, kPipes>, kPipes>;

/// A flag between two nodes of a block.
struct Edge {
  Pipe from, to;
  unsigned set, wait;
};

/// What is known in one execution of a block.
struct Visit {
  std::vector<Knowledge> after;                    ///< of each node
  std::vector<Edge> edges;                         ///< ordered by their waits
  std::vector<llvm::SmallVector<Edge, 2>> leaving; ///< the same by their sets, of a repeated block
  Recent recent;
  Knowledge atEnd = {};
};

class Planner {
public:
  Planner(Accesses &accesses, const Relaxation &relaxation)
      : accesses(accesses), relaxation(relaxation) {}
  FlagPlan run();

private:
  // One execution.
  void survey(Sequence &sequence);
  Knowledge step(const Sequence &sequence, unsigned number, Visit &visit, Knowledge &known) const;
  void planOnce(Sequence &sequence, Knowledge known);
  void planOutermostLoop(Node &loop, const Knowledge &before);

  // What nodes with parts use.
  std::vector<Use> leave(const Sequence &part) const;
  void summarize(Node &node) const;
  using Awaited = std::array<std::bitset<kPipes>, kPipes>;
  void summarizeOutermost(Node &node, const Awaited &awaited);

  // One execution after the other.
  void planRepeated(Sequence &sequence, Turns outerTurns, const Carried *inherited);
  void returnFlags(const Sequence &sequence, unsigned number, Turns turns, Visit &once,
                   Carried &previous);
  void addReturned(const Sequence &sequence, const Edge &edge, Turns turns, unsigned turn,
                   Visit &once, Carried &previous);
  void exchangeFlags(const Sequence &sequence, unsigned number, Turns turns, Carried &previous);

  // For the sake of events.
  void guardFlags(size_t first);
  void placeBarrier(const Node &node) {
    auto [from, to] = relaxation.barriersBefore.lookup(node.op);
    plan.barriers.push_back({node.op, from, to});
  }

  template <typename Report>
  void findConflicts(const Use &use, const Recent &recent, Report report) const;
  void addFlag(const Sequence &sequence, const Edge &edge, Flag::Kind kind, unsigned turn,
               const Visit &once);
  bool isBarred(const Node &node) const { return relaxation.barriersBefore.count(node.op); }

  Accesses &accesses;
  const Relaxation &relaxation;
  FlagPlan plan;
  mlir::Operation *loop = nullptr; ///< the outermost loop around
  std::map<const Sequence *, Visit> visits;
  llvm::DenseMap<std::pair<const Sequence *, unsigned>, llvm::SmallVector<std::pair<Pipe, Pipe>, 1>>
      returned; ///< pipes of the outermost loop's returned flags, by where they are awaited
  std::map<const Sequence *, Knowledge> takenBack; ///< known when the outermost loop is over
};

/// Reports the marks of other pipes that conflict with `use`, and in which turn.
template <typename Report>
void Planner::findConflicts(const Use &use, const Recent &recent, Report report) const {
  for (Accesses::Overlap overlap : accesses.overlapping(use.location)) {
    auto marks = recent.find(overlap.location);
    if (marks == recent.end())
      continue;
    for (unsigned pipe = 0; pipe < kPipes; ++pipe)
      for (bool isWrite : {false, true})
        if (const Mark &mark = marks->second[index(use.pipe)][pipe][isWrite];
            use.unawaited[pipe] && mark.position && (isWrite || use.isWrite))
          report(Pipe(pipe), mark, overlap.turn);
  }
}

/// Of several instructions to wait for, those that no other of them implies.
llvm::SmallVector<Pipe> selectLast(const std::array<Mark, kPipes> &needs, const Clock &known,
                                   const Visit &visit);

} // namespace tilework::core

#endif // TILEWORK_TRANSFORMS_CORE_INSERTFLAGSPLANNER_H
