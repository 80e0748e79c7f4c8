//===- Vector.cpp - what the vector unit computes of views ------------------------------------===//

#include "Carry.h"
#include "Operand.h"
#include "Reductions.h"
#include "Rounding.h"
#include "Rows.h"
#include "Undefined.h"

#include <list>

namespace tilework::runtime::exact {

//===----------------------------------------------------------------------------------------===//
// Element-wise
//===----------------------------------------------------------------------------------------===//

namespace {
/// The rows that an instruction works on, as numbers.
struct Numbers {
  explicit Numbers(int64_t columns)
      : floats(columns), otherFloats(columns), integers(columns), otherIntegers(columns) {}
  std::vector<float> floats, otherFloats;
  std::vector<int64_t> integers, otherIntegers;
};
} // namespace

static void computeUnaryRows(Unary kind, const View &input, const View &destination) {
  int64_t columns = destination.columns();
  Numbers numbers(columns);
  forEachRow(destination.sizes, [&](const Extents &index) {
    if (isFloat(input.type)) {
      readFloats(input.row(index), numbers.floats.data());
      computeUnary(kind, numbers.floats.data(), columns);
      return writeFloats(destination.row(index), numbers.floats.data());
    }
    readIntegers(input.row(index), numbers.integers.data());
    computeUnary(kind, input.type, numbers.integers.data(), columns);
    writeIntegers(destination.row(index), numbers.integers.data());
  });
}

static void computeBinaryRows(Binary kind, const View &lhs, const View &rhs,
                              const View &destination) {
  int64_t columns = destination.columns();
  Numbers numbers(columns);
  forEachRow(destination.sizes, [&](const Extents &index) {
    if (isFloat(lhs.type)) {
      readFloats(lhs.row(index), numbers.floats.data());
      readFloats(rhs.row(index), numbers.otherFloats.data());
      computeBinary(kind, numbers.floats.data(), numbers.otherFloats.data(), columns);
      return writeFloats(destination.row(index), numbers.floats.data());
    }
    readIntegers(lhs.row(index), numbers.integers.data());
    readIntegers(rhs.row(index), numbers.otherIntegers.data());
    computeBinary(kind, lhs.type, numbers.integers.data(), numbers.otherIntegers.data(), columns);
    writeIntegers(destination.row(index), numbers.integers.data());
  });
}

static void compareRows(Predicate predicate, const View &lhs, const View &rhs,
                        const View &destination) {
  int64_t columns = destination.columns();
  Numbers numbers(columns);
  std::vector<int64_t> result(columns);
  forEachRow(destination.sizes, [&](const Extents &index) {
    if (isFloat(lhs.type)) {
      readFloats(lhs.row(index), numbers.floats.data());
      readFloats(rhs.row(index), numbers.otherFloats.data());
      computeCompare(predicate, numbers.floats.data(), numbers.otherFloats.data(), result.data(),
                     columns);
    } else {
      readIntegers(lhs.row(index), numbers.integers.data());
      readIntegers(rhs.row(index), numbers.otherIntegers.data());
      computeCompare(predicate, lhs.type, numbers.integers.data(), numbers.otherIntegers.data(),
                     result.data(), columns);
    }
    writeIntegers(destination.row(index), result.data());
  });
}

static void selectRows(const View &mask, const View &lhs, const View &rhs,
                       const View &destination) {
  int64_t bytes = elementBytes(destination.type);
  forEachRow(destination.sizes, [&](const Extents &index) {
    Row chooses = mask.row(index), to = destination.row(index);
    Row left = lhs.row(index), right = rhs.row(index);
    for (int64_t i = 0; i < to.count; ++i) {
      const Row &from = chooses.data[i * chooses.strideBytes] ? left : right;
      std::memmove(to.data + i * to.strideBytes, from.data + i * from.strideBytes, bytes);
    }
  });
}

static void castRows(Rounding rounding, const View &input, const View &destination) {
  Numbers numbers(destination.columns());
  forEachRow(destination.sizes, [&](const Extents &index) {
    castRow(destination.row(index), input.row(index), rounding, numbers.floats.data(),
            numbers.integers.data());
  });
}

static void countRows(const View &start, const View &destination) {
  int64_t next;
  readIntegers(start.row({}), &next);
  std::vector<int64_t> numbers(destination.columns());
  forEachRow(destination.sizes, [&](const Extents &index) {
    for (int64_t &each : numbers) {
      each = next;
      next = static_cast<int64_t>(static_cast<uint64_t>(next) + 1);
    }
    writeIntegers(destination.row(index), numbers.data());
  });
}

//===----------------------------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------------------------===//

static void define(const tw_instruction &instruction, const std::vector<View> &views) {
  const View &destination = views.back();
  switch (instruction.opcode) {
  case TW_VECTOR_SELECT:
    return defineSelected(destination, views[0], views[1], views[2]);
  case TW_VECTOR_REDUCE:
    return defineReduced(destination, views[0], instruction.dim);
  case TW_VECTOR_ARANGE:
    return defineElements(destination, {});
  default:
    if (views.size() == 3)
      return defineElements(destination, {views[0], views[1]});
    return defineElements(destination, {views[0]});
  }
}

void carryVector(const tw_instruction &instruction, const std::vector<View> &operands) {
  const View &destination = operands.back();
  bool repeats = instruction.opcode != TW_VECTOR_REDUCE && instruction.opcode != TW_VECTOR_ARANGE;
  std::list<Operand> inputs; // which do not move
  std::vector<View> views;
  for (auto it = operands.begin(); it + 1 != operands.end(); ++it) {
    bool transposes = instruction.opcode == TW_VECTOR_TRANSPOSE;
    const View &view = inputs.emplace_back(transposes ? transposed(*it) : *it, destination).view;
    views.push_back(repeats ? repeated(view, destination.sizes) : view);
  }
  views.push_back(destination);
  define(instruction, views);
  switch (instruction.opcode) {
  case TW_VECTOR_UNARY:
    return computeUnaryRows(static_cast<Unary>(instruction.kind), views[0], destination);
  case TW_VECTOR_BINARY:
    return computeBinaryRows(static_cast<Binary>(instruction.kind), views[0], views[1],
                             destination);
  case TW_VECTOR_COMPARE:
    return compareRows(static_cast<Predicate>(instruction.kind), views[0], views[1], destination);
  case TW_VECTOR_SELECT:
    return selectRows(views[0], views[1], views[2], destination);
  case TW_VECTOR_CAST:
    return castRows(static_cast<Rounding>(instruction.rounding), views[0], destination);
  case TW_VECTOR_REDUCE:
    return reduceMatrix(static_cast<Reduce>(instruction.kind), views[0], instruction.dim,
                        destination);
  case TW_VECTOR_ARANGE:
    return countRows(views[0], destination);
  default: // fill and transpose
    return carryCopy(destination, views[0]);
  }
}

} // namespace tilework::runtime::exact
