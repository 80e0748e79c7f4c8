//===- Words.cpp - sequences of 64-bit words, equal ones once --------------------------------===//

#include "Words.h"

#include <cstring>

namespace tilework::runtime {

/// Four chains, so that the multiplications overlap.
static uint64_t digestOf(const int64_t *words, int64_t count) {
  constexpr uint64_t factor = 0x9e3779b97f4a7c15u;
  uint64_t chains[4] = {1, 2, 3, static_cast<uint64_t>(count)};
  for (int64_t i = 0; i < count; ++i) {
    uint64_t &chain = chains[i & 3];
    chain = (chain ^ static_cast<uint64_t>(words[i])) * factor;
    chain ^= chain >> 29;
  }
  uint64_t digest = 0;
  for (uint64_t chain : chains)
    digest = (digest ^ chain) * factor, digest ^= digest >> 32;
  return digest;
}

bool WordTable::isEqual(int32_t number, const int64_t *other, int64_t count) const {
  const Entry &entry = entries[number];
  return entry.count == count &&
         (count == 0 || std::memcmp(&words[entry.begin], other, count * sizeof(int64_t)) == 0);
}

int32_t WordTable::add(const int64_t *added, int64_t count) {
  if (2 * entries.size() >= slots.size())
    grow();
  uint64_t digest = digestOf(added, count);
  size_t at = digest & (slots.size() - 1);
  for (; slots[at] >= 0; at = (at + 1) & (slots.size() - 1))
    if (entries[slots[at]].digest == digest && isEqual(slots[at], added, count))
      return slots[at];
  slots[at] = static_cast<int32_t>(entries.size());
  entries.push_back({digest, static_cast<int64_t>(words.size()), count, -1});
  words.insert(words.end(), added, added + count);
  return slots[at];
}

int32_t WordTable::addAfter(int32_t before, const int64_t *added, int64_t count) {
  if (before < 0)
    return add(added, count);
  int32_t expected = entries[before].successor;
  if (expected >= 0 && isEqual(expected, added, count))
    return expected;
  int32_t number = add(added, count);
  entries[before].successor = number;
  return number;
}

void WordTable::grow() {
  slots.assign(slots.empty() ? 64 : 2 * slots.size(), -1);
  for (size_t number = 0; number < entries.size(); ++number) {
    size_t at = entries[number].digest & (slots.size() - 1);
    while (slots[at] >= 0)
      at = (at + 1) & (slots.size() - 1);
    slots[at] = static_cast<int32_t>(number);
  }
}

} // namespace tilework::runtime
