//===- Device.h - the numbers of a device ---------------------------------*- C++ -*-===//
//
// The descriptions under python/tilework/devices, as a table: units, sources and confidence stand
// there.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_PLANNING_DEVICE_H
#define TILEWORK_PLANNING_DEVICE_H

#include "dialects/Core/Core.h"
#include "lib/Planning/ProductPieces.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"

namespace tilework {

class Device {
public:
  Device(llvm::StringRef name, llvm::StringRef digest, llvm::StringRef profile,
         llvm::ArrayRef<std::pair<const char *, double>> entries);

  llvm::StringRef getName() const { return name; }
  llvm::StringRef getDigest() const { return digest; }

  /// The value of an entry, "capacity.l1"; the entry must exist.
  double get(llvm::StringRef entry) const;

  /// Bytes per core cycle of a path, "l1_to_l0a", in the default profile.
  double getBandwidth(llvm::StringRef path) const;

  /// How a tile goes between the cube core and the vector cores.
  core::ChannelPath getChannelPath() const;

  /// Of the memories around the cube.
  CubeBuffers getCubeBuffers() const;
  ProductMemories getProductMemories() const;

private:
  std::string name, digest, profile;
  llvm::StringMap<double> entries;
};

/// The device of that name, or null where none is described.
const Device *findDevice(llvm::StringRef name);

/// All of them, for messages: "a2a3, a5".
std::string listDevices();

/// The device that the module is compiled for; the first one described where it names none. Fails
/// with an error where it names one that is unknown or described differently.
mlir::FailureOr<const Device *> findDevice(mlir::ModuleOp module);

} // namespace tilework

#endif // TILEWORK_PLANNING_DEVICE_H
