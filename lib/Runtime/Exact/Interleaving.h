//===- Interleaving.h - which of the enabled instructions comes next ----------------*- C++ -*-===//
//
// Seed 0 takes the instruction that is first in program order, seed 1 the last. From seed 2 on the
// choice is pseudo-random, and (seed - 2) mod 11 says what starves: 0 to 6 the pipe of that number,
// 7 nothing, 8 to 10 a unit. What starves moves only when nothing else can, so that whoever forgot
// to wait for it runs ahead.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_EXACT_INTERLEAVING_H
#define TILEWORK_RUNTIME_EXACT_INTERLEAVING_H

#include <cstdint>
#include <vector>

namespace tilework::runtime::exact {

/// The next instruction of one queue.
struct Head {
  int32_t unit;
  int32_t pipe;
  int64_t index; ///< in the unit's stream
};

class Interleaving {
public:
  explicit Interleaving(uint64_t seed);
  /// One of `enabled`, which is not empty.
  const Head &choose(const std::vector<Head> &enabled);

private:
  bool starves(const Head &head) const { return head.pipe == pipe || head.unit == unit; }
  uint64_t next();

  enum class Order { first, last, random } order;
  int32_t pipe = -1, unit = -1; ///< what starves
  uint64_t state;
};

} // namespace tilework::runtime::exact

#endif // TILEWORK_RUNTIME_EXACT_INTERLEAVING_H
