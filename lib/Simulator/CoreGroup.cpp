//===- CoreGroup.cpp - one task on its cores --------------------------------------------------===//

#include "CoreGroup.h"

#include <algorithm>

namespace tilework::simulator {

TaskRun::TaskRun(int64_t task, int32_t group, const Programs &programs, const Program &program,
                 const Machine &machine, Surroundings &surroundings)
    : task(task), group(group), program(program), programs(programs), machine(machine),
      surroundings(surroundings), channels(program.kernel->channels.size()) {
  for (int32_t number = 0; number < TW_UNITS; ++number) {
    Unit &unit = units[number];
    if (!executes(number))
      continue;
    ++unitsLeft;
    unit.flags.assign(TW_PIPES * TW_PIPES * eventsPerPair, -1);
    unit.waiters.assign(unit.flags.size(), -1);
    unit.fences.resize(program.fences[number]);
    for (int32_t pipe = 0; pipe < TW_PIPES; ++pipe) {
      const auto &entries = program.units[number][pipe];
      unit.pipes[pipe].next = entries.data();
      unit.pipes[pipe].end = entries.data() + entries.size();
    }
  }
}

void TaskRun::start(int32_t number, Time begin, Time head) {
  Unit &unit = units[number];
  unit.isRunning = true;
  for (int32_t pipe = 0; pipe < TW_PIPES; ++pipe) {
    unit.pipes[pipe].accounted = begin;
    arrive(unit.pipes[pipe], begin + head, StallLaunch);
    wake(number, pipe);
  }
  evaluate();
}

//===----------------------------------------------------------------------------------------===//
// Evaluation
//===----------------------------------------------------------------------------------------===//

void TaskRun::evaluate() {
  while (!work.empty()) {
    auto [unit, pipe] = work.back();
    work.pop_back();
    if (!units[unit].isRunning)
      continue;
    Pipe &its = units[unit].pipes[pipe];
    its.blocked = Stalls;
    while (its.next != its.end && step(unit, pipe))
      ++its.next;
  }
  for (int32_t unit = 0; unit < TW_UNITS; ++unit)
    endIfDone(unit);
}

/// Carries out the pipe's next instruction; false if it has to wait for what is not known yet.
bool TaskRun::step(int32_t unit, int32_t number) {
  Pipe &pipe = units[unit].pipes[number];
  const Op &op = programs.op(pipe.next->op);
  switch (op.code) {
  case Code::SetFlag:
  case Code::CrossSet:
  case Code::Release:
    signalBehind(unit, number, op);
    return true;
  case Code::WaitFlag:
  case Code::CrossWait:
    return wait(unit, number, op);
  case Code::Transfer:
  case Code::Push:
  case Code::Pop:
    return begin(unit, number, op, pipe.next->address);
  case Code::Send:
  case Code::Receive:
    return exchange(unit, number, op);
  case Code::Meet:
  case Code::ReadScalar:
    return pass(unit, number, op, pipe.next->address);
  case Code::Drain:
    if (!pipe.behind.empty())
      return block(pipe, StallLatency);
    arrive(pipe, std::max(pipe.free, pipe.done) + op.latency, StallBarrier);
    return true;
  case Code::Execute:
    if (!pipe.behind.empty())
      return block(pipe, StallLatency);
    execute(unit, number, op);
    return true;
  }
  return true;
}

bool TaskRun::block(Pipe &pipe, uint8_t reason) {
  pipe.blocked = reason;
  return false;
}

bool TaskRun::blockSharing(int32_t unit, int32_t pipe, uint8_t reason) {
  std::pair<int32_t, int32_t> sharer = {unit, pipe};
  if (std::find(sharers.begin(), sharers.end(), sharer) == sharers.end())
    sharers.push_back(sharer);
  return block(units[unit].pipes[pipe], reason);
}

void TaskRun::wakeSharers() {
  work.insert(work.end(), sharers.begin(), sharers.end());
  sharers.clear();
}

/// The pipe's next instruction starts no earlier than `time`.
void TaskRun::arrive(Pipe &pipe, Time time, uint8_t reason) {
  if (time <= pipe.free)
    return;
  pipe.free = time;
  pipe.reason = reason;
}

/// The pipe was busy from `begin` to `end`, and before that waited since the last time it was.
void TaskRun::account(int32_t unit, int32_t number, Time begin, Time end, uint8_t reason) {
  Pipe &pipe = units[unit].pipes[number];
  PipeTime &times = units[unit].times[number];
  if (begin > pipe.accounted) {
    times.stalled[reason] += begin - pipe.accounted;
    pipe.accounted = begin;
  }
  if (end > pipe.accounted) {
    times.busy += end - pipe.accounted;
    pipe.accounted = end;
  }
}

void TaskRun::execute(int32_t unit, int32_t number, const Op &op) {
  Pipe &pipe = units[unit].pipes[number];
  Time begin = pipe.free, end = begin + op.hold;
  account(unit, number, begin, end, pipe.reason);
  surroundings.trace(*this, unit, op, begin, end);
  pipe.free = end;
  pipe.done = std::max(pipe.done, end + op.latency);
}

//===----------------------------------------------------------------------------------------===//
// Flags and fences
//===----------------------------------------------------------------------------------------===//

/// Signals once all earlier instructions of the pipe are done.
void TaskRun::signalBehind(int32_t unit, int32_t number, const Op &op) {
  Pipe &pipe = units[unit].pipes[number];
  if (pipe.behind.empty())
    signal(unit, op, std::max(pipe.free, pipe.done));
  else
    pipe.behind.push_back({&op, pipe.free, /*isTransfer=*/false});
}

void TaskRun::signal(int32_t unit, const Op &op, Time time) {
  time += op.latency;
  if (op.code == Code::SetFlag) {
    int32_t flag = flagOf(op.pipe, op.other, op.event);
    units[unit].flags[flag] = time;
    if (units[unit].waiters[flag] >= 0)
      wake(unit, units[unit].waiters[flag]);
    units[unit].waiters[flag] = -1;
    return;
  }
  if (op.code == Code::Release) {
    channels[op.channel].released[unit].push_back(time);
  } else {
    if (crossFlags.size() <= op.event)
      crossFlags.resize(op.event + 1);
    crossFlags[op.event].set[unit].push_back(time);
  }
  wakeSharers();
}

/// Whether all units of a side have done something `number + 1` times; then the pipe goes on.
bool TaskRun::waitFor(const Times &times, bool ofCube, size_t number, Pipe &pipe, uint8_t reason) {
  int32_t first = ofCube ? TW_CUBE : TW_VECTOR_0;
  int32_t last = ofCube ? TW_CUBE : TW_VECTOR_0 + program.lanes - 1;
  for (int32_t unit = first; unit <= last; ++unit)
    if (times[unit].size() <= number)
      return false;
  for (int32_t unit = first; unit <= last; ++unit)
    arrive(pipe, times[unit][number], reason);
  return true;
}

bool TaskRun::wait(int32_t unit, int32_t number, const Op &op) {
  Pipe &pipe = units[unit].pipes[number];
  if (op.code == Code::CrossWait) {
    if (crossFlags.size() <= op.event)
      crossFlags.resize(op.event + 1);
    CrossFlag &flag = crossFlags[op.event];
    if (!waitFor(flag.set, unit != TW_CUBE, flag.waits[unit], pipe, StallCross))
      return blockSharing(unit, number, StallCross);
    ++flag.waits[unit];
    return true;
  }
  int32_t flag = flagOf(op.other, op.pipe, op.event);
  Time &time = units[unit].flags[flag];
  if (time < 0) {
    units[unit].waiters[flag] = static_cast<int8_t>(number);
    return block(pipe, op.other);
  }
  arrive(pipe, time, op.other);
  time = -1;
  return true;
}

/// A barrier of all pipes, or a scalar that pipe s reads: every pipe comes past it.
bool TaskRun::pass(int32_t number, int32_t pipeNumber, const Op &op, int32_t fenceNumber) {
  Unit &unit = units[number];
  Pipe &pipe = unit.pipes[pipeNumber];
  Fence &fence = unit.fences[fenceNumber];
  bool isBarrier = op.code == Code::Meet;
  int32_t comers = isBarrier ? TW_PIPES : 1;
  if (fence.missing == 0)
    fence.missing = comers + 1; // one more than are missing: 1 is open
  bool comes = isBarrier || pipeNumber == op.pipe;
  bool hasCome = fence.come & (1 << pipeNumber);
  if (comes && !hasCome) {
    if (!pipe.behind.empty())
      return block(pipe, StallLatency);
    fence.come |= 1 << pipeNumber;
    fence.time = std::max({fence.time, pipe.free, pipe.done});
    if (--fence.missing == 1)
      for (int32_t other = 0; other < TW_PIPES; ++other)
        if (other != pipeNumber)
          wake(number, other);
  }
  if (fence.missing > 1)
    return block(pipe, isBarrier ? StallBarrier : StallScalar);
  arrive(pipe, fence.time + op.latency, isBarrier ? StallBarrier : StallScalar);
  return true;
}

//===----------------------------------------------------------------------------------------===//
// Transfers
//===----------------------------------------------------------------------------------------===//

/// The slot of the next push or pop of a channel, or none while it has to wait; counts it unless
/// the transfer has to wait for others of its pipe.
std::optional<int64_t> TaskRun::takeSlot(int32_t unit, int32_t number, const Op &op) {
  Pipe &pipe = units[unit].pipes[number];
  Channel &channel = channels[op.channel];
  const tw_channel &its = program.kernel->channels[op.channel];
  bool toCube = its.to_cube != 0, pushes = op.code == Code::Push || op.code == Code::Send;
  int64_t &count = pushes ? channel.pushes[unit] : channel.pops[unit];
  uint8_t reason = pushes ? StallChannelFull : StallChannelEmpty;
  bool isReady = pushes ? count < its.slots ||
                              waitFor(channel.released, toCube, count - its.slots, pipe, reason)
                        : waitFor(channel.pushed, !toCube, count, pipe, reason);
  if (!isReady) {
    blockSharing(unit, number, reason);
    return std::nullopt;
  }
  return pipe.inFlight < machine.inFlight ? count++ % its.slots : count % its.slots;
}

/// On the core alone: to the other unit's memory, or from its own.
bool TaskRun::exchange(int32_t unit, int32_t number, const Op &op) {
  Pipe &pipe = units[unit].pipes[number];
  if (!pipe.behind.empty())
    return block(pipe, StallLatency);
  if (!takeSlot(unit, number, op))
    return false;
  execute(unit, number, op);
  if (op.code == Code::Send) {
    channels[op.channel].pushed[unit].push_back(pipe.done + machine.crossFlag);
    wakeSharers();
  }
  return true;
}

bool TaskRun::begin(int32_t unit, int32_t number, const Op &op, int32_t address) {
  Pipe &pipe = units[unit].pipes[number];
  int64_t slot = -1;
  if (op.code != Code::Transfer) {
    std::optional<int64_t> taken = takeSlot(unit, number, op);
    if (!taken)
      return false;
    slot = *taken;
  }
  if (pipe.inFlight >= machine.inFlight)
    return block(pipe, StallInFlight);
  ++pipe.inFlight;
  pipe.behind.push_back({&op, pipe.free, /*isTransfer=*/true, pipe.reason});
  surroundings.beginTransfer(*this, unit, op, address, slot, pipe.free);
  return true;
}

void TaskRun::transferEnds(int32_t unit, int32_t number, Time flowing, Time end, Time alone) {
  Pipe &pipe = units[unit].pipes[number];
  Signal transfer = pipe.behind.front();
  const Op &op = *transfer.op;
  pipe.behind.pop_front();
  account(unit, number, transfer.issued, transfer.issued, transfer.reason);
  account(unit, number, flowing, end, StallLatency);
  if (Time contended = end - flowing - alone; contended > 0)
    units[unit].times[number].contended += contended;
  surroundings.trace(*this, unit, op, transfer.issued, end);
  pipe.done = std::max(pipe.done, end + op.latency);
  if (op.code == Code::Push) {
    channels[op.channel].pushed[unit].push_back(pipe.done + machine.crossFlag);
    wakeSharers();
  }
  while (!pipe.behind.empty() && !pipe.behind.front().isTransfer) {
    signal(unit, *pipe.behind.front().op, std::max(pipe.behind.front().issued, pipe.done));
    pipe.behind.pop_front();
  }
  if (pipe.inFlight-- == machine.inFlight)
    arrive(pipe, end, StallInFlight);
  if (pipe.behind.empty())
    arrive(pipe, end, StallLatency); // the pipe has moved data until now
  wake(unit, number);
  evaluate();
}

//===----------------------------------------------------------------------------------------===//
// The end
//===----------------------------------------------------------------------------------------===//

void TaskRun::endIfDone(int32_t number) {
  Unit &unit = units[number];
  if (!unit.isRunning || unit.hasEnded)
    return;
  Time end = 0;
  for (const Pipe &pipe : unit.pipes) {
    if (pipe.next != pipe.end || !pipe.behind.empty())
      return;
    end = std::max({end, pipe.free, pipe.done});
  }
  unit.hasEnded = true;
  for (int32_t pipe = 0; pipe < TW_PIPES; ++pipe)
    account(number, pipe, end, end, StallDone);
  surroundings.unitEnds(*this, number, end);
}

} // namespace tilework::simulator
