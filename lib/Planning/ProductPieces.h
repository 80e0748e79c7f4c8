//===- ProductPieces.h - the pieces of a product that fit the memories of a core --*- C++ -*-===//
//
// A product whose operands do not fit L1, or whose result does not fit L0C, is computed piece by
// piece: each piece of the result over all of K, the operands in chunks along K.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_PLANNING_PRODUCTPIECES_H
#define TILEWORK_PLANNING_PRODUCTPIECES_H

#include "lib/Planning/CubeTiles.h"

#include <cstdint>
#include <optional>

namespace tilework {

/// An [m, k] by [k, n] product, or `trips` of them that are added up; and what becomes of it.
struct LargeProduct {
  int64_t m, n, k;
  int64_t elementBytes;              ///< of the operands
  int64_t trips = 1;                 ///< products that one piece of the result is the sum of
  int64_t tripStages = 1;            ///< of the loop over them: buffers per operand
  int64_t sums = 1;                  ///< of these extents that are live together
  int64_t vectorBytesPerElement = 0; ///< of the result, in ub
  bool keepsResult = false;          ///< whether the result stays whole, and only K is cut
  bool transLhs = false, transRhs = false;
};

/// What the memories around the cube hold and how fast they are filled: rows of fewer bytes than
/// `longRowBytes` at a fraction of the bandwidth.
struct ProductMemories {
  int64_t l1Bytes, l0cBytes, ubBytes;
  double loadBytesPerCycle, loadStartCycles, storeStartCycles, storeCyclesPerRow,
      storeBytesPerCycle, longRowBytes, shortRowFraction;
  CubeBuffers cube;
};

/// A piece of the result, the chunk of K, how many pieces are under way at the same time, whether
/// the loop over columns is outside that over rows, and the modelled cycles of the whole product.
struct ProductPieces {
  int64_t m, n, k, stages;
  bool columnsOutside;
  double cycles;
};

/// The pieces with the least modelled time, or none where even the smallest do not fit. Two chunks
/// of each operand fit L1 where K is cut, so that one is loaded while the other is multiplied.
std::optional<ProductPieces> chooseProductPieces(const LargeProduct &product,
                                                 const ProductMemories &memories);

/// Bytes of a result in L0C, whose fractals are whole.
int64_t getAccumulatorBytes(int64_t m, int64_t n);

} // namespace tilework

#endif // TILEWORK_PLANNING_PRODUCTPIECES_H
