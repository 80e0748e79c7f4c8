//===- PlaceTokens.cpp - ids from who has them to who waits ---------------------===//

#include "lib/Transforms/Task/PlaceTokens.h"

#include "lib/Transforms/Task/IdArrays.h"

#include "mlir/IR/Dominance.h"

using namespace mlir;
using namespace tilework;
using namespace tilework::task;
using tokens::Token;

namespace {
/// How many trips a loop is taken to have of which only the run knows.
constexpr int64_t kManyTrips = 16;

class TokenPlacer {
public:
  TokenPlacer(EntryOp entry, const AccessSets &sets, const tokens::Problem &problem,
              const tokens::Plan &plan)
      : sets(sets), problem(problem), plan(plan), dominance(entry), builder(entry.getContext()),
        arrays(entry, sets, problem, builder) {}
  void run();

private:
  bool isDirect(const Token &token) const;
  bool isJoined(const Token &token) const;
  void append(const Token &token, SmallVectorImpl<Value> &ids);
  void place(int consumer, ArrayRef<Token> tokens);

  const AccessSets &sets;
  const tokens::Problem &problem;
  const tokens::Plan &plan;
  DominanceInfo dominance;
  OpBuilder builder;
  IdArrays arrays;
};
} // namespace

/// The producer's id is in sight, and of the same iteration.
bool TokenPlacer::isDirect(const Token &token) const {
  return token.begin.empty() &&
         llvm::all_of(token.delta, [](int64_t distance) { return distance == 0; }) &&
         dominance.properlyDominates(sets.statements[token.producer].op,
                                     sets.statements[token.consumer].op);
}

/// Whether tasks of a loop that the producer is not in take the same, and fewer of one join of it.
bool TokenPlacer::isJoined(const Token &token) const {
  int shared =
      tokens::commonLoops(problem.statements[token.producer], problem.statements[token.consumer]);
  ArrayRef<int> loops = sets.statements[token.consumer].loops;
  if (shared == int(loops.size()) || !token.isShared(shared))
    return false;
  int64_t consumers = 1, length = token.length();
  for (unsigned loop = shared; loop < loops.size(); ++loop)
    consumers *= problem.generic.count(loops[loop]) != 0 ? kManyTrips
                                                         : arrays.tripCount(token.consumer, loop);
  if (token.takesAll() && token.all == tokens::AllTrips::each)
    length *= kManyTrips;
  return length * consumers > length + consumers;
}

void TokenPlacer::append(const Token &token, SmallVectorImpl<Value> &ids) {
  if (isDirect(token))
    ids.push_back(sets.statements[token.producer].submit().getId());
  else
    arrays.append(token, ids);
}

/// What is joined goes before what holds all tasks of the consumer; the rest to each of them.
void TokenPlacer::place(int consumer, ArrayRef<Token> tokens) {
  auto submit = sets.statements[consumer].submit();
  Location loc = submit.getLoc();
  std::map<int, SmallVector<Token>> joined; ///< by common loops of both
  SmallVector<Value> ids;
  for (const Token &token : tokens)
    if (isJoined(token))
      joined[tokens::commonLoops(problem.statements[token.producer], problem.statements[consumer])]
          .push_back(token);
  for (auto &[shared, members] : joined) {
    Operation *around = sets.terms.loop(sets.statements[consumer].loops[shared]).op;
    builder.setInsertionPoint(around);
    SmallVector<Value> all;
    for (const Token &token : members)
      append(token, all);
    bool isOne = all.size() == 1 && isa<IdType>(all.front().getType());
    ids.push_back(isOne ? all.front()
                        : JoinOp::create(builder, loc, all, /*known=*/all.size()).getId());
  }
  builder.setInsertionPoint(submit);
  for (const Token &token : tokens)
    if (!isJoined(token))
      append(token, ids);
  submit.setKnown(ids.size());
  submit.getDepsMutable().append(ids);
}

void TokenPlacer::run() {
  std::map<int, SmallVector<Token>> consumers;
  for (const Token &token : plan.tokens) {
    consumers[token.consumer].push_back(token);
    if (!isDirect(token))
      arrays.reserve(token, isJoined(token));
  }
  arrays.create();
  for (auto &[consumer, tokens] : consumers)
    place(consumer, tokens);
}

void task::placeTokens(EntryOp entry, const AccessSets &sets, const tokens::Problem &problem,
                       const tokens::Plan &plan) {
  TokenPlacer(entry, sets, problem, plan).run();
}
