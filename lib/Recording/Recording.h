//===- Recording.h - what a run did, without its data -------------------------------*- C++ -*-===//
//
// The door between the runtime, which makes recordings, and the simulator, which replays them:
// every task with what it waits for and the instructions its core group executes, equal ones once.
// No host address, no time and no tensor data is in it, so that any run of one program on equal
// control data gives the same bytes. docs/recording.md describes the file.
//
// Global memory. Every array of the caller and every allocation is a Memory with a place in one
// virtual address space. A stream leaves the addresses of its gm regions open; a task closes them:
// address = bases[pattern.base] + pattern.offset, one entry of the pattern per gm region, in the
// order of units, instructions and regions. The memory of the channels' rings belongs to the core
// group, not to a task, and has no place here.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RECORDING_RECORDING_H
#define TILEWORK_RECORDING_RECORDING_H

#include "ImageAbi.h"
#include "StreamAbi.h"

#include <array>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace tilework::recording {

constexpr int64_t version = 3;

/// Every memory begins at a multiple of it, so that no two share a part of a cache.
constexpr int64_t memoryAlignment = 65536;

struct Memory {
  std::string name; ///< of the argument, or of the allocation
  int64_t address = 0;
  int64_t bytes = 0;
  /// Tasks submitted before it was allocated; -1 for arrays of the caller.
  int64_t tasksBefore = -1;
  bool manualDep = false; ///< a claim on all tasks that touch it
  /// What it holds, row after row: a tw_type and sizes, whose product are its elements. No sizes
  /// where that is not known.
  int64_t type = 0;
  std::vector<int64_t> sizes = {};
};

struct Kernel {
  std::string name;     ///< the scope's name
  std::string location; ///< "file.py:12:5"
  std::vector<tw_channel> channels;
  int64_t ringBytes = 0;
  bool hasCube = false;
  int32_t lanes = 0;         ///< vector cores that execute: 0, 1 or 2
  bool explicitOnly = false; ///< a claim on all that its tasks touch
  /// Arrays given to a task whose earlier users have to be looked up when it is submitted: no claim
  /// and no compiler says that its ids are all it waits for.
  int32_t trackedArguments = 0;
};

/// A loop of the orchestration that submits tasks.
struct Loop {
  std::string location;             ///< "file.py:12:5"
  std::string variable;             ///< empty where it has no name
  bool isParallel = false;          ///< a claim on its iterations
  tw_verdict verdict = TW_UNJUDGED; ///< of the compiler
};

/// What one core group executes: indices into Recording::instructions, in program order.
struct Stream {
  int32_t kernel = 0;
  std::array<std::vector<int32_t>, TW_UNITS> units;
  int64_t numAddresses = 0; ///< gm regions
};

/// Where the gm regions of a stream lie, relative to the bases of a task.
struct AddressPattern {
  struct Address {
    int32_t base;   ///< index into Task::bases
    int64_t offset; ///< bytes, not negative
  };
  std::vector<Address> addresses;
  /// What control flow reads of gm besides: in no order, each once.
  struct Scalar {
    Address at;
    int64_t bytes;
  };
  std::vector<Scalar> scalars;
};

/// Why a task waits for another; a set of bits.
enum Reason : uint32_t {
  Explicit = 1,
  ReadAfterWrite = 2,
  WriteAfterWrite = 4,
  WriteAfterRead = 8,
  Known = 16 ///< the compiler has found one of the three before
};

struct Dependence {
  int64_t task; ///< submitted earlier
  uint32_t reasons;
};

struct Task {
  static constexpr int32_t join = -1; ///< a task that only waits has no stream

  int32_t stream = join;
  int32_t pattern = join;
  std::vector<int64_t> bases;          ///< addresses
  std::vector<Dependence> dependences; ///< ascending
  int32_t noDep = 0;                   ///< index into Recording::noDeps
};

/// The orchestration read a scalar and waited for its writers.
struct Wait {
  int64_t tasksBefore; ///< tasks submitted before it
  std::vector<int64_t> writers;
};

/// Where the orchestration was in its loops: a loop begins, its next iteration does, or the
/// innermost loop has ended. Loops nest; one that has submitted nothing leaves no mark.
struct Mark {
  enum Kind : uint8_t { Enter, Next, Leave };
  int64_t tasksBefore; ///< tasks submitted before it
  Kind kind;
  // Of Enter:
  int32_t loop = 0;
  int64_t lower = 0, step = 0; ///< the variable will be lower, lower + step …
};

struct Recording {
  std::string target; ///< the device that the program was compiled for, "a2a3"
  std::string entry;
  std::vector<std::string> locations; ///< "file.py:12:5", of instructions
  std::vector<Memory> memories;       ///< arguments first, addresses ascending
  std::vector<Kernel> kernels;
  /// Which memories tasks claim to need no tracking in: ascending numbers. The first is of none.
  std::vector<std::vector<int32_t>> noDeps = {{}};
  std::vector<Loop> loops; ///< in the order of their first marks
  /// Distinct ones. Regions of gm have base 0, `location` counts in `locations`, and scalars are 0.
  std::vector<tw_instruction> instructions;
  std::vector<Stream> streams;
  std::vector<AddressPattern> patterns;
  std::vector<Task> tasks; ///< in submission order
  std::vector<Wait> waits; ///< ascending
  std::vector<Mark> marks; ///< in their order
};

/// A file that is no recording, or of another version.
class RecordingError : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// The bytes of a recording's file; equal recordings have equal bytes.
std::string encode(const Recording &recording);

/// Throws RecordingError, naming the part and the byte, for anything that encode() does not give.
Recording decode(const std::string &bytes);

} // namespace tilework::recording

#endif // TILEWORK_RECORDING_RECORDING_H
