//===- PlaceChannels.cpp - an address for every channel ----------------------------------===//
//
// What: gives each channel of a group an offset in the memory that the group owns for its rings.
// Why:  these channels have no other path than global memory; where a tile lies on its way
//       is what the executor carries out and the checker judges.
// Form: group → group whose channels have addresses.
// Not:  channels that share bytes: docs/rationale/0016-where-channels-lie.md. Direct channels lie
// where
//       their buffer does: PlaceBuffers.cpp.
//
//===---------------------------------------------------------------------------===//

#include "lib/Transforms/Core/Passes.h"

#include "dialects/Core/ChannelLayout.h"

namespace tilework::core {
#define GEN_PASS_DEF_PLACECHANNELSPASS
#include "lib/Transforms/Core/Passes.h.inc"
} // namespace tilework::core

using namespace mlir;
using namespace tilework::core;

namespace {
struct Ring {
  ChannelOp channel;
  int64_t begin, end;
};
using Plan = SmallVector<Ring>; // ascending
} // namespace

//===---------------------------------------------------------------------------===//
// Decide
//===---------------------------------------------------------------------------===//

static void insert(Plan &plan, ChannelOp channel, int64_t begin) {
  Ring ring = {channel, begin, begin + getRingBytes(channel.getType())};
  auto next = llvm::find_if(plan, [&](const Ring &it) { return it.begin > begin; });
  plan.insert(next, ring);
}

/// The lowest block where so many bytes are free.
static int64_t findRoom(const Plan &plan, int64_t sizeBytes) {
  int64_t begin = 0;
  for (const Ring &ring : plan) {
    if (begin + sizeBytes <= ring.begin)
      break;
    begin = std::max<int64_t>(begin, llvm::alignTo(ring.end, kRingBlockBytes));
  }
  return begin;
}

/// Addresses that channels have already stay; the others come in program order.
static FailureOr<Plan> planChannels(GroupOp group) {
  Plan plan;
  auto channels =
      llvm::make_filter_range(group.getBody().getOps<ChannelOp>(),
                              [](ChannelOp channel) { return !channel.getType().isDirect(); });
  for (ChannelOp channel : channels)
    if (std::optional<int64_t> address = channel.getAddress())
      insert(plan, channel, *address);
  for (size_t i = 1; i < plan.size(); ++i)
    if (plan[i - 1].end > plan[i].begin) {
      auto error = plan[i].channel.emitError("expects an address from ")
                   << plan[i - 1].end << ", behind the channel below it, but got " << plan[i].begin;
      error.attachNote(plan[i - 1].channel.getLoc()) << "the channel below it";
      return failure();
    }
  for (ChannelOp channel : channels)
    if (!channel.getAddress())
      insert(plan, channel, findRoom(plan, getRingBytes(channel.getType())));
  return plan;
}

//===---------------------------------------------------------------------------===//
// Apply
//===---------------------------------------------------------------------------===//

static void setAddresses(const Plan &plan) {
  for (Ring ring : plan)
    ring.channel.setAddress(ring.begin);
}

//===---------------------------------------------------------------------------===//
// Pass
//===---------------------------------------------------------------------------===//

namespace {
struct PlaceChannels : tilework::core::impl::PlaceChannelsPassBase<PlaceChannels> {
  void runOnOperation() override {
    FailureOr<Plan> plan = planChannels(getOperation());
    if (failed(plan))
      return signalPassFailure();
    setAddresses(*plan);
  }
};
} // namespace
