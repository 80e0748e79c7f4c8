//===- Layouts.cpp - how two lanes share views of a tile --------------------------------===//

#include "lib/Planning/Lanes/Layouts.h"

#include <algorithm>

namespace tilework::lanes {

/// A point beyond the ends gives one lane everything: all such points are the same.
static Layout clamp(Layout layout, const std::vector<int64_t> &shape) {
  if (!layout.origin)
    layout.point = std::clamp<int64_t>(layout.point, 0, shape[layout.dim]);
  return layout;
}

static std::optional<Layout> seePart(const View &view, Layout layout) {
  const View::Offset &offset = view.offsets[layout.dim];
  auto kept = std::find(view.dims.begin(), view.dims.end(), layout.dim);
  if (kept == view.dims.end() || offset.isStrided || (offset.origin && layout.origin))
    return std::nullopt;
  return clamp(
      {kept - view.dims.begin(), layout.point - offset.constant, layout.origin + offset.origin},
      view.to);
}

static int64_t product(std::vector<int64_t>::const_iterator begin,
                       std::vector<int64_t>::const_iterator end) {
  int64_t result = 1;
  for (auto it = begin; it != end; ++it)
    result *= *it;
  return result;
}

/// The same elements in row-major order: a boundary stays one where the dimensions outside of it
/// stay together, and so do those inside of the point.
static std::optional<Layout> reshape(const std::vector<int64_t> &from,
                                     const std::vector<int64_t> &to, Layout layout) {
  if (layout.origin)
    return std::nullopt;
  int64_t outer = product(from.begin(), from.begin() + layout.dim);
  int64_t inner = product(from.begin() + layout.dim + 1, from.end());
  for (size_t dim = 0; dim < to.size(); ++dim) {
    int64_t innerTo = product(to.begin() + dim + 1, to.end());
    if (to[dim] > 1 && product(to.begin(), to.begin() + dim) == outer &&
        from[layout.dim] * inner == to[dim] * innerTo && layout.point * inner % innerTo == 0)
      return Layout{static_cast<int64_t>(dim), layout.point * inner / innerTo};
  }
  return std::nullopt;
}

std::optional<Layout> seeThrough(const View &view, Layout layout) {
  if (layout.isWhole())
    return layout;
  return view.kind == View::Kind::part ? seePart(view, layout)
                                       : reshape(view.from, view.to, layout);
}

bool keepsAlignment(const View &view, Layout from, int64_t storage, int64_t size,
                    int64_t alignment) {
  if (view.kind != View::Kind::part || from.isWhole())
    return true;
  int64_t stride = view.strides[from.dim];
  for (size_t dim = 0; dim < view.offsets.size(); ++dim) {
    const View::Offset &offset = view.offsets[dim];
    int64_t factor = offset.origin ? 1 : offset.constant;
    if (factor == 0)
      continue;
    // Lane 1 begins that much earlier. What is outside of the halved dimension lies closer.
    bool isHalved = static_cast<int64_t>(dim) == from.dim;
    bool isOuter = view.strides[dim] > stride;
    if (isHalved && (from.origin || from.point * stride % alignment))
      return false;
    if (isOuter && factor * (view.strides[dim] / size * storage) % alignment)
      return false;
  }
  return true;
}

std::optional<Layout> seeBack(const View &view, Layout layout) {
  if (layout.isWhole())
    return layout;
  if (view.kind == View::Kind::reshape)
    return reshape(view.to, view.from, layout);
  int64_t dim = view.dims[layout.dim];
  const View::Offset &offset = view.offsets[dim];
  if (layout.origin && layout.origin != offset.origin)
    return std::nullopt;
  Layout source{dim, layout.point + offset.constant};
  std::optional<Layout> seen = seeThrough(view, source);
  return seen && *seen == layout ? std::optional(source) : std::nullopt;
}

} // namespace tilework::lanes
