#include "Claims.h"
#include "RacesText.h"

#include <gtest/gtest.h>

namespace tilework::recording {

/// The names of the claims that are refuted.
static std::vector<std::string> refuted(const Claims &it) {
  std::vector<std::string> names;
  for (const Claim &claim : judgeClaims(it.recording))
    if (claim.refutation)
      names.push_back(nameClaim(it.recording, claim));
  return names;
}
using Names = std::vector<std::string>;

static const Part wholeX = {0, 0, 0, 8, 16}, top = {0, 0, 0, 4, 16}, bottom = {0, 4, 0, 4, 16},
                  left = {0, 0, 0, 8, 8}, right = {0, 0, 8, 8, 8};

TEST(Races, without_claims_there_is_nothing_to_judge) {
  Claims it;
  int32_t kernel = it.kernel("copy");
  it.task(kernel, {}, {wholeX});
  it.task(kernel, {}, {wholeX});
  EXPECT_TRUE(judgeClaims(it.recording).empty());
}

/// Two iterations of a parallel loop, each of which reads and writes a part.
static Claims twoIterations(const Part &first, const Part &second, bool isParallel = true) {
  Claims it;
  int32_t kernel = it.kernel("add"), loop = it.loop("b", isParallel);
  it.mark(Mark::Enter, loop, 2, 3);
  for (const Part &part : {first, second}) {
    it.mark(Mark::Next);
    it.task(kernel, {part}, {part});
  }
  it.mark(Mark::Leave);
  return it;
}

TEST(Races, iterations_that_share_a_byte_are_not_independent) {
  EXPECT_EQ(refuted(twoIterations(top, bottom)), Names{});
  EXPECT_EQ(refuted(twoIterations(left, right)), Names{});
  EXPECT_EQ(refuted(twoIterations(top, {0, 3, 0, 1, 1})),
            Names{"the parallel loop over 'b' at a.py:2:5"});
  EXPECT_EQ(refuted(twoIterations(left, {0, 5, 7, 1, 1})),
            Names{"the parallel loop over 'b' at a.py:2:5"});
  EXPECT_EQ(refuted(twoIterations(top, top, /*isParallel=*/false)), Names{});
}

TEST(Races, a_refutation_names_tasks_iterations_and_elements) {
  Claims it = twoIterations({0, 1, 4, 3, 8}, {0, 3, 8, 2, 8});
  std::vector<Claim> claims = judgeClaims(it.recording);
  ASSERT_EQ(claims.size(), 1u);
  EXPECT_EQ(claims[0].unordered, 1);
  EXPECT_EQ(explainRefutation(it.recording, claims[0]),
            "task 0 'add' at a.py:10:9, in b = 2 writes x[3, 8:12]\n"
            "task 1 'add' at a.py:10:9, in b = 5 writes it as well, and nothing orders the two\n");
}

TEST(Races, reads_do_not_conflict) {
  Claims it;
  int32_t reader = it.kernel("reader"), writer = it.kernel("writer"), loop = it.loop("i", true);
  it.task(writer, {}, {wholeX});
  it.mark(Mark::Enter, loop, 0, 1);
  for (int64_t i = 0; i < 4; ++i) {
    it.mark(Mark::Next);
    it.task(reader, {wholeX}, {{1, i, 0, 1, 16}});
  }
  it.mark(Mark::Leave);
  it.task(writer, {}, {wholeX});
  EXPECT_EQ(refuted(it), Names{});
}

TEST(Races, iterations_of_other_instances_are_not_the_claims) {
  Claims it;
  int32_t kernel = it.kernel("add"), layer = it.loop("layer", false), loop = it.loop("b", true);
  it.mark(Mark::Enter, layer, 0, 1);
  for (int64_t l = 0; l < 3; ++l) {
    it.mark(Mark::Next);
    it.mark(Mark::Enter, loop, 0, 1);
    for (int64_t b = 0; b < 4; ++b) {
      it.mark(Mark::Next);
      it.task(kernel, {{0, b, 0, 1, 16}}, {{0, b, 0, 1, 16}});
    }
    it.mark(Mark::Leave);
  }
  it.mark(Mark::Leave);
  EXPECT_EQ(refuted(it), Names{});
  EXPECT_EQ(judgeClaims(it.recording)[0].ordered, 0);
}

/// What orders two tasks orders them in every order of the others.
TEST(Races, paths_of_any_kind_count) {
  auto build = [](auto between) {
    Claims it(3);
    int32_t kernel = it.kernel("claims"), other = it.kernel("other");
    it.task(kernel, {}, {top, {1, 0, 0, 1, 16}}, {}, {0});
    std::vector<int64_t> after = between(it, other);
    it.task(kernel, {top}, {{2, 0, 0, 1, 16}}, after, {0});
    return refuted(it);
  };
  Names claim = {"no_dep_args of 'x' in 'claims' at a.py:10:9"};
  EXPECT_EQ(build([](Claims &, int32_t) { return std::vector<int64_t>{}; }), claim);
  EXPECT_EQ(build([](Claims &, int32_t) { return std::vector<int64_t>{0}; }), Names{});
  EXPECT_EQ(build([](Claims &it, int32_t) { return std::vector{it.join({0})}; }), Names{});
  // By a conflict that no claim covers, on another tensor.
  EXPECT_EQ(build([](Claims &it, int32_t other) {
              return std::vector{it.task(other, {{1, 0, 0, 1, 16}}, {})};
            }),
            Names{});
  // Not by one on other bytes.
  EXPECT_EQ(build([](Claims &it, int32_t other) {
              return std::vector{it.task(other, {{1, 1, 0, 1, 16}}, {})};
            }),
            claim);
  // By a task that the orchestration has waited for.
  EXPECT_EQ(build([](Claims &it, int32_t) {
              it.recording.waits = {{1, {0}}};
              return std::vector<int64_t>{};
            }),
            Names{});
}

TEST(Races, claims_of_memories_and_kernels) {
  Claims it;
  it.recording.memories[0].manualDep = true;
  int32_t writer = it.kernel("writer"), manual = it.kernel("manual", /*explicitOnly=*/true);
  it.task(writer, {}, {top, {1, 0, 0, 2, 16}});
  it.task(writer, {bottom}, {bottom});
  it.task(manual, {{1, 1, 0, 1, 16}}, {bottom}, {1});
  Names both = {"manual_dep of 'x'", "the manual scope around 'manual' at a.py:11:9"};
  EXPECT_EQ(refuted(it), Names{both[1]});
  it.recording.tasks[2].dependences = {{0, Explicit}};
  EXPECT_EQ(refuted(it), both);
  it.recording.tasks[2].dependences = {{0, Explicit}, {1, Explicit}};
  EXPECT_EQ(refuted(it), Names{});
  // What the run has found by itself is nothing that the author has promised.
  it.recording.tasks[2].dependences = {{0, ReadAfterWrite}, {1, WriteAfterWrite | Known}};
  EXPECT_EQ(refuted(it), both);
}

TEST(Races, scalars_that_control_flow_reads_count) {
  Claims it;
  int32_t kernel = it.kernel("claims");
  it.task(kernel, {}, {{0, 2, 4, 1, 8}});
  it.task(kernel, {}, {{1, 0, 0, 1, 1}}, {}, {0});
  it.recording.tasks[1].bases.push_back(it.recording.memories[0].address);
  auto look = [&](int64_t column) {
    it.recording.patterns[1].scalars = {{{1, (2 * 16 + column) * 4}, 4}};
    return refuted(it).size();
  };
  EXPECT_EQ(look(3), 0u);
  EXPECT_EQ(look(4), 1u);
  EXPECT_EQ(look(11), 1u);
  EXPECT_EQ(look(12), 0u);
}

} // namespace tilework::recording
