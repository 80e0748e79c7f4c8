//===- Timeline.h - what a replay has found ---------------------------------------------*- C++
//-*-===//
//
// The door between the simulator and the reports. Times are picoseconds from the moment the
// orchestration begins on the device; -1 where something has not happened.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_SIMULATOR_TIMELINE_H
#define TILEWORK_SIMULATOR_TIMELINE_H

#include "Policy.h"
#include "Series.h"

#include <array>
#include <cstdint>
#include <vector>

namespace tilework::simulator {

/// Why a pipe of a core that has a task does not work. The first seven are flags, by the pipe that
/// sets them (tw_pipe).
enum Stall : uint8_t {
  StallFlag = 0,
  StallChannelFull = TW_PIPES, ///< a push waits for a free slot
  StallChannelEmpty,           ///< a pop waits for a full one
  StallCross,                  ///< a cross flag
  StallBarrier,
  StallLatency,  ///< of global memory: nothing has arrived yet
  StallInFlight, ///< as many transfers are on their way as there can be
  StallScalar,   ///< an element that control flow depends on
  StallLaunch,   ///< the core picks the task up
  StallDone,     ///< the pipe has nothing left to do, the task goes on
  Stalls
};

/// Of one pipe while its core has a task; idle time is the rest.
struct PipeTime {
  Time busy = 0;
  Time contended = 0; ///< of busy: what other cores' transfers have cost
  std::array<Time, Stalls> stalled = {};

  PipeTime &operator+=(const PipeTime &other) {
    busy += other.busy;
    contended += other.contended;
    for (int reason = 0; reason < Stalls; ++reason)
      stalled[reason] += other.stalled[reason];
    return *this;
  }
};
using UnitPipes = std::array<PipeTime, TW_PIPES>;

struct TaskTime {
  Time submitting = -1;      ///< the orchestrator begins with its part
  Time submitted = -1;       ///< it has put it into the graph
  Time ready = -1;           ///< all it waits for has been completed
  Time dispatched = -1;      ///< a scheduler has taken it up
  Time arrived = -1;         ///< its core group knows of it
  Time released = -1;        ///< its doorbell rings, if it was dispatched before it was ready
  Time started = -1;         ///< the first of its cores begins
  Time ended = -1;           ///< the last of its cores has ended
  Time completed = -1;       ///< a scheduler has taken note
  int64_t readyBy = -1;      ///< the task whose completion made it ready; -1: its submission
  int64_t startedAfter = -1; ///< the task that its cores were executing until it started; -1: none
  int32_t group = -1;
  int32_t scheduler = -1; ///< thread that dispatched it
  int32_t completer = -1; ///< thread that took note of its end
  int32_t part = -1;      ///< number of the part of the graph that it was submitted with
  /// Why the orchestrator submitted it no earlier: it was busy, or waited for ...
  enum Submission : int32_t {
    Busy,
    ForWindow,
    ForHeap,
    ForDependences,
    ForScalar
  } submission = Busy;
  int32_t reserved = 0; ///< no padding: equal timelines are equal bytes
};

/// A task that came early gave its slot to one that was ready.
struct TakenBack {
  int64_t task;
  Time dispatched, taken;
  int32_t group, cores; ///< a bit for each core of the group
  int32_t scheduler;    ///< thread that had dispatched it
  int32_t reserved;
};

/// A core executing its part of a task.
struct UnitTime {
  int64_t task;
  int32_t group, unit; ///< unit as in tw_unit: which core of the group
  Time begin, end;
};

/// An instruction on its pipe, or a transfer on its way.
struct InstructionTime {
  int64_t task;
  int32_t instruction; ///< of the recording
  int32_t group;
  uint8_t unit, pipe; ///< the core, its pipe
  std::array<uint8_t, 6> reserved;
  Time begin, end;
};

/// Bytes between the device's memories.
struct Ledger {
  int64_t read = 0, written = 0;       ///< between cores and global memory, through the cache
  int64_t hbmRead = 0, hbmWritten = 0; ///< between cache and HBM
  int64_t dirty = 0;                   ///< in the cache at the end, not written to HBM
};

/// What one bandwidth has carried, and could.
struct LinkTime {
  int64_t bytes = 0;
  double bytesPerSecond = 0;
  Series series; ///< bytes, in units of 2^-SharedLink::seriesBits
};

struct Timeline {
  Time makespan = 0; ///< until the last task has been completed
  Policy policy;     ///< that was in force
  std::vector<TaskTime> tasks;
  std::vector<TakenBack> takenBack;          ///< by time
  std::vector<UnitTime> units;               ///< by begin of their task's dispatch
  std::vector<InstructionTime> instructions; ///< if asked for, in the order they were replayed
  std::vector<std::array<UnitPipes, TW_UNITS>> cores; ///< by group
  std::vector<std::array<UnitPipes, 2>> kernels; ///< of the recording; cube, and both vector cores
  std::vector<Ledger> memories;   ///< of the recording, and one more: the channels' rings
  std::vector<int64_t> addresses; ///< by memory: where it was replayed
  LinkTime hbm, l2Read, l2Write;
  Series busyCubes, busyVectors, readyTasks; ///< numbers, by time
  Time orchestratorBusy = 0, orchestratorWaits = 0;
  std::vector<Time> schedulerBusy; ///< by thread
  /// Cores that idle while a task that could run there is ready, by time: number x time.
  Time lossCubes = 0, lossVectors = 0;
  int64_t heapPeak = 0;
  int64_t events = 0;     ///< of the replay
  int64_t operations = 0; ///< instructions replayed
};

} // namespace tilework::simulator

#endif // TILEWORK_SIMULATOR_TIMELINE_H
