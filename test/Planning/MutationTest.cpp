// Good placements, broken in every way, and an oracle that colours the bytes at each point in time.
// What it finds harmless is another good placement.

#include "Instances.h"
#include "MutationScores.h"
#include "Problems.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace tilework::placement {

struct Mutant {
  std::string kind;
  Problem problem;
  Placement placement;
};

static int64_t endOf(const Mutant &it, size_t i) {
  return it.placement.addresses[i] + it.problem.buffers[i].sizeBytes;
}

static int64_t peakOf(const Mutant &it) {
  int64_t peak = 0;
  for (size_t i = 0; i < it.problem.buffers.size(); ++i)
    peak = std::max(peak, endOf(it, i));
  return peak;
}

//===----------------------------------------------------------------------------------------===//
// Oracle
//===----------------------------------------------------------------------------------------===//

/// Groups of buffers at one address, grown until nothing changes.
static std::vector<size_t> groupsOf(const Problem &problem) {
  std::vector<size_t> group(problem.buffers.size());
  for (size_t i = 0; i < group.size(); ++i)
    group[i] = i;
  for (size_t round = 0; round < group.size(); ++round)
    for (auto [a, b] : problem.sameAddress)
      group[a] = group[b] = std::min(group[a], group[b]);
  return group;
}

static bool isLive(const Buffer &buffer, int64_t time) {
  return std::any_of(buffer.live.begin(), buffer.live.end(),
                     [&](Interval it) { return it.begin <= time && time < it.end; });
}

/// Pairs of buffers with a byte in common among those that `counts`. Between two places where one
/// of them begins or ends, all bytes have the same owners, so the first stands for them.
static std::set<std::pair<size_t, size_t>> findShared(const Mutant &it,
                                                      const std::function<bool(size_t)> &counts) {
  std::map<int64_t, std::vector<size_t>> owners; // of each such byte
  for (size_t i = 0; i < it.problem.buffers.size(); ++i)
    if (counts(i))
      owners[it.placement.addresses[i]], owners[endOf(it, i)];
  std::set<std::pair<size_t, size_t>> shared;
  for (size_t i = 0; i < it.problem.buffers.size(); ++i)
    for (auto &[byte, others] : owners) {
      if (!counts(i) || byte < it.placement.addresses[i] || byte >= endOf(it, i))
        continue;
      for (size_t other : others)
        shared.insert({other, i});
      others.push_back(i);
    }
  return shared;
}

static bool isHarmful(const Mutant &it) {
  const Problem &problem = it.problem;
  const std::vector<int64_t> &addresses = it.placement.addresses;
  if (addresses.size() != problem.buffers.size() || it.placement.peakBytes != peakOf(it))
    return true;
  std::set<int64_t> ends;
  for (size_t i = 0; i < addresses.size(); ++i) {
    const Buffer &buffer = problem.buffers[i];
    if (addresses[i] < 0 || endOf(it, i) > problem.capacityBytes ||
        addresses[i] % buffer.alignmentBytes ||
        addresses[i] != buffer.fixedAddress.value_or(addresses[i]))
      return true;
    for (Interval live : buffer.live)
      ends.insert(live.end);
  }
  for (auto [a, b] : problem.sameAddress)
    if (addresses[a] != addresses[b])
      return true;
  for (auto [a, b] : problem.neverShare)
    if (!findShared(it, [a = size_t(a), b = size_t(b)](size_t i) {
           return i == a || i == b;
         }).empty())
      return true;
  std::vector<size_t> group = groupsOf(problem);
  std::set<std::pair<size_t, size_t>> before;
  for (int64_t time = 0; time < *ends.rbegin(); ++time) {
    auto shared = findShared(it, [&](size_t i) { return isLive(problem.buffers[i], time); });
    for (auto pair : shared)
      if (group[pair.first] != group[pair.second] || before.count(pair))
        return true;
    before = shared;
  }
  return false;
}

//===----------------------------------------------------------------------------------------===//
// Mutants
//===----------------------------------------------------------------------------------------===//

static std::vector<Mutant> mutantsOf(const Mutant &good) {
  std::vector<Mutant> mutants;
  auto add = [&](const char *kind, const std::function<void(Mutant &)> &change) {
    mutants.push_back(good);
    mutants.back().kind = kind;
    change(mutants.back());
  };
  auto addMoved = [&](const char *kind, const std::function<void(Mutant &)> &change) {
    add(kind, change);
    mutants.back().placement.peakBytes = peakOf(mutants.back());
  };
  for (size_t i = 0; i < good.problem.buffers.size(); ++i) {
    addMoved("an address up", [i](Mutant &it) { it.placement.addresses[i] += GranuleBytes; });
    addMoved("an address down", [i](Mutant &it) { it.placement.addresses[i] -= GranuleBytes; });
    addMoved("an address off by one", [i](Mutant &it) { ++it.placement.addresses[i]; });
    addMoved("an address swapped with the next", [i](Mutant &it) {
      std::vector<int64_t> &addresses = it.placement.addresses;
      std::swap(addresses[i], addresses[(i + 1) % addresses.size()]);
    });
    addMoved("a buffer a granule too small",
             [i](Mutant &it) { it.problem.buffers[i].sizeBytes += GranuleBytes; });
    addMoved("a lifetime that ends too early",
             [i](Mutant &it) { ++it.problem.buffers[i].live.back().end; });
    addMoved("a lifetime that begins too late",
             [i](Mutant &it) { --it.problem.buffers[i].live.front().begin; });
  }
  add("a memory below its peak", [](Mutant &it) { --it.problem.capacityBytes; });
  add("another peak", [](Mutant &it) { --it.placement.peakBytes; });
  add("an address less", [](Mutant &it) { it.placement.addresses.pop_back(); });
  return mutants;
}

TEST(Mutation, every_harmful_mutant_is_reported_and_no_other) {
  MutationScores scores;
  for (Family family : {Family::Cut, Family::Loose, Family::Random, Family::Kernel})
    for (uint64_t seed = 0; seed < 3; ++seed) {
      Mutant good = {"none", makeInstance(family, 12, 90, seed), {}};
      good.placement = place(good.problem).placement;
      good.problem.capacityBytes = good.placement.peakBytes;
      ASSERT_FALSE(isHarmful(good));
      scores.add("nothing", false, !verifyPlacement(good.problem, good.placement).empty());
      for (const Mutant &mutant : mutantsOf(good)) {
        bool harmful = isHarmful(mutant);
        bool reported = !verifyPlacement(mutant.problem, mutant.placement).empty();
        EXPECT_EQ(reported, harmful) << mutant.kind;
        scores.add(mutant.kind, harmful, reported);
      }
    }
  scores.record();
  EXPECT_EQ(scores.table(), R"(
mutant                                 all  harmful  reported
nothing                                 12        0         0
an address up                          171      131       131
an address down                        171      171       171
an address off by one                  171      171       171
an address swapped with the next       171      124       124
a buffer a granule too small           171      118       118
a lifetime that ends too early         171       85        85
a lifetime that begins too late        171       80        80
a memory below its peak                 12       12        12
another peak                            12       12        12
an address less                         12       12        12
)");
}

} // namespace tilework::placement
