//===- Recorder.h - the recording of a run -------------------------------------------*- C++
//-*-===//
//
// The orchestration's thread says what memory there is and what each task waits for. Each thread
// keeps what the tasks it has walked execute, equal streams and equal patterns of addresses once,
// so that memory grows with what is different, and no thread waits for another. When all have
// ended, all of it is numbered anew in the order of submission: which thread walked what leaves no
// trace.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_RECORDER_H
#define TILEWORK_RUNTIME_RECORDER_H

#include "Recording.h"
#include "Region.h"
#include "Words.h"

#include <deque>
#include <map>
#include <unordered_map>

namespace tilework::runtime {

/// A part of host memory and its virtual address.
struct Placed {
  Span span;
  int64_t address;
};

/// All lines of an image's instructions, each once.
class LocationTable {
public:
  explicit LocationTable(const tw_image &image);
  /// The number of an instruction's line in all of the image.
  int32_t of(int32_t kernel, int64_t location) const { return numbers[kernel].at(location); }
  const std::string &operator[](int64_t number) const { return texts[number]; }
  size_t numKernels() const { return numbers.size(); }

private:
  std::vector<std::string> texts;
  std::vector<std::vector<int32_t>> numbers; ///< by kernel and its own number
};

/// What one thread has walked.
class WalkedTasks {
public:
  explicit WalkedTasks(const LocationTable &locations)
      : locations(locations), earlier(locations.numKernels()) {}

  void begin(int32_t kernel);
  /// The next instruction of a unit; units come one after the other.
  void add(int32_t unit, const tw_instruction &instruction);
  /// Its control flow reads a scalar of global memory.
  void look(uintptr_t address, int64_t bytes) {
    looks.emplace_back(static_cast<int64_t>(address), bytes);
  }
  /// Ends a task whose arguments lie in `memory`.
  void end(int64_t task, const std::vector<Placed> &memory);

private:
  friend class Recorder;

  bool isEqual(int64_t number, const tw_instruction &instruction, int64_t line) const;
  int32_t intern(const tw_instruction &instruction, int64_t line);

  const LocationTable &locations;
  // In words: an instruction is the beginning of its structure; a stream its kernel, and the number
  // of each unit's instructions and which they are; a pattern the number of its addresses, and a
  // base and an offset for each, and then those and a size for each scalar.
  WordTable instructions, streams, patterns;
  struct Walked {
    int64_t task;
    int32_t stream, pattern;
    int64_t basesBegin, basesCount;
  };
  std::vector<Walked> tasks;
  std::vector<int64_t> bases; ///< of all tasks, one after the other
  using Units = std::array<std::vector<int64_t>, TW_UNITS>;
  /// What the last task of each kernel executed. Most tasks execute the same, so that few
  /// instructions have to be searched for.
  std::vector<Units> earlier;

  // The task that is being walked:
  int32_t kernel = 0, last = -1;
  Units units;
  std::vector<int64_t> addresses;                 ///< of regions in global memory, on the host
  std::vector<std::pair<int64_t, int64_t>> looks; ///< addresses and bytes
  std::vector<int64_t> words;
};

class Recorder {
public:
  Recorder(const tw_image &image, const tw_entry &entry);

  // The orchestration's thread.

  /// A memory that begins at `span`; gives its number. It is named `name`, or by
  /// describeMemory().
  int32_t addMemory(Span span, const char *name, int64_t tasksBefore, bool manualDep);
  /// Names a memory that has no name, and says what it holds if `view` is all of it.
  void describeMemory(int32_t memory, const tw_arg &argument, const View &view);
  int64_t addressOf(int32_t memory) const { return recording.memories[memory].address; }
  /// `noDep` are the memories of arguments that claim to need no tracking.
  void addTask(const std::vector<recording::Dependence> &dependences, std::vector<int32_t> noDep);
  void addWait(const std::vector<recording::Dependence> &writers);
  void enterLoop(int32_t loop, int64_t lower, int64_t step);
  void nextIteration();
  void leaveLoop();

  /// Once for each thread, before it walks.
  WalkedTasks &addThread() { return threads.emplace_back(locations); }

  /// When all threads have ended.
  recording::Recording finish();

private:
  void finishLoops();
  void finishTasks();
  void finishInstructions();
  int32_t numberStream(const WalkedTasks &thread, int32_t stream, std::vector<int32_t> &known);
  int32_t numberKernel(int32_t kernel);

  const tw_image &image;
  LocationTable locations;
  std::deque<WalkedTasks> threads;
  recording::Recording recording;
  std::map<std::vector<int32_t>, int32_t> noDeps; ///< their numbers in the recording
  std::vector<size_t> openLoops;                  ///< where their marks begin

  // Of all threads:
  WordTable instructions, streams, patterns;
  std::vector<int32_t> kernels; ///< numbers in the recording; -1 for none
};

} // namespace tilework::runtime

#endif // TILEWORK_RUNTIME_RECORDER_H
