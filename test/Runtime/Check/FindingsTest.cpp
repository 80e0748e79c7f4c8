// Every kind of finding, on a kernel of a few instructions that has just that problem.

#include "Kernels.h"

#include <gtest/gtest.h>

namespace tilework::check {

struct Findings : testing::Test {
  Kernel kernel;
  CheckOptions options = deviceOptions();
  CheckReport report;

  const tw_region gm = matrix(TW_GM, gmA, 8, 16, TW_F32), out = matrix(TW_GM, gmC, 8, 16, TW_F32);
  const tw_region x = matrix(TW_UB, 0, 8, 16, TW_F32), y = matrix(TW_UB, 512, 8, 16, TW_F32);

  Findings() {
    kernel.hasCube = false;
    kernel.lanes = 1;
    kernel.on(TW_VECTOR_0);
  }

  /// Both ends of a flag, one after the other.
  void order(int64_t from, int64_t to, int64_t event = 0) {
    kernel.set(from, to, event);
    kernel.wait(from, to, event);
  }

  void expectKinds(const std::vector<Kind> &kinds) {
    report = check(kernel.stream(), options);
    std::vector<Kind> found;
    for (const Finding &finding : report.findings)
      found.push_back(finding.kind);
    EXPECT_EQ(found, kinds) << report.text();
  }

