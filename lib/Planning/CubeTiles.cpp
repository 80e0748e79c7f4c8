//===- CubeTiles.cpp - the pieces of a product that fit the cube's buffers ---------===//

#include "lib/Planning/CubeTiles.h"

#include <algorithm>
#include <limits>

using namespace tilework;

static constexpr int64_t kFractal = 16;

static int64_t ceilDiv(int64_t value, int64_t divisor) {
  return (value + divisor - 1) / divisor;
}

/// Sizes of a piece along one dimension: whole fractals that halve the number of pieces each time,
/// or all of it.
static int64_t nextPiece(int64_t piece) {
  return piece <= kFractal ? 0 : ceilDiv(ceilDiv(piece, kFractal), 2) * kFractal;
}

/// The moves and the cube work side by side, piece after piece, also of one product and the next: a
/// piece takes as long as the slower of the two.
static double estimateCycles(const CubeProduct &product, const CubeTiles &tiles,
                             const CubeBuffers &buffers) {
  double pieces = static_cast<double>(ceilDiv(product.m, tiles.m)) * ceilDiv(product.n, tiles.n) *
                  ceilDiv(product.k, tiles.k);
  double bytes = product.elementBytes;
  double moves = tiles.m * tiles.k * bytes / buffers.l0aBytesPerCycle +
                 tiles.n * tiles.k * bytes / buffers.l0bBytesPerCycle + buffers.flagCycles;
  double fractals = static_cast<double>(ceilDiv(tiles.m, kFractal)) * ceilDiv(tiles.n, kFractal) *
                    ceilDiv(tiles.k, kFractal);
  double cube = buffers.mmadStartCycles + fractals + buffers.flagCycles;
  return pieces * std::max(moves, cube);
}

CubeTiles tilework::chooseCubeTiles(const CubeProduct &product, const CubeBuffers &buffers) {
  CubeTiles best{kFractal, kFractal, kFractal};
  double bestCycles = std::numeric_limits<double>::infinity();
  for (int64_t m = product.m; m; m = nextPiece(m))
    for (int64_t n = product.n; n; n = nextPiece(n))
      for (int64_t k = product.k; k; k = nextPiece(k)) {
        auto padded = [](int64_t size) { return ceilDiv(size, kFractal) * kFractal; };
        int64_t lhs = 2 * padded(m) * padded(k) * product.elementBytes;
        int64_t rhs = 2 * padded(n) * padded(k) * product.elementBytes;
        if (lhs > buffers.l0aBytes || rhs > buffers.l0bBytes)
          continue;
        double cycles = estimateCycles(product, {m, n, k}, buffers);
        if (cycles < bestCycles)
          bestCycles = cycles, best = {m, n, k};
      }
  return best;
}

double tilework::estimateProductCycles(const CubeProduct &product, const CubeBuffers &buffers) {
  return estimateCycles(product, chooseCubeTiles(product, buffers), buffers);
}
