//===- LoopStages.h - which parts of an iteration are put off ------------------*- C++ -*-===//
//
// Two units hand tiles to and fro within an iteration, so that each waits for the other. A modulo
// schedule has a unit go on with the next iteration meanwhile: what follows the wait gets a later
// stage number and is carried out so many iterations later. Here a stage number is found for each
// node of a body, by putting off one wait after the other with all that depends on it.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_PLANNING_PIPEMODEL_LOOPSTAGES_H
#define TILEWORK_PLANNING_PIPEMODEL_LOOPSTAGES_H

#include "PipeModel.h"

namespace tilework::pipes {

/// `after` stands in no earlier stage than `before`; both are nodes of the body.
struct Order {
  int32_t before, after;
};

/// A channel: what one node pushes another pops.
struct Handoff {
  int32_t buffer; ///< of the program: its slots
  int32_t push, pop;
};

/// A tile that has to be copied once per stage between the node that makes it and the last that
/// uses it: the next iteration overwrites it.
struct Handover {
  int32_t maker;
  std::vector<int32_t> users;
  Instruction copy;
};

/// `program.nodes` is the loop alone.
struct StageProblem {
  Program program;
  std::vector<Order> orders;
  std::vector<int32_t> waits; ///< nodes in which a unit waits for the other
  std::vector<Handoff> handoffs;
  std::vector<Handover> handovers;
};

struct StageChoice {
  std::vector<int32_t> stages; ///< of each node of the body
  int64_t cyclesBefore = 0, cyclesAfter = 0;
  int32_t last() const;
};

struct StageOptions {
  int32_t mostStages = 3;
  double worthwhile = 0.02; ///< of the loop's time
};

StageChoice chooseStages(const StageProblem &problem, const StageOptions &options = {});

/// Slots that a channel needs for its tiles to wait so many stages.
inline int64_t countSlots(const StageChoice &choice, const Handoff &handoff, int64_t atLeast) {
  int64_t slots = choice.stages[handoff.pop] - choice.stages[handoff.push] + 1;
  return slots < atLeast ? atLeast : slots;
}

} // namespace tilework::pipes

#endif // TILEWORK_PLANNING_PIPEMODEL_LOOPSTAGES_H
