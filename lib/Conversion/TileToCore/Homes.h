//===- Homes.h - in which memory the tiles of a kernel lie ---------------*- C++ -*-===//
//
// A tensor value of a kernel is made in one place, its home, and needed in others by those that use
// it. Both follow from the operations around it.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_CONVERSION_TILETOCORE_HOMES_H
#define TILEWORK_CONVERSION_TILETOCORE_HOMES_H

#include "dialects/Core/Core.h"
#include "dialects/Task/Task.h"
#include "dialects/Tile/Tile.h"

#include "llvm/ADT/EquivalenceClasses.h"

namespace tilework {

enum class Home {
  global, ///< a tensor in global memory, the kernel's argument
  slice,  ///< a part of one, loaded where it is needed
  ub,     ///< what a vector core computes
  l0c     ///< what the cube core computes
};

/// Where a tile is needed, besides its home.
struct Needs {
  bool ub = false, l1 = false;
};

class Homes {
public:
  explicit Homes(task::KernelOp kernel);

  Home getHome(mlir::Value value) const { return homes.lookup(value); }
  Needs getNeeds(mlir::Value value) const;

  /// The value that stands for all that share an accumulator: sums, and what loops and branches
  /// make of them.
  mlir::Value getAccumulator(mlir::Value value) const;

  /// Whether the accumulator may hold a later sum than `value` where `user` reads it.
  bool isAddedToBefore(mlir::Value value, mlir::Operation *user) const;

  /// A cast of a product that the fixpipe does on the way out of the accumulator.
  static bool isFixpipeCast(tile::CastOp op, Home input);

private:
  Home computeHome(mlir::Value value) const;
  Home computeCarried(mlir::Value init, mlir::Value argument) const;
  bool isAccumulated(mlir::Value value) const;
  void shareAccumulators(mlir::Operation *op);

  llvm::DenseMap<mlir::Value, Home> homes;
  llvm::EquivalenceClasses<void *> accumulators;
};

/// The values a region operation takes, hands around and gives, position by position.
struct Carried {
  mlir::Value init, argument, yielded, result;
};
llvm::SmallVector<Carried> getCarried(mlir::Operation *loop);

} // namespace tilework

#endif // TILEWORK_CONVERSION_TILETOCORE_HOMES_H
