//===- InstructionText.h - instructions for readers ---------------------------------*- C++ -*-===//

#ifndef TILEWORK_RECORDING_INSTRUCTIONTEXT_H
#define TILEWORK_RECORDING_INSTRUCTIONTEXT_H

#include "StreamAbi.h"

#include <functional>
#include <string>

namespace tilework {

/// How the address of a region of gm is called, by the region's position in its instruction.
using NameAddress = std::function<std::string(int64_t region)>;

/// One line, such as `mte2 dma_load gm f32[16x128]@x+0 -> ub f32[16x128]@0`. Where the scalar is
/// not known, only its type is written.
std::string describe(const tw_instruction &instruction, const NameAddress &nameAddress,
                     bool knowsScalar = true);
/// With addresses in hexadecimal.
std::string describe(const tw_instruction &instruction);

// Names; a number without one is written as itself.
std::string nameOfUnit(int64_t unit);
std::string nameOfSpace(int64_t space);
std::string nameOfPipe(int64_t pipe);
std::string nameOfOpcode(int64_t opcode);
std::string nameOfType(int64_t type);

/// `0x1a0`.
std::string hexadecimal(uint64_t value);

} // namespace tilework

#endif // TILEWORK_RECORDING_INSTRUCTIONTEXT_H
