//===- Memories.h - the modelled memories of a core group, and views of them --------*- C++ -*-===//

#ifndef TILEWORK_RUNTIME_EXACT_MEMORIES_H
#define TILEWORK_RUNTIME_EXACT_MEMORIES_H

#include "Elements.h"
#include "Exact.h"

namespace tilework::runtime::exact {

/// Sizes or strides of five dimensions; missing leading dimensions have size 1.
using Extents = std::array<int64_t, TW_STREAM_MAX_RANK>;
Extents sizesOf(const tw_region &region);
bool isEmpty(const Extents &sizes);

/// A region where its bytes lie on the host.
struct View {
  int64_t type = 0;
  uint8_t *data = nullptr;
  uint8_t *defined = nullptr; ///< a byte per byte of data; null: all defined, or not followed
  bool mustStayDefined = false;
  int64_t rank = 0; ///< of the region; dimensions before are 1
  Extents sizes = {};
  Extents strideBytes = {};

  /// The row at `index`, of which the last dimension is not used.
  Row row(const Extents &index) const { return rowAt(offset(index)); }
  Row rowAt(int64_t offsetBytes) const {
    return {data + offsetBytes, type, strideBytes.back(), sizes.back()};
  }
  int64_t offset(const Extents &index) const {
    int64_t bytes = 0;
    for (int d = 0; d + 1 < TW_STREAM_MAX_RANK; ++d)
      bytes += index[d] * strideBytes[d];
    return bytes;
  }
  int64_t columns() const { return sizes.back(); }
};

/// A view of one scalar in a slot.
View viewOfScalar(int64_t *slot, int64_t type);
/// Repeats unit dimensions up to `sizes`.
View repeated(View view, const Extents &sizes);
/// The leading part of `sizes` elements.
View leading(View view, const Extents &sizes);
/// The last two dimensions swapped.
View transposed(View view);

/// Calls `visit(index)` for every row of `sizes`; the last dimension of `index` is 0.
template <typename Visit> void forEachRow(const Extents &sizes, Visit visit) {
  if (isEmpty(sizes))
    return;
  Extents i = {};
  for (i[0] = 0; i[0] < sizes[0]; ++i[0])
    for (i[1] = 0; i[1] < sizes[1]; ++i[1])
      for (i[2] = 0; i[2] < sizes[2]; ++i[2])
        for (i[3] = 0; i[3] < sizes[3]; ++i[3])
          visit(i);
}

/// Bytes of undefined memory: NaNs of every float type, large odd integers of every width above 8.
void poison(uint8_t *data, int64_t sizeBytes);

/// Bytes of a memory that starts poisoned.
struct ModelledMemory {
  std::vector<uint8_t> data;
  std::vector<uint8_t> defined; ///< a byte per byte; empty: not followed

  void allocate(int64_t sizeBytes, bool tracksUndefined);
  /// Makes a part undefined again.
  void forget(int64_t begin, int64_t sizeBytes);
};

/// All memories of a core group.
class Memories {
public:
  /// Of its cores, only the parts that the stream touches are modelled.
  Memories(const KernelStream &stream, const ExactOptions &options);

  /// The region must have passed checkInstruction(). Throws ProgramError outside `options.gm`.
  View view(int32_t unit, const tw_region &region);

  /// A memory of one core.
  ModelledMemory &of(int32_t unit, int64_t space) { return memories[unit][space]; }

  /// The part of global memory that channels lie in.
  ModelledMemory rings;

private:
  View globalView(const tw_region &region, View view) const;

  const ExactOptions &options;
  std::array<std::array<ModelledMemory, TW_SPACES>, TW_UNITS> memories;
};

/// The bytes [0, end) from its base that a region spans; 0 where it is empty.
int64_t spanBytes(const tw_region &region);

} // namespace tilework::runtime::exact

#endif // TILEWORK_RUNTIME_EXACT_MEMORIES_H
