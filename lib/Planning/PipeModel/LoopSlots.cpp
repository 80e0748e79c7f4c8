//===- LoopSlots.cpp - how many slots the buffers of loops get ----------------*- C++ -*-===//

#include "LoopSlots.h"

#include <algorithm>
#include <set>

using namespace tilework::pipes;

namespace {

class Chooser {
public:
  Chooser(Program &program, const Node &loop, std::vector<Candidate> candidates,
          const std::function<bool(int32_t)> &fits, const SlotOptions &options)
      : program(program), loop(loop), candidates(std::move(candidates)), fits(fits),
        options(options), stepsLeft(options.stepBudget) {
    // What takes most memory is the first to give it back.
    std::stable_sort(
        this->candidates.begin(), this->candidates.end(),
        [](const Candidate &a, const Candidate &b) { return a.slotBytes > b.slotBytes; });
  }

  SlotChoice run() {
    SlotChoice choice;
    choice.cyclesBefore = choice.cyclesAfter = estimate();
    std::vector<int64_t> best = get();
    for (int64_t slots = 2; slots <= options.mostSlots && hasBudget(); ++slots) {
      set(std::vector<int64_t>(candidates.size(), slots));
      makeFit();
      int64_t cycles = estimate();
      if (isBetter(cycles, choice.cyclesAfter))
        choice.cyclesAfter = cycles, best = get();
    }
    set(best);
    choice.cyclesAfter = trim(choice.cyclesAfter);
    return choice;
  }

private:
  int64_t estimate() {
    stepsLeft -= std::max<int64_t>(countSteps(loop), 1);
    return estimateLoop(program, loop);
  }
  bool hasBudget() const { return stepsLeft > 0; }
  bool isBetter(int64_t cycles, int64_t than) const {
    return static_cast<double>(cycles) <= (1 - options.worthwhile) * static_cast<double>(than);
  }

  int64_t &slotsOf(const Candidate &candidate) { return program.buffers[candidate.buffer].slots; }
  std::vector<int64_t> get() {
    std::vector<int64_t> slots;
    for (const Candidate &candidate : candidates)
      slots.push_back(slotsOf(candidate));
    return slots;
  }
  void set(const std::vector<int64_t> &slots) {
    for (size_t i = 0; i < candidates.size(); ++i)
      slotsOf(candidates[i]) = slots[i];
  }

  /// Gives back all but one slot of as few candidates of each memory as will do, the largest first.
  void makeFit() {
    std::set<int32_t> memories;
    for (const Candidate &candidate : candidates)
      memories.insert(candidate.memory);
    for (int32_t memory : memories)
      if (!fits(memory))
        makeFit(memory);
  }
  void makeFit(int32_t memory) {
    std::vector<int64_t> wanted = get();
    std::vector<size_t> owned;
    for (size_t i = 0; i < candidates.size(); ++i)
      if (candidates[i].memory == memory)
        owned.push_back(i);
    auto give = [&](size_t count) {
      std::vector<int64_t> slots = wanted;
      for (size_t i = 0; i < count; ++i)
        slots[owned[i]] = 1;
      set(slots);
    };
    size_t tooFew = 0, enough = owned.size();
    while (enough - tooFew > 1) {
      size_t middle = (tooFew + enough) / 2;
      give(middle);
      (fits(memory) ? enough : tooFew) = middle;
    }
    give(enough);
  }

  /// Takes back slots that the estimate does not miss.
  int64_t trim(int64_t cycles) {
    int64_t least = cycles;
    for (const Candidate &candidate : candidates)
      while (slotsOf(candidate) > 1 && hasBudget()) {
        --slotsOf(candidate);
        int64_t fewer = estimate();
        if (isBetter(least, fewer)) {
          ++slotsOf(candidate);
          break;
        }
        cycles = fewer;
      }
    return cycles;
  }

  Program &program;
  const Node &loop;
  std::vector<Candidate> candidates;
  const std::function<bool(int32_t)> &fits;
  const SlotOptions &options;
  int64_t stepsLeft;
};

} // namespace

SlotChoice tilework::pipes::chooseSlots(Program &program, const Node &loop,
                                        std::vector<Candidate> candidates,
                                        const std::function<bool(int32_t)> &fits,
                                        const SlotOptions &options) {
  return Chooser(program, loop, std::move(candidates), fits, options).run();
}
