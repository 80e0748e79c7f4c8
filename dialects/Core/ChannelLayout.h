//===- ChannelLayout.h - where the slots of a channel lie -----------*- C++ -*-===//
//
// The ring of a channel begins at its address, in global memory or where it is received; its slots
// follow each other. This is what an address means, so it depends on no device.
//
//===----------------------------------------------------------------------------===//

#ifndef TILEWORK_DIALECTS_CORE_CHANNELLAYOUT_H
#define TILEWORK_DIALECTS_CORE_CHANNELLAYOUT_H

#include "dialects/Core/Core.h"

#include "llvm/Support/MathExtras.h"

namespace tilework::core {

/// Global memory is transferred best in whole blocks of this size.
constexpr int64_t kRingBlockBytes = 512;

/// Where memories of the core are addressed.
constexpr int64_t kSlotBlockBytes = 32;

/// A slot of a direct channel where it is received: room for the larger part, and for as many rows
/// more as bring the next slot to a block.
inline llvm::SmallVector<int64_t> getSlotShape(ChannelType type) {
  llvm::SmallVector<int64_t> shape(type.getShape());
  if (isFromCube(type) && type.getSplit() != ChannelSplit::none) {
    int64_t &size = shape[type.getSplit() == ChannelSplit::left_right];
    size = (size + 1) / 2;
  }
  int64_t rowBytes = shape[1] * llvm::divideCeil(type.getElementType().getIntOrFloatBitWidth(), 8);
  while (shape[0] * rowBytes % kSlotBlockBytes)
    ++shape[0];
  return shape;
}

/// From one slot to the next: the bytes of a tile, row-major, in whole blocks.
inline int64_t getSlotBytes(ChannelType type) {
  int64_t elementBytes = llvm::divideCeil(type.getElementType().getIntOrFloatBitWidth(), 8);
  llvm::SmallVector<int64_t> shape =
      type.isDirect() ? getSlotShape(type) : llvm::SmallVector<int64_t>(type.getShape());
  int64_t tileBytes = shape[0] * shape[1] * elementBytes;
  return llvm::alignTo(tileBytes, type.isDirect() ? kSlotBlockBytes : kRingBlockBytes);
}

inline int64_t getRingBytes(ChannelType type) {
  return type.getSlots() * getSlotBytes(type);
}

} // namespace tilework::core

#endif // TILEWORK_DIALECTS_CORE_CHANNELLAYOUT_H
