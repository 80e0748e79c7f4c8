//===- Recorder.cpp - the recording of a run -------------------------------------------------===//

#include "Recorder.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <stdexcept>

namespace tilework::runtime {

constexpr int64_t headWords = offsetof(tw_instruction, regions) / sizeof(int64_t);
constexpr int64_t regionWords = sizeof(tw_region) / sizeof(int64_t);

LocationTable::LocationTable(const tw_image &image) {
  std::unordered_map<std::string, int32_t> known;
  for (int32_t kernel = 0; kernel < image.num_kernels; ++kernel) {
    std::vector<int32_t> &own = numbers.emplace_back();
    const tw_walk *walk = image.kernels[kernel].walk;
    for (int32_t i = 0; walk && i < walk->num_locations; ++i) {
      auto [it, isNew] = known.try_emplace(walk->locations[i], texts.size());
      if (isNew)
        texts.push_back(walk->locations[i]);
      own.push_back(it->second);
    }
  }
}

//===----------------------------------------------------------------------------------------===//
// While a task is walked
//===----------------------------------------------------------------------------------------===//

void WalkedTasks::begin(int32_t begun) {
  kernel = begun;
  for (std::vector<int64_t> &unit : units)
    unit.clear();
  addresses.clear();
  looks.clear();
  last = -1;
}

/// Where a region without elements lies: its address may be behind its array, in anybody's.
constexpr int64_t nowhere = -1;

static bool isEmpty(const tw_region &region) {
  return std::find(region.sizes, region.sizes + region.rank, 0) != region.sizes + region.rank;
}

void WalkedTasks::add(int32_t unit, const tw_instruction &instruction) {
  for (int64_t i = 0; i < instruction.num_regions; ++i)
    if (const tw_region &region = instruction.regions[i]; region.space == TW_GM)
      addresses.push_back(isEmpty(region) ? nowhere : region.base);
  int64_t line = locations.of(kernel, instruction.location);
  const std::vector<int64_t> &expected = earlier[kernel][unit];
  size_t position = units[unit].size();
  last = position < expected.size() && isEqual(expected[position], instruction, line)
             ? static_cast<int32_t>(expected[position])
             : intern(instruction, line);
  units[unit].push_back(last);
}

/// The number of an instruction without what is not recorded of it: it is zero.
int32_t WalkedTasks::intern(const tw_instruction &instruction, int64_t line) {
  tw_instruction own;
  int64_t count = headWords + instruction.num_regions * regionWords;
  std::memcpy(&own, &instruction, count * sizeof(int64_t));
  own.scalar = 0;
  own.location = line;
  for (int64_t i = 0; i < own.num_regions; ++i)
    if (own.regions[i].space == TW_GM)
      own.regions[i].base = 0;
  return instructions.addAfter(last, reinterpret_cast<const int64_t *>(&own), count);
}

/// Whether words differ, without a branch for each.
template <size_t begin, size_t end> static bool differ(const int64_t *a, const int64_t *b) {
  int64_t bits = 0;
  for (size_t i = begin; i < end; ++i)
    bits |= a[i] ^ b[i];
  return bits != 0;
}

#define INSTRUCTION_WORD(field) (offsetof(tw_instruction, field) / sizeof(int64_t))
#define REGION_WORD(field) (offsetof(tw_region, field) / sizeof(int64_t))

/// Whether intern() would find `number`.
bool WalkedTasks::isEqual(int64_t number, const tw_instruction &instruction, int64_t line) const {
  const int64_t *own = instructions[number].words;
  auto *words = reinterpret_cast<const int64_t *>(&instruction);
  if (own[INSTRUCTION_WORD(location)] != line || differ<0, INSTRUCTION_WORD(scalar)>(own, words) ||
      differ<INSTRUCTION_WORD(scalar_type), INSTRUCTION_WORD(location)>(own, words) ||
      own[INSTRUCTION_WORD(num_regions)] != instruction.num_regions)
    return false;
  for (int64_t i = 0; i < instruction.num_regions; ++i) {
    own += i == 0 ? headWords : regionWords;
    words += i == 0 ? headWords : regionWords;
    bool isPlaced = own[REGION_WORD(space)] != TW_GM; // else the task says where it lies
    if (differ<0, REGION_WORD(base)>(own, words) ||
        differ<REGION_WORD(sizes), regionWords>(own, words) ||
        (isPlaced && own[REGION_WORD(base)] != words[REGION_WORD(base)]))
      return false;
  }
  return true;
}

void WalkedTasks::end(int64_t task, const std::vector<Placed> &memory) {
  words = {kernel};
  for (const std::vector<int64_t> &unit : units) {
    words.push_back(unit.size());
    words.insert(words.end(), unit.begin(), unit.end());
  }
  earlier[kernel].swap(units);
  Walked walked = {task, streams.add(words.data(), words.size()), 0,
                   static_cast<int64_t>(bases.size()), 0};

  // The lowest address in each memory is its base. What lies nowhere is put at the first one.
  std::vector<int64_t> lowest(memory.size(), std::numeric_limits<int64_t>::max());
  std::vector<int64_t> numbers(memory.size(), -1);
  words = {static_cast<int64_t>(addresses.size())};
  size_t near = 0;
  auto addAddress = [&](int64_t address) {
    if (address == nowhere) {
      words.insert(words.end(), {0, nowhere});
      return;
    }
    auto holds = [at = static_cast<uintptr_t>(address)](const Placed &it) {
      return it.span.begin <= at && at < it.span.end;
    };
    if (near >= memory.size() || !holds(memory[near]))
      near = std::find_if(memory.begin(), memory.end(), holds) - memory.begin();
    if (near == memory.size())
      throw std::out_of_range("an instruction expects an address in an argument of its task, but "
                              "got another");
    if (numbers[near] < 0)
      numbers[near] = walked.basesCount++;
    int64_t at = memory[near].address + (address - static_cast<int64_t>(memory[near].span.begin));
    lowest[near] = std::min(lowest[near], at);
    words.push_back(numbers[near]);
    words.push_back(at);
  };
  for (int64_t address : addresses)
    addAddress(address);
  std::sort(looks.begin(), looks.end());
  looks.erase(std::unique(looks.begin(), looks.end()), looks.end());
  for (auto [address, bytes] : looks) {
    addAddress(address);
    words.push_back(bytes);
  }
  bases.resize(bases.size() + walked.basesCount);
  for (size_t i = 0; i < memory.size(); ++i)
    if (numbers[i] >= 0)
      bases[walked.basesBegin + numbers[i]] = lowest[i];
  if (walked.basesCount == 0 && !addresses.empty()) {
    bases.push_back(memory.empty() ? 0 : memory.front().address);
    walked.basesCount = 1;
  }
  size_t scalarsBegin = 1 + 2 * addresses.size();
  for (size_t i = 1; i < words.size(); i += i < scalarsBegin ? 2 : 3)
    words[i + 1] = words[i + 1] == nowhere ? 0 : words[i + 1] - bases[walked.basesBegin + words[i]];
  walked.pattern = patterns.add(words.data(), words.size());
  tasks.push_back(walked);
}

//===----------------------------------------------------------------------------------------===//
// While the orchestration runs
//===----------------------------------------------------------------------------------------===//

Recorder::Recorder(const tw_image &image, const tw_entry &entry)
    : image(image), locations(image), noDeps{{{}, 0}}, kernels(image.num_kernels, -1) {
  recording.target = image.target;
  recording.entry = entry.name;
}

int32_t Recorder::addMemory(Span span, const char *name, int64_t tasksBefore, bool manualDep) {
  std::vector<recording::Memory> &memories = recording.memories;
  constexpr int64_t alignment = recording::memoryAlignment;
  int64_t end = memories.empty() ? 0 : memories.back().address + memories.back().bytes;
  int64_t address = (end + alignment - 1) / alignment * alignment;
  memories.push_back(
      {name, address, static_cast<int64_t>(span.end - span.begin), tasksBefore, manualDep});
  return static_cast<int32_t>(memories.size()) - 1;
}

void Recorder::describeMemory(int32_t number, const tw_arg &argument, const View &view) {
  recording::Memory &memory = recording.memories[number];
  if (memory.name.empty())
    memory.name = argument.name;
  if (!memory.sizes.empty() || view.rank == 0)
    return;
  int64_t elements = 1;
  for (int32_t d = view.rank - 1; d >= 0; elements *= view.sizes[d--])
    if (view.sizes[d] != 1 && view.strides[d] != elements)
      return;
  if (elements * view.elementBytes != memory.bytes)
    return;
  memory.type = argument.element_type;
  memory.sizes.assign(view.sizes, view.sizes + view.rank);
}

void Recorder::addTask(const std::vector<recording::Dependence> &dependences,
                       std::vector<int32_t> noDep) {
  recording::Task &task = recording.tasks.emplace_back();
  task.dependences = dependences;
  std::sort(noDep.begin(), noDep.end());
  noDep.erase(std::unique(noDep.begin(), noDep.end()), noDep.end());
  auto [it, isNew] = noDeps.try_emplace(noDep, recording.noDeps.size());
  if (isNew)
    recording.noDeps.push_back(std::move(noDep));
  task.noDep = it->second;
}

void Recorder::addWait(const std::vector<recording::Dependence> &writers) {
  recording::Wait &wait = recording.waits.emplace_back();
  wait.tasksBefore = recording.tasks.size();
  for (const recording::Dependence &writer : writers)
    wait.writers.push_back(writer.task);
}

void Recorder::enterLoop(int32_t loop, int64_t lower, int64_t step) {
  openLoops.push_back(recording.marks.size());
  auto tasks = static_cast<int64_t>(recording.tasks.size());
  recording.marks.push_back({tasks, recording::Mark::Enter, loop, lower, step});
}

void Recorder::nextIteration() {
  auto tasks = static_cast<int64_t>(recording.tasks.size());
  recording.marks.push_back({tasks, recording::Mark::Next});
}

void Recorder::leaveLoop() {
  std::vector<recording::Mark> &marks = recording.marks;
  auto tasks = static_cast<int64_t>(recording.tasks.size());
  size_t begin = openLoops.back();
  openLoops.pop_back();
  if (marks[begin].tasksBefore == tasks)
    marks.resize(begin);
  else
    marks.push_back({tasks, recording::Mark::Leave});
}

//===----------------------------------------------------------------------------------------===//
// When all threads have ended
//===----------------------------------------------------------------------------------------===//

int32_t Recorder::numberKernel(int32_t kernel) {
  if (kernels[kernel] >= 0)
    return kernels[kernel];
  const tw_kernel &named = image.kernels[kernel];
  const tw_walk &walk = *named.walk;
  bool explicitOnly = named.flags & TW_EXPLICIT;
  int32_t tracked = 0;
  for (int32_t i = 0; i < named.num_args; ++i)
    tracked += !explicitOnly && named.args[i].kind == TW_MEMREF &&
               !(named.args[i].flags & (TW_NO_DEP | TW_STATIC));
  recording.kernels.push_back({named.name,
                               named.location,
                               {walk.channels, walk.channels + walk.num_channels},
                               walk.ring_bytes,
                               walk.has_cube != 0,
                               walk.lanes,
                               explicitOnly,
                               tracked});
  return kernels[kernel] = static_cast<int32_t>(recording.kernels.size()) - 1;
}

/// The number of a thread's stream among those of all; `known` has those of its instructions.
int32_t Recorder::numberStream(const WalkedTasks &thread, int32_t number,
                               std::vector<int32_t> &known) {
  auto [words, count] = thread.streams[number];
  std::vector<int64_t> own(words, words + count);
  recording::Stream stream;
  stream.kernel = numberKernel(static_cast<int32_t>(own[0]));
  own[0] = stream.kernel;
  int64_t *next = &own[1];
  known.resize(thread.instructions.size(), -1);
  for (std::vector<int32_t> &unit : stream.units) {
    int64_t *end = next + 1 + *next;
    for (++next; next != end; ++next) {
      auto [instruction, length] = thread.instructions[*next];
      if (known[*next] < 0)
        known[*next] = instructions.add(instruction, length);
      *next = known[*next];
      unit.push_back(static_cast<int32_t>(*next));
    }
  }
  int32_t result = streams.add(own.data(), own.size());
  if (result == static_cast<int32_t>(recording.streams.size()))
    recording.streams.push_back(std::move(stream));
  return result;
}

/// Numbers loops as they appear.
void Recorder::finishLoops() {
  std::vector<int32_t> numbers(image.num_loops, -1);
  for (recording::Mark &mark : recording.marks) {
    if (mark.kind != recording::Mark::Enter)
      continue;
    const tw_loop &loop = image.loops[mark.loop];
    int32_t &number = numbers[mark.loop];
    if (number < 0) {
      number = static_cast<int32_t>(recording.loops.size());
      recording.loops.push_back({loop.location, loop.variable, loop.kind == TW_PARALLEL,
                                 static_cast<tw_verdict>(loop.verdict)});
    }
    mark.loop = number;
  }
}

void Recorder::finishTasks() {
  struct Known { ///< what numbers of a thread are among those of all; -1: not yet
    std::vector<int32_t> instructions, streams, patterns;
  };
  std::vector<Known> known(threads.size());
  struct Source {
    size_t thread = 0;
    const WalkedTasks::Walked *walked = nullptr;
  };
  std::vector<Source> sources(recording.tasks.size());
  for (size_t thread = 0; thread < threads.size(); ++thread) {
    known[thread].streams.resize(threads[thread].streams.size(), -1);
    known[thread].patterns.resize(threads[thread].patterns.size(), -1);
    for (const WalkedTasks::Walked &walked : threads[thread].tasks)
      sources[walked.task] = {thread, &walked};
  }
  for (size_t task = 0; task < sources.size(); ++task) {
    auto [index, walked] = sources[task];
    if (!walked)
      continue; // a join
    const WalkedTasks &thread = threads[index];
    int32_t &stream = known[index].streams[walked->stream];
    int32_t &pattern = known[index].patterns[walked->pattern];
    if (stream < 0)
      stream = numberStream(thread, walked->stream, known[index].instructions);
    if (pattern < 0) {
      auto [words, count] = thread.patterns[walked->pattern];
      pattern = patterns.add(words, count);
    }
    auto bases = thread.bases.begin() + walked->basesBegin;
    recording.tasks[task].stream = stream;
    recording.tasks[task].pattern = pattern;
    recording.tasks[task].bases.assign(bases, bases + walked->basesCount);
  }
}

/// Makes structures of words, and numbers lines as they appear.
void Recorder::finishInstructions() {
  std::unordered_map<int64_t, int64_t> lines;
  for (int32_t i = 0; i < instructions.size(); ++i) {
    auto [words, count] = instructions[i];
    tw_instruction &instruction = recording.instructions.emplace_back();
    std::memcpy(&instruction, words, count * sizeof(int64_t));
    auto [it, isNew] = lines.try_emplace(instruction.location, lines.size());
    if (isNew)
      recording.locations.push_back(locations[instruction.location]);
    instruction.location = it->second;
  }
  for (recording::Stream &stream : recording.streams)
    for (const std::vector<int32_t> &unit : stream.units)
      for (int32_t index : unit) {
        const tw_instruction &instruction = recording.instructions[index];
        for (int64_t r = 0; r < instruction.num_regions; ++r)
          stream.numAddresses += instruction.regions[r].space == TW_GM;
      }
  for (int32_t i = 0; i < patterns.size(); ++i) {
    auto [words, count] = patterns[i];
    recording::AddressPattern &pattern = recording.patterns.emplace_back();
    int64_t at = 1;
    for (; at < 1 + 2 * words[0]; at += 2)
      pattern.addresses.push_back({static_cast<int32_t>(words[at]), words[at + 1]});
    for (; at < count; at += 3)
      pattern.scalars.push_back({{static_cast<int32_t>(words[at]), words[at + 1]}, words[at + 2]});
  }
}

recording::Recording Recorder::finish() {
  finishTasks();
  finishInstructions();
  finishLoops();
  for (recording::Memory &memory : recording.memories)
    if (memory.name.empty())
      memory.name = "tensor"; // no task is given it
  return std::move(recording);
}

} // namespace tilework::runtime
