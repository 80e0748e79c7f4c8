//===- MergeAccesses.cpp - one rectangle for a loop of them ---------------------===//

#include "lib/Transforms/Task/MergeAccesses.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Transforms/CSE.h"
#include "mlir/Transforms/LoopInvariantCodeMotionUtils.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;
using namespace tilework;
using namespace tilework::task;

//===---------------------------------------------------------------------------===//
// Decide
//===---------------------------------------------------------------------------===//

/// By how much `value` grows when the loop's induction variable grows by one, if that is constant.
static std::optional<int64_t> getSlope(Value value, scf::ForOp loop) {
  if (value == loop.getInductionVar())
    return 1;
  if (loop.isDefinedOutsideOfLoop(value))
    return 0;
  Operation *op = value.getDefiningOp();
  if (!op || !isa<arith::AddIOp, arith::SubIOp, arith::MulIOp>(op))
    return std::nullopt;
  std::optional<int64_t> lhs = getSlope(op->getOperand(0), loop);
  std::optional<int64_t> rhs = getSlope(op->getOperand(1), loop);
  if (!lhs || !rhs)
    return std::nullopt;
  if (isa<arith::AddIOp>(op))
    return *lhs + *rhs;
  if (isa<arith::SubIOp>(op))
    return *lhs - *rhs;
  if (auto factor = getConstantIntValue(op->getOperand(1)))
    return *lhs * *factor;
  if (auto factor = getConstantIntValue(op->getOperand(0)))
    return *rhs * *factor;
  return *lhs == 0 && *rhs == 0 ? std::optional<int64_t>(0) : std::nullopt;
}

namespace {
/// How one access leaves its loop.
struct Merge {
  std::optional<unsigned> dim; ///< the dimension that the loop tiles, if any
  int64_t advance = 0;         ///< elements from one iteration to the next
};
} // namespace

static std::optional<Merge> decide(AccessOp access, scf::ForOp loop) {
  Merge merge;
  for (unsigned dim = 0; dim < access.getSizes().size(); ++dim) {
    if (!loop.isDefinedOutsideOfLoop(access.getSizes()[dim]))
      return std::nullopt;
    if (loop.isDefinedOutsideOfLoop(access.getOffsets()[dim]))
      continue;
    std::optional<int64_t> slope = getSlope(access.getOffsets()[dim], loop);
    auto step = getConstantIntValue(loop.getStep());
    auto size = getConstantIntValue(access.getSizes()[dim]);
    if (merge.dim || !slope || !step || !size || *slope < 1 || *slope * *step > *size)
      return std::nullopt;
    merge = {dim, *slope * *step};
  }
  return merge;
}

//===---------------------------------------------------------------------------===//
// Apply
//===---------------------------------------------------------------------------===//

/// `value` in the first iteration, computed before the loop.
static Value cloneAtStart(OpBuilder &builder, Value value, scf::ForOp loop) {
  if (value == loop.getInductionVar())
    return loop.getLowerBound();
  if (loop.isDefinedOutsideOfLoop(value))
    return value;
  IRMapping mapping;
  for (Value operand : value.getDefiningOp()->getOperands())
    mapping.map(operand, cloneAtStart(builder, operand, loop));
  return builder.clone(*value.getDefiningOp(), mapping)->getResult(0);
}

static Value constant(OpBuilder &builder, Location loc, int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

/// The size of the union: nothing when the loop does not run.
static Value createSize(OpBuilder &builder, AccessOp access, scf::ForOp loop, unsigned dim,
                        int64_t advance) {
  Location loc = access.getLoc();
  Value size = access.getSizes()[dim];
  auto lower = getConstantIntValue(loop.getLowerBound());
  auto upper = getConstantIntValue(loop.getUpperBound());
  auto step = getConstantIntValue(loop.getStep());
  if (lower && upper && step && *lower < *upper) {
    int64_t last = (*upper - *lower - 1) / *step;
    return advance == 0 ? size
                        : constant(builder, loc, *getConstantIntValue(size) + advance * last);
  }
  Value one = constant(builder, loc, 1);
  Value distance = arith::SubIOp::create(builder, loc, loop.getUpperBound(), loop.getLowerBound());
  Value runs = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::slt, loop.getLowerBound(),
                                     loop.getUpperBound());
  if (advance != 0) {
    Value last = arith::FloorDivSIOp::create(
        builder, loc, arith::SubIOp::create(builder, loc, distance, one), loop.getStep());
    Value extra = arith::MulIOp::create(builder, loc, last, constant(builder, loc, advance));
    size = arith::AddIOp::create(builder, loc, size, extra);
  }
  return arith::SelectOp::create(builder, loc, runs, size, constant(builder, loc, 0));
}

