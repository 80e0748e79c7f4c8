//===- Skyline.h - fills the memory from the bottom up, and backtracks --------------*- C++ -*-===//
//
// Decides whether all units fit below a target peak. The skyline is the height of what is placed,
// by section. Whatever comes later lies above it, so that the search always works on a lowest
// section: either one of the units that fit flush onto its floor comes next there, or nothing does,
// and the section is closed until its surroundings have grown. Each section can waste only as many
// bytes as the target leaves beyond what lives in it; most branches end there. Of the lowest
// sections, one with the fewest choices is decided first.
//
// In the field's words: a depth-first branch and bound on bottom-left-justified placements.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_PLANNING_PLACEMENT_SKYLINE_H
#define TILEWORK_PLANNING_PLACEMENT_SKYLINE_H

#include "FirstFit.h"
#include "Random.h"

namespace tilework::placement {

class Skyline {
public:
  enum class Outcome { Found, Exhausted, OutOfSteps };

  explicit Skyline(const Model &model);

  /// Tries to place everything below `target`. Takes from `steps` one for each choice made, and
  /// gives up after `most`. `disorder` in 0 … 100 says how much chance there is in the order of
  /// choices.
  Outcome run(int64_t target, int64_t most, int64_t disorder, Random &random, int64_t &steps);

  const std::vector<int64_t> &addresses() const { return placedAt; }

private:
  static constexpr int32_t Close = -1; ///< the choice to place nothing
  static constexpr int64_t Unplaced = -1;

  struct Frame {
    int32_t section;
    size_t firstChoice, nextChoice; ///< in `choices`
    size_t changes;                 ///< of `trail` and `placements` before
    size_t placements;
  };
  struct Change {
    int32_t section;
    int64_t floor;
    bool closed;
  };

  void reset(int64_t target);
  bool expand();
  bool retreat();
  bool apply(int32_t section, int32_t choice);
  void undo(const Frame &frame);

  int64_t lowestFloor() const;
  bool raiseClosed(int64_t floor);
  int32_t chooseSection(int64_t floor);
  void findFlush(int32_t section, int64_t floor, std::vector<int32_t> &found) const;
  bool fitsFlush(int32_t unit, int64_t floor) const;
  bool canClose(int32_t section, int64_t floor) const;
  bool placeAt(int32_t unit, int64_t address);
  int64_t lowestAddress(int32_t unit) const;
  void setSection(int32_t section, int64_t floor, bool closed);
  int64_t score(int32_t unit, int32_t section);

  const Model &model;
  std::vector<std::vector<int32_t>> unitsIn;   ///< by section
  std::vector<std::vector<int32_t>> exclusive; ///< by unit: those never shared with
  std::vector<int32_t> twin;                   ///< the first unit of the same shape
  bool hasFixed = false;

  int64_t target = 0;
  int64_t disorder = 0;
  Random *random = nullptr;
  std::vector<int64_t> floors;   ///< by section
  std::vector<int64_t> slack;    ///< by section: bytes that may still be wasted
  std::vector<int32_t> unplaced; ///< by section: number of units
  std::vector<char> closed;      ///< by section
  std::vector<int64_t> placedAt; ///< by unit
  std::vector<int32_t> placements;
  std::vector<Change> trail;
  std::vector<int32_t> choices;
  std::vector<Frame> frames;
};

} // namespace tilework::placement

#endif // TILEWORK_PLANNING_PLACEMENT_SKYLINE_H
