//===- PlaceTokens.cpp - ids from who has them to who waits ---------------------===//

#include "lib/Transforms/Task/PlaceTokens.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Dominance.h"

#include <map>

using namespace mlir;
using namespace tilework;
using namespace tilework::task;
using tokens::Affine;
using tokens::Token;

namespace {
/// How many trips a loop is taken to have of which only the run knows.
constexpr int64_t kManyTrips = 16;

/// The ids of a producer, by iteration of the loops within the innermost generic one around it;
/// beyond them on either side as far as consumers reach there is room that stays empty.
struct IdArray {
  unsigned outer;                   ///< loops down to that one, which have no places here
  SmallVector<int64_t> least, most; ///< trips, by loop
  Value array;

  int64_t extent(unsigned loop) const { return most[loop] - least[loop] + 1; }
  int64_t count() const {
    int64_t product = 1;
    for (unsigned loop = 0; loop < least.size(); ++loop)
      product *= extent(loop);
    return product;
  }
};

class TokenPlacer {
public:
  TokenPlacer(EntryOp entry, const AccessSets &sets, const tokens::Problem &problem,
              const tokens::Plan &plan)
      : entry(entry), sets(sets), problem(problem), plan(plan), dominance(entry),
        builder(entry.getContext()) {}
  void run();

private:
  bool isDirect(const Token &token) const;
  bool isJoined(const Token &token) const;
  void reserve(const Token &token);
  void createArrays();
  void clear(const IdArray &ids);
  void fillArray(int producer);
  void place(int consumer, ArrayRef<Token> tokens);
  void append(const Token &token, SmallVectorImpl<Value> &ids);

  Value constant(int64_t value);
  Value sum(Value a, Value b);
  Value trip(int loop);
  Value affine(const Affine &term, ArrayRef<int> loops);
  bool isGeneric(int loop) const { return problem.generic.count(loop) != 0; }
  unsigned loopsToGeneric(int statement) const;
  Operation *iterationOf(int producer, const IdArray &ids) const;
  int64_t tripCount(int statement, unsigned loop) const;

  EntryOp entry;
  const AccessSets &sets;
  const tokens::Problem &problem;
  const tokens::Plan &plan;
  DominanceInfo dominance;
  OpBuilder builder;
  Location loc = entry.getLoc(); ///< of what is built
  std::map<int, IdArray> arrays; ///< by producer
};
} // namespace

//===---------------------------------------------------------------------------===//
// Decide
//===---------------------------------------------------------------------------===//

/// The producer's id is in sight, and of the same iteration.
bool TokenPlacer::isDirect(const Token &token) const {
  return token.begin.empty() &&
         llvm::all_of(token.delta, [](int64_t distance) { return distance == 0; }) &&
         dominance.properlyDominates(sets.statements[token.producer].op,
                                     sets.statements[token.consumer].op);
}

int64_t TokenPlacer::tripCount(int statement, unsigned loop) const {
  int64_t most = 0;
  for (const tokens::Instance &instance : problem.instances)
    if (instance.statement == statement)
      most = std::max(most, instance.trips[loop] + 1);
  return most;
}

bool TokenPlacer::isJoined(const Token &token) const {
  int64_t consumers = 1;
  ArrayRef<int> loops = sets.statements[token.consumer].loops;
  for (unsigned loop = token.common; loop < loops.size(); ++loop)
    consumers *= isGeneric(loops[loop]) ? kManyTrips : tripCount(token.consumer, loop);
  return token.isShared() && token.length() * consumers > token.length() + consumers;
}

/// The loops around a statement down to the innermost generic one.
unsigned TokenPlacer::loopsToGeneric(int statement) const {
  ArrayRef<int> loops = sets.statements[statement].loops;
  unsigned count = loops.size();
  while (count > 0 && !isGeneric(loops[count - 1]))
    --count;
  return count;
}

