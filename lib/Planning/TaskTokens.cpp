//===- TaskTokens.cpp - which ids a submission is to be given ---------------------------------===//

#include "lib/Planning/TaskBoxes.h"

#include <algorithm>
#include <map>
#include <set>

namespace tilework::tokens {

/// Who would take more from one statement does not do so in a regular way: tasks are looked up.
static constexpr size_t kMaxTokens = 16;

/// Where it is more, one id that stands for them is tried.
static constexpr int64_t kFewTokens = 4, kFewIds = 8;

//===----------------------------------------------------------------------------------------===//
// Parts of a plan
//===----------------------------------------------------------------------------------------===//

int64_t Token::length() const {
  int64_t product = 1;
  for (int64_t each : lengths)
    product *= each < 0 ? 1 : each;
  return product;
}

bool Token::takesAll() const {
  return std::any_of(lengths.begin(), lengths.end(), [](int64_t each) { return each < 0; });
}

bool Token::isSided() const {
  return std::any_of(lengths.begin(), lengths.end(),
                     [](int64_t each) { return each == kTripsUpTo || each == kTripsFrom; });
}

bool Token::isShared(int loops) const {
  return std::all_of(begin.begin(), begin.end(), [&](const Affine &each) {
    return std::all_of(each.factors.begin() + loops, each.factors.end(),
                       [](int64_t factor) { return factor == 0; });
  });
}

int commonLoops(const Statement &a, const Statement &b) {
  size_t common = 0;
  while (common < a.loops.size() && common < b.loops.size() && a.loops[common] == b.loops[common])
    ++common;
  return static_cast<int>(common);
}

bool isGoingOn(const Problem &problem, const Token &token, size_t loop) {
  int shared = commonLoops(problem.statements[token.producer], problem.statements[token.consumer]);
  return static_cast<int>(loop) < shared && std::all_of(
                                                token.delta.begin(), token.delta.end(),
                                                [](int64_t distance) { return distance == 0; });
}

/// How many outermost loops both tasks are in the same iteration of.
static int loopsHere(const Token &token) {
  int here = 0;
  while (here < token.common && token.delta[here] == 0)
    ++here;
  return here;
}

static bool isCounted(const Statement &statement, int loop, int within) {
  auto counted = statement.countedWithin.find(statement.loops[loop]);
  return counted != statement.countedWithin.end() && counted->second <= within;
}

bool takesLatest(const Problem &problem, const Token &token, int loop) {
  int here = loopsHere(token);
  return loop == here && loop < token.common && problem.isGeneric(token.producer, loop) &&
         !isCounted(problem.statements[token.producer], loop, here);
}

std::optional<int> placeOf(const Problem &problem, const Token &token) {
  const Statement &producer = problem.statements[token.producer];
  int here = loopsHere(token), loops = 0; // around the place
  for (int i = 0; i < static_cast<int>(producer.loops.size()); ++i) {
    if (!problem.isGeneric(token.producer, i) || takesLatest(problem, token, i))
      continue;
    if (i < here) {
      loops = std::max(loops, i + 1);
    } else if (i < token.common || token.lengths[i - token.common] != kAllTrips ||
               token.all == AllTrips::each) {
      if (!isCounted(producer, i, here))
        return std::nullopt;
      loops = std::max(loops, producer.countedWithin.at(producer.loops[i]));
    }
  }
  return loops;
}

//===----------------------------------------------------------------------------------------===//
// What tokens say
//===----------------------------------------------------------------------------------------===//

namespace {
/// Edges between two statements.
struct Group {
  Taken taken;
  std::map<std::pair<int, int>, Taken> byArguments; ///< that meet
};

/// Of two statements, those at one distance from each other; beyond the loop that is `first` to
/// differ, whatever it is.
struct Distance {
  int producer, consumer, first;
  bool operator<(const Distance &other) const {
    return std::tie(producer, consumer, first) <
           std::tie(other.producer, other.consumer, other.first);
  }
};
using Groups = std::map<Distance, std::map<Trips, Group>>;

struct Said {
  std::vector<Token> tokens;
  std::set<std::pair<int, int>> left; ///< arguments of which some edges are not said
};

class Planner {
public:
  explicit Planner(const Problem &problem)
      : problem(problem), order(orderOf(problem)), index(problem) {}
  Plan plan() const;

private:
  bool isTrue(const Token &token) const;
  bool isChain(const Token &token) const;
  bool takesOwnLoops(const Token &token) const;
  Taken allConflicts(const Token &token, const Taken &needed) const;
  std::optional<Token> complete(Token box) const;
  std::optional<Token> tokenAround(const Token &bare, const Taken &taken) const;
  std::vector<Token> tokensAround(const Token &bare, const Taken &taken) const;
  bool isWithin(const Token &token, const Token &other) const;
  void dropRepeated(std::vector<Token> &tokens) const;
  Groups groups() const;
  bool maySay(int producer, int consumer) const;
  Said say(const Token &bare, const Group &group) const;
  Said say(const Distance &distance, const std::map<Trips, Group> &groups) const;

