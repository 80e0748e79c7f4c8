//===- Exact.cpp - carries out the instruction streams of a kernel ----------------------------===//

#include "Exact.h"
#include "Carry.h"
#include "Checks.h"
#include "InstructionText.h"
#include "Interleaving.h"
#include "Operand.h"
#include "ProgramError.h"
#include "Sync.h"
#include "Undefined.h"

#include <algorithm>
#include <cstring>
#include <optional>

namespace tilework::runtime::exact {

//===----------------------------------------------------------------------------------------===//
// One unit's queues
//===----------------------------------------------------------------------------------------===//

namespace {
/// Instructions enter the queue of their pipe in program order. A barrier of all pipes ends a
/// section of the stream: it starts when the rest of its section has ended, and the next section
/// starts after it.
class Queues {
public:
  explicit Queues(const UnitStream &stream) : stream(stream), sectionOf(stream.count) {
    int64_t section = 0;
    for (int64_t i = 0; i < stream.count; ++i) {
      const tw_instruction &instruction = stream.instructions[i];
      queues[instruction.pipe].push_back(i);
      sectionOf[i] = section;
      unfinished.resize(section + 1);
      ++unfinished[section];
      section += isWholeBarrier(instruction);
    }
  }

  static bool isWholeBarrier(const tw_instruction &instruction) {
    return instruction.opcode == TW_BARRIER && instruction.kind == 1;
  }
  /// The next instruction of a pipe, if there is one.
  std::optional<int64_t> head(int32_t pipe) const {
    if (heads[pipe] == queues[pipe].size())
      return std::nullopt;
    return queues[pipe][heads[pipe]];
  }
  /// Whether no barrier holds the instruction back.
  bool isOpen(int64_t index) const {
    return sectionOf[index] == section &&
           (!isWholeBarrier(stream.instructions[index]) || unfinished[section] == 1);
  }
  void finish(int32_t pipe) {
    ++heads[pipe];
    if (--unfinished[section] == 0)
      ++section;
  }

private:
  const UnitStream &stream;
  std::array<std::vector<int64_t>, TW_PIPES> queues;
  std::array<size_t, TW_PIPES> heads = {};
  std::vector<int64_t> sectionOf, unfinished; ///< by instruction, by section
  int64_t section = 0;
};

//===----------------------------------------------------------------------------------------===//
// The core group
//===----------------------------------------------------------------------------------------===//

class Execution {
public:
  Execution(const KernelStream &stream, const ExactOptions &options)
      : stream(stream), options(options) {}
  ExactResult run();

private:
  void check();
  void executeAll();
  void checkEnd() const;
  [[noreturn]] void reportDeadlock() const;
  bool isReady(const Head &head) const;
  std::string reason(const Head &head) const;
  void step(const Head &head);

  void transfer(const tw_instruction &instruction, View source, View destination);
  void product(const tw_instruction &instruction, const View *operands);
  void throughChannel(int32_t unit, const tw_instruction &instruction);
  void vector(int32_t unit, const tw_instruction &instruction);
  void readScalar(int32_t unit, const tw_instruction &instruction);

  const tw_instruction &at(int32_t unit, int64_t index) const {
    return stream.units[unit].instructions[index];
  }
  std::string locationOf(const tw_instruction &instruction) const;