  /// The last instruction is replaced by what a test makes of it.
  tw_instruction &last() { return kernel.units[kernel.unit].back(); }
};

TEST_F(Findings, names_both_instructions_of_a_hazard) {
  kernel.load(gm, x);
  kernel.unary(x, y);
  order(TW_V, TW_MTE3);
  kernel.store(y, out);
  static const char *const locations[] = {"k.py:3:5", "k.py:4:5"};
  KernelStream stream = kernel.stream();
  kernel.units[TW_VECTOR_0][1].location = 1;
  stream.locations = locations, stream.numLocations = 2;
  options.gm = {{gmA, gmA + 512, "x"}, {gmC, gmC + 512, "y"}};
  EXPECT_EQ(check(stream, options).text(),
            "read-after-write: expects ub to be written at [0, +512) before it is read at [0, "
            "+512), but nothing orders the two\n"
            "  k.py:3:5: vector 0 mte2 #0: dma_load 8x16 f32 of gm at x + 0, 8x16 f32 of ub at 0\n"
            "  k.py:4:5: vector 0 v #1: vector_unary 8x16 f32 of ub at 0, 8x16 f32 of ub at 512\n");
}

TEST_F(Findings, hazards_do_not_make_elements_seem_undefined) {
  kernel.load(gm, x);
  kernel.unary(x, y);
  kernel.store(y, out);
  expectKinds({Kind::ReadAfterWrite, Kind::ReadAfterWrite});
}

TEST_F(Findings, write_after_write) {
  kernel.load(gm, x);
  kernel.fill(x);
  order(TW_V, TW_MTE3);
  kernel.store(x, out);
  order(TW_MTE2, TW_V, 1); // too late
  expectKinds({Kind::ReadAfterWrite, Kind::WriteAfterWrite});
}

TEST_F(Findings, write_after_read) {
  kernel.fill(x);
  order(TW_V, TW_MTE3);
  kernel.store(x, out);
  kernel.fill(x);
  expectKinds({Kind::WriteAfterRead});
  EXPECT_EQ(report.findings[0].places[0].index, 3);
  EXPECT_EQ(report.findings[0].places[1].index, 4);
}

TEST_F(Findings, a_barrier_orders_all_pipes_of_its_unit) {
  kernel.load(gm, x);
  kernel.barrier();
  kernel.unary(x, y);
  kernel.barrier();
  kernel.store(y, out);
  expectKinds({});
  kernel.units[TW_VECTOR_0][1].kind = 0; // of one pipe
  expectKinds({Kind::ReadAfterWrite});
}

TEST_F(Findings, hazards_in_global_memory_between_units) {
  kernel.lanes = 2;
  for (int32_t unit : {TW_VECTOR_0, TW_VECTOR_1}) {
    kernel.on(unit).fill(x);
    order(TW_V, TW_MTE3);
    kernel.store(x, matrix(TW_GM, gmC + (unit - 1) * 64, 4, 16, TW_F32, 32));
  }
  expectKinds({}); // rows in turn
  last().regions[1].base -= 4;
  expectKinds({Kind::WriteAfterWrite});
  for (int32_t unit : {TW_VECTOR_0, TW_VECTOR_1})
    kernel.units[unit].back().flags = TW_ATOMIC_ADD;
  expectKinds({Kind::ReadAfterWrite}); // a sum of floats depends on its order
  for (int32_t unit : {TW_VECTOR_0, TW_VECTOR_1})
    for (tw_instruction &instruction : kernel.units[unit])
      for (tw_region &region : instruction.regions)
        region.type = TW_I32;
  expectKinds({});
}

TEST_F(Findings, flags_still_set) {
  kernel.set(TW_MTE2, TW_V, 0);
  kernel.set(TW_MTE2, TW_V, 0);
  kernel.wait(TW_MTE2, TW_V, 0);
  kernel.wait(TW_MTE2, TW_V, 0);
  expectKinds({Kind::FlagStillSet});
  kernel.units[TW_VECTOR_0].clear();
  order(TW_MTE2, TW_V);
  order(TW_V, TW_MTE2);
  order(TW_MTE2, TW_V);
  expectKinds({});
}

TEST_F(Findings, flags_left_set_and_waits_that_never_end) {
  kernel.set(TW_MTE2, TW_V, 0);
  expectKinds({Kind::FlagLeftSet});
  kernel.wait(TW_MTE2, TW_V, 1);
  expectKinds({Kind::WaitsForever});
  last().event = 8;
  expectKinds({Kind::EventOutOfRange, Kind::FlagLeftSet});
}

TEST_F(Findings, a_deadlock_is_a_cycle_of_waits) {
  kernel.wait(TW_MTE2, TW_V, 0);
  kernel.set(TW_V, TW_MTE2, 0);
  kernel.wait(TW_V, TW_MTE2, 0);
  kernel.set(TW_MTE2, TW_V, 0);
  expectKinds({Kind::Deadlock});
  ASSERT_EQ(report.findings[0].places.size(), 2u);
  EXPECT_EQ(report.findings[0].places[0].index, 2);
  EXPECT_EQ(report.findings[0].places[1].index, 0);
}

TEST_F(Findings, pipes_of_the_wrong_unit_or_instruction) {
  kernel.fill(x);
  last().pipe = TW_M;
  expectKinds({Kind::WrongPipe});
  last().pipe = TW_MTE2;
  expectKinds({Kind::WrongPipe});
  order(TW_MTE1, TW_V);
  expectKinds({Kind::WrongPipe, Kind::WrongPipe, Kind::WrongPipe});
}

TEST_F(Findings, fields_without_meaning) {
  kernel.fill(x);
  tw_instruction good = last();
  for (auto spoil :
       {+[](tw_instruction &it) { it.opcode = 99; }, +[](tw_instruction &it) { it.pipe = -1; },
        +[](tw_instruction &it) { it.num_regions = 2; },
        +[](tw_instruction &it) { it.regions[0].type = TW_TASK_ID; },
        +[](tw_instruction &it) { it.regions[0].rank = 6; },
        +[](tw_instruction &it) { it.regions[0].space = 8; },
        +[](tw_instruction &it) { it.regions[0].sizes[0] = -1; },
        +[](tw_instruction &it) { it.opcode = TW_RELEASE, it.num_regions = 0; }}) {
    last() = good;
    spoil(last());
    expectKinds({Kind::Malformed});
  }
  last() = good;
  kernel.lanes = 0;
  expectKinds({Kind::Malformed});
}

TEST_F(Findings, memories_shapes_and_types) {
  kernel.load(gm, matrix(TW_L1, 0, 8, 16, TW_F32));
  expectKinds({Kind::WrongMemory});
  kernel.units[TW_VECTOR_0].clear();
  kernel.load(gm, matrix(TW_UB, 0, 8, 8, TW_F32));
  expectKinds({Kind::WrongShape});
  last().regions[1] = matrix(TW_UB, 0, 8, 16, TW_I32);
  expectKinds({Kind::WrongType});
}

TEST_F(Findings, bounds_and_alignment) {
  options.gm = {{gmA, gmA + 512, "x"}};
  kernel.load(gm, x);
  expectKinds({});
  last().regions[1].base = 188416 - 512;
  expectKinds({});
  last().regions[1].base += 32;
  expectKinds({Kind::OutOfBounds});
  last().regions[1].base = 16;
  expectKinds({Kind::Misaligned});
  last().regions[1].base = 0, last().regions[0].base += 4;
  expectKinds({Kind::OutOfBounds});
  last().regions[0].base -= 2;
  options.gm.clear();
  expectKinds({Kind::Misaligned});
}

TEST_F(Findings, operands_that_overlap_within_one_instruction) {
  kernel.fill(matrix(TW_UB, 0, 9, 16, TW_F32));
  kernel.unary(x, x);
  expectKinds({});
  last().regions[0].base = 64;
  expectKinds({Kind::OverlappingOperands});
  kernel.units[TW_VECTOR_0].pop_back();
  kernel.reduce(x, matrix(TW_UB, 0, 8, 1, TW_F32));
  expectKinds({Kind::OverlappingOperands});
}

TEST_F(Findings, undefined_elements_that_reach_global_memory) {
  kernel.fill(matrix(TW_UB, 0, 8, 15, TW_F32, 16)); // but for the last column
  kernel.unary(x, y);
  order(TW_V, TW_MTE3);
  kernel.store(matrix(TW_UB, 512, 8, 15, TW_F32, 16), matrix(TW_GM, gmC, 8, 15, TW_F32, 16));
  expectKinds({});
  last().regions[0] = y, last().regions[1] = out;
  expectKinds({Kind::UndefinedElement});
  EXPECT_EQ(report.findings[0].places[0].index, 1); // where it comes from
  EXPECT_EQ(report.findings[0].places[1].index, 4);
  EXPECT_EQ(report.findings[0].message,
            "expects defined elements in global memory, but got 8 computed from never-written "
            "ones, the first at " +
                std::to_string(gmC + 60));
  options.observed = std::vector<GmRange>{{gmC, gmC + 60, ""}};
  expectKinds({});
}

TEST_F(Findings, undefined_elements_of_a_reduction_and_a_repeated_operand) {
  tw_region sums = matrix(TW_UB, 1024, 8, 1, TW_F32, 8);
  kernel.fill(x);
  kernel.fill(matrix(TW_UB, 512, 7, 16, TW_F32)); // of y, but for the last row
  kernel.reduce(y, sums);
  kernel.binary(x, sums, x);
  order(TW_V, TW_MTE3);
  kernel.store(matrix(TW_UB, 0, 7, 16, TW_F32), matrix(TW_GM, gmC, 7, 16, TW_F32));
  expectKinds({});
  last().regions[0] = x, last().regions[1] = out;
  expectKinds({Kind::UndefinedElement});
  EXPECT_NE(report.text().find("got 16 computed"), std::string::npos) << report.text();
}

/// A product of 16x32 by 32x16 of which one element of an operand was never written.
struct Products : Findings {
  void expectUndefined(tw_region left, tw_region right, int64_t rows, int64_t columns) {
    kernel = {};
    kernel.lanes = 0;
    for (tw_region part : {left, right}) {
      tw_region source = part, destination = part;
      source.space = TW_GM, source.base = gmA + part.base;
      destination.space = TW_L1;
      kernel.load(source, destination);
    }
    order(TW_MTE2, TW_MTE1);
    kernel.move(matrix(TW_L1, 0, 16, 32, TW_F16), matrix(TW_L0A, 0, 16, 32, TW_F16));
    kernel.move(matrix(TW_L1, 1024, 32, 16, TW_F16), matrix(TW_L0B, 0, 32, 16, TW_F16));
    order(TW_MTE1, TW_M);
    kernel.mmad(matrix(TW_L0A, 0, 16, 32, TW_F16), matrix(TW_L0B, 0, 32, 16, TW_F16),
                matrix(TW_L0C, 0, 16, 16, TW_F32), true);
    order(TW_M, TW_FIXP);
    kernel.fixpipe(matrix(TW_L0C, 0, rows, columns, TW_F32, 16),
                   matrix(TW_GM, gmC, rows, columns, TW_F32, 16));
    options.memories.alignmentBytes = {1, 1, 1, 1, 1, 1, 1, 1};
  }
};

TEST_F(Products, an_undefined_row_of_lhs_is_a_row_of_the_result) {
  tw_region rhs = matrix(TW_L1, 1024, 32, 16, TW_F16);
  expectUndefined(matrix(TW_L1, 0, 15, 32, TW_F16), rhs, 15, 16);
  expectKinds({});
  expectUndefined(matrix(TW_L1, 0, 15, 32, TW_F16), rhs, 16, 16);
  expectKinds({Kind::UndefinedElement});
  EXPECT_NE(report.text().find("got 16 computed"), std::string::npos) << report.text();
}

TEST_F(Products, an_undefined_column_of_rhs_is_a_column_of_the_result) {
  tw_region lhs = matrix(TW_L1, 0, 16, 32, TW_F16);
  expectUndefined(lhs, matrix(TW_L1, 1024, 32, 13, TW_F16, 16), 16, 13);
  expectKinds({});
  expectUndefined(lhs, matrix(TW_L1, 1024, 32, 13, TW_F16, 16), 16, 16);
  expectKinds({Kind::UndefinedElement});
  EXPECT_NE(report.text().find("got 48 computed"), std::string::npos) << report.text();
}

TEST_F(Findings, padding_defines_the_whole_destination) {
  kernel.load(matrix(TW_GM, gmA, 5, 9, TW_F32), x);
  order(TW_MTE2, TW_MTE3);
  kernel.store(x, out);
  expectKinds({Kind::UndefinedElement});
  kernel.units[TW_VECTOR_0][0].flags = TW_PADS;
  expectKinds({});
}

//===----------------------------------------------------------------------------------------===//
// Scalars
//===----------------------------------------------------------------------------------------===//

TEST_F(Findings, scalars_are_read_after_what_they_need_and_of_defined_elements) {
  kernel.load(gm, x);
  kernel.set(TW_MTE2, TW_S, 0);
  kernel.wait(TW_MTE2, TW_S, 0);
  tw_region element = matrix(TW_UB, 36, 1, 1, TW_F32, 16); // need not begin a block
  kernel.add(TW_READ_SCALAR, TW_S, {element}).scalar_type = TW_F32;
  expectKinds({});
  last().regions[0].base = 1024; // behind what is loaded
  expectKinds({Kind::UndefinedElement});
  last().regions[0] = element;
  std::swap(kernel.units[TW_VECTOR_0][2], last()); // before it waits
  expectKinds({Kind::ReadAfterWrite});
  kernel.units[TW_VECTOR_0][2].pipe = TW_V;
  expectKinds({Kind::WrongPipe, Kind::ReadAfterWrite});
}

//===----------------------------------------------------------------------------------------===//
// Between units
//===----------------------------------------------------------------------------------------===//

struct Crossing : testing::Test {
  Kernel kernel;
  const tw_region c = matrix(TW_L0C, 0, 16, 16, TW_F32), x = matrix(TW_UB, 0, 16, 16, TW_F32);

