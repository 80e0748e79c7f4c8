//===- Kernels.h - instruction streams written by hand ------------------------------*- C++ -*-===//

#ifndef TILEWORK_TEST_RUNTIME_CHECK_KERNELS_H
#define TILEWORK_TEST_RUNTIME_CHECK_KERNELS_H

#include "Check.h"

#include <initializer_list>
#include <vector>

namespace tilework::check {

/// A matrix, rows of `pitch` elements (default: `columns`).
inline tw_region matrix(int64_t space, int64_t base, int64_t rows, int64_t columns, int64_t type,
                        int64_t pitch = 0) {
  return {space, type, 2, base, {rows, columns}, {pitch ? pitch : columns, 1}};
}

/// A kernel under construction. `on` chooses the unit that the next instructions are for.
struct Kernel {
  std::array<std::vector<tw_instruction>, TW_UNITS> units;
  std::vector<tw_channel> channels;
  int64_t ringBytes = 0;
  bool hasCube = true;
  int32_t lanes = 2;
  int32_t unit = TW_CUBE;

  Kernel &on(int32_t which) { return unit = which, *this; }
  tw_instruction &add(int64_t opcode, int64_t pipe, std::initializer_list<tw_region> regions);
  /// Its slots follow those of the channels before, without gaps.
  void addChannel(int64_t rows, int64_t columns, int64_t type, int64_t slots, int64_t toCube,
                  int64_t split);
  /// Its slots lie in l1 or ub from `base` on.
  void addDirectChannel(int64_t rows, int64_t columns, int64_t type, int64_t slots, int64_t toCube,
                        int64_t split, int64_t base);

  void load(tw_region source, tw_region destination, int64_t flags = 0);
  void store(tw_region source, tw_region destination, int64_t flags = 0);
  void fixpipe(tw_region source, tw_region destination);
  void move(tw_region source, tw_region destination);
  /// Sizes are those of the regions.
  void mmad(tw_region lhs, tw_region rhs, tw_region accumulator, bool starts);
  void unary(tw_region input, tw_region destination);
  void binary(tw_region lhs, tw_region rhs, tw_region destination);
  void fill(tw_region destination);
  void reduce(tw_region input, tw_region destination);
  void set(int64_t from, int64_t to, int64_t event);
  void wait(int64_t from, int64_t to, int64_t event);
  void crossSet(int64_t pipe, int64_t event);
  void crossWait(int64_t pipe, int64_t event);
  void barrier(); ///< of all pipes
  void push(tw_region source, int64_t channel);
  void pop(int64_t channel, tw_region destination);
  void release(int64_t channel);

  KernelStream stream() const;
};

/// The memories of the a2a3 class.
CheckOptions deviceOptions();

constexpr int64_t gmA = 1LL << 32, gmB = 2LL << 32, gmC = 3LL << 32, gmD = 4LL << 32;

/// c[rows, columns] = a[rows, depth] b[depth, columns], `step` of the depth at a time in two slots,
/// `panel` columns at a time; tails in both.
struct Matmul {
  int64_t rows = 16, depth = 300, columns = 160, step = 128, panel = 64;
};
Kernel matmulKernel(const Matmul &shape);

/// y = exp(x) + row maximum of x, `step` rows at a time in two slots; a tail.
struct Rows {
  int64_t rows = 20, columns = 64, step = 8;
};
Kernel vectorKernel(const Rows &shape);

/// Per tile: the cube sends a product to the lanes (split up and down), they send exp of it back
/// in bf16, and the cube multiplies that once more. The channels may be direct.
struct Mixed {
  int64_t tiles = 3, size = 32, slots = 2;
  bool isDirect = false;
};
Kernel mixedKernel(const Mixed &shape);

/// The cube sends a product again and again, directly and as far ahead as there are slots; each
/// lane stores exp of its columns.
Kernel directKernel(int64_t tiles);

/// A hand-over of tiles as in the mixed kernel, without channels: by cross flags and global memory.
Kernel crossFlagKernel(int64_t tiles);

/// Load, compute, store in a loop with one buffer and barriers in place of flags.
Kernel barrierKernel(int64_t turns);

} // namespace tilework::check

#endif // TILEWORK_TEST_RUNTIME_CHECK_KERNELS_H
