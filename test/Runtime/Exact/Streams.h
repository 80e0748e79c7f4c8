//===- Streams.h - instruction streams by hand, and kernels to execute -----------------------===//

#ifndef TILEWORK_TEST_RUNTIME_EXACT_STREAMS_H
#define TILEWORK_TEST_RUNTIME_EXACT_STREAMS_H

#include "Exact/Exact.h"
#include "Exact/Kinds.h"

#include <cstring>
#include <initializer_list>

namespace tilework::runtime::exact {

constexpr int64_t float32One = 0x3f800000;

inline int64_t widthOf(int64_t type) {
  switch (type) {
  case TW_BOOL:
  case TW_I8:
  case TW_U8:
    return 1;
  case TW_I16:
  case TW_U16:
  case TW_F16:
  case TW_BF16:
    return 2;
  case TW_I32:
  case TW_U32:
  case TW_F32:
    return 4;
  default:
    return 8;
  }
}

/// A row-major region.
inline tw_region region(int64_t space, int64_t type, int64_t base,
                        std::initializer_list<int64_t> sizes) {
  tw_region result = {space, type, static_cast<int64_t>(sizes.size()), base, {}, {}};
  int64_t d = 0;
  for (int64_t size : sizes)
    result.sizes[d++] = size;
  for (int64_t stride = 1; d-- > 0; stride *= result.sizes[d])
    result.strides[d] = stride;
  return result;
}

/// All of a host array, as a matrix, or the leading part of it.
template <typename T>
tw_region global(int64_t type, const std::vector<T> &array, int64_t rows, int64_t columns,
                 int64_t stride = 0) {
  tw_region result = region(TW_GM, type, reinterpret_cast<int64_t>(array.data()), {rows, columns});
  if (stride)
    result.strides[0] = stride;
  return result;
}

inline tw_instruction instruction(int64_t opcode, int64_t pipe,
                                  std::initializer_list<tw_region> regions, int64_t kind = 0) {
  tw_instruction result = {};
  result.opcode = opcode;
  result.pipe = pipe;
  result.kind = kind;
  result.num_regions = static_cast<int64_t>(regions.size());
  int64_t i = 0;
  for (const tw_region &each : regions)
    result.regions[i++] = each;
  return result;
}

inline tw_instruction load(const tw_region &source, const tw_region &destination) {
  return instruction(TW_DMA_LOAD, TW_MTE2, {source, destination});
}
inline tw_instruction store(const tw_region &source, const tw_region &destination) {
  return instruction(TW_DMA_STORE, TW_MTE3, {source, destination});
}
inline tw_instruction fixpipe(const tw_region &source, const tw_region &destination) {
  return instruction(TW_FIXPIPE, TW_FIXP, {source, destination});
}
inline tw_instruction move(const tw_region &source, const tw_region &destination,
                           int64_t pipe = TW_MTE1) {
  return instruction(TW_MOVE, pipe, {source, destination});
}
inline tw_instruction mmad(const tw_region &lhs, const tw_region &rhs, const tw_region &sum,
                           bool starts = true) {
  tw_instruction result = instruction(TW_MMAD, TW_M, {lhs, rhs, sum});
  result.flags = starts ? TW_STARTS : 0;
  result.sizes[0] = lhs.sizes[0];
  result.sizes[1] = lhs.sizes[1];
  result.sizes[2] = rhs.sizes[1];
  return result;
}
inline tw_instruction unary(Unary kind, const tw_region &input, const tw_region &destination) {
  return instruction(TW_VECTOR_UNARY, TW_V, {input, destination}, static_cast<int64_t>(kind));
}
inline tw_instruction binary(Binary kind, const tw_region &lhs, const tw_region &rhs,
                             const tw_region &destination) {
  return instruction(TW_VECTOR_BINARY, TW_V, {lhs, rhs, destination}, static_cast<int64_t>(kind));
}
inline tw_instruction withScalar(tw_instruction result, int64_t flag, int64_t type,
                                 int64_t scalar) {
  result.flags |= flag;
  result.scalar = scalar;
  result.scalar_type = type;
  return result;
}
inline tw_instruction fill(const tw_region &destination, int64_t scalar) {
  return withScalar(instruction(TW_VECTOR_FILL, TW_V, {destination}), TW_SCALAR_RHS,
                    destination.type, scalar);
}
inline tw_instruction setFlag(int64_t from, int64_t to, int64_t event = 0) {
  tw_instruction result = instruction(TW_SET_FLAG, from, {});
  result.other_pipe = to;
  result.event = event;
  return result;
}
inline tw_instruction waitFlag(int64_t from, int64_t to, int64_t event = 0) {
  tw_instruction result = instruction(TW_WAIT_FLAG, to, {});
  result.other_pipe = from;
  result.event = event;
  return result;
}
inline tw_instruction crossFlag(int64_t opcode, int64_t pipe, int64_t event) {
  tw_instruction result = instruction(opcode, pipe, {});
  result.event = event;
  return result;
}
inline tw_instruction barrier() {
  return instruction(TW_BARRIER, TW_S, {}, 1);
}
inline tw_instruction through(int64_t opcode, int64_t pipe, std::initializer_list<tw_region> tile,
                              int64_t channel = 0) {
  tw_instruction result = instruction(opcode, pipe, tile);
  result.channel = channel;
  return result;
}

/// A kernel with the capacities of the a2a3, and 32-byte blocks.
struct Kernel {
  std::vector<tw_instruction> units[TW_UNITS];
  std::vector<tw_channel> channels;
  int64_t ringBytes = 0;
  std::vector<const char *> locations;
  int32_t lanes = 2;
  ExactOptions options;

