#include "Streams.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <numeric>

namespace tilework::runtime::exact {

static void expectError(Kernel &kernel, const std::string &message) {
  EXPECT_EQ(kernel.run().message(), message);
}

/// Runs under many seeds and expects the same of all.
static void expectSameUnderAllSeeds(Kernel &kernel, std::vector<float> &y,
                                    const std::vector<float> &expected) {
  for (uint64_t seed = 0; seed < 32; ++seed) {
    std::fill(y.begin(), y.end(), -1.0f);
    ExactResult result = kernel.run(seed);
    ASSERT_FALSE(result.isError()) << result.message();
    EXPECT_EQ(y, expected) << "seed " << seed;
  }
}

//===----------------------------------------------------------------------------------------===//
// Flags and barriers
//===----------------------------------------------------------------------------------------===//

TEST(Flags, a_deadlock_names_every_waiting_queue) {
  Kernel kernel;
  kernel.locations = {"k.py:1:2", "k.py:3:4"};
  tw_instruction wait = waitFlag(TW_V, TW_MTE2, 3);
  wait.location = 1;
  kernel.add(TW_VECTOR_0, {wait, waitFlag(TW_MTE2, TW_V), barrier(), setFlag(TW_MTE3, TW_V)});
  kernel.add(TW_CUBE, {crossFlag(TW_CROSS_WAIT, TW_MTE2, 5)});
  kernel.add(TW_VECTOR_1, {crossFlag(TW_CROSS_WAIT, TW_MTE3, 6)});
  for (tw_instruction *each :
       {&kernel.units[TW_CUBE][0], &kernel.units[TW_VECTOR_1][0], &kernel.units[TW_VECTOR_0][1],
        &kernel.units[TW_VECTOR_0][2], &kernel.units[TW_VECTOR_0][3]})
    each->location = -1;
  ExactResult result = kernel.run();
  EXPECT_EQ(result.error,
            "expects some instruction to be able to start, but got a deadlock: "
            "cube pipe mte2 waits for a cross_set of event 5 by vector 0 and vector 1 in "
            "'mte2 cross_wait event 5'; "
            "vector 0 pipe mte2 waits for flag v -> mte2 event 3 in "
            "'mte2 wait_flag v -> mte2 event 3' at k.py:3:4; "
            "vector 0 pipe mte3 waits for an earlier barrier of the unit in "
            "'mte3 set_flag mte3 -> v event 0'; "
            "vector 0 pipe v waits for flag mte2 -> v event 0 in "
            "'v wait_flag mte2 -> v event 0'; "
            "vector 0 pipe s waits for all earlier instructions of the unit in 's barrier all'; "
            "vector 1 pipe mte3 waits for a cross_set of event 6 by the cube in "
            "'mte3 cross_wait event 6'");
}

TEST(Flags, setting_a_set_flag_is_an_error) {
  Kernel kernel;
  kernel.locations = {"k.py:1:2", "k.py:3:4"};
  tw_instruction second = setFlag(TW_MTE2, TW_V, 1);
  second.location = 1;
  kernel.add(TW_VECTOR_1, {setFlag(TW_MTE2, TW_V, 1), second});
  expectError(kernel, "k.py:3:4: vector 1 'mte2 set_flag mte2 -> v event 1' expects flag mte2 -> v "
                      "event 1 to be clear before it is set, but got a set one: an earlier set has "
                      "not been waited for");
}

TEST(Flags, events_and_directions_are_apart) {
  Kernel kernel;
  kernel.add(TW_VECTOR_0,
             {setFlag(TW_MTE2, TW_V, 0), setFlag(TW_MTE2, TW_V, 1), setFlag(TW_MTE2, TW_MTE3, 0),
              setFlag(TW_V, TW_MTE2, 0), waitFlag(TW_MTE2, TW_V, 1), waitFlag(TW_MTE2, TW_V, 0),
              waitFlag(TW_V, TW_MTE2, 0), waitFlag(TW_MTE2, TW_MTE3, 0)});
  kernel.units[TW_VECTOR_1] = kernel.units[TW_VECTOR_0];
  for (uint64_t seed = 0; seed < 8; ++seed)
    EXPECT_EQ(kernel.run(seed).message(), "");
}

TEST(Flags, all_are_clear_at_the_end) {
  Kernel kernel;
  kernel.add(TW_VECTOR_0, {setFlag(TW_MTE2, TW_V, 2), crossFlag(TW_CROSS_SET, TW_MTE3, 7)});
  kernel.add(TW_CUBE, {crossFlag(TW_CROSS_SET, TW_FIXP, 4), crossFlag(TW_CROSS_SET, TW_FIXP, 4)});
  kernel.lanes = 1;
  expectError(kernel, "expects flags, counters and slots to be free when the kernel ends, but got "
                      "flag mte2 -> v event 2 of vector 0, "
                      "2 cross_set of event 4 for vector 0, 1 cross_set of event 7 by vector 0");
}

TEST(Flags, cross_flags_join_the_units) {
  std::vector<float> x = {1, 2, 3, 4}, w = {2}, scratch(4), y(4);
  tw_region a = region(TW_L1, TW_F32, 0, {4, 1}), b = region(TW_L1, TW_F32, 64, {1, 1});
  tw_region l = region(TW_L0A, TW_F32, 0, {4, 1}), r = region(TW_L0B, TW_F32, 0, {1, 1});
  tw_region c = region(TW_L0C, TW_F32, 0, {4, 1});
  Kernel kernel;
  kernel.add(TW_CUBE,
             {load(global(TW_F32, x, 4, 1), a), load(global(TW_F32, w, 1, 1), b), barrier(),
              move(a, l), move(b, r), barrier(), mmad(l, r, c), barrier(),
              fixpipe(c, global(TW_F32, scratch, 4, 1)), crossFlag(TW_CROSS_SET, TW_FIXP, 1),
              crossFlag(TW_CROSS_WAIT, TW_MTE2, 2)}); // both lanes have finished
  for (int32_t lane : {0, 1}) {
    tw_region half =
        region(TW_GM, TW_F32, reinterpret_cast<int64_t>(scratch.data() + 2 * lane), {2, 1});
    tw_region out = half;
    out.base = reinterpret_cast<int64_t>(y.data() + 2 * lane);
    tw_region buffer = region(TW_UB, TW_F32, 0, {2, 1});
    kernel.add(TW_VECTOR_0 + lane,
               {crossFlag(TW_CROSS_WAIT, TW_MTE2, 1), load(half, buffer), barrier(),
                store(buffer, out), crossFlag(TW_CROSS_SET, TW_MTE3, 2)});
  }
  expectSameUnderAllSeeds(kernel, y, {2, 4, 6, 8});
}

//===----------------------------------------------------------------------------------------===//
// Scalars
//===----------------------------------------------------------------------------------------===//

/// Loads four elements and reads the one at `index`, which native code has found to be 2.
static std::string readElement(int64_t index, bool waits, uint64_t seed) {
  std::vector<float> x = {1, 2, 3};
  Kernel kernel;
  tw_instruction read =
      instruction(TW_READ_SCALAR, TW_S, {region(TW_UB, TW_F32, index * 4, {1, 1})});
  read.scalar = 0x40000000;
  read.scalar_type = TW_F32;
  kernel.add(TW_VECTOR_0, {load(global(TW_F32, x, 1, 3), region(TW_UB, TW_F32, 0, {1, 4}))});
  if (waits)
    kernel.add(TW_VECTOR_0, {setFlag(TW_MTE2, TW_S), waitFlag(TW_MTE2, TW_S)});
  kernel.add(TW_VECTOR_0, {read});
  return kernel.run(seed).error;
}

TEST(Scalars, are_what_the_walk_has_followed) {
  for (uint64_t seed = 0; seed < 8; ++seed)
    EXPECT_EQ(readElement(1, true, seed), "");
  EXPECT_EQ(readElement(2, true, 0),
            "expects the element that native code has read, 0x40000000, but got 0x40400000");
}

TEST(Scalars, are_defined_when_they_are_read) {
  std::string undefined = "expects control flow and addresses to depend on defined elements, but "
                          "got one that was never written";
  EXPECT_EQ(readElement(3, true, 0), undefined);
  EXPECT_EQ(readElement(1, false, 1), undefined); // before the load
}

//===----------------------------------------------------------------------------------------===//
// Channels
//===----------------------------------------------------------------------------------------===//

namespace {
std::vector<float> identityOf(int64_t size) {
  std::vector<float> identity(size * size);
  for (int64_t i = 0; i < size; ++i)
    identity[i * (size + 1)] = 1;
  return identity;
}

/// Which of `size` rows or columns a lane has: of an odd number the first has one more.
struct Share {
  int64_t begin, size;
  Share(int64_t size, bool isSplit, int64_t lane)
      : begin(isSplit && lane ? size - size / 2 : 0), size(!isSplit ? size
                                                           : lane   ? size / 2
                                                                    : size - size / 2) {}
};

/// The cube sends `tiles` square tiles; the lanes store their parts.
struct ToVector {
  static constexpr int64_t tiles = 5;
  int64_t n;
  std::vector<float> x, y, identity;
  Kernel kernel;

