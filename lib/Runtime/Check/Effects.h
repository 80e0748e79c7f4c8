//===- Effects.h - what an instruction reads and writes -----------------------------*- C++ -*-===//

#ifndef TILEWORK_RUNTIME_CHECK_EFFECTS_H
#define TILEWORK_RUNTIME_CHECK_EFFECTS_H

#include "Footprint.h"

namespace tilework::check {

/// A memory of its own: global memory, one memory of one unit, or the memory of the rings in gm.
using Memory = int32_t;
constexpr Memory globalMemory = 0;
inline Memory memoryOf(int32_t unit, int64_t space) {
  return space == TW_GM ? globalMemory : static_cast<Memory>(1 + unit * TW_SPACES + space);
}
constexpr Memory ringMemory = 1 + TW_UNITS * TW_SPACES;

/// A region in five dimensions, missing leading ones added; strides in bytes.
struct Operand {
  Memory memory = globalMemory;
  int64_t base = 0;
  int64_t elementBytes = 1;
  Extents sizes = {1, 1, 1, 1, 1}, strides = {};
  bool reads = false, writes = false;

  Footprint footprint() const { return makeFootprint(base, elementBytes, sizes, strides); }
};

/// Operands in the order of the regions; the one that is written, if any, comes last.
struct Effects {
  std::array<Operand, TW_STREAM_MAX_REGIONS> operands;
  int count = 0;
  bool pads = false;         ///< the destination is larger than the source
  bool transposes = false;   ///< the last two dimensions
  bool addsIntegers = false; ///< atomically, so that the order does not matter
};

/// Bytes of one element; 0 for what is no element type.
int64_t elementBytes(int64_t type);
bool isFloat(int64_t type);

Operand operandOf(const tw_region &region, int32_t unit);

/// The rows and columns of a channel's tile that `unit` pushes or pops.
struct Part {
  int64_t firstRow, firstColumn, rows, columns;
};
Part partOf(const tw_channel &channel, int32_t unit);

/// What `unit` may reach of a slot: a push makes all of it anew. Of a direct channel, in the memory
/// of `receiver`.
Operand slotPart(const tw_channel &channel, int32_t unit, int64_t slot, int32_t receiver);

/// Of a direct channel: the memory that a receiver's slots lie in, and the elements from one row of
/// a slot to the next.
Memory slotMemory(const tw_channel &channel, int32_t receiver);
int64_t slotRowElements(const tw_channel &channel);

/// Whether the instruction works on operands at all.
bool hasEffects(int64_t opcode);

/// Of a well-formed instruction; `channel` and `slot` are those of a push or pop through gm.
Effects effectsOf(const tw_instruction &instruction, int32_t unit, const tw_channel *channel,
                  int64_t slot);

/// Of a push through a direct channel: what `receiver` gets.
Effects directPush(const tw_instruction &instruction, int32_t unit, const tw_channel &channel,
                   int64_t slot, int32_t receiver);
/// Of a release of a direct channel: the slot is its sender's again.
Effects directRelease(const tw_channel &channel, int32_t unit, int64_t slot);

} // namespace tilework::check

#endif // TILEWORK_RUNTIME_CHECK_EFFECTS_H
