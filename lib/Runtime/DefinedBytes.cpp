//===- DefinedBytes.cpp - which bytes of a run's own tensors hold something ---------*- C++ -*-===//

#include "DefinedBytes.h"

#include <algorithm>

namespace tilework::runtime {

void DefinedBytes::add(uintptr_t begin, int64_t sizeBytes) {
  std::vector<uint8_t> bytes(sizeBytes, 0);
  std::lock_guard lock(mutex);
  tensors[begin] = std::move(bytes);
}

void DefinedBytes::remove(uintptr_t begin) {
  std::lock_guard lock(mutex);
  tensors.erase(begin);
}

uint8_t *DefinedBytes::of(uintptr_t address) {
  std::lock_guard lock(mutex);
  auto after = tensors.upper_bound(address);
  if (after == tensors.begin())
    return nullptr;
  auto &[begin, bytes] = *std::prev(after);
  return address - begin < bytes.size() ? bytes.data() + (address - begin) : nullptr;
}

bool DefinedBytes::isDefined(uintptr_t address, int64_t sizeBytes) {
  const uint8_t *first = of(address);
  return !first || std::find(first, first + sizeBytes, 0) == first + sizeBytes;
}

} // namespace tilework::runtime
