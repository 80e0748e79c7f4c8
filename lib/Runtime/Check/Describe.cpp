//===- Describe.cpp - an instruction on one line ------------------------------------*- C++ -*-===//

#include "Describe.h"

namespace tilework::check {

template <size_t size>
static std::string nameOr(const char *const (&names)[size], int64_t value, const char *what) {
  if (value >= 0 && value < static_cast<int64_t>(size))
    return names[value];
  return std::string(what) + " " + std::to_string(value);
}

std::string unitName(int64_t unit) {
  static const char *const names[] = {"cube", "vector 0", "vector 1"};
  return nameOr(names, unit, "unit");
}

std::string pipeName(int64_t pipe) {
  static const char *const names[] = {"mte1", "mte2", "mte3", "fixp", "m", "v", "s"};
  return nameOr(names, pipe, "pipe");
}

std::string spaceName(int64_t space) {
  static const char *const names[] = {"gm", "l1", "l0a", "l0b", "l0c", "ub", "bt", "fb"};
  return nameOr(names, space, "space");
}

std::string typeName(int64_t type) {
  static const char *const names[] = {"bool", "i8",  "i16", "i32",  "i64", "u8",   "u16",
                                      "u32",  "u64", "f16", "bf16", "f32", "index"};
  return nameOr(names, type, "type");
}

std::string opcodeName(int64_t opcode) {
  static const char *const names[] = {
      "dma_load",      "dma_store",        "fixpipe",       "move",
      "mmad",          "vector_unary",     "vector_binary", "vector_compare",
      "vector_select", "vector_cast",      "vector_reduce", "vector_fill",
      "vector_arange", "vector_transpose", "set_flag",      "wait_flag",
      "cross_set",     "cross_wait",       "barrier",       "push",
      "pop",           "release",          "read_scalar"};
  return nameOr(names, opcode, "opcode");
}

std::string memoryName(Memory memory) {
  if (memory == globalMemory)
    return "gm";
  return memory == ringMemory ? "the rings" : spaceName((memory - 1) % TW_SPACES);
}

std::string addressText(const CheckOptions &options, uintptr_t address) {
  for (const GmRange &range : options.gm)
    if (!range.name.empty() && range.begin <= address && address < range.end)
      return range.name + " + " + std::to_string(address - range.begin);
  return std::to_string(address);
}

std::string describe(const tw_region &region, const CheckOptions &options) {
  std::string text;
  for (int64_t d = 0; d < std::min<int64_t>(region.rank, maxRank); ++d)
    text += (d ? "x" : "") + std::to_string(region.sizes[d]);
  text += (text.empty() ? "" : " ") + typeName(region.type) + " of " + spaceName(region.space);
  return text + " at " +
         (region.space == TW_GM ? addressText(options, region.base) : std::to_string(region.base));
}

static std::string describeFlag(const tw_instruction &instruction) {
  bool isSet = instruction.opcode == TW_SET_FLAG;
  return pipeName(isSet ? instruction.pipe : instruction.other_pipe) + " -> " +
         pipeName(isSet ? instruction.other_pipe : instruction.pipe) + " event " +
         std::to_string(instruction.event);
}

std::string describe(const tw_instruction &instruction, const CheckOptions &options) {
  std::string text = opcodeName(instruction.opcode);
  switch (instruction.opcode) {
  case TW_SET_FLAG:
  case TW_WAIT_FLAG:
    return text + " " + describeFlag(instruction);
  case TW_CROSS_SET:
  case TW_CROSS_WAIT:
    return text + " event " + std::to_string(instruction.event);
  case TW_BARRIER:
    return text + (instruction.kind ? " of all pipes" : " of " + pipeName(instruction.pipe));
  case TW_PUSH:
  case TW_POP:
  case TW_RELEASE:
    text += " channel " + std::to_string(instruction.channel);
  }
  for (int64_t i = 0; i < std::min<int64_t>(instruction.num_regions, TW_STREAM_MAX_REGIONS); ++i)
    text += (i ? ", " : " ") + describe(instruction.regions[i], options);
  return text;
}

Place placeOf(const KernelStream &stream, const CheckOptions &options, int32_t unit,
              int64_t index) {
  const tw_instruction &instruction = stream.units[unit].instructions[index];
  bool isKnown = instruction.location >= 0 && instruction.location < stream.numLocations;
  return {unit, static_cast<int32_t>(instruction.pipe), index,
          isKnown ? stream.locations[instruction.location] : "", describe(instruction, options)};
}

} // namespace tilework::check
