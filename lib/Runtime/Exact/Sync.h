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

/// Who has used which slot of one channel; the slots lie in `rings`.
class Channel {
public:
  Channel(const tw_channel &channel, int32_t lanes, ModelledMemory &rings)
      : channel(channel), lanes(lanes), rings(rings) {}
  bool isReady(int32_t unit, int64_t opcode) const;
  /// The unit's part of the slot that its next push writes or its next pop reads, at most
  /// `sizes` of it.
  View part(int32_t unit, int64_t opcode, const Extents &sizes);
  void push(int32_t unit) { ++pushed[unit]; }
  void pop(int32_t unit) { ++popped[unit]; }
  void release(int32_t unit);
  std::string leftovers() const;

private:
  using Counts = std::array<int64_t, TW_UNITS>;
  int64_t least(const Counts &counts, bool ofCube) const;
  int64_t beginOf(int64_t tile) const {
    return channel.base + tile % channel.slots * channel.slot_bytes;
  }

  const tw_channel &channel;
  int32_t lanes;
  ModelledMemory &rings;
  Counts pushed = {}, popped = {}, released = {}; ///< slots, by unit
};

} // namespace tilework::runtime::exact

#endif // TILEWORK_RUNTIME_EXACT_SYNC_H
