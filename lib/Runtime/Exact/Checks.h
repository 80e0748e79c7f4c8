//===- Checks.h - whether an instruction is well formed -----------------------------*- C++ -*-===//

#ifndef TILEWORK_RUNTIME_EXACT_CHECKS_H
#define TILEWORK_RUNTIME_EXACT_CHECKS_H

#include "Exact.h"

namespace tilework::runtime::exact {

/// Units, channels and memories, before any instruction is looked at. Throws ProgramError.
void checkStream(const KernelStream &stream, const ExactOptions &options);

/// Everything that can be said without executing: pipe, memories, types, shapes, bounds, alignment,
/// numbers of events and channels. Throws ProgramError.
void checkInstruction(const KernelStream &stream, const ExactOptions &options, int32_t unit,
                      const tw_instruction &instruction);

} // namespace tilework::runtime::exact

#endif // TILEWORK_RUNTIME_EXACT_CHECKS_H
