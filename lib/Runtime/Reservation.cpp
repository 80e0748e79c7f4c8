//===- Reservation.cpp - addresses without memory --------------------------------------------===//

#include "Reservation.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>
#include <sys/mman.h>

namespace tilework::runtime {

Reservation::Reservation(int64_t bytes) : sizeBytes(std::max<int64_t>(bytes, 1)) {
  void *memory =
      mmap(nullptr, sizeBytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED)
    throw std::runtime_error("expects " + std::to_string(sizeBytes) +
                             " bytes of addresses, but got: " + std::strerror(errno));
  begin = reinterpret_cast<uintptr_t>(memory);
}

Reservation::~Reservation() {
  munmap(reinterpret_cast<void *>(begin), sizeBytes);
}

} // namespace tilework::runtime
