//===- InsertFlagsEvents.cpp - which event each flag uses -------------------------===//
//
// A linear scan per ordered pair of pipes. An event serves again when the pipe that sets it knows
// that the last flag has been awaited.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Core/InsertFlags.h"

#include "llvm/ADT/STLExtras.h"

using namespace tilework::core;

namespace {
struct Event {
  int end = 0, released = 0;
};
} // namespace

static bool allocatePair(llvm::ArrayRef<Flag *> flags, const Accesses &accesses,
                         BarredPairs &barred) {
  std::array<Event, kEventsOfPair> events;
  bool isComplete = true;
  for (Flag *flag : flags) {
    auto isFree = [&](const Event &event) {
      return event.end <= flag->begin && event.released <= flag->known[index(flag->to)];
    };
    int64_t slots = accesses.turns[flag->turn].slots, run = 0;
    for (int64_t number = 0; number < kEventsOfPair && flag->event < 0; ++number) {
      run = isFree(events[number]) ? run + 1 : 0;
      if (run == slots)
        flag->event = number + 1 - slots;
    }
    if (flag->event < 0) {
      barred.insert({flag->loop, flag->from, flag->to});
      isComplete = false;
      continue;
    }
    for (int64_t slot = 0; slot < slots; ++slot)
      events[flag->event + slot] = {flag->end, flag->released};
  }
  return isComplete;
}

bool tilework::core::allocateEvents(FlagPlan &plan, const Accesses &accesses,
                                    BarredPairs &barred) {
  std::map<std::pair<Pipe, Pipe>, std::vector<Flag *>> pairs;
  for (Flag &flag : plan.flags)
    pairs[{flag.from, flag.to}].push_back(&flag);
  bool isComplete = true;
  for (auto &[pair, flags] : pairs) {
    llvm::stable_sort(flags, [](const Flag *a, const Flag *b) { return a->begin < b->begin; });
    isComplete &= allocatePair(flags, accesses, barred);
  }
  return isComplete;
}
