//===- SplitLanesMemory.cpp - where two lanes meet in global memory ------------------===//
//
// The lanes of a program are not ordered. So bytes that one of them writes are for no other lane:
// two accesses are apart in some dimension, whatever iterations they are of, or one boundary
// between the lanes goes through both.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Core/SplitLanesMemory.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "mlir/Interfaces/ValueBoundsOpInterface.h"

#include <numeric>

using namespace mlir;
using namespace tilework::core;

//===---------------------------------------------------------------------------===//
// Sums
//===---------------------------------------------------------------------------===//

void LinearSum::add(const LinearSum &other, int64_t factor) {
  constant += factor * other.constant;
  for (auto [value, count] : other.terms) {
    auto *it = llvm::find_if(terms, [&](const auto &term) { return term.first == value; });
    if (it == terms.end())
      it = &terms.emplace_back(value, 0);
    it->second += factor * count;
    if (it->second == 0)
      terms.erase(it);
  }
}

LinearSum LinearSum::of(OpFoldResult value) {
  LinearSum sum;
  if (std::optional<int64_t> constant = getConstantIntValue(value)) {
    sum.constant = *constant;
    return sum;
  }
  auto operand = cast<Value>(value);
  Operation *op = operand.getDefiningOp();
  if (isa_and_nonnull<arith::AddIOp, arith::SubIOp>(op)) {
    sum = of(op->getOperand(0));
    sum.add(of(op->getOperand(1)), isa<arith::AddIOp>(op) ? 1 : -1);
  } else if (auto product = dyn_cast_if_present<arith::MulIOp>(op);
             product && getConstantIntValue(product.getRhs())) {
    sum.add(of(product.getLhs()), *getConstantIntValue(product.getRhs()));
  } else {
    sum.terms.emplace_back(operand, 1);
  }
  return sum;
}

//===---------------------------------------------------------------------------===//
// Rectangles
//===---------------------------------------------------------------------------===//

static std::optional<int64_t> boundSize(Value view, int64_t dim) {
  int64_t size = cast<MemRefType>(view.getType()).getDimSize(dim);
  if (!ShapedType::isDynamic(size))
    return size;
  FailureOr<int64_t> bound = ValueBoundsConstraintSet::computeConstantBound(
      presburger::BoundType::UB, {view, dim}, nullptr, {/*closedUB=*/true});
  return succeeded(bound) ? std::optional(*bound) : std::nullopt;
}

static GlobalRectangle getRectangle(Value view) {
  GlobalRectangle rectangle;
  int64_t rank = cast<MemRefType>(view.getType()).getRank();
  rectangle.dims = llvm::to_vector(llvm::seq<int64_t>(rank));
  SmallVector<GlobalRectangle::Interval> intervals(rank);
  for (int64_t dim : rectangle.dims)
    intervals[dim].size = boundSize(view, dim);
  bool isKnown = true;
  while (Operation *op = view.getDefiningOp()) {
    if (!isa<ViewLikeOpInterface, memref::TransposeOp>(op))
      break;
    if (isa<memref::CastOp>(op)) {
      view = op->getOperand(0);
      continue;
    }
    auto part = dyn_cast<memref::SubViewOp>(op);
    isKnown &= part && llvm::all_of(part.getMixedStrides(), [](OpFoldResult stride) {
                 return isConstantIntValue(stride, 1);
               });
    if (isKnown) {
      SmallVector<GlobalRectangle::Interval> outer;
      SmallVector<int64_t> kept;
      auto dropped = part.getDroppedDims();
      for (auto [dim, offset] : llvm::enumerate(part.getMixedOffsets())) {
        GlobalRectangle::Interval &interval = outer.emplace_back();
        interval.size = 1;
        if (!dropped.test(dim)) {
          interval = intervals[kept.size()];
          kept.push_back(dim);
        }
        interval.begin.add(LinearSum::of(offset));
      }
      for (int64_t &dim : rectangle.dims)
        dim = kept[dim];
      intervals = std::move(outer);
    }
    view = op->getOperand(0);
  }
  rectangle.tensor = view;
  if (isKnown)
    rectangle.intervals = std::move(intervals);
  return rectangle;
}

//===---------------------------------------------------------------------------===//
// Pairs
//===---------------------------------------------------------------------------===//

namespace {
/// An induction variable in a sum: how much an iteration adds, and of how many there are at most.
struct Varying {
  Value variable;
  int64_t step;
  std::optional<int64_t> trips;
};

/// Two sums, of which each is of any iteration of the loops around.
struct Distance {
  bool isKnown = true;
  int64_t constant = 0; ///< where the induction variables are the same
  int64_t step = 0;     ///< beside it, multiples of this
  SmallVector<Varying> varying;

  /// Whether it is 0 where all variables are the same, and at least `size` elsewhere: an iteration
  /// of a loop goes beyond all those of the loops whose steps are smaller.
  bool isZeroOrAtLeast(int64_t size) const;
};
} // namespace

bool Distance::isZeroOrAtLeast(int64_t size) const {
  if (!isKnown || constant != 0)
    return false;
  SmallVector<Varying> upwards = varying;
  llvm::stable_sort(upwards, [](const Varying &a, const Varying &b) { return a.step < b.step; });
  int64_t reach = size;
  for (auto [index, each] : llvm::enumerate(upwards)) {
    if (each.step < reach || (!each.trips && index + 1 < upwards.size()))
      return false;
    if (each.trips)
      reach += each.step * std::max<int64_t>(*each.trips - 1, 0);
  }
  return true;
}

