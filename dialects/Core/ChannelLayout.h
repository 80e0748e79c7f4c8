//===- ChannelLayout.h - where the slots of a channel lie -----------*- C++ -*-===//
//
// The ring of a channel begins at its address; its slots follow each other. This is what an address
// means, so it depends on no device.
//
//===----------------------------------------------------------------------------===//

#ifndef TILEWORK_DIALECTS_CORE_CHANNELLAYOUT_H
#define TILEWORK_DIALECTS_CORE_CHANNELLAYOUT_H

#include "dialects/Core/Core.h"

#include "llvm/Support/MathExtras.h"

namespace tilework::core {

/// Global memory is transferred best in whole blocks of this size.
constexpr int64_t kRingBlockBytes = 512;

/// From one slot to the next: the bytes of a tile, row-major, in whole blocks.
inline int64_t getSlotBytes(ChannelType type) {
  int64_t elementBytes = llvm::divideCeil(type.getElementType().getIntOrFloatBitWidth(), 8);
  int64_t tileBytes = type.getShape()[0] * type.getShape()[1] * elementBytes;
  return llvm::alignTo(tileBytes, kRingBlockBytes);
}

inline int64_t getRingBytes(ChannelType type) {
  return type.getSlots() * getSlotBytes(type);
}

} // namespace tilework::core

#endif // TILEWORK_DIALECTS_CORE_CHANNELLAYOUT_H
