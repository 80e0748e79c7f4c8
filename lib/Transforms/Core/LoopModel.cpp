//===- LoopModel.cpp - programs as the model of pipes sees them -----------------------===//

#include "lib/Transforms/Core/LoopModel.h"

#include "lib/Planning/Durations.h"
#include "lib/Transforms/Core/Views.h"

#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Interfaces/LoopLikeInterface.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tilework;
using namespace tilework::core;

static constexpr int32_t kPipes = getMaxEnumValForPipe() + 1;

int32_t tilework::core::getQueue(Unit unit, Pipe pipe) {
  return static_cast<int32_t>(pipe) + (unit == Unit::vector ? kPipes : 0);
}

int32_t tilework::core::getQueue(CoreOpInterface op) {
  return getQueue(op->getParentOfType<VectorProgramOp>() ? Unit::vector : getUnit(op),
                  op.getPipe());
}

static int64_t countTrips(LoopLikeOpInterface loop) {
  std::optional<OpFoldResult> bounds[] = {loop.getSingleLowerBound(), loop.getSingleUpperBound(),
                                          loop.getSingleStep()};
  int64_t values[3];
  for (auto [bound, value] : llvm::zip(bounds, values)) {
    auto constant = bound ? getConstantIntValue(*bound) : std::nullopt;
    if (!constant)
      return pipes::kOuterTrips;
    value = *constant;
  }
  auto [lower, upper, step] = values;
  return lower < upper && step > 0 ? llvm::divideCeil(upper - lower, step) : 0;
}

LoopModel::LoopModel(const Device &device) : device(device) {
  program.queues = 2 * kPipes;
  program.flagCycles = static_cast<int64_t>(device.get("latency.flag"));
}

int32_t LoopModel::getNumber(Value root) {
  auto [entry, isNew] = numbers.try_emplace(root, static_cast<int32_t>(numbers.size()));
  if (isNew) {
    program.buffers.emplace_back();
    accesses.emplace_back();
  }
  return entry->second;
}

int32_t LoopModel::addLoop(Operation *loop) {
  loops.push_back(loop);
  return static_cast<int32_t>(loops.size()) - 1;
}

int32_t LoopModel::getLoopNumber(Operation *loop) const {
  return static_cast<int32_t>(llvm::find(loops, loop) - loops.begin());
}

pipes::Instruction LoopModel::readInstruction(CoreOpInterface op) {
  Duration duration = estimateDuration(op, device);
  pipes::Instruction instruction{getQueue(op), duration.holdCycles, duration.latencyCycles, {}};
  auto touch = [&](Value root, bool writes) {
    int32_t number = getNumber(root);
    instruction.accesses.push_back({number, writes});
    accesses[number].push_back(op);
  };
  for (const OperandAccess &access : core::getAccesses(op))
    if (Value root = getRoot(access.view); root.getDefiningOp<BufferOp>())
      touch(root, access.writes);
  if (auto push = dyn_cast<PushOp>(*op))
    touch(push.getChannel(), /*writes=*/true);
  if (auto pop = dyn_cast<PopOp>(*op))
    touch(pop.getChannel(), /*writes=*/false);
  return instruction;
}

std::vector<pipes::Node> LoopModel::read(Operation *op) {
  if (auto instruction = dyn_cast<CoreOpInterface>(op))
    return {{readInstruction(instruction), {}}};
  if (isa<LoopLikeOpInterface>(op)) {
    pipes::Node loop;
    loop.loop = addLoop(op);
    loop.trips = countTrips(cast<LoopLikeOpInterface>(op));
    for (Region &region : op->getRegions())
      llvm::move(read(region.front()), std::back_inserter(loop.body));
    return {loop};
  }
  std::vector<pipes::Node> longest;
  for (Region &region : op->getRegions())
    if (!region.empty())
      if (std::vector<pipes::Node> branch = read(region.front()); branch.size() > longest.size())
        longest = std::move(branch);
  return longest;
}

std::vector<pipes::Node> LoopModel::read(Block &block) {
  std::vector<pipes::Node> nodes;
  for (Operation &op : block)
    llvm::move(read(&op), std::back_inserter(nodes));
  return nodes;
}
