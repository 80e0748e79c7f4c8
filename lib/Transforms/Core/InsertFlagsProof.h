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

#include "lib/Transforms/Core/InsertFlagsProgram.h"

#include "llvm/ADT/BitVector.h"

#include <limits>
#include <optional>

namespace tilework::core {

class Proof {
public:
  explicit Proof(FlaggedProgram &program);

  /// Whether the flags order every conflict.
  bool run();

  /// Whether the instruction behind its wait would not be ordered without it, as `run` has found.
  bool isNeeded(unsigned flag) const { return needed[flag]; }

  /// Whether the flags do without this one too; if so it is gone from now on.
  bool runWithout(unsigned flag);

  int64_t work = 0; ///< steps executed

private:
  static constexpr int kNone = FlaggedProgram::kNone;
  using Token = FlaggedProgram::Token;
  using Step = FlaggedProgram::Step;
  using Block = FlaggedProgram::Block;

  /// Items: the waits of a token, and those of other tokens on the same events.
  struct Waits {
    llvm::SmallVector<unsigned> own, reused;
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
  /// The last time that an outermost loop was executed: the states between which it goes on.
  struct Body {
    std::array<std::vector<Checkpoint>, 2> passes; ///< an iteration that counts, one between
    State exit;
  };
  /// One class of conflicts.
  struct Trail {
    std::vector<Checkpoint> root;
    std::map<size_t, Body> bodies; ///< by their steps of the root
  };
  /// What an attempt has replaced.
  struct Undo {
    std::vector<std::pair<Checkpoint *, State>> states;
    std::vector<std::pair<Body *, Body>> bodies;
    void restore();
  };
  enum class Outcome { hazard, closed, ended }; ///< closed: nothing more is unknown from here on

  // The program.
  void addSteps(const Block &block, bool isRoot, bool isBody);
  void addWaits();
  void addItem(const Use &use);
  void touch(unsigned token);

  // One class of conflicts.
  bool execute(const Block &block, State &state);
  bool executeStep(const Step &step, State &state);
  bool executeRound(const Block &block, State &state, bool isLast,
                    std::vector<Checkpoint> *checkpoints);
  bool executeLoop(const Step &step, State &state);
  bool executeAccess(const Node &node, State &state);
  bool executeSet(const Step &step, State &state);
  void executeWait(const Step &step, State &state);
  bool executeRoot(size_t number, State &state, Trail &trail);
  Outcome resume(const Block &block, Checkpoint from, size_t last, std::vector<Checkpoint> &known,
                 Trail &trail, Undo &undo);
  Outcome resumeBody(unsigned token, Trail &trail, Undo &undo);
  void learn(Pipe pipe, const llvm::BitVector &unknown, State &state);
  void happen(unsigned item, Pipe pipe, State &state);
  void forget(const Node &loop, State &state);
  bool isOrdered(const Use &use, const llvm::BitVector &unknown) const;
  bool isHot(const Token &token) const;
  bool passesBy(const Token &token) const;
  State makeState() const;

  FlaggedProgram &program;
  const Accesses &accesses;
  const FlagPlan &plan;
  std::vector<Waits> waitsOf;                                ///< each token
  std::vector<std::array<std::array<int, 2>, kPipes>> items; ///< of each location
  unsigned numItems = 0;
  llvm::DenseMap<const Node *, llvm::BitVector> inside; ///< items of each loop
  std::vector<const Node *> around;
  struct Reach {
    size_t first = std::numeric_limits<size_t>::max(), last = 0;
  };
  std::vector<Reach> reach, bodyReach; ///< steps of the root, of an outermost loop's body; by token
  std::vector<size_t> loopOf;          ///< the step of that loop
  size_t rootStep = 0;                 ///< the one in hand
  std::optional<size_t> bodyStep;      ///< in an outermost loop

  std::vector<bool> needed;      ///< flags
  std::vector<unsigned> classes; ///< turns with conflicts
  std::vector<Trail> trails;     ///< of each class
  unsigned turn = kEveryTurn;    ///< of the class in hand
  bool isBetween = false;        ///< in an iteration of another slot
  Body *recorded = nullptr;      ///< of the loop that comes next
  bool marksNeeded = false;
  std::vector<unsigned> awaited; ///< flags, since the last instruction
  State before;                  ///< the first of these waits
};

/// Lets flags around branches pass through those that are taken.
void relayFlags(FlagPlan &plan, const Accesses &accesses);

/// Where the flag that lent the events is gone, the first that borrows them lends them.
void lendWhatIsBorrowed(FlagPlan &plan);

/// Drops flags that others imply in every execution.
void dropRedundantFlags(FlagPlan &plan, const Accesses &accesses);

} // namespace tilework::core

#endif // TILEWORK_TRANSFORMS_CORE_INSERTFLAGSPROOF_H
