#include "Streams.h"

#include <functional>
#include <gtest/gtest.h>

namespace tilework::runtime::exact {

static std::vector<float> array(4096);

static tw_region ub(std::initializer_list<int64_t> sizes, int64_t base = 0, int64_t type = TW_F32) {
  return region(TW_UB, type, base, sizes);
}
static tw_region gm(std::initializer_list<int64_t> sizes, int64_t type = TW_F32) {
  return region(TW_GM, type, reinterpret_cast<int64_t>(array.data()), sizes);
}

/// The error of one instruction, found before anything is executed.
static std::string errorOf(int32_t unit, const tw_instruction &wrong,
                           const std::vector<tw_channel> &channels = {}) {
  Kernel kernel;
  for (const tw_channel &channel : channels)
    kernel.addChannel(channel);
  kernel.locations = {"k.py:1:2"};
  kernel.add(unit, {wrong});
  ExactResult result = kernel.run();
  EXPECT_EQ(result.steps, 0);
  EXPECT_EQ(result.index, 0);
  EXPECT_EQ(result.unit, unit);
  EXPECT_EQ(result.location, "k.py:1:2");
  EXPECT_FALSE(result.instruction.empty());
  return result.error;
}

static tw_instruction changed(tw_instruction instruction,
                              const std::function<void(tw_instruction &)> &change) {
  change(instruction);
  return instruction;
}

TEST(Checks, regions_lie_in_their_memory) {
  EXPECT_EQ(errorOf(TW_VECTOR_0, load(gm({64}), ub({64}, 188416 - 32))),
            "expects operand 1 to lie in the 188416 bytes of ub, but got 256 bytes at 188384");
  EXPECT_EQ(errorOf(TW_VECTOR_0, load(gm({64}), ub({64}, -32))),
            "expects operand 1 to lie in the 188416 bytes of ub, but got 256 bytes at -32");
  tw_region strided = ub({2, 8});
  strided.strides[0] = 47104;
  EXPECT_EQ(errorOf(TW_VECTOR_0, load(gm({2, 8}), strided)),
            "expects operand 1 to lie in the 188416 bytes of ub, but got 188448 bytes at 0");
  tw_region huge = ub({2, 8});
  huge.sizes[0] = huge.strides[0] = INT64_MAX;
  EXPECT_EQ(errorOf(TW_VECTOR_0, load(gm({2, 8}), huge)),
            "expects operand 1 to lie in the 188416 bytes of ub, but got 2305843009213693952 bytes "
            "at 0");
  EXPECT_EQ(errorOf(TW_VECTOR_0, load(gm({0}), ub({0}, 188448))),
            "expects operand 1 to lie in the 188416 bytes of ub, but got 0 bytes at 188448");
  EXPECT_EQ(errorOf(TW_VECTOR_0, load(gm({64}), ub({64}, 16))),
            "expects operand 1 to start at a multiple of 32 bytes of ub, but got 16");
  tw_region odd = gm({4});
  odd.base += 2;
  EXPECT_EQ(errorOf(TW_VECTOR_0, load(odd, ub({4}))).substr(0, 68),
            "expects operand 0 to start at a multiple of its elements' 4 bytes, b");
}

TEST(Checks, regions_make_sense) {
  tw_region rank = ub({4}), negative = ub({4}), stride = ub({4}), type = ub({4});
  rank.rank = 6;
  negative.sizes[0] = -1;
  stride.strides[0] = -1;
  type.type = TW_TASK_ID;
  EXPECT_EQ(errorOf(TW_VECTOR_0, load(gm({4}), rank)),
            "expects operand 1 to have at most 5 dimensions, but got 6");
  EXPECT_EQ(errorOf(TW_VECTOR_0, load(gm({4}), negative)),
            "expects operand 1 to have no negative size or stride, but got -1 and 1 in dim 0");
  EXPECT_EQ(errorOf(TW_VECTOR_0, load(gm({4}), stride)),
            "expects operand 1 to have no negative size or stride, but got 4 and -1 in dim 0");
  EXPECT_EQ(errorOf(TW_VECTOR_0, load(gm({4}), type)),
            "expects operand 1 to have an element type, but got task id");
}

TEST(Checks, instructions_suit_their_core) {
  EXPECT_EQ(errorOf(TW_CUBE, load(gm({4}), ub({4}))),
            "expects operand 1 to lie in a memory of cube, but got ub");
  EXPECT_EQ(errorOf(TW_VECTOR_0, fixpipe(ub({4}), gm({4}))),
            "expects a pipe of vector 0, but got fixp");
  tw_instruction wrong = load(gm({4}), ub({4}));
  EXPECT_EQ(errorOf(TW_VECTOR_1, changed(wrong, [](auto &i) { i.pipe = TW_MTE3; })),
            "expects pipe mte2, but got mte3");
  EXPECT_EQ(errorOf(TW_VECTOR_1, changed(wrong, [](auto &i) { i.pipe = 9; })),
            "expects a pipe of vector 1, but got pipe 9");
  EXPECT_EQ(errorOf(TW_VECTOR_1, changed(wrong, [](auto &i) { i.opcode = 23; })),
            "expects an opcode of 0 to 22, but got 23");
  EXPECT_EQ(errorOf(TW_VECTOR_1, changed(wrong, [](auto &i) { i.num_regions = 3; })),
            "expects 2 regions, but got 3");
  EXPECT_EQ(errorOf(TW_VECTOR_1, changed(wrong, [](auto &i) { i.flags = TW_STARTS; })),
            "expects no flags but 1, but got 8");
}

TEST(Checks, transfers) {
  EXPECT_EQ(errorOf(TW_VECTOR_0, load(ub({4}), ub({4}))), "expects operand 0 in gm, but got ub");
  EXPECT_EQ(errorOf(TW_VECTOR_0, load(gm({2, 5}), ub({2, 4}))),
            "expects a source of at most 1x1x1x2x4, but got 1x1x1x2x5");
  EXPECT_EQ(errorOf(TW_VECTOR_0, load(gm({2, 4}), ub({4}))),
            "expects a source of at most 1x1x1x1x4, but got 1x1x1x2x4");
  EXPECT_EQ(errorOf(TW_VECTOR_0, store(ub({2, 4}), gm({3, 4}))),
            "expects a destination of at most 1x1x1x2x4, but got 1x1x1x3x4");
  EXPECT_EQ(errorOf(TW_VECTOR_0, load(gm({4}, TW_BF16), ub({4}))),
            "expects operand 1 of type bf16, but got f32");
  EXPECT_EQ(errorOf(TW_VECTOR_0, withScalar(load(gm({4}), ub({4})), TW_PADS, TW_BF16, 0)),
            "expects a scalar of type f32, but got bf16");
  EXPECT_EQ(errorOf(TW_CUBE, fixpipe(region(TW_L0C, TW_I32, 0, {4}), gm({4}))),
            "expects f32 to f32, bf16 or f16, or i32 to i32, but got i32 to f32");
}

TEST(Checks, moves) {
  tw_region l1 = region(TW_L1, TW_BF16, 0, {2, 4}), l0a = region(TW_L0A, TW_BF16, 0, {2, 4});
  EXPECT_EQ(errorOf(TW_CUBE, move(l0a, l1)),
            "expects a move from l1 to l0a, l0b, bt or fb, from l0c to l1, or inside ub, but got "
            "l0a to l1");
  EXPECT_EQ(errorOf(TW_CUBE, move(l1, l0a, TW_M)), "expects pipe mte1, but got m");
  EXPECT_EQ(errorOf(TW_CUBE, changed(move(l1, l0a), [](auto &i) { i.flags = TW_TRANSPOSES; })),
            "expects operand 1 of shape 1x1x1x4x2, but got 1x1x1x2x4");
  tw_region bt = region(TW_BT, TW_BF16, 0, {2, 4});
  EXPECT_EQ(errorOf(TW_CUBE, changed(move(l1, bt), [](auto &i) { i.flags = TW_TRANSPOSES; })),
            "expects a transposing move into l0a or l0b, but got bt");
}

TEST(Checks, products) {
  tw_region a = region(TW_L0A, TW_BF16, 0, {2, 4}), b = region(TW_L0B, TW_BF16, 0, {4, 3});
  tw_region c = region(TW_L0C, TW_F32, 0, {2, 3});
  EXPECT_EQ(errorOf(TW_CUBE, changed(mmad(a, b, c), [](auto &i) { i.sizes[1] = 5; })),
            "expects sizes M and K of at most 1x1x1x2x4, but got 1x1x1x2x5");
  EXPECT_EQ(errorOf(TW_CUBE, changed(mmad(a, b, c), [](auto &i) { i.sizes[2] = -1; })),
            "expects sizes that are not negative, but got 2x4x-1");
  EXPECT_EQ(errorOf(TW_CUBE, changed(mmad(a, b, c), [](auto &i) { i.regions[2].type = TW_I32; })),
            "expects operand 2 of type f32, but got i32");
  EXPECT_EQ(errorOf(TW_CUBE, changed(mmad(a, b, c), [](auto &i) { i.regions[1].type = TW_F16; })),
            "expects operand 1 of type bf16, but got f16");
  EXPECT_EQ(errorOf(TW_CUBE, changed(mmad(a, b, c), [](auto &i) { i.regions[0].type = TW_I16; })),
            "expects operands of type f32, bf16, f16 or i8, but got i16");
  EXPECT_EQ(errorOf(TW_CUBE, changed(mmad(a, b, c), [](auto &i) { i.regions[0].space = TW_L1; })),
            "expects operand 0 in l0a, but got l1");
}

TEST(Checks, vectors) {
  tw_region x = ub({2, 4}), y = ub({2, 4}, 64), integers = ub({2, 4}, 128, TW_I32);
  EXPECT_EQ(errorOf(TW_VECTOR_0, unary(Unary::exp, x, ub({2, 3}))),
            "expects operand 0 of shape 1x1x1x2x3, but got 1x1x1x2x4");
  EXPECT_EQ(errorOf(TW_VECTOR_0, unary(Unary::exp, integers, integers)),
            "expects floats, but got i32");
  EXPECT_EQ(errorOf(TW_VECTOR_0, unary(Unary::not_, x, x)), "expects integers, but got f32");
  EXPECT_EQ(errorOf(TW_VECTOR_0, unary(Unary::count, x, x)),
            "expects a kind of 0 to 10, but got 11");
  EXPECT_EQ(errorOf(TW_VECTOR_0, binary(Binary::add, x, ub({1, 2}), y)),
            "expects operand 1 of shape 1x1x1x2x4 or 1 instead, but got 1x1x1x1x2");
  EXPECT_EQ(errorOf(TW_VECTOR_0, binary(Binary::shl, x, y, y)), "expects integers, but got f32");
  EXPECT_EQ(errorOf(TW_VECTOR_0, instruction(TW_VECTOR_COMPARE, TW_V, {x, x, y})),
            "expects operand 2 of type i1, but got f32");
  EXPECT_EQ(errorOf(TW_VECTOR_0, instruction(TW_VECTOR_SELECT, TW_V, {x, x, x, y})),
            "expects operand 0 of type i1, but got f32");
  EXPECT_EQ(errorOf(TW_VECTOR_0, instruction(TW_VECTOR_CAST, TW_V, {x, ub({2, 3})})),
            "expects operand 0 of shape 1x1x1x2x3, but got 1x1x1x2x4");
  EXPECT_EQ(errorOf(TW_VECTOR_0, instruction(TW_VECTOR_REDUCE, TW_V, {x, y})),
            "expects operand 1 of shape 1x1x1x1x4, but got 1x1x1x2x4");
  EXPECT_EQ(errorOf(TW_VECTOR_0, instruction(TW_VECTOR_TRANSPOSE, TW_V, {x, y})),
            "expects operand 1 of shape 1x1x1x4x2, but got 1x1x1x2x4");
  EXPECT_EQ(errorOf(TW_VECTOR_0, instruction(TW_VECTOR_ARANGE, TW_V, {integers})),
            "expects a scalar of type i32, but got i1");
}

TEST(Checks, synchronisation) {
  EXPECT_EQ(errorOf(TW_VECTOR_0, setFlag(TW_V, TW_V)),
            "expects a flag between two pipes of vector 0, but got v and v");
  EXPECT_EQ(errorOf(TW_VECTOR_0, waitFlag(TW_M, TW_V)),
            "expects a flag between two pipes of vector 0, but got v and m");
  EXPECT_EQ(errorOf(TW_VECTOR_0, setFlag(TW_V, TW_MTE2, 8)),
            "expects an event of 0 to 7, but got 8");
  EXPECT_EQ(errorOf(TW_VECTOR_0, crossFlag(TW_CROSS_SET, TW_V, 16)),
            "expects an event of 0 to 15, but got 16");
}

TEST(Checks, channels) {
  std::vector<tw_channel> channels = {{4, 4, TW_F32, 2, 0, 1, 0, 0}};
  tw_region c = region(TW_L0C, TW_F32, 0, {4, 4});
  EXPECT_EQ(errorOf(TW_CUBE, through(TW_PUSH, TW_FIXP, {c}, 1), channels),
            "expects a channel of 0 to 0, but got 1");
  EXPECT_EQ(errorOf(TW_VECTOR_0, through(TW_PUSH, TW_MTE3, {ub({2, 4})}), channels),
            "expects a channel to the cube core, but got one to the vector cores");
  EXPECT_EQ(errorOf(TW_VECTOR_0, through(TW_POP, TW_MTE2, {ub({4, 4})}), channels),
            "expects a tile of at most 1x1x1x2x4, but got 1x1x1x4x4");
  EXPECT_EQ(errorOf(TW_VECTOR_0, through(TW_POP, TW_MTE2, {ub({2, 4}, 0, TW_BF16)}), channels),
            "expects operand 0 of type f32, but got bf16");
  EXPECT_EQ(errorOf(TW_CUBE, through(TW_POP, TW_MTE2, {c}), channels),
            "expects a channel to the cube core, but got one to the vector cores");
}

TEST(Checks, scalars) {
  auto read = [](tw_region element, int64_t type, int64_t pipe = TW_S) {
    tw_instruction result = instruction(TW_READ_SCALAR, pipe, {element});
    result.scalar_type = type;
    return errorOf(TW_VECTOR_0, result);
  };
  EXPECT_EQ(read(ub({1, 1}, 4), TW_F32, TW_V), "expects pipe s, but got v");
  EXPECT_EQ(read(ub({1, 2}), TW_F32), "expects operand 0 of shape 1x1x1x1x1, but got 1x1x1x1x2");
  EXPECT_EQ(read(ub({1, 1}), TW_I32), "expects a scalar of type f32, but got i32");
  EXPECT_EQ(read(gm({1, 1}), TW_F32), "expects operand 0 in ub, but got gm");
}

TEST(Checks, groups) {
  Kernel kernel;
  kernel.lanes = 1;
  kernel.add(TW_VECTOR_1, {barrier()});
  EXPECT_EQ(kernel.run().error,
            "expects no instructions for vector 1, which does not execute, but got 1");
  kernel = Kernel();
  kernel.addChannel({3, 4, TW_F32, 2, 0, 3, 0, 0});
  EXPECT_EQ(kernel.run().error, "expects channel 0 to have a split of 0 to 2, but got 3");
  kernel.channels[0].slots = 0;
  EXPECT_EQ(kernel.run().error,
            "expects channel 0 to hold tiles in at least one slot, but got 0 slots of 3x4");
}

TEST(Checks, rings) {
  auto errorWith = [](int64_t base, int64_t slotBytes, int64_t ringBytes) {
    Kernel kernel;
    kernel.addChannel({4, 4, TW_F32, 2, 0, 1, 0, 0});
    kernel.channels[0].base = base;
    kernel.channels[0].slot_bytes = slotBytes;
    kernel.ringBytes = ringBytes;
    return kernel.run().error;
  };
  EXPECT_EQ(errorWith(512, 512, 1536), "");
  EXPECT_EQ(errorWith(512, 512, 1535), "expects channel 0 to lie in the 1535 bytes of the rings, "
                                       "but got 2 slots of 512 bytes at 512");
  EXPECT_EQ(errorWith(-512, 512, 1536), "expects channel 0 to lie in the 1536 bytes of the rings, "
                                        "but got 2 slots of 512 bytes at -512");
  EXPECT_EQ(errorWith(0, 60, 1536), "expects channel 0 to have slots that hold its tiles of 4x4, "
                                    "but got 60 bytes");
  EXPECT_EQ(errorWith(2, 64, 1536), "expects channel 0 to have slots at multiples of its elements' "
                                    "4 bytes, but got 64 bytes each at 2");
}

TEST(Describe, one_line_says_everything) {
  tw_region strided = region(TW_GM, TW_BF16, 0x40, {16, 128});
  strided.strides[0] = 1024;
  tw_region l1 = region(TW_L1, TW_BF16, 256, {16, 128});
  EXPECT_EQ(describe(load(strided, l1)),
            "mte2 dma_load gm bf16[16x128:1024,1]@0x40 -> l1 bf16[16x128]@256");
  tw_region a = region(TW_L0A, TW_BF16, 0, {16, 64}), b = region(TW_L0B, TW_BF16, 0, {64, 32});
  tw_region c = region(TW_L0C, TW_F32, 128, {16, 32});
  EXPECT_EQ(describe(mmad(a, b, c)), "m mmad l0a bf16[16x64]@0, l0b bf16[64x32]@0 -> l0c "
                                     "f32[16x32]@128 sizes 16x64x32 starts");
  tw_region x = ub({8});
  EXPECT_EQ(describe(withScalar(instruction(TW_VECTOR_BINARY, TW_V, {x, x}, 3), TW_SCALAR_RHS,
                                TW_F32, float32One)),
            "v vector_binary div ub f32[8]@0, f32 0x3f800000 -> ub f32[8]@0");
  EXPECT_EQ(describe(waitFlag(TW_MTE2, TW_V, 5)), "v wait_flag mte2 -> v event 5");
  EXPECT_EQ(describe(setFlag(TW_MTE2, TW_V, 5)), "mte2 set_flag mte2 -> v event 5");
  EXPECT_EQ(describe(barrier()), "s barrier all");
  EXPECT_EQ(describe(through(TW_POP, TW_MTE2, {x}, 3)), "mte2 pop channel 3 -> ub f32[8]@0");
}

} // namespace tilework::runtime::exact
