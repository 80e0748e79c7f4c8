//===- EntryRun.cpp - an orchestration gone through on small data ---------------===//

#include "test/Transforms/EntryRun.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tilework;
using namespace tilework::task;

namespace {
/// A part of a tensor of which places are counted from `offsets`.
struct View {
  Tensor tensor;
  unsigned argument = 0;
  Numbers offsets;
  std::vector<bool> isDropped; ///< by dimension of the tensor
};

class Walk {
public:
  Walk(EntryOp entry, const Data &data, EntryRun &run) : entry(entry), data(data), run(run) {}
  void start();

private:
  void block(Block &block);
  void operation(Operation *op);
  void loop(LoopLikeOpInterface op);
  void submit(SubmitOp op);
  void access(AccessOp op);
  void view(memref::SubViewOp op);
  int64_t compute(Operation *op);
  int64_t compare(arith::CmpIOp op);
  int64_t number(OpFoldResult value);
  int64_t element(Value array, ValueRange indices);

  EntryOp entry;
  const Data &data;
  EntryRun &run;
  llvm::DenseMap<Value, int64_t> scalars;
  llvm::DenseMap<Value, View> views;
  Numbers trips;
  RunTask *task = nullptr; ///< whose region program runs
};
} // namespace

int64_t Walk::number(OpFoldResult value) {
  auto constant = getConstantIntValue(value);
  return constant ? *constant : scalars.at(cast<Value>(value));
}

void Walk::start() {
  for (BlockArgument argument : entry.getBody().getArguments()) {
    unsigned index = argument.getArgNumber();
    if (auto type = dyn_cast<MemRefType>(argument.getType()))
      views[argument] = {{argument.getAsOpaquePointer(), {}},
                         index,
                         Numbers(type.getRank(), 0),
                         std::vector<bool>(type.getRank())};
    else
      scalars[argument] = data.scalars.at(index);
  }
  block(entry.getBody().front());
}

void Walk::block(Block &block) {
  for (Operation &op : block)
    operation(&op);
}

void Walk::operation(Operation *op) {
  if (auto branch = dyn_cast<scf::IfOp>(op)) {
    Region &taken =
        scalars.at(branch.getCondition()) ? branch.getThenRegion() : branch.getElseRegion();
    if (!taken.empty())
      block(taken.front());
  } else if (auto each = dyn_cast<LoopLikeOpInterface>(op)) {
    loop(each);
  } else if (auto each = dyn_cast<SubmitOp>(op)) {
    submit(each);
  } else if (auto each = dyn_cast<AccessOp>(op)) {
    access(each);
  } else if (auto each = dyn_cast<memref::SubViewOp>(op)) {
    view(each);
  } else if (auto each = dyn_cast<AllocOp>(op)) {
    int64_t rank = each.getType().getRank();
    views[each] = {{each.getMemref().getAsOpaquePointer(), trips},
                   0,
                   Numbers(rank, 0),
                   std::vector<bool>(rank)};
  } else if (op->getNumResults() == 1 && op->getResult(0).getType().isIntOrIndex()) {
    scalars[op->getResult(0)] = compute(op);
    if (!task)
      run.values[{op->getResult(0).getAsOpaquePointer(), trips}] = scalars[op->getResult(0)];
  }
}

void Walk::loop(LoopLikeOpInterface op) {
  int64_t lower = number(*op.getSingleLowerBound()), upper = number(*op.getSingleUpperBound());
  int64_t step = number(*op.getSingleStep());
  for (int64_t at = lower, trip = 0; at < upper; at += step, ++trip) {
    if (!task)
      trips.push_back(trip);
    scalars[*op.getSingleInductionVar()] = at;
    block(op->getRegion(0).front());
    if (!task)
      trips.pop_back();
  }
}

void Walk::submit(SubmitOp op) {
  RunTask own{op, trips, {}};
  for (auto program : entry->getParentOfType<ModuleOp>().getOps<AccessesOp>()) {
    if (program.getKernelAttr() != op.getKernelAttr())
      continue;
    auto passed = llvm::concat<Value>(op.getInputs(), op.getDestinations());
    for (auto [argument, value] : llvm::zip(program.getBody().getArguments(), passed))
      if (isa<MemRefType>(value.getType())) {
        View view = views.at(value);
        views[argument] = view;
      } else {
        int64_t scalar = scalars.at(value);
        scalars[argument] = scalar;
      }
    task = &own;
    block(program.getBody().front());
    task = nullptr;
  }
  run.tasks.push_back(std::move(own));
}