  /// `pushes`, `pops` and `releases` of a channel from the cube to one lane.
  Kind onlyFinding(int pushes, int pops, int releases) {
    kernel = {};
    kernel.lanes = 1;
    kernel.addChannel(16, 16, TW_F32, 2, 0, 0);
    kernel.mmad(matrix(TW_L0A, 0, 16, 16, TW_F16), matrix(TW_L0B, 0, 16, 16, TW_F16), c, true);
    kernel.set(TW_M, TW_FIXP, 0);
    kernel.wait(TW_M, TW_FIXP, 0);
    for (int i = 0; i < pushes; ++i)
      kernel.push(c, 0);
    kernel.on(TW_VECTOR_0);
    for (int i = 0; i < pops || i < releases; ++i) {
      if (i < pops)
        kernel.pop(0, x);
      if (i < releases)
        kernel.release(0);
    }
    CheckReport report = check(kernel.stream(), deviceOptions());
    EXPECT_EQ(report.findings.size(), 1u) << report.text();
    return report.findings.empty() ? Kind::Malformed : report.findings[0].kind;
  }
};

TEST_F(Crossing, channels_out_of_balance) {
  EXPECT_EQ(onlyFinding(2, 1, 1), Kind::ChannelLeftFull);
  EXPECT_EQ(onlyFinding(2, 2, 1), Kind::ChannelLeftFull);
  EXPECT_EQ(onlyFinding(1, 1, 2), Kind::ReleaseOfNothing);
  EXPECT_EQ(onlyFinding(1, 2, 2), Kind::WaitsForever); // a pop
  EXPECT_EQ(onlyFinding(3, 0, 0), Kind::WaitsForever); // a push: two slots
}

TEST_F(Crossing, channels_lie_apart_in_the_ring_memory) {
  Kernel good = mixedKernel({2, 16, 2});
  auto kindsOf = [](const Kernel &kernel) {
    std::vector<Kind> kinds;
    for (const Finding &finding : check(kernel.stream(), deviceOptions()).findings)
      kinds.push_back(finding.kind);
    return kinds;
  };
  EXPECT_EQ(kindsOf(good), std::vector<Kind>{});
  kernel = good;
  --kernel.ringBytes;
  EXPECT_EQ(kindsOf(kernel), std::vector<Kind>{Kind::OutOfBounds});
  kernel = good;
  kernel.channels[0].base -= 32;
  EXPECT_EQ(kindsOf(kernel), std::vector<Kind>{Kind::OutOfBounds});
  kernel = good;
  kernel.channels[0].slot_bytes += 2; // so that it reaches into the other one, too
  EXPECT_EQ(kindsOf(kernel), (std::vector<Kind>{Kind::Misaligned, Kind::OverlappingRings}));
}

/// The cube sends an accumulator of 64 bytes on each of two channels; one lane stores both.
TEST_F(Crossing, pushes_write_and_pops_read_the_ring_memory) {
  tw_region c = matrix(TW_L0C, 0, 4, 4, TW_F32), x = matrix(TW_UB, 0, 4, 4, TW_F32);
  kernel.lanes = 1;
  kernel.addChannel(4, 4, TW_F32, 1, 0, 0);
  kernel.addChannel(4, 4, TW_F32, 1, 0, 0);
  kernel.mmad(matrix(TW_L0A, 0, 4, 4, TW_F16), matrix(TW_L0B, 0, 4, 4, TW_F16), c, true);
  kernel.set(TW_M, TW_FIXP, 0);
  kernel.wait(TW_M, TW_FIXP, 0);
  for (int64_t channel : {0, 1})
    kernel.push(c, channel);
  kernel.on(TW_VECTOR_0);
  for (int64_t channel : {0, 1}) {
    kernel.pop(channel, x);
    kernel.release(channel);
  }
  CheckOptions options = deviceOptions();
  EXPECT_EQ(check(kernel.stream(), options).text(), "");
  kernel.channels[1].base = 32;
  CheckReport report = check(kernel.stream(), options);
  EXPECT_EQ(report.findings.front().message, "expects channels that share no byte, but got 1 slots "
                                             "of 64 bytes at 0 and 1 slots of 64 bytes at 32");
  EXPECT_EQ(report.countOf(Kind::OverlappingRings), 1);
  EXPECT_EQ(report.findings.back().message,
            "expects the rings to be written at [32, +64) before it is read at [0, +64), but "
            "nothing orders the two");
}

TEST_F(Crossing, cross_flags_order_units) {
  kernel.lanes = 1;
  kernel.fixpipe(c, matrix(TW_GM, gmC, 16, 16, TW_F32));
  kernel.crossSet(TW_FIXP, 3);
  kernel.on(TW_VECTOR_0).crossWait(TW_MTE2, 3);
  kernel.load(matrix(TW_GM, gmC, 16, 16, TW_F32), x);
  CheckOptions options = deviceOptions();
  options.observed.emplace(); // c was never written
  EXPECT_EQ(check(kernel.stream(), options).text(), "");
  kernel.units[TW_VECTOR_0][0].event = 4;
  EXPECT_EQ(check(kernel.stream(), options).countOf(Kind::WaitsForever), 1);
  kernel.units[TW_VECTOR_0].erase(kernel.units[TW_VECTOR_0].begin());
  CheckReport report = check(kernel.stream(), options);
  EXPECT_EQ(report.countOf(Kind::CrossFlagLeftSet), 1);
  EXPECT_EQ(report.countOf(Kind::ReadAfterWrite), 1);
}

TEST_F(Crossing, sets_of_one_cross_flag_on_two_pipes_need_an_order) {
  kernel.lanes = 1;
  kernel.crossSet(TW_FIXP, 3);
  kernel.crossSet(TW_MTE2, 3);
  kernel.on(TW_VECTOR_0).crossWait(TW_MTE2, 3);
  kernel.crossWait(TW_MTE2, 3);
  EXPECT_EQ(check(kernel.stream(), deviceOptions()).countOf(Kind::UnorderedCrossFlag), 1);
}

//===----------------------------------------------------------------------------------------===//
// Redundant flags
//===----------------------------------------------------------------------------------------===//

TEST_F(Findings, flags_that_remove_no_hazard) {
  kernel.load(gm, x);
  kernel.set(TW_MTE2, TW_V, 0);
  kernel.set(TW_MTE2, TW_V, 5);
  kernel.wait(TW_MTE2, TW_V, 0);
  kernel.wait(TW_MTE2, TW_V, 5);
  kernel.unary(x, y);
  order(TW_V, TW_MTE3);
  kernel.store(y, out);
  order(TW_V, TW_MTE2, 1); // nothing comes after it
  options.findsRedundantFlags = true;
  expectKinds({});
  EXPECT_EQ(report.text(), "redundant flag: vector 0 mte2 -> v event 0, 1 pairs\n"
                           "redundant flag: vector 0 mte2 -> v event 5, 1 pairs\n"
                           "redundant flag: vector 0 v -> mte2 event 1, 1 pairs\n");
}

} // namespace tilework::check
