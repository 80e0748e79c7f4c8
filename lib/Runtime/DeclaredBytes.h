//===- DeclaredBytes.h - which bytes a task has declared to touch -------------------*- C++ -*-===//
//
// Byte by byte, so that it is exact for whatever rectangles and regions: of other strides, of views
// of the same array, of an instruction that spans several rectangles.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_DECLAREDBYTES_H
#define TILEWORK_RUNTIME_DECLAREDBYTES_H

#include "Region.h"
#include "StreamAbi.h"

#include <optional>

namespace tilework::runtime {

class DeclaredBytes {
public:
  /// What a task of `kernel` with these arguments has declared.
  DeclaredBytes(const tw_kernel &kernel, const int64_t *slots,
                const std::vector<Rectangle> &rectangles);

  /// A region of an instruction that reaches beyond.
  struct Breach {
    int64_t region;
    bool writes;
    Span bytes; ///< the first adjacent ones that were not declared
  };
  /// The first in an instruction. Bytes declared to be written may be read too: writers of the same
  /// bytes take turns, so what is read there depends on no order.
  std::optional<Breach> findBreach(const tw_instruction &instruction) const;

  /// The first of some bytes that may not be read, if any.
  std::optional<Span> findUnreadable(Span bytes) const;

  /// What the bytes declared to be written hold, one after the other, and back.
  std::vector<uint8_t> saveWritten() const;
  void restoreWritten(const std::vector<uint8_t> &bytes) const;

private:
  using Spans = std::vector<Span>; ///< ascending, apart from each other

  Spans touched, written;
};

} // namespace tilework::runtime

#endif // TILEWORK_RUNTIME_DECLAREDBYTES_H
