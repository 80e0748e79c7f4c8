//===- ImageTable.h - the table of an image, as a constant ----------------*- C++ -*-===//

#ifndef TILEWORK_CONVERSION_TASKTOLLVM_IMAGETABLE_H
#define TILEWORK_CONVERSION_TASKTOLLVM_IMAGETABLE_H

#include "mlir/IR/BuiltinOps.h"

#include <optional>
#include <string>
#include <vector>

namespace tilework {

/// What the table says of an argument (`tw_arg`).
struct ArgumentRecord {
  int32_t kind, elementType, rank, slot, direction, flags;
  std::string name;
};

/// What it says of a channel of a placed kernel (`tw_channel`).
struct ChannelRecord {
  int64_t rows, columns, type, slots, toCube, split, base, slotBytes, isDirect;
};

/// What it says of a placed kernel (`tw_walk`).
struct WalkRecord {
  std::string walk; ///< symbol of the native function
  std::vector<ChannelRecord> channels;
  std::vector<std::string> locations;
  bool hasCube = false;
  int32_t lanes = 0;
  int64_t ringBytes = 0;
  int32_t reads = 0; ///< of scalars of tiles
};

/// What it says of a kernel or an entry (`tw_kernel`, `tw_entry`).
struct FunctionRecord {
  std::string name, location;
  std::string run;      ///< symbol of the native function
  std::string accesses; ///< symbol of the region program, empty where there is none
  std::vector<ArgumentRecord> arguments;
  int32_t slotCount = 0;
  std::optional<WalkRecord> walk = std::nullopt;
  int32_t flags = 0; ///< of a kernel
};

/// What it says of a loop that submits (`tw_loop`).
struct LoopRecord {
  std::string location, variable;
  int32_t kind, verdict;
};

/// What it says of a run-time check (`tw_check`).
struct CheckRecord {
  std::string message, location;
  int32_t valueCount;
};

struct ImageTable {
  std::string target;
  std::vector<FunctionRecord> kernels, entries;
  std::vector<CheckRecord> checks;
  std::vector<LoopRecord> loops;

  /// Appends the constant `tilework_image` and all it refers to.
  void emit(mlir::ModuleOp module) const;
};

/// `file.py:12:5` of the innermost source position, or "unknown".
std::string describeLocation(mlir::Location location);

} // namespace tilework

#endif // TILEWORK_CONVERSION_TASKTOLLVM_IMAGETABLE_H
