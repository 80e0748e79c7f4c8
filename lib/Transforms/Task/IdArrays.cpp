//===- IdArrays.cpp - ids of tasks by iteration ---------------------------------===//

#include "lib/Transforms/Task/IdArrays.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace tilework;
using namespace tilework::task;
using tokens::Affine;
using tokens::Token;

//===---------------------------------------------------------------------------===//
// Decide
//===---------------------------------------------------------------------------===//

int64_t IdArrays::tripCount(int statement, unsigned loop) const {
  int64_t most = 0;
  for (const tokens::Instance &instance : problem.instances)
    if (instance.statement == statement)
      most = std::max(most, instance.trips[loop] + 1);
  return most;
}

static Extent extentOf(tokens::AllTrips all, int64_t length) {
  if (length == tokens::kTripsUpTo)
    return Extent::upTo;
  if (length == tokens::kTripsFrom)
    return Extent::from;
  if (length != tokens::kAllTrips)
    return Extent::near;
  return all == tokens::AllTrips::last     ? Extent::last
         : all == tokens::AllTrips::joined ? Extent::joined
                                           : Extent::all;
}

ArrayKey IdArrays::keyOf(const Token &token) const {
  ArrayKey key{token.producer, *tokens::placeOf(problem, token), {}};
  ArrayRef<int> loops = sets.statements[token.producer].loops;
  for (int loop = key.outer; loop < int(loops.size()); ++loop) {
    int64_t length = loop < token.common ? 1 : token.lengths[loop - token.common];
    key.extents.push_back(tokens::takesLatest(problem, token, loop) ? Extent::latest
                          : isGeneric(loops[loop]) || length < 0    ? extentOf(token.all, length)
                                                                    : Extent::known);
  }
  return key;
}

/// What holds the producer in the iteration that an array is for, of the operations of its body.
Operation *IdArrays::partOfIteration(const ArrayKey &key) const {
  const Statement &statement = sets.statements[key.producer];
  Operation *around =
      key.outer > 0 ? sets.terms.loop(statement.loops[key.outer - 1]).op : EntryOp(entry);
  Operation *part = statement.op;
  while (part->getParentOp() != around)
    part = part->getParentOp();
  return part;
}

/// Whether `loop` may run less often in another iteration of one that is around fewer than `outer`.
static bool mayRunLess(const AccessSets &sets, const Loop &loop, unsigned outer) {
  return llvm::any_of((loop.upper - loop.lower).terms, [&](const Linear::Term &each) {
    const Variable &variable = sets.terms.variable(each.first);
    bool isInner =
        variable.kind == VariableKind::trip && sets.terms.loop(variable.loop).depth >= outer;
    return variable.loop >= 0 && !isInner;
  });
}

/// Whether a place may keep an id of the iteration before: its task is left out, or there are
/// fewer.
bool IdArrays::keepsOthers(const ArrayKey &key) const {
  if (key.outer == 0)
    return false;
  if (llvm::any_of(key.extents, [](Extent extent) { return extent != Extent::known; }))
    return true;
  for (int loop : ArrayRef(sets.statements[key.producer].loops).drop_front(key.outer))
    if (mayRunLess(sets, sets.terms.loop(loop), key.outer))
      return true;
  Operation *part = partOfIteration(key);
  for (Operation *op = sets.statements[key.producer].op; op != part; op = op->getParentOp())
    if (isa<scf::IfOp>(op->getParentOp()))
      return true;
  return false;
}