  const KernelStream &stream;
  const ExactOptions &options;
  std::vector<Queues> queues; ///< by unit
  std::optional<Memories> memories;
  std::optional<Flags> flags;
  std::vector<Channel> channels;
  ExactResult result;
};
} // namespace

std::string Execution::locationOf(const tw_instruction &instruction) const {
  bool isKnown = instruction.location >= 0 && instruction.location < stream.numLocations;
  return isKnown ? stream.locations[instruction.location] : "";
}

ExactResult Execution::run() {
  try {
    check();
    executeAll();
    checkEnd();
  } catch (const ProgramError &error) {
    result.error = error.what();
    if (result.index >= 0) {
      const tw_instruction &instruction = at(result.unit, result.index);
      result.instruction = describe(instruction);
      result.location = locationOf(instruction);
    }
  }
  return result;
}

void Execution::check() {
  checkStream(stream, options);
  for (int32_t unit = 0; unit < TW_UNITS; ++unit)
    for (int64_t i = 0; i < stream.units[unit].count; ++i) {
      result.unit = unit;
      result.index = i;
      checkInstruction(stream, options, unit, at(unit, i));
    }
  result.unit = -1;
  result.index = -1;
}

void Execution::executeAll() {
  memories.emplace(stream, options);
  flags.emplace(stream.lanes);
  for (int64_t i = 0; i < stream.numChannels; ++i)
    channels.emplace_back(stream.channels[i], stream.lanes, *memories);
  int64_t remaining = 0;
  for (const UnitStream &unit : stream.units) {
    queues.emplace_back(unit);
    remaining += unit.count;
  }
  Interleaving interleaving(options.seed);
  std::vector<Head> enabled;
  for (; remaining > 0; --remaining) {
    enabled.clear();
    for (int32_t unit = 0; unit < TW_UNITS; ++unit)
      for (int32_t pipe = 0; pipe < TW_PIPES; ++pipe)
        if (auto index = queues[unit].head(pipe))
          if (Head head = {unit, pipe, *index}; isReady(head))
            enabled.push_back(head);
    if (enabled.empty())
      reportDeadlock();
    Head head = interleaving.choose(enabled);
    result.unit = head.unit;
    result.index = head.index;
    step(head);
    queues[head.unit].finish(head.pipe);
    ++result.steps;
  }
  result.unit = -1;
  result.index = -1;
}

//===----------------------------------------------------------------------------------------===//
// Waiting
//===----------------------------------------------------------------------------------------===//

bool Execution::isReady(const Head &head) const {
  const tw_instruction &instruction = at(head.unit, head.index);
  if (!queues[head.unit].isOpen(head.index))
    return false;
  if (instruction.opcode == TW_PUSH || instruction.opcode == TW_POP)
    return channels[instruction.channel].isReady(head.unit, instruction.opcode);
  return flags->isReady(head.unit, instruction);
}

std::string Execution::reason(const Head &head) const {
  const tw_instruction &instruction = at(head.unit, head.index);
  if (!queues[head.unit].isOpen(head.index))
    return Queues::isWholeBarrier(instruction) ? "all earlier instructions of the unit"
                                               : "an earlier barrier of the unit";
  std::string channel = "channel " + std::to_string(instruction.channel);
  if (instruction.opcode == TW_PUSH)
    return "a free slot of " + channel;
  if (instruction.opcode == TW_POP)
    return "a full slot of " + channel;
  return flags->reason(head.unit, instruction);
}

void Execution::reportDeadlock() const {
  std::string text;
  for (int32_t unit = 0; unit < TW_UNITS; ++unit)
    for (int32_t pipe = 0; pipe < TW_PIPES; ++pipe)
      if (auto index = queues[unit].head(pipe)) {
        const tw_instruction &instruction = at(unit, *index);
        std::string location = locationOf(instruction);
        text += (text.empty() ? "" : "; ") + nameOfUnit(unit) + " pipe " + nameOfPipe(pipe) +
                " waits for " + reason({unit, pipe, *index}) + " in '" + describe(instruction) +
                "'" + (location.empty() ? "" : " at " + location);
      }
  throw ProgramError("expects some instruction to be able to start, but got a deadlock: " + text);
}

void Execution::checkEnd() const {
  std::string text = flags->leftovers();
  for (size_t i = 0; i < channels.size(); ++i)
    if (std::string taken = channels[i].leftovers(); !taken.empty())
      text += (text.empty() ? "" : ", ") + taken + " of channel " + std::to_string(i);
  if (!text.empty())
    throw ProgramError("expects flags, counters and slots to be free when the kernel ends, but "
                       "got " +
                       text);
}

//===----------------------------------------------------------------------------------------===//
// Steps
//===----------------------------------------------------------------------------------------===//

void Execution::step(const Head &head) {
  const tw_instruction &instruction = at(head.unit, head.index);
  View views[TW_STREAM_MAX_REGIONS];
  auto resolve = [&] {
    for (int64_t i = 0; i < instruction.num_regions; ++i)
      views[i] = memories->view(head.unit, instruction.regions[i]);
  };
  switch (static_cast<tw_opcode>(instruction.opcode)) {
  case TW_DMA_LOAD:
  case TW_DMA_STORE:
  case TW_FIXPIPE:
  case TW_MOVE:
    resolve();
    return transfer(instruction, views[0], views[1]);
  case TW_MMAD:
    resolve();
    return product(instruction, views);
  case TW_SET_FLAG:
  case TW_WAIT_FLAG:
  case TW_CROSS_SET:
  case TW_CROSS_WAIT:
    return flags->execute(head.unit, instruction);
  case TW_BARRIER:
    return;
  case TW_PUSH:
  case TW_POP:
    return throughChannel(head.unit, instruction);
  case TW_RELEASE:
    return channels[instruction.channel].release(head.unit);
  case TW_READ_SCALAR:
    return readScalar(head.unit, instruction);
  default:
    return vector(head.unit, instruction);
  }
}

void Execution::transfer(const tw_instruction &instruction, View source, View destination) {
  if (instruction.flags & TW_TRANSPOSES)
    source = transposed(source);
  bool stores = instruction.opcode == TW_DMA_STORE || instruction.opcode == TW_FIXPIPE;
  if (stores)
    source = leading(source, destination.sizes);
  Operand operand(source, destination);
  source = operand.view;
  if (instruction.flags & TW_PADS) {
    int64_t scalar = instruction.scalar;
    View pad = repeated(viewOfScalar(&scalar, destination.type), destination.sizes);
    defineElements(destination, {pad});
    carryCopy(destination, pad);
  }
  View part = leading(destination, source.sizes);
  if (instruction.flags & TW_ATOMIC_ADD) {
    defineElements(part, {source, part});
    return carryAtomicAdd(part, source);
  }
  defineElements(part, {source});
  carryCopy(part, source);
}

void Execution::product(const tw_instruction &instruction, const View *operands) {
  int64_t m = instruction.sizes[0], k = instruction.sizes[1], n = instruction.sizes[2];
  View lhs = leading(operands[0], {1, 1, 1, m, k}), rhs = leading(operands[1], {1, 1, 1, k, n});
  View accumulator = leading(operands[2], {1, 1, 1, m, n});
  bool starts = instruction.flags & TW_STARTS;
  defineProduct(accumulator, lhs, rhs, starts);
  carryProduct(accumulator, lhs, rhs, starts);
}

void Execution::throughChannel(int32_t unit, const tw_instruction &instruction) {
  const tw_region &region = instruction.regions[0];
  View tile = memories->view(unit, region);
  if (instruction.opcode == TW_PUSH)
    channels[instruction.channel].push(unit, tile);
  else
    channels[instruction.channel].pop(unit, tile, region);
}

void Execution::vector(int32_t unit, const tw_instruction &instruction) {
  std::vector<View> operands;
  for (int64_t i = 0; i < instruction.num_regions; ++i)
    operands.push_back(memories->view(unit, instruction.regions[i]));
  int64_t scalar = instruction.scalar;
  if ((instruction.flags & TW_SCALAR_RHS) || instruction.opcode == TW_VECTOR_ARANGE)
    operands.insert(operands.end() - 1, viewOfScalar(&scalar, instruction.scalar_type));
  carryVector(instruction, operands);
}

/// The walk has gone its way already: here it shows whether it was the right one.
void Execution::readScalar(int32_t unit, const tw_instruction &instruction) {
  View element = memories->view(unit, instruction.regions[0]);
  int64_t bytes = elementBytes(element.type);
  if (element.defined &&
      std::find(element.defined, element.defined + bytes, 0) != element.defined + bytes)
    throw ProgramError("expects control flow and addresses to depend on defined elements, but got "
                       "one that was never written");
  int64_t read = 0;
  std::memcpy(&read, element.data, bytes);
  if (std::memcmp(&read, &instruction.scalar, bytes) != 0)
    throw ProgramError("expects the element that native code has read, " +
                       hexadecimal(instruction.scalar) + ", but got " + hexadecimal(read));
}

//===----------------------------------------------------------------------------------------===//
// Interface
//===----------------------------------------------------------------------------------------===//

std::string ExactResult::message() const {
  std::string text = location.empty() ? "" : location + ": ";
  if (!instruction.empty())
    text += nameOfUnit(unit) + " '" + instruction + "' ";
  return text + error;
}

ExactResult execute(const KernelStream &stream, const ExactOptions &options) {
  return Execution(stream, options).run();
}

} // namespace tilework::runtime::exact
