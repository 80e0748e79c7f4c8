//===- Operand.h - an operand that its instruction may overwrite --------------------*- C++ -*-===//

#ifndef TILEWORK_RUNTIME_EXACT_OPERAND_H
#define TILEWORK_RUNTIME_EXACT_OPERAND_H

#include "Memories.h"

namespace tilework::runtime::exact {

/// A view of `original`, or of a copy where `destination` overlaps it in other places than its own
/// elements: an instruction reads all of its operands before it writes.
class Operand {
public:
  Operand(const View &original, const View &destination);
  Operand(const Operand &) = delete; // the view may point into it
  View view;

private:
  std::vector<uint8_t> data, defined;
};

} // namespace tilework::runtime::exact

#endif // TILEWORK_RUNTIME_EXACT_OPERAND_H
