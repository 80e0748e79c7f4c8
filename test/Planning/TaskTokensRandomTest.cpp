//===- TaskTokensRandomTest.cpp - plans of tokens of random nests -----------------------------===//

#include "test/Planning/TokenNests.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

using namespace tilework::tokens;

namespace {
/// What only a run knows.
struct Choice {
  std::optional<int64_t> trips; ///< of all loops; else each has its own
  uint32_t seed;                ///< of those
  int64_t shift;                ///< of what lies where it says

  int64_t tripsOf(std::initializer_list<int64_t> loop) const {
    uint32_t hash = seed;
    for (int64_t each : loop)
      hash = (hash ^ static_cast<uint32_t>(each + 7)) * 2654435761u;
    return trips.value_or(hash >> 30);
  }
};

/// Nests with loops whose trips a run chooses, as the planner sees them and as they run: two after
/// each other with equal trips, and loops of single parts.
class GenericNests {
public:
  explicit GenericNests(int seed) : random(seed) {
    outer = below(2) ? 2 + below(2) : 0;
    near = below(4);
    counted = below(4) == 0 ? -1 : below(outer > 0 ? 2 : 1);
    for (int i = 0, count = 2 + below(3); i < count; ++i) {
      Part part = {below(6), 1 + below(3),  static_cast<InnerLoop>(below(4)),
                   below(2), below(2) == 0, below(5) == 0,
                   below(3), below(3),      below(3),
                   below(4), 1 + below(4),  static_cast<Range>(std::min(below(8), 3))};
      // parts of one loop stand together
      parts.insert(std::upper_bound(parts.begin(), parts.end(), part,
                                    [](const Part &a, const Part &b) { return a.at() < b.at(); }),
                   part);
    }
  }

  /// As it runs; without a run, as the planner sees it.
  Problem problem(const std::optional<Choice> &chosen) const {
    Nest nest;
    for (size_t i = 0; i < parts.size(); ++i) {
      std::vector<int> loops;
      if (outer > 0)
        loops.push_back(kOuter);
      if (parts[i].loop() >= 0)
        loops.push_back(parts[i].loop());
      if (parts[i].inner != InnerLoop::none)
        loops.push_back(10 + static_cast<int>(i));
      Statement &statement = nest.problem.statements[nest.statement(loops)];
      for (int loop : loops)
        if (!chosen && isGeneric(loop)) {
          nest.problem.generic.insert(loop);
          if (counted >= 0)
            statement.countedWithin[loop] = counted;
        }
    }
    std::map<std::vector<int64_t>, int> origins = {{{}, TensorBegin}}, guards;
    for (int i = 0; i < std::max(outer, 1); ++i)
      for (size_t first = 0, last; first < parts.size(); first = last) {
        last = first + 1;
        while (parts[first].loop() >= 0 && last < parts.size() &&
               parts[last].loop() == parts[first].loop())
          ++last;
        bool isInside = parts[first].loop() >= 0;
        int64_t trips = !isInside ? 1 : chosen ? chosen->tripsOf({i}) : near + 2;
        for (int64_t trip = 0; trip < trips; ++trip)
          for (size_t at = first; at < last; ++at)
            runPart(nest, static_cast<int>(at), i, isInside ? trip : -1, chosen, origins, guards);
      }
    nest.problem.isKnown = isKnown;
    if (!chosen)
      nest.problem.meeting = meeting;
    return nest.problem;
  }

