//===- Touched.h - which bytes of global memory a task touches ----------------------*- C++ -*-===//
//
// What the instructions of a task's stream read and write, and the scalars that its control flow
// reads: not what the task declared. Tasks of one stream and pattern touch the same bytes
// relative to their bases, so those are found once.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RECORDING_RACES_TOUCHED_H
#define TILEWORK_RECORDING_RACES_TOUCHED_H

#include "Recording.h"

#include <map>

namespace tilework::recording {

/// Bytes from `begin` up to `end`.
struct Bytes {
  int64_t begin, end;
};

/// Ascending, and apart from each other.
using ByteSet = std::vector<Bytes>;

ByteSet unite(ByteSet a, const ByteSet &b);
ByteSet intersect(const ByteSet &a, const ByteSet &b);

class TouchedBytes {
public:
  explicit TouchedBytes(const Recording &recording) : recording(recording) {}

  struct Sets {
    ByteSet writes, reads; ///< relative to the base; what is written is not among the reads
  };
  /// Of a task's base.
  const Sets &of(const Task &task, int32_t base);

  /// Whether the task writes anything at the base.
  bool writes(const Task &task, int32_t base);

private:
  struct Kind { ///< of tasks with one stream and pattern, by base
    std::vector<bool> writes;
    std::vector<Sets> sets;
    std::vector<bool> isKnown;
  };
  Kind &kindOf(const Task &task);
  template <typename Visit> void forEachRegion(const Task &task, Visit visit) const;

  const Recording &recording;
  std::map<std::pair<int32_t, int32_t>, Kind> kinds;
};

} // namespace tilework::recording

#endif // TILEWORK_RECORDING_RACES_TOUCHED_H
