//===- Operand.cpp - an operand that its instruction may overwrite ----------------------------===//

#include "Operand.h"

namespace tilework::runtime::exact {

static bool isSame(const View &a, const View &b) {
  return a.data == b.data && a.type == b.type && a.sizes == b.sizes &&
         a.strideBytes == b.strideBytes;
}

static int64_t spanBytes(const View &view) {
  int64_t last = 0;
  for (int d = 0; d < TW_STREAM_MAX_RANK; ++d)
    last += (view.sizes[d] - 1) * view.strideBytes[d];
  return last + elementBytes(view.type);
}

Operand::Operand(const View &original, const View &destination) : view(original) {
  if (isEmpty(destination.sizes) || isEmpty(view.sizes) || isSame(view, destination))
    return;
  int64_t span = spanBytes(view);
  auto begin = reinterpret_cast<uintptr_t>(view.data);
  auto other = reinterpret_cast<uintptr_t>(destination.data);
  if (begin + span <= other || other + spanBytes(destination) <= begin)
    return;
  data.assign(view.data, view.data + span);
  view.data = data.data();
  if (!view.defined)
    return;
  defined.assign(view.defined, view.defined + span);
  view.defined = defined.data();
}

} // namespace tilework::runtime::exact
