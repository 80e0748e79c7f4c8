//===- CubeTiles.cpp - the pieces of a product that fit the cube's buffers ---------===//

#include "lib/Planning/CubeTiles.h"

#include <algorithm>
#include <limits>

using namespace tilework;

static constexpr int64_t kFractal = 16, kFractalRowBytes = 32;

static int64_t ceilDiv(int64_t value, int64_t divisor) {
  return (value + divisor - 1) / divisor;
}

/// Sizes of a piece along one dimension: whole fractals that halve the number of pieces each time,
/// or all of it.
static int64_t nextPiece(int64_t piece) {
  return piece <= kFractal ? 0 : ceilDiv(ceilDiv(piece, kFractal), 2) * kFractal;
}

/// How often a piece of the operand without `other` is moved: once per iteration of the loops down
/// to the innermost one that changes it.
static int64_t countMoves(const std::array<CubeDim, 3> &order, const int64_t trips[3],
                          CubeDim other) {
  int64_t moves = 1, around = 1;
  for (CubeDim dim : order) {
    around *= trips[dim];
    if (dim != other && trips[dim] > 1)
      moves = around;
  }
  return moves;
}

CubeCosts tilework::estimateCubeTiles(const CubeProduct &product, const CubeTiles &tiles,
                                      const CubeBuffers &buffers) {
  int64_t trips[3];
  trips[cubeM] = ceilDiv(product.m, tiles.m);
  trips[cubeK] = ceilDiv(product.k, tiles.k);
  trips[cubeN] = ceilDiv(product.n, tiles.n);
  CubeCosts costs;
  costs.lhsMoves = countMoves(tiles.order, trips, cubeN);
  costs.rhsMoves = countMoves(tiles.order, trips, cubeM);
  costs.products = trips[cubeM] * trips[cubeK] * trips[cubeN];
  // A dimension is moved whole each time all of its pieces are, tail included.
  double rounds = 1.0 / (trips[cubeM] * trips[cubeK]);
  double lhs = costs.lhsMoves * rounds * product.m * product.k * product.elementBytes;
  rounds = 1.0 / (trips[cubeK] * trips[cubeN]);
  double rhs = costs.rhsMoves * rounds * product.k * product.n * product.elementBytes;
  costs.movedBytes = static_cast<int64_t>(lhs + rhs + 0.5);
  costs.moveCycles = lhs / buffers.l0aBytesPerCycle + rhs / buffers.l0bBytesPerCycle +
                     std::max(costs.lhsMoves, costs.rhsMoves) * buffers.flagCycles;
  int64_t depth = kFractalRowBytes / product.elementBytes;
  double fractals = static_cast<double>(ceilDiv(tiles.m, kFractal)) * ceilDiv(tiles.n, kFractal) *
                    ceilDiv(tiles.k, depth) * (product.elementBytes == 4 ? buffers.widePasses : 1);
  costs.mmadCycles = costs.products * (buffers.mmadStartCycles + fractals + buffers.flagCycles);
  return costs;
}

CubeTiles tilework::chooseCubeTiles(const CubeProduct &product, const CubeBuffers &buffers) {
  static constexpr std::array<CubeDim, 3> kOrders[] = {
      {cubeN, cubeM, cubeK}, {cubeM, cubeN, cubeK}, {cubeN, cubeK, cubeM},
      {cubeM, cubeK, cubeN}, {cubeK, cubeN, cubeM}, {cubeK, cubeM, cubeN}};
  CubeTiles best{kFractal, kFractal, kFractal};
  double bestCycles = std::numeric_limits<double>::infinity(), bestMoves = bestCycles;
  for (int64_t m = product.m; m; m = nextPiece(m))
    for (int64_t n = product.n; n; n = nextPiece(n))
      for (int64_t k = product.k; k; k = nextPiece(k)) {
        auto padded = [](int64_t size) { return ceilDiv(size, kFractal) * kFractal; };
        int64_t lhs = 2 * padded(m) * padded(k) * product.elementBytes;
        int64_t rhs = 2 * padded(n) * padded(k) * product.elementBytes;
        if (lhs > buffers.l0aBytes || rhs > buffers.l0bBytes)
          continue;
        for (const auto &order : kOrders) {
          CubeTiles tiles{m, n, k, order};
          CubeCosts costs = estimateCubeTiles(product, tiles, buffers);
          double cycles = costs.getCycles();
          // Of equal times, the one that keeps the path from L1 less busy.
          if (cycles < bestCycles || (cycles == bestCycles && costs.moveCycles < bestMoves))
            bestCycles = cycles, bestMoves = costs.moveCycles, best = tiles;
        }
      }
  return best;
}

double tilework::estimateProductCycles(const CubeProduct &product, const CubeBuffers &buffers) {
  return estimateCubeTiles(product, chooseCubeTiles(product, buffers), buffers).getCycles();
}
