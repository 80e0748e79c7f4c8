//===- SplitLanes.cpp - part of every tile for each vector core ----------------------------===//
//
// What: lets both vector cores of a group execute its vector program, each on its part of the
// tiles. Why:  the second vector core would idle. Form: split group, one lane → split group, two
// lanes. Not:  which tiles to halve, and in which dimension: lib/Planning/Lanes. Programs of which
// a half
//       would need the other, or that gain nothing: they keep one lane.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Core/SplitLanes.h"
#include "lib/Planning/Device.h"
#include "lib/Transforms/Core/Passes.h"
#include "lib/Transforms/Core/SplitLanesMemory.h"

#include "dialects/Task/Task.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/FormatVariadic.h"

namespace tilework::core {
#define GEN_PASS_DEF_SPLITLANESPASS
#include "lib/Transforms/Core/Passes.h.inc"
} // namespace tilework::core

using namespace mlir;
using namespace tilework;
using namespace tilework::core;

/// Of the work of one lane: two that have as much as this each gain nothing.
static constexpr double kWorthwhile = 0.95;

//===---------------------------------------------------------------------------===//
// Decide
//===---------------------------------------------------------------------------===//

/// Says who touches what under a plan.
static void assignShares(LaneMeetings &meetings, const LaneProblem &problem,
                         const lanes::Plan &plan) {
  for (LaneAccess &access : meetings.accesses) {
    const auto *step = problem.steps.find(access.op);
    bool isStore = isa<DmaStoreOp>(access.op);
    lanes::Layout layout = step == problem.steps.end() ? lanes::Layout() : plan.steps[step->second];
    access.share = isStore ? LaneShare::first : LaneShare::everything;
    if (layout.isWhole())
      continue;
    access.share = LaneShare::parts;
    const lanes::Operand &tile = problem.problem.steps[step->second].operands.front();
    access.dim = static_cast<int64_t>(access.rectangle.dims.size() - tile.dims.size()) + layout.dim;
    access.point = LinearSum();
    access.point.constant = layout.point;
    if (layout.origin)
      access.point.add(LinearSum::of(problem.origins[layout.origin - 1]), -1);
  }
}

/// Why the lanes of a plan are not to be used; empty where they are.
static std::string findObstacle(const LaneProblem &problem, LaneMeetings &meetings,
                                const lanes::Plan &plan) {
  bool hasHalves = llvm::any_of(problem.problem.tiles, [](const lanes::Tile &tile) {
    return llvm::any_of(tile.shape, [](int64_t size) { return size > 1; });
  });
  if (!hasHalves)
    return "has no tile to halve";
  if (!lanes::verify(problem.problem, plan).empty())
    return "hands over a tile of which a core cannot send its part";
  assignShares(meetings, problem, plan);
  auto pairs = meetings.find();
  if (!pairs.empty())
    return pairs.front().first->writes && pairs.front().second->writes
               ? "stores what the other core may have stored"
               : "loads what the other core may store";
  if (plan.getBusier() < kWorthwhile * lanes::getWorkOfOne(problem.problem))
    return "";
  for (auto [op, step] : problem.steps)
    if (plan.steps[step].isWhole()) {
      if (isa<VectorReduceOp>(op))
        return "reduces across the halves";
      if (isa<VectorArangeOp, VectorTransposeOp>(op))
        return "orders the elements of a tile anew";
    }
  return "needs all of its tiles on both cores";
}

/// Of the work of one lane, what the busier of two does, in per cent.
static double getBusier(const LaneProblem &problem, const lanes::Plan &plan, bool isVectorOnly) {
  double all = 0, work[2] = {0, 0};
  for (auto [op, index] : problem.steps) {
    auto instruction = dyn_cast<CoreOpInterface>(op);
    if (isVectorOnly && (!instruction || instruction.getPipe() != Pipe::v))
      continue;
    const lanes::Step &step = problem.problem.steps[index];
    all += step.work;
    for (int lane : {0, 1})
      work[lane] += step.work * lanes::getShare(step, plan.steps[index], lane);
  }
  return all == 0 ? 0 : 100 * std::max(work[0], work[1]) / all;
}

static void dumpShares(VectorProgramOp program, const LaneProblem &problem, const lanes::Plan &plan,
                       StringRef obstacle) {
  bool isSplit = obstacle.empty();
  auto remark = program.emitRemark();
  auto percent = [](double share) { return llvm::formatv("{0:f1} %", share).str(); };
  remark << "'" << program->getParentOfType<GroupOp>().getName() << "' has "
         << (isSplit ? "2 lanes" : "1 lane") << "; the busier does "
         << percent(isSplit ? getBusier(problem, plan, /*isVectorOnly=*/true) : 100)
         << " of the vector work and "
         << percent(isSplit ? getBusier(problem, plan, /*isVectorOnly=*/false) : 100) << " of all";
  if (!isSplit)
    remark << ", since it " << obstacle;
}

//===---------------------------------------------------------------------------===//
// Pass
//===---------------------------------------------------------------------------===//

namespace {
struct SplitLanes : tilework::core::impl::SplitLanesPassBase<SplitLanes> {
  using SplitLanesPassBase::SplitLanesPassBase;

  void runOnOperation() override {
    FailureOr<const Device *> device = findDevice(getOperation());
    if (failed(device))
      return signalPassFailure();
    auto alignment = static_cast<int64_t>((*device)->get("alignment.ub"));
    SymbolTableCollection symbols;
    getOperation().walk([&](VectorProgramOp program) {
      auto group = program->getParentOfType<GroupOp>();
      auto kernel = symbols.lookupNearestSymbolFrom<task::KernelOp>(group, group.getKernelAttr());
      split(program, kernel, alignment);
    });
  }

  void split(VectorProgramOp program, task::KernelOp kernel, int64_t alignmentBytes) {
    task::SplitMode mode = kernel ? kernel.getSplit() : task::SplitMode::automatic;
    if (program.getLanes() == 2 || mode == task::SplitMode::none)
      return;
    std::optional<int64_t> dim;
    if (mode != task::SplitMode::automatic)
      dim = mode == task::SplitMode::left_right;
    LaneProblem problem(program, dim, alignmentBytes);
    LaneMeetings meetings(program);
    lanes::Plan plan = lanes::plan(problem.problem, [&](const lanes::Plan &candidate) {
      assignShares(meetings, problem, candidate);
      return static_cast<int64_t>(meetings.find().size());
    });
    std::string obstacle = findObstacle(problem, meetings, plan);
    if (dump)
      dumpShares(program, problem, plan, obstacle);
    if (obstacle.empty())
      return applyLanes(program, problem, plan);
    if (mode != task::SplitMode::automatic)
      program.emitWarning(
          "expects a kernel whose tiles two vector cores can share, since its split "
          "is '")
          << task::stringifySplitMode(mode) << "', but it " << obstacle
          << "; one vector core does all of it";
  }
};
} // namespace
