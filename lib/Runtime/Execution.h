//===- Execution.h - the state of one run -------------------------------------------*- C++ -*-===//
//
// Run.cpp starts and ends the threads; Services.cpp is what native code calls meanwhile;
// ExactMode.cpp carries out instructions, which Walk.cpp gets, instead of calling kernels.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_EXECUTION_H
#define TILEWORK_RUNTIME_EXECUTION_H

#include "Arena.h"
#include "DeclaredBytes.h"
#include "DefinedBytes.h"
#include "Faults.h"
#include "MissingValues.h"
#include "Recorder.h"
#include "Run.h"
#include "SeenStreams.h"
#include "TaskGraph.h"
#include "TensorPool.h"

#include <condition_variable>
#include <mutex>

namespace tilework::runtime {

class Execution;

/// The piece of native code a thread is in, for its errors.
struct Place {
  int64_t task; ///< its number in submission order
  const char *name;
  const char *location;
};

/// What native code holds as `tw_host`: one for the orchestration, one per thread for kernels.
struct Host : tw_host {
  explicit Host(Execution &execution);
  Execution &execution;
  Arena scratch;
  Place place = {};
  std::string reason; ///< why native code is being left; empty: it is known already
  const char *reasonLocation = nullptr;
  // While a region program runs, or a walk:
  const tw_kernel *kernel = nullptr;
  const int64_t *slots = nullptr;
  // While a kernel is walked:
  WalkedTasks *walked = nullptr; ///< where it is recorded
  std::array<std::vector<tw_instruction>, TW_UNITS> streams;
  int32_t unit = 0;
  bool isLocating = false; ///< only to find a line
  /// The scalars of tiles that its native code has read, by number, and how many of each the unit
  /// has been told.
  std::vector<std::vector<int64_t>> observed;
  bool isObserved = false; ///< whether native code runs for the sake of them
  std::vector<size_t> recalled;
  const DeclaredBytes *declared = nullptr; ///< in exact mode
};

class Execution {
public:
  Execution(const tw_image &image, const tw_entry &entry, const std::vector<int64_t> &slots,
            const RunOptions &options);
  RunResult run();

  // Services, on the orchestration thread. They throw Leave or std::exception to leave native code.
  int64_t submit(Host &host, int32_t kernel, const int64_t *slots, int64_t numDeps,
                 const int64_t *deps, int64_t numGiven);
  int64_t join(int64_t numDeps, const int64_t *deps, int64_t numGiven);
  void *alloc(int64_t sizeBytes, int32_t flags);
  void retain(const void *tensor) { tensors.retain(tensor); }
  void release(const void *tensor);
  void *keep(int64_t sizeBytes) { return kept.allocate(sizeBytes); }
  void assumeDistinct(Host &host, const int64_t *memref, int32_t type,
                      const std::vector<int64_t> &ignored, const char *location);
  void wait(Host &host, uintptr_t address, int64_t sizeBytes, const char *location);
  void declare(Host &host, int32_t argument, int32_t direction, const int64_t *offsets,
               const int64_t *sizes);
  // On any thread.
  void emit(Host &host, const tw_instruction &instruction) {
    if (host.walked && !host.isLocating)
      host.walked->add(host.unit, instruction);
    if (options.exact)
      host.streams[host.unit].push_back(instruction);
  }
  void observe(Host &host, int32_t number, int64_t value);
  int64_t recall(Host &host, int32_t number, int32_t location);
  void look(Host &host, uintptr_t address, int64_t sizeBytes, int32_t location);
  void describeFailure(Host &host, int32_t check, const int64_t *values);

  /// Null unless the run records.
  Recorder *recorderOrNull() { return recorder ? &*recorder : nullptr; }

  struct Leave {}; ///< the reason is known already: a task's, or that the run is cancelled

private:
  // Run.cpp
  void orchestrate();
  void work(int thread);
  bool execute(Host &host, const Task &task);
  bool call(Host &host, NativeFunction function, const int64_t *slots, Place place);
  void fail(Place place, std::string reason);
  void findMissingValues();
  void describeFault(Host &host, const NativeFault &fault);
  void waitForThreads(int threads);
  void countDependences();
  void threadEnds(int thread);

