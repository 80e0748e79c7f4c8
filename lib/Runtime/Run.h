//===- Run.h - running an entry of an image -----------------------------------------*- C++ -*-===//
//
// The runtime's whole interface, with Image.h. Runs share nothing: any number of threads may run
// the same image at once.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_RUN_H
#define TILEWORK_RUNTIME_RUN_H

#include "AccessMap.h"
#include "Image.h"
#include "KernelStream.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace tilework::runtime {

/// Carries out the instructions of placed kernels on modelled memories, instead of calling the
/// kernels' native code. Undefined elements are followed from task to task.
struct ExactMode {
  CoreMemories memories;
  /// Chooses the interleaving of pipes and cores, as in Exact.h; from 2 on each task has its own.
  uint64_t seed = 0;
  /// Judges each distinct stream over all interleavings before it is carried out.
  bool checks = false;
  /// Where a text of the streams of each kernel's first task is written; empty: nowhere.
  std::string dumpFolder;
};

struct RunOptions {
  /// Threads that run native code, the orchestration's among them; 0: one per core. Results do
  /// not depend on it.
  int threads = 0;
  /// Tasks submitted and not ended; beyond it the orchestration runs tasks instead.
  int64_t window = 256;
  /// Runs ready tasks in a pseudo-random legal order instead of oldest first.
  std::optional<uint64_t> orderSeed;
  /// Records every task. Dependences on tasks that have ended are then found as well, so that a
  /// trace never depends on time.
  bool trace = false;
  /// Walks every task, so that the result has a recording.
  bool records = false;
  /// The entry's arguments, by position, whose arrays have addresses that nothing lies behind. With
  /// any, the run is timing-only: it records, and touches no memory but what control flow reads.
  std::vector<int32_t> absentArguments;
  std::optional<ExactMode> exact;
  /// Asked every 50 ms on the calling thread; true cancels the run.
  std::function<bool()> interrupted;
};

struct RunStats {
  int64_t tasks = 0; ///< joins not among them
  int64_t joins = 0;
  // Edges between tasks; one that has two reasons counts for both. Without a trace an edge to a
  // task that had ended already may be missing.
  int64_t explicitDependences = 0;
  int64_t knownDependences = 0; ///< to the compiler
  int64_t readAfterWrite = 0;
  int64_t writeAfterWrite = 0;
  int64_t writeAfterRead = 0;
  int64_t rectangles = 0; ///< after melting neighbours together
  int64_t waits = 0;      ///< scalars read by the orchestration
  int64_t allocations = 0;
  int64_t allocatedBytes = 0; ///< of all tensors
  int64_t peakBytes = 0;      ///< taken from the host at once; depends on how far tasks have come
  int64_t maxOutstanding = 0; ///< tasks
  int64_t graphBytes = 0;     ///< what tasks and their edges took
  int64_t instructions = 0;   ///< carried out in exact mode
  int64_t checkedStreams = 0; ///< distinct ones
  int64_t wallNs = 0;
  std::vector<int64_t> cpuNs; ///< per thread, the orchestration's first
};

struct TaskTrace {
  int32_t kernel;                      ///< index in the image, or -1 for a join
  std::vector<Dependence> dependences; ///< ascending
  std::vector<Rectangle> rectangles;   ///< by argument
};

/// The orchestration waited for the writers of a scalar.
struct WaitTrace {
  int64_t tasksBefore; ///< tasks submitted before it
  std::vector<int64_t> writers;
};

struct RunResult {
  RunStats stats;
  std::vector<TaskTrace> tasks; ///< in submission order
  std::vector<WaitTrace> waits;
  std::optional<recording::Recording> recording; ///< if asked for
};

/// A task, or the orchestration itself, failed: the first one in submission order. What depends on
/// a task that failed does not run, nor what depends on that; everything else does, whatever it
/// costs: which tasks run, and which error is reported, does not depend on time. So submission goes
/// on after a failure, until the orchestration ends, fails itself, or needs a scalar that a task
/// without result would have written. Where a task's region program fails, what the task would have
/// touched is not known, and it counts as having touched all of its arguments.
class RunError : public std::runtime_error {
public:
  RunError(std::string task, std::string location, std::string reason);
  std::string task; ///< the kernel's name, or the entry's
  std::string location;
  std::string reason;
};

/// `interrupted` said so.
class RunCancelled : public std::runtime_error {
public:
  RunCancelled() : std::runtime_error("the run was cancelled") {}
};

/// Runs `entry` on `slots` and returns when every task has ended. Throws RunError and RunCancelled;
/// what the entry's arrays hold then is unspecified, everything else is released.
RunResult run(const Image &image, const tw_entry &entry, const std::vector<int64_t> &slots,
              const RunOptions &options = {});

} // namespace tilework::runtime

#endif // TILEWORK_RUNTIME_RUN_H
