// Random small programs, judged by the checker and by trying all their interleavings.

#include "Oracle.h"

#include "Mutants.h"

#include <gtest/gtest.h>
#include <random>

namespace tilework::check {

/// Writes a program that is often, but not always, synchronised.
class Author {
public:
  explicit Author(uint32_t seed) : random(seed) {}

  Kernel write() {
    kernel.hasCube = below(3) != 0;
    kernel.lanes = static_cast<int32_t>(kernel.hasCube ? below(3) : 1 + below(2));
    if (kernel.hasCube && kernel.lanes && below(2)) {
      int64_t slots = 1 + below(2), toCube = below(2);
      if (below(2)) // among the tiles that other instructions use
        kernel.addDirectChannel(2, 8, TW_F32, slots, toCube, 1, 64 * below(3));
      else
        kernel.addChannel(2, 8, TW_F32, slots, toCube, 1);
    }
    transfers = kernel.channels.empty() ? 0 : 1 + below(3);
    crossings = below(4) ? 0 : 1 + below(2);
    for (int32_t unit = kernel.hasCube ? 0 : 1; unit <= kernel.lanes; ++unit)
      writeUnit(unit);
    return kernel;
  }

private:
  int64_t below(int64_t n) { return static_cast<int64_t>(random() % static_cast<uint32_t>(n)); }

  tw_region tile(int64_t space, int64_t rows = 2, int64_t columns = 8) {
    int64_t base = below(3) * 64 + (below(4) == 0 ? 32 : 0);
    return matrix(space, base, rows, columns, TW_F32, columns);
  }

  /// Part of a matrix of 2x16, or one of another unit.
  tw_region global() {
    int64_t base = gmA + 1024 * (below(3) == 0 ? 0 : kernel.unit) + below(2) * 32;
    return matrix(TW_GM, base, 2, 8, TW_F32, 16);
  }

  std::vector<int64_t> pipes() const {
    if (kernel.unit == TW_CUBE)
      return {TW_MTE2, TW_MTE1, TW_M, TW_FIXP};
    return {TW_MTE2, TW_V, TW_MTE3};
  }
  int64_t pipe() { return pipes()[below(static_cast<int64_t>(pipes().size()))]; }

  void writeData() {
    int64_t pick = below(4);
    if (kernel.unit == TW_CUBE) {
      if (pick == 0)
        return kernel.load(global(), tile(TW_L1));
      if (pick == 1)
        return kernel.move(tile(TW_L1), tile(TW_L0A));
      if (pick == 2)
        return kernel.mmad(tile(TW_L0A), matrix(TW_L0B, 0, 8, 8, TW_F32), tile(TW_L0C),
                           below(2) == 0);
      return kernel.fixpipe(tile(TW_L0C), global());
    }
    if (pick == 0)
      return kernel.load(global(), tile(TW_UB));
    if (pick == 1) {
      tw_region both = tile(TW_UB);
      return kernel.binary(both, matrix(TW_UB, 256, 2, 1, TW_F32, 8), both);
    }
    if (pick == 2) {
      tw_region out = matrix(TW_UB, 256, 2, 1, TW_F32, 8);
      return kernel.reduce(tile(TW_UB), out);
    }
    kernel.store(tile(TW_UB), global(), below(6) == 0 ? TW_ATOMIC_ADD : 0);
  }

  /// A flag between the pipe of the last instruction and another.
  void writeFlag() {
    int64_t from = kernel.units[kernel.unit].back().pipe, to = pipe(), event = below(3);
    if (from == to || from == TW_S)
      return;
    kernel.set(from, to, event);
    if (below(12))
      kernel.wait(from, to, event);
    if (below(3) == 0) {
      kernel.set(to, from, event);
      kernel.wait(to, from, event);
    }
  }

  void writeTransfer() {
    bool isCube = kernel.unit == TW_CUBE;
    tw_region part = tile(isCube ? TW_L0C : TW_UB, isCube ? 2 : 1);
    bool sends = isCube != (kernel.channels[0].to_cube != 0);
    if (sends)
      return kernel.push(part, 0);
    part.space = isCube ? TW_L1 : TW_UB;
    const tw_channel &channel = kernel.channels[0];
    if (channel.direct)
      part.base = channel.base + pops[kernel.unit]++ % channel.slots * channel.slot_bytes;
    kernel.pop(0, part);
    if (below(15))
      kernel.release(0);
  }

