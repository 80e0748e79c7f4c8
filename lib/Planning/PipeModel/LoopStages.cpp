//===- LoopStages.cpp - which parts of an iteration are put off ----------------*- C++ -*-===//

#include "LoopStages.h"

#include <algorithm>
#include <numeric>

using namespace tilework::pipes;

int32_t StageChoice::last() const {
  return stages.empty() ? 0 : *std::max_element(stages.begin(), stages.end());
}

/// Puts a node off by one stage, and with it what may not stand before it.
static std::vector<int32_t> putOff(const StageProblem &problem, std::vector<int32_t> stages,
                                   int32_t node) {
  ++stages[node];
  for (bool changed = true; changed;) {
    changed = false;
    for (const Order &order : problem.orders)
      if (stages[order.after] < stages[order.before])
        stages[order.after] = stages[order.before], changed = true;
  }
  return stages;
}

/// The loop with its nodes in order of their stages, and the copies between them at its end.
static int64_t estimate(const StageProblem &problem, const StageChoice &choice) {
  const std::vector<int32_t> &stages = choice.stages;
  Program program = problem.program;
  const Node &loop = problem.program.nodes.front();
  std::vector<int32_t> order(loop.body.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int32_t a, int32_t b) { return stages[a] < stages[b]; });
  std::vector<Node> &body = program.nodes.front().body;
  body.clear();
  for (int32_t node : order) {
    body.push_back(loop.body[node]);
    body.back().delay = stages[node];
  }
  for (const Handover &handover : problem.handovers) {
    int32_t latest = stages[handover.maker];
    for (int32_t user : handover.users)
      latest = std::max(latest, stages[user]);
    for (int32_t stage = stages[handover.maker]; stage < latest; ++stage) {
      Node copy;
      copy.instruction = handover.copy;
      copy.delay = stage;
      body.push_back(copy);
    }
  }
  for (const Handoff &handoff : problem.handoffs) {
    Buffer &channel = program.buffers[handoff.buffer];
    channel.slots = countSlots(choice, handoff, channel.slots);
  }
  return estimateLoop(program, program.nodes.front());
}

StageChoice tilework::pipes::chooseStages(const StageProblem &problem,
                                          const StageOptions &options) {
  StageChoice best;
  best.stages.resize(problem.program.nodes.front().body.size());
  best.cyclesBefore = best.cyclesAfter = estimate(problem, best);
  for (bool improves = true; improves;) {
    improves = false;
    StageChoice next = best;
    for (int32_t wait : problem.waits) {
      StageChoice candidate = best;
      candidate.stages = putOff(problem, best.stages, wait);
      if (candidate.last() >= options.mostStages)
        continue;
      candidate.cyclesAfter = estimate(problem, candidate);
      // Of two as good as each other the one that puts off less.
      auto rank = [](const StageChoice &choice) {
        return std::pair(choice.cyclesAfter,
                         std::accumulate(choice.stages.begin(), choice.stages.end(), 0));
      };
      if (candidate.cyclesAfter < best.cyclesAfter &&
          (next.cyclesAfter == best.cyclesAfter || rank(candidate) < rank(next)))
        next = candidate;
    }
    if (static_cast<double>(next.cyclesAfter) <=
        (1 - options.worthwhile) * static_cast<double>(best.cyclesAfter))
      best = next, improves = true;
  }
  return best;
}
