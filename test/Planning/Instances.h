//===- Instances.h - random placement problems --------------------------------------*- C++ -*-===//
//
// For tests and the benchmark. The same arguments make the same problem on every host.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_TEST_PLANNING_INSTANCES_H
#define TILEWORK_TEST_PLANNING_INSTANCES_H

#include "lib/Planning/Placement/Problem.h"

namespace tilework::placement {

/// Where the buffers of a problem come from. `percent` of the capacity is their lower bound, save
/// for rounding to `GranuleBytes`, the unit of sizes and alignments.
enum class Family {
  Cut,    ///< a rectangle of time x addresses cut into buffers: packs without a gap at 100 percent
  Loose,  ///< the same, then some buffers dropped, some smaller, some shorter
  Random, ///< lifetimes and sizes drawn at random; whether they pack at 100 percent is not known
  Kernel, ///< loops over tiles: double buffers, accumulators, in-place chains, holes, unknown
          ///< orders
};

constexpr int64_t GranuleBytes = 32;

Problem makeInstance(Family family, int32_t buffers, int32_t percent, uint64_t seed);

} // namespace tilework::placement

#endif // TILEWORK_TEST_PLANNING_INSTANCES_H
