//===- InsertFlagsProof.h - whether flags order a program ------------*- C++ -*-===//
//
// Executes a program abstractly, however often its loops run and whichever way its conditions go.
// For each pipe it keeps what the pipe may not know to have ended, and for each flag that is set
// what its wait will not tell. Both only grow where paths meet, so a loop is over when nothing
// does. An access is ordered if nothing it conflicts with is unknown to its pipe; a flag may be set
// if the waits before on its event are known.
//
// Slots in turn are proven one residue at a time: of a loop's iterations only those count that use
// the same slot. An iteration between two of them teaches, and adds nothing to learn, so that one
// stands for all. Flags of other slots teach nothing then, unless they are awaited in the iteration
// that sets them. What conflicts within one iteration only is proven apart, too:
// there each iteration forgets what it did.
//
//===---------------------------------------------------------------------------===//

#ifndef TILEWORK_TRANSFORMS_CORE_INSERTFLAGSPROOF_H
#define TILEWORK_TRANSFORMS_CORE_INSERTFLAGSPROOF_H

#include "lib/Transforms/Core/InsertFlags.h"

#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace tilework::core {

class Proof {
public:
  Proof(const Accesses &accesses, const FlagPlan &plan);

  /// Whether the flags order every conflict.
  bool run();

  /// Whether the instruction behind its wait would not be ordered without it, as `run` has found.
  bool isNeeded(unsigned flag) const { return needed[flag]; }

  /// Whether the flags do without this one too; if so it is gone from now on.
  bool runWithout(unsigned flag);

  int64_t work = 0; ///< steps executed

private:
  static constexpr int kNone = -1;

  /// What the sets and waits of one event pass on: a token that is there or not.
  struct Token {
    Pipe from, to;
    int64_t event, slots;
    unsigned turn; ///< kEveryTurn where its users take their turns by different loops
    mlir::Operation *loop;
    llvm::SmallVector<unsigned, 2> users; ///< flags
    unsigned alive = 0;                   ///< of them
    llvm::SmallVector<unsigned> waits;    ///< items: its waits
    llvm::SmallVector<unsigned> reused;   ///< items: waits of other tokens on the same events
  };
  struct Step;
  struct Block {
    std::vector<Step> steps;
  };
  struct Step {
    enum Kind { access, set, wait, barrier, loop, branch, rest } kind; ///< rest: a `while`'s body
    const Node *node = nullptr; ///< of an access or control flow
    unsigned token = 0;
    int flag = kNone; ///< of a set or wait; none where a token is lent or taken back
    std::vector<Block> parts;
    int64_t trips = 0; ///< of a loop; 0 if unknown
  };
  struct Given {
    unsigned token;
    llvm::BitVector unknown;
  };
  struct State {
    std::array<llvm::BitVector, kPipes> unknown;
    std::vector<Given> given; ///< in no particular order
    bool join(const State &other);
    bool isWithin(const State &other) const;
    Given *find(unsigned token);
  };
  struct Checkpoint {
    size_t step;
    State state;
  };

  // The program, with its flags.
  void addTokens();
  void addWaits();
  unsigned addItem(unsigned location, Pipe pipe, bool isWrite);
  Block build(const Sequence &sequence, bool isRoot);
  void buildNode(const Node &node, Block &block);
  void touch(unsigned token);

  // One class of conflicts.
  bool execute(const Block &block, State &state);
  bool executeStep(const Step &step, State &state);
  bool executeRound(const Block &block, State &state, bool isLast);
  bool executeLoop(const Step &step, State &state);
  bool executeAccess(const Node &node, State &state);
  bool executeSet(const Step &step, State &state);
  void executeWait(const Step &step, State &state);
  bool executeFrom(size_t first, size_t last, std::vector<Checkpoint> &known,
                   std::vector<std::pair<Checkpoint *, State>> &undo);
  void learn(Pipe pipe, const llvm::BitVector &unknown, State &state);
  void happen(unsigned item, Pipe pipe, State &state);
  void forget(const Node &loop, State &state);
  bool isOrdered(const Use &use, const llvm::BitVector &unknown) const;
  bool isHot(const Token &token) const;
  bool passesBy(const Token &token) const;
  State makeState() const;

  const Accesses &accesses;
  const FlagPlan &plan;
  std::vector<Token> tokens;
  std::vector<unsigned> tokenOf; ///< of each flag
  using Places =
      llvm::DenseMap<std::pair<const Sequence *, unsigned>, llvm::SmallVector<unsigned, 2>>;
  Places setsAt, waitsAt, guardsSetAt, guardsAwaitedAt; ///< flags, by nodes
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<unsigned, 2>> lentAt;
  llvm::DenseSet<mlir::Operation *> barriersBefore;
  std::vector<std::array<std::array<int, 2>, kPipes>> items; ///< of each location
  unsigned numItems = 0;
  llvm::DenseMap<const Node *, llvm::BitVector> inside; ///< items of each loop
  std::vector<const Node *> around;
  Block root;
  std::vector<std::pair<size_t, size_t>> reach; ///< steps of the root from first to last, by token

  std::vector<bool> needed, gone;                   ///< flags
  std::vector<unsigned> classes;                    ///< turns with conflicts
  std::vector<std::vector<Checkpoint>> checkpoints; ///< of each class
  unsigned turn = kEveryTurn;                       ///< of the class in hand
  bool isBetween = false;                           ///< in an iteration of another slot
  bool marksNeeded = false;
  std::vector<unsigned> awaited; ///< flags, since the last instruction
  State before;                  ///< the first of these waits
};

/// Drops flags that others imply in every execution.
void dropRedundantFlags(FlagPlan &plan, const Accesses &accesses);

} // namespace tilework::core

#endif // TILEWORK_TRANSFORMS_CORE_INSERTFLAGSPROOF_H
