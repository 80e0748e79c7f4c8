//===- ProductPieces.cpp - the pieces of a product that fit the memories of a core ------===//

#include "lib/Planning/ProductPieces.h"

#include <algorithm>
#include <limits>
#include <vector>

using namespace tilework;

static constexpr int64_t kFractal = 16, kAccumulatorBytes = 4;

static int64_t ceilDiv(int64_t value, int64_t divisor) {
  return (value + divisor - 1) / divisor;
}

static int64_t pad(int64_t size) {
  return ceilDiv(size, kFractal) * kFractal;
}

int64_t tilework::getAccumulatorBytes(int64_t m, int64_t n) {
  return pad(m) * pad(n) * kAccumulatorBytes;
}

/// Sizes of equal pieces of `size`, in whole blocks, each with the least rest: for one piece, two,
/// three and so on.
static std::vector<int64_t> getPieceSizes(int64_t size, int64_t block) {
  std::vector<int64_t> sizes{size};
  for (int64_t pieces = 2; pieces <= ceilDiv(size, block); ++pieces) {
    int64_t piece = ceilDiv(ceilDiv(size, pieces), block) * block;
    if (piece < sizes.back())
      sizes.push_back(piece);
  }
  return sizes;
}

namespace {
/// One choice of sizes, and what it takes.
struct Candidate {
  const LargeProduct &product;
  const ProductMemories &memories;
  int64_t m, n, k, stages;
  bool columnsOutside;

  bool isCut() const { return k < product.k; }
  bool isPiece() const { return m < product.m || n < product.n; }

  bool fits() const {
    int64_t chunk = pad(k) * (pad(m) + pad(n)) * product.elementBytes;
    int64_t slots = isCut()             ? 2
                    : product.trips > 1 ? product.tripStages
                                        : (isPiece() ? stages : 1) * product.sums;
    return slots * chunk <= memories.l1Bytes &&
           getAccumulatorBytes(m, n) * product.sums <= memories.l0cBytes &&
           stages * m * n * product.vectorBytesPerElement <= memories.ubBytes;
  }

  /// Per piece. Where K is whole, the operand of the outer loop stays in l1 during the inner one.
  double getLoadCycles() const {
    bool stays = !isCut() && product.trips == 1;
    double rows = m, columns = n, transfers = 2;
    if (stays) {
      int64_t inner = columnsOutside ? ceilDiv(product.m, m) : ceilDiv(product.n, n);
      (columnsOutside ? columns : rows) /= inner;
      transfers = 1 + 1.0 / inner;
    }
    auto stretch = [&](int64_t row) {
      return row * product.elementBytes < memories.longRowBytes ? 1 / memories.shortRowFraction : 1;
    };
    rows *= stretch(product.transLhs ? m : k);
    columns *= stretch(product.transRhs ? k : n);
    double bytes = (rows + columns) * k * product.elementBytes;
    double chunk = transfers * memories.loadStartCycles + bytes / memories.loadBytesPerCycle;
    return chunk * ceilDiv(product.k, k) * product.trips * product.sums;
  }

  double getCubeCycles() const {
    double chunk = estimateProductCycles({m, n, k, product.elementBytes}, memories.cube);
    return chunk * ceilDiv(product.k, k) * product.trips * product.sums;
  }

  double getStoreCycles() const {
    double row =
        std::max(memories.storeCyclesPerRow, n * kAccumulatorBytes / memories.storeBytesPerCycle);
    return (memories.storeStartCycles + m * row) * product.sums;
  }

  /// Loads, products and, where two results fit L0C, stores work side by side.
  double combine(double load, double cube) const {
    double pieces = static_cast<double>(ceilDiv(product.m, m)) * ceilDiv(product.n, n);
    double store = getStoreCycles(), work = std::max(load, cube);
    bool overlaps = stages > 1 && 2 * getAccumulatorBytes(m, n) * product.sums <= memories.l0cBytes;
    return pieces * (overlaps ? std::max(work, store) : work + store) +
           load / (ceilDiv(product.k, k) * product.trips) + (overlaps ? store : 0);
  }
};
} // namespace

std::optional<ProductPieces> tilework::chooseProductPieces(const LargeProduct &product,
                                                           const ProductMemories &memories) {
  std::optional<ProductPieces> best;
  std::vector<int64_t> rows = getPieceSizes(product.m, kFractal);
  std::vector<int64_t> columns = getPieceSizes(product.n, kFractal);
  if (product.keepsResult)
    rows.resize(1), columns.resize(1);
  std::vector<int64_t> depths = getPieceSizes(product.k, 2 * kFractal);
  for (int64_t stages : {2, 1})
    for (int64_t m : rows)
      for (int64_t n : columns)
        for (int64_t k : depths)
          for (bool columnsOutside : {false, true}) {
            Candidate candidate{product, memories, m, n, k, stages, columnsOutside};
            // The products take as long as the loads at least: most choices end here.
            double load = candidate.getLoadCycles();
            if (!candidate.fits() || (best && candidate.combine(load, 0) >= best->cycles))
              continue;
            double cycles = candidate.combine(load, candidate.getCubeCycles());
            if (!best || cycles < best->cycles)
              best = {m, n, k, stages, columnsOutside, cycles};
          }
  return best;
}