/// The first operation of the iteration that an array is for, if some task of it may be left out,
/// whose place would keep an id of the iteration before.
Operation *TokenPlacer::iterationOf(int producer, const IdArray &ids) const {
  const Statement &statement = sets.statements[producer];
  if (ids.outer == 0)
    return nullptr;
  Operation *inner = statement.op, *loop = sets.terms.loop(statement.loops[ids.outer - 1]).op;
  bool isLeftOut = false;
  for (; inner->getParentOp() != loop; inner = inner->getParentOp())
    isLeftOut |= isa<scf::IfOp>(inner->getParentOp());
  return isLeftOut ? &inner->getBlock()->front() : nullptr;
}

/// Makes room for what the consumers of `token` look up.
void TokenPlacer::reserve(const Token &token) {
  unsigned rank = sets.statements[token.producer].loops.size();
  auto [it, isFirst] = arrays.insert({token.producer, {}});
  IdArray &ids = it->second;
  if (isFirst) {
    ids.outer = loopsToGeneric(token.producer);
    ids.least.assign(rank, 0);
    for (unsigned loop = 0; loop < rank; ++loop)
      ids.most.push_back(loop < ids.outer ? 0 : tripCount(token.producer, loop) - 1);
  }
  auto reach = [&](unsigned loop, int64_t first, int64_t last) {
    if (loop < ids.outer)
      return;
    ids.least[loop] = std::min(ids.least[loop], first);
    ids.most[loop] = std::max(ids.most[loop], last);
  };
  for (const tokens::Instance &instance : problem.instances) {
    if (instance.statement != token.consumer)
      continue;
    for (int loop = 0; loop < token.common; ++loop) {
      int64_t trip = instance.trips[loop] + token.delta[loop];
      reach(loop, trip, trip);
    }
    for (auto [dim, begin] : llvm::enumerate(token.begin)) {
      int64_t first = begin.at(instance.trips);
      reach(token.common + dim, first, first + token.lengths[dim] - 1);
    }
  }
}

//===---------------------------------------------------------------------------===//
// Apply
//===---------------------------------------------------------------------------===//