void IdArrays::reserve(const Token &token, bool isJoined) {
  ArrayKey key = keyOf(token);
  ArrayRef<int> loops = sets.statements[token.producer].loops;
  auto [it, isFirst] = arrays.insert({key, {}});
  IdArray &ids = it->second;
  if (isFirst) {
    for (auto [index, extent] : llvm::enumerate(key.extents)) {
      int loop = key.outer + int(index);
      Dim &dim = ids.dims.emplace_back(Dim{loop, extent});
      dim.isOfRun = isGeneric(loops[loop]) && !dim.isOne() && extent != Extent::latest;
      if (!isGeneric(loops[loop]))
        dim.most = tripCount(token.producer, loop) - (extent == Extent::from ? 0 : 1);
    }
    llvm::stable_sort(ids.dims, [](const Dim &a, const Dim &b) {
      auto rank = [](Extent extent) { return (extent == Extent::all) - (extent == Extent::near); };
      return rank(a.extent) < rank(b.extent);
    });
  }
  auto reach = [&](int loop, Extent extent, int64_t first, int64_t last) {
    if (loop < key.outer || key.extents[loop - key.outer] != extent)
      return;
    Dim &dim = ids.of(loop);
    dim.least = std::min(dim.least, first);
    dim.most = std::max(dim.most, last);
  };
  for (int loop = 0; loop < token.common; ++loop) {
    reach(loop, Extent::near, token.delta[loop], 0);
    reach(loop, Extent::latest, token.delta[loop], 0);
  }
  for (auto [index, begin] : llvm::enumerate(token.begin)) {
    int loop = token.common + int(index);
    reach(loop, Extent::near, begin.constant, token.lengths[index] - 1);
    if (isGeneric(loops[loop]))
      reach(loop, Extent::upTo, std::min(begin.constant, int64_t(-1)), 0);
  }
  for (const tokens::Instance &instance : problem.instances) {
    if (instance.statement != token.consumer)
      continue;
    for (int loop = 0; loop < token.common; ++loop) {
      int64_t trip = instance.trips[loop] + token.delta[loop];
      reach(loop, Extent::known, trip, trip);
    }
    for (auto [index, begin] : llvm::enumerate(token.begin)) {
      int64_t first = begin.at(instance.trips);
      if (!isGeneric(loops[token.common + index]))
        reach(token.common + int(index), Extent::upTo, std::min(first, int64_t(-1)), 0);
      reach(token.common + int(index), Extent::known, first, first + token.lengths[index] - 1);
    }
  }
  if (!isJoined)
    return;
  // joins are there where conditions leave out all tasks that would take them
  ArrayRef<int> around = sets.statements[token.consumer].loops;
  auto last = [&](int loop) { return isGeneric(loop) ? 0 : values.mostTrips(loop) - 1; };
  for (int loop = 0; loop < token.common; ++loop)
    reach(loop, Extent::known, token.delta[loop], token.delta[loop] + last(around[loop]));
  for (auto [index, begin] : llvm::enumerate(token.begin)) {
    int64_t first = begin.constant, most = begin.constant + token.lengths[index] - 1;
    for (auto [loop, factor] : llvm::zip_equal(around, begin.factors)) {
      first += factor < 0 ? factor * last(loop) : 0;
      most += factor > 0 ? factor * last(loop) : 0;
    }
    reach(token.common + int(index), Extent::known, first, most);
    if (!isGeneric(loops[token.common + index]))
      reach(token.common + int(index), Extent::upTo, first, 0);
  }
}

//===---------------------------------------------------------------------------===//
// Sums
//===---------------------------------------------------------------------------===//

