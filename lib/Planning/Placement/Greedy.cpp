//===- Greedy.cpp - orders that tend to pack well -----------------------------------*- C++ -*-===//

#include "Greedy.h"

#include <algorithm>
#include <array>

using namespace tilework::placement;

namespace {

/// What the orders compare.
struct Shape {
  int64_t size;
  int64_t length; ///< sections it lives in
  int64_t area;   ///< bytes x sections
  int64_t first;  ///< section
  int64_t last;
  int64_t contention; ///< the greatest number of bytes live at once while it lives
};

std::vector<int64_t> liveBytes(const Model &model) {
  std::vector<int64_t> bytes(model.sections.size() + 1);
  for (const Unit &unit : model.units)
    for (const Piece &piece : unit.pieces) {
      bytes[piece.first] += piece.size;
      bytes[piece.last] -= piece.size;
    }
  for (size_t i = 1; i < bytes.size(); ++i)
    bytes[i] += bytes[i - 1];
  return bytes;
}

std::vector<Shape> shapesOf(const Model &model) {
  std::vector<int64_t> bytes = liveBytes(model);
  std::vector<Shape> shapes;
  for (const Unit &unit : model.units) {
    Shape shape{unit.size, 0, 0, unit.pieces.front().first, unit.pieces.back().last, 0};
    for (const Piece &piece : unit.pieces) {
      shape.length += piece.last - piece.first;
      shape.area += (piece.last - piece.first) * piece.size;
      for (int32_t section = piece.first; section < piece.last; ++section)
        shape.contention = std::max(shape.contention, bytes[section]);
    }
    shapes.push_back(shape);
  }
  return shapes;
}

/// Greater keys come first; equal ones stay in program order.
using Key = std::array<int64_t, 3>;

constexpr Key (*Keys[])(const Shape &) = {
    [](const Shape &it) { return Key{it.contention, it.area, it.size}; },
    [](const Shape &it) { return Key{it.area, it.size, -it.first}; },
    [](const Shape &it) { return Key{it.size, it.length, -it.first}; },
    [](const Shape &it) { return Key{it.length, it.size, -it.first}; },
    [](const Shape &it) { return Key{it.contention, it.length, it.size}; },
    [](const Shape &it) { return Key{it.contention, it.size, it.length}; },
    [](const Shape &it) { return Key{-it.first, it.length, it.size}; },
    [](const Shape &it) { return Key{it.last, it.length, it.size}; },
};

} // namespace

std::vector<std::vector<int32_t>> tilework::placement::greedyOrders(const Model &model) {
  std::vector<Shape> shapes = shapesOf(model);
  std::vector<std::vector<int32_t>> orders;
  for (auto key : Keys) {
    std::vector<Key> keys;
    for (const Shape &shape : shapes)
      keys.push_back(key(shape));
    orders.push_back(programOrder(model));
    std::stable_sort(orders.back().begin(), orders.back().end(),
                     [&](int32_t a, int32_t b) { return keys[a] > keys[b]; });
  }
  return orders;
}
