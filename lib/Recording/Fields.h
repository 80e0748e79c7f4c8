//===- Fields.h - the words of instructions and channels, in the file's order -------*- C++ -*-===//
//
// Said once for both directions. What is not listed is not in the file.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RECORDING_FIELDS_H
#define TILEWORK_RECORDING_FIELDS_H

#include "StreamAbi.h"

namespace tilework::recording {

// A change of the ABI's structures has to be thought of here.
static_assert(sizeof(tw_instruction) == 72 * 8 && sizeof(tw_region) == 14 * 8 &&
              sizeof(tw_channel) == 9 * 8);

/// Calls `visit(word)` for each, up to 64, in order.
template <typename Instruction, typename Visit>
void forEachField(Instruction &instruction, Visit visit) {
  visit(instruction.opcode);
  visit(instruction.pipe);
  visit(instruction.flags);
  visit(instruction.kind);
  visit(instruction.rounding);
  visit(instruction.dim);
  visit(instruction.other_pipe);
  visit(instruction.event);
  visit(instruction.channel);
  visit(instruction.scalar_type);
  for (auto &size : instruction.sizes)
    visit(size);
  visit(instruction.location);
  visit(instruction.num_regions);
}

template <typename Region, typename Visit> void forEachRegionField(Region &region, Visit visit) {
  visit(region.space);
  visit(region.type);
  visit(region.rank);
  visit(region.base);
  for (auto &size : region.sizes)
    visit(size);
  for (auto &stride : region.strides)
    visit(stride);
}

template <typename Channel, typename Visit>
void forEachChannelField(Channel &channel, Visit visit) {
  visit(channel.rows);
  visit(channel.columns);
  visit(channel.type);
  visit(channel.slots);
  visit(channel.to_cube);
  visit(channel.split);
  visit(channel.base);
  visit(channel.slot_bytes);
  visit(channel.direct);
}

} // namespace tilework::recording

#endif // TILEWORK_RECORDING_FIELDS_H