Value IdArrays::constant(int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

Value IdArrays::sum(Value a, Value b) {
  return builder.createOrFold<arith::AddIOp>(loc, a, b);
}

Value IdArrays::product(Value a, Value b) {
  return builder.createOrFold<arith::MulIOp>(loc, a, b);
}

/// How many iterations of a loop around the insertion point have been.
Value IdArrays::trip(int number) {
  auto loop = cast<LoopLikeOpInterface>(sets.terms.loop(number).op);
  Value begin = getValueOrCreateConstantIndexOp(builder, loc, *loop.getSingleLowerBound());
  Value step = constant(sets.terms.loop(number).step);
  Value distance = builder.createOrFold<arith::SubIOp>(loc, *loop.getSingleInductionVar(), begin);
  return builder.createOrFold<arith::DivSIOp>(loc, distance, step);
}

/// How many iterations a loop has.
Value IdArrays::tripsOf(int number) {
  auto loop = cast<LoopLikeOpInterface>(sets.terms.loop(number).op);
  Value begin = getValueOrCreateConstantIndexOp(builder, loc, *loop.getSingleLowerBound());
  Value end = getValueOrCreateConstantIndexOp(builder, loc, *loop.getSingleUpperBound());
  Value step = constant(sets.terms.loop(number).step);
  Value length = builder.createOrFold<arith::SubIOp>(loc, end, begin);
  Value trips = builder.createOrFold<arith::CeilDivSIOp>(loc, length, step);
  return builder.createOrFold<arith::MaxSIOp>(loc, trips, constant(0));
}

Value IdArrays::sizeOf(const Dim &dim) {
  return dim.trips ? sum(dim.trips, constant(dim.size())) : constant(dim.size());
}

/// How many of the producer's iterations have a place.
Value IdArrays::tripsIn(const Dim &dim) {
  return dim.isOfRun ? dim.trips : constant(dim.most + (dim.extent == Extent::from ? 0 : 1));
}

Value IdArrays::affine(const Affine &term, ArrayRef<int> loops) {
  Value value = constant(term.constant);
  for (auto [factor, loop] : llvm::zip(term.factors, loops))
    if (factor != 0)
      value = sum(value, builder.createOrFold<arith::MulIOp>(loc, trip(loop), constant(factor)));
  return value;
}

//===---------------------------------------------------------------------------===//
// Arrays
//===---------------------------------------------------------------------------===//

/// Empties an array.
void IdArrays::clear(Value array) {
  Value none = NoneOp::create(builder, loc);
  auto type = cast<MemRefType>(array.getType());
  Value count = type.hasStaticShape() ? constant(type.getNumElements())
                                      : array.getDefiningOp<memref::AllocOp>().getDynamicSizes()[0];
  scf::ForOp::create(builder, loc, constant(0), count, constant(1), ValueRange(),
                     [&](OpBuilder &nested, Location at, Value index, ValueRange) {
                       memref::StoreOp::create(nested, at, none, array, index);
                       scf::YieldOp::create(nested, at);
                     });
}

/// Arrays of known sizes are there for the whole entry, the others from where they are counted.
void IdArrays::create() {
  Type id = IdType::get(entry.getContext());
  builder.setInsertionPointToStart(&entry.getBody().front());
  loc = entry.getLoc();
  for (auto &[key, ids] : arrays) {
    if (llvm::any_of(ids.dims, [](const Dim &dim) { return dim.isOfRun; }))
      continue;
    int64_t count = 1;
    for (const Dim &dim : ids.dims)
      count *= dim.size();
    ids.array = memref::AllocaOp::create(builder, loc, MemRefType::get({count}, id));
    if (!keepsOthers(key))
      clear(ids.array);
  }
  for (auto &[key, ids] : arrays) {
    if (ids.array && !keepsOthers(key))
      continue;
    Operation *part = partOfIteration(key);
    loc = part->getLoc();
    if (ids.array) {
      builder.setInsertionPointToStart(part->getBlock());
    } else {
      builder.setInsertionPoint(part);
      Value count = constant(1);
      for (Dim &dim : ids.dims) {
        if (dim.isOfRun)
          dim.trips = tripsOf(sets.statements[key.producer].loops[dim.loop]);
        count = product(count, sizeOf(dim));
      }
      ids.array =
          memref::AllocOp::create(builder, loc, MemRefType::get({ShapedType::kDynamic}, id), count);
    }
    clear(ids.array);
  }
  for (auto &[key, ids] : arrays) {
    fill(key, ids);
    passOn(key, ids);
  }
}

/// The place of which it is told where it is in each dimension.
Value IdArrays::place(const IdArray &ids, llvm::function_ref<Value(const Dim &)> placeIn) {
  Value place = constant(0);
  for (const Dim &dim : ids.dims)
    place = sum(product(place, sizeOf(dim)), placeIn(dim));
  return place;
}

/// Where in `dim` the id of the producer's iteration at the insertion point is.
Value IdArrays::ownPlace(const ArrayKey &key, const Dim &dim) {
  if (dim.isOne() || dim.extent == Extent::latest)
    return constant(-dim.least);
  return sum(trip(sets.statements[key.producer].loops[dim.loop]), constant(-dim.least));
}

/// Keeps the id of each iteration at its place, with those that are there where it stands for all.
void IdArrays::fill(const ArrayKey &key, const IdArray &ids) {
  auto submit = sets.statements[key.producer].submit();
  builder.setInsertionPointAfter(submit);
  loc = submit.getLoc();
  Value own = place(ids, [&](const Dim &dim) { return ownPlace(key, dim); });
  Value id = submit.getId();
  if (ids.isOf(Extent::joined) || ids.isOf(Extent::upTo)) {
    Value before = memref::LoadOp::create(builder, loc, ids.array, own);
    id = JoinOp::create(builder, loc, ValueRange{before, id}, /*known=*/2);
  }
  memref::StoreOp::create(builder, loc, id, ids.array, own);
}

/// Before an iteration, moves what is kept of the latest on; and has places stand for all
/// iterations on one side: then, or after the loop.
void IdArrays::passOn(const ArrayKey &key, const IdArray &ids) {
  for (const Dim &dim : ids.dims) {
    int number = sets.statements[key.producer].loops[dim.loop];
    Operation *loop = sets.terms.loop(number).op;
    loc = loop->getLoc();
    bool isBounded = problem.bounded.count(number) != 0;
    auto step = [&](Value place, int64_t distance) {
      passOn(key, ids, dim, sum(place, constant(distance)), place);
    };
    builder.setInsertionPointToStart(
        &cast<LoopLikeOpInterface>(loop).getLoopRegions().front()->front());
    if (dim.extent == Extent::latest) {
      for (int64_t place = 0; place < dim.size(); ++place)
        step(constant(place), 1);
    } else if (dim.extent == Extent::upTo) {
      step(ownPlace(key, dim), -1);
      if (!isBounded)
        continue;
      builder.setInsertionPointAfter(loop);
      auto rest = scf::ForOp::create(builder, loc, sum(tripsOf(number), constant(-dim.least)),
                                     constant(dim.size()), constant(1));
      builder.setInsertionPointToStart(rest.getBody());
      step(rest.getInductionVar(), -1);
    } else if (dim.extent == Extent::from) {
      builder.setInsertionPointAfter(loop);
      Value trips = isBounded ? tripsOf(number) : tripsIn(dim);
      auto back = scf::ForOp::create(builder, loc, constant(0), trips, constant(1));
      builder.setInsertionPointToStart(back.getBody());
      Value after = builder.createOrFold<arith::SubIOp>(loc, trips, back.getInductionVar());
      step(sum(after, constant(-1)), 1);
    }
  }
}

/// Adds what is kept at place `from` of `dim` to place `to`, in each iteration of the loops within.
void IdArrays::passOn(const ArrayKey &key, const IdArray &ids, const Dim &dim, Value from,
                      Value to) {
  OpBuilder::InsertionGuard guard(builder);
  std::map<int, Value> within; ///< places, by loop
  for (const Dim &inner : ids.dims) {
    if (inner.loop <= dim.loop || inner.isOne())
      continue;
    auto loop = scf::ForOp::create(builder, loc, constant(0), sizeOf(inner), constant(1));
    builder.setInsertionPointToStart(loop.getBody());
    within[inner.loop] = loop.getInductionVar();
  }
  auto placeAt = [&](Value own) {
    return place(ids, [&](const Dim &each) {
      auto inner = within.find(each.loop);
      return each.loop == dim.loop   ? own
             : inner != within.end() ? inner->second
                                     : ownPlace(key, each);
    });
  };
  Value target = placeAt(to);
  bool isBeyond = dim.extent == Extent::latest && getConstantIntValue(from) == dim.size();
  Value id = isBeyond ? Value(NoneOp::create(builder, loc))
                      : Value(memref::LoadOp::create(builder, loc, ids.array, placeAt(from)));
  // there is something where others of a loop around are in the same place
  bool isShared = llvm::any_of(ids.dims, [&](const Dim &each) {
    return each.loop < dim.loop && (each.isOne() || each.isSided());
  });
  if (dim.extent == Extent::from || (dim.extent == Extent::upTo && isShared)) {
    Value known = memref::LoadOp::create(builder, loc, ids.array, target);
    id = JoinOp::create(builder, loc, ValueRange{known, id}, /*known=*/2);
  }
  memref::StoreOp::create(builder, loc, id, ids.array, target);
}

/// Where in `dim` begins what a consumer at the insertion point takes.
Value IdArrays::placeOf(const Dim &dim, const Token &token) {
  ArrayRef<int> loops = sets.statements[token.consumer].loops;
  if (dim.isOne() || dim.extent == Extent::all)
    return constant(0);
  if (dim.extent == Extent::latest)
    return constant(token.delta[dim.loop] - dim.least);
  Value trips = dim.loop < token.common
                    ? sum(trip(loops[dim.loop]), constant(token.delta[dim.loop]))
                    : affine(token.begin[dim.loop - token.common], loops);
  // the consumer may have more iterations
  if (dim.extent == Extent::near || dim.extent == Extent::from)
    trips = builder.createOrFold<arith::MinSIOp>(loc, trips, tripsIn(dim));
  if (dim.extent == Extent::upTo)
    trips = builder.createOrFold<arith::MinSIOp>(loc, trips, sum(tripsIn(dim), constant(-1)));
  if (dim.extent == Extent::from)
    trips = builder.createOrFold<arith::MaxSIOp>(loc, trips, constant(0));
  return sum(trips, constant(-dim.least));
}

void IdArrays::append(const Token &token, SmallVectorImpl<Value> &values) {
  const IdArray &ids = arrays.at(keyOf(token));
  loc = sets.statements[token.consumer].op->getLoc();
  auto lengthOf = [&](const Dim &dim) -> int64_t {
    bool isOne = dim.loop < token.common || dim.isOne() || dim.isSided();
    return isOne ? 1 : token.lengths[dim.loop - token.common];
  };
  // dimensions from `whole` on are taken as they lie there
  unsigned rank = ids.dims.size(), whole = rank;
  while (whole > 0 && (ids.dims[whole - 1].extent == Extent::all ||
                       (!ids.dims[whole - 1].trips &&
                        lengthOf(ids.dims[whole - 1]) == ids.dims[whole - 1].size())))
    --whole;
  Value all; // ids of all iterations that the run counts
  int64_t run = 1, runs = 1, size = 1;
  SmallVector<Value> places;
  for (auto [position, dim] : llvm::enumerate(ids.dims)) {
    places.push_back(placeOf(dim, token));
    size *= dim.size();
    if (dim.extent == Extent::all)
      all = all ? product(all, sizeOf(dim)) : sizeOf(dim);
    else
      (position + 1 >= whole ? run : runs) *= lengthOf(dim);
  }
  for (int64_t index = 0; index < runs; ++index) {
    SmallVector<int64_t> within(rank, 0);
    for (int64_t position = int64_t(whole) - 2, rest = index; position >= 0; --position) {
      within[position] = rest % lengthOf(ids.dims[position]);
      rest /= lengthOf(ids.dims[position]);
    }
    unsigned position = 0;
    Value first = place(ids, [&](const Dim &) {
      Value begin = sum(places[position], constant(within[position]));
      ++position;
      return begin;
    });
    if (run == 1 && !all) {
      values.push_back(memref::LoadOp::create(builder, loc, ids.array, first));
      continue;
    }
    Value part = ids.array;
    OpFoldResult length = builder.getIndexAttr(run);
    if (all)
      length = product(constant(run), all);
    if (all ? whole > 0 : ids.isCounted() || run != size)
      part = memref::SubViewOp::create(builder, loc, ids.array, OpFoldResult(first), length,
                                       OpFoldResult(builder.getIndexAttr(1)));
    // as many as only the run knows are one id to others
    values.push_back(all ? Value(JoinOp::create(builder, loc, part, /*known=*/1)) : part);
  }
}
