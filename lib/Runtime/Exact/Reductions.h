//===- Reductions.h - one dimension to a single element -----------------------------*- C++ -*-===//

#ifndef TILEWORK_RUNTIME_EXACT_REDUCTIONS_H
#define TILEWORK_RUNTIME_EXACT_REDUCTIONS_H

#include "Kinds.h"
#include "Memories.h"

namespace tilework::runtime::exact {

/// In the orders of docs/rationale/0004-reductions.md.
void reduceMatrix(Reduce kind, const View &input, int64_t dim, const View &destination);

} // namespace tilework::runtime::exact

#endif // TILEWORK_RUNTIME_EXACT_REDUCTIONS_H
