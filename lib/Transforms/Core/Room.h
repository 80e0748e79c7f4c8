//===- Room.h - whether buffers may live longer ----------------------------------*- C++ -*-===//

#ifndef TILEWORK_TRANSFORMS_CORE_ROOM_H
#define TILEWORK_TRANSFORMS_CORE_ROOM_H

#include "lib/Transforms/Core/Memories.h"

namespace tilework::core {

/// The memories of one program, as they fill up. Positions are those before any change.
class Room {
public:
  Room(mlir::Operation *program, const Device &device);

  /// Takes the room for the contents of `buffer` from the start of `first` to the end of `last`, or
  /// returns false where it cannot be placed any more.
  bool take(BufferOp buffer, mlir::Operation *first, mlir::Operation *last);

private:
  const Device &device;
  Positions positions;
  llvm::SmallVector<Lifetime> lifetimes;
};

/// Calls `visit` for each program of a group, with the room that it has. Fails where the module
/// names a device that is not described.
llvm::LogicalResult
forEachProgram(GroupOp group, llvm::function_ref<void(mlir::Operation *program, Room &room)> visit);

} // namespace tilework::core

#endif // TILEWORK_TRANSFORMS_CORE_ROOM_H
