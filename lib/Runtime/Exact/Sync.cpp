//===- Sync.cpp - flags, cross flags and channels of a core group -----------------------------===//

#include "Sync.h"
#include "Carry.h"
#include "ProgramError.h"
#include "Undefined.h"

#include <algorithm>

namespace tilework::runtime::exact {

//===----------------------------------------------------------------------------------------===//
// Flags
//===----------------------------------------------------------------------------------------===//

static std::string nameOfFlag(int64_t from, int64_t to, int64_t event) {
  return "flag " + nameOfPipe(from) + " -> " + nameOfPipe(to) + " event " + std::to_string(event);
}

bool Flags::isReadyToCross(int32_t unit, int64_t event) const {
  if (unit != TW_CUBE)
    return counters[unit][event] > 0;
  return std::all_of(arrivals + TW_VECTOR_0, arrivals + TW_VECTOR_0 + lanes,
                     [event](const auto &lane) { return lane[event] > 0; });
}

bool Flags::isReady(int32_t unit, const tw_instruction &instruction) const {
  if (instruction.opcode == TW_WAIT_FLAG)
    return flags[unit][instruction.other_pipe][instruction.pipe][instruction.event];
  return instruction.opcode != TW_CROSS_WAIT || isReadyToCross(unit, instruction.event);
}

std::string Flags::reason(int32_t unit, const tw_instruction &instruction) const {
  std::string event = std::to_string(instruction.event);
  if (instruction.opcode == TW_WAIT_FLAG)
    return nameOfFlag(instruction.other_pipe, instruction.pipe, instruction.event);
  if (unit != TW_CUBE)
    return "a cross_set of event " + event + " by the cube";
  std::string missing;
  for (int32_t lane = TW_VECTOR_0; lane < TW_VECTOR_0 + lanes; ++lane)
    if (arrivals[lane][instruction.event] == 0)
      missing += (missing.empty() ? "" : " and ") + nameOfUnit(lane);
  return "a cross_set of event " + event + " by " + missing;
}

void Flags::execute(int32_t unit, const tw_instruction &instruction) {
  int64_t event = instruction.event, pipe = instruction.pipe, other = instruction.other_pipe;
  switch (instruction.opcode) {
  case TW_SET_FLAG:
    if (flags[unit][pipe][other][event])
      throw ProgramError("expects " + nameOfFlag(pipe, other, event) +
                         " to be clear before it is set, but got a set one: an earlier set has "
                         "not been waited for");
    flags[unit][pipe][other][event] = true;
    return;
  case TW_WAIT_FLAG:
    flags[unit][other][pipe][event] = false;
    return;
  case TW_CROSS_SET:
    if (unit != TW_CUBE)
      ++arrivals[unit][event];
    else
      for (int32_t lane = TW_VECTOR_0; lane < TW_VECTOR_0 + lanes; ++lane)
        ++counters[lane][event];
    return;
  case TW_CROSS_WAIT:
    if (unit != TW_CUBE)
      --counters[unit][event];
    else
      for (int32_t lane = TW_VECTOR_0; lane < TW_VECTOR_0 + lanes; ++lane)
        --arrivals[lane][event];
    return;
  default:
    return;
  }
}

std::string Flags::leftovers() const {
  std::string text;
  auto add = [&](const std::string &what) { text += (text.empty() ? "" : ", ") + what; };
  for (int32_t unit = 0; unit < TW_UNITS; ++unit) {
    for (int64_t from = 0; from < TW_PIPES; ++from)
      for (int64_t to = 0; to < TW_PIPES; ++to)
        for (int64_t event = 0; event < flagEvents; ++event)
          if (flags[unit][from][to][event])
            add(nameOfFlag(from, to, event) + " of " + nameOfUnit(unit));
    for (int64_t event = 0; event < crossEvents; ++event) {
      auto count = [&](int64_t value, const char *by) {
        if (value)
          add(std::to_string(value) + " cross_set of event " + std::to_string(event) + by +
              nameOfUnit(unit));
      };
      count(counters[unit][event], " for ");
      count(arrivals[unit][event], " by ");
    }
  }
  return text;
}

//===----------------------------------------------------------------------------------------===//
// Channels
//===----------------------------------------------------------------------------------------===//

/// Of the cube core, or the least of all vector cores.
int64_t Channel::least(const Counts &counts, bool ofCube) const {
  if (ofCube)
    return counts[TW_CUBE];
  return *std::min_element(counts.begin() + TW_VECTOR_0, counts.begin() + TW_VECTOR_0 + lanes);
}

bool Channel::isReady(int32_t unit, int64_t opcode) const {
  bool toCube = channel.to_cube;
  if (opcode == TW_PUSH)
    return pushed[unit] - least(released, toCube) < channel.slots;
  if (opcode == TW_POP)
    return popped[unit] < least(pushed, !toCube);
  return true;
}

/// Of the tiles of the channel, what `unit` has.
Channel::Part Channel::partOf(int32_t unit) const {
  Part part = {0, 0, channel.rows, channel.columns};
  auto halve = [unit](int64_t &begin, int64_t &size) {
    int64_t larger = (size + 1) / 2;
    begin = unit == TW_VECTOR_1 ? larger : 0;
    size = unit == TW_VECTOR_1 ? size - larger : larger;
  };
  if (unit != TW_CUBE && channel.split == static_cast<int64_t>(Split::up_down))
    halve(part.row, part.rows);
  if (unit != TW_CUBE && channel.split == static_cast<int64_t>(Split::left_right))
    halve(part.column, part.columns);
  return part;
}

/// A part of a slot that lies in `memory`, in rows of `rowElements`.
View Channel::slotOf(ModelledMemory &memory, int64_t tile, int64_t rowElements, const Part &part) {
  int64_t bytes = elementBytes(channel.type);
  int64_t offset = beginOf(tile) + (part.row * rowElements + part.column) * bytes;
  View view;
  view.type = channel.type;
  view.data = memory.data.data() + offset;
  if (!memory.defined.empty())
    view.defined = memory.defined.data() + offset;
  view.sizes = {1, 1, 1, part.rows, part.columns};
  view.strideBytes[3] = rowElements * bytes;
  view.strideBytes[4] = bytes;
  return view;
}

static void copy(const View &destination, const View &source) {
  defineElements(destination, {source});
  carryCopy(destination, source);
}

void Channel::push(int32_t unit, const View &tile) {
  if (channel.direct) {
    pushDirectly(unit, tile);
  } else {
    View slot = slotOf(memories.rings, pushed[unit], channel.columns, partOf(unit));
    copy(leading(slot, tile.sizes), tile);
  }
  ++pushed[unit];
}

/// Each vector core gets its part of what the cube pushes; of theirs the cube gets the whole.
void Channel::pushDirectly(int32_t unit, const View &tile) {
  if (channel.to_cube) {
    ModelledMemory &l1 = memories.of(TW_CUBE, TW_L1);
    View slot = slotOf(l1, pushed[unit], channel.columns, partOf(unit));
    return copy(leading(slot, tile.sizes), tile);
  }
  for (int32_t lane = TW_VECTOR_0; lane < TW_VECTOR_0 + lanes; ++lane) {
    Part part = partOf(lane);
    View source = tile;
    source.sizes[3] = std::clamp<int64_t>(tile.sizes[3] - part.row, 0, part.rows);
    source.sizes[4] = std::clamp<int64_t>(tile.sizes[4] - part.column, 0, part.columns);
    if (isEmpty(source.sizes))
      continue;
    int64_t offset = part.row * tile.strideBytes[3] + part.column * tile.strideBytes[4];
    source.data += offset;
    if (source.defined)
      source.defined += offset;
    View slot = slotOf(memories.of(lane, TW_UB), pushed[unit], partOf(TW_VECTOR_0).columns,
                       {0, 0, source.sizes[3], source.sizes[4]});
    copy(slot, source);
  }
}

void Channel::pop(int32_t unit, const View &tile, const tw_region &region) {
  if (!channel.direct) {
    View slot = slotOf(memories.rings, popped[unit], channel.columns, partOf(unit));
    copy(tile, leading(slot, tile.sizes));
  } else if (region.base != beginOf(popped[unit])) {
    throw ProgramError("expects the next tile of the channel at " +
                       std::to_string(beginOf(popped[unit])) + ", but got " +
                       std::to_string(region.base));
  }
  ++popped[unit];
}

void Channel::release(int32_t unit) {
  if (released[unit] == popped[unit])
    throw ProgramError("expects a popped slot to release, but got none");
  int64_t before = least(released, channel.to_cube), own = released[unit]++;
  // Nobody shall live on what a tile left.
  if (channel.direct)
    memories.of(unit, channel.to_cube ? TW_L1 : TW_UB).forget(beginOf(own), channel.slot_bytes);
  else if (least(released, channel.to_cube) > before)
    memories.rings.forget(beginOf(before), channel.slot_bytes);
}

std::string Channel::leftovers() const {
  int64_t taken = 0;
  for (int32_t unit = 0; unit < TW_UNITS; ++unit)
    taken = std::max(taken, pushed[unit]);
  taken -= least(released, channel.to_cube);
  return taken ? std::to_string(taken) + " taken slots" : "";
}

} // namespace tilework::runtime::exact
