//===- Transfers.cpp - copies, conversions and atomic additions -------------------------------===//

#include "Carry.h"
#include "Rows.h"

namespace tilework::runtime::exact {

void carryCopy(const View &destination, const View &source) {
  std::vector<float> values(source.columns());
  View part = leading(destination, source.sizes);
  forEachRow(source.sizes, [&](const Extents &index) {
    if (source.type == destination.type)
      return copyRow(part.row(index), source.row(index));
    readFloats(source.row(index), values.data());
    writeFloats(part.row(index), values.data());
  });
}

/// The addends are elements of the destination's type.
static void addFloats(const Row &destination, const Row &source, std::vector<float> &sum,
                      std::vector<float> &addend) {
  readFloats(source, addend.data());
  Row rounded = destination; // what the conversion leaves, in the bytes of `sum`
  rounded.data = reinterpret_cast<uint8_t *>(sum.data());
  rounded.strideBytes = elementBytes(destination.type);
  writeFloats(rounded, addend.data());
  readFloats(rounded, addend.data());
  readFloats(destination, sum.data());
  computeBinary(Binary::add, sum.data(), addend.data(), destination.count);
  writeFloats(destination, sum.data());
}

static void addIntegers(const Row &destination, const Row &source, std::vector<int64_t> &sum,
                        std::vector<int64_t> &addend) {
  readIntegers(source, addend.data());
  readIntegers(destination, sum.data());
  computeBinary(Binary::add, destination.type, sum.data(), addend.data(), destination.count);
  writeIntegers(destination, sum.data());
}

void carryAtomicAdd(const View &destination, const View &source) {
  bool areFloats = isFloat(destination.type);
  size_t columns = source.columns();
  std::vector<float> sum(areFloats ? columns : 0), addend(sum.size());
  std::vector<int64_t> integers(areFloats ? 0 : columns), integerAddend(integers.size());
  View part = leading(destination, source.sizes);
  forEachRow(source.sizes, [&](const Extents &index) {
    if (areFloats)
      addFloats(part.row(index), source.row(index), sum, addend);
    else
      addIntegers(part.row(index), source.row(index), integers, integerAddend);
  });
}

} // namespace tilework::runtime::exact
