//===- Kinds.h - the enums of the core dialect, by number ---------------------------*- C++ -*-===//
//
// What `kind` and `rounding` of an instruction mean.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_EXACT_KINDS_H
#define TILEWORK_RUNTIME_EXACT_KINDS_H

#include "InstructionText.h"

namespace tilework::runtime::exact {

enum class Unary { neg, abs, exp, log, sin, cos, sqrt, rsqrt, recip, relu, not_, count };
enum class Binary { add, sub, mul, div, maximum, minimum, fmod, and_, or_, xor_, shl, shr, count };
enum class Predicate { eq, ne, lt, le, gt, ge, count };
enum class Reduce { sum, max, min, prod, argmax, argmin, count };
enum class Rounding { none, rint, round, floor, ceil, trunc, odd, count };
enum class Split { none, up_down, left_right, count };

constexpr int64_t flagEvents = 8;   ///< per ordered pair of pipes
constexpr int64_t crossEvents = 16; ///< between the units of a group

} // namespace tilework::runtime::exact

#endif // TILEWORK_RUNTIME_EXACT_KINDS_H
