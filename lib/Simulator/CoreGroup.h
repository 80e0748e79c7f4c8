//===- CoreGroup.h - one task on its cores ------------------------------------------------*- C++
//-*-===//
//
// Pipes execute their lists in order; flags, channels and barriers tie them together. All of that
// is local to the task: once it is known when a flag was set, it is known when its waiter goes on,
// however far ahead of the clock that is. So pipes are evaluated as far as what is known reaches,
// as a network of processes with queues between them (the order of evaluation cannot matter), and
// only transfers to and from global memory, which cores contend for, happen at moments of the
// clock.
//
// A pipe takes its next instruction when it has `free` time; all it did is visible from `done` on.
// Behind a transfer that is on its way, signals wait in `behind` for it, and further transfers may
// be issued as long as no more than a few are on their way.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_SIMULATOR_COREGROUP_H
#define TILEWORK_SIMULATOR_COREGROUP_H

#include "Program.h"
#include "Timeline.h"

#include <deque>
#include <optional>
#include <set>
#include <string>

namespace tilework::simulator {

/// What a task on its cores asks of the world.
class Surroundings {
public:
  virtual ~Surroundings() = default;
  /// A transfer begins at `begin`, not before now; the answer comes as transferEnds().
  virtual void beginTransfer(class TaskRun &run, int32_t unit, const Op &op, int32_t address,
                             int64_t slot, Time begin) = 0;
  /// Unit `unit` will have ended at `end`, not before now.
  virtual void unitEnds(class TaskRun &run, int32_t unit, Time end) = 0;
  virtual void trace(const class TaskRun &run, int32_t unit, const Op &op, Time begin,
                     Time end) = 0;
};

class TaskRun {
public:
  TaskRun(int64_t task, int32_t group, const Programs &programs, const Program &program,
          const Machine &machine, Surroundings &surroundings);

  const int64_t task;
  const int32_t group;
  const Program &program;
  /// Which core of the group a vector lane is on: lane 0 may execute on vector core 1.
  int32_t coreOf(int32_t unit) const { return unit == TW_CUBE ? unit : unit + firstLane; }
  int32_t firstLane = 0;
  bool executes(int32_t unit) const {
    return unit == TW_CUBE ? program.hasCube : unit - TW_VECTOR_0 < program.lanes;
  }
  int32_t unitsLeft = 0; ///< that have not ended; the owner counts

  /// The core begins: it picks the task up from `begin` on.
  void start(int32_t unit, Time begin, Time head);

  /// What has become of the oldest transfer of the pipe: it took the pipe's path to memory from
  /// `flowing` to `end`, of which `alone` would have been enough without others.
  void transferEnds(int32_t unit, int32_t pipe, Time flowing, Time end, Time alone);

  const UnitPipes &timesOf(int32_t unit) const { return units[unit].times; }

  /// What it waits for that does not happen, a line per pipe; empty if nothing.
  std::vector<std::string> describeWaits(const recording::Recording &recording) const;
  /// Pipes that wait for each other round about; empty if none do.
  std::string describeCycle() const;

private:
  using PipeNumber = std::pair<int32_t, int32_t>; ///< unit and pipe
  struct Signal {
    const Op *op = nullptr; ///< of a transfer: the transfer itself
    Time issued = 0;
    bool isTransfer = false;
    uint8_t reason = StallDone; ///< why the transfer was issued no earlier
  };
  struct Pipe {
    const Program::Entry *next = nullptr, *end = nullptr;
    Time free = 0, done = 0;
    Time accounted = 0;         ///< time is accounted for until then
    uint8_t reason = StallDone; ///< why `free` is what it is
    uint8_t blocked = Stalls;   ///< what it waits for, Stalls for nothing
    int32_t inFlight = 0;
    std::deque<Signal> behind; ///< transfers on their way, and what waits behind them
  };
  struct Fence {
    Time time = 0;
    int32_t missing = 0; ///< pipes, and one more; 0: nobody has come
    uint8_t come = 0;    ///< pipes, a bit each
  };
  struct Unit {
    std::array<Pipe, TW_PIPES> pipes;
    std::vector<Time> flags;     ///< when set, or -1; by pair of pipes and event
    std::vector<int8_t> waiters; ///< the pipe that waits for it, or -1
    std::vector<Fence> fences;
    UnitPipes times;
    bool isRunning = false, hasEnded = false;
  };
  /// Per unit, in order: when others see what it pushed, released, or set.
  using Times = std::array<std::vector<Time>, TW_UNITS>;
  struct Channel {
    Times pushed, released;
    std::array<int64_t, TW_UNITS> pushes = {}, pops = {}; ///< begun
  };
  struct CrossFlag {
    Times set;
    std::array<size_t, TW_UNITS> waits = {}; ///< passed
  };

  static int32_t flagOf(int32_t from, int32_t to, int32_t event) {
    return (from * TW_PIPES + to) * eventsPerPair + event;
  }
  void evaluate();
  void wake(int32_t unit, int32_t pipe) { work.push_back({unit, pipe}); }
  void wakeSharers();
  bool step(int32_t unit, int32_t pipe);
  bool block(Pipe &pipe, uint8_t reason);
  bool blockSharing(int32_t unit, int32_t pipe, uint8_t reason);
  void arrive(Pipe &pipe, Time time, uint8_t reason);
  void account(int32_t unit, int32_t pipe, Time begin, Time end, uint8_t reason);
  void execute(int32_t unit, int32_t pipe, const Op &op);
  std::optional<int64_t> takeSlot(int32_t unit, int32_t pipe, const Op &op);
  bool begin(int32_t unit, int32_t pipe, const Op &op, int32_t address);
  bool exchange(int32_t unit, int32_t pipe, const Op &op);
  void signalBehind(int32_t unit, int32_t pipe, const Op &op);
  void signal(int32_t unit, const Op &op, Time time);
  bool wait(int32_t unit, int32_t pipe, const Op &op);
  bool pass(int32_t unit, int32_t pipe, const Op &op, int32_t number);
  bool waitFor(const Times &times, bool ofCube, size_t number, Pipe &pipe, uint8_t reason);
  void endIfDone(int32_t unit);
  std::vector<PipeNumber> waitedFor(int32_t unit, int32_t pipe) const;
  bool findCycle(std::vector<PipeNumber> &path, std::set<PipeNumber> &seen) const;

  const Programs &programs;
  const Machine &machine;
  Surroundings &surroundings;
  std::array<Unit, TW_UNITS> units;
  std::vector<Channel> channels;
  std::vector<CrossFlag> crossFlags; ///< by event
  std::vector<PipeNumber> sharers;   ///< pipes that wait for another unit
  std::vector<PipeNumber> work;      ///< pipes that may go on
};

} // namespace tilework::simulator

#endif // TILEWORK_SIMULATOR_COREGROUP_H
