//===- SplitLanesMemory.h - where two lanes meet in global memory ----------*- C++ -*-===//

#ifndef TILEWORK_TRANSFORMS_CORE_SPLITLANESMEMORY_H
#define TILEWORK_TRANSFORMS_CORE_SPLITLANESMEMORY_H

#include "dialects/Core/Core.h"

namespace tilework::core {

/// A sum of values, each with a factor, and a constant.
struct LinearSum {
  llvm::SmallVector<std::pair<mlir::Value, int64_t>> terms = {};
  int64_t constant = 0;

  static LinearSum of(mlir::OpFoldResult value);
  void add(const LinearSum &other, int64_t factor = 1);
};

/// A rectangle of a global tensor: in each dimension [begin, begin + size), where the size is known
/// to be at most that. Without intervals it may lie anywhere.
struct GlobalRectangle {
  struct Interval {
    LinearSum begin = {};
    std::optional<int64_t> size;
  };
  mlir::Value tensor;
  llvm::SmallVector<Interval> intervals;
  llvm::SmallVector<int64_t> dims; ///< for each dimension of the view that of the tensor
};

/// Who touches the rectangle of an access: each lane one part of it, lane 0 everything, or each
/// lane everything.
enum class LaneShare { parts, first, everything };

/// An access of global memory by a vector program. Of parts, lane 0 has those elements whose index
/// in `dim` of the view is less than `point`.
struct LaneAccess {
  mlir::Operation *op;
  bool writes;
  GlobalRectangle rectangle;
  LaneShare share = LaneShare::everything;
  int64_t dim = 0;
  LinearSum point = {};
};

/// Where the lanes of a program, which nothing orders, may touch the same bytes of global memory
/// and one of them writes.
class LaneMeetings {
public:
  explicit LaneMeetings(VectorProgramOp program);

  /// In program order; to say who touches what.
  std::vector<LaneAccess> accesses;

  /// Pairs that may meet on different lanes; an access is paired with itself in other iterations.
  llvm::SmallVector<std::pair<const LaneAccess *, const LaneAccess *>> find() const;

private:
  llvm::SmallVector<std::pair<unsigned, unsigned>> near; ///< pairs that are not always apart
};

} // namespace tilework::core

#endif // TILEWORK_TRANSFORMS_CORE_SPLITLANESMEMORY_H
