//===- Reservation.h - addresses without memory --------------------------------------*- C++
//-*-===//

#ifndef TILEWORK_RUNTIME_RESERVATION_H
#define TILEWORK_RUNTIME_RESERVATION_H

#include "Region.h"

namespace tilework::runtime {

/// Addresses that nothing else has while it lives; whoever touches them faults.
class Reservation {
public:
  /// Throws std::runtime_error.
  explicit Reservation(int64_t sizeBytes);
  ~Reservation();
  Reservation(const Reservation &) = delete;
  Reservation &operator=(const Reservation &) = delete;

  Span span() const { return {begin, begin + sizeBytes}; }

private:
  uintptr_t begin = 0;
  uintptr_t sizeBytes;
};

} // namespace tilework::runtime

#endif // TILEWORK_RUNTIME_RESERVATION_H
