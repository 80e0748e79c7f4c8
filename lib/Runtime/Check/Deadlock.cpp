//===- Deadlock.cpp - pipes that cannot go on, and what is left at the end ----------*- C++ -*-===//

#include "Describe.h"
#include "Order.h"

#include <algorithm>

namespace tilework::check {

/// Looks for an instruction of `unit` still to come that `match`es: its pipe is a provider.
template <typename Match>
void Order::require(Obstacle &obstacle, int32_t unit, Match match, const std::string &what) {
  for (Thread thread = threadOf(unit, 0); thread < threadOf(unit + 1, 0); ++thread) {
    const Queue &queue = queues[thread];
    for (size_t i = queue.next; i < queue.indices.size(); ++i)
      if (match(findings.at({unit, queue.indices[i]})))
        return obstacle.providers.push_back(thread);
  }
  obstacle.missing = what;
}

Order::Obstacle Order::obstacleOf(Thread thread) {
  Obstacle obstacle;
  const tw_instruction &head = headOf(thread);
  int32_t unit = thread / TW_PIPES;
  auto isOfChannel = [&](int64_t opcode) {
    return [&head, opcode](const tw_instruction &other) {
      return other.opcode == opcode && other.channel == head.channel;
    };
  };
  switch (head.opcode) {
  case TW_WAIT_FLAG:
    require(
        obstacle, unit,
        [&](const tw_instruction &other) {
          return other.opcode == TW_SET_FLAG && other.pipe == head.other_pipe &&
                 other.other_pipe == head.pipe && other.event == head.event;
        },
        "a set of the flag");
    break;
  case TW_CROSS_WAIT:
    for (int32_t other = 0; other < TW_UNITS; ++other) {
      bool isSource = unit == TW_CUBE ? other > 0 && other <= stream.lanes : other == TW_CUBE;
      if (!isSource ||
          (unit == TW_CUBE && !crossFlag(other - TW_VECTOR_0, true, head.event).tokens.empty()))
        continue;
      require(
          obstacle, other,
          [&](const tw_instruction &set) {
            return set.opcode == TW_CROSS_SET && set.event == head.event;
          },
          "a set of the cross flag by " + unitName(other));
    }
    break;
  case TW_BARRIER:
    for (Thread other = threadOf(unit, 0); other < threadOf(unit + 1, 0); ++other)
      if (siteOf(other).index != siteOf(thread).index)
        obstacle.providers.push_back(other);
    break;
  case TW_PUSH: {
    const Channel &channel = channels[head.channel];
    int64_t needed = static_cast<int64_t>(channel.ends[unit].pushed.size()) -
                     stream.channels[head.channel].slots + 1;
    for (int32_t receiver : channel.receivers)
      if (static_cast<int64_t>(channel.ends[receiver].released.size()) < needed)
        require(obstacle, receiver, isOfChannel(TW_RELEASE),
                "a release of the slot by " + unitName(receiver));
    break;
  }
  case TW_POP: {
    const Channel &channel = channels[head.channel];
    for (int32_t sender : channel.senders)
      if (static_cast<int64_t>(channel.ends[sender].pushed.size()) <= channel.ends[unit].popped)
        require(obstacle, sender, isOfChannel(TW_PUSH), "a push by " + unitName(sender));
    if (channel.senders.empty())
      obstacle.missing = "a push";
    break;
  }
  }
  return obstacle;
}

void Order::reportCycle(Thread start, std::vector<int> &seen) {
  std::vector<Thread> path;
  for (Thread thread = start; !seen[thread];) {
    seen[thread] = start + 1;
    path.push_back(thread);
    Obstacle obstacle = obstacleOf(thread);
    if (!obstacle.missing.empty())
      return;
    thread = obstacle.providers[0];
    if (seen[thread] != start + 1)
      continue;
    std::vector<Site> cycle;
    for (auto it = std::find(path.begin(), path.end(), thread); it != path.end(); ++it)
      cycle.push_back(siteOf(*it));
    findings.add(Kind::Deadlock, cycle,
                 "expects one of these instructions to go first, but each waits for one behind "
                 "the next");
    return;
  }
}

void Order::reportDeadlock() {
  std::vector<int> seen(numThreads);
  for (Thread thread = 0; thread < numThreads; ++thread) {
    if (queues[thread].isDone())
      continue;
    std::string missing = obstacleOf(thread).missing;
    if (missing.empty())
      reportCycle(thread, seen);
    else
      findings.add(Kind::WaitsForever, {siteOf(thread)}, "expects " + missing + ", but got none");
  }
}

//===----------------------------------------------------------------------------------------===//
// The end
//===----------------------------------------------------------------------------------------===//

void Order::reportLeftovers() {
  auto report = [&](std::vector<Semaphore> &semaphores, Kind kind, const char *what) {
    for (Semaphore &semaphore : semaphores)
      for (Token &token : semaphore.tokens)
        findings.add(kind, {token.event.site},
                     std::string("expects a wait for every set of ") + what +
                         ", but got none for the last " + std::to_string(semaphore.tokens.size()));
  };
  report(flags, Kind::FlagLeftSet, "the flag");
  report(crossFlags, Kind::CrossFlagLeftSet, "the cross flag");
  for (int64_t i = 0; i < stream.numChannels; ++i)
    reportChannelLeftovers(i);
}

void Order::reportChannelLeftovers(int64_t number) {
  const Channel &channel = channels[number];
  int64_t pushed = 0;
  Event last;
  for (int32_t sender : channel.senders) {
    const End &end = channel.ends[sender];
    pushed = std::max<int64_t>(pushed, end.pushed.size());
    last = end.pushed.empty() ? last : end.lastPush;
  }
  for (int32_t sender : channel.senders)
    if (static_cast<int64_t>(channel.ends[sender].pushed.size()) < pushed)
      findings.add(Kind::ChannelLeftFull, {last.site},
                   "expects every lane to push " + std::to_string(pushed) + " tiles, but got " +
                       std::to_string(channel.ends[sender].pushed.size()) + " from " +
                       unitName(sender));
  for (int32_t receiver : channel.receivers) {
    const End &end = channel.ends[receiver];
    int64_t released = static_cast<int64_t>(end.released.size());
    if (end.popped == pushed && released == pushed)
      continue;
    findings.add(Kind::ChannelLeftFull, {end.popped ? end.lastPop.site : last.site},
                 "expects " + unitName(receiver) + " to pop and release all " +
                     std::to_string(pushed) + " tiles, but got " + std::to_string(end.popped) +
                     " pops and " + std::to_string(released) + " releases");
  }
}

} // namespace tilework::check
