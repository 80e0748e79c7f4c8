//===- HoistAllocations.cpp - every buffer of a kernel at its entry ------------------===//
//
// What: moves the allocations of a kernel to its first block.
// Why:  a buffer is claimed once per task, not once per iteration.
// Form: kernel on memrefs → the same.
// Not:  sharing memory between buffers whose lifetimes do not meet.
//
//===---------------------------------------------------------------------------===//

#include "lib/Conversion/TileToLinalg/Passes.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

namespace tilework {
#define GEN_PASS_DEF_HOISTALLOCATIONSPASS
#include "lib/Conversion/TileToLinalg/Passes.h.inc"
} // namespace tilework

using namespace mlir;

namespace {
struct HoistAllocations : tilework::impl::HoistAllocationsPassBase<HoistAllocations> {
  void runOnOperation() override {
    SmallVector<memref::AllocOp> allocations;
    getOperation().walk([&](memref::AllocOp op) { allocations.push_back(op); });
    Block &entry = getOperation().getBody().front();
    Operation *last = nullptr;
    for (memref::AllocOp op : allocations) {
      if (!op.getType().hasStaticShape()) {
        op.emitError("expects the buffer of a tile to have a static size, but got ")
            << op.getType();
        return signalPassFailure();
      }
      if (last)
        op->moveAfter(last);
      else
        op->moveBefore(&entry, entry.begin());
      last = op;
    }
  }
};
} // namespace
