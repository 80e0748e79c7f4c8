//===- Reductions.cpp - one dimension to a single element -------------------------------------===//
//
// The orders of docs/rationale/0004-reductions.md: a row in 64 lanes that fold in halves, a column
// from top to bottom. An index reduction finds the first extreme; the first NaN wins.
//
//===------------------------------------------------------------------------------------------===//

#include "Reductions.h"
#include "Rows.h"

#include <algorithm>

namespace tilework::runtime::exact {

namespace {
/// What differs between floats and integers.
struct Floats {
  using Number = float;
  int64_t type;
  void read(const Row &row, float *values) const { readFloats(row, values); }
  void write(const Row &row, const float *values) const { writeFloats(row, values); }
  float neutral(Reduce kind) const { return neutralOf(kind); }
  void add(Reduce kind, float *total, const float *x, int64_t count) const {
    accumulate(kind, total, x, count);
  }
  bool isBeyond(Reduce kind, float x, float extreme) const {
    return exact::isBeyond(kind, x, extreme);
  }
};

struct Integers {
  using Number = int64_t;
  int64_t type;
  void read(const Row &row, int64_t *values) const { readIntegers(row, values); }
  void write(const Row &row, const int64_t *values) const { writeIntegers(row, values); }
  int64_t neutral(Reduce kind) const { return neutralOf(kind, type); }
  void add(Reduce kind, int64_t *total, const int64_t *x, int64_t count) const {
    accumulate(kind, type, total, x, count);
  }
  bool isBeyond(Reduce kind, int64_t x, int64_t extreme) const {
    return exact::isBeyond(kind, type, x, extreme);
  }
};

template <typename Type> class Reduction {
public:
  Reduction(Reduce kind, const View &input, const View &destination)
      : kind(kind), numbers{input.type}, input(input), destination(destination),
        line(input.columns()) {}

  void rows() {
    for (int64_t i = 0; i < input.sizes[3]; ++i) {
      const Number *row = read(i);
      if (isIndex()) {
        std::vector<int64_t> found(1, 0);
        for (int64_t j = 1; j < input.columns(); ++j)
          if (numbers.isBeyond(kind, row[j], row[found[0]]))
            found[0] = j;
        writeIntegers(result(i), found.data());
        continue;
      }
      Number total = fold(row);
      numbers.write(result(i), &total);
    }
  }

  void columns() {
    std::vector<Number> total(input.columns(), isIndex() ? Number() : numbers.neutral(kind));
    std::vector<int64_t> found(input.columns(), 0);
    for (int64_t i = 0; i < input.sizes[3]; ++i) {
      const Number *row = read(i);
      if (!isIndex()) {
        numbers.add(kind, total.data(), row, input.columns());
        continue;
      }
      for (int64_t j = 0; j < input.columns(); ++j)
        if (i == 0 || numbers.isBeyond(kind, row[j], total[j])) {
          total[j] = row[j];
          found[j] = i;
        }
    }
    if (isIndex())
      writeIntegers(result(0), found.data());
    else
      numbers.write(result(0), total.data());
  }

private:
  using Number = typename Type::Number;
  static constexpr int64_t lanes = 64;

  bool isIndex() const { return kind == Reduce::argmax || kind == Reduce::argmin; }
  Row result(int64_t i) const { return destination.row({0, 0, 0, i, 0}); }
  const Number *read(int64_t i) {
    numbers.read(input.row({0, 0, 0, i, 0}), line.data());
    return line.data();
  }

  Number fold(const Number *row) const {
    Number lane[lanes];
    std::fill_n(lane, lanes, numbers.neutral(kind));
    for (int64_t j = 0; j < input.columns(); j += lanes)
      numbers.add(kind, lane, row + j, std::min(lanes, input.columns() - j));
    for (int64_t width = lanes / 2; width > 0; width /= 2)
      numbers.add(kind, lane, lane + width, width);
    return lane[0];
  }

  Reduce kind;
  Type numbers;
  const View &input, &destination;
  std::vector<Number> line;
};
} // namespace

template <typename Type>
static void reduceAs(Reduce kind, const View &input, int64_t dim, const View &destination) {
  Reduction<Type> reduction(kind, input, destination);
  if (dim == 1)
    reduction.rows();
  else
    reduction.columns();
}

void reduceMatrix(Reduce kind, const View &input, int64_t dim, const View &destination) {
  if (isFloat(input.type))
    reduceAs<Floats>(kind, input, dim, destination);
  else
    reduceAs<Integers>(kind, input, dim, destination);
}

} // namespace tilework::runtime::exact
