//===- Problem.h - a buffer placement problem and its answer ------------------------*- C++ -*-===//
//
// One memory, buffers with lifetimes in, one address per buffer out. Plain data, shared by those
// who state problems, the solvers (Place.h) and the checker (VerifyPlacement.h). No MLIR.
//
// Sizes, alignments and addresses are in bytes; addresses count from the start of the memory. Time
// is a sequence of integer points whose meaning is the caller's, such as positions in a schedule.
// Buffers are known by their index in `Problem::buffers`.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_PLANNING_PLACEMENT_PROBLEM_H
#define TILEWORK_PLANNING_PLACEMENT_PROBLEM_H

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tilework::placement {

/// The time points begin, begin + 1, …, end - 1.
struct Interval {
  int64_t begin;
  int64_t end;
};

struct Buffer {
  std::string name;
  int64_t sizeBytes = 0;
  int64_t alignmentBytes = 1; ///< a power of two
  /// When the contents matter; at least one interval, in any order. Between two intervals the bytes
  /// are anybody's: such holes are filled with other buffers.
  std::vector<Interval> live;
  std::optional<int64_t> fixedAddress;
};

/// A pair of distinct buffers.
using BufferPair = std::pair<int32_t, int32_t>;

struct Problem {
  int64_t capacityBytes = 0;
  std::vector<Buffer> buffers;
  /// In-place results and their operands: both begin at one address; chains make groups. Members
  /// of a group may both be live at the point where one takes over from the other, but never at two
  /// points in a row. While only a smaller member lives, the bytes beyond it are free.
  std::vector<BufferPair> sameAddress;
  /// Buffers whose order in time is unknown: they share no byte, whatever their intervals say.
  std::vector<BufferPair> neverShare;
};

/// In order of cost.
enum class Solver { FirstFit, Greedy, Search };

struct Placement {
  std::vector<int64_t> addresses; ///< one per buffer
  int64_t peakBytes = 0;          ///< the end of the buffer that reaches highest
  Solver solver = Solver::FirstFit;
  bool optimal = false; ///< the peak equals the lower bound
};

/// Where a problem needs most, to say why it does not fit.
struct Pressure {
  int64_t time = 0;          ///< the first of the fullest time points
  int64_t liveBytes = 0;     ///< needed by the buffers live there, with their alignment
  std::vector<int32_t> live; ///< they, largest first; of a group, the largest member
};

enum class Status {
  Placed,     ///< `placement` fits the capacity
  NotFound,   ///< none was found that fits; `placement` is the best, beyond the capacity
  Impossible, ///< none exists: the lower bound exceeds the capacity
  Malformed,  ///< the problem contradicts itself; `message` says where
};

struct Result {
  Status status = Status::Malformed;
  Placement placement; ///< unless malformed: the best found, whether it fits or not
  /// No placement has a lower peak: the greatest need at one time, or what the search has proven.
  int64_t lowerBoundBytes = 0;
  Pressure pressure;     ///< unless malformed
  int64_t overBytes = 0; ///< by which the best placement, or else the bound, is too large
  int64_t steps = 0;     ///< positions of one buffer that the solvers tried
  std::string message;
};

} // namespace tilework::placement

#endif // TILEWORK_PLANNING_PLACEMENT_PROBLEM_H