  // Walk.cpp
  bool walkUnits(Host &host, const tw_kernel &kernel, const int64_t *slots, Place place);
  void setLocation(Host &host, int32_t location);
  bool walk(Host &host, const Task &task, const DeclaredBytes *declared, Place place);
  bool record(Host &host, const Task &task, Place place);
  bool observeReads(Host &host, const Task &task, const DeclaredBytes &declared, Place place);

  // ExactMode.cpp
  bool executeExactly(Host &host, const Task &task, Place place);
  std::vector<GlobalRange> globalMemory(const tw_kernel &kernel, const int64_t *slots);
  bool keepsTo(const DeclaredBytes &declared, const KernelStream &stream,
               const std::vector<GlobalRange> &memory, Place place);
  bool check(const KernelStream &stream, const std::vector<GlobalRange> &memory, Place place);
  bool carryOut(const KernelStream &stream, const std::vector<GlobalRange> &memory, Place place);

  // Services.cpp
  bool declareAccesses(Host &host, const tw_kernel &kernel, const int64_t *slots);
  void declareWhole(const tw_kernel &kernel, const int64_t *slots);
  void addExplicit(int64_t numDeps, const int64_t *deps, int64_t numGiven);
  void addOverlaps(const tw_kernel &kernel, const int64_t *slots);
  void awaitWriters(Host &host, const View &view, const char *location);
  void locateArguments(const tw_kernel &kernel, const int64_t *slots, std::vector<Placed> &memory);
  /// Whether dependences on tasks that have ended are found as well.
  bool findsAll() const { return options.trace || options.records; }
  bool walksFromDeclared(int32_t kernel) const;
  void findStaticKernels();
  /// Whether what tasks of `kernel` declare matters to anybody.
  bool needsRectangles(int32_t kernel) const {
    return !isStatic[kernel] || tracksAll || findsAll() || options.exact;
  }
  void reclaimTensors();
  int64_t enqueue(int32_t kernel, const int64_t *slots, int64_t numSlots, bool isFailed);
  void describeForWalk(Task &task);
  void leaveIfCancelled() {
    if (graph.isCancelled())
      throw Leave();
  }

  const tw_image &image;
  const tw_entry &entry;
  const std::vector<int64_t> &slots;
  const RunOptions &options;
  TaskGraph graph;
  std::deque<Host> hosts;    ///< for kernels, by thread
  DefinedBytes definedBytes; ///< of what the run allocates, in exact mode
  SeenStreams cleanStreams;
  std::optional<Recorder> recorder;
  std::optional<MissingValues> missing; ///< in timing-only runs

  // The orchestration thread's.
  AccessMap accesses;
  /// Two arguments are one array: what is known of them as different ones does not hold.
  bool tracksAll = false;
  std::vector<char> isStatic; ///< by kernel, whether the ids given are all its dependences
  TensorPool tensors;
  Arena kept; ///< values of the orchestration's own
  RectangleList declared;
  std::vector<int32_t> noDep; ///< memories that the task being submitted claims not to share
  std::vector<Dependence> dependences;
  std::array<int64_t, 32> numDependences = {}; ///< by their reasons, of all tasks
  struct Pending {
    AccessMap::Root *root;
    Box box;
    int32_t direction;
    int32_t argument;
  };
  std::vector<Pending> pending;    ///< the accesses of the task being submitted
  std::vector<int64_t> firstTasks; ///< by kernel; -1 for none. Workers read those of their tasks.
  RunResult result;

  std::mutex mutex;
  std::condition_variable threadEnded;
  int endedThreads = 0;
  std::optional<RunError> error;
  int64_t errorTask = 0;
};

} // namespace tilework::runtime

#endif // TILEWORK_RUNTIME_EXECUTION_H
