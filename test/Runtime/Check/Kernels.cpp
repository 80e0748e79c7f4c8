//===- Kernels.cpp - instruction streams written by hand ----------------------------*- C++ -*-===//

#include "Kernels.h"

#include <algorithm>

namespace tilework::check {

tw_instruction &Kernel::add(int64_t opcode, int64_t pipe,
                            std::initializer_list<tw_region> regions) {
  tw_instruction instruction = {};
  instruction.opcode = opcode;
  instruction.pipe = pipe;
  for (const tw_region &region : regions)
    instruction.regions[instruction.num_regions++] = region;
  return units[unit].emplace_back(instruction);
}

void Kernel::addChannel(int64_t rows, int64_t columns, int64_t type, int64_t slots, int64_t toCube,
                        int64_t split) {
  int64_t slotBytes = rows * columns * (type == TW_F32 ? 4 : 2);
  channels.push_back({rows, columns, type, slots, toCube, split, ringBytes, slotBytes, 0});
  ringBytes += slots * slotBytes;
}

void Kernel::addDirectChannel(int64_t rows, int64_t columns, int64_t type, int64_t slots,
                              int64_t toCube, int64_t split, int64_t base) {
  int64_t heldRows = !toCube && split == 1 ? (rows + 1) / 2 : rows;
  int64_t heldColumns = !toCube && split == 2 ? (columns + 1) / 2 : columns;
  int64_t slotBytes = heldRows * heldColumns * (type == TW_F32 ? 4 : 2);
  channels.push_back({rows, columns, type, slots, toCube, split, base, slotBytes, 1});
}

void Kernel::load(tw_region source, tw_region destination, int64_t flags) {
  add(TW_DMA_LOAD, TW_MTE2, {source, destination}).flags = flags;
}

void Kernel::store(tw_region source, tw_region destination, int64_t flags) {
  add(TW_DMA_STORE, TW_MTE3, {source, destination}).flags = flags;
}

void Kernel::fixpipe(tw_region source, tw_region destination) {
  add(TW_FIXPIPE, TW_FIXP, {source, destination});
}

void Kernel::move(tw_region source, tw_region destination) {
  int64_t pipe = source.space == TW_UB ? TW_V : source.space == TW_L0C ? TW_FIXP : TW_MTE1;
  add(TW_MOVE, pipe, {source, destination});
}

void Kernel::mmad(tw_region lhs, tw_region rhs, tw_region accumulator, bool starts) {
  tw_instruction &it = add(TW_MMAD, TW_M, {lhs, rhs, accumulator});
  it.flags = starts ? TW_STARTS : 0;
  it.sizes[0] = lhs.sizes[0], it.sizes[1] = lhs.sizes[1], it.sizes[2] = rhs.sizes[1];
}

void Kernel::unary(tw_region input, tw_region destination) {
  add(TW_VECTOR_UNARY, TW_V, {input, destination});
}

void Kernel::binary(tw_region lhs, tw_region rhs, tw_region destination) {
  add(TW_VECTOR_BINARY, TW_V, {lhs, rhs, destination});
}

void Kernel::fill(tw_region destination) {
  add(TW_VECTOR_FILL, TW_V, {destination}).flags = TW_SCALAR_RHS;
}

void Kernel::reduce(tw_region input, tw_region destination) {
  add(TW_VECTOR_REDUCE, TW_V, {input, destination}).dim = 1;
}

void Kernel::set(int64_t from, int64_t to, int64_t event) {
  tw_instruction &it = add(TW_SET_FLAG, from, {});
  it.other_pipe = to, it.event = event;
}

void Kernel::wait(int64_t from, int64_t to, int64_t event) {
  tw_instruction &it = add(TW_WAIT_FLAG, to, {});
  it.other_pipe = from, it.event = event;
}

void Kernel::crossSet(int64_t pipe, int64_t event) {
  add(TW_CROSS_SET, pipe, {}).event = event;
}

void Kernel::crossWait(int64_t pipe, int64_t event) {
  add(TW_CROSS_WAIT, pipe, {}).event = event;
}

void Kernel::barrier() {
  add(TW_BARRIER, TW_S, {}).kind = 1;
}

void Kernel::push(tw_region source, int64_t channel) {
  add(TW_PUSH, unit == TW_CUBE ? TW_FIXP : TW_MTE3, {source}).channel = channel;
}

static int64_t receivingPipe(const tw_channel &channel) {
  if (!channel.direct)
    return TW_MTE2;
  return channel.to_cube ? TW_MTE1 : TW_V;
}

void Kernel::pop(int64_t channel, tw_region destination) {
  add(TW_POP, receivingPipe(channels[channel]), {destination}).channel = channel;
}

void Kernel::release(int64_t channel) {
  add(TW_RELEASE, receivingPipe(channels[channel]), {}).channel = channel;
}

KernelStream Kernel::stream() const {
  KernelStream stream;
  for (int32_t i = 0; i < TW_UNITS; ++i)
    stream.units[i] = {units[i].data(), static_cast<int64_t>(units[i].size())};
  stream.channels = channels.data();
  stream.numChannels = static_cast<int64_t>(channels.size());
  stream.ringBytes = ringBytes;
  stream.hasCube = hasCube;
  stream.lanes = lanes;
  return stream;
}

CheckOptions deviceOptions() {
  CheckOptions options;
  options.memories.capacityBytes = {0, 524288, 65536, 65536, 131072, 188416, 1024, 7168};
  options.memories.alignmentBytes = {1, 128, 64, 64, 128, 32, 64, 64};
  return options;
}

/// A flag of slot `turn % 2` between two pipes, for a buffer that `from` fills and `to` drains:
/// `filled` goes one way, `free` the other, from the third turn on.
struct Handshake {
  Kernel &kernel;
  int64_t from, to, firstEvent, turns, slots = 2;

