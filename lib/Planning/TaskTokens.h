//===- TaskTokens.h - which ids a submission is to be given -------------------------*- C++ -*-===//
//
// Submissions in program order with the rectangles they touch, under loops. The plan says whose ids
// each submission takes, as boxes of iterations relative to its own: the conflicts of arguments
// that all such boxes say are known, and need no tracking at run time.
//
// Of a loop whose trips only the run knows, iterations are looked at that stand for others: any
// one, some that follow it, and any that is later than those. Of two loops equal trips stand for
// one number. Of iterations that follow each other a task takes those at one distance, as in all
// loops; of the others all ids there are, or one that stands for them or for those on one side.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_PLANNING_TASKTOKENS_H
#define TILEWORK_PLANNING_TASKTOKENS_H

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tilework::tokens {

using Trips = std::vector<int64_t>;

/// Where boxes count from.
enum Origin : int {
  WholeTensor = -1, ///< nowhere: all elements are touched
  TensorBegin = 0   ///< others are places that only the run knows
};

/// The trip of an iteration of a generic loop that is later than the others that are looked at.
constexpr int64_t kLater = int64_t(1) << 40;

/// What one argument touches: all of a box of a tensor.
struct Touch {
  int access;   ///< where in the text
  int argument; ///< of the whole problem
  int tensor;
  bool reads, writes;
  std::vector<int64_t> begin, end; ///< by dimension
  std::vector<int> origins;        ///< by dimension; none: all are the tensor's
  bool mayBeNothing = false;       ///< it meets only what is said to meet it
  int origin(size_t dim) const { return origins.empty() ? TensorBegin : origins[dim]; }
};

/// A submission in the text.
struct Statement {
  std::vector<int> loops; ///< around it, outermost first
  /// By generic loop, in an iteration of how many of these loops its trips can be counted before
  /// any of its tasks. Left out are those that nobody counts.
  std::map<int, int> countedWithin = {};
  bool takesIds = false; ///< from the author, as well as
  bool givesId = false;  ///< to the author's dependences
};

/// One task.
struct Instance {
  int statement;
  Trips trips; ///< by loop around it
  /// Conditions it runs under, each in one iteration; that there is such an iteration is one, too.
  std::vector<int> guards;
  std::vector<Touch> touches;
};

struct Problem {
  std::vector<Statement> statements; ///< in the order of the text
  std::vector<Instance> instances;   ///< in program order
  std::set<int> generic;             ///< loops of which 0 is any iteration; 1, 2, … follow it
  std::set<int> bounded;             ///< loops of which the run may leave out the last iterations
  int arguments = 0;
  /// By argument, whether all it conflicts with is among the touches of tasks that can be named,
  /// and counted from one origin.
  std::vector<bool> isKnown;
  /// Accesses, the lesser first, that never happen in one run where they would meet.
  std::set<std::pair<int, int>> apart;
  /// Accesses, the first of an earlier task, that meet at such distances, if it is in one tensor.
  std::map<std::pair<int, int>, std::set<Trips>> meeting;
  int64_t maxIds = 16384; ///< of one producer

  bool isGeneric(int statement, size_t loop) const {
    return generic.count(statements[statement].loops[loop]) != 0;
  }
};

/// How many loops around both the two are in one iteration of, outermost first, and by how many
/// trips of each generic loop, the n-th around either, the other is later; kLater: by more than
/// those that are looked at. Likewise of bounded loops.
Trips distances(const Problem &problem, const Instance &earlier, const Instance &later);

/// A sum of a constant and of the consumer's trips with factors.
struct Affine {
  int64_t constant = 0;
  std::vector<int64_t> factors;
  int64_t at(const Trips &trips) const;
};

/// As a length: all iterations of a generic loop so far; those up to where the box begins, or from
/// there on.
constexpr int64_t kAllTrips = -1, kTripsUpTo = -2, kTripsFrom = -3;

/// Where all iterations of loops are taken, what there is of them in each place of the other loops.
enum class AllTrips {
  each,  ///< all ids
  last,  ///< that of the last task there is, which waits for the others
  joined ///< one id that stands for all tasks so far
};

/// The consumer takes the ids of the producer in the iterations of the common loops that are
/// `delta` away from its own, and of the producer's other loops in a box.
struct Token {
  int producer, consumer; ///< statements
  int common;             ///< loops, down to those of which it takes all iterations
  std::vector<int64_t> delta;
  std::vector<Affine> begin;    ///< by loop of the producer beyond the common ones
  std::vector<int64_t> lengths; ///< likewise
  AllTrips all = AllTrips::each;

  bool takesAll() const;  ///< iterations of some loop, or all on one side
  bool isSided() const;   ///< that
  int64_t length() const; ///< of the box; all iterations of a loop count as one
  /// Whether all tasks of the consumer in one iteration of its `loops` outermost loops take the
  /// same.
  bool isShared(int loops) const;
};

struct Plan {
  std::vector<Token> tokens;
  std::vector<bool> isStatic; ///< by argument
};

Plan plan(const Problem &problem);

/// In an iteration of how many loops the ids that `token` takes are kept, from where the iterations
/// that it names can be counted; none: nowhere.
std::optional<int> placeOf(const Problem &problem, const Token &token);

/// Whether `token` takes ids of the latest iterations of a common loop, which nobody has to count.
bool takesLatest(const Problem &problem, const Token &token, int loop);

/// Whether iterations of `loop` around the producer are yet to come when the consumer takes ids.
bool isGoingOn(const Problem &problem, const Token &token, size_t loop);

/// Loops around both, outermost first.
int commonLoops(const Statement &a, const Statement &b);

/// What is wrong with the plan, believing nothing: ids that nobody has, an order that is not a
/// conflict's, or a conflict of a static argument that no path joins. Empty: nothing.
std::string check(const Problem &problem, const Plan &plan);

} // namespace tilework::tokens

#endif // TILEWORK_PLANNING_TASKTOKENS_H
