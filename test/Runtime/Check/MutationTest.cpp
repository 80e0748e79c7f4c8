// Good kernels of a few tiles, broken in every way. The oracle says which mutants do harm: they
// deadlock, misuse a flag or channel, let an undefined element out, or differ between two
// interleavings. The others are deterministic, though perhaps another program (a load from another
// address, a store that is missing): to see that is the matter of who compares results.

#include "Mutants.h"
#include "MutationScores.h"
#include "Oracle.h"

#include <gtest/gtest.h>

namespace tilework::check {

static std::vector<Kernel> smallKernels() {
  return {matmulKernel({2, 5, 3, 2, 2}),
          vectorKernel({7, 8, 2}),
          mixedKernel({2, 4, 1}),
          mixedKernel({3, 4, 2, true}),
          directKernel(4),
          crossFlagKernel(2),
          barrierKernel(2)};
}

TEST(Oracle, finds_no_harm_in_good_kernels) {
  for (const Kernel &kernel : smallKernels()) {
    CheckOptions options = tightOptions(kernel);
    Oracle oracle(kernel, options);
    EXPECT_EQ(oracle.tryLate(), "");
    EXPECT_EQ(oracle.tryAll(), "");
    EXPECT_EQ(check(kernel.stream(), options).text(), "");
  }
}

TEST(Oracle, running_each_instruction_late_is_as_good_as_trying_all) {
  for (const Kernel &kernel : {vectorKernel({5, 8, 2}), barrierKernel(2)})
    for (const Mutant &mutant : mutantsOf(kernel)) {
      Oracle oracle(mutant.kernel, mutant.options);
      ASSERT_EQ(oracle.tryAll().empty(), oracle.tryLate().empty()) << mutant.kind;
    }
}

TEST(Mutation, every_harmful_mutant_is_reported_and_no_other) {
  MutationScores scores;
  for (const Kernel &kernel : smallKernels()) {
    scores.add("nothing", false, !check(kernel.stream(), tightOptions(kernel)).isClean());
    for (const Mutant &mutant : mutantsOf(kernel)) {
      std::string harm = Oracle(mutant.kernel, mutant.options).tryLate();
      CheckReport report = check(mutant.kernel.stream(), mutant.options);
      EXPECT_EQ(report.isClean(), harm.empty()) << mutant.kind << ": " << harm << "\n"
                                                << report.text();
      scores.add(mutant.kind, !harm.empty(), !report.isClean());
    }
  }
  scores.record();
  EXPECT_EQ(scores.table(), R"(
mutant                                 all  harmful  reported
nothing                                  7        0         0
drop a set                             128      128       128
drop a wait                            128      128       128
drop a set and its wait                128      111       111
move a set up                          128       64        64
move a set down                        105       37        37
move a wait up                         101       40        40
move a wait down                       124       96        96
another event                          256      256       256
another event on both sides            128       48        48
an event too high                      256      256       256
set twice                              128      128       128
an address one block up                363      256       256
an address one block down              206       99        99
an operand without its last row        342      282       282
a transfer without its last row        124       53        53
an accumulation without its start       14        7         7
drop an instruction                    149       52        52
a memory below its peak                 26       26        26
drop a push                             19       19        19
drop a pop                              23       23        23
drop a release                          23       23        23
move a release up                       23       23        23
move a pop down                         23       17        17
a ring upon another                      4        4         4
a ring moved by a little                10       10        10
slots closer than a tile                 5        5         5
less memory than the rings take          1        1         1
slots that only the receiver has         3        3         3
a direct ring upon its neighbour         4        1         1
drop a cross set or wait                 9        9         9
another cross flag                       9        9         9
move a cross set up                      4        4         4
move a cross wait down                   5        5         5
drop a barrier                           6        4         4
)");
}

TEST(Mutation, a_misplaced_block_is_misaligned_on_the_device) {
  CheckOptions options = deviceOptions();
  for (const Mutant &mutant : mutantsOf(matmulKernel({}))) {
    if (mutant.kind != "an address one block up")
      continue;
    int64_t misplaced = 0;
    for (const tw_instruction &instruction : mutant.kernel.units[TW_CUBE])
      for (int64_t i = 0; i < instruction.num_regions; ++i)
        misplaced += instruction.regions[i].space != TW_GM && instruction.regions[i].base % 64;
    EXPECT_EQ(check(mutant.kernel.stream(), options).countOf(Kind::Misaligned), misplaced);
  }
}

} // namespace tilework::check
