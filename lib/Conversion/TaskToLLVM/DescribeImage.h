//===- DescribeImage.h - what the table of an image says of a module -------*- C++ -*-===//

#ifndef TILEWORK_CONVERSION_TASKTOLLVM_DESCRIBEIMAGE_H
#define TILEWORK_CONVERSION_TASKTOLLVM_DESCRIBEIMAGE_H

#include "dialects/Tile/Tile.h"
#include "lib/Conversion/TaskToLLVM/ImageTable.h"

namespace tilework {

/// The kernels and entries of a module, in its order; checks are added as they are lowered.
ImageTable describeImage(mlir::ModuleOp module);

/// The `tw_type` of an element or scalar.
int32_t encodeElementType(mlir::Type type);

CheckRecord describeCheck(tile::CheckOp check);

/// A loop around submissions.
LoopRecord describeLoop(mlir::Operation *loop);

} // namespace tilework

#endif // TILEWORK_CONVERSION_TASKTOLLVM_DESCRIBEIMAGE_H