/// The loop whose induction variable `value` is, if its step is known.
static LoopLikeOpInterface getLoopOf(Value value, int64_t &step) {
  auto argument = dyn_cast<BlockArgument>(value);
  auto loop = argument ? dyn_cast<LoopLikeOpInterface>(argument.getOwner()->getParentOp())
                       : LoopLikeOpInterface();
  if (!loop || loop.getSingleInductionVar() != value)
    return {};
  std::optional<OpFoldResult> by = loop.getSingleStep();
  std::optional<int64_t> known = by ? getConstantIntValue(*by) : std::nullopt;
  if (!known)
    return {};
  step = *known;
  return loop;
}

/// b - a.
static Distance getDistance(const LinearSum &a, const LinearSum &b, Operation *opA,
                            Operation *opB) {
  Distance distance;
  LinearSum difference = b;
  difference.add(a, -1);
  distance.constant = difference.constant;
  distance.isKnown = difference.terms.empty();
  for (auto [value, factor] : a.terms) {
    int64_t step = 0;
    if (LoopLikeOpInterface loop = getLoopOf(value, step);
        loop && loop->isProperAncestor(opA) && loop->isProperAncestor(opB)) {
      std::optional<APInt> trips = loop.getStaticTripCount();
      distance.step = std::gcd(distance.step, factor * step);
      distance.varying.push_back({value, std::abs(factor * step),
                                  trips ? std::optional(trips->getSExtValue()) : std::nullopt});
      continue;
    }
    // The same value twice, unless a loop around both makes it anew.
    for (Operation *op = value.getParentBlock()->getParentOp(); op; op = op->getParentOp())
      if (isa<LoopLikeOpInterface>(op))
        distance.isKnown = false;
  }
  return distance;
}

/// Whether intervals at this distance share no element, whatever the iterations.
static bool isApart(const Distance &distance, int64_t sizeA, int64_t sizeB) {
  if (!distance.isKnown)
    return false;
  if (distance.step == 0)
    return distance.constant >= sizeA || distance.constant + sizeB <= 0;
  int64_t rest = (distance.constant % distance.step + distance.step) % distance.step;
  return rest >= sizeA && rest + sizeB <= distance.step;
}

/// Between the lanes, in the tensor.
static LinearSum getBoundary(const LaneAccess &access) {
  LinearSum boundary = access.point;
  boundary.add(access.rectangle.intervals[access.rectangle.dims[access.dim]].begin);
  return boundary;
}

/// Whether one boundary between the lanes goes through both, where the variables `same` are the
/// same.
static bool isOneBoundary(const LaneAccess &a, const LaneAccess &b, ArrayRef<Varying> same) {
  if (a.share != LaneShare::parts || b.share != LaneShare::parts ||
      a.rectangle.dims[a.dim] != b.rectangle.dims[b.dim])
    return false;
  Distance distance = getDistance(getBoundary(a), getBoundary(b), a.op, b.op);
  return distance.isKnown && distance.constant == 0 &&
         llvm::all_of(distance.varying, [&](const Varying &each) {
           return llvm::any_of(
               same, [&](const Varying &other) { return other.variable == each.variable; });
         });
}

/// Whether rectangles of one tensor may share bytes, whoever touches them.
static bool mayOverlap(const LaneAccess &a, const LaneAccess &b) {
  for (auto [ofA, ofB] : llvm::zip(a.rectangle.intervals, b.rectangle.intervals))
    if (ofA.size && ofB.size &&
        isApart(getDistance(ofA.begin, ofB.begin, a.op, b.op), *ofA.size, *ofB.size))
      return false;
  return true;
}

/// Whether rectangles that may share bytes do so on different lanes.
static bool mayMeet(const LaneAccess &a, const LaneAccess &b) {
  if (a.share == LaneShare::first && b.share == LaneShare::first)
    return false;
  ArrayRef<GlobalRectangle::Interval> intervalsA = a.rectangle.intervals,
                                      intervalsB = b.rectangle.intervals;
  if (intervalsA.empty() || intervalsB.empty())
    return true;
  if (isOneBoundary(a, b, {}))
    return false;
  // Apart in different iterations, and of one boundary in the same.
  for (auto [ofA, ofB] : llvm::zip(intervalsA, intervalsB)) {
    Distance distance = getDistance(ofA.begin, ofB.begin, a.op, b.op);
    if (ofA.size && ofB.size && distance.isZeroOrAtLeast(std::max(*ofA.size, *ofB.size)) &&
        isOneBoundary(a, b, distance.varying))
      return false;
  }
  return true;
}

LaneMeetings::LaneMeetings(VectorProgramOp program) {
  program.walk([&](Operation *op) {
    auto effects = dyn_cast<MemoryEffectOpInterface>(op);
    if (!effects || isa<ViewLikeOpInterface, memref::TransposeOp>(op))
      return;
    for (Value operand : op->getOperands()) {
      if (getSpace(operand.getType()) != Space::gm)
        continue;
      bool writes = effects.getEffectOnValue<MemoryEffects::Write>(operand).has_value();
      if (writes || effects.getEffectOnValue<MemoryEffects::Read>(operand))
        accesses.push_back({op, writes, getRectangle(operand)});
    }
  });
  for (unsigned later = 0; later < accesses.size(); ++later)
    for (unsigned earlier = 0; earlier <= later; ++earlier) {
      const LaneAccess &a = accesses[earlier], &b = accesses[later];
      if ((a.writes || b.writes) && a.rectangle.tensor == b.rectangle.tensor && mayOverlap(a, b))
        near.emplace_back(earlier, later);
    }
}

SmallVector<std::pair<const LaneAccess *, const LaneAccess *>> LaneMeetings::find() const {
  SmallVector<std::pair<const LaneAccess *, const LaneAccess *>> meetings;
  for (auto [earlier, later] : near)
    if (mayMeet(accesses[earlier], accesses[later]))
      meetings.emplace_back(&accesses[earlier], &accesses[later]);
  return meetings;
}
