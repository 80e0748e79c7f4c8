//===- Skyline.h - fills the memory from the bottom up, and backtracks --------------*- C++ -*-===//
//
// Decides whether all units fit below a target peak. The skyline is the height of what is placed,
// by section. Whatever comes later lies above it, so that the search works on pits, where the
// skyline is lower than on both sides: either one of the units that fit flush onto the floor of a
// section comes next there, or nothing does, and the section is closed until the pit is filled or
// given up. Each section can waste only as many bytes as the target leaves beyond what lives in it;
// most branches end there. The section with the fewest choices is decided first.
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

  /// Which of several units is tried first.
  enum class Preference { Size, Length, Area };

  /// How to order choices: by preference, with so many percent of chance.
  struct Way {
    Preference preference = Preference::Size;
    int64_t disorder = 0;
    Random *random = nullptr; ///< needed for disorder
  };

  explicit Skyline(const Model &model);

  /// Tries to place everything below `target`. Takes from `steps` one for each choice made, and
  /// gives up after `most`.
  Outcome run(int64_t target, int64_t most, Way way, int64_t &steps);

  const std::vector<int64_t> &addresses() const { return placedAt; }

private:
  static constexpr int32_t Close = -1; ///< the choice to place nothing

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
  bool areConnected(int32_t a, int32_t b) const;
  bool apply(int32_t section, int32_t choice);
  void undo(const Frame &frame);

  bool openFrame(int32_t section);
  bool raiseClosed(int32_t first, int32_t last);
  int32_t chooseSection(std::vector<std::pair<int32_t, int32_t>> &closedPits);
  void findFlush(int32_t section, std::vector<int32_t> &found, bool &decidable) const;
  bool fitsFlush(int32_t unit, int64_t floor, bool &decidable) const;
  bool canClose(int32_t section, int64_t floor) const;
  bool stepsCanBeFilled(int32_t section) const;
  void countEnds(const Unit &unit, int64_t sign);
  bool placeAt(int32_t unit, int64_t address);
  int64_t lowestAddress(int32_t unit) const;
  void setSection(int32_t section, int64_t floor, bool closed);

  int64_t rank(int32_t unit);

  const Model &model;
  std::vector<std::vector<int32_t>> unitsIn;   ///< by section
  std::vector<std::vector<int32_t>> exclusive; ///< by unit: those never shared with
  std::vector<int32_t> twin;                   ///< by unit: the first of the same shape
  std::vector<int64_t> lengths;                ///< by unit: sections it lives in
  bool hasFixed = false;

  int64_t target = 0;
  Way way;
  std::vector<int64_t> floors;   ///< by section
  std::vector<int64_t> slack;    ///< by section: bytes that may still be wasted
  std::vector<int32_t> unplaced; ///< by section: number of units
  std::vector<int64_t> starting; ///< by section: unplaced bytes that do not live before
  std::vector<int64_t> ending;   ///< by section: unplaced bytes that do not live after
  std::vector<int32_t> crossing; ///< by section: unplaced units from before it to its time or later
  std::vector<char> closed;      ///< by section
  std::vector<int64_t> placedAt; ///< by unit
  std::vector<int64_t> lowest;   ///< by unit: its lowest address, once it is known
  std::vector<int32_t> placements;
  std::vector<Change> trail;
  std::vector<int32_t> choices;
  std::vector<Frame> frames;
  int32_t failedSection = 0; ///< where there was no way on
};

} // namespace tilework::placement

#endif // TILEWORK_PLANNING_PLACEMENT_SKYLINE_H
