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

ArrayKey IdArrays::keyOf(const Token &token) const {
  ArrayKey key{token.producer, *tokens::placeOf(problem, token), {}};
  ArrayRef<int> loops = sets.statements[token.producer].loops;
  for (int loop = key.outer; loop < int(loops.size()); ++loop) {
    Extent extent = Extent::known;
    if (isGeneric(loops[loop]) &&
        (loop < token.common || token.lengths[loop - token.common] != tokens::kAllTrips))
      extent = Extent::near;
    else if (isGeneric(loops[loop]))
      extent = token.isLast ? Extent::last : Extent::all;
    key.extents.push_back(extent);
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

/// Whether a place may keep an id of the iteration before: its task is left out, or there are
/// fewer.
bool IdArrays::keepsOthers(const ArrayKey &key) const {
  if (key.outer == 0)
    return false;
  if (llvm::any_of(key.extents, [](Extent extent) { return extent != Extent::known; }))
    return true;
  Operation *part = partOfIteration(key);
  for (Operation *op = sets.statements[key.producer].op; op != part; op = op->getParentOp())
    if (isa<scf::IfOp>(op->getParentOp()))
      return true;
  return false;
}

void IdArrays::reserve(const Token &token) {
  ArrayKey key = keyOf(token);
  auto [it, isFirst] = arrays.insert({key, {}});
  IdArray &ids = it->second;
  if (isFirst) {
    for (auto [index, extent] : llvm::enumerate(key.extents)) {
      int loop = key.outer + int(index);
      ids.dims.push_back({loop, extent});
      if (extent == Extent::known)
        ids.dims.back().most = tripCount(token.producer, loop) - 1;
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
  for (int loop = 0; loop < token.common; ++loop)
    reach(loop, Extent::near, token.delta[loop], 0);
  for (auto [index, begin] : llvm::enumerate(token.begin))
    reach(token.common + int(index), Extent::near, begin.constant, token.lengths[index] - 1);
  for (const tokens::Instance &instance : problem.instances) {
    if (instance.statement != token.consumer)
      continue;
    for (int loop = 0; loop < token.common; ++loop) {
      int64_t trip = instance.trips[loop] + token.delta[loop];
      reach(loop, Extent::known, trip, trip);
    }
    for (auto [index, begin] : llvm::enumerate(token.begin)) {
      int64_t first = begin.at(instance.trips);
      reach(token.common + int(index), Extent::known, first, first + token.lengths[index] - 1);
    }
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
  Value step = getValueOrCreateConstantIndexOp(builder, loc, *loop.getSingleStep());
  Value distance = builder.createOrFold<arith::SubIOp>(loc, *loop.getSingleInductionVar(), begin);
  return builder.createOrFold<arith::DivSIOp>(loc, distance, step);
}

/// How many iterations a loop has.
Value IdArrays::tripsOf(int number) {
  auto loop = cast<LoopLikeOpInterface>(sets.terms.loop(number).op);
  Value begin = getValueOrCreateConstantIndexOp(builder, loc, *loop.getSingleLowerBound());
  Value end = getValueOrCreateConstantIndexOp(builder, loc, *loop.getSingleUpperBound());
  Value step = getValueOrCreateConstantIndexOp(builder, loc, *loop.getSingleStep());
  Value length = builder.createOrFold<arith::SubIOp>(loc, end, begin);
  Value trips = builder.createOrFold<arith::CeilDivSIOp>(loc, length, step);
  return builder.createOrFold<arith::MaxSIOp>(loc, trips, constant(0));
}

Value IdArrays::sizeOf(const Dim &dim) {
  return dim.trips ? sum(dim.trips, constant(dim.size())) : constant(dim.size());
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
    if (llvm::any_of(ids.dims, [](const Dim &dim) {
          return dim.extent == Extent::near || dim.extent == Extent::all;
        }))
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
        if (dim.extent == Extent::near || dim.extent == Extent::all)
          dim.trips = tripsOf(sets.statements[key.producer].loops[dim.loop]);
        count = product(count, sizeOf(dim));
      }
      ids.array =
          memref::AllocOp::create(builder, loc, MemRefType::get({ShapedType::kDynamic}, id), count);
    }
    clear(ids.array);
  }
  for (auto &[key, ids] : arrays)
    fill(key, ids);
}

/// Keeps the id of each iteration at its place.
void IdArrays::fill(const ArrayKey &key, IdArray &ids) {
  auto submit = sets.statements[key.producer].submit();
  builder.setInsertionPointAfter(submit);
  loc = submit.getLoc();
  Value place = constant(0);
  for (const Dim &dim : ids.dims) {
    place = product(place, sizeOf(dim));
    if (dim.extent != Extent::last)
      place = sum(place,
                  sum(trip(sets.statements[key.producer].loops[dim.loop]), constant(-dim.least)));
  }
  memref::StoreOp::create(builder, loc, submit.getId(), ids.array, place);
}

/// Where in `dim` begins what a consumer at the insertion point takes.
Value IdArrays::placeOf(const Dim &dim, const Token &token) {
  ArrayRef<int> loops = sets.statements[token.consumer].loops;
  if (dim.extent == Extent::last || dim.extent == Extent::all)
    return constant(0);
  Value trips = dim.loop < token.common
                    ? sum(trip(loops[dim.loop]), constant(token.delta[dim.loop]))
                    : affine(token.begin[dim.loop - token.common], loops);
  if (dim.extent == Extent::near) // the consumer may have more iterations
    trips = builder.createOrFold<arith::MinSIOp>(loc, trips, dim.trips);
  return sum(trips, constant(-dim.least));
}

void IdArrays::append(const Token &token, SmallVectorImpl<Value> &values) {
  const IdArray &ids = arrays.at(keyOf(token));
  loc = sets.statements[token.consumer].op->getLoc();
  auto lengthOf = [&](const Dim &dim) -> int64_t {
    bool isOne = dim.loop < token.common || dim.extent == Extent::last;
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
    Value first = constant(0);
    for (auto [dim, place, offset] : llvm::zip(ids.dims, places, within))
      first = sum(product(first, sizeOf(dim)), sum(place, constant(offset)));
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
