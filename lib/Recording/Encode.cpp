//===- Encode.cpp - the bytes of a recording ------------------------------------------------===//

#include "Bytes.h"
#include "Fields.h"
#include "Parts.h"

namespace tilework::recording {

static uint64_t difference(int64_t to, int64_t from) {
  return static_cast<uint64_t>(to) - static_cast<uint64_t>(from);
}

static void write(Writer &writer, const Memory &memory, int64_t end) {
  writer.text(memory.name);
  writer.number(memory.address - end);
  writer.number(memory.bytes);
  writer.number(memory.tasksBefore + 1);
  writer.number(memory.manualDep);
  writer.number(memory.sizes.size());
  for (int64_t size : memory.sizes)
    writer.number(size);
  if (!memory.sizes.empty())
    writer.number(memory.type);
}

static void write(Writer &writer, const Kernel &kernel) {
  writer.text(kernel.name);
  writer.text(kernel.location);
  writer.number(kernel.hasCube);
  writer.number(kernel.lanes);
  writer.number(kernel.ringBytes);
  writer.number(kernel.explicitOnly);
  writer.number(kernel.trackedArguments);
  writer.number(kernel.channels.size());
  for (const tw_channel &channel : kernel.channels)
    forEachChannelField(channel, [&](int64_t word) { writer.number(word); });
}

/// Ascending numbers, each from the one before.
static void writeSet(Writer &writer, const std::vector<int32_t> &numbers) {
  writer.number(numbers.size());
  int32_t next = 0;
  for (int32_t number : numbers) {
    writer.number(number - next);
    next = number + 1;
  }
}

static void write(Writer &writer, const Loop &loop) {
  writer.text(loop.location);
  writer.text(loop.variable);
  writer.number(loop.isParallel);
  writer.number(loop.verdict);
}

/// Which words differ from those before, as bits, and then by how much. `forEach` visits words.
template <typename Words, typename ForEach>
static void writeChanges(Writer &writer, const Words &words, const Words &before, ForEach forEach) {
  int64_t old[64];
  int count = 0, word = 0;
  forEach(before, [&](int64_t value) { old[count++] = value; });
  uint64_t changed = 0;
  forEach(words, [&](int64_t value) { changed |= uint64_t(value != old[word]) << word, ++word; });
  writer.number(changed);
  word = 0;
  forEach(words, [&](int64_t value) {
    if (value != old[word])
      writer.signedNumber(static_cast<int64_t>(difference(value, old[word])));
    ++word;
  });
}

static void write(Writer &writer, const tw_instruction &instruction, const tw_instruction &before) {
  writeChanges(writer, instruction, before,
               [](const tw_instruction &it, auto visit) { forEachField(it, visit); });
  for (int64_t i = 0; i < instruction.num_regions; ++i)
    writeChanges(writer, instruction.regions[i], before.regions[i],
                 [](const tw_region &it, auto visit) { forEachRegionField(it, visit); });
}

/// Runs of ascending indices: from where the last one ended to where it begins, and its length.
static void write(Writer &writer, const std::vector<int32_t> &indices) {
  writer.number(indices.size());
  int64_t expected = 0;
  for (size_t begin = 0, end; begin < indices.size(); begin = end) {
    for (end = begin + 1; end < indices.size() && indices[end] == indices[end - 1] + 1;)
      ++end;
    writer.signedNumber(indices[begin] - expected);
    writer.number(end - begin);
    expected = indices[begin] + static_cast<int64_t>(end - begin);
  }
}

static void write(Writer &writer, const AddressPattern &pattern) {
  std::vector<int64_t> last;
  auto writeAddress = [&](const AddressPattern::Address &address) {
    if (last.size() <= static_cast<size_t>(address.base))
      last.resize(address.base + 1);
    writer.number(address.base);
    writer.signedNumber(address.offset - last[address.base]);
    last[address.base] = address.offset;
  };
  writer.number(pattern.addresses.size());
  for (const AddressPattern::Address &address : pattern.addresses)
    writeAddress(address);
  writer.number(pattern.scalars.size());
  for (const AddressPattern::Scalar &scalar : pattern.scalars) {
    writeAddress(scalar.at);
    writer.number(scalar.bytes);
  }
}

/// `last` holds the last task of each stream.
static void write(Writer &writer, const Task &task, int64_t id, std::vector<Task> &last) {
  writer.number(task.stream + 1);
  if (task.stream != Task::join) {
    if (last.size() <= static_cast<size_t>(task.stream))
      last.resize(task.stream + 1);
    Task &before = last[task.stream];
    bool claimsElse = task.noDep != before.noDep;
    writer.number(static_cast<uint64_t>(task.pattern) << 1 | claimsElse);
    if (claimsElse)
      writer.number(task.noDep);
    writer.number(task.bases.size());
    before.bases.resize(task.bases.size());
    for (size_t i = 0; i < task.bases.size(); ++i)
      writer.signedNumber(task.bases[i] - before.bases[i]);
    before.bases = task.bases;
    before.noDep = task.noDep;
  }
  writer.number(task.dependences.size());
  for (auto it = task.dependences.rbegin(); it != task.dependences.rend(); id = it++->task)
    writer.number(static_cast<uint64_t>(id - it->task) << 5 | it->reasons);
}

static void write(Writer &writer, const Wait &wait, int64_t tasksBefore) {
  writer.number(wait.tasksBefore - tasksBefore);
  writer.number(wait.writers.size());
  int64_t id = wait.tasksBefore;
  for (auto it = wait.writers.rbegin(); it != wait.writers.rend(); id = *it++)
    writer.number(id - *it);
}

static void write(Writer &writer, const Mark &mark, int64_t tasksBefore) {
  writer.number(static_cast<uint64_t>(mark.tasksBefore - tasksBefore) << 2 | mark.kind);
  if (mark.kind != Mark::Enter)
    return;
  writer.number(mark.loop);
  writer.signedNumber(mark.lower);
  writer.number(mark.step);
}

std::string encode(const Recording &recording) {
  Writer file;
  file.bytes.append(mark, sizeof mark - 1);
  file.number(version);
  auto part = [&](auto fill) {
    Writer writer;
    fill(writer);
    file.number(writer.bytes.size());
    file.bytes += writer.bytes;
  };
  auto list = [&](const auto &elements, auto writeOne) {
    part([&](Writer &writer) {
      writer.number(elements.size());
      for (const auto &element : elements)
        writeOne(writer, element);
    });
  };

  part([&](Writer &writer) {
    writer.text(recording.target);
    writer.text(recording.entry);
  });
  list(recording.locations, [](Writer &writer, const std::string &it) { writer.text(it); });
  list(recording.memories, [end = int64_t(0)](Writer &writer, const Memory &memory) mutable {
    write(writer, memory, end);
    end = memory.address + memory.bytes;
  });
  list(recording.kernels, [](Writer &writer, const Kernel &kernel) { write(writer, kernel); });
  part([&](Writer &writer) {
    writer.number(recording.noDeps.size() - 1);
    for (size_t i = 1; i < recording.noDeps.size(); ++i)
      writeSet(writer, recording.noDeps[i]);
  });
  list(recording.loops, [](Writer &writer, const Loop &loop) { write(writer, loop); });
  const tw_instruction nothing = {};
  list(recording.instructions,
       [before = &nothing](Writer &writer, const tw_instruction &instruction) mutable {
         write(writer, instruction, *before);
         before = &instruction;
       });
  list(recording.streams, [](Writer &writer, const Stream &stream) {
    writer.number(stream.kernel);
    for (const std::vector<int32_t> &unit : stream.units)
      write(writer, unit);
  });
  list(recording.patterns, [](Writer &writer, const AddressPattern &it) { write(writer, it); });
  std::vector<Task> last;
  list(recording.tasks, [&, id = int64_t(0)](Writer &writer, const Task &task) mutable {
    write(writer, task, id++, last);
  });
  list(recording.waits, [before = int64_t(0)](Writer &writer, const Wait &wait) mutable {
    write(writer, wait, before);
    before = wait.tasksBefore;
  });
  list(recording.marks, [before = int64_t(0)](Writer &writer, const Mark &mark) mutable {
    write(writer, mark, before);
    before = mark.tasksBefore;
  });
  return std::move(file.bytes);
}

} // namespace tilework::recording
