//===- InsertFlagsTrace.h - whether flags order what follows an access --*- C++ -*-===//
//
// Follows the accesses of a program one place, pipe and direction at a time, as exactly as it can
// be done: through either branch, from slot to slot, and through each iteration of a loop of few.
//
// After an access no other pipe knows that it has ended. From then on there is a set of pipes that
// do not know, and one of flags that are set by a pipe that does. Where paths meet both cases are
// kept, unless one of them is the worse in every respect. When all pipes know, there is nothing to
// follow until the next access. So a trace is short where flags are dense, and a flag has to do
// with the few traces in which its wait has told something.
//
// A loop goes round its slots: an iteration is known modulo the least number that all its turns
// divide. So slots of different rings are told apart by their bytes. In loops of few iterations
// each is known, and so is what it touches of global memory.
//
//===---------------------------------------------------------------------------===//

#ifndef TILEWORK_TRANSFORMS_CORE_INSERTFLAGSTRACE_H
#define TILEWORK_TRANSFORMS_CORE_INSERTFLAGSTRACE_H

#include "lib/Transforms/Core/InsertFlagsProgram.h"

namespace tilework::core {

class Tracer {
public:
  explicit Tracer(FlaggedProgram &program);

  /// Whether the flags order every conflict, and none is set while it is set.
  bool run();

  /// Whether the others do without these flags too; if so they are gone from now on.
  bool runWithout(llvm::ArrayRef<unsigned> flags);

  /// Whether the instruction behind its wait would not be ordered without it, as `run` has found.
  bool isNeeded(unsigned flag) const { return needed[flag]; }

private:
  using Step = FlaggedProgram::Step;
  static constexpr unsigned kNothing = ~0U;

  /// Loops of so few iterations are followed through each of them.
  static constexpr int64_t kFewTrips = 8;

  /// A step in the order of the text; a part of it is a range of those behind.
  struct Line {
    const Step *step;
    unsigned parent, end;
    llvm::SmallVector<std::pair<unsigned, unsigned>, 2> parts;
    int64_t period = 1; ///< of a loop: after so many iterations the same slots are used

    bool isShort() const { return step->trips && step->trips <= kFewTrips; }
  };

  /// Accesses of one place in one direction by one pipe, or waits on one event.
  struct Item {
    Pipe pipe;
    bool isWrite = true;
    unsigned place = kNothing, event = kNothing;
    bool isOnce = false;                    ///< conflicts within an iteration only
    llvm::SmallVector<unsigned, 4> happens; ///< lines
    unsigned last = 0;                      ///< line of a conflict
  };

  /// One case: the pipes that do not know that the access has ended, and the flags whose waits will
  /// tell some of them.
  struct Case {
    unsigned char pipes;
    llvm::SmallVector<unsigned, 4> flags;
  };
  using State = llvm::SmallVector<Case, 2>; ///< without cases all pipes know

  void addLines(const FlaggedProgram::Block &block, unsigned parent);
  void addPeriods();
  void addSignals();
  void addPlaces();
  void addConflicts();
  void addItems();
  void addEvents();
  Footprint getFootprint(unsigned location, int64_t variant) const;
  unsigned placeNow(unsigned location) const;
  int64_t slotNow(unsigned turn) const;
  std::pair<unsigned, unsigned> signalsOf(const Step &step) const;

  bool trace(unsigned item);
  bool execute(unsigned begin, unsigned end, State &state);
  bool executeLine(unsigned line, State &state);
  bool executeAccess(const Step &step, State &state);
  void markNeeded(Pipe pipe);
  bool executeSet(const Step &step, State &state);
  void executeWait(const Step &step, State &state);
  bool executeFor(unsigned line, State &state);
  bool executeWhile(unsigned line, State &state);
  bool executeIteration(unsigned line, State &state);
  bool isUnknown(Pipe pipe, const State &state) const;
  void happen(State &state) const;
  void tell(unsigned signal, Case &it) const;

  bool isWithin(const Case &a, const Case &b) const;
  bool add(Case added, State &state) const;
  bool join(const State &other, State &state) const;

  FlaggedProgram &program;
  const Accesses &accesses;
  std::vector<Line> lines;
  llvm::DenseMap<mlir::Operation *, unsigned> lineOf; ///< loops
  std::vector<int64_t> iteration;                     ///< of loops, by line

  /// What a location is depends on iterations: of the loop of its turn, or of short loops in which
  /// it goes through global memory.
  struct Variants {
    struct Loop {
      unsigned line;
      int64_t count;
    };
    llvm::SmallVector<Loop, 1> loops;
    llvm::SmallVector<unsigned, 2> places; ///< of the iterations of each loop, the last one inmost
  };
  std::vector<Variants> variantsOf; ///< each location
  struct Conflict {
    unsigned place;
    bool isOnce;
    bool operator<(const Conflict &other) const {
      return std::tie(place, isOnce) < std::tie(other.place, other.isOnce);
    }
  };
  std::vector<std::set<Conflict>> conflicts; ///< of each place
  std::vector<Item> items;
  unsigned char allPipes = 0; ///< that are used
  bool isTooLarge = false;

  // Each slot of a token has its signal, and each event of two pipes its number.
  std::vector<unsigned> firstSignal; ///< of each token
  struct Signal {
    Pipe from, to;
    unsigned token, event;
  };
  std::vector<Signal> signals;
  std::vector<std::vector<unsigned>> waitsOn; ///< items, by token

  std::vector<std::set<unsigned>> toldTo; ///< items in which a token has told something
  std::set<unsigned> telling;             ///< tokens, in the trace in hand
  std::vector<unsigned> conflicting; ///< by place: the last item traced with which it conflicts
  unsigned current = 0;              ///< item
  bool isLast = false;               ///< in the last condition of a `while` loop
  int64_t work = 0;

  // Which waits the next instruction cannot do without.
  std::vector<bool> needed; ///< flags
  bool marksNeeded = false;
  llvm::SmallVector<std::pair<int, unsigned>, 2>
      awaited;  ///< flags and signals, from the first that told
  State before; ///< the first of these waits
};

} // namespace tilework::core

#endif // TILEWORK_TRANSFORMS_CORE_INSERTFLAGSTRACE_H
