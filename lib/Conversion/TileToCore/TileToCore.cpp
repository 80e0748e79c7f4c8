//===- TileToCore.cpp - kernels from values to instructions on buffers -------------===//
//
// What: adds a core group for each kernel: its tiles in buffers of the core's memories, its
//       operations as instructions of both units, in the author's order.
// Why:  from here on the kernel is a program of the device.
// Form: `graph` → `graph` with a `core.group` per kernel, without addresses and flags.
// Not:  which unit's program an instruction stands in, how deep loops are buffered, addresses.
//
//===---------------------------------------------------------------------------===//

#include "lib/Conversion/TileToCore/Converter.h"
#include "lib/Conversion/TileToCore/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace tilework {
#define GEN_PASS_DEF_CONVERTTILETOCOREPASS
#include "lib/Conversion/TileToCore/Passes.h.inc"
} // namespace tilework

using namespace mlir;
using namespace tilework;

KernelConverter::KernelConverter(task::KernelOp kernel, const Device &device)
    : kernel(kernel), cube(device.getCubeBuffers()), channelPath(device.getChannelPath()),
      homes(kernel), builder(kernel.getContext()), loc(kernel.getLoc()) {}

FailureOr<core::GroupOp> KernelConverter::run() {
  builder.setInsertionPointAfter(kernel);
  auto type = FunctionType::get(kernel.getContext(), kernel.getArgumentTypes(), {});
  group = core::GroupOp::create(builder, loc, (kernel.getSymName() + "_placed").str(), type,
                                kernel.getSymName());
  Block &body = group.getBody().front();
  for (auto [from, to] : llvm::zip(kernel.getBody().getArguments(), body.getArguments())) {
    to.setLoc(from.getLoc());
    scalars.map(from, to);
  }
  builder.setInsertionPointToEnd(&body);
  if (failed(convertBlock(kernel.getBody().front()))) {
    group->erase();
    return failure();
  }
  return group;
}

namespace {
struct ConvertTileToCore : tilework::impl::ConvertTileToCorePassBase<ConvertTileToCore> {
  void runOnOperation() override {
    FailureOr<const Device *> device = findDevice(getOperation());
    if (failed(device))
      return signalPassFailure();
    for (auto kernel : llvm::make_early_inc_range(getOperation().getOps<task::KernelOp>()))
      if (failed(KernelConverter(kernel, **device).run()))
        return signalPassFailure();
  }
};
} // namespace
