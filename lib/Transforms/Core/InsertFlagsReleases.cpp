//===- InsertFlagsReleases.cpp - events that serve again, for a flag the other way --===//

#include "lib/Transforms/Core/InsertFlagsEvents.h"

using namespace tilework::core;

/// Lets the pipe that sets `flag` await half of the flags of its block that have been awaited by
/// then: enough events for some time, and no more haste than half of them allow.
bool PairAllocator::releaseInLoop(Flag &flag) {
  if (!flag.loop || flag.kind != Flag::forward || flag.turn)
    return false;
  std::vector<const Flag *> over;
  for (const Event &event : events)
    if (const Flag *last = event.last; last && last->kind == Flag::forward && !last->turn &&
                                       last->loop == flag.loop && last->sequence == flag.sequence &&
                                       last->wait < flag.set)
      over.push_back(last);
  if (over.empty())
    return false;
  llvm::stable_sort(over, [](const Flag *a, const Flag *b) { return a->wait < b->wait; });
  const Flag *chosen = over[(over.size() - 1) / 2];
  Released &mine = released[flag.sequence];
  mine.here = std::max(mine.here, chosen->waitNode().end);
  requests.push_back({&flag, flag.setNode().op, {flag.from, flag.to, chosen->wait, false}});
  if (!mine.isOverBefore) {
    mine.isOverBefore = true;
    unsigned first = flag.set, last = flag.wait;
    for (const Flag *it : flags)
      if (it->kind == Flag::forward && it->sequence == flag.sequence)
        first = std::min(first, it->set), last = std::max(last, it->wait);
    requests.push_back({&flag, flag.sequence->nodes[first].op, {flag.from, flag.to, last, true}});
  }
  return take(flag) || share(flag);
}

/// The last node that begins at `position` or before it.
static unsigned findNode(const Sequence &sequence, int position) {
  auto behind =
      llvm::partition_point(sequence.nodes, [&](const Node &it) { return it.begin <= position; });
  return behind - sequence.nodes.begin() - 1;
}

/// The innermost block outside loops in which a node can await the wait of `last`, which stands in
/// or before another node, before `flag` is first set. A loop is lent its flags before it awaits
/// anything, so that the node before it has to.
std::optional<PairAllocator::Meeting> PairAllocator::meet(const Flag &last,
                                                          const Flag &flag) const {
  int first = flag.loop ? flag.begin : flag.setNode().begin;
  std::optional<Meeting> found;
  for (const Sequence *block = &accesses.program; block;) {
    unsigned at = findNode(*block, first);
    const Node &inner = block->nodes[at];
    auto wait =
        llvm::partition_point(block->nodes, [&](const Node &it) { return it.end < last.released; });
    unsigned over = wait - block->nodes.begin();
    if (unsigned node = at - (inner.op == flag.loop); at > 0 && over < node)
      found = Meeting{block, over, node};
    block = nullptr;
    for (auto &part : inner.parts)
      if (inner.isBranch() && !part->nodes.empty() && part->nodes.front().begin <= first &&
          first <= part->nodes.back().end)
        block = part.get();
  }
  return found;
}

/// Lets the pipe that sets `flag` await the earlier half of the flags that have been awaited by
/// then, or more of them where that is not enough.
bool PairAllocator::releaseBefore(Flag &flag) {
  std::vector<Meeting> over;
  for (const Event &event : events)
    if (event.last && event.end <= flag.begin)
      if (auto meeting = meet(*event.last, flag))
        over.push_back(*meeting);
  auto getEnd = [](const Meeting &it) { return it.sequence->nodes[it.wait].end; };
  llvm::stable_sort(over,
                    [&](const Meeting &a, const Meeting &b) { return getEnd(a) < getEnd(b); });
  for (size_t next = over.empty() ? 0 : (over.size() - 1) / 2; next < over.size(); ++next) {
    const Meeting &it = over[next];
    known.push_back({it.sequence, it.node, getEnd(it)});
    if (take(flag)) {
      mlir::Operation *node = it.sequence->nodes[it.node].op;
      requests.push_back({&flag, node, {flag.from, flag.to, it.wait, false}});
      return true;
    }
    known.pop_back();
  }
  return false;
}

/// Up to where the pipe that sets `flag` knows the waits to be over when it is first set, thanks to
/// what it has been made to await.
int PairAllocator::knownWhenSet(const Flag &flag) const {
  int position = 0;
  for (const Known &it : known) {
    int from = it.sequence->nodes[it.node].begin;
    bool isBehind = flag.loop ? from < flag.begin : from <= flag.begin;
    if (isBehind && flag.begin <= it.sequence->nodes.back().end)
      position = std::max(position, it.position);
  }
  return position;
}
