//===- ScalarTerms.h - scalars of an orchestration as linear terms --*- C++ -*-===//
//
// Scalars of an entry and of region programs become linear terms over variables: trips of loops,
// quotients, minima, choices, elements read from arrays, and opaque values. Each variable knows the
// loops that it varies with: in two iterations that differ in none of those it has one value.
//
//===------------------------------------------------------------------------===//

#ifndef TILEWORK_TRANSFORMS_TASK_SCALARTERMS_H
#define TILEWORK_TRANSFORMS_TASK_SCALARTERMS_H

#include "lib/Transforms/Task/IntegerProblem.h"

#include "dialects/Task/Task.h"

#include "llvm/ADT/DenseMap.h"

namespace tilework::task {

enum class VariableKind { trip, quotient, minimum, maximum, choice, element, opaque };

struct Variable {
  VariableKind kind;
  int loop = -1;                     ///< the innermost loop that it varies with; -1: none
  bool isLocal = false;              ///< varies within a region program as well
  mlir::Value value;                 ///< what it stands for, where there is one
  Linear lhs, rhs;                   ///< of quotient (lhs), minimum, maximum and choice
  int64_t divisor = 1;               ///< of quotient
  Formula condition, otherwise;      ///< of choice: it is lhs under the first, rhs under the second
  mlir::SmallVector<Linear> indices; ///< of element, of the array `value`
};

/// A loop of the orchestration, or of a region program.
struct Loop {
  mlir::Operation *op;
  int parent;
  unsigned depth; ///< loops around it
  unsigned trip;  ///< the variable that counts iterations from 0
  bool isCounted; ///< its variable is `lower + trip * step` and below `upper`
  Linear lower, upper;
  int64_t step = 1;
};

/// A region program as one submission runs it.
struct ProgramScalars {
  SubmitOp submit;
  int loop;                                        ///< around the submission
  llvm::DenseMap<mlir::Value, mlir::Value> arrays; ///< arguments of the program → passed
  llvm::DenseMap<mlir::Value, Linear> known;
};

class ScalarTerms {
public:
  explicit ScalarTerms(EntryOp entry) : entry(entry) {}

  /// `program` is null for values of the orchestration.
  Linear get(mlir::Value value, ProgramScalars *program = nullptr);
  Formula condition(mlir::Value value, bool isTrue, ProgramScalars *program = nullptr);

  /// The size of dimension `dim` of an array of the orchestration.
  Linear extent(mlir::Value array, unsigned dim);

  /// The number of `op`'s loop; it is entered when first asked for, after those around it.
  int loopOf(mlir::Operation *op);
  int innermostLoop(mlir::Operation *op) { return loopOf(op->getParentOp()); }

  /// A loop of a region program: the range of its variable, which becomes a local one.
  Conjunction enterLocalLoop(mlir::LoopLikeOpInterface loop, ProgramScalars &program);

  const Variable &variable(unsigned index) const { return variables[index]; }
  const Loop &loop(int index) const { return loops[index]; }
  mlir::SmallVector<int> loopsAround(mlir::Operation *op);

  /// True when nobody writes `array` while the entry runs.
  bool isStable(mlir::Value array);

private:
  Linear compute(mlir::Value value, ProgramScalars *program);
  Linear computeArgument(mlir::BlockArgument argument, ProgramScalars *program);
  std::optional<Linear> computeCarried(mlir::BlockArgument argument);
  Linear expand(mlir::AffineExpr expr, mlir::ArrayRef<Linear> dims, mlir::ArrayRef<Linear> symbols,
                mlir::Value value, ProgramScalars *program);
  Linear add(Variable variable);
  Linear opaque(mlir::Value value, ProgramScalars *program);
  Linear floorDiv(const Linear &dividend, int64_t divisor);
  Linear extreme(VariableKind kind, const Linear &a, const Linear &b);
  Linear choose(mlir::Value condition, const Linear &a, const Linear &b, ProgramScalars *program);
  Linear element(mlir::Value array, mlir::SmallVector<Linear> indices);
  void vary(Variable &variable, const Linear &with);
  void vary(Variable &variable, const Formula &with);
  void enter(mlir::LoopLikeOpInterface op, Loop &loop);

  EntryOp entry;
  std::vector<Variable> variables;
  std::vector<Loop> loops;
  llvm::DenseMap<mlir::Operation *, int> loopNumbers;
  llvm::DenseMap<mlir::Value, Linear> known;
  llvm::DenseMap<std::pair<mlir::Value, unsigned>, Linear> extents;
};

} // namespace tilework::task

#endif // TILEWORK_TRANSFORMS_TASK_SCALARTERMS_H