  void writeCrossing() {
    bool sets = (kernel.unit == TW_CUBE) == (below(15) != 0);
    sets ? kernel.crossSet(pipe(), 0) : kernel.crossWait(pipe(), 0);
  }

  void defineAll() {
    if (kernel.unit == TW_CUBE) {
      kernel.load(matrix(TW_GM, gmD, 8, 8, TW_F32), matrix(TW_L1, 0, 8, 8, TW_F32));
      kernel.barrier();
      for (int64_t space : {TW_L0A, TW_L0B})
        kernel.move(matrix(TW_L1, 0, 8, 8, TW_F32), matrix(space, 0, 8, 8, TW_F32));
      kernel.barrier();
      kernel.mmad(matrix(TW_L0A, 0, 8, 8, TW_F32), matrix(TW_L0B, 0, 8, 8, TW_F32),
                  matrix(TW_L0C, 0, 8, 8, TW_F32), true);
    } else {
      kernel.fill(matrix(TW_UB, 0, 12, 8, TW_F32));
    }
    kernel.barrier();
  }

  void writeUnit(int32_t unit) {
    kernel.on(unit);
    if (below(8))
      defineAll();
    int64_t transfersLeft = transfers, crossingsLeft = crossings;
    for (int64_t n = 2 + below(3); n > 0 || transfersLeft > 0 || crossingsLeft > 0; --n) {
      if (transfersLeft-- > 0)
        writeTransfer();
      else if (crossingsLeft-- > 0)
        writeCrossing();
      else
        writeData();
      if (below(3))
        below(4) ? writeFlag() : kernel.barrier();
    }
  }

  std::array<int64_t, TW_UNITS> pops = {}; ///< of direct channels
  std::mt19937 random;
  Kernel kernel;
  int64_t transfers = 0, crossings = 0;
};

static bool has(const CheckReport &report, std::initializer_list<Kind> kinds) {
  return std::any_of(kinds.begin(), kinds.end(),
                     [&](Kind kind) { return report.countOf(kind) > 0; });
}

static bool hasHazard(const CheckReport &report) {
  return has(report, {Kind::ReadAfterWrite, Kind::WriteAfterWrite, Kind::WriteAfterRead});
}

/// Whether the report names what the oracle met first.
static bool names(const CheckReport &report, const std::string &harm) {
  if (harm == "deadlock")
    return has(report, {Kind::WaitsForever, Kind::Deadlock});
  if (harm == "a set flag is set")
    return has(report, {Kind::FlagStillSet});
  if (harm == "a flag is left set")
    return has(report, {Kind::FlagLeftSet});
  if (harm == "a cross flag is left set")
    return has(report, {Kind::CrossFlagLeftSet});
  if (harm == "a slot is left full")
    return has(report, {Kind::ChannelLeftFull});
  if (harm == "an undefined element reaches global memory")
    return has(report, {Kind::UndefinedElement}) || hasHazard(report);
  return harm == "interleavings differ" && hasHazard(report);
}

TEST(Random, the_checker_agrees_with_all_interleavings) {
  std::map<std::string, int> harms;
  int cautious = 0;
  for (uint32_t seed = 0; seed < 1000; ++seed) {
    Kernel kernel = Author(seed).write();
    CheckOptions options = tightOptions(kernel);
    options.memories.capacityBytes.fill(1024);
    CheckReport report = check(kernel.stream(), options);
    Oracle oracle(kernel, options);
    oracle.mostCuts = 3000;
    std::string harm = oracle.tryAll();
    if (harm == "too many")
      harm = oracle.tryLate();
    ++harms[harm];
    if (!harm.empty())
      ASSERT_TRUE(names(report, harm)) << seed << ": " << harm << "\n" << report.text();
    else if (report.countOf(Kind::UnorderedCrossFlag))
      ++cautious; // refused on principle: Check.h
    else
      ASSERT_EQ(report.text(), "") << seed;
  }
  EXPECT_EQ(harms.size(), 8u); // none, and each of `names`
  EXPECT_GT(harms[""], 300);
  EXPECT_LT(cautious, 30);
}

} // namespace tilework::check
