//===- Units.h - which unit of a group executes an instruction ------------*- C++ -*-===//

#ifndef TILEWORK_TRANSFORMS_CORE_UNITS_H
#define TILEWORK_TRANSFORMS_CORE_UNITS_H

#include "dialects/Core/Core.h"

namespace tilework::core {

enum class Unit { both, cube, vector };

/// Cross flags of these events and the following eight are set by the cube core, or by the vector
/// cores, and awaited by the other unit.
inline constexpr int64_t kEventsOfCube = 0, kEventsOfVector = 8;

/// The unit whose memories an operation works on; `both` for scalars and control flow.
Unit getUnit(mlir::Operation *op);

} // namespace tilework::core

#endif // TILEWORK_TRANSFORMS_CORE_UNITS_H
