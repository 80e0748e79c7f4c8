//===- Layouts.h - how two lanes share a tile, and views of it ----------------*- C++ -*-===//

#ifndef TILEWORK_PLANNING_LANES_LAYOUTS_H
#define TILEWORK_PLANNING_LANES_LAYOUTS_H

#include <cstdint>
#include <optional>
#include <vector>

namespace tilework::lanes {

/// Whole: each lane has all elements. Else lane 0 has those before `point` in dimension `dim`, and
/// lane 1 the rest. `origin` names an offset known at run time only, which is to be subtracted from
/// the point; 0 is none.
struct Layout {
  int64_t dim = -1, point = 0, origin = 0;

  bool isWhole() const { return dim < 0; }
  bool operator==(const Layout &other) const {
    return dim == other.dim && point == other.point && origin == other.origin;
  }
};

/// The layout that halves `dim`; of an odd size lane 0 has the larger half.
inline Layout halve(const std::vector<int64_t> &shape, int64_t dim) {
  return {dim, (shape[dim] + 1) / 2};
}

/// From a tile or view to a view of it. Shapes are static, or bounds of dynamic ones.
struct View {
  enum class Kind { part, reshape };
  /// Where a part begins: at a constant or at what `origin` names.
  struct Offset {
    int64_t constant = 0, origin = 0;
    bool isStrided = false; ///< with gaps between its elements
  };
  Kind kind;
  std::vector<int64_t> from, to;
  std::vector<int64_t> dims;    ///< of a part: for each dimension of `to`, that of `from`
  std::vector<Offset> offsets;  ///< of a part: for each dimension of `from`
  std::vector<int64_t> strides; ///< of a part: bytes, for each dimension of `from` in a whole tile
};

/// The layout of a view of what is shared as `layout`; none where it has no such form.
std::optional<Layout> seeThrough(const View &view, Layout layout);

/// Whether the parts of both lanes begin at multiples of `alignment` bytes where the whole view
/// does. The buffer holds `storage` of `size` elements in the dimension in which `from` is halved.
bool keepsAlignment(const View &view, Layout from, int64_t storage, int64_t size,
                    int64_t alignment);

/// The layout that gives a view `layout`, if there is one.
std::optional<Layout> seeBack(const View &view, Layout layout);

} // namespace tilework::lanes

#endif // TILEWORK_PLANNING_LANES_LAYOUTS_H
