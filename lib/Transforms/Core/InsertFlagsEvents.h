//===- InsertFlagsEvents.h - events for the flags between two pipes --*- C++ -*-===//
//
// A linear scan over the flags from one pipe to another: an event serves again when the pipe that
// sets it knows that the last flag has been awaited.
//
//===---------------------------------------------------------------------------===//

#ifndef TILEWORK_TRANSFORMS_CORE_INSERTFLAGSEVENTS_H
#define TILEWORK_TRANSFORMS_CORE_INSERTFLAGSEVENTS_H

#include "lib/Transforms/Core/InsertFlags.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Sequence.h"

namespace tilework::core {

/// One event id, in the course of a scan.
struct Event {
  int end = 0, released = 0;
  std::vector<Flag *> users;  ///< flags of one loop that take turns, in order
  const Flag *last = nullptr; ///< to use it
};

class PairAllocator {
public:
  PairAllocator(std::vector<Flag *> flags, const Accesses &accesses)
      : flags(std::move(flags)), accesses(accesses) {}

  /// The flags that find no events, however coarse.
  std::vector<Flag *> run();

  int64_t slotsOf(const Flag &flag) const { return accesses.turns[flag.turn].slots; }

  /// What needs events at the time of `needy` would find them, were the earlier ones released.
  bool fits(const Flag &needy) const { return countMissing(needy) <= 0; }

  struct Request {
    Flag *needy;
    mlir::Operation *node;
    Release release;
  };
  std::vector<Request> requests; ///< what `run` counts on

private:
  std::vector<Flag *> scan(bool mayRelease);
  bool take(Flag &flag);
  bool share(Flag &flag);
  bool takesTurns(const Flag &flag, const Event &event) const;
  bool alternates(const Flag &user, const Flag &flag) const;
  bool follows(const Flag &flag, const Flag &last) const;
  bool followsAgain(const Flag &flag, const Flag &first) const;
  bool isGuarded(const Flag &flag, const Event &event) const;

  bool releaseInLoop(Flag &flag);
  bool releaseBefore(Flag &flag);
  struct Meeting {
    const Sequence *sequence;
    unsigned wait, node;
  };
  std::optional<Meeting> meet(const Flag &last, const Flag &flag) const;
  int knownWhenSet(const Flag &flag) const;

  /// By how many events those at the time of `needy` are too few.
  int64_t countMissing(const Flag &needy) const;
  bool merge(const Flag &needy, int64_t times);
  void absorb(Flag &first, Flag &second) const;
  bool mergeAround(llvm::ArrayRef<Flag *> failed);
  unsigned mergeTurns(const Flag &a, const Flag &b) const;

  std::vector<Flag *> flags;
  const Accesses &accesses;
  std::array<Event, kEventsOfPair> events;

  /// What the setting pipe will know in a block of a loop.
  struct Released {
    int here = 0;              ///< up to where the waits of this execution are over
    bool isOverBefore = false; ///< and all of the execution before
  };
  std::map<const Sequence *, Released> released;
  /// Outside loops: what it will know from a node on.
  struct Known {
    const Sequence *sequence;
    unsigned node;
    int position;
  };
  std::vector<Known> known;
};

} // namespace tilework::core

#endif // TILEWORK_TRANSFORMS_CORE_INSERTFLAGSEVENTS_H
