//===- Aliases.h - which tensors may lie in one memory --------------*- C++ -*-===//
//
// Every update of a global tensor happens in place, so that a tensor lies where it was handed on
// from: through submissions, loops, conditions and views, back to an argument or to where it is
// made.
//
//===------------------------------------------------------------------------===//

#ifndef TILEWORK_TRANSFORMS_TASK_ALIASES_H
#define TILEWORK_TRANSFORMS_TASK_ALIASES_H

#include "dialects/Task/Task.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SetVector.h"

namespace tilework::task {

/// What `value`, a tensor or a memref, may be at once: of a loop the initial value, then the
/// yielded one, of a condition one for each side. None for arguments and what is made.
mlir::SmallVector<mlir::Value> getSources(mlir::Value value);

/// The arguments and the made tensors in whose memory `value` may lie.
llvm::SetVector<mlir::Value> findOrigins(mlir::Value value);

/// The argument of the entry that the caller does not let us write and that `value` may be, or
/// null.
mlir::Value findReadOnly(mlir::Value value);

class Aliases {
public:
  explicit Aliases(EntryOp entry);

  /// Whether two tensors may lie in one memory at a moment when there are both. An iteration that
  /// makes a tensor makes another one than those before it.
  bool mayAlias(mlir::Value a, mlir::Value b) const;

  /// A use of another tensor than what `writer` makes of `destination`, or of this one in another
  /// iteration, that would find contents which `writer` has changed; null: there is none.
  mlir::OpOperand *findDisturbedUse(mlir::Operation *writer, mlir::Value destination) const;

private:
  void number(mlir::Region &region);

  mlir::SmallVector<mlir::Value> tensors;           ///< in the order in which they come to be
  llvm::DenseMap<mlir::Value, unsigned> moments;    ///< of values; those of one operation have one
  llvm::DenseMap<mlir::Operation *, unsigned> ends; ///< the moment of an operation's results
  unsigned next = 0;
};

} // namespace tilework::task

#endif // TILEWORK_TRANSFORMS_TASK_ALIASES_H
