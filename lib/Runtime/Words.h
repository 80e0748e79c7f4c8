//===- Words.h - sequences of 64-bit words, equal ones once --------------------------*- C++
//-*-===//

#ifndef TILEWORK_RUNTIME_WORDS_H
#define TILEWORK_RUNTIME_WORDS_H

#include <cstdint>
#include <vector>

namespace tilework::runtime {

/// Numbers sequences in the order in which they are first met.
class WordTable {
public:
  /// The number of an equal sequence, which is added if there is none.
  int32_t add(const int64_t *words, int64_t count);
  /// The same, faster if what was added after the sequence `before` last time is added again.
  int32_t addAfter(int32_t before, const int64_t *words, int64_t count);

  struct Sequence {
    const int64_t *words;
    int64_t count;
  };
  Sequence operator[](int32_t number) const {
    return {&words[entries[number].begin], entries[number].count};
  }
  int64_t size() const { return static_cast<int64_t>(entries.size()); }

private:
  bool isEqual(int32_t number, const int64_t *words, int64_t count) const;
  void grow();

  struct Entry {
    uint64_t digest;
    int64_t begin, count;
    int32_t successor;
  };
  std::vector<Entry> entries;
  std::vector<int64_t> words;
  std::vector<int32_t> slots; ///< of a hash table: numbers, -1 where it is free; a power of two
};

} // namespace tilework::runtime

#endif // TILEWORK_RUNTIME_WORDS_H
