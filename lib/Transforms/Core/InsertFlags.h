//===- InsertFlags.h - from accesses to hazards to events -----------*- C++ -*-===//
//
// The parts of core-insert-flags: what a program touches, which flags order that, and which event
// each flag uses. None of them changes the program.
//
//===---------------------------------------------------------------------------===//

#ifndef TILEWORK_TRANSFORMS_CORE_INSERTFLAGS_H
#define TILEWORK_TRANSFORMS_CORE_INSERTFLAGS_H

#include "dialects/Core/Core.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLFunctionalExtras.h"

#include <array>
#include <bitset>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <vector>

namespace tilework::core {

constexpr unsigned kPipes = 7;
constexpr int64_t kEventsOfPair = 8;

inline unsigned index(Pipe pipe) {
  return static_cast<unsigned>(pipe);
}

//===---------------------------------------------------------------------------===//
// Accesses
//===---------------------------------------------------------------------------===//

/// How iterations use the slots of buffers: in turn.
struct Turn {
  mlir::Operation *loop = nullptr;
  int64_t slots = 1;
  bool operator==(const Turn &other) const { return loop == other.loop && slots == other.slots; }
};

/// Turn 0 of a program is no turn: what conflicts then conflicts in any two iterations.
constexpr unsigned kEveryTurn = 0;
/// What conflicts in one iteration only.
constexpr unsigned kNoOtherTurn = ~0U;

/// A rectangle of a global argument; without dimensions, all of it.
struct GlobalRegion {
  llvm::SmallVector<int64_t, 3> begins, ends; ///< unknown: from 0 to the largest number
  llvm::SmallVector<mlir::Value, 3> offsets;
  /// Where iterations of a loop begin in a dimension, in equal steps.
  struct Axis {
    unsigned dim;
    mlir::Operation *loop;
    int64_t begin, step, size;
    bool operator==(const Axis &other) const {
      return std::tie(dim, loop, begin, step, size) ==
             std::tie(other.dim, other.loop, other.begin, other.step, other.size);
    }
  };
  llvm::SmallVector<Axis, 1> axes;
  /// Iterations of the loops around with other offsets touch other elements.
  bool isTouchedOnce = false;

  /// What a transfer touches of an argument itself.
  static GlobalRegion of(mlir::Operation *op);
  bool overlaps(const GlobalRegion &other) const;
  bool operator==(const GlobalRegion &other) const {
    return begins == other.begins && ends == other.ends && offsets == other.offsets &&
           axes == other.axes && isTouchedOnce == other.isTouchedOnce;
  }
};

/// Bytes of one memory, or a rectangle of one argument in global memory.
struct Footprint {
  Space space = Space::gm;
  mlir::Value argument; ///< null on the core
  GlobalRegion region;  ///< of the argument
  int64_t begin = 0, end = 0;
  unsigned turn = kEveryTurn; ///< else begin..end are all slots, and one is touched
  int64_t slotBytes = 0, slotBegin = 0, slotEnd = 0; ///< the part of that slot
  bool isAnySlot = false; ///< begin..end are all slots, and nobody knows which one is touched

  bool operator==(const Footprint &other) const {
    return std::tie(space, begin, end, turn, slotBytes, slotBegin, slotEnd) ==
               std::tie(other.space, other.begin, other.end, other.turn, other.slotBytes,
                        other.slotBegin, other.slotEnd) &&
           argument == other.argument && region == other.region;
  }
};

/// In which turn two locations share bytes, if they do.
std::optional<unsigned> findOverlap(const Footprint &a, const Footprint &b);

/// Up to which position the instructions of each pipe have ended.
using Clock = std::array<int, kPipes>;

/// What an instruction touches, or a node's instructions of one pipe together.
struct Use {
  unsigned location;
  Pipe pipe;
  bool isWrite;
  Clock unknown; ///< for each other pipe, the last that it does not know to have ended
  std::bitset<kPipes> unawaited; ///< the pipes of which it awaits nothing within the node
};

struct Sequence;

/// An instruction, or control flow around some. A `while` loop repeats its condition; the last node
/// of that is the `scf.condition`, a branch around the body. Instructions have even positions, in
/// the order of the text, from 2; an odd position is the place between two of them.
struct Node {
  mlir::Operation *op;
  int begin = 0, end = 0;
  std::vector<Use> uses; ///< of control flow: what the planner has found out of its parts
  std::vector<std::unique_ptr<Sequence>> parts;

  /// A barrier of all pipes.
  bool isBarrier() const;
  bool isLoop() const;
  /// At most one of its parts runs, and once.
  bool isBranch() const;
};

/// The nodes of one block.
struct Sequence {
  std::vector<Node> nodes;
};

/// What the instructions of a program touch.
class Accesses {
public:
  static mlir::FailureOr<Accesses> read(mlir::Block &program);

  Sequence program;
  std::vector<Turn> turns{Turn{}};

