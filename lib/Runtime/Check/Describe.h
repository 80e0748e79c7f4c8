//===- Describe.h - an instruction on one line --------------------------------------*- C++ -*-===//

#ifndef TILEWORK_RUNTIME_CHECK_DESCRIBE_H
#define TILEWORK_RUNTIME_CHECK_DESCRIBE_H

#include "Check.h"
#include "Effects.h"

namespace tilework::check {

std::string unitName(int64_t unit);
std::string pipeName(int64_t pipe);
std::string spaceName(int64_t space);
std::string typeName(int64_t type);
std::string opcodeName(int64_t opcode);
std::string memoryName(Memory memory);

/// "x + 512", or the address where no range of `gm` holds it.
std::string addressText(const CheckOptions &options, uintptr_t address);

/// "16x128 bf16 of l1 at 4096"
std::string describe(const tw_region &region, const CheckOptions &options);
std::string describe(const tw_instruction &instruction, const CheckOptions &options);

Place placeOf(const KernelStream &stream, const CheckOptions &options, int32_t unit, int64_t index);

} // namespace tilework::check

#endif // TILEWORK_RUNTIME_CHECK_DESCRIBE_H
