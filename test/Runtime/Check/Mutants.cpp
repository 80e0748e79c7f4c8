//===- Mutants.cpp - good streams, broken in every way ------------------------------*- C++ -*-===//

#include "Mutants.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace tilework::check {

using Stream = std::vector<tw_instruction>;
using Matches = std::function<bool(const tw_instruction &)>;

static Matches is(int64_t opcode) {
  return [opcode](const tw_instruction &it) { return it.opcode == opcode; };
}

CheckOptions tightOptions(const Kernel &kernel) {
  CheckOptions options;
  options.vectorBlockBytes = 1;
  for (const Stream &stream : kernel.units)
    for (const tw_instruction &instruction : stream)
      for (int64_t i = 0; i < instruction.num_regions; ++i) {
        const tw_region &region = instruction.regions[i];
        int64_t bytes = region.type == TW_F32 || region.type == TW_I32 ? 4 : 2;
        int64_t end = region.base + bytes;
        for (int64_t d = 0; d < region.rank; ++d)
          end += (region.sizes[d] - 1) * region.strides[d] * bytes;
        int64_t &capacity = options.memories.capacityBytes[region.space];
        capacity = std::max(capacity, end);
      }
  return options;
}

struct Workshop {
  const Kernel &good;
  CheckOptions options = tightOptions(good);
  std::vector<Mutant> mutants;

  /// One mutant per matching instruction for which `change` finds something to change.
  void change(const char *kind, const Matches &matches,
              const std::function<bool(Stream &, size_t)> &change) {
    for (int32_t unit = 0; unit < TW_UNITS; ++unit)
      for (size_t i = 0; i < good.units[unit].size(); ++i) {
        if (!matches(good.units[unit][i]))
          continue;
        Mutant mutant = {kind, good, options};
        if (change(mutant.kernel.units[unit], i))
          mutants.push_back(std::move(mutant));
      }
  }

  void drop(const char *kind, const Matches &matches) {
    change(kind, matches, [](Stream &stream, size_t i) {
      stream.erase(stream.begin() + static_cast<ptrdiff_t>(i));
      return true;
    });
  }

  void edit(const char *kind, const Matches &matches,
            const std::function<bool(tw_instruction &)> &edit) {
    change(kind, matches, [&](Stream &stream, size_t i) { return edit(stream[i]); });
  }
};

/// The matching wait of the set at `i`, or the size of the stream.
static size_t waitOf(const Stream &stream, size_t i) {
  const tw_instruction set = stream[i];
  auto isLike = [&](const tw_instruction &it, int64_t opcode) {
    bool isSet = opcode == TW_SET_FLAG;
    return it.opcode == opcode && it.event == set.event &&
           it.pipe == (isSet ? set.pipe : set.other_pipe) &&
           it.other_pipe == (isSet ? set.other_pipe : set.pipe);
  };
  int64_t number = 0;
  for (size_t j = 0; j < i; ++j)
    number += isLike(stream[j], TW_SET_FLAG);
  size_t j = 0;
  for (; j < stream.size(); ++j)
    if (isLike(stream[j], TW_WAIT_FLAG) && number-- == 0)
      break;
  return j;
}

static bool dropPair(Stream &stream, size_t i) {
  size_t wait = waitOf(stream, i);
  stream.erase(stream.begin() + static_cast<ptrdiff_t>(std::max(i, wait)));
  stream.erase(stream.begin() + static_cast<ptrdiff_t>(std::min(i, wait)));
  return true;
}

/// Moves it past its neighbour of the same pipe.
static bool moveInPipe(Stream &stream, size_t i, bool isLater) {
  size_t j = i;
  do {
    if (isLater ? j + 1 == stream.size() : j == 0)
      return false;
    j = isLater ? j + 1 : j - 1;
  } while (stream[j].pipe != stream[i].pipe);
  if (isLater)
    std::rotate(stream.begin() + i, stream.begin() + i + 1, stream.begin() + j + 1);
  else
    std::rotate(stream.begin() + j, stream.begin() + i, stream.begin() + i + 1);
  return true;
}

static void breakSynchronisation(Workshop &shop) {
  auto isCross = [](const tw_instruction &it) {
    return it.opcode == TW_CROSS_SET || it.opcode == TW_CROSS_WAIT;
  };
  auto isFlag = [](const tw_instruction &it) {
    return it.opcode == TW_SET_FLAG || it.opcode == TW_WAIT_FLAG;
  };
  auto swapEvent = [](tw_instruction &it) { return it.event ^= 1, true; };
  shop.drop("drop a set", is(TW_SET_FLAG));
  shop.drop("drop a wait", is(TW_WAIT_FLAG));
  shop.change("drop a set and its wait", is(TW_SET_FLAG), dropPair);
  shop.change("move a set up", is(TW_SET_FLAG),
              [](Stream &stream, size_t i) { return moveInPipe(stream, i, false); });
  shop.change("move a set down", is(TW_SET_FLAG),
              [](Stream &stream, size_t i) { return moveInPipe(stream, i, true); });
  shop.change("move a wait up", is(TW_WAIT_FLAG),
              [](Stream &stream, size_t i) { return moveInPipe(stream, i, false); });
  shop.change("move a wait down", is(TW_WAIT_FLAG),
              [](Stream &stream, size_t i) { return moveInPipe(stream, i, true); });
  shop.edit("another event", isFlag, swapEvent);
  shop.change("another event on both sides", is(TW_SET_FLAG), [](Stream &stream, size_t i) {
    size_t wait = waitOf(stream, i);
    stream[i].event ^= 1, stream[wait].event ^= 1;
    return true;
  });
  shop.edit("an event too high", isFlag, [](tw_instruction &it) { return it.event += 8, true; });
  shop.change("set twice", is(TW_SET_FLAG), [](Stream &stream, size_t i) {
    tw_instruction set = stream[i];
    stream.insert(stream.begin() + static_cast<ptrdiff_t>(i), set);
    return true;
  });
  shop.drop("drop a barrier", is(TW_BARRIER));
  shop.drop("drop a cross set or wait", isCross);
  shop.edit("another cross flag", isCross, swapEvent);
  shop.change("move a cross set up", is(TW_CROSS_SET),
              [](Stream &stream, size_t i) { return moveInPipe(stream, i, false); });
  shop.change("move a cross wait down", is(TW_CROSS_WAIT),
              [](Stream &stream, size_t i) { return moveInPipe(stream, i, true); });
  shop.drop("drop a push", is(TW_PUSH));
  shop.drop("drop a pop", is(TW_POP));
  shop.drop("drop a release", is(TW_RELEASE));
  shop.change("move a release up", is(TW_RELEASE),
              [](Stream &stream, size_t i) { return moveInPipe(stream, i, false); });
  shop.change("move a pop down", is(TW_POP),
              [](Stream &stream, size_t i) { return moveInPipe(stream, i, true); });
}