  explicit ToVector(Split split, int64_t slots = 2, int64_t n = 4, bool isDirect = false)
      : n(n), x(tiles * n * n), y(2 * tiles * n * n), identity(identityOf(n)) {
    std::iota(x.begin(), x.end(), 1.0f);
    tw_channel channel = {n, n, TW_F32, slots, 0, static_cast<int64_t>(split), 0, 0, 0};
    isDirect ? kernel.addDirectChannel(channel, 64) : kernel.addChannel(channel);
    tw_region a = region(TW_L1, TW_F32, 0, {n, n}), l = region(TW_L0A, TW_F32, 0, {n, n});
    tw_region r = region(TW_L0B, TW_F32, 0, {n, n}), c = region(TW_L0C, TW_F32, 0, {n, n});
    kernel.add(TW_CUBE, {load(global(TW_F32, identity, n, n), a), barrier(), move(a, r)});
    for (int64_t tile = 0; tile < tiles; ++tile) {
      tw_region in =
          region(TW_GM, TW_F32, reinterpret_cast<int64_t>(x.data() + tile * n * n), {n, n});
      kernel.add(TW_CUBE, {barrier(), load(in, a), barrier(), move(a, l), barrier(), mmad(l, r, c),
                           barrier(), through(TW_PUSH, TW_FIXP, {c})});
      for (int32_t lane : {0, 1})
        isDirect ? addDirectLane(lane, tile, split) : addLane(lane, tile, split);
    }
  }
  /// Stores the tile from where it arrives; the slot is free once that is done.
  void addDirectLane(int32_t lane, int64_t tile, Split split) {
    Share rows(n, split == Split::up_down, lane), columns(n, split == Split::left_right, lane);
    tw_region slot = kernel.slot(tile, rows.size, columns.size);
    tw_region out =
        region(TW_GM, TW_F32, reinterpret_cast<int64_t>(y.data() + (2 * tile + lane) * n * n),
               {rows.size, columns.size});
    kernel.add(TW_VECTOR_0 + lane,
               {through(TW_POP, TW_V, {slot}), setFlag(TW_V, TW_MTE3), waitFlag(TW_V, TW_MTE3),
                store(slot, out), setFlag(TW_MTE3, TW_V), waitFlag(TW_MTE3, TW_V),
                through(TW_RELEASE, TW_V, {})});
  }
  void addLane(int32_t lane, int64_t tile, Split split) {
    Share rows(n, split == Split::up_down, lane), columns(n, split == Split::left_right, lane);
    tw_region buffer = region(TW_UB, TW_F32, 0, {rows.size, columns.size});
    tw_region out =
        region(TW_GM, TW_F32, reinterpret_cast<int64_t>(y.data() + (2 * tile + lane) * n * n),
               {rows.size, columns.size});
    kernel.add(TW_VECTOR_0 + lane,
               {barrier(), through(TW_POP, TW_MTE2, {buffer}), through(TW_RELEASE, TW_MTE2, {}),
                barrier(), store(buffer, out)});
  }
  std::vector<float> expected(Split split) const {
    std::vector<float> result(y.size(), -1.0f);
    for (int64_t tile = 0; tile < tiles; ++tile)
      for (int64_t lane : {0, 1}) {
        Share rows(n, split == Split::up_down, lane), columns(n, split == Split::left_right, lane);
        float *out = result.data() + (2 * tile + lane) * n * n;
        for (int64_t i = 0; i < rows.size; ++i)
          for (int64_t j = 0; j < columns.size; ++j)
            *out++ = x[tile * n * n + (rows.begin + i) * n + columns.begin + j];
      }
    return result;
  }
};
} // namespace

TEST(Channels, carry_tiles_from_the_cube_to_both_lanes) {
  for (Split split : {Split::none, Split::up_down, Split::left_right})
    for (int64_t slots : {1, 2, 7})
      for (int64_t size : {4, 5}) {
        ToVector program(split, slots, size);
        expectSameUnderAllSeeds(program.kernel, program.y, program.expected(split));
      }
}

TEST(Channels, carry_tiles_directly_to_both_lanes) {
  for (Split split : {Split::none, Split::up_down, Split::left_right})
    for (int64_t slots : {1, 2, 7})
      for (int64_t size : {4, 5}) {
        ToVector program(split, slots, size, /*isDirect=*/true);
        expectSameUnderAllSeeds(program.kernel, program.y, program.expected(split));
      }
}

TEST(Channels, a_pop_shows_the_slot_that_was_written) {
  ToVector program(Split::up_down, 2, 4, /*isDirect=*/true);
  program.kernel.units[TW_VECTOR_0][0].regions[0].base += 32;
  expectError(program.kernel, "vector 0 'v pop channel 0 -> ub f32[2x4]@96' expects the next tile "
                              "of the channel at 64, but got 96");
  ToVector narrow(Split::left_right, 2, 5, /*isDirect=*/true);
  narrow.kernel.units[TW_VECTOR_1][0].regions[0].strides[0] = 2;
  expectError(narrow.kernel, "vector 1 'v pop channel 0 -> ub f32[5x2]@64' expects rows of 3 "
                             "elements, but got 2 with steps of 1");
}

/// Who still reads a slot that it has released meets poison, or the next tile.
TEST(Channels, an_early_release_gives_other_bits) {
  ToVector program(Split::up_down, 1, 4, /*isDirect=*/true);
  std::vector<tw_instruction> &lane = program.kernel.units[TW_VECTOR_0];
  std::rotate(lane.begin() + 1, lane.begin() + 6, lane.begin() + 7); // the first tile's
  ASSERT_EQ(lane[1].opcode, TW_RELEASE);
  int wrong = 0;
  for (uint64_t seed = 0; seed < 8; ++seed) {
    ExactResult result = program.kernel.run(seed);
    wrong += result.isError() || program.y != program.expected(Split::up_down);
  }
  EXPECT_EQ(wrong, 8);
}

TEST(Channels, without_release_the_sender_waits) {
  ToVector program(Split::up_down);
  auto isRelease = [](const tw_instruction &each) { return each.opcode == TW_RELEASE; };
  std::vector<tw_instruction> &lane = program.kernel.units[TW_VECTOR_1];
  lane.erase(std::remove_if(lane.begin(), lane.end(), isRelease), lane.end());
  std::string error = program.kernel.run().error;
  EXPECT_NE(error.find("cube pipe fixp waits for a free slot of channel 0 in 'fixp push l0c "
                       "f32[4x4]@0 -> channel 0'"),
            std::string::npos)
      << error;
  EXPECT_NE(error.find("vector 0 pipe mte2 waits for a full slot of channel 0"), std::string::npos)
      << error;
}

TEST(Channels, slots_are_free_at_the_end) {
  ToVector program(Split::up_down);
  program.kernel.units[TW_CUBE].push_back(program.kernel.units[TW_CUBE].back());
  expectError(program.kernel, "expects flags, counters and slots to be free when the kernel ends, "
                              "but got 1 taken slots of channel 0");
}

TEST(Channels, a_release_follows_its_pop) {
  ToVector program(Split::none);
  std::vector<tw_instruction> &lane = program.kernel.units[TW_VECTOR_0];
  std::swap(lane[1], lane[2]);
  expectError(program.kernel, "vector 0 'mte2 release channel 0' expects a popped slot to release, "
                              "but got none");
}

static void carryToCube(bool isDirect) {
  for (Split split : {Split::up_down, Split::left_right})
    for (int64_t n : {4, 5, 1}) { // of one element the second lane has none
      std::vector<float> x(n * n), y(n * n), identity = identityOf(n);
      std::iota(x.begin(), x.end(), 1.0f);
      Kernel kernel;
      tw_channel channel = {n, n, TW_F32, 1, 1, static_cast<int64_t>(split), 0, 0, 0};
      isDirect ? kernel.addDirectChannel(channel, 0) : kernel.addChannel(channel);
      for (int32_t lane : {0, 1}) {
        Share rows(n, split == Split::up_down, lane), columns(n, split == Split::left_right, lane);
        tw_region buffer = region(TW_UB, TW_F32, 0, {rows.size, columns.size});
        tw_region in = global(TW_F32, x, rows.size, columns.size, n);
        in.base += (rows.begin * n + columns.begin) * 4;
        kernel.add(TW_VECTOR_0 + lane,
                   {load(in, buffer), barrier(), through(TW_PUSH, TW_MTE3, {buffer})});
      }
      tw_region a = region(TW_L1, TW_F32, 0, {n, n}), b = region(TW_L1, TW_F32, 128, {n, n});
      tw_region l = region(TW_L0A, TW_F32, 0, {n, n}), r = region(TW_L0B, TW_F32, 0, {n, n});
      tw_region c = region(TW_L0C, TW_F32, 0, {n, n});
      if (isDirect)
        kernel.add(TW_CUBE,
                   {load(global(TW_F32, identity, n, n), b), barrier(), move(b, r),
                    through(TW_POP, TW_MTE1, {a}), move(a, l), through(TW_RELEASE, TW_MTE1, {})});
      else
        kernel.add(TW_CUBE,
                   {through(TW_POP, TW_MTE2, {a}), through(TW_RELEASE, TW_MTE2, {}),
                    load(global(TW_F32, identity, n, n), b), barrier(), move(a, l), move(b, r)});
      kernel.add(TW_CUBE,
                 {barrier(), mmad(l, r, c), barrier(), fixpipe(c, global(TW_F32, y, n, n))});
      expectSameUnderAllSeeds(kernel, y, x);
    }
}

TEST(Channels, carry_the_parts_of_both_lanes_to_the_cube) {
  carryToCube(/*isDirect=*/false);
}

TEST(Channels, carry_the_parts_of_both_lanes_directly_to_the_cube) {
  carryToCube(/*isDirect=*/true);
}

/// Every other tile goes through a second channel.
TEST(Channels, rings_upon_each_other_give_other_bits) {
  ToVector program(Split::none, 1);
  program.kernel.addChannel(program.kernel.channels[0]);
  for (auto &unit : program.kernel.units) {
    int64_t transfers = 0;
    for (tw_instruction &each : unit)
      if (each.opcode == TW_PUSH || each.opcode == TW_POP)
        each.channel = transfers++ % 2;
      else if (each.opcode == TW_RELEASE)
        each.channel = (transfers - 1) % 2;
  }
  expectSameUnderAllSeeds(program.kernel, program.y, program.expected(Split::none));
  program.kernel.channels[1].base = 0;
  int wrong = 0;
  for (uint64_t seed = 0; seed < 8; ++seed) {
    EXPECT_FALSE(program.kernel.run(seed).isError());
    wrong += program.y != program.expected(Split::none);
  }
  EXPECT_GT(wrong, 0);
}

/// Where a smaller tile follows a larger one, its receiver must not see what that one left.
TEST(Channels, a_free_slot_is_poisoned) {
  ToVector program(Split::none, 1);
  tw_instruction &push = program.kernel.units[TW_CUBE].back();
  ASSERT_EQ(push.opcode, TW_PUSH);
  push.regions[0].sizes[0] = 3;
  ASSERT_FALSE(program.kernel.run().isError());
  const float *last = program.y.data() + (2 * ToVector::tiles - 2) * 16;
  EXPECT_EQ(last[11], 76.0f);
  for (int i = 12; i < 16; ++i)
    EXPECT_TRUE(std::isnan(last[i])) << last[i];
}

TEST(Channels, push_converts_what_leaves_the_accumulator) {
  ToVector program(Split::none);
  program.kernel.channels[0].type = TW_BF16;
  std::vector<uint16_t> y(16);
  for (int32_t unit : {TW_VECTOR_0, TW_VECTOR_1})
    for (tw_instruction &each : program.kernel.units[unit])
      for (int64_t i = 0; i < each.num_regions; ++i) {
        each.regions[i].type = TW_BF16;
        if (each.regions[i].space == TW_GM)
          each.regions[i].base = reinterpret_cast<int64_t>(y.data());
      }
  ExactResult result = program.kernel.run();
  ASSERT_FALSE(result.isError()) << result.message();
  EXPECT_EQ(y[0], 0x4282);  // 65, the first of the last tile
  EXPECT_EQ(y[15], 0x42a0); // 80
}

} // namespace tilework::runtime::exact
