//===- Effects.cpp - what an instruction reads and writes ---------------------------*- C++ -*-===//

#include "Effects.h"

#include <algorithm>

namespace tilework::check {

int64_t elementBytes(int64_t type) {
  switch (type) {
  case TW_BOOL:
  case TW_I8:
  case TW_U8:
    return 1;
  case TW_I16:
  case TW_U16:
  case TW_F16:
  case TW_BF16:
    return 2;
  case TW_I32:
  case TW_U32:
  case TW_F32:
    return 4;
  case TW_I64:
  case TW_U64:
  case TW_INDEX:
    return 8;
  default:
    return 0;
  }
}

bool isFloat(int64_t type) {
  return type == TW_F16 || type == TW_BF16 || type == TW_F32;
}

Operand operandOf(const tw_region &region, int32_t unit) {
  Operand operand;
  operand.memory = memoryOf(unit, region.space);
  operand.base = region.base;
  operand.elementBytes = elementBytes(region.type);
  for (int64_t d = 0, leading = maxRank - region.rank; d < region.rank; ++d) {
    operand.sizes[leading + d] = region.sizes[d];
    operand.strides[leading + d] = region.strides[d] * operand.elementBytes;
  }
  return operand;
}

Part partOf(const tw_channel &channel, int32_t unit) {
  Part part = {0, 0, channel.rows, channel.columns};
  if (unit == TW_CUBE || channel.split == 0)
    return part;
  bool isByRows = channel.split == 1, isFirst = unit == TW_VECTOR_0;
  int64_t &size = isByRows ? part.rows : part.columns;
  int64_t larger = (size + 1) / 2;
  (isByRows ? part.firstRow : part.firstColumn) = isFirst ? 0 : larger;
  size = isFirst ? larger : size - larger;
  return part;
}

bool hasEffects(int64_t opcode) {
  return opcode <= TW_VECTOR_TRANSPOSE || opcode == TW_PUSH || opcode == TW_POP ||
         opcode == TW_READ_SCALAR;
}

Memory slotMemory(const tw_channel &channel, int32_t receiver) {
  return memoryOf(receiver, channel.to_cube ? TW_L1 : TW_UB);
}

int64_t slotRowElements(const tw_channel &channel) {
  return channel.direct && !channel.to_cube ? partOf(channel, TW_VECTOR_0).columns
                                            : channel.columns;
}

/// The rectangle of a slot from `firstRow` and `firstColumn` on.
static Operand slotOperand(const tw_channel &channel, Memory memory, int64_t slot, int64_t firstRow,
                           int64_t firstColumn, const Extents &sizes) {
  Operand operand;
  operand.memory = memory;
  operand.elementBytes = elementBytes(channel.type);
  operand.sizes = sizes;
  operand.strides[maxRank - 1] = operand.elementBytes;
  operand.strides[maxRank - 2] = slotRowElements(channel) * operand.elementBytes;
  int64_t element = firstRow * slotRowElements(channel) + firstColumn;
  operand.base = channel.base + slot * channel.slot_bytes + element * operand.elementBytes;
  return operand;
}

static Operand ringOperand(const tw_channel &channel, int32_t unit, int64_t slot,
                           const Extents &sizes) {
  Part part = partOf(channel, unit);
  return slotOperand(channel, ringMemory, slot, part.firstRow, part.firstColumn, sizes);
}

Operand slotPart(const tw_channel &channel, int32_t unit, int64_t slot, int32_t receiver) {
  Part part = partOf(channel, unit);
  Extents sizes = {1, 1, 1, part.rows, part.columns};
  if (!channel.direct)
    return ringOperand(channel, unit, slot, sizes);
  if (channel.to_cube)
    return slotOperand(channel, slotMemory(channel, receiver), slot, part.firstRow,
                       part.firstColumn, sizes);
  Part own = partOf(channel, receiver);
  return slotOperand(channel, slotMemory(channel, receiver), slot, 0, 0,
                     {1, 1, 1, own.rows, own.columns});
}

static void clip(Operand &operand, const Extents &sizes) {
  for (int d = 0; d < maxRank; ++d)
    operand.sizes[d] = std::min(operand.sizes[d], sizes[d]);
}

/// Transfers move the elements that both regions have. Padding fills the whole destination.
static void clipTransfer(Effects &effects) {
  Operand &source = effects.operands[0], &destination = effects.operands[1];
  if (effects.transposes)
    return;
  if (!effects.pads)
    clip(destination, source.sizes);
  clip(source, destination.sizes);
}

static void clipProduct(const tw_instruction &instruction, Effects &effects) {
  auto [m, k, n] = instruction.sizes;
  clip(effects.operands[0], {1, 1, 1, m, k});
  clip(effects.operands[1], {1, 1, 1, k, n});
  clip(effects.operands[2], {1, 1, 1, m, n});
}

Effects directPush(const tw_instruction &instruction, int32_t unit, const tw_channel &channel,
                   int64_t slot, int32_t receiver) {
  Effects effects;
  Operand source = operandOf(instruction.regions[0], unit);
  Operand destination = slotPart(channel, unit, slot, receiver);
  if (!channel.to_cube) { // what the cube pushes is the whole tile
    Part part = partOf(channel, receiver);
    for (auto [dim, first] :
         {std::pair(maxRank - 2, part.firstRow), {maxRank - 1, part.firstColumn}}) {
      source.base += first * source.strides[dim];
      source.sizes[dim] = std::max<int64_t>(source.sizes[dim] - first, 0);
    }
  }
  clip(source, destination.sizes);
  clip(destination, source.sizes);
  source.reads = true;
  destination.writes = true;
  effects.operands[effects.count++] = source;
  effects.operands[effects.count++] = destination;
  return effects;
}

Effects directRelease(const tw_channel &channel, int32_t unit, int64_t slot) {
  Effects effects;
  effects.operands[effects.count++] = slotPart(channel, unit, slot, unit);
  effects.operands[0].writes = true;
  return effects;
}

Effects effectsOf(const tw_instruction &instruction, int32_t unit, const tw_channel *channel,
                  int64_t slot) {
  Effects effects;
  auto append = [&](const Operand &operand) { effects.operands[effects.count++] = operand; };
  auto appendRing = [&] {
    append(ringOperand(*channel, unit, slot, operandOf(instruction.regions[0], unit).sizes));
  };
  auto has = [&](int64_t flag, int64_t opcode) {
    return instruction.flags & flag && instruction.opcode == opcode;
  };
  if (instruction.opcode == TW_POP)
    appendRing();
  for (int64_t i = 0; i < instruction.num_regions; ++i)
    append(operandOf(instruction.regions[i], unit));
  if (instruction.opcode == TW_PUSH)
    appendRing();
  for (int i = 0; i + 1 < effects.count; ++i)
    effects.operands[i].reads = true;
  Operand &destination = effects.operands[effects.count - 1];
  if (instruction.opcode == TW_READ_SCALAR) {
    destination.reads = true;
    return effects;
  }
  destination.writes = true;
  effects.pads = has(TW_PADS, TW_DMA_LOAD);
  effects.transposes = has(TW_TRANSPOSES, TW_MOVE) || instruction.opcode == TW_VECTOR_TRANSPOSE;
  if (instruction.opcode <= TW_MOVE)
    clipTransfer(effects);
  if (instruction.opcode == TW_MMAD)
    clipProduct(instruction, effects);
  bool adds = has(TW_ATOMIC_ADD, TW_DMA_STORE) || has(TW_ATOMIC_ADD, TW_FIXPIPE);
  destination.reads = adds || (instruction.opcode == TW_MMAD && !(instruction.flags & TW_STARTS));
  effects.addsIntegers = adds && !isFloat(instruction.regions[1].type);
  return effects;
}

} // namespace tilework::check