  Kernel() {
    options.memories.capacityBytes = {0, 524288, 65536, 65536, 131072, 188416, 1024, 7168};
    options.memories.alignmentBytes = {1, 32, 32, 32, 32, 32, 32, 32};
  }
  void add(int32_t unit, std::initializer_list<tw_instruction> instructions) {
    units[unit].insert(units[unit].end(), instructions);
  }
  /// Its slots follow those of the channels before, without gaps.
  void addChannel(tw_channel channel) {
    channel.base = ringBytes;
    channel.slot_bytes = channel.rows * channel.columns * (channel.type == TW_F32 ? 4 : 2);
    ringBytes += channel.slots * channel.slot_bytes;
    channels.push_back(channel);
  }
  /// Its slots lie in l1 or ub from `base` on, in blocks.
  void addDirectChannel(tw_channel channel, int64_t base) {
    int64_t rows = !channel.to_cube && channel.split == 1 ? (channel.rows + 1) / 2 : channel.rows;
    int64_t bytes = rows * rowElements(channel) * (channel.type == TW_F32 ? 4 : 2);
    channel.base = base;
    channel.slot_bytes = (bytes + 31) / 32 * 32;
    channel.direct = 1;
    channels.push_back(channel);
  }
  /// The elements from one row of a direct slot to the next.
  static int64_t rowElements(const tw_channel &channel) {
    bool isHalved = !channel.to_cube && channel.split == 2;
    return isHalved ? (channel.columns + 1) / 2 : channel.columns;
  }
  /// Where a receiver has a tile of a direct channel.
  tw_region slot(int64_t tile, int64_t rows, int64_t columns, int64_t number = 0) const {
    const tw_channel &channel = channels[number];
    tw_region result =
        region(channel.to_cube ? TW_L1 : TW_UB, channel.type,
               channel.base + tile % channel.slots * channel.slot_bytes, {rows, columns});
    result.strides[0] = rowElements(channel);
    return result;
  }
  ExactResult run(uint64_t seed = 0) {
    KernelStream stream;
    for (int32_t unit = 0; unit < TW_UNITS; ++unit)
      stream.units[unit] = {units[unit].data(), static_cast<int64_t>(units[unit].size())};
    stream.channels = channels.data();
    stream.numChannels = static_cast<int64_t>(channels.size());
    stream.ringBytes = ringBytes;
    stream.locations = locations.data();
    stream.numLocations = static_cast<int64_t>(locations.size());
    stream.lanes = lanes;
    options.seed = seed;
    return execute(stream, options);
  }
  template <typename T> void mayTouch(const std::vector<T> &array, uint8_t *defined = nullptr) {
    auto begin = reinterpret_cast<uintptr_t>(array.data());
    options.gm.push_back({begin, begin + array.size() * sizeof(T), defined});
  }
};

} // namespace tilework::runtime::exact

#endif // TILEWORK_TEST_RUNTIME_EXACT_STREAMS_H
