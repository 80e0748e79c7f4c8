//===- Sync.h - flags, cross flags and channels of a core group ---------------------*- C++ -*-===//
//
// Each says whether an instruction may start, what it waits for, and what it changes.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_EXACT_SYNC_H
#define TILEWORK_RUNTIME_EXACT_SYNC_H

#include "Kinds.h"
#include "Memories.h"

namespace tilework::runtime::exact {

/// Flags between the pipes of each unit, and counters between the units.
class Flags {
public:
  explicit Flags(int32_t lanes) : lanes(lanes) {}
  bool isReady(int32_t unit, const tw_instruction &instruction) const;
  /// What an instruction that is not ready waits for.
  std::string reason(int32_t unit, const tw_instruction &instruction) const;
  void execute(int32_t unit, const tw_instruction &instruction);
  /// What is not zero, for the end of the kernel; empty: nothing.
  std::string leftovers() const;

private:
  bool isReadyToCross(int32_t unit, int64_t event) const;

  int32_t lanes;
  bool flags[TW_UNITS][TW_PIPES][TW_PIPES][flagEvents] = {}; ///< unit, from, to
  int64_t counters[TW_UNITS][crossEvents] = {};              ///< by the vector core that waits
  int64_t arrivals[TW_UNITS][crossEvents] = {};              ///< by the vector core that set
};

/// Who has used which slot of one channel; the slots lie in the ring memory, or with a receiver.
class Channel {
public:
  Channel(const tw_channel &channel, int32_t lanes, Memories &memories)
      : channel(channel), lanes(lanes), memories(memories) {}
  bool isReady(int32_t unit, int64_t opcode) const;
  /// The next push of `unit`, of what `tile` shows.
  void push(int32_t unit, const View &tile);
  /// The next pop; of a direct channel `region` must be where the tile lies.
  void pop(int32_t unit, const View &tile, const tw_region &region);
  void release(int32_t unit);
  std::string leftovers() const;

private:
  using Counts = std::array<int64_t, TW_UNITS>;
  /// A rectangle of the whole tile.
  struct Part {
    int64_t row = 0, column = 0, rows, columns;
  };
  Part partOf(int32_t unit) const;
  View slotOf(ModelledMemory &memory, int64_t tile, int64_t rowElements, const Part &part);
  void pushDirectly(int32_t unit, const View &tile);
  int64_t least(const Counts &counts, bool ofCube) const;
  int64_t beginOf(int64_t tile) const {
    return channel.base + tile % channel.slots * channel.slot_bytes;
  }

  const tw_channel &channel;
  int32_t lanes;
  Memories &memories;
  Counts pushed = {}, popped = {}, released = {}; ///< slots, by unit
};

} // namespace tilework::runtime::exact

#endif // TILEWORK_RUNTIME_EXACT_SYNC_H
