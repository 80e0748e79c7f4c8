//===- Rounding.h - conversions between element types -------------------------------*- C++ -*-===//

#ifndef TILEWORK_RUNTIME_EXACT_ROUNDING_H
#define TILEWORK_RUNTIME_EXACT_ROUNDING_H

#include "Elements.h"
#include "Kinds.h"

namespace tilework::runtime::exact {

/// Converts a row to another type, rounding once: `none` is `rint` to floats and `trunc` to
/// integers; integers saturate, and turn a NaN into 0. The scratch rows hold `count` numbers.
void castRow(const Row &destination, const Row &source, Rounding rounding, float *floats,
             int64_t *integers);

} // namespace tilework::runtime::exact

#endif // TILEWORK_RUNTIME_EXACT_ROUNDING_H
