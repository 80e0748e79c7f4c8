//===- MaterializeTarget.cpp - which device a module is for --------------------------------===//
//
// What: puts `tile.target` on the module: a device by name, and the digest of its description.
// Why:  planners read the numbers of the device that the module names.
// Form: any form → the same.
// Not:  programs from Python, whose modules name their device from the start.
//
//===---------------------------------------------------------------------------===//

#include "lib/Planning/Device.h"
#include "lib/Transforms/Tile/Passes.h"

namespace tilework::tile {
#define GEN_PASS_DEF_MATERIALIZETARGETPASS
#include "lib/Transforms/Tile/Passes.h.inc"
} // namespace tilework::tile

using namespace mlir;
using namespace tilework;

namespace {
struct MaterializeTarget : tile::impl::MaterializeTargetPassBase<MaterializeTarget> {
  using MaterializeTargetPassBase::MaterializeTargetPassBase;

  void runOnOperation() override {
    const Device *found = findDevice(device);
    if (!found) {
      getOperation().emitError("expects a device of ")
          << listDevices() << ", but got '" << device << "'";
      return signalPassFailure();
    }
    getOperation()->setAttr(
        tile::kTargetAttrName,
        tile::TargetAttr::get(&getContext(), found->getName(), found->getDigest()));
  }
};
} // namespace
