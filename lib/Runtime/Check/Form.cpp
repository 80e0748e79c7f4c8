//===- Form.cpp - fields, pipes and memories of one instruction ---------------------*- C++ -*-===//

#include "Form.h"

#include "Describe.h"
#include "Placement.h"
#include "Shapes.h"

#include <algorithm>

namespace tilework::check {

static bool isFlag(int64_t opcode) {
  return opcode == TW_SET_FLAG || opcode == TW_WAIT_FLAG;
}
static bool isCross(int64_t opcode) {
  return opcode == TW_CROSS_SET || opcode == TW_CROSS_WAIT;
}
static bool isChannel(int64_t opcode) {
  return opcode >= TW_PUSH && opcode <= TW_RELEASE;
}

static bool isWithin(int64_t value, int64_t end) {
  return value >= 0 && value < end;
}

static int64_t regionsOf(const tw_instruction &instruction) {
  static const int8_t regions[TW_OPCODES] = {2, 2, 2, 2, 3, 2, 3, 3, 4, 2, 2, 2,
                                             1, 2, 0, 0, 0, 0, 0, 1, 1, 0, 1};
  bool takesScalar = instruction.opcode == TW_VECTOR_BINARY ||
                     instruction.opcode == TW_VECTOR_COMPARE ||
                     instruction.opcode == TW_VECTOR_FILL;
  return regions[instruction.opcode] - (takesScalar && instruction.flags & TW_SCALAR_RHS);
}

static std::string regionProblem(const tw_region &region) {
  if (!isWithin(region.space, TW_SPACES))
    return "expects a memory, but got " + std::to_string(region.space);
  if (!elementBytes(region.type))
    return "expects an element type, but got " + std::to_string(region.type);
  if (!isWithin(region.rank, maxRank + 1))
    return "expects a rank of 0 to 5, but got " + std::to_string(region.rank);
  for (int64_t d = 0; d < region.rank; ++d)
    if (region.sizes[d] < 0)
      return "expects sizes from 0, but got " + std::to_string(region.sizes[d]);
  return "";
}

static std::string channelProblem(const KernelStream &stream, const tw_instruction &instruction,
                                  int32_t unit) {
  if (!isWithin(instruction.channel, stream.numChannels))
    return "expects a channel below " + std::to_string(stream.numChannels) + ", but got " +
           std::to_string(instruction.channel);
  const tw_channel &channel = stream.channels[instruction.channel];
  if (channel.rows < 1 || channel.columns < 1 || channel.slots < 1 || !elementBytes(channel.type) ||
      !isWithin(channel.split, 3))
    return "expects a channel of at least one slot and element, but got " +
           std::to_string(channel.slots) + " slots of " + std::to_string(channel.rows) + "x" +
           std::to_string(channel.columns);
  bool sends = instruction.opcode == TW_PUSH;
  if (sends != ((unit == TW_CUBE) != (channel.to_cube != 0)))
    return std::string("expects a ") + (sends ? "sender" : "receiver") +
           " of the channel, but got " + unitName(unit);
  return "";
}

/// Why the fields mean nothing, or empty.
static std::string fieldProblem(const KernelStream &stream, const tw_instruction &instruction,
                                int32_t unit) {
  if (!isWithin(instruction.opcode, TW_OPCODES))
    return "expects an opcode, but got " + std::to_string(instruction.opcode);
  if (!isWithin(instruction.pipe, TW_PIPES))
    return "expects a pipe, but got " + std::to_string(instruction.pipe);
  if (isFlag(instruction.opcode) && !isWithin(instruction.other_pipe, TW_PIPES))
    return "expects a pipe, but got " + std::to_string(instruction.other_pipe);
  if (instruction.num_regions != regionsOf(instruction))
    return "expects " + std::to_string(regionsOf(instruction)) + " regions, but got " +
           std::to_string(instruction.num_regions);
  for (int64_t i = 0; i < instruction.num_regions; ++i)
    if (std::string problem = regionProblem(instruction.regions[i]); !problem.empty())
      return problem;
  return isChannel(instruction.opcode) ? channelProblem(stream, instruction, unit) : "";
}

//===----------------------------------------------------------------------------------------===//
// Pipes and events
//===----------------------------------------------------------------------------------------===//

static bool hasPipe(bool isCube, int64_t pipe) {
  if (pipe == TW_MTE2 || pipe == TW_S)
    return true;
  return isCube == (pipe == TW_MTE1 || pipe == TW_FIXP || pipe == TW_M);
}

/// The pipe of an instruction, or -1 where it may choose.
static int64_t pipeOf(const KernelStream &stream, const tw_instruction &instruction, bool isCube) {
  switch (instruction.opcode) {
  case TW_DMA_LOAD:
    return TW_MTE2;
  case TW_POP:
  case TW_RELEASE:
    if (!stream.channels[instruction.channel].direct)
      return TW_MTE2;
    return isCube ? TW_MTE1 : TW_V;
  case TW_DMA_STORE:
    return TW_MTE3;
  case TW_FIXPIPE:
    return TW_FIXP;
  case TW_PUSH:
    return isCube ? TW_FIXP : TW_MTE3;
  case TW_MMAD:
    return TW_M;
  case TW_READ_SCALAR:
    return TW_S;
  case TW_MOVE:
    if (instruction.regions[0].space == TW_UB)
      return TW_V;
    return instruction.regions[0].space == TW_L0C || instruction.regions[1].space == TW_FB
               ? TW_FIXP
               : TW_MTE1;
  default:
    return hasEffects(instruction.opcode) ? TW_V : -1;
  }
}

static void checkPipe(Findings &findings, Site site) {
  const tw_instruction &instruction = findings.at(site);
  bool isCube = site.unit == TW_CUBE;
  auto expectPipe = [&](int64_t pipe) {
    if (!hasPipe(isCube, pipe))
      findings.add(Kind::WrongPipe, {site},
                   "expects a pipe of " + unitName(site.unit) + ", but got " + pipeName(pipe));
  };
  int64_t expected = pipeOf(findings.stream, instruction, isCube);
  expectPipe(instruction.pipe);
  if (expected >= 0 && expected != instruction.pipe)
    findings.add(Kind::WrongPipe, {site},
                 "expects " + opcodeName(instruction.opcode) + " on " + pipeName(expected) +
                     ", but got " + pipeName(instruction.pipe));
  if (!isFlag(instruction.opcode))
    return;
  expectPipe(instruction.other_pipe);
  if (instruction.pipe == instruction.other_pipe)
    findings.add(Kind::WrongPipe, {site},
                 "expects a flag between two pipes, but got " + pipeName(instruction.pipe) +
                     " twice");
}

/// Whether the event exists.
static bool checkEvent(Findings &findings, Site site) {
  const tw_instruction &instruction = findings.at(site);
  bool isOfPipes = isFlag(instruction.opcode);
  if (!isOfPipes && !isCross(instruction.opcode))
    return true;
  const CheckOptions &options = findings.options;
  int64_t events = isOfPipes ? options.flagsPerPipePair : options.crossFlags;
  if (isWithin(instruction.event, events))
    return true;
  findings.add(Kind::EventOutOfRange, {site},
               "expects an event below " + std::to_string(events) + ", but got " +
                   std::to_string(instruction.event));
  return false;
}

//===----------------------------------------------------------------------------------------===//
// Memories
//===----------------------------------------------------------------------------------------===//

static bool isMove(int64_t source, int64_t destination) {
  switch (source) {
  case TW_L1:
    return destination == TW_L0A || destination == TW_L0B || destination == TW_BT ||
           destination == TW_FB;
  case TW_L0C:
    return destination == TW_L1;
  default:
    return source == TW_UB && destination == TW_UB;
  }
}

/// Whether region `i` may lie in `space`.
static bool takesSpace(const tw_instruction &instruction, int64_t i, int64_t space) {
  switch (instruction.opcode) {
  case TW_DMA_LOAD:
    return i == 0 ? space == TW_GM : space == TW_L1 || space == TW_UB;
  case TW_DMA_STORE:
    return space == (i == 0 ? TW_UB : TW_GM);
  case TW_FIXPIPE:
    return space == (i == 0 ? TW_L0C : TW_GM);
  case TW_MOVE:
    return i == 0 || isMove(instruction.regions[0].space, space);
  case TW_MMAD:
    return space == TW_L0A + i;
  case TW_PUSH:
    return space == TW_L0C || space == TW_UB;
  case TW_POP:
    return space == TW_L1 || space == TW_UB;
  default:
    return space == TW_UB;
  }
}

static bool checkMemories(Findings &findings, Site site) {
  const tw_instruction &instruction = findings.at(site);
  bool isCube = site.unit == TW_CUBE;
  for (int64_t i = 0; i < instruction.num_regions; ++i) {
    int64_t space = instruction.regions[i].space;
    bool isOfUnit = space == TW_GM || (space == TW_UB) != isCube;
    if (isOfUnit && takesSpace(instruction, i, space))
      continue;
    findings.add(Kind::WrongMemory, {site},
                 "expects region " + std::to_string(i) + " of " + opcodeName(instruction.opcode) +
                     " in a memory that " + unitName(site.unit) + " takes it from, but got " +
                     spaceName(space));
    return false;
  }
  return true;
}

Standing checkForm(Findings &findings, Site site) {
  const tw_instruction &instruction = findings.at(site);
  std::string problem = fieldProblem(findings.stream, instruction, site.unit);
  if (!problem.empty()) {
    findings.add(Kind::Malformed, {site}, problem);
    return Standing::Skipped;
  }
  checkPipe(findings, site);
  if (!checkEvent(findings, site))
    return Standing::Skipped;
  if (!hasEffects(instruction.opcode))
    return Standing::Ordering;
  if (!checkMemories(findings, site))
    return Standing::Ordering;
  bool isSound = checkShapes(findings, site);
  isSound &= checkTypes(findings, site);
  checkPlacement(findings, site);
  return isSound ? Standing::Whole : Standing::Ordering;
}

} // namespace tilework::check
