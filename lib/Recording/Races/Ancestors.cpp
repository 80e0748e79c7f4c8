//===- Ancestors.cpp - which tasks end before which begin, in every order -------------------===//

#include "Ancestors.h"

#include <algorithm>

namespace tilework::recording {

void TaskSet::dropFullWords() {
  auto isFull = [](uint64_t word) { return word == ~uint64_t(0); };
  auto end = std::find_if_not(words.begin(), words.end(), isFull);
  fullWords += end - words.begin();
  words.erase(words.begin(), end);
}

void TaskSet::add(int64_t task) {
  int64_t word = task / 64 - fullWords;
  if (word < 0)
    return;
  if (word >= static_cast<int64_t>(words.size()))
    words.resize(word + 1);
  words[word] |= uint64_t(1) << task % 64;
  if (word == 0)
    dropFullWords();
}

void TaskSet::add(const TaskSet &others) {
  if (others.fullWords > fullWords) {
    auto known = std::min<int64_t>(others.fullWords - fullWords, words.size());
    words.erase(words.begin(), words.begin() + known);
    fullWords = others.fullWords;
  }
  int64_t skipped = fullWords - others.fullWords;
  auto count = static_cast<int64_t>(others.words.size());
  if (count - skipped > static_cast<int64_t>(words.size()))
    words.resize(count - skipped);
  for (int64_t i = skipped; i < count; ++i)
    words[i - skipped] |= others.words[i];
  dropFullWords();
}

} // namespace tilework::recording
