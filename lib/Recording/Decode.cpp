//===- Decode.cpp - a recording from its bytes ----------------------------------------------===//
//
// Believes nothing: what it returns has every index in range, and encode() gives its bytes back.
//
//===----------------------------------------------------------------------------------------===//

#include "Bytes.h"
#include "Fields.h"
#include "Parts.h"
#include "Regions.h"

#include <algorithm>
#include <limits>

namespace tilework::recording {

constexpr uint64_t bound = uint64_t(1) << 62; ///< of addresses and sizes: their sums fit

namespace {
class Decoder {
public:
  explicit Decoder(const std::string &bytes) : reader(bytes) {}
  Recording decode();

private:
  template <typename Read> void part(Part part, Read read) {
    uint64_t size = reader.number();
    reader.beginPart(partNames[static_cast<uint64_t>(part)], size);
    read();
    reader.endPart();
  }
  template <typename T, typename Read> void list(Part which, std::vector<T> &into, Read read) {
    part(which, [&] {
      for (uint64_t left = reader.count("a number of elements"); left > 0; --left)
        into.push_back(read());
    });
  }

  Memory readMemory();
  void readShape(Memory &memory);
  Kernel readKernel();
  std::vector<int32_t> readNoDeps();
  Loop readLoop();
  tw_instruction readInstruction();
  template <typename Words, typename ForEach> void readChanges(Words &words, ForEach forEach);
  void check(const tw_region &region);
  Stream readStream();
  AddressPattern readPattern();
  Task readTask();
  Wait readWait();
  Mark readMark();