Value TokenPlacer::constant(int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

Value TokenPlacer::sum(Value a, Value b) {
  return builder.createOrFold<arith::AddIOp>(loc, a, b);
}

/// How many iterations of a loop around the insertion point have been.
Value TokenPlacer::trip(int number) {
  auto loop = cast<LoopLikeOpInterface>(sets.terms.loop(number).op);
  Value begin = getValueOrCreateConstantIndexOp(builder, loc, *loop.getSingleLowerBound());
  Value step = getValueOrCreateConstantIndexOp(builder, loc, *loop.getSingleStep());
  Value distance = builder.createOrFold<arith::SubIOp>(loc, *loop.getSingleInductionVar(), begin);
  return builder.createOrFold<arith::DivSIOp>(loc, distance, step);
}

Value TokenPlacer::affine(const Affine &term, ArrayRef<int> loops) {
  Value value = constant(term.constant);
  for (auto [factor, loop] : llvm::zip(term.factors, loops))
    if (factor != 0)
      value = sum(value, builder.createOrFold<arith::MulIOp>(loc, trip(loop), constant(factor)));
  return value;
}

/// Empties an array.
void TokenPlacer::clear(const IdArray &ids) {
  Value none = NoneOp::create(builder, loc);
  scf::ForOp::create(builder, loc, constant(0), constant(ids.count()), constant(1), ValueRange(),
                     [&](OpBuilder &nested, Location at, Value index, ValueRange) {
                       memref::StoreOp::create(nested, at, none, ids.array, index);
                       scf::YieldOp::create(nested, at);
                     });
}

void TokenPlacer::createArrays() {
  builder.setInsertionPointToStart(&entry.getBody().front());
  loc = entry.getLoc();
  for (auto &[producer, ids] : arrays) {
    auto type = MemRefType::get({ids.count()}, IdType::get(entry.getContext()));
    ids.array = memref::AllocaOp::create(builder, loc, type);
    if (!iterationOf(producer, ids))
      clear(ids);
  }
  for (auto &[producer, ids] : arrays)
    if (Operation *first = iterationOf(producer, ids)) {
      builder.setInsertionPoint(first);
      loc = first->getLoc();
      clear(ids);
    }
}

/// Keeps the id of each iteration at its place.
void TokenPlacer::fillArray(int producer) {
  const IdArray &ids = arrays.at(producer);
  auto submit = sets.statements[producer].submit();
  builder.setInsertionPointAfter(submit);
  loc = submit.getLoc();
  Value place = constant(0);
  for (auto [loop, number] : llvm::enumerate(sets.statements[producer].loops)) {
    if (loop < ids.outer)
      continue;
    place = builder.createOrFold<arith::MulIOp>(loc, place, constant(ids.extent(loop)));
    place = sum(place, sum(trip(number), constant(-ids.least[loop])));
  }
  memref::StoreOp::create(builder, loc, submit.getId(), ids.array, place);
}

/// The ids of `token`, in runs that are contiguous in the array.
void TokenPlacer::append(const Token &token, SmallVectorImpl<Value> &values) {
  if (isDirect(token)) {
    values.push_back(sets.statements[token.producer].submit().getId());
    return;
  }
  const IdArray &ids = arrays.at(token.producer);
  ArrayRef<int> loops = sets.statements[token.consumer].loops;
  unsigned rank = ids.least.size();
  // dimensions from `whole` on are taken as they lie there
  unsigned whole = rank;
  while (whole > unsigned(token.common) &&
         token.lengths[whole - 1 - token.common] == ids.extent(whole - 1))
    --whole;
  int64_t run = 1, runs = 1;
  for (unsigned dim = token.common; dim < rank; ++dim)
    (dim + 1 >= whole ? run : runs) *= token.lengths[dim - token.common];
  Value start = constant(0);
  for (unsigned loop = ids.outer; loop < rank; ++loop) {
    start = builder.createOrFold<arith::MulIOp>(loc, start, constant(ids.extent(loop)));
    Value place = int(loop) < token.common ? sum(trip(loops[loop]), constant(token.delta[loop]))
                                           : affine(token.begin[loop - token.common], loops);
    start = sum(start, sum(place, constant(-ids.least[loop])));
  }
  for (int64_t index = 0; index < runs; ++index) {
    int64_t offset = 0, stride = 1, rest = index;
    for (unsigned dim = rank; dim-- > unsigned(token.common); stride *= ids.extent(dim)) {
      if (dim + 1 >= whole)
        continue;
      offset += rest % token.lengths[dim - token.common] * stride;
      rest /= token.lengths[dim - token.common];
    }
    Value first = sum(start, constant(offset));
    if (run == 1)
      values.push_back(memref::LoadOp::create(builder, loc, ids.array, first));
    else if (run == ids.count())
      values.push_back(ids.array);
    else
      values.push_back(memref::SubViewOp::create(builder, loc, ids.array, OpFoldResult(first),
                                                 OpFoldResult(builder.getIndexAttr(run)),
                                                 OpFoldResult(builder.getIndexAttr(1))));
  }
}

/// What is joined goes before what holds all tasks of the consumer; the rest to each of them.
void TokenPlacer::place(int consumer, ArrayRef<Token> tokens) {
  auto submit = sets.statements[consumer].submit();
  loc = submit.getLoc();
  std::map<int, SmallVector<Token>> joined; ///< by common loops
  SmallVector<Value> ids;
  for (const Token &token : tokens)
    if (isJoined(token))
      joined[token.common].push_back(token);
  for (auto &[common, members] : joined) {
    Operation *around = sets.terms.loop(sets.statements[consumer].loops[common]).op;
    builder.setInsertionPoint(around);
    SmallVector<Value> all;
    for (const Token &token : members)
      append(token, all);
    ids.push_back(JoinOp::create(builder, loc, all, /*known=*/all.size()));
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
      reserve(token);
  }
  createArrays();
  for (auto &[producer, ids] : arrays)
    fillArray(producer);
  for (auto &[consumer, tokens] : consumers)
    place(consumer, tokens);
}

void task::placeTokens(EntryOp entry, const AccessSets &sets, const tokens::Problem &problem,
                       const tokens::Plan &plan) {
  TokenPlacer(entry, sets, problem, plan).run();
}
