//===- Run.cpp - the threads of a run -----------------------------------------------*- C++ -*-===//

#include "Execution.h"

#include <algorithm>
#include <cfenv>
#include <chrono>
#include <ctime>
#include <thread>

namespace tilework::runtime {

constexpr auto interruptPeriod = std::chrono::milliseconds(50);
constexpr int64_t afterAllTasks = std::numeric_limits<int64_t>::max();

RunError::RunError(std::string task, std::string location, std::string reason)
    : std::runtime_error("task '" + task + "' at " + location + ": " + reason),
      task(std::move(task)), location(std::move(location)), reason(std::move(reason)) {}

Execution::Execution(const tw_image &image, const tw_entry &entry,
                     const std::vector<int64_t> &slots, const RunOptions &options)
    : image(image), entry(entry), slots(slots), options(options),
      graph(options.window, options.orderSeed),
      accesses([this](int64_t task) { return !findsAll() && graph.isRetired(task); }),
      tensors(/*reserves=*/!options.absentArguments.empty()), firstTasks(image.num_kernels, -1) {
  for (int32_t i = 0; i < entry.num_args; ++i)
    if (entry.args[i].kind == TW_MEMREF)
      accesses.addRoot(spanOf(viewOf(entry.args[i], slots.data())));
  findStaticKernels();
  if (!options.records)
    return;
  recorder.emplace(image, entry);
  for (int32_t i = 0; i < entry.num_args; ++i) {
    if (entry.args[i].kind != TW_MEMREF)
      continue;
    View view = viewOf(entry.args[i], slots.data());
    AccessMap::Root *root = accesses.rootOf(spanOf(view));
    if (!root || root->memory >= 0)
      continue;
    root->memory = recorder->addMemory(root->span, entry.args[i].name, -1, /*manualDep=*/false);
    recorder->describeMemory(root->memory, entry.args[i], view);
  }
  if (!options.absentArguments.empty())
    findMissingValues();
}

void Execution::findStaticKernels() {
  for (int32_t i = 0; i < entry.num_args; ++i)
    for (int32_t j = 0; j < i; ++j) {
      const tw_arg &a = entry.args[i], &b = entry.args[j];
      if (a.kind != TW_MEMREF || b.kind != TW_MEMREF || !((a.direction | b.direction) & TW_WRITE))
        continue;
      Span x = spanOf(viewOf(a, slots.data())), y = spanOf(viewOf(b, slots.data()));
      tracksAll |= x.begin < y.end && y.begin < x.end;
    }
  for (int32_t i = 0; i < image.num_kernels; ++i) {
    const tw_kernel &kernel = image.kernels[i];
    isStatic.push_back(
        std::all_of(kernel.args, kernel.args + kernel.num_args, [](const tw_arg &argument) {
          return argument.kind != TW_MEMREF || (argument.flags & TW_STATIC);
        }));
  }
}

void Execution::findMissingValues() {
  missing.emplace();
  for (int32_t i = 0; i < entry.num_args; ++i)
    if (entry.args[i].kind == TW_MEMREF)
      if (AccessMap::Root *root = accesses.rootOf(spanOf(viewOf(entry.args[i], slots.data()))))
        missing->addRoot(root->span, /*isTensor=*/false);
  for (int32_t i : options.absentArguments)
    missing->addArgument(spanOf(viewOf(entry.args[i], slots.data())), entry.args[i].name);
}

//===----------------------------------------------------------------------------------------===//
// Native code
//===----------------------------------------------------------------------------------------===//

/// Calls native code; when it did not return, records why (unless that is known).
bool Execution::call(Host &host, NativeFunction function, const int64_t *slots, Place place) {
  host.place = place;
  host.reason.clear();
  host.reasonLocation = place.location;
  NativeFault fault;
  if (callNative(function, &host, slots, fault))
    return true;
  if (fault.signal != 0)
    describeFault(host, fault);
  if (!host.reason.empty()) {
    place.location = host.reasonLocation;
    fail(place, host.reason);
  }
  return false;
}

/// Where a region program wants a value that a timing-only run does not have, the walk of its
/// kernel, which wants it too, knows the line.
void Execution::describeFault(Host &host, const NativeFault &fault) {
  std::optional<std::string> reason;
  if (missing)
    reason = missing->explain({fault.address, fault.address + 1}, host.place.task);
  host.reason = reason ? *reason : fault.describe();
  if (!reason || !host.kernel || !host.kernel->walk || host.isLocating)
    return;
  host.isLocating = true;
  walkUnits(host, *host.kernel, host.slots, host.place);
  host.isLocating = false;
  if (host.reason.empty())
    host.reason = *reason;
}

void Execution::fail(Place place, std::string reason) {
  std::lock_guard lock(mutex);
  if (error && errorTask <= place.task)
    return;
  error.emplace(place.name, place.location, std::move(reason));
  errorTask = place.task;
}

/// False, with the failure noted, when the task failed.
bool Execution::execute(Host &host, const Task &task) {
  const tw_kernel &kernel = image.kernels[task.kernel];
  Place place = {task.id, kernel.name, kernel.location};
  bool done = options.exact ? executeExactly(host, task, place)
                            : (!options.records || record(host, task, place)) &&
                                  (missing || call(host, kernel.run, task.slots, place));
  host.scratch.reset();
  return done;
}

//===----------------------------------------------------------------------------------------===//
// Threads
//===----------------------------------------------------------------------------------------===//

static int64_t nanoseconds(clockid_t clock) {
  timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

void Execution::orchestrate() {
  Host host(*this);
  // Whatever has been submitted when it fails comes before it.
  call(host, entry.run, slots.data(), {afterAllTasks, entry.name, entry.location});
  graph.close();
}

/// The first thread orchestrates before it works.
void Execution::work(int thread) {
  std::fesetenv(FE_DFL_ENV); // nearest-even, no flushing of denormals, nothing trapped
  FaultStack stack;
  if (thread == 0)
    orchestrate();
  graph.drain([&](const Task &task) { return execute(hosts[thread], task); });
  threadEnds(thread);
}

void Execution::threadEnds(int thread) {
  std::lock_guard lock(mutex);
  result.stats.cpuNs[thread] = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
  ++endedThreads;
  threadEnded.notify_one();
}

void Execution::waitForThreads(int threads) {
  std::unique_lock lock(mutex);
  auto haveEnded = [&] { return endedThreads == threads; };
  if (!options.interrupted)
    return threadEnded.wait(lock, haveEnded);
  while (!threadEnded.wait_for(lock, interruptPeriod, haveEnded)) {
    lock.unlock();
    bool cancelled = options.interrupted();
    lock.lock();
    if (!cancelled)
      continue;
    graph.cancel();
    threadEnded.wait(lock, haveEnded);
    throw RunCancelled();
  }
}

void Execution::countDependences() {
  RunStats &stats = result.stats;
  for (uint32_t reasons = 0; reasons < numDependences.size(); ++reasons) {
    auto add = [&](int64_t &count, recording::Reason reason) {
      count += reasons & reason ? numDependences[reasons] : 0;
    };
    add(stats.explicitDependences, recording::Explicit);
    add(stats.knownDependences, recording::Known);
    add(stats.readAfterWrite, ReadAfterWrite);
    add(stats.writeAfterWrite, WriteAfterWrite);
    add(stats.writeAfterRead, WriteAfterRead);
  }
}

RunResult Execution::run() {
  int64_t begin = nanoseconds(CLOCK_MONOTONIC);
  int numThreads = options.threads > 0 ? options.threads : std::thread::hardware_concurrency();
  numThreads = std::max(numThreads, 1);
  result.stats.cpuNs.resize(numThreads);
  for (int i = 0; i < numThreads; ++i) {
    hosts.emplace_back(*this);
    if (recorder)
      hosts.back().walked = &recorder->addThread();
  }

  struct JoinAll {
    std::vector<std::thread> threads;
    ~JoinAll() {
      for (std::thread &thread : threads)
        thread.join();
    }
  } all;
  for (int i = 0; i < numThreads; ++i)
    all.threads.emplace_back([this, i] { work(i); });
  waitForThreads(numThreads);

  if (error)
    throw *error;
  countDependences();
  result.stats.maxOutstanding = graph.maxOutstanding();
  result.stats.peakBytes = tensors.peakBytes();
  result.stats.graphBytes = static_cast<int64_t>(graph.capacityBytes());
  result.stats.checkedStreams = cleanStreams.size();
  if (recorder)
    result.recording = recorder->finish();
  result.stats.wallNs = nanoseconds(CLOCK_MONOTONIC) - begin;
  return std::move(result);
}

RunResult run(const Image &image, const tw_entry &entry, const std::vector<int64_t> &slots,
              const RunOptions &options) {
  return Execution(image.table(), entry, slots, options).run();
}

} // namespace tilework::runtime
