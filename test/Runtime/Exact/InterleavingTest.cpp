#include "Exact/Interleaving.h"
#include "Streams.h"

#include <gtest/gtest.h>
#include <numeric>
#include <set>

namespace tilework::runtime::exact {

using Bits = std::vector<uint8_t>;

template <typename T> static Bits bytesOf(const std::vector<T> &values) {
  auto data = reinterpret_cast<const uint8_t *>(values.data());
  return Bits(data, data + values.size() * sizeof(T));
}

/// y = x + 1 in tiles of 8 elements, through one buffer for all tiles.
struct Increment {
  static constexpr int64_t tiles = 6, size = 8;
  std::vector<float> x = std::vector<float>(tiles * size), y = std::vector<float>(tiles * size);
  Kernel kernel;

  /// Leaves out the instructions of the flag pair `omitted`, 0 to 3, if there is one.
  explicit Increment(int omitted = -1) {
    std::iota(x.begin(), x.end(), 1.0f);
    tw_region in = region(TW_UB, TW_F32, 0, {size}), out = region(TW_UB, TW_F32, 512, {size});
    std::vector<tw_instruction> &program = kernel.units[TW_VECTOR_0];
    auto flag = [&](int number, bool isLoopCarried, int64_t tile, auto make, int64_t from,
                    int64_t to, bool isSet) {
      bool isNeeded = !isLoopCarried || (isSet ? tile + 1 < tiles : tile > 0);
      if (number != omitted && isNeeded)
        program.push_back(make(from, to, 0));
    };
    for (int64_t tile = 0; tile < tiles; ++tile) {
      auto at = [&](std::vector<float> &array) {
        return region(TW_GM, TW_F32, reinterpret_cast<int64_t>(array.data() + tile * size), {size});
      };
      flag(0, true, tile, waitFlag, TW_V, TW_MTE2, false); // x has been read
      program.push_back(load(at(x), in));
      flag(1, false, tile, setFlag, TW_MTE2, TW_V, true); // x is there
      flag(1, false, tile, waitFlag, TW_MTE2, TW_V, false);
      flag(2, true, tile, waitFlag, TW_MTE3, TW_V, false); // y has been stored
      program.push_back(withScalar(instruction(TW_VECTOR_BINARY, TW_V, {in, out}), TW_SCALAR_RHS,
                                   TW_F32, float32One));
      flag(0, true, tile, setFlag, TW_V, TW_MTE2, true);
      flag(3, false, tile, setFlag, TW_V, TW_MTE3, true); // y is there
      flag(3, false, tile, waitFlag, TW_V, TW_MTE3, false);
      program.push_back(store(out, at(y)));
      flag(2, true, tile, setFlag, TW_MTE3, TW_V, true);
    }
  }
  /// The bits of y, or of the error's message.
  Bits run(uint64_t seed) {
    std::fill(y.begin(), y.end(), 0.0f);
    std::string message = kernel.run(seed).error;
    return message.empty() ? bytesOf(y) : Bits(message.begin(), message.end());
  }
};

TEST(Interleaving, correct_flags_give_the_same_bits_under_every_seed) {
  Increment program;
  std::vector<float> expected(program.x);
  for (float &each : expected)
    each += 1;
  for (uint64_t seed = 0; seed < 64; ++seed)
    EXPECT_EQ(program.run(seed), bytesOf(expected)) << "seed " << seed;
}

TEST(Interleaving, every_missing_flag_shows_under_one_of_the_first_eight_seeds) {
  for (int omitted = 0; omitted < 4; ++omitted) {
    Increment program(omitted);
    std::set<Bits> results;
    for (uint64_t seed = 0; seed < 8; ++seed)
      results.insert(program.run(seed));
    EXPECT_GT(results.size(), 1u) << "flag " << omitted;
  }
}

TEST(Interleaving, a_missing_flag_gives_other_bits) {
  std::vector<float> x(8, 2.0f), y(8);
  tw_region buffer = region(TW_UB, TW_F32, 0, {8});
  Kernel kernel;
  kernel.add(TW_VECTOR_0, {load(global(TW_F32, x, 1, 8), buffer), setFlag(TW_MTE2, TW_V),
                           waitFlag(TW_MTE2, TW_V), unary(Unary::neg, buffer, buffer),
                           store(buffer, global(TW_F32, y, 1, 8))});
  std::set<Bits> results;
  for (uint64_t seed = 0; seed < 8; ++seed) {
    ExactResult result = kernel.run(seed);
    EXPECT_FALSE(result.isError()) << result.message();
    results.insert(bytesOf(y));
  }
  EXPECT_EQ(results.size(), 3u); // poison, x and -x
}

TEST(Interleaving, a_barrier_of_all_pipes_replaces_every_flag) {
  Increment flags;
  Increment program;
  std::vector<tw_instruction> &stream = program.kernel.units[TW_VECTOR_0];
  std::vector<tw_instruction> barriers;
  for (const tw_instruction &each : stream)
    if (each.num_regions) {
      barriers.push_back(each);
      barriers.push_back(barrier());
    }
  stream = barriers;
  for (uint64_t seed = 0; seed < 24; ++seed)
    EXPECT_EQ(program.run(seed), flags.run(0)) << "seed " << seed;
}

TEST(Interleaving, a_barrier_of_one_pipe_does_not_hold_others) {
  Increment program(1);
  std::vector<tw_instruction> &stream = program.kernel.units[TW_VECTOR_0];
  stream.insert(stream.begin() + 1, instruction(TW_BARRIER, TW_V, {}));
  std::set<Bits> results;
  for (uint64_t seed = 0; seed < 8; ++seed)
    results.insert(program.run(seed));
  EXPECT_GT(results.size(), 1u);
}

TEST(Interleaving, one_seed_is_one_interleaving) {
  Increment program(3);
  for (uint64_t seed = 0; seed < 24; ++seed)
    EXPECT_EQ(program.run(seed), program.run(seed)) << "seed " << seed;
}

TEST(Interleaving, seeds_0_and_1_take_the_first_and_the_last_in_program_order) {
  std::vector<Head> enabled = {{0, TW_M, 7}, {1, TW_V, 2}, {1, TW_MTE2, 9}, {2, TW_V, 2}};
  EXPECT_EQ(Interleaving(0).choose(enabled).unit, 1);
  EXPECT_EQ(Interleaving(0).choose(enabled).index, 2);
  EXPECT_EQ(Interleaving(1).choose(enabled).index, 9);
}

/// Seeds 2 to 12, and again from 13, each let one pipe, nothing or one unit starve.
TEST(Interleaving, other_seeds_starve_a_pipe_or_a_unit) {
  std::vector<Head> enabled;
  for (int32_t unit = 0; unit < TW_UNITS; ++unit)
    for (int32_t pipe = 0; pipe < TW_PIPES; ++pipe)
      enabled.push_back({unit, pipe, 0});
  for (uint64_t seed = 2; seed < 24; ++seed) {
    Interleaving interleaving(seed);
    std::set<int32_t> pipes, units;
    for (int i = 0; i < 400; ++i) {
      const Head &head = interleaving.choose(enabled);
      pipes.insert(head.pipe);
      units.insert(head.unit);
    }
    auto flavour = static_cast<int32_t>((seed - 2) % 11);
    EXPECT_EQ(pipes.size(), flavour < 7 ? 6u : 7u) << "seed " << seed;
    EXPECT_EQ(pipes.count(flavour), 0u) << "seed " << seed;
    EXPECT_EQ(units.size(), flavour < 8 ? 3u : 2u) << "seed " << seed;
    EXPECT_EQ(units.count(flavour - 8), 0u) << "seed " << seed;
  }
}

TEST(Interleaving, what_starves_moves_when_nothing_else_can) {
  EXPECT_EQ(Interleaving(2 + TW_V).choose({{1, TW_V, 3}}).index, 3);
}

/// A wait that comes before its set in program order is legal: pipes are different queues.
TEST(Interleaving, a_flag_may_be_waited_for_before_it_is_set_in_program_order) {
  Kernel kernel;
  kernel.add(TW_VECTOR_0, {waitFlag(TW_MTE2, TW_V), setFlag(TW_MTE2, TW_V)});
  for (uint64_t seed = 0; seed < 8; ++seed)
    EXPECT_FALSE(kernel.run(seed).isError());
}

} // namespace tilework::runtime::exact
