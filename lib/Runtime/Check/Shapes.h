//===- Shapes.h - sizes and element types of the operands of one instruction --------*- C++ -*-===//

#ifndef TILEWORK_RUNTIME_CHECK_SHAPES_H
#define TILEWORK_RUNTIME_CHECK_SHAPES_H

#include "Findings.h"

namespace tilework::check {

/// Whether the sizes fit together; reports where not.
bool checkShapes(Findings &findings, Site site);

/// Whether the element types fit together; reports where not.
bool checkTypes(Findings &findings, Site site);

} // namespace tilework::check

#endif // TILEWORK_RUNTIME_CHECK_SHAPES_H
