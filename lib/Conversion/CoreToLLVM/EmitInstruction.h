//===- EmitInstruction.h - an instruction, as a record of the stream --------*- C++ -*-===//

#ifndef TILEWORK_CONVERSION_CORETOLLVM_EMITINSTRUCTION_H
#define TILEWORK_CONVERSION_CORETOLLVM_EMITINSTRUCTION_H

#include "dialects/Core/Core.h"
#include "lib/Conversion/TaskToLLVM/HostAbi.h"

#include "llvm/ADT/DenseMap.h"

namespace tilework {

/// Numbers that stand for values and strings in the records of one group.
struct StreamNames {
  llvm::SmallDenseMap<mlir::Value, int64_t> channels;
  std::vector<std::string> locations;

  /// The index of a location in `locations`, to which it is added if it is not there.
  int64_t intern(mlir::Location location);
};

/// Inserts, before `op`, what fills `record` (a `tw_instruction` in memory) and calls the service
/// `emit`.
void emitInstruction(const HostAbi &abi, core::CoreOpInterface op, mlir::Value host,
                     mlir::Value record, StreamNames &names);

} // namespace tilework

#endif // TILEWORK_CONVERSION_CORETOLLVM_EMITINSTRUCTION_H
