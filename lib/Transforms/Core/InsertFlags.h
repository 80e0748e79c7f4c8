//===- InsertFlags.h - from accesses to hazards to events -----------*- C++ -*-===//
//
// The parts of core-insert-flags: what a program touches, which flags order that, and which event
// each flag uses. None of them changes the program.
//
//===---------------------------------------------------------------------------===//

#ifndef TILEWORK_TRANSFORMS_CORE_INSERTFLAGS_H
#define TILEWORK_TRANSFORMS_CORE_INSERTFLAGS_H

#include "dialects/Core/Core.h"

#include <array>
#include <map>
#include <memory>
#include <set>
#include <vector>

namespace tilework::core {

constexpr unsigned kPipes = 7;
constexpr int64_t kEventsOfPair = 8;

inline unsigned index(Pipe pipe) { return static_cast<unsigned>(pipe); }

//===---------------------------------------------------------------------------===//
// Accesses
//===---------------------------------------------------------------------------===//

/// How iterations use the slots of buffers: in turn.
struct Turn {
  mlir::Operation *loop = nullptr;
  int64_t slots = 1;
  bool operator==(const Turn &other) const {
    return loop == other.loop && slots == other.slots;
  }
};

/// Turn 0 of a program is no turn: what conflicts then conflicts in any two iterations.
constexpr unsigned kEveryTurn = 0;

/// Bytes of one memory, or of one argument in global memory.
struct Footprint {
  Space space = Space::gm;
  mlir::Value argument; ///< null on the core
  int64_t begin = 0, end = 0;
  unsigned turn = kEveryTurn; ///< else begin..end are all slots, and one is touched
  int64_t slotBytes = 0, slotBegin = 0, slotEnd = 0; ///< the part of that slot

  bool operator==(const Footprint &other) const {
    return std::tie(space, begin, end, turn, slotBytes, slotBegin, slotEnd) ==
               std::tie(other.space, other.begin, other.end, other.turn, other.slotBytes,
                        other.slotBegin, other.slotEnd) &&
           argument == other.argument;
  }
};

struct Use {
  unsigned location;
  Pipe pipe;
  bool isWrite;
  int position; ///< of the last instruction with this use
};

struct Sequence;

/// An instruction, or control flow around some. Positions count the instructions of a program in
/// the order of its text, from 1.
struct Node {
  mlir::Operation *op;
  int begin = 0, end = 0;
  std::vector<Use> uses;
  std::vector<std::unique_ptr<Sequence>> parts;

  /// A barrier of all pipes.
  bool isBarrier() const;
  /// A while loop whose condition runs instructions.
  bool isUnbalanced() const;
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

  /// How many instructions of `pipe` stand at positions `begin` to `end`, the last excluded.
  int count(Pipe pipe, int begin, int end) const;

private:
  mlir::LogicalResult readBlock(mlir::Block &block, Sequence &sequence);
  mlir::LogicalResult readInstruction(CoreOpInterface op, Node &node);
  mlir::FailureOr<unsigned> locate(mlir::Value buffer);
  mlir::FailureOr<Footprint> findFootprint(mlir::Value buffer);
  mlir::FailureOr<Footprint> findSlot(SlotOp slot);
  unsigned addTurn(TurnOp turn);
  void findOverlaps();

  std::map<std::pair<Space, int64_t>, std::vector<unsigned>> locationsAt;
  std::vector<Footprint> locations;
  std::vector<std::vector<Overlap>> overlaps;
  std::vector<std::array<int, kPipes>> counts{{}};
};

//===---------------------------------------------------------------------------===//
// Flags
//===---------------------------------------------------------------------------===//

/// Up to which position the instructions of each pipe have ended.
using Clock = std::array<int, kPipes>;

/// A flag from one pipe to another. A returned flag orders iterations: it is set before `loop`,
/// awaited before `waitBefore`, set again after `setAfter`, which stands behind, and awaited after
/// `loop`.
struct Flag {
  Pipe from, to;
  mlir::Operation *setAfter; ///< null: set at the wait
  mlir::Operation *waitBefore;
  mlir::Operation *loop = nullptr; ///< the outermost loop around, if any
  bool isReturned = false;
  unsigned turn = kEveryTurn;

  int begin = 0, end = 0; ///< where its events are in use
  int released = 0;       ///< they are free for a pipe that knows `to` to be this far
  Clock known = {};       ///< what pipe `from` knows when it first sets the flag
  int partBegin = 0;      ///< first position of the block of a returned flag
  Clock passed = {};      ///< what its last set says

  int64_t event = -1;
};

struct FlagPlan {
  std::vector<Flag> flags;
  std::vector<mlir::Operation *> barriersBefore;
};

/// Pairs of pipes that get barriers instead of flags, in an outermost loop or (null) outside.
using BarredPairs = std::set<std::tuple<mlir::Operation *, Pipe, Pipe>>;

FlagPlan planFlags(const Accesses &accesses, const BarredPairs &barred);

/// Gives every flag its events; the pairs that need too many become barred.
bool allocateEvents(FlagPlan &plan, const Accesses &accesses, BarredPairs &barred);

} // namespace tilework::core

#endif // TILEWORK_TRANSFORMS_CORE_INSERTFLAGS_H
