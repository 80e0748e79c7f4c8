//===- Example.h - a small recording with one of everything -------------------------*- C++ -*-===//

#ifndef TILEWORK_TEST_RECORDING_EXAMPLE_H
#define TILEWORK_TEST_RECORDING_EXAMPLE_H

#include "Recording.h"

namespace tilework::recording {

inline tw_region region(int64_t space, int64_t base, int64_t rows, int64_t columns) {
  return {space, TW_F32, 2, base, {rows, columns}, {columns, 1}};
}

/// A parallel loop around two tasks of one kernel, which load a tile each, add one to it in the
/// vector unit and push it to the cube; a join; and a scalar read.
inline Recording example() {
  Recording it;
  it.target = "a2a3";
  it.entry = "example";
  it.locations = {"k.py:3:5", "k.py:4:5"};
  it.memories = {{"x", 0, 4096, -1, false, TW_F32, {16, 64}},
                 {"y", 65536, 70000, -1},
                 {"sums", 196608, 1024, 1, true}};
  it.kernels = {{"add_one", "k.py:2:1", {{8, 8, TW_F32, 2, 1, 0, 0, 512}}, 1024, true, 1, true, 3}};
  it.noDeps = {{}, {0, 2}};
  it.loops = {{"k.py:1:5", "b", true, TW_ASSUMED}};
  tw_instruction load = {};
  load.opcode = TW_DMA_LOAD;
  load.pipe = TW_MTE2;
  load.num_regions = 2;
  load.regions[0] = region(TW_GM, 0, 8, 8);
  load.regions[0].strides[0] = 1 << 20;
  load.regions[1] = region(TW_UB, 256, 8, 8);
  tw_instruction add = {};
  add.opcode = TW_VECTOR_BINARY;
  add.pipe = TW_V;
  add.flags = TW_SCALAR_RHS;
  add.scalar_type = TW_F32;
  add.location = 1;
  add.num_regions = 2;
  add.regions[0] = add.regions[1] = region(TW_UB, 256, 8, 8);
  tw_instruction push = {};
  push.opcode = TW_PUSH;
  push.pipe = TW_MTE3;
  push.num_regions = 1;
  push.regions[0] = region(TW_UB, 256, 8, 8);
  tw_instruction set = {};
  set.opcode = TW_SET_FLAG;
  set.pipe = TW_MTE2;
  set.other_pipe = TW_V;
  set.event = 3;
  it.instructions = {load, set, add, push};
  it.streams = {{0, {{{}, {0, 1, 2, 3, 0, 1, 0}, {}}}, 3}};
  it.patterns = {{{{0, 0}, {1, 128}, {0, 64}}, {{{1, 4}, 8}}}};
  it.tasks.resize(3);
  it.tasks[0] = {0, 0, {256, 65536}, {}};
  it.tasks[1] = {0, 0, {512, 65536 + 1024}, {{0, ReadAfterWrite | WriteAfterRead}}};
  it.tasks[2].dependences = {{0, Explicit}, {1, Explicit}};
  it.tasks[1].noDep = 1;
  it.marks = {{0, Mark::Enter, 0, -4, 2}, {0, Mark::Next}, {1, Mark::Next}, {2, Mark::Leave}};
  it.waits = {{1, {}}, {3, {0, 2}}};
  return it;
}

} // namespace tilework::recording

#endif // TILEWORK_TEST_RECORDING_EXAMPLE_H
