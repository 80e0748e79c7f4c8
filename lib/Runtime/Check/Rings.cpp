//===- Rings.cpp - where the slots of channels lie ----------------------------------*- C++ -*-===//

#include "Rings.h"

#include "Describe.h"
#include "Effects.h"

#include <optional>
#include <tuple>

namespace tilework::check {

using Wide = __int128; ///< beyond what numbers of a program can reach

static std::string bytesText(const tw_channel &channel) {
  return std::to_string(channel.slots) + " slots of " + std::to_string(channel.slot_bytes) +
         " bytes at " + std::to_string(channel.base);
}

static Wide endOf(const tw_channel &channel) {
  return channel.base + Wide(channel.slots) * channel.slot_bytes;
}

/// The first push or pop of each channel, by unit and position.
static std::vector<std::optional<Site>>
firstUses(const Findings &findings, const std::array<std::vector<Standing>, TW_UNITS> &standings) {
  std::vector<std::optional<Site>> uses(findings.stream.numChannels);
  for (int32_t unit = 0; unit < TW_UNITS; ++unit)
    for (int64_t index = 0; index < static_cast<int64_t>(standings[unit].size()); ++index) {
      const tw_instruction &it = findings.at({unit, index});
      bool isTransfer = it.opcode == TW_PUSH || it.opcode == TW_POP;
      if (isTransfer && standings[unit][index] != Standing::Skipped && !uses[it.channel])
        uses[it.channel] = Site{unit, index};
    }
  return uses;
}

static void checkRing(Findings &findings, Site site, const tw_channel &channel) {
  int64_t bytes = elementBytes(channel.type), ringBytes = findings.stream.ringBytes;
  int64_t rows = channel.rows, columns = channel.columns;
  std::string memory = "the rings";
  if (channel.direct) {
    int64_t space = channel.to_cube ? TW_L1 : TW_UB;
    Part larger = partOf(channel, channel.to_cube ? TW_CUBE : TW_VECTOR_0);
    ringBytes = findings.options.memories.capacityBytes[space];
    memory = spaceName(space);
    std::tie(rows, columns) = std::tie(larger.rows, larger.columns);
  }
  if (channel.base % bytes || channel.slot_bytes % bytes)
    findings.add(Kind::Misaligned, {site},
                 "expects slots at multiples of " + std::to_string(bytes) + " bytes, but got " +
                     bytesText(channel));
  if (channel.base < 0 || endOf(channel) > ringBytes)
    findings.add(Kind::OutOfBounds, {site},
                 "expects slots within the " + std::to_string(ringBytes) + " bytes of " + memory +
                     ", but got " + bytesText(channel));
  if (Wide(rows) * columns * bytes > channel.slot_bytes)
    findings.add(Kind::OverlappingRings, {site},
                 "expects slots that hold tiles of " + std::to_string(rows) + "x" +
                     std::to_string(columns) + " elements, but got " + bytesText(channel));
}

/// The pops of direct channels show the slots in turn: who pops knows where the sender writes.
static void checkSlots(Findings &findings,
                       const std::array<std::vector<Standing>, TW_UNITS> &standings) {
  for (int32_t unit = 0; unit < TW_UNITS; ++unit) {
    std::vector<int64_t> pops(findings.stream.numChannels);
    for (int64_t index = 0; index < static_cast<int64_t>(standings[unit].size()); ++index) {
      const tw_instruction &it = findings.at({unit, index});
      if (it.opcode != TW_POP || standings[unit][index] == Standing::Skipped)
        continue;
      const tw_channel &channel = findings.stream.channels[it.channel];
      int64_t slot = pops[it.channel]++ % channel.slots;
      Wide expected = channel.base + Wide(slot) * channel.slot_bytes;
      if (channel.direct && it.regions[0].base != expected)
        findings.add(Kind::WrongSlot, {{unit, index}},
                     "expects slot " + std::to_string(slot) + " of " + bytesText(channel) +
                         ", but got bytes at " + std::to_string(it.regions[0].base));
    }
  }
}

void checkRings(Findings &findings, const std::array<std::vector<Standing>, TW_UNITS> &standings) {
  const tw_channel *channels = findings.stream.channels;
  std::vector<std::optional<Site>> uses = firstUses(findings, standings);
  for (size_t i = 0; i < uses.size(); ++i) {
    if (!uses[i])
      continue;
    checkRing(findings, *uses[i], channels[i]);
    for (size_t j = 0; j < i; ++j)
      if (uses[j] && !channels[i].direct && !channels[j].direct &&
          channels[i].base < endOf(channels[j]) && channels[j].base < endOf(channels[i]))
        findings.add(Kind::OverlappingRings, {*uses[j], *uses[i]},
                     "expects channels that share no byte, but got " + bytesText(channels[j]) +
                         " and " + bytesText(channels[i]));
  }
  checkSlots(findings, standings);
}

} // namespace tilework::check
