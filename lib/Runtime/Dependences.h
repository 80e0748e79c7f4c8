//===- Dependences.h - what one task depends on -------------------------------------*- C++ -*-===//
//
// Ids that it was given and overlaps that were found are appended as they come. A submission takes
// some tens of nanoseconds, so what is in order already, as most lists of ids are, is not touched.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_DEPENDENCES_H
#define TILEWORK_RUNTIME_DEPENDENCES_H

#include "Recording.h"

#include <vector>

namespace tilework::runtime {

/// Leaves each task once, with all its reasons, in ascending order.
void unite(std::vector<recording::Dependence> &dependences);

} // namespace tilework::runtime

#endif // TILEWORK_RUNTIME_DEPENDENCES_H
