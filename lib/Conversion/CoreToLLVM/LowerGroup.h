//===- LowerGroup.h - a placed kernel, as its walk -------------------------*- C++ -*-===//

#ifndef TILEWORK_CONVERSION_CORETOLLVM_LOWERGROUP_H
#define TILEWORK_CONVERSION_CORETOLLVM_LOWERGROUP_H

#include "dialects/Core/Core.h"
#include "lib/Conversion/TaskToLLVM/HostAbi.h"
#include "lib/Conversion/TaskToLLVM/ImageTable.h"

namespace tilework {

/// Replaces a placed group by the function that emits the streams of its units, and adds the walk
/// to its kernel in the table. Fails where a buffer has no address, or an instruction no unit.
llvm::LogicalResult lowerGroup(const HostAbi &abi, ImageTable &table, core::GroupOp group);

} // namespace tilework

#endif // TILEWORK_CONVERSION_CORETOLLVM_LOWERGROUP_H
