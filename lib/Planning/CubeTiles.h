//===- CubeTiles.h - the pieces of a product that fit the cube's buffers --*- C++ -*-===//

#ifndef TILEWORK_PLANNING_CUBETILES_H
#define TILEWORK_PLANNING_CUBETILES_H

#include <cstdint>

namespace tilework {

/// An [m, k] by [k, n] product; elements of `elementBytes`.
struct CubeProduct {
  int64_t m, n, k, elementBytes;
};

/// A piece of a product.
struct CubeTiles {
  int64_t m, n, k;
};

/// Of the buffers between L1 and the cube: bytes they hold, bytes per cycle into them, cycles per
/// product beside the multiplications, and cycles until one pipe sees that another has finished.
struct CubeBuffers {
  int64_t l0aBytes, l0bBytes;
  double l0aBytesPerCycle, l0bBytesPerCycle, mmadStartCycles, flagCycles;
};

/// The pieces with the least modelled time, of which two fit each buffer, so that one is filled
/// while the other is multiplied.
CubeTiles chooseCubeTiles(const CubeProduct &product, const CubeBuffers &buffers);

/// The modelled time of these pieces.
double estimateProductCycles(const CubeProduct &product, const CubeBuffers &buffers);

} // namespace tilework

#endif // TILEWORK_PLANNING_CUBETILES_H
