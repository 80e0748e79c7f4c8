//===- Check.cpp - judges a placed kernel over all its legal interleavings ----------*- C++ -*-===//

#include "Check.h"

#include "Definedness.h"
#include "Hazards.h"
#include "Order.h"
#include "Rings.h"

#include <map>
#include <stdexcept>

namespace tilework::check {

using Standings = std::array<std::vector<Standing>, TW_UNITS>;

static bool executes(const KernelStream &stream, int32_t unit) {
  return unit == TW_CUBE ? stream.hasCube : unit - TW_VECTOR_0 < stream.lanes;
}

/// The checks of single instructions; a unit that does not execute must have none.
static Standings checkForms(Findings &findings) {
  Standings standings;
  for (int32_t unit = 0; unit < TW_UNITS; ++unit) {
    int64_t count = findings.stream.units[unit].count;
    if (!executes(findings.stream, unit)) {
      if (count)
        findings.add(Kind::Malformed, {{unit, 0}},
                     "expects no instructions of a unit that does not execute, but got " +
                         std::to_string(count));
      continue;
    }
    standings[unit].reserve(count);
    for (int64_t index = 0; index < count; ++index)
      standings[unit].push_back(checkForm(findings, {unit, index}));
  }
  return standings;
}

/// Whether the operands of every instruction can be followed.
static bool isWhole(const Findings &findings, const Standings &standings) {
  for (int32_t unit = 0; unit < TW_UNITS; ++unit)
    for (int64_t index = 0; index < static_cast<int64_t>(standings[unit].size()); ++index)
      if (standings[unit][index] != Standing::Whole &&
          (standings[unit][index] == Standing::Skipped ||
           hasEffects(findings.at({unit, index}).opcode)))
        return false;
  return true;
}

static bool usesSlot(int64_t opcode) {
  return opcode >= TW_PUSH && opcode <= TW_RELEASE;
}

static CheckReport checkOnce(const KernelStream &stream, const CheckOptions &options) {
  CheckReport report;
  Findings findings(stream, options);
  Standings standings = checkForms(findings);
  checkRings(findings, standings);
  Order order(findings, standings);
  Hazards hazards(findings, standings);
  Definedness definedness(findings);
  bool followsDefinedness = isWhole(findings, standings); // else much would seem undefined
  order.run([&](const Event &event, const Clock &clock, int64_t slot) {
    Site site = event.site;
    const tw_instruction &instruction = findings.at(site);
    bool isWhole = standings[site.unit][site.index] == Standing::Whole;
    const tw_channel *channel =
        usesSlot(instruction.opcode) ? &stream.channels[instruction.channel] : nullptr;
    if (instruction.opcode == TW_RELEASE ? !channel->direct : !isWhole)
      return;
    auto visit = [&](const Effects &effects, const Operand *renewed) {
      hazards.visit(event, clock, effects);
      if (followsDefinedness && renewed)
        definedness.forget(*renewed);
      if (followsDefinedness && instruction.opcode != TW_RELEASE)
        definedness.visit(site, effects);
    };
    if (!channel || !channel->direct) {
      Operand renewed = channel ? slotPart(*channel, site.unit, slot, site.unit) : Operand();
      bool renews = instruction.opcode == TW_PUSH;
      return visit(effectsOf(instruction, site.unit, channel, slot), renews ? &renewed : nullptr);
    }
    if (instruction.opcode == TW_RELEASE) {
      Effects effects = directRelease(*channel, site.unit, slot);
      return visit(effects, &effects.operands[0]);
    }
    if (instruction.opcode == TW_POP)
      return; // the tile is there already: checkRings sees to it that it is the one
    for (int32_t receiver = 0; receiver < TW_UNITS; ++receiver)
      if (executes(stream, receiver) && (receiver == TW_CUBE) == (channel->to_cube != 0)) {
        Operand renewed = slotPart(*channel, site.unit, slot, receiver);
        visit(directPush(instruction, site.unit, *channel, slot, receiver), &renewed);
      }
  });
  for (const UnitStream &unit : stream.units)
    report.instructions += unit.count;
  report.flagPairs = order.flagPairs();
  findings.moveInto(report);
  return report;
}

//===----------------------------------------------------------------------------------------===//
// Redundant flags
//===----------------------------------------------------------------------------------------===//

using Flag = std::array<int64_t, 4>; ///< unit, from, to, event

static bool isFlag(const tw_instruction &instruction) {
  return instruction.opcode == TW_SET_FLAG || instruction.opcode == TW_WAIT_FLAG;
}

static Flag flagOf(int32_t unit, const tw_instruction &instruction) {
  bool isSet = instruction.opcode == TW_SET_FLAG;
  int64_t from = isSet ? instruction.pipe : instruction.other_pipe;
  int64_t to = isSet ? instruction.other_pipe : instruction.pipe;
  return {unit, from, to, instruction.event};
}

static bool isCleanWithout(const KernelStream &stream, const CheckOptions &options,
                           const Flag &flag) {
  const UnitStream &unit = stream.units[flag[0]];
  std::vector<tw_instruction> kept;
  for (int64_t i = 0; i < unit.count; ++i)
    if (!isFlag(unit.instructions[i]) ||
        flagOf(static_cast<int32_t>(flag[0]), unit.instructions[i]) != flag)
      kept.push_back(unit.instructions[i]);
  KernelStream without = stream;
  without.units[flag[0]] = {kept.data(), static_cast<int64_t>(kept.size())};
  return checkOnce(without, options).isClean();
}

static std::vector<RedundantFlag> findRedundantFlags(const KernelStream &stream,
                                                     const CheckOptions &options) {
  std::map<Flag, int64_t> sets;
  for (int32_t unit = 0; unit < TW_UNITS; ++unit)
    for (int64_t i = 0; i < stream.units[unit].count; ++i)
      if (stream.units[unit].instructions[i].opcode == TW_SET_FLAG)
        ++sets[flagOf(unit, stream.units[unit].instructions[i])];
  std::vector<RedundantFlag> redundant;
  for (const auto &[flag, pairs] : sets)
    if (isCleanWithout(stream, options, flag))
      redundant.push_back({static_cast<int32_t>(flag[0]), static_cast<int32_t>(flag[1]),
                           static_cast<int32_t>(flag[2]), flag[3], pairs});
  return redundant;
}

CheckReport check(const KernelStream &stream, const CheckOptions &options) {
  if (stream.lanes < 0 || stream.lanes > 2)
    throw std::invalid_argument("expects 0 to 2 lanes, but got " + std::to_string(stream.lanes));
  CheckReport report = checkOnce(stream, options);
  if (options.findsRedundantFlags && report.isClean())
    report.redundantFlags = findRedundantFlags(stream, options);
  return report;
}

} // namespace tilework::check
