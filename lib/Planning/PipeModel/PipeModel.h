//===- PipeModel.h - how long in-order queues take for a program ------------*- C++ -*-===//
//
// A program is a list of instructions and loops. Each instruction goes to one queue. Queues are in
// order; an instruction starts when its queue is free and when the instructions of other queues
// are done with the buffers it touches, as flags would see to. It is an estimate to compare plans
// by: every unit is alone on the device, and bounds that are not known are assumed.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_PLANNING_PIPEMODEL_PIPEMODEL_H
#define TILEWORK_PLANNING_PIPEMODEL_PIPEMODEL_H

#include <cstdint>
#include <vector>

namespace tilework::pipes {

struct Access {
  int32_t buffer;
  bool writes;
};

/// Holds its queue for `holdCycles`; other queues see what it does `latencyCycles` later.
struct Instruction {
  int32_t queue = 0;
  int64_t holdCycles = 0, latencyCycles = 0;
  std::vector<Access> accesses;
};

/// An instruction, or a loop around some nodes.
struct Node {
  Instruction instruction;
  std::vector<Node> body;
  int64_t trips = 0; ///< of a loop
  int32_t loop = -1; ///< its number, or -1 for an instruction
  int64_t delay = 0; ///< of a node of a loop: it is carried out so many iterations later
  bool isLoop() const { return loop >= 0; }
};

/// Iterations of `loop` take its slots in turn.
struct Buffer {
  int32_t loop = -1;
  int64_t slots = 1;
};

struct Program {
  std::vector<Node> nodes;
  std::vector<Buffer> buffers;
  int32_t queues = 0;
  int64_t flagCycles = 0; ///< from the end of an instruction to the start of another queue's
};

/// How often a loop is looked at: enough for its queues to fall into step.
constexpr int64_t kOuterTrips = 12, kInnerTrips = 6;

/// Cycles until all queues have ended one execution of `loop`, a node of `program`; of its trips
/// at most `kOuterTrips` are counted, of those of loops within it `kInnerTrips`.
int64_t estimateLoop(const Program &program, const Node &loop);

/// Instructions that `estimateLoop` looks at.
int64_t countSteps(const Node &loop);

} // namespace tilework::pipes

#endif // TILEWORK_PLANNING_PIPEMODEL_PIPEMODEL_H