  /// What meets in every run at such a distance is told; every other pair of which a run does not
  /// do what the planner sees is the runtime's.
  void findKnown(const std::vector<Choice> &choices) {
    isKnown.assign(parts.size(), true);
    std::map<std::tuple<int, int, Trips>, bool> apart, met; ///< in some run
    Problem generic = problem(std::nullopt);
    std::map<std::pair<int, Trips>, const Instance *> seen;
    for (const Instance &instance : generic.instances)
      seen[{instance.statement, instance.trips}] = &instance;
    for (const Choice &choice : choices) {
      Problem runs = problem(choice);
      for (size_t b = 0; b < runs.instances.size(); ++b)
        for (size_t a = 0; a < b; ++a) {
          const Instance &x = runs.instances[a], &y = runs.instances[b];
          auto [p, q] = iterationsOf(generic, x, y);
          const Instance &first = *seen.at({x.statement, p}), &second = *seen.at({y.statement, q});
          bool meets = doMeet(x.touches[0], y.touches[0]);
          std::tuple<int, int, Trips> key = {x.statement, y.statement,
                                             distances(generic, first, second)};
          if (!meets)
            apart[key] = true;
          if (meets && !doMeet(first.touches[0], second.touches[0]))
            met[key] = true;
          if (!meets && doMeet(first.touches[0], second.touches[0]))
            isKnown[x.statement] = isKnown[y.statement] = false;
        }
    }
    for (const auto &[key, isMet] : met) {
      auto [x, y, distances] = key;
      if (apart.count(key))
        isKnown[x] = isKnown[y] = false;
      else
        meeting[{x, y}].insert(distances);
    }
  }

private:
  static constexpr int kOuter = 0;
  enum class InnerLoop { none, known, alsoKnown, generic };
  enum class Range { whole, before, after, tile };

  struct Part {
    int where, trips;
    InnerLoop inner;
    int tensor;
    bool writes, isConditional;
    int64_t perOuter, perGeneric, perInner, base, length;
    Range range;
    int at() const { return (where + 1) / 2; }
    int loop() const { return at() == 0 || at() == 3 ? -1 : at(); } ///< -1: none
  };

  bool isGeneric(int loop) const {
    return loop == 1 || loop == 2 || (loop >= 10 && parts[loop - 10].inner == InnerLoop::generic);
  }

  static bool doMeet(const Touch &a, const Touch &b) {
    if (a.tensor != b.tensor || !(a.writes || b.writes) || a.mayBeNothing || b.mayBeNothing)
      return false;
    if (a.origin(0) == WholeTensor || b.origin(0) == WholeTensor)
      return true;
    return a.origin(0) == b.origin(0) && a.begin[0] < b.end[0] && b.begin[0] < a.end[0];
  }

  /// The iterations that stand for those of a run: the n-th loops of unknown trips around either
  /// are in the same iteration, or one is so far behind.
  std::pair<Trips, Trips> iterationsOf(const Problem &generic, const Instance &x,
                                       const Instance &y) const {
    Trips trips[2] = {x.trips, y.trips};
    std::vector<size_t> loops[2];
    for (int side : {0, 1})
      for (size_t i = 0; i < trips[side].size(); ++i)
        if (generic.generic.count(generic.statements[(side == 0 ? x : y).statement].loops[i]))
          loops[side].push_back(i);
    for (size_t i = 0; i < std::max(loops[0].size(), loops[1].size()); ++i) {
      bool isIn[2] = {i < loops[0].size(), i < loops[1].size()};
      int64_t own[2] = {isIn[0] ? trips[0][loops[0][i]] : 0, isIn[1] ? trips[1][loops[1][i]] : 0};
      for (int side : {0, 1})
        if (isIn[side])
          trips[side][loops[side][i]] = !isIn[1 - side] || own[side] <= own[1 - side] ? 0
                                        : own[side] - own[1 - side] <= near
                                            ? own[side] - own[1 - side]
                                            : kLater;
    }
    return {trips[0], trips[1]};
  }