  const Problem &problem;
  Order order;
  Index index;
};
} // namespace

/// Whether nobody waits for a task that it need not wait for.
bool Planner::isTrue(const Token &token) const {
  if (token.length() > static_cast<int64_t>(problem.instances.size()))
    return false;
  for (auto [trips, consumer] : index.of(token.consumer)) {
    bool holds = true;
    index.forEachProducer(problem, token, consumer, [&, at = consumer](int producer) {
      holds &=
          producer < at && (order.before[at][producer] ||
                            conflict(problem, problem.instances[producer], problem.instances[at]));
    });
    if (!holds)
      return false;
  }
  return true;
}

/// Whether of all iterations of the places that `token` takes the last task waits for the others.
bool Planner::isChain(const Token &token) const {
  auto tripsOf = [&](int instance, auto isLeftOut) {
    Trips trips = problem.instances[instance].trips;
    for (size_t loop = 0; loop < trips.size(); ++loop)
      if (isLeftOut(loop))
        trips[loop] = 0;
    return trips;
  };
  // iterations that stand for others do so for those of all consumers
  auto isAny = [&](size_t loop) { return problem.isGeneric(token.producer, loop); };
  auto isAll = [&](size_t loop) {
    return static_cast<int>(loop) >= token.common &&
           token.lengths[loop - token.common] == kAllTrips;
  };
  std::set<Trips> taken;
  for (const auto &[trips, consumer] : index.of(token.consumer))
    index.forEachProducer(problem, token, consumer,
                          [&](int producer) { taken.insert(tripsOf(producer, isAny)); });
  std::map<Trips, std::vector<int>> places;
  for (const auto &[trips, instance] : index.of(token.producer)) {
    if (!taken.count(tripsOf(instance, isAny)))
      continue;
    std::vector<int> &before = places[tripsOf(instance, isAll)];
    for (int other : before)
      if (!order.before[std::max(instance, other)][std::min(instance, other)])
        return false;
    before.push_back(instance);
  }
  return true;
}

/// Whether iterations of one of the consumer's own loops are all taken: of each of its tasks many
/// more than can be told from those before.
bool Planner::takesOwnLoops(const Token &token) const {
  int shared = commonLoops(problem.statements[token.producer], problem.statements[token.consumer]);
  for (int loop = token.common; loop < shared; ++loop)
    if (token.lengths[loop - token.common] == kAllTrips)
      return true;
  return false;
}

/// All that conflict between the two statements at the distance of `token`.
Taken Planner::allConflicts(const Token &token, const Taken &needed) const {
  Taken all = needed;
  for (const auto &[trips, consumer] : index.of(token.consumer))
    for (const auto &[others, producer] : index.of(token.producer)) {
      bool isThere = producer < consumer;
      for (int i = 0; i < token.common; ++i)
        isThere &= others[i] == trips[i] + token.delta[i];
      if (isThere && conflict(problem, problem.instances[producer], problem.instances[consumer]))
        all[consumer].push_back(producer);
    }
  return all;
}

/// The box with what it takes of all iterations; nothing if that is too much, or nowhere kept.
std::optional<Token> Planner::complete(Token box) const {
  if (box.isSided())
    box.all = AllTrips::joined;
  else if (box.takesAll() && isChain(box))
    box.all = AllTrips::last;
  else if (box.takesAll() && (takesOwnLoops(box) || !placeOf(problem, box)))
    box.all = AllTrips::joined;
  if (!placeOf(problem, box) || !isTrue(box))
    return std::nullopt;
  return box;
}

/// Of few ids, or of one that stands for many, if there is such.
std::optional<Token> Planner::tokenAround(const Token &bare, const Taken &taken) const {
  std::optional<Token> many;
  std::optional<Taken> all;
  for (Reach reach : {Reach::near, Reach::sided, Reach::all}) {
    Token box = boxAround(problem, index, bare, taken, reach);
    if (many && box.lengths == many->lengths)
      continue;
    std::optional<Token> token = complete(box);
    if (!token && !many) {
      // what paths join anyway may be what the box is irregular for
      if (!all)
        all = allConflicts(bare, taken);
      token = complete(boxAround(problem, index, bare, *all, reach));
    }
    if (token && token->length() <= kFewIds)
      return token;
    if (!many)
      many = token;
  }
  return many;
}

/// One or more around `taken`, of which all are at the distance of `bare`; none: it cannot be said.
std::vector<Token> Planner::tokensAround(const Token &bare, const Taken &taken) const {
  if (std::optional<Token> token = tokenAround(bare, taken))
    return {*token};
  // iterations on both sides, but not those between
  std::map<Trips, Taken> apart; ///< by distances in generic loops
  for (const auto &[to, producers] : taken)
    for (int from : producers)
      apart[distancesWithin(problem, bare, from, to)][to].push_back(from);
  std::vector<Token> tokens;
  for (const auto &[distances, part] : apart) {
    std::optional<Token> token = tokenAround(bare, part);
    if (!token)
      return {};
    tokens.push_back(*token);
  }
  return tokens;
}

/// Whether `token` names nobody whom `other` does not name to the same.
bool Planner::isWithin(const Token &token, const Token &other) const {
  if (token.producer != other.producer || token.consumer != other.consumer || !other.takesAll())
    return false;
  for (auto [trips, consumer] : index.of(token.consumer)) {
    std::set<int> named, others;
    index.forEachProducer(problem, token, consumer, [&](int each) { named.insert(each); });
    index.forEachProducer(problem, other, consumer, [&](int each) { others.insert(each); });
    if (!std::includes(others.begin(), others.end(), named.begin(), named.end()))
      return false;
  }
  return true;
}

/// Of tokens that say the same the first stays.
void Planner::dropRepeated(std::vector<Token> &tokens) const {
  for (size_t i = tokens.size(); i-- > 0;)
    for (size_t j = 0; j < tokens.size(); ++j)
      if (j != i && isWithin(tokens[i], tokens[j])) {
        tokens.erase(tokens.begin() + static_cast<long>(i));
        break;
      }
}

//===----------------------------------------------------------------------------------------===//
// The plan
//===----------------------------------------------------------------------------------------===//

/// How far `from` is away in each loop around both, down to a generic one of which that is not
/// known.
static Trips distanceOf(const Problem &problem, const Instance &from, const Instance &to) {
  int common = commonLoops(problem.statements[from.statement], problem.statements[to.statement]);
  Trips delta;
  for (int i = 0; i < common; ++i) {
    int64_t distance = from.trips[i] - to.trips[i];
    bool isHere = std::all_of(delta.begin(), delta.end(), [](int64_t each) { return each == 0; });
    if (problem.isGeneric(from.statement, i) && (!isHere || distance < -kLater / 2))
      break;
    delta.push_back(distance);
  }
  return delta;
}

Groups Planner::groups() const {
  Groups groups;
  for (const Edge &edge : order.edges) {
    const Instance &from = problem.instances[edge.from], &to = problem.instances[edge.to];
    Trips delta = distanceOf(problem, from, to);
    auto differs = std::find_if(delta.begin(), delta.end(), [](int64_t each) { return each != 0; });
    int first = static_cast<int>(differs - delta.begin());
    Group &group = groups[{from.statement, to.statement, first}][delta];
    group.taken[edge.to].push_back(edge.from);
    for (const std::pair<int, int> &arguments : edge.arguments) {
      std::vector<int> &producers = group.byArguments[arguments][edge.to];
      if (producers.empty() || producers.back() != edge.from)
        producers.push_back(edge.from);
    }
  }
  return groups;
}

bool Planner::maySay(int producer, int consumer) const {
  int64_t ids = 1;
  for (size_t loop = 0; loop < problem.statements[producer].loops.size(); ++loop)
    ids *= static_cast<int64_t>(index.trips(producer, loop).size());
  // the author's ids say something already, of which nothing is known here
  return ids <= problem.maxIds &&
         !(problem.statements[producer].givesId && problem.statements[consumer].takesIds);
}

Said Planner::say(const Token &bare, const Group &group) const {
  Said said = {tokensAround(bare, group.taken), {}};
  if (!said.tokens.empty())
    return said;
  // some arguments may say what all of them do not
  std::set<std::pair<int, int>> edges;
  for (const auto &[arguments, taken] : group.byArguments) {
    if (group.byArguments.size() == 1)
      break;
    std::vector<Token> tokens = tokensAround(bare, taken);
    said.tokens.insert(said.tokens.end(), tokens.begin(), tokens.end());
    for (const auto &[to, producers] : taken)
      for (int from : producers)
        if (!tokens.empty())
          edges.insert({from, to});
  }
  for (const auto &[arguments, taken] : group.byArguments)
    for (const auto &[to, producers] : taken)
      for (int from : producers)
        if (!edges.count({from, to}))
          said.left.insert(arguments);
  return said;
}

/// One distance by one, or all of them at once.
Said Planner::say(const Distance &distance, const std::map<Trips, Group> &groups) const {
  auto [producer, consumer, first] = distance;
  Group all;
  for (const auto &[delta, group] : groups) {
    for (const auto &[to, producers] : group.taken)
      all.taken[to].insert(all.taken[to].end(), producers.begin(), producers.end());
    for (const auto &[arguments, taken] : group.byArguments)
      for (const auto &[to, producers] : taken) {
        std::vector<int> &others = all.byArguments[arguments][to];
        others.insert(others.end(), producers.begin(), producers.end());
      }
  }
  Said nothing;
  for (const auto &[arguments, taken] : all.byArguments)
    nothing.left.insert(arguments);
  if (!maySay(producer, consumer))
    return nothing;
  Said single;
  for (const auto &[delta, group] : groups) {
    Said said = say({producer, consumer, static_cast<int>(delta.size()), delta, {}, {}}, group);
    single.tokens.insert(single.tokens.end(), said.tokens.begin(), said.tokens.end());
    single.left.insert(said.left.begin(), said.left.end());
  }
  dropRepeated(single.tokens);
  if (single.left.empty() && single.tokens.size() <= kFewTokens)
    return single;
  Said together = say({producer, consumer, first, Trips(first, 0), {}, {}}, all);
  dropRepeated(together.tokens);
  auto cost = [](const Said &said) { return std::pair(said.left.size(), said.tokens.size()); };
  const Said &best = cost(together) < cost(single) ? together : single;
  return best.tokens.size() <= kMaxTokens ? best : nothing;
}

Plan Planner::plan() const {
  Plan plan;
  plan.isStatic = problem.isKnown;
  for (const auto &[distance, groups] : groups()) {
    Said said = say(distance, groups);
    plan.tokens.insert(plan.tokens.end(), said.tokens.begin(), said.tokens.end());
    // what cannot be said is the runtime's, which then tracks both arguments
    for (auto [a, b] : said.left)
      plan.isStatic[a] = plan.isStatic[b] = false;
  }
  dropRepeated(plan.tokens);
  return plan;
}

Plan plan(const Problem &problem) {
  return Planner(problem).plan();
}

} // namespace tilework::tokens
