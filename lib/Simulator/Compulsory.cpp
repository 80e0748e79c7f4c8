//===- Compulsory.cpp - the bytes that no schedule can avoid
//------------------------------------===//

#include "Compulsory.h"

#include "Rows.h"

#include <algorithm>

namespace tilework::simulator {

constexpr int64_t blockBytes = 64;

namespace {

/// A set of blocks of one memory.
class Blocks {
public:
  /// Adds those of [begin, end) that are not in `except`.
  void add(int64_t begin, int64_t end, const Blocks *except) {
    auto first = static_cast<size_t>(begin / blockBytes);
    auto last = static_cast<size_t>((end - 1) / blockBytes);
    if (words.size() <= last / 64)
      words.resize(last / 64 + 1);
    for (size_t word = first / 64; word <= last / 64; ++word) {
      uint64_t mask = ~uint64_t(0);
      if (word == first / 64)
        mask &= ~uint64_t(0) << first % 64;
      if (word == last / 64)
        mask &= ~uint64_t(0) >> (63 - last % 64);
      if (except && word < except->words.size())
        mask &= ~except->words[word];
      words[word] |= mask;
    }
  }
  int64_t bytes() const {
    int64_t blocks = 0;
    for (uint64_t word : words)
      blocks += __builtin_popcountll(word);
    return blocks * blockBytes;
  }

private:
  std::vector<uint64_t> words;
};

/// A region of global memory that an instruction touches.
struct Touch {
  Rows rows;
  bool reads, writes;
};

} // namespace

static void appendTouches(const tw_instruction &instruction, std::vector<Touch> &touches) {
  for (int64_t r = 0; r < instruction.num_regions; ++r) {
    if (instruction.regions[r].space != TW_GM)
      continue;
    bool writes = r > 0; // transfers have their source first
    touches.push_back({Rows(instruction.regions[r]),
                       !writes || (instruction.flags & TW_ATOMIC_ADD) != 0, writes});
  }
}

std::vector<CompulsoryBytes> compulsoryBytes(const recording::Recording &recording) {
  std::vector<std::vector<Touch>> streams(recording.streams.size());
  for (size_t i = 0; i < streams.size(); ++i)
    for (const auto &unit : recording.streams[i].units)
      for (int32_t index : unit)
        appendTouches(recording.instructions[index], streams[i]);

  const auto &memories = recording.memories;
  std::vector<Blocks> read(memories.size()), written(memories.size());
  for (const recording::Task &task : recording.tasks) {
    if (task.stream == recording::Task::join)
      continue;
    size_t number = 0;
    for (const Touch &touch : streams[task.stream]) {
      const auto &place = recording.patterns[task.pattern].addresses[number++];
      int64_t address = task.bases[place.base] + place.offset;
      int64_t memory = recording::memoryBefore(recording, address);
      if (memory < 0 || memories[memory].tasksBefore >= 0)
        continue;
      int64_t rowBytes = touch.rows.rowBytes;
      touch.rows.forEach(address - memories[memory].address, [&](int64_t begin) {
        if (touch.reads)
          read[memory].add(begin, begin + rowBytes, &written[memory]);
        if (touch.writes)
          written[memory].add(begin, begin + rowBytes, nullptr);
      });
    }
  }
  std::vector<CompulsoryBytes> bytes(memories.size());
  for (size_t i = 0; i < bytes.size(); ++i)
    bytes[i] = {std::min(read[i].bytes(), memories[i].bytes),
                std::min(written[i].bytes(), memories[i].bytes)};
  return bytes;
}

} // namespace tilework::simulator