  void runPart(Nest &nest, int number, int i, int64_t trip, const std::optional<Choice> &chosen,
               std::map<std::vector<int64_t>, int> &origins,
               std::map<std::vector<int64_t>, int> &guards) const {
    const Part &part = parts[number];
    bool isGenericInner = part.inner == InnerLoop::generic;
    int64_t count = part.inner == InnerLoop::none ? 1 : part.trips;
    if (isGenericInner)
      count = chosen ? chosen->tripsOf({i, trip, number}) : near + 2;
    auto tripOf = [&](int64_t at) { return chosen || at <= near ? at : kLater; };
    for (int64_t j = 0; j < count; ++j) {
      Trips trips;
      if (outer > 0)
        trips.push_back(i);
      if (trip >= 0)
        trips.push_back(tripOf(trip));
      if (part.inner != InnerLoop::none)
        trips.push_back(isGenericInner ? tripOf(j) : j);
      int64_t perTrip = trip >= 0 ? part.perGeneric : 0;
      int64_t perInner = part.inner == InnerLoop::none ? 0 : part.perInner;
      std::vector<int> holds;
      auto hold = [&](const std::vector<int64_t> &condition) {
        holds.push_back(guards.insert({condition, static_cast<int>(guards.size())}).first->second);
      };
      // relative to an origin of the iterations, where there is one
      std::vector<int64_t> symbols;
      int64_t begin = part.base + i * part.perOuter;
      if (chosen)
        begin += chosen->shift * perTrip;
      auto move = [&](int64_t loop, int64_t at, int64_t step, bool isGeneric) {
        bool isFar = tripOf(at) == kLater && isGeneric;
        if (!isFar)
          begin += at * step;
        if (!chosen && isGeneric && step != 0)
          symbols.insert(symbols.end(), {loop, isFar, step});
      };
      move(0, trip, perTrip, true);
      move(1 + (trip >= 0), j, perInner, isGenericInner);
      for (int64_t before = 0; !chosen && before <= trip; ++before)
        hold({i, before});
      for (int64_t before = 0; !chosen && isGenericInner && before <= j; ++before)
        hold({i, number, trip, before});
      if (part.isConditional)
        hold({i, number, trip, j, 0});
      std::sort(holds.begin(), holds.end());
      Touch touch = nest.touch(number, part.tensor, part.writes, begin, begin + part.length);
      touch.origins = {origins.insert({symbols, static_cast<int>(origins.size())}).first->second};
      if (part.range == Range::whole)
        touch.origins = {WholeTensor};
      else if (part.range == Range::before)
        touch.begin = {INT32_MIN}, touch.end = {begin + part.length - 2};
      else if (part.range == Range::after)
        touch.begin = {begin + part.length - 2}, touch.end = {INT32_MAX};
      touch.mayBeNothing = !chosen && (part.range == Range::before || part.range == Range::after);
      nest.run(number, trips, {touch}, holds);
    }
  }
  int below(int limit) { return static_cast<int>(random() % limit); }

  std::mt19937 random;
  int outer, near, counted;
  std::vector<Part> parts;
  std::vector<bool> isKnown;
  std::map<std::pair<int, int>, std::set<Trips>> meeting;
};
} // namespace

