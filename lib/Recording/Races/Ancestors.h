//===- Ancestors.h - which tasks end before which begin, in every order -------------*- C++ -*-===//
//
// The tasks that a task has to wait for, directly or not: a number below which all are, and bits
// from there on. Where a model goes on layer by layer, the bits are about as many as a layer has
// tasks.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RECORDING_RACES_ANCESTORS_H
#define TILEWORK_RECORDING_RACES_ANCESTORS_H

#include <cstdint>
#include <vector>

namespace tilework::recording {

class TaskSet {
public:
  bool contains(int64_t task) const {
    int64_t word = task / 64 - fullWords;
    return word < 0 || (word < static_cast<int64_t>(words.size()) && words[word] >> task % 64 & 1);
  }
  void add(int64_t task);
  void add(const TaskSet &others);

private:
  void dropFullWords();

  int64_t fullWords = 0;       ///< all tasks of so many words
  std::vector<uint64_t> words; ///< bits of those after them
};

} // namespace tilework::recording

#endif // TILEWORK_RECORDING_RACES_ANCESTORS_H
