//===- Costs.h - what an instruction costs on its own ---------------------------------*- C++
//-*-===//
//
// The formulas of the device description for everything that no other core can slow down. Sizes
// are those that were recorded: valid extents, not capacities.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_SIMULATOR_COSTS_H
#define TILEWORK_SIMULATOR_COSTS_H

#include "Machine.h"
#include "Regions.h"

namespace tilework::simulator {

struct Cost {
  Time hold = 0;    ///< of the pipe
  Time latency = 0; ///< from then on until others see what it did
};

const char *nameOf(int64_t space); ///< of a tw_space

/// Bytes per cycle between two memories; throws DescriptionError where the device has no such path.
double pathBandwidth(const Machine &machine, int64_t from, int64_t to);

/// The fixpipe moving `rows` of `columns` elements.
Time fixpipeTime(const Machine &machine, int64_t rows, int64_t columns);

/// A tile that goes directly to the other unit, from l0c to ub or from ub to l1.
Time sendTime(const Machine &machine, const tw_region &tile);

/// An instruction that reads and writes the memories of its core alone.
Cost costOnCore(const Machine &machine, const tw_instruction &instruction);

} // namespace tilework::simulator

#endif // TILEWORK_SIMULATOR_COSTS_H
