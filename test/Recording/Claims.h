//===- Claims.h - recordings of tasks that copy, with claims ------------------------*- C++ -*-===//

#ifndef TILEWORK_TEST_RECORDING_CLAIMS_H
#define TILEWORK_TEST_RECORDING_CLAIMS_H

#include "Recording.h"

namespace tilework::recording {

/// Rows and columns of a matrix of int32 with 16 columns.
struct Part {
  int32_t memory;
  int64_t row, column, rows, columns;
};

/// Builds a recording task by task; memories are matrices of 8 rows and 16 columns.
struct Claims {
  static constexpr int64_t rows = 8, columns = 16, width = 4;
  Recording recording;

  explicit Claims(int32_t memories = 2) {
    recording.locations = {"a.py:1:1"};
    for (int32_t i = 0; i < memories; ++i)
      recording.memories.push_back({std::string(1, static_cast<char>('x' + i)),
                                    i * memoryAlignment,
                                    rows * columns * width,
                                    -1,
                                    false,
                                    TW_I32,
                                    {rows, columns}});
  }

  int32_t kernel(const std::string &name, bool explicitOnly = false) {
    std::string location = "a.py:" + std::to_string(recording.kernels.size() + 10) + ":9";
    recording.kernels.push_back({name, location, {}, 0, false, 1, explicitOnly, 0});
    return static_cast<int32_t>(recording.kernels.size()) - 1;
  }

  int64_t task(int32_t kernel, const std::vector<Part> &reads, const std::vector<Part> &writes,
               const std::vector<int64_t> &after = {}, std::vector<int32_t> noDep = {}) {
    Stream stream;
    stream.kernel = kernel;
    AddressPattern pattern;
    Task task;
    std::vector<int64_t> origins(recording.memories.size(), -1);
    auto add = [&](const Part &part, bool isWrite) {
      if (origins[part.memory] < 0) {
        origins[part.memory] = static_cast<int64_t>(task.bases.size());
        task.bases.push_back(recording.memories[part.memory].address);
      }
      auto base = static_cast<int32_t>(origins[part.memory]);
      pattern.addresses.push_back({base, (part.row * columns + part.column) * width});
      tw_instruction instruction = {};
      instruction.opcode = isWrite ? TW_DMA_STORE : TW_DMA_LOAD;
      instruction.num_regions = 2;
      tw_region gm = {TW_GM, TW_I32, 2, 0, {part.rows, part.columns}, {columns, 1}};
      tw_region ub = {TW_UB, TW_I32, 2, 0, {part.rows, part.columns}, {part.columns, 1}};
      instruction.regions[isWrite ? 1 : 0] = gm;
      instruction.regions[isWrite ? 0 : 1] = ub;
      stream.units[TW_VECTOR_0].push_back(static_cast<int32_t>(recording.instructions.size()));
      ++stream.numAddresses;
      recording.instructions.push_back(instruction);
    };
    for (const Part &part : reads)
      add(part, false);
    for (const Part &part : writes)
      add(part, true);
    task.stream = static_cast<int32_t>(recording.streams.size());
    task.pattern = static_cast<int32_t>(recording.patterns.size());
    for (int64_t earlier : after)
      task.dependences.push_back({earlier, Explicit});
    if (!noDep.empty()) {
      task.noDep = static_cast<int32_t>(recording.noDeps.size());
      recording.noDeps.push_back(std::move(noDep));
    }
    recording.streams.push_back(stream);
    recording.patterns.push_back(pattern);
    recording.tasks.push_back(task);
    return static_cast<int64_t>(recording.tasks.size()) - 1;
  }

  int64_t join(const std::vector<int64_t> &after) {
    recording.tasks.emplace_back();
    for (int64_t earlier : after)
      recording.tasks.back().dependences.push_back({earlier, Explicit});
    return static_cast<int64_t>(recording.tasks.size()) - 1;
  }

  int32_t loop(const std::string &variable, bool isParallel) {
    std::string location = "a.py:" + std::to_string(recording.loops.size() + 2) + ":5";
    recording.loops.push_back({location, variable, isParallel, TW_UNJUDGED});
    return static_cast<int32_t>(recording.loops.size()) - 1;
  }
  void mark(Mark::Kind kind, int32_t loop = 0, int64_t lower = 0, int64_t step = 0) {
    recording.marks.push_back(
        {static_cast<int64_t>(recording.tasks.size()), kind, loop, lower, step});
  }
};

} // namespace tilework::recording

#endif // TILEWORK_TEST_RECORDING_CLAIMS_H
