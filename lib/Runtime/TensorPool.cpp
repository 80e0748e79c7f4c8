//===- TensorPool.cpp - the memory of the tensors that a run allocates -----------------------===//

#include "TensorPool.h"

#include <algorithm>

namespace tilework::runtime {

constexpr int64_t fewBytes = int64_t(16) << 20; ///< that nobody is stopped for

void *TensorPool::allocate(int64_t sizeBytes) {
  Block block = take(sizeBytes);
  held += block.sizeBytes;
  mostHeld = std::max(mostHeld, held);
  uintptr_t begin = block.begin();
  tensors.emplace(begin, Tensor{std::move(block), 1});
  return reinterpret_cast<void *>(begin);
}

/// What is kept and not much larger, or new memory.
TensorPool::Block TensorPool::take(int64_t sizeBytes) {
  auto fit = kept.lower_bound(sizeBytes);
  if (fit != kept.end() && fit->first - sizeBytes <= sizeBytes / 8) {
    Block block = std::move(fit->second);
    kept.erase(fit);
    return block;
  }
  while (!kept.empty() && sizeBytes > peak - taken) {
    auto largest = std::prev(kept.end());
    taken -= largest->first;
    kept.erase(largest);
  }
  Block block = {nullptr, nullptr, sizeBytes};
  if (reserves)
    block.reservation = std::make_unique<Reservation>(sizeBytes);
  else
    block.memory = allocateAligned(sizeBytes);
  taken += sizeBytes;
  peak = std::max(peak, taken);
  return block;
}

void TensorPool::takeBack(Block block) {
  awaited -= block.sizeBytes;
  if (reserves)
    taken -= block.sizeBytes;
  else
    kept.emplace(block.sizeBytes, std::move(block));
}

void TensorPool::retain(const void *tensor) {
  auto it = tensors.find(reinterpret_cast<uintptr_t>(tensor));
  if (it != tensors.end())
    ++it->second.holders;
}

bool TensorPool::release(const void *tensor, int64_t task) {
  auto it = tensors.find(reinterpret_cast<uintptr_t>(tensor));
  if (it == tensors.end() || --it->second.holders > 0)
    return false;
  Block block = std::move(it->second.block);
  tensors.erase(it);
  held -= block.sizeBytes;
  awaited += block.sizeBytes;
  awaiting.push_back({std::move(block), task});
  return true;
}

int64_t TensorPool::awaitedTask(int64_t threads) const {
  int64_t allowed = std::max(fewBytes, threads * mostHeld), task = -1;
  auto next = awaiting.begin();
  for (int64_t left = awaited; left > allowed; ++next) {
    left -= next->block.sizeBytes;
    task = next->task;
  }
  return task;
}

} // namespace tilework::runtime
