//===- Shadow.h - one cell per byte of a memory -------------------------------------*- C++ -*-===//

#ifndef TILEWORK_RUNTIME_CHECK_SHADOW_H
#define TILEWORK_RUNTIME_CHECK_SHADOW_H

#include <array>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

namespace tilework::check {

/// 0: defined; neverWritten; else the number of the instruction that made it undefined.
using Cell = uint8_t;
using Cells = std::vector<Cell>;
constexpr Cell neverWritten = 255;

/// Pages come into being when they differ from what the memory starts with.
class Shadow {
public:
  explicit Shadow(Cell initial) : initial(initial) {}

  /// The greatest cell of [begin, begin + width).
  Cell worstOf(int64_t begin, int64_t width) const;
  /// Copies the cells of [begin, begin + width) to `cells`.
  void read(int64_t begin, int64_t width, Cell *cells) const;
  void fill(int64_t begin, int64_t width, Cell cell);

private:
  static constexpr int64_t pageBytes = 4096;
  using Page = std::array<Cell, pageBytes>;

  Cell initial;
  std::unordered_map<int64_t, std::unique_ptr<Page>> pages;
};

} // namespace tilework::check

#endif // TILEWORK_RUNTIME_CHECK_SHADOW_H