static void apply(AccessOp access, scf::ForOp loop, Merge merge) {
  OpBuilder builder(loop);
  for (OpOperand &offset : access.getOffsetsMutable())
    offset.set(cloneAtStart(builder, offset.get(), loop));
  unsigned dim = merge.dim.value_or(0);
  if (!access.getSizes().empty())
    access.getSizesMutable()[dim].set(createSize(builder, access, loop, dim, merge.advance));
  access->moveBefore(loop);
}

static bool isSame(Value a, Value b) {
  auto x = getConstantIntValue(a), y = getConstantIntValue(b);
  return a == b || (x && y && *x == *y);
}

static bool isSame(AccessOp a, AccessOp b) {
  return a.getDirection() == b.getDirection() && a.getTarget() == b.getTarget() &&
         llvm::all_of(llvm::zip(a.getOffsets(), b.getOffsets()),
                      [](auto pair) { return isSame(std::get<0>(pair), std::get<1>(pair)); }) &&
         llvm::all_of(llvm::zip(a.getSizes(), b.getSizes()),
                      [](auto pair) { return isSame(std::get<0>(pair), std::get<1>(pair)); });
}

static void removeDuplicates(Block &block) {
  SmallVector<AccessOp> kept;
  for (AccessOp access : llvm::make_early_inc_range(block.getOps<AccessOp>())) {
    auto same = llvm::find_if(kept, [&](AccessOp other) { return isSame(access, other); });
    if (same == kept.end()) {
      kept.push_back(access);
      continue;
    }
    if (!access.getApproximate())
      same->setApproximate(false);
    access.erase();
  }
}

/// What both branches access is accessed in any case.
static void hoistCommon(scf::IfOp branch) {
  if (!branch.elseBlock())
    return;
  OpBuilder builder(branch);
  auto isOutside = [&](Value value) {
    return !branch->isAncestor(value.getParentRegion()->getParentOp());
  };
  for (AccessOp access : llvm::make_early_inc_range(branch.thenBlock()->getOps<AccessOp>())) {
    auto others = branch.elseBlock()->getOps<AccessOp>();
    auto same = llvm::find_if(others, [&](AccessOp other) { return isSame(access, other); });
    if (same == others.end() || !llvm::all_of(access->getOperands(), [&](Value operand) {
          return isOutside(operand) || getConstantIntValue(operand);
        }))
      continue;
    if ((*same).getApproximate())
      access.setApproximate(true);
    (*same).erase();
    for (OpOperand &operand : access->getOpOperands())
      if (!isOutside(operand.get()))
        operand.set(constant(builder, access.getLoc(), *getConstantIntValue(operand.get())));
    access->moveBefore(branch);
  }
}

static void mergeLoop(scf::ForOp loop) {
  moveLoopInvariantCode(loop);
  for (AccessOp access : llvm::make_early_inc_range(loop.getBody()->getOps<AccessOp>()))
    if (std::optional<Merge> merge = decide(access, loop))
      apply(access, loop, *merge);
  bool hasAccess = loop.walk([](AccessOp) { return WalkResult::interrupt(); }).wasInterrupted();
  if (!hasAccess && loop->use_empty())
    loop.erase();
}

void task::mergeAccesses(AccessesOp program) {
  program.walk([](scf::ForOp loop) { mergeLoop(loop); });
  IRRewriter rewriter(program.getContext());
  (void)runRegionDCE(rewriter, program->getRegions());
  DominanceInfo dominance(program);
  eliminateCommonSubExpressions(rewriter, dominance, program);
  program.walk([](scf::IfOp branch) { hoistCommon(branch); });
  program.walk([](Operation *op) {
    for (Region &region : op->getRegions())
      for (Block &block : region)
        removeDuplicates(block);
  });
}
