//===- Machine.h - the numbers of a device, as the simulator counts ----------------*- C++ -*-===//
//
// A device description (python/tilework/devices) in one profile, in ticks and fixed-point rates.
// Nothing else in the simulator knows a number of a device.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_SIMULATOR_MACHINE_H
#define TILEWORK_SIMULATOR_MACHINE_H

#include "StreamAbi.h"

#include <cstdint>
#include <limits>
#include <map>
#include <stdexcept>
#include <string>

namespace tilework::simulator {

using Time = int64_t; ///< picoseconds
constexpr Time never = std::numeric_limits<Time>::max();

/// Bytes per picosecond, in units of 2^-32.
using Rate = uint64_t;
constexpr int rateBits = 32;

/// The entries of a description by their dotted names; those of the chosen profile stand at
/// "bandwidth.<path>".
using Description = std::map<std::string, double>;

/// A description that lacks an entry, or has one that makes no sense; the message names it.
class DescriptionError : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

struct Machine {
  explicit Machine(const Description &description);

  /// Throws DescriptionError.
  double get(const std::string &entry) const;
  Time cycles(double count) const; ///< rounded up
  Rate perCycle(double bytes) const;

  int64_t groups;    ///< core groups: a cube core and two vector cores each
  int64_t inFlight;  ///< transfers of one pipe between its core and global memory
  int64_t taskSlots; ///< tasks that a core holds, the running one among them

  int64_t l2Bytes, lineBytes, extentBytes;
  Rate hbm, l2Read, l2Write;
  double unalignedFraction;
  int64_t alignedBytes;

  Time gmRead, gmWrite, l2MissExtra, flag, crossFlag, barrier, atomicExtra;

  int64_t schedulers;
  Time submit, lookup, submitGraph, doorbell; ///< lookup is part of submit
  Time scheduleDispatch, scheduleComplete, conditionLoad, toCore, fromCore, coreHead;
  int64_t windowTasks, heapBytes, dependenceEntries;

private:
  Description description;
  double coreHz;
};

} // namespace tilework::simulator

#endif // TILEWORK_SIMULATOR_MACHINE_H
