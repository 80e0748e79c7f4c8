//===- Order.cpp - runs the pipes with vector clocks --------------------------------*- C++ -*-===//

#include "Order.h"

#include <algorithm>

namespace tilework::check {

static void join(Clock &clock, const Clock &other) {
  for (Thread thread = 0; thread < numThreads; ++thread)
    clock[thread] = std::max(clock[thread], other[thread]);
}

static bool isBarrierOfAll(const tw_instruction &instruction) {
  return instruction.opcode == TW_BARRIER && instruction.kind == 1;
}

Order::Order(Findings &findings, const std::array<std::vector<Standing>, TW_UNITS> &standings)
    : findings(findings), stream(findings.stream),
      flags(TW_UNITS * TW_PIPES * TW_PIPES * findings.options.flagsPerPipePair),
      crossFlags(2 * 2 * findings.options.crossFlags), channels(stream.numChannels) {
  for (int32_t unit = 0; unit < TW_UNITS; ++unit) {
    for (int64_t index = 0; index < static_cast<int64_t>(standings[unit].size()); ++index) {
      if (standings[unit][index] == Standing::Skipped)
        continue;
      const tw_instruction &instruction = stream.units[unit].instructions[index];
      for (int64_t pipe = 0; pipe < TW_PIPES; ++pipe)
        if (pipe == instruction.pipe || isBarrierOfAll(instruction))
          queues[threadOf(unit, pipe)].indices.push_back(index);
    }
  }
  for (int64_t i = 0; i < stream.numChannels; ++i) {
    bool toCube = stream.channels[i].to_cube;
    if (stream.hasCube)
      (toCube ? channels[i].receivers : channels[i].senders).push_back(TW_CUBE);
    for (int32_t lane = 0; lane < stream.lanes; ++lane)
      (toCube ? channels[i].senders : channels[i].receivers).push_back(TW_VECTOR_0 + lane);
  }
}

Site Order::siteOf(Thread thread) const {
  const Queue &queue = queues[thread];
  return {thread / TW_PIPES, queue.indices[queue.next]};
}

const tw_instruction &Order::headOf(Thread thread) const {
  return findings.at(siteOf(thread));
}

Order::Semaphore &Order::flagOf(int32_t unit, const tw_instruction &instruction) {
  bool isSet = instruction.opcode == TW_SET_FLAG;
  int64_t from = isSet ? instruction.pipe : instruction.other_pipe;
  int64_t to = isSet ? instruction.other_pipe : instruction.pipe;
  int64_t pair = (unit * TW_PIPES + from) * TW_PIPES + to;
  return flags[pair * findings.options.flagsPerPipePair + instruction.event];
}

Order::Semaphore &Order::crossFlag(int32_t lane, bool toCube, int64_t event) {
  return crossFlags[(2 * lane + toCube) * findings.options.crossFlags + event];
}

/// The cube's sets and waits concern all lanes, a lane's only its own.
std::vector<Order::Semaphore *> Order::crossFlagsOf(int32_t unit,
                                                    const tw_instruction &instruction) {
  bool toCube = (unit == TW_CUBE) == (instruction.opcode == TW_CROSS_WAIT);
  std::vector<Semaphore *> found;
  for (int32_t lane = 0; lane < stream.lanes; ++lane)
    if (unit == TW_CUBE || unit == TW_VECTOR_0 + lane)
      found.push_back(&crossFlag(lane, toCube, instruction.event));
  return found;
}

//===----------------------------------------------------------------------------------------===//
// Whether a pipe can go on
//===----------------------------------------------------------------------------------------===//

bool Order::isBarrierReached(Thread thread) const {
  int64_t index = siteOf(thread).index;
  Thread first = thread - thread % TW_PIPES;
  for (Thread other = first; other < first + TW_PIPES; ++other)
    if (queues[other].isDone() || siteOf(other).index != index)
      return false;
  return true;
}

/// The slot of push k was last used by tile k - slots, which every receiver must have released.
bool Order::canPush(const Channel &channel, int32_t unit) const {
  int64_t slots = stream.channels[&channel - channels.data()].slots;
  int64_t needed = static_cast<int64_t>(channel.ends[unit].pushed.size()) - slots + 1;
  for (int32_t receiver : channel.receivers)
    if (static_cast<int64_t>(channel.ends[receiver].released.size()) < needed)
      return false;
  return true;
}

bool Order::canPop(const Channel &channel, int32_t unit) const {
  for (int32_t sender : channel.senders)
    if (static_cast<int64_t>(channel.ends[sender].pushed.size()) <= channel.ends[unit].popped)
      return false;
  return !channel.senders.empty();
}

bool Order::canGo(Thread thread) {
  if (queues[thread].isDone())
    return false;
  const tw_instruction &instruction = headOf(thread);
  int32_t unit = thread / TW_PIPES;
  switch (instruction.opcode) {
  case TW_WAIT_FLAG:
    return !flagOf(unit, instruction).tokens.empty();
  case TW_CROSS_WAIT:
    for (Semaphore *flag : crossFlagsOf(unit, instruction))
      if (flag->tokens.empty())
        return false;
    return true;
  case TW_BARRIER:
    return instruction.kind != 1 || isBarrierReached(thread);
  case TW_PUSH:
    return canPush(channels[instruction.channel], unit);
  case TW_POP:
    return canPop(channels[instruction.channel], unit);
  default:
    return true;
  }
}

//===----------------------------------------------------------------------------------------===//
// Going on
//===----------------------------------------------------------------------------------------===//

/// The pipe that can go on and comes first in the program of its unit, or none: in an order close
/// to the author's, few findings only follow from others.
std::optional<Thread> Order::nextOf(int32_t unit) {
  std::optional<Thread> next;
  for (Thread thread = threadOf(unit, 0); thread < threadOf(unit + 1, 0); ++thread)
    if (canGo(thread) && (!next || siteOf(thread).index < siteOf(*next).index))
      next = thread;
  return next;
}

void Order::run(const Visit &visit) {
  for (bool goesOn = true; goesOn;) {
    goesOn = false;
    for (int32_t unit = 0; unit < TW_UNITS; ++unit)
      for (; std::optional<Thread> thread = nextOf(unit); goesOn = true)
        go(*thread, visit);
  }
  bool isDone =
      std::all_of(queues.begin(), queues.end(), [](const Queue &queue) { return queue.isDone(); });
  if (isDone)
    reportLeftovers();
  else
    reportDeadlock();
}

void Order::go(Thread thread, const Visit &visit) {
  Queue &queue = queues[thread];
  int32_t unit = thread / TW_PIPES;
  const tw_instruction &instruction = headOf(thread);
  if (isBarrierOfAll(instruction))
    return passBarrier(unit);
  Event event = {thread, ++queue.clock[thread], siteOf(thread)};
  ++queue.next;
  if (instruction.opcode == TW_WAIT_FLAG)
    take(flagOf(unit, instruction), event, queue.clock);
  if (instruction.opcode == TW_CROSS_WAIT) {
    for (Semaphore *flag : crossFlagsOf(unit, instruction)) {
      expectOrdered(flag->lastWait, event, queue.clock, "waits");
      take(*flag, event, queue.clock);
    }
  }
  int64_t slot = beginTransfer(thread, event);
  visit(event, queue.clock, slot);
  signal(event, queue.clock);
}

void Order::passBarrier(int32_t unit) {
  Clock clock = {};
  for (Thread thread = threadOf(unit, 0); thread < threadOf(unit + 1, 0); ++thread) {
    ++queues[thread].clock[thread];
    ++queues[thread].next;
    join(clock, queues[thread].clock);
  }
  for (Thread thread = threadOf(unit, 0); thread < threadOf(unit + 1, 0); ++thread)
    queues[thread].clock = clock;
}

/// Orders a push after the releases of its slot, a pop after the pushes; gives the slot.
int64_t Order::beginTransfer(Thread thread, const Event &event) {
  const tw_instruction &instruction = findings.at(event.site);
  Clock &clock = queues[thread].clock;
  if (instruction.opcode < TW_PUSH || instruction.opcode > TW_RELEASE)
    return 0;
  Channel &channel = channels[instruction.channel];
  End &end = channel.ends[event.site.unit];
  int64_t slots = stream.channels[instruction.channel].slots;
  if (instruction.opcode == TW_RELEASE)
    return static_cast<int64_t>(end.released.size()) % slots;
  if (instruction.opcode == TW_POP) {
    int64_t tile = end.popped++;
    end.lastPop = event;
    for (int32_t sender : channel.senders)
      join(clock, channel.ends[sender].pushed[tile]);
    return tile % slots;
  }
  int64_t tile = static_cast<int64_t>(end.pushed.size());
  for (int32_t receiver : channel.receivers)
    if (tile >= slots)
      join(clock, channel.ends[receiver].released[tile - slots]);
  return tile % slots;
}

void Order::signal(const Event &event, const Clock &clock) {
  const tw_instruction &instruction = findings.at(event.site);
  int32_t unit = event.site.unit;
  switch (instruction.opcode) {
  case TW_SET_FLAG:
    return setFlag(flagOf(unit, instruction), event, clock);
  case TW_CROSS_SET:
    for (Semaphore *flag : crossFlagsOf(unit, instruction))
      setCross(*flag, event, clock);
    return;
  case TW_PUSH:
    channels[instruction.channel].ends[unit].pushed.push_back(clock);
    channels[instruction.channel].ends[unit].lastPush = event;
    return;
  case TW_RELEASE:
    return release(event, clock);
  }
}

void Order::take(Semaphore &flag, const Event &event, Clock &clock) {
  join(clock, flag.tokens.front().clock);
  flag.tokens.pop_front();
  flag.lastWait = event;
}

void Order::setFlag(Semaphore &flag, const Event &event, const Clock &clock) {
  if (!flag.tokens.empty())
    findings.add(Kind::FlagStillSet, {flag.lastSet.site, event.site},
                 "expects a wait between two sets of a flag, but got none that comes before the "
                 "second");
  else if (flag.lastWait.count && !isBefore(flag.lastWait, clock))
    findings.add(Kind::FlagStillSet, {flag.lastWait.site, event.site},
                 "expects the wait to end before the flag is set again, but nothing orders them");
  flag.tokens.push_back({event, clock});
  flag.lastSet = event;
  ++numFlagPairs;
}

void Order::setCross(Semaphore &flag, const Event &event, const Clock &clock) {
  expectOrdered(flag.lastSet, event, clock, "sets");
  flag.tokens.push_back({event, clock});
  flag.lastSet = event;
}

void Order::expectOrdered(const Event &before, const Event &event, const Clock &clock,
                          const char *what) {
  if (before.count && !isBefore(before, clock))
    findings.add(Kind::UnorderedCrossFlag, {before.site, event.site},
                 std::string("expects ") + what +
                     " of one cross flag one after the other, but nothing orders them");
}

void Order::release(const Event &event, const Clock &clock) {
  End &end = channels[findings.at(event.site).channel].ends[event.site.unit];
  if (static_cast<int64_t>(end.released.size()) < end.popped)
    return end.released.push_back(clock);
  findings.add(Kind::ReleaseOfNothing, {event.site},
               "expects a popped slot to release, but got " + std::to_string(end.popped) +
                   " pops and as many releases before");
}

} // namespace tilework::check
