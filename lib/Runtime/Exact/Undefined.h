//===- Undefined.h - which elements of a result are defined -------------------------*- C++ -*-===//
//
// Follows undefined elements as a memory sanitizer does, beside the data and before it changes.
// Nothing else looks at `View::defined`.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_EXACT_UNDEFINED_H
#define TILEWORK_RUNTIME_EXACT_UNDEFINED_H

#include "Memories.h"

#include <initializer_list>

namespace tilework::runtime::exact {

/// An element is defined where those of all `operands` are, which have its shape. Throws
/// ProgramError when an undefined element reaches what must stay defined.
void defineElements(const View &destination, std::initializer_list<View> operands);
/// Defined where the mask and the chosen element are.
void defineSelected(const View &destination, const View &mask, const View &lhs, const View &rhs);
/// An element is defined where its row (dim 1) or column (dim 0) is.
void defineReduced(const View &destination, const View &input, int64_t dim);
/// An element is defined where its row of `lhs`, its column of `rhs` and, unless `starts`, itself
/// are.
void defineProduct(const View &accumulator, const View &lhs, const View &rhs, bool starts);

} // namespace tilework::runtime::exact

#endif // TILEWORK_RUNTIME_EXACT_UNDEFINED_H
