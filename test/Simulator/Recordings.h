//===- Recordings.h - recordings and machines by hand ------------------------------*- C++ -*-===//
//
// The machine of these tests: 1 GHz (a cycle is 1 ns), round numbers, and nothing that costs time
// unless a test asks for it.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_TEST_SIMULATOR_RECORDINGS_H
#define TILEWORK_TEST_SIMULATOR_RECORDINGS_H

#include "Simulate.h"

#include <initializer_list>

namespace tilework::simulator {

inline Description plainMachine() {
  return {
      {"clock.core_hz", 1e9},
      {"cores.groups", 2},
      {"cores.cubes_per_group", 1},
      {"cores.vectors_per_group", 2},
      {"cores.running_per_core", 1},
      {"cores.pending_per_core", 1},
      {"capacity.l2", 1 << 20},
      {"alignment.gm_best", 512},
      {"l2.line", 512},
      {"l2.extent", 4096},
      {"l2.read_bandwidth", 1000e9},
      {"l2.write_bandwidth", 1000e9},
      {"hbm.bandwidth", 64e9},
      {"dma.in_flight", 2},
      {"dma.unaligned_fraction", 0.5},
      {"bandwidth.gm_to_l1", 32},
      {"bandwidth.gm_to_ub", 32},
      {"bandwidth.l2_to_l1", 128},
      {"bandwidth.l2_to_ub", 128},
      {"bandwidth.ub_to_gm", 64},
      {"bandwidth.l1_to_l0a", 256},
      {"bandwidth.l1_to_l0b", 256},
      {"latency.gm_read", 1000},
      {"latency.gm_write", 300},
      {"latency.l2_miss_extra", 400},
      {"latency.flag", 0},
      {"latency.cross_flag", 0},
      {"latency.barrier", 0},
      {"latency.atomic_extra", 0},
      {"vector.repeat_bytes", 256},
      {"vector.start", 10},
      {"vector.completion", 0},
      {"vector.simple_repeat", 1},
      {"vector.binary_repeat", 2},
      {"vector.special_repeat", 4},
      {"vector.reduce_repeat", 2},
      {"vector.transpose_repeat", 4},
      {"mmad.start", 20},
      {"mmad.m_block", 16},
      {"mmad.n_block", 16},
      {"mmad.k_block_16_bit", 16},
      {"mmad.passes_16_bit", 1},
      {"fixpipe.start", 100},
      {"fixpipe.row_min", 4},
      {"fixpipe.row_bytes_factor", 4},
      {"fixpipe.row_divisor", 128},
      {"fixpipe.odd_factor", 0},
      {"dispatch.schedulers", 1},
      {"dispatch.submit", 0},
      {"dispatch.submit_graph", 0},
      {"dispatch.lookup_fraction", 0.5},
      {"dispatch.doorbell_store", 0},
      {"dispatch.schedule_dispatch", 0},
      {"dispatch.schedule_complete", 0},
      {"dispatch.condition_load", 0},
      {"dispatch.to_core", 0},
      {"dispatch.from_core", 0},
      {"dispatch.core_head", 0},
      {"rings.window", 1024},
      {"rings.heap", 1 << 20},
      {"rings.dependences", 1024},
  };
}

inline Description with(std::initializer_list<std::pair<const std::string, double>> changes) {
  Description description = plainMachine();
  for (const auto &[entry, value] : changes)
    description[entry] = value;
  return description;
}

/// Nothing that the tests of single parts have to think of.
inline Options plainOptions() {
  Options options;
  options.policy = {Scheduling::Fifo, Submission::Tasks, /*earlyDispatch=*/false, /*reuse=*/false};
  return options;
}

/// Builds a recording instruction by instruction.
class Recorder {
public:
  Recorder() {
    recording.target = "test";
    recording.entry = "test";
    recording.locations = {"test.py:1:1"};
  }

  /// Of the caller, or allocated now.
  int64_t memory(const std::string &name, int64_t bytes, bool isAllocated = false) {
    int64_t address = 0;
    for (const recording::Memory &each : recording.memories)
      address = each.address + each.bytes;
    address = (address + recording::memoryAlignment - 1) / recording::memoryAlignment *
              recording::memoryAlignment;
    int64_t tasksBefore = isAllocated ? static_cast<int64_t>(recording.tasks.size()) : -1;
    recording.memories.push_back({name, address, bytes, tasksBefore});
    return address;
  }

  /// The kernel that later tasks execute.
  void kernel(bool hasCube, int32_t lanes, std::vector<tw_channel> channels = {}) {
    int64_t ringBytes = 0;
    for (const tw_channel &channel : channels)
      ringBytes = std::max(ringBytes, channel.base + channel.slots * channel.slot_bytes);
    recording.kernels.push_back({"kernel", "test.py:1:1", channels, ringBytes, hasCube, lanes});
    recording.kernels.back().trackedArguments = 1;
  }