  Reader reader;
  Recording recording;
  std::vector<int32_t> basesOfPattern; ///< how many a pattern counts in
  std::vector<Task> lastTasks;         ///< by stream
  std::vector<int64_t> begins;         ///< of the loops around the last mark: their `tasksBefore`
};
} // namespace

Memory Decoder::readMemory() {
  const Memory *before = recording.memories.empty() ? nullptr : &recording.memories.back();
  Memory memory;
  memory.name = reader.text();
  memory.address = (before ? before->address + before->bytes : 0) +
                   static_cast<int64_t>(reader.below(bound / 2, "a distance"));
  if (memory.address % memoryAlignment != 0 || memory.address >= static_cast<int64_t>(bound / 2))
    reader.failBefore("an address that is a multiple of " + std::to_string(memoryAlignment),
                      std::to_string(memory.address));
  memory.bytes = static_cast<int64_t>(reader.below(bound / 2, "a size"));
  memory.tasksBefore = static_cast<int64_t>(reader.below(bound, "a number of tasks")) - 1;
  if (before && memory.tasksBefore < before->tasksBefore)
    reader.failBefore("memories in the order of their allocation", "an earlier one");
  memory.manualDep = reader.below(2, "a truth value");
  readShape(memory);
  return memory;
}

/// The bytes of the sizes are the memory's.
void Decoder::readShape(Memory &memory) {
  uint64_t elements = 1;
  auto limit = static_cast<uint64_t>(memory.bytes);
  for (uint64_t left = reader.below(TW_MAX_RANK + 1, "a rank"); left > 0; --left) {
    uint64_t size = reader.below(limit + 1, "a size");
    elements = size != 0 && elements > limit / size ? limit + 1 : elements * size;
    memory.sizes.push_back(static_cast<int64_t>(size));
  }
  if (memory.sizes.empty())
    return;
  memory.type = static_cast<int64_t>(reader.below(TW_TASK_ID + 1, "an element type"));
  if (elements > limit || elements * elementBytes(memory.type) != limit)
    reader.failBefore("sizes of " + std::to_string(limit) + " bytes", "others");
}

Kernel Decoder::readKernel() {
  Kernel kernel;
  kernel.name = reader.text();
  kernel.location = reader.text();
  kernel.hasCube = reader.below(2, "a truth value");
  kernel.lanes = static_cast<int32_t>(reader.below(TW_UNITS, "a number of lanes"));
  kernel.ringBytes = static_cast<int64_t>(reader.below(bound, "a size"));
  kernel.explicitOnly = reader.below(2, "a truth value");
  kernel.trackedArguments =
      static_cast<int32_t>(reader.below(std::numeric_limits<int32_t>::max(), "a number"));
  for (uint64_t left = reader.count("a number of channels"); left > 0; --left) {
    tw_channel channel = {};
    forEachChannelField(channel, [&](int64_t &word) {
      word = static_cast<int64_t>(reader.below(bound, "a field of a channel"));
    });
    kernel.channels.push_back(channel);
  }
  return kernel;
}

std::vector<int32_t> Decoder::readNoDeps() {
  std::vector<int32_t> numbers;
  int32_t limit = recording.memories.size();
  for (uint64_t left = reader.count("a number of memories"); left > 0; --left) {
    int32_t next = numbers.empty() ? 0 : numbers.back() + 1;
    numbers.push_back(next + static_cast<int32_t>(reader.below(limit - next, "a memory")));
  }
  if (numbers.empty())
    reader.failBefore("a memory", "none");
  return numbers;
}

Loop Decoder::readLoop() {
  Loop loop;
  loop.location = reader.text();
  loop.variable = reader.text();
  loop.isParallel = reader.below(2, "a truth value");
  loop.verdict = static_cast<tw_verdict>(reader.below(loop.isParallel ? 3 : 1, "a verdict"));
  return loop;
}

//===----------------------------------------------------------------------------------------===//
// Instructions
//===----------------------------------------------------------------------------------------===//

template <typename Words, typename ForEach>
void Decoder::readChanges(Words &words, ForEach forEach) {
  int count = 0;
  forEach(words, [&](int64_t &) { ++count; });
  uint64_t changed = reader.below(uint64_t(1) << count, "a set of words");
  forEach(words, [&, word = 0](int64_t &value) mutable {
    if (!(changed >> word++ & 1))
      return;
    int64_t by = reader.signedNumber();
    if (by == 0)
      reader.failBefore("a word that differs", "an equal one");
    value = static_cast<int64_t>(static_cast<uint64_t>(value) + static_cast<uint64_t>(by));
  });
}

void Decoder::check(const tw_region &region) {
  auto expect = [&](bool holds, const char *what) {
    if (!holds)
      reader.failBefore(std::string("a region with ") + what, "another");
  };
  expect(region.space >= 0 && region.space < TW_SPACES, "a memory space");
  expect(region.type >= 0 && region.type <= TW_TASK_ID, "an element type");
  expect(region.rank >= 0 && region.rank <= TW_STREAM_MAX_RANK, "a rank of at most 5");
  expect(region.space != TW_GM || region.base == 0, "base 0 in gm");
  for (int64_t d = region.rank; d < TW_STREAM_MAX_RANK; ++d)
    expect(region.sizes[d] == 0 && region.strides[d] == 0, "zeros beyond its rank");
}

tw_instruction Decoder::readInstruction() {
  tw_instruction instruction = {};
  if (!recording.instructions.empty())
    instruction = recording.instructions.back();
  readChanges(instruction, [](tw_instruction &it, auto visit) { forEachField(it, visit); });
  auto expect = [&](int64_t value, int64_t limit, const char *what) {
    if (value < 0 || value >= limit)
      reader.failBefore(std::string(what) + " from 0 to " + std::to_string(limit - 1),
                        std::to_string(value));
  };
  expect(instruction.opcode, TW_OPCODES, "an opcode");
  expect(instruction.pipe, TW_PIPES, "a pipe");
  expect(instruction.other_pipe, TW_PIPES, "a pipe");
  expect(instruction.scalar_type, TW_TASK_ID + 1, "a type");
  expect(instruction.location, recording.locations.size(), "a location");
  expect(instruction.num_regions, TW_STREAM_MAX_REGIONS + 1, "a number of regions");
  int64_t regions = 0;
  for (tw_region &region : instruction.regions) {
    if (regions++ >= instruction.num_regions) {
      region = {};
      continue;
    }
    readChanges(region, [](tw_region &it, auto visit) { forEachRegionField(it, visit); });
    check(region);
  }
  return instruction;
}

Stream Decoder::readStream() {
  Stream stream;
  stream.kernel = static_cast<int32_t>(reader.below(recording.kernels.size(), "a kernel"));
  int64_t channels = recording.kernels[stream.kernel].channels.size();
  int64_t limit = recording.instructions.size();
  for (std::vector<int32_t> &unit : stream.units) {
    uint64_t count = reader.below(std::numeric_limits<int32_t>::max(), "a number of instructions");
    for (int64_t next = 0; unit.size() < count;) {
      int64_t by = reader.signedNumber();
      uint64_t length = reader.below(count - unit.size() + 1, "a run's length");
      bool joins = !unit.empty() && by == 0;
      if (length == 0 || joins || by < -next || by >= limit - next ||
          length > static_cast<uint64_t>(limit - next - by))
        reader.failBefore("a run of instructions below " + std::to_string(limit),
                          std::to_string(length) + " at distance " + std::to_string(by));
      for (next += by; length > 0; --length, ++next) {
        const tw_instruction &instruction = recording.instructions[next];
        bool usesChannel = instruction.opcode == TW_PUSH || instruction.opcode == TW_POP ||
                           instruction.opcode == TW_RELEASE;
        if (usesChannel && (instruction.channel < 0 || instruction.channel >= channels))
          reader.failBefore("a channel below " + std::to_string(channels),
                            std::to_string(instruction.channel));
        for (int64_t r = 0; r < instruction.num_regions; ++r)
          stream.numAddresses += instruction.regions[r].space == TW_GM;
        unit.push_back(static_cast<int32_t>(next));
      }
    }
  }
  return stream;
}

//===----------------------------------------------------------------------------------------===//
// Tasks
//===----------------------------------------------------------------------------------------===//

AddressPattern Decoder::readPattern() {
  AddressPattern pattern;
  std::vector<int64_t> last;
  auto readAddress = [&] {
    // Bases are numbered as they appear.
    uint64_t base = reader.below(last.size() + 1, "a base");
    if (base == last.size())
      last.push_back(0);
    uint64_t offset =
        static_cast<uint64_t>(last[base]) + static_cast<uint64_t>(reader.signedNumber());
    if (offset >= bound)
      reader.failBefore("an offset that is not negative", "another");
    last[base] = static_cast<int64_t>(offset);
    return AddressPattern::Address{static_cast<int32_t>(base), last[base]};
  };
  for (uint64_t left = reader.count("a number of addresses"); left > 0; --left)
    pattern.addresses.push_back(readAddress());
  for (uint64_t left = reader.count("a number of scalars"); left > 0; --left) {
    AddressPattern::Address at = readAddress();
    pattern.scalars.push_back({at, static_cast<int64_t>(reader.below(17, "a size"))});
  }
  basesOfPattern.push_back(static_cast<int32_t>(last.size()));
  return pattern;
}

Task Decoder::readTask() {
  Task task;
  int64_t id = recording.tasks.size();
  task.stream = static_cast<int32_t>(reader.below(recording.streams.size() + 1, "a stream")) - 1;
  if (task.stream != Task::join) {
    Task &last = lastTasks[task.stream];
    uint64_t packed = reader.below(2 * recording.patterns.size(), "twice a pattern");
    task.pattern = static_cast<int32_t>(packed >> 1);
    task.noDep = last.noDep;
    if (packed & 1) {
      task.noDep = static_cast<int32_t>(reader.below(recording.noDeps.size(), "a set of memories"));
      if (task.noDep == last.noDep)
        reader.failBefore("another set of memories", "the same");
      last.noDep = task.noDep;
    }
    int64_t expected = recording.streams[task.stream].numAddresses;
    int64_t got = recording.patterns[task.pattern].addresses.size();
    if (got != expected)
      reader.failBefore("a pattern of " + std::to_string(expected) + " addresses",
                        std::to_string(got));
    uint64_t bases = basesOfPattern[task.pattern];
    if (uint64_t given = reader.number(); given != bases)
      reader.failBefore(std::to_string(bases) + " bases", std::to_string(given));
    last.bases.resize(bases);
    for (int64_t &base : last.bases) {
      base = static_cast<int64_t>(static_cast<uint64_t>(base) +
                                  static_cast<uint64_t>(reader.signedNumber()));
      auto after = std::upper_bound(recording.memories.begin(), recording.memories.end(), base,
                                    [](int64_t at, const Memory &it) { return at < it.address; });
      if (after == recording.memories.begin() ||
          base - std::prev(after)->address >= std::prev(after)->bytes)
        reader.failBefore("an address in a memory", std::to_string(base));
    }
    task.bases = last.bases;
  }
  int64_t later = id;
  for (uint64_t left = reader.count("a number of dependences"); left > 0; --left) {
    uint64_t packed = reader.number();
    if ((packed & 31) == 0 || packed >> 5 == 0 || packed >> 5 > static_cast<uint64_t>(later))
      reader.failBefore("a dependence on an earlier task, with a reason", std::to_string(packed));
    later -= static_cast<int64_t>(packed >> 5);
    task.dependences.push_back({later, static_cast<uint32_t>(packed & 31)});
  }
  std::reverse(task.dependences.begin(), task.dependences.end());
  return task;
}

Wait Decoder::readWait() {
  Wait wait;
  int64_t before = recording.waits.empty() ? 0 : recording.waits.back().tasksBefore;
  int64_t tasks = recording.tasks.size();
  wait.tasksBefore =
      before + static_cast<int64_t>(reader.below(tasks - before + 1, "a number of tasks"));
  int64_t later = wait.tasksBefore;
  for (uint64_t left = reader.count("a number of writers"); left > 0; --left) {
    uint64_t distance = reader.below(later + 1, "a distance");
    if (distance == 0)
      reader.failBefore("an earlier writer", "the same");
    wait.writers.push_back(later -= static_cast<int64_t>(distance));
  }
  std::reverse(wait.writers.begin(), wait.writers.end());
  return wait;
}

Mark Decoder::readMark() {
  const Mark *last = recording.marks.empty() ? nullptr : &recording.marks.back();
  int64_t before = last ? last->tasksBefore : 0, tasks = recording.tasks.size();
  uint64_t packed =
      reader.below(static_cast<uint64_t>(tasks - before + 1) << 2, "four times a number of tasks");
  Mark mark = {before + static_cast<int64_t>(packed >> 2), static_cast<Mark::Kind>(packed & 3)};
  if (mark.kind > Mark::Leave)
    reader.failBefore("a kind of mark below 3", std::to_string(mark.kind));
  bool isFirst = last && last->kind == Mark::Enter;
  if (isFirst && (mark.kind != Mark::Next || mark.tasksBefore != before))
    reader.failBefore("an iteration where a loop begins", "another mark");
  if (mark.kind == Mark::Enter) {
    mark.loop = static_cast<int32_t>(reader.below(recording.loops.size(), "a loop"));
    mark.lower = reader.signedNumber();
    mark.step = static_cast<int64_t>(reader.below(bound, "a step"));
    begins.push_back(mark.tasksBefore);
    return mark;
  }
  if (begins.empty())
    reader.failBefore("the beginning of a loop", "another mark");
  if (mark.kind == Mark::Leave) {
    if (begins.back() == mark.tasksBefore)
      reader.failBefore("a loop that holds tasks", "an empty one");
    begins.pop_back();
  }
  return mark;
}

Recording Decoder::decode() {
  reader.literal(mark, sizeof mark - 1);
  if (uint64_t got = reader.number(); got != version)
    throw RecordingError("expects a recording of version " + std::to_string(version) +
                         ", but got version " + std::to_string(got) + "; record it again");
  part(Part::program, [&] {
    recording.target = reader.text();
    recording.entry = reader.text();
  });
  list(Part::locations, recording.locations, [&] { return reader.text(); });
  list(Part::memories, recording.memories, [&] { return readMemory(); });
  list(Part::kernels, recording.kernels, [&] { return readKernel(); });
  list(Part::claims, recording.noDeps, [&] { return readNoDeps(); });
  list(Part::loops, recording.loops, [&] { return readLoop(); });
  list(Part::instructions, recording.instructions, [&] { return readInstruction(); });
  list(Part::streams, recording.streams, [&] { return readStream(); });
  lastTasks.resize(recording.streams.size());
  list(Part::patterns, recording.patterns, [&] { return readPattern(); });
  list(Part::tasks, recording.tasks, [&] { return readTask(); });
  list(Part::waits, recording.waits, [&] { return readWait(); });
  list(Part::marks, recording.marks, [&] { return readMark(); });
  if (!begins.empty())
    reader.fail("the end of every loop", "none");
  reader.beginPart("end", 0);
  if (!reader.isAtEnd())
    reader.fail("the end of the file", "more bytes");
  return std::move(recording);
}

Recording decode(const std::string &bytes) {
  return Decoder(bytes).decode();
}

} // namespace tilework::recording
