//===- InsertFlagsGuards.cpp - forward flags that take turns with events ----------===//
//
// A loop with many branches may have flags in each. Nothing says that a flag in one branch has been
// awaited when another is set, so that each needs its event. A guard says so: one flag the other
// way, which is passed on from branch to branch. The branch that is reached next takes it before it
// sets its flags, and passes it on when they have been awaited.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Core/InsertFlagsPlanner.h"

using namespace mlir;
using namespace tilework::core;

namespace {
/// Flags of a block that are set while others of them are.
struct Span {
  const Sequence *sequence;
  unsigned set, wait; ///< nodes: of the first set and the last wait
  unsigned level = 1;
  SmallVector<unsigned, 2> flags;

  bool contains(const Span &other) const {
    return sequence->nodes[set].end < other.sequence->nodes[other.set].end &&
           other.sequence->nodes[other.wait].begin < sequence->nodes[wait].begin;
  }
};
} // namespace

/// In the order of the plan: the spans of inner blocks come before those around them.
static std::vector<Span> findSpans(ArrayRef<Flag> flags, unsigned first, Pipe from, Pipe to) {
  DenseMap<const Sequence *, unsigned> blocks;
  std::vector<SmallVector<unsigned, 2>> ofBlocks;
  for (unsigned flag = first; flag < flags.size(); ++flag) {
    const Flag &it = flags[flag];
    if (it.kind != Flag::forward || it.from != from || it.to != to)
      continue;
    auto [block, isNew] = blocks.try_emplace(it.sequence, ofBlocks.size());
    if (isNew)
      ofBlocks.emplace_back();
    ofBlocks[block->second].push_back(flag);
  }
  std::vector<Span> spans;
  for (auto &ofBlock : ofBlocks) {
    llvm::stable_sort(ofBlock, [&](unsigned a, unsigned b) { return flags[a].set < flags[b].set; });
    for (auto [position, flag] : llvm::enumerate(ofBlock)) {
      const Flag &it = flags[flag];
      if (position == 0 || it.set >= spans.back().wait)
        spans.push_back({it.sequence, it.set, it.wait});
      spans.back().wait = std::max(spans.back().wait, it.wait);
      spans.back().flags.push_back(flag);
    }
  }
  return spans;
}

/// Spans within spans have guards of another level: a guard that is taken cannot be taken again.
void Planner::guardFlags(size_t first) {
  for (unsigned pair = 0; pair < kPipes * kPipes; ++pair) {
    auto from = Pipe(pair / kPipes), to = Pipe(pair % kPipes);
    if (!relaxation.isGuarded(loop, from, to))
      continue;
    std::vector<Span> spans = findSpans(plan.flags, first, from, to);
    for (auto [number, span] : llvm::enumerate(spans)) {
      for (const Span &inner : ArrayRef(spans).take_front(number))
        if (span.contains(inner))
          span.level = std::max(span.level, inner.level + 1);
      for (unsigned flag : span.flags) {
        plan.flags[flag].turn = kEveryTurn;
        plan.flags[flag].level = span.level;
        plan.flags[flag].span = number;
      }
      Flag guard{to, from, span.sequence, span.wait, span.set, loop, Flag::guard};
      guard.level = span.level;
      plan.flags.push_back(guard);
    }
  }
}
