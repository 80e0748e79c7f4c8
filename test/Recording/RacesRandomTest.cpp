// Random recordings, judged a second time by the definition: all pairs of tasks, all bytes, and all
// paths.

#include "Claims.h"
#include "RacesText.h"

#include "Ancestors.h"

#include <bitset>
#include <gtest/gtest.h>
#include <map>
#include <random>
#include <set>

namespace tilework::recording {

namespace {
struct Touches {
  std::map<int32_t, std::bitset<Claims::rows * Claims::columns>> reads, writes; ///< by memory
};
struct Place { ///< of a task: the loops around it, outermost first
  int32_t instance, loop;
  int64_t iteration;
};

struct Random {
  Claims it{3};
  std::mt19937 random;
  std::vector<Touches> touches;
  std::vector<std::vector<Place>> places;
  std::vector<int32_t> kernels;
  std::vector<Place> current;
  int32_t instances = 0;

  explicit Random(int seed) : random(seed) {
    for (Memory &memory : it.recording.memories)
      memory.manualDep = below(8) == 0;
    for (int i = 0; i < 4; ++i)
      kernels.push_back(it.kernel("k" + std::to_string(i), i == 3 && below(2) == 0));
    for (int i = 0; i < 4; ++i)
      it.loop(std::string(1, static_cast<char>('a' + i)), below(3) > 0);
    body(0);
  }

  int64_t below(int64_t limit) { return static_cast<int64_t>(random() % limit); }

  void body(int depth) {
    for (int64_t left = 1 + below(4); left > 0; --left) {
      if (depth < 3 && below(3) == 0)
        loop(depth);
      else
        task();
    }
  }

  void loop(int depth) {
    auto number = static_cast<int32_t>(below(4));
    auto tasks = it.recording.tasks.size(), marks = it.recording.marks.size();
    it.mark(Mark::Enter, number, 0, 1);
    current.push_back({instances++, number, 0});
    for (int64_t left = 1 + below(4); left > 0; --left, ++current.back().iteration) {
      it.mark(Mark::Next);
      if (below(5) > 0)
        body(depth + 1);
    }
    current.pop_back();
    it.mark(Mark::Leave);
    if (tasks == it.recording.tasks.size())
      it.recording.marks.resize(marks);
  }

  Part part() {
    int64_t row = below(8), column = below(16);
    return {static_cast<int32_t>(below(3)), row, column, 1 + below(std::min<int64_t>(3, 8 - row)),
            1 + below(std::min<int64_t>(below(2) ? 4 : 16, 16 - column))};
  }

  void task() {
    std::vector<Part> reads(below(3)), writes(below(3));
    Touches touched;
    auto fill = [&](std::vector<Part> &parts, auto &bits) {
      for (Part &each : parts) {
        each = part();
        for (int64_t r = each.row; r < each.row + each.rows; ++r)
          for (int64_t c = each.column; c < each.column + each.columns; ++c)
            bits[each.memory][r * 16 + c] = true;
      }
    };
    fill(reads, touched.reads);
    fill(writes, touched.writes);
    auto count = static_cast<int64_t>(it.recording.tasks.size());
    std::set<int64_t> after;
    for (int64_t left = below(3); left > 0 && count > 0; --left)
      after.insert(count - 1 - below(std::min<int64_t>(count, 6)));
    if (below(10) == 0) {
      it.join({after.begin(), after.end()});
      touched = {};
    } else {
      std::vector<int32_t> noDep;
      for (int32_t memory = 0; memory < 3; ++memory)
        if (below(6) == 0)
          noDep.push_back(memory);
      it.task(kernels[below(4)], reads, writes, {after.begin(), after.end()}, noDep);
    }
    touches.push_back(touched);
    places.push_back(current);
    if (below(12) == 0)
      it.recording.waits.push_back({count + 1, {below(count + 1)}});
  }

  int32_t loopBetween(int64_t a, int64_t b) const {
    const std::vector<Place> &x = places[a], &y = places[b];
    for (size_t d = 0; d < std::min(x.size(), y.size()) && x[d].instance == y[d].instance; ++d)
      if (x[d].iteration != y[d].iteration)
        return it.recording.loops[x[d].loop].isParallel ? x[d].loop : -1;
    return -1;
  }

