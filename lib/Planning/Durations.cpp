//===- Durations.cpp - how long an instruction takes ------------------------------===//

#include "lib/Planning/Durations.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "llvm/Support/MathExtras.h"

#include <cmath>

using namespace mlir;
using namespace tilework;
using namespace tilework::core;

/// The extents of a view; of one that is not known, the capacity of what it is a part of.
static SmallVector<int64_t> getExtents(Value view) {
  auto type = cast<MemRefType>(view.getType());
  SmallVector<int64_t> extents(type.getShape());
  if (type.hasStaticShape())
    return extents;
  auto part = view.getDefiningOp<ViewLikeOpInterface>();
  SmallVector<int64_t> whole = part ? getExtents(part.getViewSource()) : SmallVector<int64_t>{};
  size_t missing = whole.size() - std::min(whole.size(), extents.size());
  for (auto [dim, extent] : llvm::enumerate(extents))
    if (ShapedType::isDynamic(extent))
      extent = dim + missing < whole.size() ? whole[dim + missing] : 1;
  return extents;
}

static double getBytes(Value view) {
  double bits = cast<MemRefType>(view.getType()).getElementTypeBitWidth();
  for (int64_t extent : getExtents(view))
    bits *= static_cast<double>(extent);
  return bits / 8;
}

/// The operand whose extents say how much is moved or computed: the one on the core.
static Value getLocalOperand(Operation *op) {
  Value largest;
  for (Value operand : op->getOperands()) {
    auto space = getSpace(operand.getType());
    if (space && space != Space::gm && (!largest || getBytes(operand) > getBytes(largest)))
      largest = operand;
  }
  return largest;
}

static int64_t roundUp(double cycles) {
  return static_cast<int64_t>(std::ceil(cycles));
}

static Duration estimateTransfer(Value local, const Cost &cost, const Device &device) {
  auto bandwidth = [&](StringRef path) { return device.getBandwidth(path); };
  std::string path = (stringifySpace(*cost.from) + "_to_" + stringifySpace(*cost.to)).str();
  Duration duration{roundUp(getBytes(local) / bandwidth(path)), 0};
  if (cost.from == Space::gm)
    duration.latencyCycles = roundUp(device.get("latency.gm_read"));
  if (cost.to == Space::gm)
    duration.latencyCycles = roundUp(device.get("latency.gm_write"));
  if (cost.from == Space::ub && cost.to == Space::l1) // to the other unit, which has to be told
    duration.latencyCycles = roundUp(device.get("latency.cross_flag"));
  return duration;
}

static Duration estimateProduct(MmadOp op, const Device &device) {
  SmallVector<int64_t> lhs = getExtents(op.getLhs()), rhs = getExtents(op.getRhs());
  unsigned bits = cast<MemRefType>(op.getLhs().getType()).getElementTypeBitWidth();
  std::string width = "_" + std::to_string(bits) + "_bit";
  auto blocks = [&](int64_t size, const std::string &entry) {
    return std::ceil(static_cast<double>(size) / device.get("mmad." + entry));
  };
  double fractals =
      blocks(lhs[0], "m_block") * blocks(lhs[1], "k_block" + width) * blocks(rhs[1], "n_block");
  return {roundUp(device.get("mmad.start") + fractals * device.get("mmad.passes" + width)), 0};
}

/// The largest odd factor of how many blocks of 8 a row has: blocks beyond a power of two go one
/// after the other.
static double oddPart(int64_t columns) {
  int64_t blocks = std::max<int64_t>(1, (columns + 7) / 8);
  return static_cast<double>(blocks / (blocks & -blocks));
}

static Duration estimateFixpipe(Value source, const Cost &cost, const Device &device) {
  SmallVector<int64_t> extents = getExtents(source);
  auto rows = static_cast<double>(extents.front()), columns = static_cast<double>(extents.back());
  double row =
      std::max(device.get("fixpipe.row_min"), device.get("fixpipe.row_bytes_factor") * columns /
                                                  device.get("fixpipe.row_divisor"));
  row += device.get("fixpipe.odd_factor") * (oddPart(extents.back()) - 1);
  StringRef latency = cost.to == Space::ub ? "latency.cross_flag" : "latency.gm_write";
  return {roundUp(device.get("fixpipe.start") + rows * row), roundUp(device.get(latency))};
}

static Duration estimateVector(Operation *op, StringRef repeat, const Device &device) {
  double repeats = std::ceil(getBytes(getLocalOperand(op)) / device.get("vector.repeat_bytes"));
  return {roundUp(device.get("vector.start") + repeats * device.get(("vector." + repeat).str())),
          roundUp(device.get("vector.completion"))};
}

Duration tilework::estimateDuration(CoreOpInterface op, const Device &device) {
  Cost cost = op.getCost();
  switch (cost.formula) {
  case CostFormula::free:
    return {};
  case CostFormula::transfer:
    return estimateTransfer(getLocalOperand(op), cost, device);
  case CostFormula::fixpipe:
    return estimateFixpipe(op->getOperand(0), cost, device);
  case CostFormula::mmad:
    return estimateProduct(cast<MmadOp>(*op), device);
  case CostFormula::vector_simple:
    return estimateVector(op, "simple_repeat", device);
  case CostFormula::vector_binary:
    return estimateVector(op, "binary_repeat", device);
  case CostFormula::vector_special:
    return estimateVector(op, "special_repeat", device);
  case CostFormula::vector_reduce:
    return estimateVector(op, "reduce_repeat", device);
  case CostFormula::vector_transpose:
    return estimateVector(op, "transpose_repeat", device);
  case CostFormula::flag:
    return {roundUp(device.get("latency.flag")), 0};
  case CostFormula::cross_flag:
    return {0, roundUp(device.get("latency.cross_flag"))};
  case CostFormula::barrier:
    return {roundUp(device.get("latency.barrier")), 0};
  }
  llvm_unreachable("every formula has a duration");
}