  struct Overlap {
    unsigned location, turn;
  };
  llvm::ArrayRef<Overlap> overlapping(unsigned location) const { return overlaps[location]; }
  llvm::ArrayRef<Footprint> getLocations() const { return locations; }

  /// What is touched in iterations as far as they are known.
  using IterationOf = llvm::function_ref<std::optional<int64_t>(mlir::Operation *loop)>;
  Footprint getFootprint(unsigned location, IterationOf iterationOf) const;

private:
  mlir::LogicalResult readBlock(mlir::Block &block, Sequence &sequence);
  mlir::LogicalResult readInstruction(CoreOpInterface op, Node &node);
  mlir::FailureOr<unsigned> locate(mlir::Operation *op, mlir::Value buffer);
  mlir::FailureOr<Footprint> findFootprint(mlir::Value buffer);
  mlir::FailureOr<Footprint> findSlot(SlotOp slot);
  unsigned addTurn(TurnOp turn);
  void findOverlaps();

  std::map<std::pair<Space, int64_t>, std::vector<unsigned>> locationsAt;
  std::vector<Footprint> locations;
  std::vector<std::vector<Overlap>> overlaps;
  int instructions = 0;
};

//===---------------------------------------------------------------------------===//
// Flags
//===---------------------------------------------------------------------------===//

/// A flag from one pipe to another. A returned flag orders iterations: it is set before `loop`,
/// awaited before node `wait`, set again after node `set`, which stands behind, and awaited after
/// `loop`. A guard does the same for forward flags the other way, so that they can take turns with
/// events: it is awaited after node `wait`, before they are set there, and set before node `set`,
/// when they have been awaited.
struct Flag {
  Pipe from, to;
  const Sequence *sequence;
  unsigned set, wait;              ///< nodes of `sequence`
  mlir::Operation *loop = nullptr; ///< the outermost loop around, if any
  enum Kind { forward, returned, exchanged, guard } kind = forward; ///< exchanged: set at its wait
  unsigned turn = kEveryTurn;

  int begin = 0, end = 0; ///< where its events are in use
  int released = 0;       ///< they are free for a pipe that knows `to` to be this far
  Clock known = {};       ///< what pipe `from` knows when it first sets the flag

  /// What pipe `from` knows when it sets a forward flag in a loop: of this execution of the block,
  /// and of the one before.
  Clock knownHere = {}, knownBefore = {};

  /// Guards of one level and what they guard: of two spans, one is over before the other begins.
  unsigned level = 0, span = 0;

  int64_t event = -1;
  bool isBorrowed = false; ///< uses the events of another flag of its loop, at other times

  bool isLent() const { return kind == returned || kind == guard; }
  const Node &setNode() const { return sequence->nodes[set]; }
  const Node &waitNode() const { return sequence->nodes[wait]; }

  /// Whether its loop ends while it is not set: a `while` loop, between a wait in the condition and
  /// the set behind the body.
  bool isSpentAtEnd() const;
};

/// A barrier before an operation, for want of events of flags between two pipes.
struct Barrier {
  mlir::Operation *op;
  Pipe from, to;
};

struct FlagPlan {
  std::vector<Flag> flags;
  std::vector<Barrier> barriers;
};

/// An order for the sake of events: a node awaits, on pipe `from`, what pipe `to` did in node
/// `wait` of the same block.
struct Release {
  Pipe from, to;
  unsigned wait;
  bool isBefore; ///< in the execution of the block before
  bool operator==(const Release &other) const {
    return std::tie(from, to, wait, isBefore) ==
           std::tie(other.from, other.to, other.wait, other.isBefore);
  }
};

/// What a plan gives up for want of events.
struct Relaxation {
  using Pair = std::tuple<mlir::Operation *, Pipe, Pipe>; ///< pipes, in an outermost loop
  std::set<Pair> collapsed;                               ///< slots share one event
  std::set<Pair> guarded;                                 ///< forward flags wait for each other
  std::set<Pair> unguarded;                               ///< what guards would find no event
  bool isGuarded(mlir::Operation *loop, Pipe from, Pipe to) const {
    return guarded.count({loop, from, to}) && !unguarded.count({loop, from, to});
  }
  /// Nodes that await more than they have to, so that the events awaited there serve again.
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<Release, 1>> releases;
  /// Nodes that a barrier precedes, and the pipes whose flags it stands for.
  llvm::DenseMap<mlir::Operation *, std::pair<Pipe, Pipe>> barriersBefore;
};

FlagPlan planFlags(Accesses &accesses, const Relaxation &relaxation);

/// Gives every flag its events, or says what to give up and returns false.
bool allocateEvents(FlagPlan &plan, const Accesses &accesses, Relaxation &relaxation);

} // namespace tilework::core

#endif // TILEWORK_TRANSFORMS_CORE_INSERTFLAGS_H