  /// The names of the claims that cover a conflict in a memory.
  std::set<std::string> claimsOn(int64_t a, int64_t b, int32_t memory) const {
    const Recording &recording = it.recording;
    std::set<std::string> names;
    if (int32_t loop = loopBetween(a, b); loop >= 0)
      names.insert(nameClaim(recording, {ClaimKind::parallel, loop, "", 0, 0, {}}));
    if (recording.memories[memory].manualDep)
      names.insert(nameClaim(
          recording, {ClaimKind::manualDep, -1, recording.memories[memory].name, 0, 0, {}}));
    for (int64_t task : {a, b}) {
      int32_t kernel = recording.streams[recording.tasks[task].stream].kernel;
      const std::vector<int32_t> &noDep = recording.noDeps[recording.tasks[task].noDep];
      if (std::find(noDep.begin(), noDep.end(), memory) != noDep.end())
        names.insert(nameClaim(
            recording, {ClaimKind::noDep, kernel, recording.memories[memory].name, 0, 0, {}}));
      if (recording.kernels[kernel].explicitOnly)
        names.insert(nameClaim(recording, {ClaimKind::explicitOnly, kernel, "", 0, 0, {}}));
    }
    return names;
  }

  std::set<std::string> refutedByDefinition() const {
    auto count = static_cast<int64_t>(it.recording.tasks.size());
    std::vector<std::vector<bool>> before(count, std::vector<bool>(count)); // [later][earlier]
    std::map<std::pair<int64_t, int64_t>, std::set<std::string>> covered;
    for (int64_t b = 0; b < count; ++b) {
      for (const Dependence &dependence : it.recording.tasks[b].dependences)
        before[b][dependence.task] = true;
      for (const Wait &wait : it.recording.waits)
        for (int64_t writer : wait.writers)
          if (wait.tasksBefore <= b)
            before[b][writer] = true;
      for (int64_t a = 0; a < b; ++a)
        for (int32_t memory = 0; memory < 3; ++memory) {
          auto bits = [&](const auto &map) {
            auto found = map.find(memory);
            return found == map.end() ? std::bitset<128>() : found->second;
          };
          auto readsA = bits(touches[a].reads), writesA = bits(touches[a].writes);
          auto readsB = bits(touches[b].reads), writesB = bits(touches[b].writes);
          if (((writesA & (readsB | writesB)) | (readsA & writesB)).none())
            continue;
          std::set<std::string> claims = claimsOn(a, b, memory);
          if (claims.empty())
            before[b][a] = true;
          covered[{a, b}].insert(claims.begin(), claims.end());
        }
    }
    for (int64_t k = 0; k < count; ++k)
      for (int64_t b = 0; b < count; ++b)
        for (int64_t a = 0; before[b][k] && a < count; ++a)
          if (before[k][a])
            before[b][a] = true;
    std::set<std::string> refuted;
    for (const auto &[pair, claims] : covered)
      if (!before[pair.second][pair.first])
        refuted.insert(claims.begin(), claims.end());
    return refuted;
  }
};
} // namespace

TEST(Races, agree_with_the_definition) {
  int64_t refutedClaims = 0, verifiedClaims = 0;
  for (int seed = 0; seed < 1500; ++seed) {
    Random random(seed);
    std::set<std::string> refuted;
    for (const Claim &claim : judgeClaims(random.it.recording)) {
      (claim.refutation ? refutedClaims : verifiedClaims) += 1;
      if (claim.refutation) {
        refuted.insert(nameClaim(random.it.recording, claim));
        EXPECT_FALSE(explainRefutation(random.it.recording, claim).empty());
      }
    }
    ASSERT_EQ(refuted, random.refutedByDefinition()) << "seed " << seed;
    ASSERT_EQ(encode(decode(encode(random.it.recording))), encode(random.it.recording));
  }
  EXPECT_GT(refutedClaims, 500);
  EXPECT_GT(verifiedClaims, 500);
}

TEST(TaskSet, is_a_set_of_numbers) {
  std::mt19937 random(0);
  for (int round = 0; round < 200; ++round) {
    std::vector<TaskSet> sets(5);
    std::vector<std::set<int64_t>> expected(5);
    int64_t range = 1 + random() % 400;
    for (int step = 0; step < 100; ++step) {
      size_t into = random() % 5, from = random() % 5;
      int64_t first = random() % range, last = first + random() % 100;
      switch (random() % 3) {
      case 0:
        sets[into].add(first);
        expected[into].insert(first);
        break;
      case 1:
        for (int64_t task = first; task < last; ++task) {
          sets[into].add(task);
          expected[into].insert(task);
        }
        break;
      default:
        sets[into].add(sets[from]);
        expected[into].insert(expected[from].begin(), expected[from].end());
      }
      for (int64_t task = 0; task < range + 200; ++task)
        ASSERT_EQ(sets[into].contains(task), expected[into].count(task) == 1) << task;
    }
  }
}

} // namespace tilework::recording
