//===- LoopModel.h - programs as the model of pipes sees them ------------------*- C++ -*-===//

#ifndef TILEWORK_TRANSFORMS_CORE_LOOPMODEL_H
#define TILEWORK_TRANSFORMS_CORE_LOOPMODEL_H

#include "lib/Planning/Device.h"
#include "lib/Planning/PipeModel/PipeModel.h"
#include "lib/Transforms/Core/Units.h"

#include "dialects/Core/Core.h"

namespace tilework::core {

/// Reads instructions and loops into a `pipes::Program`. A queue is a pipe of a unit; a buffer is
/// one of the core's, or a channel: a push writes it and a pop reads it.
class LoopModel {
public:
  explicit LoopModel(const Device &device);

  /// The number of a buffer or channel, a new one for one not seen before.
  int32_t getNumber(mlir::Value root);

  /// The number of a loop that the caller makes a node of.
  int32_t addLoop(mlir::Operation *loop);

  /// The nodes of a block. Of two branches the longer one counts.
  std::vector<pipes::Node> read(mlir::Block &block);
  /// The node of an instruction or a loop.
  std::vector<pipes::Node> read(mlir::Operation *op);
  /// Global memory counts for nothing in it.
  pipes::Instruction readInstruction(CoreOpInterface op);

  mlir::Operation *getLoop(const pipes::Node &node) const { return loops[node.loop]; }
  int32_t getLoopNumber(mlir::Operation *loop) const;
  /// The instructions read so far that touch a buffer.
  llvm::ArrayRef<mlir::Operation *> getAccesses(int32_t number) const { return accesses[number]; }

  pipes::Program program;

private:
  const Device &device;
  llvm::DenseMap<mlir::Value, int32_t> numbers;
  llvm::SmallVector<llvm::SmallVector<mlir::Operation *>> accesses;
  llvm::SmallVector<mlir::Operation *> loops; ///< by number
};

/// The queue of an instruction.
int32_t getQueue(CoreOpInterface op);
int32_t getQueue(Unit unit, Pipe pipe);

} // namespace tilework::core

#endif // TILEWORK_TRANSFORMS_CORE_LOOPMODEL_H