void Walk::access(AccessOp op) {
  const View &view = views.at(op.getTarget());
  auto argument = cast<BlockArgument>(op.getTarget());
  Rectangle rectangle{int(argument.getArgNumber()),
                      reads(op.getDirection()),
                      writes(op.getDirection()),
                      view.tensor,
                      view.offsets,
                      view.offsets};
  unsigned own = 0;
  for (size_t dim = 0; dim < view.offsets.size(); ++dim) {
    int64_t offset = view.isDropped[dim] ? 0 : scalars.at(op.getOffsets()[own]);
    int64_t size = view.isDropped[dim] ? 1 : scalars.at(op.getSizes()[own]);
    own += !view.isDropped[dim];
    if (size <= 0)
      return;
    rectangle.begin[dim] += offset;
    rectangle.end[dim] = rectangle.begin[dim] + size;
  }
  task->rectangles.push_back(std::move(rectangle));
}

/// Of views that are cut further no dimension has been dropped.
void Walk::view(memref::SubViewOp op) {
  View view = views.at(op.getSource());
  llvm::SmallBitVector dropped = op.getDroppedDims();
  for (auto [dim, offset] : llvm::enumerate(op.getMixedOffsets())) {
    view.offsets[dim] += number(offset);
    view.isDropped[dim] = dropped[dim];
  }
  views[op.getResult()] = view;
}

int64_t Walk::element(Value array, ValueRange indices) {
  const View &view = views.at(array);
  return data.arrays.at(view.argument).at(view.offsets[0] + scalars.at(indices[0]));
}

int64_t Walk::compare(arith::CmpIOp op) {
  int64_t a = scalars.at(op.getLhs()), b = scalars.at(op.getRhs());
  switch (op.getPredicate()) {
  case arith::CmpIPredicate::eq:
    return a == b;
  case arith::CmpIPredicate::ne:
    return a != b;
  case arith::CmpIPredicate::slt:
    return a < b;
  case arith::CmpIPredicate::sle:
    return a <= b;
  case arith::CmpIPredicate::sgt:
    return a > b;
  case arith::CmpIPredicate::sge:
    return a >= b;
  default:
    llvm_unreachable("no case compares without signs");
  }
}

int64_t Walk::compute(Operation *op) {
  auto operand = [&](unsigned index) { return scalars.at(op->getOperand(index)); };
  auto results = [&](AffineMap map) {
    SmallVector<Attribute> operands, folded;
    for (unsigned i = 0; i < op->getNumOperands(); ++i)
      operands.push_back(IntegerAttr::get(IndexType::get(op->getContext()), operand(i)));
    (void)map.constantFold(operands, folded);
    Numbers numbers;
    for (Attribute each : folded)
      numbers.push_back(cast<IntegerAttr>(each).getInt());
    return numbers;
  };
  IntegerAttr constant;
  if (matchPattern(op, m_Constant(&constant)))
    return constant.getType().isInteger(1) ? constant.getValue().getBoolValue()
                                           : constant.getValue().getSExtValue();
  if (auto load = dyn_cast<memref::LoadOp>(op))
    return element(load.getMemRef(), load.getIndices());
  if (auto load = dyn_cast<ReadOp>(op))
    return element(load.getMemref(), load.getIndices());
  if (auto dim = dyn_cast<memref::DimOp>(op)) {
    auto type = cast<MemRefType>(dim.getSource().getType());
    int64_t index = *dim.getConstantIndex();
    return type.isDynamicDim(index) ? data.extents.at(views.at(dim.getSource()).argument)
                                    : type.getDimSize(index);
  }
  if (auto apply = dyn_cast<affine::AffineApplyOp>(op))
    return results(apply.getAffineMap()).front();
  if (auto least = dyn_cast<affine::AffineMinOp>(op)) {
    Numbers all = results(least.getAffineMap());
    return *std::min_element(all.begin(), all.end());
  }
  if (auto largest = dyn_cast<affine::AffineMaxOp>(op)) {
    Numbers all = results(largest.getAffineMap());
    return *std::max_element(all.begin(), all.end());
  }
  if (auto compared = dyn_cast<arith::CmpIOp>(op))
    return compare(compared);
  if (isa<arith::IndexCastOp>(op))
    return operand(0);
  if (isa<arith::SelectOp>(op))
    return operand(0) ? operand(1) : operand(2);
  int64_t a = operand(0), b = operand(1);
  if (isa<arith::AddIOp>(op))
    return a + b;
  if (isa<arith::SubIOp>(op))
    return a - b;
  if (isa<arith::MulIOp>(op))
    return a * b;
  if (isa<arith::FloorDivSIOp>(op))
    return llvm::divideFloorSigned(a, b);
  if (isa<arith::CeilDivSIOp>(op))
    return llvm::divideCeilSigned(a, b);
  if (isa<arith::MinSIOp>(op))
    return std::min(a, b);
  if (isa<arith::MaxSIOp>(op))
    return std::max(a, b);
  if (isa<arith::AndIOp>(op))
    return a & b;
  if (isa<arith::OrIOp>(op))
    return a | b;
  if (isa<arith::XOrIOp>(op))
    return a ^ b;
  llvm_unreachable("no case has another operation");
}

EntryRun::EntryRun(EntryOp entry, const Data &data) {
  Walk(entry, data, *this).start();
}
