//===- Clock.h - what happens next -------------------------------------------------------*- C++
//-*-===//

#ifndef TILEWORK_SIMULATOR_CLOCK_H
#define TILEWORK_SIMULATOR_CLOCK_H

#include "Machine.h"

#include <algorithm>
#include <vector>

namespace tilework::simulator {

enum class Happens : uint8_t {
  OrchestratorGoesOn,
  SchedulerGoesOn, ///< thread
  CompletionSeen,  ///< task
  TaskArrives,     ///< task, at its core group
  UnitEnds,        ///< slot of the run, unit
  TransferBegins,  ///< flight
  TransferFlows,   ///< flight
  TransferEnds,    ///< flight
};

struct Event {
  Time time;
  uint64_t order; ///< of scheduling; what was scheduled first happens first
  Happens what;
  int32_t which;
  int64_t detail;
};

class Clock {
public:
  Time now() const { return time; }
  Time next() const { return heap.empty() ? never : heap.front().time; }
  int64_t events() const { return static_cast<int64_t>(taken); }

  void at(Time when, Happens what, int32_t which, int64_t detail = 0) {
    heap.push_back({std::max(when, time), scheduled++, what, which, detail});
    std::push_heap(heap.begin(), heap.end(), IsLater());
  }
  Event take() {
    std::pop_heap(heap.begin(), heap.end(), IsLater());
    Event event = heap.back();
    heap.pop_back();
    moveTo(event.time);
    return event;
  }
  /// To something that is not in the queue.
  void moveTo(Time when) {
    time = when;
    ++taken;
  }

private:
  struct IsLater { // not a function, whose address would be called
    bool operator()(const Event &a, const Event &b) const {
      return a.time != b.time ? a.time > b.time : a.order > b.order;
    }
  };
  std::vector<Event> heap;
  Time time = 0;
  uint64_t scheduled = 0, taken = 0;
};

} // namespace tilework::simulator

#endif // TILEWORK_SIMULATOR_CLOCK_H
