//===- CubeBench.cpp - the pieces of products, and what they take --------------------*- C++
//-*-===//
//
// cube-bench NUMBERS…: the numbers of a device in the order of ProductMemories; reads lines of m,
// k, n and bytes per element, and writes one of tab-separated numbers for each; ./dev bench cube
// makes a table of them.
//
//===------------------------------------------------------------------------------------------===//

#include "lib/Planning/ProductPieces.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <vector>

using namespace tilework;

static int64_t ceilDiv(int64_t value, int64_t divisor) {
  return (value + divisor - 1) / divisor;
}

static void describe(const LargeProduct &product, const ProductMemories &memories) {
  auto pieces = chooseProductPieces(product, memories);
  if (!pieces) {
    std::printf("-\n");
    return;
  }
  CubeProduct chunk{pieces->m, pieces->n, pieces->k, product.elementBytes};
  CubeTiles tiles = chooseCubeTiles(chunk, memories.cube);
  CubeCosts costs = estimateCubeTiles(chunk, tiles, memories.cube);
  int64_t chunks =
      ceilDiv(product.m, pieces->m) * ceilDiv(product.n, pieces->n) * ceilDiv(product.k, pieces->k);
  int64_t depth = 32 / product.elementBytes;
  double ideal = static_cast<double>(ceilDiv(product.m, 16)) * ceilDiv(product.n, 16) *
                 ceilDiv(product.k, depth) *
                 (product.elementBytes == 4 ? memories.cube.widePasses : 1);
  double operands = static_cast<double>(product.m * product.k + product.k * product.n);
  // The operand of the outer loop stays in l1 where K is whole.
  bool stays = pieces->k == product.k;
  int64_t rows = stays && !pieces->columnsOutside ? 1 : ceilDiv(product.n, pieces->n);
  int64_t columns = stays && pieces->columnsOutside ? 1 : ceilDiv(product.m, pieces->m);
  double loaded =
      static_cast<double>(product.m * product.k * rows + product.k * product.n * columns);
  double bound = std::max(ideal, operands * product.elementBytes / memories.loadBytesPerCycle);
  static const char *const kNames[] = {"m", "k", "n"};
  std::printf(
      "%lld x %lld x %lld\t%lld x %lld x %lld\t%s%s%s\t%.0f\t%.2f\t%.2f\t%.2f\t%.0f\t%.2f\n",
      (long long)pieces->m, (long long)pieces->n, (long long)pieces->k, (long long)tiles.m,
      (long long)tiles.n, (long long)tiles.k, kNames[tiles.order[0]], kNames[tiles.order[1]],
      kNames[tiles.order[2]], costs.movedBytes * double(chunks),
      costs.movedBytes / (double(chunk.m * chunk.k + chunk.k * chunk.n) * chunk.elementBytes),
      loaded / operands, costs.mmadCycles * chunks / ideal, pieces->cycles, pieces->cycles / bound);
}

int main(int argc, char **argv) {
  std::vector<double> numbers;
  for (int index = 1; index < argc; ++index)
    numbers.push_back(std::strtod(argv[index], nullptr));
  if (numbers.size() != 17) {
    std::fprintf(stderr, "expects 17 numbers of a device, but got %zu\n", numbers.size());
    return 1;
  }
  auto whole = [&](int index) { return static_cast<int64_t>(numbers[index]); };
  ProductMemories memories{
      whole(0),
      whole(1),
      whole(2),
      numbers[3],
      numbers[4],
      numbers[5],
      numbers[6],
      numbers[7],
      numbers[8],
      numbers[9],
      {whole(10), whole(11), numbers[12], numbers[13], numbers[14], numbers[15], numbers[16]}};
  long long m, k, n, bytes;
  while (std::scanf("%lld %lld %lld %lld", &m, &k, &n, &bytes) == 4)
    describe({m, n, k, bytes}, memories);
}
