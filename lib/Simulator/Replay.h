//===- Replay.h - the state of one replay ----------------------------------------------*- C++
//-*-===//
//
// The event loop, and what happens between cores: who executes on them, and how their transfers
// pass cache and bandwidths.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_SIMULATOR_REPLAY_H
#define TILEWORK_SIMULATOR_REPLAY_H

#include "Clock.h"
#include "CoreGroup.h"
#include "Dispatcher.h"
#include "L2Cache.h"
#include "MemoryPlan.h"
#include "Simulate.h"

#include <deque>
#include <memory>
#include <optional>

namespace tilework::simulator {

class Replay final : public Surroundings {
public:
  Replay(const recording::Recording &recording, const Machine &machine, const Options &options);
  Timeline run();

private:
  /// A transfer on its way: it begins, its path to memory is free and the first bytes arrive
  /// (flows), what the HBM has to give has come, then what the cache has, it ends.
  struct Flight {
    TaskRun *run;
    const Op *op;
    int64_t address;
    int32_t unit, owner;
    Time flows = never; ///< not before
    Time alone = 0;
    int64_t hbmBytes = 0, l2Bytes = 0;
    bool isRagged = false, hasBegun = false;
  };
  struct Core {
    TaskRun *running = nullptr;
    int32_t unit = 0; ///< of the task
    Time began = 0;
    int64_t last = -1;                                 ///< task that has ended
    std::deque<std::pair<TaskRun *, int32_t>> arrived; ///< with the unit of theirs
  };

  // Surroundings.
  void beginTransfer(TaskRun &run, int32_t unit, const Op &op, int32_t address, int64_t slot,
                     Time begin) override;
  void unitEnds(TaskRun &run, int32_t unit, Time end) override;
  void trace(const TaskRun &run, int32_t unit, const Op &op, Time begin, Time end) override;

  void placeMemories();
  void happen(const Event &event);
  void taskArrives(int64_t task);
  void startNext(int32_t group, int32_t core);
  void endUnit(int32_t run, int32_t unit);
  void transferBegins(int32_t flight);
  void transferFlows(int32_t flight);
  void nextSegment(int32_t flight);
  void transferEnds(int32_t flight);
  SharedLink &nextLink();
  void linkChanges(SharedLink &link);
  L2Cache::Traffic pass(const Flight &flight, const Movement &movement);
  int32_t addFlight(const Flight &flight);
  std::deque<int32_t> &pathOf(const Flight &flight);
  int32_t ownerOf(int64_t address);
  void finish();
  Time countLoss(bool ofCubes) const;
  [[noreturn]] void failDeadlocked() const;

  static constexpr int32_t nobody = -1; ///< the flight of what the cache writes back

  const recording::Recording &recording;
  const Machine &machine;
  const Options &options;
  std::optional<recording::MemoryPlan> plan; ///< of addresses, if it is in force
  Timeline timeline;
  Clock clock;
  Links links;
  int32_t writeBackClass;
  Programs programs;
  Dispatcher dispatcher;
  L2Cache cache;

  std::vector<std::array<Core, TW_UNITS>> cores;
  std::vector<std::unique_ptr<TaskRun>> runs; ///< by task; those that execute
  std::vector<Flight> flights;
  std::vector<int32_t> freeFlights;
  /// Flights of each pipe in the order they were issued, by core and pipe.
  std::vector<std::deque<int32_t>> paths;
  std::vector<int32_t> finished;
  std::vector<int64_t> shifts;   ///< by memory, from where it is recorded to where it is
  int64_t ringsBegin, ringBytes; ///< of one group
  size_t lastOwner = 0;
};

} // namespace tilework::simulator

#endif // TILEWORK_SIMULATOR_REPLAY_H