static bool hasRegions(const tw_instruction &it) {
  return it.num_regions > 0;
}

static void breakOperands(Workshop &shop) {
  for (int64_t i = 0; i < 3; ++i) {
    auto shift = [i](int64_t bytes) {
      return [i, bytes](tw_instruction &it) {
        if (i >= it.num_regions || it.regions[i].base + bytes < 0)
          return false;
        return it.regions[i].base += bytes, true;
      };
    };
    shop.edit("an address one block up", hasRegions, shift(32));
    shop.edit("an address one block down", hasRegions, shift(-32));
    shop.edit("an operand without its last row", hasRegions, [i](tw_instruction &it) {
      return i < it.num_regions && it.regions[i].sizes[0]-- > 1;
    });
  }
  shop.edit("a transfer without its last row", hasRegions, [](tw_instruction &it) {
    if (it.opcode > TW_MOVE && it.opcode != TW_PUSH && it.opcode != TW_POP)
      return false;
    for (int64_t i = 0; i < it.num_regions; ++i)
      if (it.regions[i].sizes[0]-- == 1)
        return false;
    return true;
  });
  shop.edit("an accumulation without its start", is(TW_MMAD), [](tw_instruction &it) {
    return (std::exchange(it.flags, it.flags & ~TW_STARTS) & TW_STARTS) != 0;
  });
  shop.drop("drop an instruction", [](const tw_instruction &it) {
    return hasRegions(it) && it.opcode != TW_PUSH && it.opcode != TW_POP;
  });
  for (int64_t space = TW_L1; space < TW_SPACES; ++space)
    if (shop.options.memories.capacityBytes[space]) {
      Mutant mutant = {"a memory below its peak", shop.good, shop.options};
      --mutant.options.memories.capacityBytes[space];
      shop.mutants.push_back(std::move(mutant));
    }
}

/// Moves a direct ring with all that touches it.
static void moveRing(Kernel &kernel, size_t number, int64_t bytes) {
  tw_channel &channel = kernel.channels[number];
  int64_t begin = channel.base, end = begin + channel.slots * channel.slot_bytes;
  channel.base += bytes;
  for (int32_t unit = 0; unit < TW_UNITS; ++unit)
    for (tw_instruction &it : kernel.units[unit])
      for (int64_t i = 0; i < it.num_regions; ++i)
        if (tw_region &region = it.regions[i]; region.space == (channel.to_cube ? TW_L1 : TW_UB) &&
                                               begin <= region.base && region.base < end)
          region.base += bytes;
}

static void breakRings(Workshop &shop) {
  size_t count = shop.good.channels.size();
  auto add = [&](const char *kind) -> Kernel & {
    shop.mutants.push_back({kind, shop.good, shop.options});
    return shop.mutants.back().kernel;
  };
  for (size_t i = 0; i < count; ++i) {
    for (size_t j = 0; j < count; ++j)
      if (i != j)
        add("a ring upon another").channels[i].base = shop.good.channels[j].base;
    for (int64_t bytes : {-4, 4})
      add("a ring moved by a little").channels[i].base += bytes;
    add("slots closer than a tile").channels[i].slot_bytes -= 4;
  }
  if (shop.good.ringBytes)
    --add("less memory than the rings take").ringBytes;
  for (size_t i = 0; i < count; ++i) {
    const tw_channel &channel = shop.good.channels[i];
    if (!channel.direct)
      continue;
    if (channel.slots > 1)
      --add("slots that only the receiver has").channels[i].slots;
    for (int64_t bytes : {-channel.slot_bytes, channel.slot_bytes})
      if (channel.base + bytes >= 0) {
        moveRing(add("a direct ring upon its neighbour"), i, bytes);
        shop.mutants.back().options.memories.capacityBytes[channel.to_cube ? TW_L1 : TW_UB] +=
            channel.slot_bytes;
      }
  }
}

std::vector<Mutant> mutantsOf(const Kernel &kernel) {
  Workshop shop = {kernel};
  breakSynchronisation(shop);
  breakOperands(shop);
  breakRings(shop);
  return std::move(shop.mutants);
}

} // namespace tilework::check
