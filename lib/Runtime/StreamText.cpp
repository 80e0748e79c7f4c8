//===- StreamText.cpp - the instructions of a task for readers -------------------------------===//

#include "StreamText.h"

#include "InstructionText.h"

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace tilework::runtime {

std::string describe(const tw_instruction &instruction, const std::vector<GlobalRange> &memory) {
  return tilework::describe(instruction, [&](int64_t region) {
    auto base = static_cast<uintptr_t>(instruction.regions[region].base);
    for (const GlobalRange &range : memory)
      if (range.begin <= base && base < range.end)
        return std::string(range.name) + "+" + std::to_string(base - range.begin);
    return hexadecimal(base);
  });
}

std::string describeBreach(Span bytes, bool writes, const std::vector<GlobalRange> &memory) {
  std::string expected =
      std::string("expects to ") + (writes ? "write" : "read") + " only what the task declares";
  for (const GlobalRange &range : memory)
    if (range.begin <= bytes.begin && bytes.begin < range.end)
      return expected + " of '" + range.name + "', but got its bytes " +
             std::to_string(bytes.begin - range.begin) + " to " +
             std::to_string(bytes.end - range.begin);
  return expected + ", but got bytes of no argument";
}

void dump(const std::string &folder, const tw_kernel &kernel, const KernelStream &stream,
          const std::vector<GlobalRange> &memory) {
  std::string name = kernel.name;
  std::replace(name.begin(), name.end(), '/', '_');
  std::string path = folder + "/" + name + ".txt";
  std::ofstream file(path);
  file << "the first task of '" << kernel.name << "' at " << kernel.location << "\n";
  for (int64_t i = 0; i < stream.numChannels; ++i) {
    const tw_channel &channel = stream.channels[i];
    file << "channel " << i << ": " << channel.slots << " slots of " << channel.slot_bytes
         << " bytes at " << channel.base << " of ";
    if (channel.direct)
      file << (channel.to_cube ? "l1\n" : "ub\n");
    else
      file << stream.ringBytes << "\n";
  }
  for (int32_t unit = 0; unit < TW_UNITS; ++unit) {
    const UnitStream &program = stream.units[unit];
    if (program.count == 0)
      continue;
    file << "\n" << nameOfUnit(unit) << "\n";
    for (int64_t i = 0; i < program.count; ++i) {
      const tw_instruction &instruction = program.instructions[i];
      file << "  " << describe(instruction, memory) << "  ; "
           << stream.locations[instruction.location] << "\n";
    }
  }
  file.close();
  if (!file)
    throw std::runtime_error("expects to write the instructions to '" + path +
                             "', but cannot; make the folder first");
}

} // namespace tilework::runtime
