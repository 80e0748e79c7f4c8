//===- Sync.cpp - flags, cross flags and channels of a core group -----------------------------===//

#include "Sync.h"
#include "ProgramError.h"

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

View Channel::part(int32_t unit, int64_t opcode, const Extents &sizes) {
  int64_t bytes = elementBytes(channel.type);
  int64_t offset = beginOf((opcode == TW_PUSH ? pushed : popped)[unit]);
  if (unit == TW_VECTOR_1) {
    if (channel.split == static_cast<int64_t>(Split::up_down))
      offset += (channel.rows + 1) / 2 * channel.columns * bytes;
    if (channel.split == static_cast<int64_t>(Split::left_right))
      offset += (channel.columns + 1) / 2 * bytes;
  }
  View view;
  view.type = channel.type;
  view.data = rings.data.data() + offset;
  if (!rings.defined.empty())
    view.defined = rings.defined.data() + offset;
  view.sizes = sizes;
  view.strideBytes[3] = channel.columns * bytes;
  view.strideBytes[4] = bytes;
  return view;
}

void Channel::release(int32_t unit) {
  if (released[unit] == popped[unit])
    throw ProgramError("expects a popped slot to release, but got none");
  int64_t before = least(released, channel.to_cube);
  ++released[unit];
  if (least(released, channel.to_cube) > before) // nobody shall live on what a tile left
    rings.forget(beginOf(before), channel.slot_bytes);
}

std::string Channel::leftovers() const {
  int64_t taken = 0;
  for (int32_t unit = 0; unit < TW_UNITS; ++unit)
    taken = std::max(taken, pushed[unit]);
  taken -= least(released, channel.to_cube);
  return taken ? std::to_string(taken) + " taken slots" : "";
}

} // namespace tilework::runtime::exact
