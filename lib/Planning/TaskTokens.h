//===- TaskTokens.h - which ids a submission is to be given -------------------------*- C++ -*-===//
//
// Submissions in program order with the rectangles they touch, under loops. The plan says whose ids
// each submission takes, as boxes of iterations relative to its own: the conflicts of arguments
// that all such boxes say are known, and need no tracking at run time.
//
// Of a loop whose trips only the run knows, any one iteration is looked at. Its tasks may wait for
// others of that iteration and for what is before the loop; nobody else can name them.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_PLANNING_TASKTOKENS_H
#define TILEWORK_PLANNING_TASKTOKENS_H

#include <cstdint>
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

/// What one argument touches: all of a box of a tensor.
struct Touch {
  int access;   ///< where in the text
  int argument; ///< of the whole problem
  int tensor;
  bool reads, writes;
  std::vector<int64_t> begin, end; ///< by dimension
  std::vector<int> origins;        ///< by dimension; none: all are the tensor's
  int origin(size_t dim) const { return origins.empty() ? TensorBegin : origins[dim]; }
};

/// A submission in the text.
struct Statement {
  std::vector<int> loops; ///< around it, outermost first
  bool takesIds = false;  ///< from the author, as well as
  bool givesId = false;   ///< to the author's dependences
};

/// One task.
struct Instance {
  int statement;
  Trips trips;             ///< by loop around it
  std::vector<int> guards; ///< conditions it runs under, each in one iteration
  std::vector<Touch> touches;
};

struct Problem {
  std::vector<Statement> statements; ///< in the order of the text
  std::vector<Instance> instances;   ///< in program order
  std::set<int> generic;             ///< loops of which one iteration, 0, stands for any
  int arguments = 0;
  /// By argument, whether all it conflicts with is among the touches of tasks that can be named,
  /// and counted from one origin.
  std::vector<bool> isKnown;
  /// Accesses, the lesser first, that never happen in one run where they would meet.
  std::set<std::pair<int, int>> apart;
  int64_t maxIds = 16384; ///< of one producer
};

/// A sum of a constant and of the consumer's trips with factors.
struct Affine {
  int64_t constant = 0;
  std::vector<int64_t> factors;
  int64_t at(const Trips &trips) const;
};

/// The consumer takes the ids of the producer in the iterations of the common loops that are
/// `delta` away from its own, and of the producer's other loops in a box.
struct Token {
  int producer, consumer; ///< statements
  int common;             ///< loops
  std::vector<int64_t> delta;
  std::vector<Affine> begin;    ///< by loop of the producer beyond the common ones
  std::vector<int64_t> lengths; ///< likewise
  int64_t length() const;
  /// Whether all tasks of the consumer in one iteration of the common loops take the same.
  bool isShared() const;
};

struct Plan {
  std::vector<Token> tokens;
  std::vector<bool> isStatic; ///< by argument
};

Plan plan(const Problem &problem);

/// What is wrong with the plan, believing nothing: ids that nobody has, an order that is not a
/// conflict's, or a conflict of a static argument that no path joins. Empty: nothing.
std::string check(const Problem &problem, const Plan &plan);

} // namespace tilework::tokens

#endif // TILEWORK_PLANNING_TASKTOKENS_H
