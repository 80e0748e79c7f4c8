//===- Carry.h - carries out instructions on views ----------------------------------*- C++ -*-===//
//
// Well-formed instructions only (Checks.h). An instruction reads all its operands before it writes.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_EXACT_CARRY_H
#define TILEWORK_RUNTIME_EXACT_CARRY_H

#include "Memories.h"

namespace tilework::runtime::exact {

/// Copies `source` to the leading part of `destination` that has its sizes; converts f32 to bf16 or
/// f16, to nearest even.
void carryCopy(const View &destination, const View &source);
/// destination += source, with the conversions of carryCopy.
void carryAtomicAdd(const View &destination, const View &source);
/// The cube's product of M x K and K x N elements.
void carryProduct(const View &accumulator, const View &lhs, const View &rhs, bool starts);
/// Any vector instruction; `operands` are its regions in order, a scalar in its place among them.
void carryVector(const tw_instruction &instruction, const std::vector<View> &operands);

} // namespace tilework::runtime::exact

#endif // TILEWORK_RUNTIME_EXACT_CARRY_H