/// A plan for any iterations is one for every run, and a broken one is seen without running it; few
/// that only name who can be named are refused and do no harm in any of these runs.
TEST(TaskTokens, AreTrueOfEveryNumberOfIterations) {
  size_t tokens = 0, near = 0, last = 0, all = 0, joined = 0, sided = 0, broken = 0, unseen = 0;
  std::vector<Choice> choices;
  for (int64_t trips : {0, 1, 3, 6})
    for (int64_t shift : {0, 40})
      choices.push_back({trips, 0, shift});
  for (uint32_t seed = 0; seed < 24; ++seed)
    choices.push_back({std::nullopt, seed, 0});
  for (int seed = 0; seed < 300; ++seed) {
    GenericNests nests(seed);
    nests.findKnown(choices);
    Problem problem = nests.problem(std::nullopt);
    Plan whole = plan(problem);
    ASSERT_EQ(check(problem, whole), "") << "seed " << seed;
    tokens += whole.tokens.size();
    std::vector<Plan> plans = {whole};
    auto add = [&](size_t token, auto breakIt) {
      plans.push_back(whole);
      breakIt(plans.back().tokens[token]);
    };
    for (size_t i = 0; i < whole.tokens.size(); ++i) {
      const Token &token = whole.tokens[i];
      for (int loop = 0; loop < token.common; ++loop)
        near += token.delta[loop] != 0 &&
                problem.generic.count(problem.statements[token.producer].loops[loop]);
      last += token.all == AllTrips::last;
      all += token.takesAll() && token.all == AllTrips::each;
      joined += token.all == AllTrips::joined && !token.isSided();
      sided += token.isSided();
      plans.push_back(whole);
      plans.back().tokens.erase(plans.back().tokens.begin() + static_cast<long>(i));
      if (token.takesAll() && token.all == AllTrips::each)
        add(i, [](Token &token) { token.all = AllTrips::last; });
      for (size_t dim = 0; dim < token.lengths.size(); ++dim) {
        if (token.lengths[dim] == kAllTrips)
          continue;
        if (token.lengths[dim] > 0)
          add(i, [&](Token &token) { ++token.lengths[dim]; });
        else
          add(i, [&](Token &token) { token.lengths[dim] = kAllTrips; });
        add(i, [&](Token &token) { --token.begin[dim].constant; });
        add(i, [&](Token &token) { ++token.begin[dim].constant; });
      }
    }
    std::vector<Problem> runs;
    for (const Choice &choice : choices)
      runs.push_back(nests.problem(choice));
    for (const Plan &each : plans) {
      bool isRight = std::all_of(runs.begin(), runs.end(),
                                 [&](const Problem &run) { return check(run, each).empty(); });
      bool isAccepted = check(problem, each).empty();
      EXPECT_TRUE(isRight || !isAccepted) << "seed " << seed << ", plan " << &each - plans.data();
      broken += !isRight;
      unseen += isRight && !isAccepted && check(problem, each).find("name") == std::string::npos;
    }
  }
  EXPECT_GT(tokens, 400u);
  EXPECT_GT(near, 15u);
  EXPECT_GT(last, 100u);
  EXPECT_GT(all, 15u);
  EXPECT_GT(joined, 15u);
  EXPECT_GT(sided, 25u);
  EXPECT_GT(broken, 400u);
  EXPECT_LT(unseen * 10, broken);
}

/// Affine touches under random loops and conditions; the check judges every plan.
TEST(TaskTokens, AreTrueAndCompleteOfRandomPrograms) {
  size_t planned = 0;
  for (int seed = 0; seed < 400; ++seed) {
    std::mt19937 random(seed);
    auto below = [&](int limit) { return static_cast<int>(random() % limit); };
    Nest nest;
    bool isNested = below(2);
    int outer = isNested ? 2 + below(3) : 1, count = 2 + below(4);
    struct Shape {
      int statement, trips, tensor, argument;
      bool writes, isConditional;
      int64_t perOuter, perInner, base, length;
    };
    std::vector<Shape> shapes;
    for (int i = 0; i < count; ++i) {
      std::vector<int> loops;
      if (isNested)
        loops.push_back(0);
      loops.push_back(i + 1);
      int statement = nest.statement(loops);
      shapes.push_back({statement, 1 + below(4), below(2), i, below(2) == 0, below(4) == 0,
                        below(3), below(3), below(4), 1 + below(5)});
    }
    int guard = 0;
    for (int i = 0; i < outer; ++i)
      for (const Shape &shape : shapes)
        for (int j = 0; j < shape.trips; ++j) {
          int64_t begin = shape.base + i * shape.perOuter + j * shape.perInner;
          Trips trips = isNested ? Trips{i, j} : Trips{j};
          nest.run(
              shape.statement, trips,
              {nest.touch(shape.argument, shape.tensor, shape.writes, begin, begin + shape.length)},
              shape.isConditional ? std::vector<int>{guard++} : std::vector<int>{});
        }
    Plan result = plan(nest.problem);
    ASSERT_EQ(check(nest.problem, result), "") << "seed " << seed;
    planned += result.tokens.size();
  }
  EXPECT_GT(planned, 500u);
}
