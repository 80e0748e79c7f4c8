//===- EntryRun.h - an orchestration gone through on small data -----*- C++ -*-===//
//
// Executes the scalars, loops and conditions of an entry and of its region programs, op by op, and
// notes which rectangles each task declares. It shares nothing with the sets that it judges.
//
//===------------------------------------------------------------------------===//

#ifndef TILEWORK_TEST_TRANSFORMS_ENTRYRUN_H
#define TILEWORK_TEST_TRANSFORMS_ENTRYRUN_H

#include "dialects/Task/Task.h"

#include "llvm/ADT/DenseMap.h"

#include <map>
#include <vector>

namespace tilework::task {

/// What the entry is called with, by argument: a scalar, or the elements of an array. Of an array
/// without elements here, only its extent in dynamic dimensions.
struct Data {
  std::map<unsigned, int64_t> scalars, extents;
  std::map<unsigned, std::vector<int64_t>> arrays;
};

using Numbers = std::vector<int64_t>;

/// A tensor: an argument or an allocation, in one iteration of the loops around that.
struct Tensor {
  const void *value = nullptr;
  Numbers trips;
  bool operator==(const Tensor &other) const {
    return value == other.value && trips == other.trips;
  }
  bool operator<(const Tensor &other) const {
    return std::tie(value, trips) < std::tie(other.value, other.trips);
  }
};

struct Rectangle {
  int position; ///< of the argument
  bool reads, writes;
  Tensor tensor;
  Numbers begin, end;
  auto key() const { return std::tie(position, reads, writes, tensor, begin, end); }
  bool operator==(const Rectangle &other) const { return key() == other.key(); }
  bool operator<(const Rectangle &other) const { return key() < other.key(); }
};

struct RunTask {
  mlir::Operation *submit;
  Numbers trips;                     ///< of the loops around it
  std::vector<Rectangle> rectangles; ///< that are not empty
};

/// In the order of submission.
struct EntryRun {
  EntryRun(EntryOp entry, const Data &data);

  std::vector<RunTask> tasks;
  /// Scalars of the orchestration, by iteration of the loops around them.
  std::map<std::pair<const void *, Numbers>, int64_t> values;
};

} // namespace tilework::task

#endif // TILEWORK_TEST_TRANSFORMS_ENTRYRUN_H
