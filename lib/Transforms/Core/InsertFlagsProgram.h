//===- InsertFlagsProgram.h - a program with its flags ----------------*- C++ -*-===//
//
// A program as proofs execute it: its accesses, the sets and waits of a plan in the order in which
// they are inserted, and its control flow. Flags can be taken out and put back.
//
//===---------------------------------------------------------------------------===//

#ifndef TILEWORK_TRANSFORMS_CORE_INSERTFLAGSPROGRAM_H
#define TILEWORK_TRANSFORMS_CORE_INSERTFLAGSPROGRAM_H

#include "lib/Transforms/Core/InsertFlags.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

namespace tilework::core {

class FlaggedProgram {
public:
  FlaggedProgram(const Accesses &accesses, const FlagPlan &plan);

  static constexpr int kNone = -1;

  /// What the sets and waits of one event pass on: a token that is there or not.
  struct Token {
    Pipe from, to;
    int64_t event, slots;
    unsigned turn; ///< kEveryTurn where its users take their turns by different loops
    mlir::Operation *loop;
    llvm::SmallVector<unsigned, 2> users; ///< flags
    unsigned alive = 0;                   ///< of them
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

  /// Whether the flag of a set or wait has been taken out.
  bool isGone(const Step &step) const {
    return step.flag == kNone ? !tokens[step.token].alive : gone[step.flag];
  }
  void takeOut(unsigned flag) {
    gone[flag] = true;
    --tokens[tokenOf[flag]].alive;
  }
  void putBack(unsigned flag) {
    gone[flag] = false;
    ++tokens[tokenOf[flag]].alive;
  }

  const Accesses &accesses;
  const FlagPlan &plan;
  std::vector<Token> tokens;
  std::vector<unsigned> tokenOf; ///< of each flag
  std::vector<bool> gone;        ///< flags
  Block root;

private:
  void addTokens();
  Block build(const Sequence &sequence);
  void buildNode(const Node &node, Block &block);

  using Places =
      llvm::DenseMap<std::pair<const Sequence *, unsigned>, llvm::SmallVector<unsigned, 2>>;
  Places setsAt, waitsAt, guardsSetAt, guardsAwaitedAt; ///< flags, by nodes
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<unsigned, 2>> lentAt;
  llvm::DenseSet<mlir::Operation *> barriersBefore;
};

} // namespace tilework::core

#endif // TILEWORK_TRANSFORMS_CORE_INSERTFLAGSPROGRAM_H
