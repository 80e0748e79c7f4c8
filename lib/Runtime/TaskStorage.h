//===- TaskStorage.h - what tasks hold, given back in the order of submission -------*- C++ -*-===//
//
// Tasks are forgotten in the order in which they were submitted, so their slots and edges lie one
// after the other, and a chunk is used again once the last task with something in it is forgotten.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_TASKSTORAGE_H
#define TILEWORK_RUNTIME_TASKSTORAGE_H

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <type_traits>

namespace tilework::runtime {

class TaskStorage {
public:
  /// Room for `count` values that belong to `task`, uninitialised. Tasks ascend; those before
  /// `oldest` are forgotten.
  template <typename T> T *allocate(size_t count, int64_t task, int64_t oldest) {
    static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= sizeof(int64_t));
    return reinterpret_cast<T *>(allocateWords((count * sizeof(T) + 7) / 8, task, oldest));
  }
  size_t capacityBytes() const { return capacity; }

private:
  static constexpr size_t chunkWords = 4096;
  struct Chunk {
    std::unique_ptr<int64_t[]> memory;
    size_t words;
    int64_t lastTask;
  };

  int64_t *allocateWords(size_t words, int64_t task, int64_t oldest) {
    if (words > left || chunks.empty())
      beginChunk(words, oldest);
    *lastTask = task;
    int64_t *result = free;
    free += words;
    left -= words;
    return result;
  }
  void beginChunk(size_t words, int64_t oldest) {
    if (!chunks.empty() && chunks.front().lastTask < oldest && words <= chunks.front().words) {
      chunks.push_back(std::move(chunks.front()));
      chunks.pop_front();
    } else {
      size_t size = std::max(words, chunkWords);
      chunks.push_back({std::unique_ptr<int64_t[]>(new int64_t[size]), size, 0});
      capacity += size * sizeof(int64_t);
    }
    free = chunks.back().memory.get();
    left = chunks.back().words;
    lastTask = &chunks.back().lastTask;
  }

  std::deque<Chunk> chunks; ///< the last one is being filled
  int64_t *free = nullptr, *lastTask = nullptr;
  size_t left = 0; ///< words, from `free` on
  size_t capacity = 0;
};

} // namespace tilework::runtime

#endif // TILEWORK_RUNTIME_TASKSTORAGE_H
