//===- Order.h - which instructions are ordered in every interleaving ---------------*- C++ -*-===//
//
// Runs the pipes as far as they go, in one legal order, with vector clocks: an instruction's clock
// counts, for every pipe, the instructions that have ended in *every* legal interleaving before it
// starts. That is exact because each wait is for particular earlier instructions: the k-th wait of
// a flag for its k-th set, the k-th pop of a channel for its k-th push, the k-th push for the
// release of the tile before in its slot. Where that would not hold there is a finding.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_CHECK_ORDER_H
#define TILEWORK_RUNTIME_CHECK_ORDER_H

#include "Findings.h"
#include "Form.h"

#include <functional>
#include <list>
#include <optional>

namespace tilework::check {

/// A pipe of a unit.
using Thread = int32_t;
constexpr Thread numThreads = TW_UNITS * TW_PIPES;
inline Thread threadOf(int64_t unit, int64_t pipe) {
  return static_cast<Thread>(unit * TW_PIPES + pipe);
}

using Clock = std::array<uint32_t, numThreads>;

/// The `count`-th instruction of a pipe, from 1.
struct Event {
  Thread thread = 0;
  uint32_t count = 0;
  Site site = {0, 0};
};

inline bool isBefore(const Event &event, const Clock &clock) {
  return clock[event.thread] >= event.count;
}

class Order {
public:
  /// `standings` of the instructions of each unit.
  Order(Findings &findings, const std::array<std::vector<Standing>, TW_UNITS> &standings);

  /// An instruction takes its turn; `slot` of its channel, for a push, pop or release.
  using Visit = std::function<void(const Event &, const Clock &, int64_t slot)>;

  /// Visits instructions until none is left or none can go on, and reports what is wrong with
  /// flags, cross flags and channels.
  void run(const Visit &visit);

  int64_t flagPairs() const { return numFlagPairs; }

private:
  struct Token {
    Event event;
    Clock clock;
  };
  /// A flag, or a counter or arrivals of a cross flag: what was set and not waited for yet.
  struct Semaphore {
    std::list<Token> tokens;
    Event lastSet, lastWait; ///< count 0: none
  };
  /// One side of a channel at one unit.
  struct End {
    std::vector<Clock> pushed, released;
    int64_t popped = 0;
    Event lastPush, lastPop;
  };
  struct Channel {
    std::array<End, TW_UNITS> ends;
    std::vector<int32_t> senders, receivers; ///< units
  };
  struct Queue {
    std::vector<int64_t> indices;
    size_t next = 0;
    Clock clock = {};
    bool isDone() const { return next == indices.size(); }
  };
  /// Why a pipe cannot go on: the pipes that will let it, one for each thing that is missing.
  struct Obstacle {
    std::vector<Thread> providers;
    std::string missing; ///< not empty: nothing will provide this
  };

  const tw_instruction &headOf(Thread thread) const;
  Site siteOf(Thread thread) const;
  Semaphore &flagOf(int32_t unit, const tw_instruction &instruction);
  Semaphore &crossFlag(int32_t lane, bool toCube, int64_t event);
  std::vector<Semaphore *> crossFlagsOf(int32_t unit, const tw_instruction &instruction);

  bool canGo(Thread thread);
  std::optional<Thread> nextOf(int32_t unit);
  bool isBarrierReached(Thread thread) const;
  bool canPush(const Channel &channel, int32_t unit) const;
  bool canPop(const Channel &channel, int32_t unit) const;
  void go(Thread thread, const Visit &visit);
  void passBarrier(int32_t unit);
  int64_t beginTransfer(Thread thread, const Event &event);
  void signal(const Event &event, const Clock &clock);
  void setFlag(Semaphore &flag, const Event &event, const Clock &clock);
  void setCross(Semaphore &flag, const Event &event, const Clock &clock);
  void take(Semaphore &flag, const Event &event, Clock &clock);
  void expectOrdered(const Event &before, const Event &event, const Clock &clock, const char *what);
  void release(const Event &event, const Clock &clock);

  // Deadlock.cpp
  void reportDeadlock();
  Obstacle obstacleOf(Thread thread);
  template <typename Match>
  void require(Obstacle &obstacle, int32_t unit, Match match, const std::string &what);
  void reportCycle(Thread start, std::vector<int> &seen);
  void reportLeftovers();
  void reportChannelLeftovers(int64_t number);

  Findings &findings;
  const KernelStream &stream;
  std::array<Queue, numThreads> queues;
  std::vector<Semaphore> flags;      ///< by unit, from, to, event
  std::vector<Semaphore> crossFlags; ///< by direction, lane, event
  std::vector<Channel> channels;
  int64_t numFlagPairs = 0;
};

} // namespace tilework::check

#endif // TILEWORK_RUNTIME_CHECK_ORDER_H