  int64_t eventOf(int64_t turn) const { return firstEvent + turn % slots; }
  void beforeFill(int64_t turn) {
    if (turn >= slots)
      kernel.wait(to, from, eventOf(turn));
  }
  void afterFill(int64_t turn) { kernel.set(from, to, eventOf(turn)); }
  void beforeDrain(int64_t turn) { kernel.wait(from, to, eventOf(turn)); }
  void afterDrain(int64_t turn) {
    if (turn + slots < turns)
      kernel.set(to, from, eventOf(turn));
  }
};

Kernel matmulKernel(const Matmul &s) {
  Kernel kernel;
  kernel.lanes = 0;
  int64_t steps = (s.depth + s.step - 1) / s.step, panels = (s.columns + s.panel - 1) / s.panel;
  int64_t turns = steps * panels, turn = 0;
  Handshake l1 = {kernel, TW_MTE2, TW_MTE1, 0, turns}, l0 = {kernel, TW_MTE1, TW_M, 0, turns};
  Handshake l0c = {kernel, TW_M, TW_FIXP, 0, panels, 1};
  int64_t bytesA = (s.rows * s.step * 2 + 511) / 512 * 512, bytesB = s.step * s.panel * 2;
  for (int64_t panel = 0; panel < panels; ++panel) {
    int64_t n = std::min(s.panel, s.columns - panel * s.panel);
    tw_region c = matrix(TW_L0C, 0, s.rows, n, TW_F32, s.panel);
    l0c.beforeFill(panel);
    for (int64_t step = 0; step < steps; ++step, ++turn) {
      int64_t k = std::min(s.step, s.depth - step * s.step), slot = turn % 2;
      auto a = [&](int64_t space) {
        return matrix(space, slot * bytesA, s.rows, k, TW_BF16, s.step);
      };
      auto b = [&](int64_t space) {
        return matrix(space, (space == TW_L1 ? 2 * bytesA : 0) + slot * bytesB, k, n, TW_BF16,
                      s.panel);
      };
      l1.beforeFill(turn);
      kernel.load(matrix(TW_GM, gmA + step * s.step * 2, s.rows, k, TW_BF16, s.depth), a(TW_L1));
      kernel.load(matrix(TW_GM, gmB + (step * s.step * s.columns + panel * s.panel) * 2, k, n,
                         TW_BF16, s.columns),
                  b(TW_L1));
      l1.afterFill(turn);
      l1.beforeDrain(turn);
      l0.beforeFill(turn);
      kernel.move(a(TW_L1), a(TW_L0A));
      kernel.move(b(TW_L1), b(TW_L0B));
      l1.afterDrain(turn);
      l0.afterFill(turn);
      l0.beforeDrain(turn);
      kernel.mmad(a(TW_L0A), b(TW_L0B), c, step == 0);
      l0.afterDrain(turn);
    }
    l0c.afterFill(panel);
    l0c.beforeDrain(panel);
    kernel.fixpipe(c, matrix(TW_GM, gmC + panel * s.panel * 4, s.rows, n, TW_F32, s.columns));
    l0c.afterDrain(panel);
  }
  return kernel;
}

Kernel vectorKernel(const Rows &s) {
  Kernel kernel;
  kernel.hasCube = false;
  kernel.lanes = 1;
  kernel.on(TW_VECTOR_0);
  int64_t turns = (s.rows + s.step - 1) / s.step, tile = s.step * s.columns * 4;
  Handshake in = {kernel, TW_MTE2, TW_V, 0, turns}, out = {kernel, TW_V, TW_MTE3, 2, turns};
  for (int64_t turn = 0; turn < turns; ++turn) {
    int64_t rows = std::min(s.step, s.rows - turn * s.step), slot = turn % 2;
    tw_region x = matrix(TW_UB, slot * tile, rows, s.columns, TW_F32);
    tw_region y = matrix(TW_UB, (2 + slot) * tile, rows, s.columns, TW_F32);
    tw_region most = matrix(TW_UB, 4 * tile, rows, 1, TW_F32, 8);
    int64_t offset = turn * tile;
    in.beforeFill(turn);
    kernel.load(matrix(TW_GM, gmA + offset, rows, s.columns, TW_F32), x);
    in.afterFill(turn);
    in.beforeDrain(turn);
    out.beforeFill(turn);
    kernel.reduce(x, most);
    kernel.unary(x, y);
    kernel.binary(y, most, y);
    in.afterDrain(turn);
    out.afterFill(turn);
    out.beforeDrain(turn);
    kernel.store(y, matrix(TW_GM, gmC + offset, rows, s.columns, TW_F32));
    out.afterDrain(turn);
  }
  return kernel;
}

/// The cube's share of a mixed kernel.
static void writeCube(Kernel &kernel, const Mixed &s) {
  int64_t n = s.size, room = n + n % 2, wide = room * room * 4, narrow = room * room * 2;
  tw_region a = matrix(TW_L1, 0, n, n, TW_BF16), p = matrix(TW_L1, 2 * narrow, n, n, TW_BF16);
  tw_region lhs = matrix(TW_L0A, 0, n, n, TW_BF16), rhs = matrix(TW_L0B, 0, n, n, TW_BF16);
  tw_region c = matrix(TW_L0C, 0, n, n, TW_F32), d = matrix(TW_L0C, wide, n, n, TW_F32);
  tw_region b = matrix(TW_L1, narrow, n, n, TW_BF16);
  kernel.on(TW_CUBE);
  kernel.load(matrix(TW_GM, gmB, n, n, TW_BF16), b);
  kernel.set(TW_MTE2, TW_MTE1, 1);
  kernel.wait(TW_MTE2, TW_MTE1, 1);
  kernel.move(b, rhs);
  auto multiply = [&](tw_region source, tw_region accumulator, int64_t event, bool isLoaded) {
    if (isLoaded) {
      kernel.set(TW_MTE2, TW_MTE1, event);
      kernel.wait(TW_MTE2, TW_MTE1, event);
    }
    kernel.move(source, lhs);
    if (!isLoaded)
      kernel.release(1);
    kernel.set(TW_MTE1, TW_M, event);
    if (isLoaded)
      kernel.set(TW_MTE1, TW_MTE2, event);
    kernel.wait(TW_MTE1, TW_M, event);
    kernel.mmad(lhs, rhs, accumulator, true);
    kernel.set(TW_M, TW_MTE1, 0);
    kernel.wait(TW_M, TW_MTE1, 0);
    kernel.set(TW_M, TW_FIXP, event);
    kernel.wait(TW_M, TW_FIXP, event);
    if (isLoaded)
      kernel.wait(TW_MTE1, TW_MTE2, event);
  };
  for (int64_t tile = 0; tile < s.tiles; ++tile) {
    kernel.load(matrix(TW_GM, gmA + tile * narrow, n, n, TW_BF16), a);
    if (tile)
      kernel.wait(TW_FIXP, TW_M, 0);
    multiply(a, c, 2, /*isLoaded=*/true);
    kernel.push(c, 0);
    if (s.isDirect)
      p.base = kernel.channels[1].base + tile % s.slots * kernel.channels[1].slot_bytes;
    kernel.pop(1, p);
    if (!s.isDirect)
      kernel.release(1);
    multiply(p, d, 3, /*isLoaded=*/!s.isDirect);
    kernel.fixpipe(d, matrix(TW_GM, gmC + tile * wide, n, n, TW_F32));
    if (tile + 1 < s.tiles)
      kernel.set(TW_FIXP, TW_M, 0);
  }
}

static void writeLane(Kernel &kernel, const Mixed &s, int32_t unit) {
  int64_t n = s.size, room = n + n % 2, bytes = room / 2 * room * 4;
  int64_t rows = (unit == TW_VECTOR_0 ? n + 1 : n) / 2;
  kernel.on(unit);
  Handshake in = {kernel, TW_MTE2, TW_V, 0, s.tiles}, out = {kernel, TW_V, TW_MTE3, 2, s.tiles};
  for (int64_t tile = 0; tile < s.tiles; ++tile) {
    int64_t slot = tile % 2;
    tw_region x = matrix(TW_UB, slot * bytes, rows, n, TW_F32);
    tw_region y = matrix(TW_UB, (2 + slot) * bytes, rows, n, TW_BF16);
    in.beforeFill(tile);
    kernel.pop(0, x);
    kernel.release(0);
    in.afterFill(tile);
    in.beforeDrain(tile);
    out.beforeFill(tile);
    kernel.unary(x, x);
    kernel.add(TW_VECTOR_CAST, TW_V, {x, y});
    in.afterDrain(tile);
    out.afterFill(tile);
    out.beforeDrain(tile);
    kernel.push(y, 1);
    out.afterDrain(tile);
  }
}

/// The same where tiles arrive in ub: nothing but v touches a slot.
static void writeDirectLane(Kernel &kernel, const Mixed &s, int32_t unit) {
  int64_t n = s.size, rows = (unit == TW_VECTOR_0 ? n + 1 : n) / 2;
  tw_channel in = kernel.channels[0];
  kernel.on(unit);
  Handshake out = {kernel, TW_V, TW_MTE3, 2, s.tiles};
  for (int64_t tile = 0; tile < s.tiles; ++tile) {
    tw_region x = matrix(TW_UB, tile % s.slots * in.slot_bytes, rows, n, TW_F32);
    tw_region y = matrix(TW_UB, (s.slots + tile % 2) * in.slot_bytes, rows, n, TW_BF16);
    kernel.pop(0, x);
    out.beforeFill(tile);
    kernel.unary(x, x);
    kernel.add(TW_VECTOR_CAST, TW_V, {x, y});
    kernel.release(0);
    out.afterFill(tile);
    out.beforeDrain(tile);
    kernel.push(y, 1);
    out.afterDrain(tile);
  }
}

Kernel mixedKernel(const Mixed &shape) {
  Kernel kernel;
  int64_t n = shape.size, room = n + n % 2;
  if (shape.isDirect) {
    kernel.addDirectChannel(n, n, TW_F32, shape.slots, 0, 1, 0);
    kernel.addDirectChannel(n, n, TW_BF16, shape.slots, 1, 1, 2 * room * room * 2);
  } else {
    kernel.addChannel(n, n, TW_F32, shape.slots, 0, 1);
    kernel.addChannel(n, n, TW_BF16, shape.slots, 1, 1);
  }
  writeCube(kernel, shape);
  for (int32_t unit : {TW_VECTOR_0, TW_VECTOR_1})
    shape.isDirect ? writeDirectLane(kernel, shape, unit) : writeLane(kernel, shape, unit);
  return kernel;
}

Kernel directKernel(int64_t tiles) {
  Kernel kernel;
  int64_t n = 4, columns = n / 2, slots = 2;
  kernel.addDirectChannel(n, n, TW_F32, slots, 0, 2, 0);
  int64_t slotBytes = kernel.channels[0].slot_bytes;
  tw_region lhs = matrix(TW_L0A, 0, n, n, TW_F16), rhs = matrix(TW_L0B, 0, n, n, TW_F16);
  tw_region c = matrix(TW_L0C, 0, n, n, TW_F32);
  for (int64_t space : {TW_L0A, TW_L0B}) {
    tw_region staged = matrix(TW_L1, space == TW_L0A ? 0 : 128, n, n, TW_F16);
    kernel.load(matrix(TW_GM, gmA, n, n, TW_F16), staged);
    kernel.set(TW_MTE2, TW_MTE1, space);
    kernel.wait(TW_MTE2, TW_MTE1, space);
    kernel.move(staged, matrix(space, 0, n, n, TW_F16));
  }
  kernel.set(TW_MTE1, TW_M, 0);
  kernel.wait(TW_MTE1, TW_M, 0);
  kernel.mmad(lhs, rhs, c, true);
  kernel.set(TW_M, TW_FIXP, 0);
  kernel.wait(TW_M, TW_FIXP, 0);
  for (int64_t tile = 0; tile < tiles; ++tile)
    kernel.push(c, 0);
  for (int32_t unit : {TW_VECTOR_0, TW_VECTOR_1}) {
    kernel.on(unit);
    Handshake out = {kernel, TW_V, TW_MTE3, 0, tiles};
    for (int64_t tile = 0; tile < tiles; ++tile) {
      tw_region x = matrix(TW_UB, tile % slots * slotBytes, n, columns, TW_F32);
      tw_region y = matrix(TW_UB, (slots + tile % 2) * slotBytes, n, columns, TW_F32);
      int64_t offset = (unit - TW_VECTOR_0) * columns * 4 + tile * n * n * 4;
      kernel.pop(0, x);
      out.beforeFill(tile);
      kernel.unary(x, y);
      kernel.release(0);
      out.afterFill(tile);
      out.beforeDrain(tile);
      kernel.store(y, matrix(TW_GM, gmC + offset, n, columns, TW_F32, n));
      out.afterDrain(tile);
    }
  }
  return kernel;
}

Kernel crossFlagKernel(int64_t tiles) {
  Kernel kernel;
  int64_t n = 4, bytes = n * n * 4;
  tw_region lhs = matrix(TW_L0A, 0, n, n, TW_F16), rhs = matrix(TW_L0B, 0, n, n, TW_F16);
  tw_region c = matrix(TW_L0C, 0, n, n, TW_F32);
  for (int64_t space : {TW_L0A, TW_L0B}) {
    tw_region staged = matrix(TW_L1, space == TW_L0A ? 0 : 32, n, n, TW_F16);
    kernel.load(matrix(TW_GM, gmA, n, n, TW_F16), staged);
    kernel.set(TW_MTE2, TW_MTE1, space);
    kernel.wait(TW_MTE2, TW_MTE1, space);
    kernel.move(staged, matrix(space, 0, n, n, TW_F16));
  }
  kernel.set(TW_MTE1, TW_M, 0);
  kernel.wait(TW_MTE1, TW_M, 0);
  for (int64_t tile = 0; tile < tiles; ++tile) {
    if (tile)
      kernel.wait(TW_FIXP, TW_M, 0);
    kernel.mmad(lhs, rhs, c, tile == 0);
    kernel.set(TW_M, TW_FIXP, 0);
    kernel.wait(TW_M, TW_FIXP, 0);
    if (tile)
      kernel.crossWait(TW_FIXP, 1);
    kernel.fixpipe(c, matrix(TW_GM, gmD, n, n, TW_F32));
    kernel.crossSet(TW_FIXP, 0);
    if (tile + 1 < tiles)
      kernel.set(TW_FIXP, TW_M, 0);
  }
  for (int32_t unit : {TW_VECTOR_0, TW_VECTOR_1}) {
    kernel.on(unit);
    tw_region x = matrix(TW_UB, 0, n / 2, n, TW_F32);
    int64_t half = (unit - TW_VECTOR_0) * bytes / 2;
    for (int64_t tile = 0; tile < tiles; ++tile) {
      if (tile)
        kernel.wait(TW_MTE3, TW_MTE2, 0);
      kernel.crossWait(TW_MTE2, 0);
      kernel.load(matrix(TW_GM, gmD + half, n / 2, n, TW_F32), x);
      if (tile + 1 < tiles)
        kernel.crossSet(TW_MTE2, 1);
      kernel.set(TW_MTE2, TW_MTE3, 0);
      kernel.wait(TW_MTE2, TW_MTE3, 0);
      kernel.store(x, matrix(TW_GM, gmC + tile * bytes + half, n / 2, n, TW_F32));
      if (tile + 1 < tiles)
        kernel.set(TW_MTE3, TW_MTE2, 0);
    }
  }
  return kernel;
}

Kernel barrierKernel(int64_t turns) {
  Kernel kernel;
  kernel.hasCube = false;
  kernel.lanes = 1;
  kernel.on(TW_VECTOR_0);
  tw_region x = matrix(TW_UB, 0, 2, 8, TW_F32), y = matrix(TW_UB, 64, 2, 8, TW_F32);
  for (int64_t turn = 0; turn < turns; ++turn) {
    kernel.load(matrix(TW_GM, gmA + turn * 64, 2, 8, TW_F32), x);
    kernel.barrier();
    kernel.unary(x, y);
    kernel.barrier();
    kernel.store(y, matrix(TW_GM, gmC + turn * 64, 2, 8, TW_F32));
    kernel.barrier();
  }
  return kernel;
}

} // namespace tilework::check
