//===- AccessSets.h - what the submissions of an entry touch --------*- C++ -*-===//
//
// Each rectangle that a region program declares, as a set of integers: the iterations of the loops
// around the submission and inside the program under which it exists, and the elements of the
// tensor it lies in, in as many dimensions as that has. Views are seen through.
//
//===------------------------------------------------------------------------===//

#ifndef TILEWORK_TRANSFORMS_TASK_ACCESSSETS_H
#define TILEWORK_TRANSFORMS_TASK_ACCESSSETS_H

#include "lib/Transforms/Task/ScalarTerms.h"

#include "llvm/ADT/SetVector.h"

#include <deque>

namespace tilework::task {

/// A submission, or an element that the orchestration reads.
struct Statement {
  mlir::Operation *op;
  mlir::SmallVector<int> loops; ///< around it, outermost first
  std::vector<Formula> guards;  ///< under which it runs
  bool isGuarded = false;       ///< by any condition

  SubmitOp submit() const { return mlir::dyn_cast<SubmitOp>(op); }
};

struct Access {
  unsigned statement;
  int position = 0; ///< of the argument; of a read 0
  Direction direction = Direction::in;
  mlir::Value root;                         ///< the tensor; null if a run chooses it
  llvm::SetVector<mlir::Value> origins;     ///< the tensors that it may be
  mlir::SmallVector<Linear> offsets, sizes; ///< in it; none: anywhere
  mlir::SmallVector<bool> isWhole;          ///< by dimension, all that the tensor has
  std::vector<Formula> guards;              ///< within the region program
  /// The loops within the region program: the variable that counts, the guard that bounds it.
  mlir::SmallVector<std::pair<unsigned, unsigned>> loops;
  bool isExact = true; ///< all of it is touched

  bool isMapped() const { return root && !offsets.empty(); }
};

class AccessSets {
public:
  explicit AccessSets(EntryOp entry);

  ScalarTerms terms;
  std::vector<Statement> statements; ///< in the order of their text
  std::vector<Access> accesses;      ///< by statement
  /// Arrays of which elements at different indices differ, and the value to which it does not
  /// apply.
  llvm::DenseMap<mlir::Value, std::optional<int64_t>> distinct;

private:
  void add(SubmitOp submit);
  void add(ReadOp read);
  void add(AssumeDistinctOp op);
  Statement &addStatement(mlir::Operation *op);
  void addProgram(mlir::Block &block, ProgramScalars &program, Access &around);
  void addRectangle(AccessOp op, ProgramScalars &program, Access access);
  void place(Access &access, mlir::Value array);

  std::deque<ProgramScalars> programs;
  llvm::DenseMap<mlir::Attribute, AccessesOp> programOf; ///< by kernel
};

} // namespace tilework::task

#endif // TILEWORK_TRANSFORMS_TASK_ACCESSSETS_H
