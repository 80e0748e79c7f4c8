//===- CubeTiles.h - the pieces of a product that fit the cube's buffers --*- C++ -*-===//

#ifndef TILEWORK_PLANNING_CUBETILES_H
#define TILEWORK_PLANNING_CUBETILES_H

#include <array>
#include <cstdint>

namespace tilework {

/// An [m, k] by [k, n] product; elements of `elementBytes`.
struct CubeProduct {
  int64_t m, n, k, elementBytes;
};

/// The dimensions of a product.
enum CubeDim { cubeM, cubeK, cubeN };

/// A piece of a product, and the loops over pieces, the outermost first. Along K they ascend in any
/// order of loops, so that no order changes a sum.
struct CubeTiles {
  int64_t m, n, k;
  std::array<CubeDim, 3> order{cubeN, cubeM, cubeK};
};

/// Of the buffers between L1 and the cube: bytes they hold, bytes per cycle into them, cycles per
/// product beside the multiplications, cycles until one pipe sees that another has finished, and
/// how often the cube goes through operands of four bytes.
struct CubeBuffers {
  int64_t l0aBytes, l0bBytes;
  double l0aBytesPerCycle, l0bBytesPerCycle, mmadStartCycles, flagCycles, widePasses;
};

/// What a choice of pieces takes. A piece of an operand that is the same in the next iteration
/// stays in its buffer: it is moved in the loop where its place changes.
struct CubeCosts {
  int64_t lhsMoves, rhsMoves; ///< pieces moved
  int64_t movedBytes, products;
  double moveCycles, mmadCycles;

  /// Moves and products work side by side, piece after piece, also of one product and the next.
  double getCycles() const { return moveCycles > mmadCycles ? moveCycles : mmadCycles; }
};

CubeCosts estimateCubeTiles(const CubeProduct &product, const CubeTiles &tiles,
                            const CubeBuffers &buffers);

/// The pieces and the order with the least modelled time, of which two pieces fit each buffer, so
/// that one is filled while the other is multiplied.
CubeTiles chooseCubeTiles(const CubeProduct &product, const CubeBuffers &buffers);

/// The modelled time of these pieces.
double estimateProductCycles(const CubeProduct &product, const CubeBuffers &buffers);

} // namespace tilework

#endif // TILEWORK_PLANNING_CUBETILES_H
