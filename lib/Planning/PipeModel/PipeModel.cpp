//===- PipeModel.cpp - how long in-order queues take for a program ----------*- C++ -*-===//

#include "PipeModel.h"

#include <algorithm>

using namespace tilework::pipes;

namespace {

/// Until when each queue reads and writes one slot.
struct Slot {
  std::vector<int64_t> readUntil, writtenUntil;
};

class Estimate {
public:
  explicit Estimate(const Program &program) : program(program), freeAt(program.queues) {
    for (const Buffer &buffer : program.buffers)
      slots.emplace_back(buffer.slots, Slot{std::vector<int64_t>(program.queues),
                                            std::vector<int64_t>(program.queues)});
  }

  void runLoop(const Node &loop, int64_t mostTrips) {
    if (turns.size() <= size_t(loop.loop))
      turns.resize(loop.loop + 1);
    int64_t trips = std::min(loop.trips, mostTrips), longest = 0;
    for (const Node &node : loop.body)
      longest = std::max(longest, node.delay);
    for (int64_t step = 0; step < trips + longest; ++step)
      for (const Node &node : loop.body) {
        int64_t trip = step - node.delay;
        if (trip < 0 || trip >= trips)
          continue;
        turns[loop.loop] = trip;
        if (node.isLoop())
          runLoop(node, kInnerTrips);
        else
          run(node.instruction);
      }
  }

  int64_t end = 0;

private:
  void run(const Instruction &instruction) {
    int32_t mine = instruction.queue;
    int64_t start = freeAt[mine];
    for (const Access &access : instruction.accesses) {
      const Slot &slot = slotOf(access.buffer);
      for (int32_t queue = 0; queue < program.queues; ++queue) {
        if (queue == mine)
          continue;
        int64_t until = slot.writtenUntil[queue];
        if (access.writes)
          until = std::max(until, slot.readUntil[queue]);
        if (until > 0)
          start = std::max(start, until + program.flagCycles);
      }
    }
    freeAt[mine] = start + instruction.holdCycles;
    int64_t done = freeAt[mine] + instruction.latencyCycles;
    for (const Access &access : instruction.accesses) {
      Slot &slot = slotOf(access.buffer);
      (access.writes ? slot.writtenUntil : slot.readUntil)[mine] = done;
    }
    end = std::max(end, done);
  }

  Slot &slotOf(int32_t number) {
    const Buffer &buffer = program.buffers[number];
    bool turning = buffer.loop >= 0 && size_t(buffer.loop) < turns.size();
    return slots[number][turning ? turns[buffer.loop] % buffer.slots : 0];
  }

  const Program &program;
  std::vector<int64_t> freeAt;
  std::vector<std::vector<Slot>> slots;
  std::vector<int64_t> turns; ///< by loop: which iteration this is
};

int64_t countSteps(const Node &loop, int64_t mostTrips) {
  int64_t steps = 0;
  for (const Node &node : loop.body)
    steps += node.isLoop() ? countSteps(node, kInnerTrips) : 1;
  return steps * std::min(loop.trips, mostTrips);
}

} // namespace

int64_t tilework::pipes::estimateLoop(const Program &program, const Node &loop) {
  Estimate estimate(program);
  estimate.runLoop(loop, kOuterTrips);
  return estimate.end;
}

int64_t tilework::pipes::countSteps(const Node &loop) {
  return ::countSteps(loop, kOuterTrips);
}
