//===- RecordingText.cpp - the tasks of a recording for readers ------------------------------===//

#include "RecordingText.h"

#include "InstructionText.h"

#include <algorithm>

namespace tilework::recording {

std::string nameAddress(const Recording &recording, int64_t address) {
  const std::vector<Memory> &memories = recording.memories;
  auto after = std::upper_bound(memories.begin(), memories.end(), address,
                                [](int64_t at, const Memory &it) { return at < it.address; });
  if (after == memories.begin())
    return hexadecimal(address);
  const Memory &memory = *std::prev(after);
  return memory.name + "+" + std::to_string(address - memory.address);
}

static std::string describeReasons(uint32_t reasons) {
  static const std::pair<Reason, const char *> names[] = {{Explicit, "explicit"},
                                                          {ReadAfterWrite, "raw"},
                                                          {WriteAfterWrite, "waw"},
                                                          {WriteAfterRead, "war"},
                                                          {Known, "known"}};
  std::string text;
  for (auto [reason, name] : names)
    if (reasons & reason)
      text += std::string(text.empty() ? "" : " ") + name;
  return text;
}

std::string describeTask(const Recording &recording, int64_t id) {
  const Task &task = recording.tasks.at(id);
  std::string text = "task " + std::to_string(id) + ": ";
  if (task.stream == Task::join) {
    text += "a join\n";
  } else {
    const Kernel &kernel = recording.kernels[recording.streams[task.stream].kernel];
    text += "'" + kernel.name + "' at " + kernel.location + ", stream " +
            std::to_string(task.stream) + ", pattern " + std::to_string(task.pattern) + "\n";
  }
  for (const Dependence &dependence : task.dependences)
    text += "after task " + std::to_string(dependence.task) + ": " +
            describeReasons(dependence.reasons) + "\n";
  if (task.stream == Task::join)
    return text;

  const Stream &stream = recording.streams[task.stream];
  const Kernel &kernel = recording.kernels[stream.kernel];
  for (size_t i = 0; i < kernel.channels.size(); ++i) {
    const tw_channel &channel = kernel.channels[i];
    text +=
        "channel " + std::to_string(i) + ": " + std::to_string(channel.slots) + " slots of " +
        std::to_string(channel.slot_bytes) + " bytes at " + std::to_string(channel.base) + " of " +
        (channel.direct ? channel.to_cube ? "l1" : "ub" : std::to_string(kernel.ringBytes)) + "\n";
  }
  auto next = recording.patterns[task.pattern].addresses.begin();
  auto nameNext = [&](int64_t) {
    std::string name = nameAddress(recording, task.bases[next->base] + next->offset);
    ++next;
    return name;
  };
  for (int32_t unit = 0; unit < TW_UNITS; ++unit) {
    if (!stream.units[unit].empty())
      text += "\n" + nameOfUnit(unit) + "\n";
    for (int32_t index : stream.units[unit]) {
      const tw_instruction &instruction = recording.instructions[index];
      text += "  " + describe(instruction, nameNext, /*knowsScalar=*/false) + "  ; " +
              recording.locations[instruction.location] + "\n";
    }
  }
  return text;
}

} // namespace tilework::recording
