//===- Device.cpp - the numbers of a device ----------------------------------------===//

#include "lib/Planning/Device.h"

#include "dialects/Tile/Tile.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace tilework;

static const std::vector<Device> &getDevices() {
  static const std::vector<Device> devices = {
#include "lib/Planning/DeviceTable.inc"
  };
  return devices;
}

Device::Device(StringRef name, StringRef digest, StringRef profile,
               ArrayRef<std::pair<const char *, double>> entries)
    : name(name), digest(digest), profile(profile) {
  for (auto [entry, value] : entries)
    this->entries[entry] = value;
}

double Device::get(StringRef entry) const {
  auto found = entries.find(entry);
  assert(found != entries.end() && "the description has every entry that the compiler reads");
  return found->second;
}

double Device::getBandwidth(StringRef path) const {
  return get(("bandwidth." + profile + "." + path).str());
}

core::ChannelPath Device::getChannelPath() const {
  return get("paths.cube_vector_direct") != 0 ? core::ChannelPath::direct
                                              : core::ChannelPath::through_gm;
}

CubeBuffers Device::getCubeBuffers() const {
  return {static_cast<int64_t>(get("capacity.l0a")),
          static_cast<int64_t>(get("capacity.l0b")),
          getBandwidth("l1_to_l0a"),
          getBandwidth("l1_to_l0b"),
          get("mmad.start"),
          get("latency.flag"),
          get("mmad.passes_32_bit")};
}

ProductMemories Device::getProductMemories() const {
  return {static_cast<int64_t>(get("capacity.l1")),
          static_cast<int64_t>(get("capacity.l0c")),
          static_cast<int64_t>(get("capacity.ub")),
          getBandwidth("gm_to_l1"),
          get("latency.gm_read"),
          get("fixpipe.start"),
          get("fixpipe.row_min"),
          get("fixpipe.row_divisor"),
          get("alignment.gm_best"),
          get("dma.unaligned_fraction"),
          getCubeBuffers()};
}

const Device *tilework::findDevice(StringRef name) {
  auto found =
      llvm::find_if(getDevices(), [&](const Device &device) { return device.getName() == name; });
  return found == getDevices().end() ? nullptr : &*found;
}

std::string tilework::listDevices() {
  return llvm::join(llvm::map_range(getDevices(), [](const Device &it) { return it.getName(); }),
                    ", ");
}

FailureOr<const Device *> tilework::findDevice(ModuleOp module) {
  auto target = module->getAttrOfType<tile::TargetAttr>(tile::kTargetAttrName);
  if (!target)
    return &getDevices().front();
  const Device *device = findDevice(target.getDevice());
  if (!device)
    return module.emitError("expects a device that is described, but got '")
           << target.getDevice() << "'";
  if (device->getDigest() != target.getDigest())
    return module.emitError("expects the description ")
           << device->getDigest() << " of device '" << device->getName() << "', but got "
           << target.getDigest();
  return device;
}