  int64_t task(std::initializer_list<int64_t> after = {}) {
    recording::Stream stream;
    stream.kernel = static_cast<int32_t>(recording.kernels.size()) - 1;
    recording.streams.push_back(stream);
    recording.patterns.emplace_back();
    recording::Task task;
    task.stream = static_cast<int32_t>(recording.streams.size()) - 1;
    task.pattern = task.stream;
    for (int64_t earlier : after)
      task.dependences.push_back({earlier, recording::ReadAfterWrite});
    recording.tasks.push_back(task);
    return static_cast<int64_t>(recording.tasks.size()) - 1;
  }

  /// `rows` rows of `rowBytes` bytes, `pitch` apart, to the core's own memory.
  void load(int32_t unit, int64_t address, int64_t rows, int64_t rowBytes, int64_t pitch = 0) {
    tw_instruction it = instruction(TW_DMA_LOAD, TW_MTE2);
    it.num_regions = 2;
    it.regions[0] = region(TW_GM, rows, rowBytes, pitch);
    it.regions[1] = region(unit == TW_CUBE ? TW_L1 : TW_UB, rows, rowBytes);
    add(unit, it, address);
  }
  void store(int64_t address, int64_t rows, int64_t rowBytes, int32_t unit = TW_VECTOR_0) {
    tw_instruction it = instruction(TW_DMA_STORE, TW_MTE3);
    it.num_regions = 2;
    it.regions[0] = region(TW_UB, rows, rowBytes);
    it.regions[1] = region(TW_GM, rows, rowBytes);
    add(unit, it, address);
  }
  /// A unary vector instruction on `bytes`.
  void compute(int32_t unit, int64_t bytes) {
    tw_instruction it = instruction(TW_VECTOR_UNARY, TW_V);
    it.num_regions = 2;
    it.regions[0] = it.regions[1] = region(TW_UB, 1, bytes);
    add(unit, it);
  }
  void mmad(int64_t m, int64_t k, int64_t n) {
    tw_instruction it = instruction(TW_MMAD, TW_M);
    it.num_regions = 3;
    it.regions[0] = region(TW_L0A, m, 2 * k);
    it.regions[0].type = TW_BF16;
    it.sizes[0] = m, it.sizes[1] = k, it.sizes[2] = n;
    add(TW_CUBE, it);
  }
  void readScalar(int32_t unit) {
    tw_instruction it = instruction(TW_READ_SCALAR, TW_S);
    it.num_regions = 1;
    it.regions[0] = region(TW_UB, 1, 4);
    add(unit, it);
  }
  void set(int32_t unit, int32_t from, int32_t to, int64_t event) {
    flag(unit, TW_SET_FLAG, from, to, event);
  }
  void wait(int32_t unit, int32_t from, int32_t to, int64_t event) {
    flag(unit, TW_WAIT_FLAG, to, from, event);
  }
  void channel(int32_t unit, tw_opcode opcode, int64_t number, int64_t rows, int64_t columns) {
    bool isDirect = recording.kernels.back().channels[number].direct;
    tw_pipe receiving = !isDirect ? TW_MTE2 : unit == TW_CUBE ? TW_MTE1 : TW_V;
    tw_pipe pipe = opcode != TW_PUSH ? receiving : unit == TW_CUBE ? TW_FIXP : TW_MTE3;
    tw_instruction it = instruction(opcode, pipe);
    it.channel = number;
    it.num_regions = opcode == TW_RELEASE ? 0 : 1;
    it.regions[0] = region(unit != TW_CUBE     ? TW_UB
                           : opcode == TW_PUSH ? TW_L0C
                                               : TW_L1,
                           rows, 4 * columns);
    it.regions[0].type = TW_F32;
    it.regions[0].sizes[1] = columns;
    add(unit, it);
  }

  Timeline simulate(const Description &description = plainMachine(),
                    const Options &options = plainOptions()) const {
    return simulator::simulate(recording, Machine(description), options);
  }

  recording::Recording recording;

private:
  static tw_instruction instruction(tw_opcode opcode, tw_pipe pipe) {
    tw_instruction it = {};
    it.opcode = opcode;
    it.pipe = pipe;
    return it;
  }
  static tw_region region(tw_space space, int64_t rows, int64_t rowBytes, int64_t pitch = 0) {
    tw_region it = {};
    it.space = space;
    it.type = TW_I8;
    it.rank = 2;
    it.sizes[0] = rows, it.sizes[1] = rowBytes;
    it.strides[0] = pitch ? pitch : rowBytes, it.strides[1] = 1;
    return it;
  }
  void flag(int32_t unit, tw_opcode opcode, int32_t pipe, int32_t other, int64_t event) {
    tw_instruction it = instruction(opcode, static_cast<tw_pipe>(pipe));
    it.other_pipe = other;
    it.event = event;
    add(unit, it);
  }
  void add(int32_t unit, const tw_instruction &it, int64_t address = -1) {
    recording.streams.back().units[unit].push_back(
        static_cast<int32_t>(recording.instructions.size()));
    recording.instructions.push_back(it);
    if (address < 0)
      return;
    ++recording.streams.back().numAddresses;
    recording::Task &task = recording.tasks.back();
    recording.patterns.back().addresses.push_back({static_cast<int32_t>(task.bases.size()), 0});
    task.bases.push_back(address);
  }
};

} // namespace tilework::simulator

#endif // TILEWORK_TEST_SIMULATOR_RECORDINGS_H
