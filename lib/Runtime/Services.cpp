//===- Services.cpp - what native code asks of the runtime --------------------------*- C++ -*-===//
//
// Below each tw_host function stands a method of Execution, in ordinary C++ with exceptions. They
// end at the border: native code has no unwind tables and is left by leaveNative() instead.
//
//===------------------------------------------------------------------------------------------===//

#include "Dependences.h"
#include "Execution.h"

#include <algorithm>
#include <unordered_map>

namespace tilework::runtime {

//===----------------------------------------------------------------------------------------===//
// Submission
//===----------------------------------------------------------------------------------------===//

int64_t Execution::submit(Host &host, int32_t kernel, const int64_t *slots, int64_t numDeps,
                          const int64_t *deps, int64_t numGiven) {
  leaveIfCancelled();
  if (kernel < 0 || kernel >= image.num_kernels)
    throw std::out_of_range("a submission expects a kernel below " +
                            std::to_string(image.num_kernels) + ", but got " +
                            std::to_string(kernel));
  const tw_kernel &submitted = image.kernels[kernel];
  if (firstTasks[kernel] < 0)
    firstTasks[kernel] = graph.size();
  addExplicit(numDeps, deps, numGiven);
  bool isKnown = true;
  if (needsRectangles(kernel)) {
    declared.clear(submitted.num_args);
    isKnown = declareAccesses(host, submitted, slots);
    addOverlaps(submitted, slots);
  }
  ++result.stats.tasks;
  return enqueue(kernel, slots, submitted.num_slots, /*isFailed=*/!isKnown);
}

int64_t Execution::join(int64_t numDeps, const int64_t *deps, int64_t numGiven) {
  leaveIfCancelled();
  addExplicit(numDeps, deps, numGiven);
  ++result.stats.joins;
  if (options.trace)
    result.tasks.push_back({Task::join, {}, {}});
  return enqueue(Task::join, nullptr, 0, /*isFailed=*/false);
}

void Execution::addExplicit(int64_t numDeps, const int64_t *deps, int64_t numGiven) {
  auto isUnknown = [&](int64_t id) { return id < TW_NO_TASK || id >= graph.size(); };
  if (auto unknown = std::find_if(deps, deps + numDeps, isUnknown); unknown != deps + numDeps)
    throw std::out_of_range("a dependence expects a task below " + std::to_string(graph.size()) +
                            ", but got " + std::to_string(*unknown));
  dependences.clear();
  bool all = findsAll();
  auto add = [&](int64_t i) {
    if (deps[i] == TW_NO_TASK || (!all && graph.isLongRetired(deps[i])))
      return;
    // Field by field: a copy of the whole would have to wait for what has just been written.
    Dependence &each = dependences.emplace_back();
    each.task = deps[i];
    each.reasons = i < numGiven ? Explicit : recording::Known;
  };
  // From the end that is older: most are listed in one direction, and then nothing has to be
  // sorted.
  if (numDeps > 0 && deps[0] > deps[numDeps - 1])
    for (int64_t i = numDeps; i-- > 0;)
      add(i);
  else
    for (int64_t i = 0; i < numDeps; ++i)
      add(i);
}

/// Runs the region program, which calls declare(). False, with the failure noted, when it was left:
/// then the task would have touched no one knows what of its arguments, so all of them is declared.
bool Execution::declareAccesses(Host &host, const tw_kernel &kernel, const int64_t *slots) {
  bool returned = true;
  if (kernel.accesses) {
    Place orchestration = host.place;
    host.kernel = &kernel;
    host.slots = slots;
    returned = call(host, kernel.accesses, slots, {graph.size(), kernel.name, kernel.location});
    host.place = orchestration;
    host.reason.clear();
    host.kernel = nullptr;
  }
  if (!kernel.accesses || !returned)
    declareWhole(kernel, slots);
  return returned;
}

void Execution::declareWhole(const tw_kernel &kernel, const int64_t *slots) {
  for (int32_t i = 0; i < kernel.num_args; ++i) {
    const tw_arg &argument = kernel.args[i];
    if (argument.kind != TW_MEMREF || argument.direction == 0)
      continue;
    View view = viewOf(argument, slots);
    Rectangle whole = {i, argument.direction, argument.rank, {}, {}};
    std::copy_n(view.sizes, argument.rank, whole.sizes.begin());
    if (std::find(view.sizes, view.sizes + view.rank, 0) == view.sizes + view.rank)
      declared.append(whole);
  }
}

void Execution::declare(Host &host, int32_t argument, int32_t direction, const int64_t *offsets,
                        const int64_t *sizes) {
  const tw_arg &arg = host.kernel->args[argument];
  View view = viewOf(arg, host.slots);
  Rectangle rectangle = {argument, direction, arg.rank, {}, {}};
  for (int32_t d = 0; d < arg.rank; ++d) {
    if (offsets[d] < 0 || sizes[d] < 0 || offsets[d] + sizes[d] > view.sizes[d])
      throw std::out_of_range("argument '" + std::string(arg.name) + "' expects accesses to dim " +
                              std::to_string(d) + " within 0 to " + std::to_string(view.sizes[d]) +
                              ", but got " + std::to_string(offsets[d]) + " to " +
                              std::to_string(offsets[d] + sizes[d]));
    if (sizes[d] == 0)
      return;
    rectangle.offsets[d] = offsets[d];
    rectangle.sizes[d] = sizes[d];
  }
  declared.append(rectangle);
}

/// Finds who touched what the task declares, and records that the task does.
void Execution::addOverlaps(const tw_kernel &kernel, const int64_t *slots) {
  if (options.trace)
    result.tasks.push_back({static_cast<int32_t>(&kernel - image.kernels), {}, {}});
  pending.clear();
  for (int32_t i = 0; i < kernel.num_args; ++i) {
    const std::vector<Rectangle> &rectangles = declared.of(i);
    if (rectangles.empty())
      continue;
    View view = viewOf(kernel.args[i], slots);
    AccessMap::Root *root = accesses.rootOf({view.address, view.address + 1});
    for (const Rectangle &rectangle : rectangles) {
      pending.push_back({root, {}, rectangle.direction, i});
      if (!root || !makeBox(view, rectangle, root->span, pending.back().box))
        throw std::out_of_range("argument '" + std::string(kernel.args[i].name) + "' of task '" +
                                kernel.name +
                                "' expects a part of an array of this run, but reaches outside");
    }
    result.stats.rectangles += rectangles.size();
    if (options.trace)
      result.tasks.back().rectangles.insert(result.tasks.back().rectangles.end(),
                                            rectangles.begin(), rectangles.end());
  }
  auto isTracked = [&](const Pending &each) {
    return tracksAll || !(kernel.args[each.argument].flags & TW_STATIC);
  };
  for (const Pending &each : pending)
    if (isTracked(each))
      accesses.findDependences(*each.root, each.box, each.direction, dependences);
  for (const Pending &each : pending) {
    if (isTracked(each))
      accesses.record(*each.root, each.box, each.direction, graph.size());
    if (missing && (each.direction & TW_WRITE))
      missing->addWrite(each.root->span, each.box, graph.size(), kernel,
                        kernel.args[each.argument].name);
  }
}

/// Lists what the arguments lie in, and names what the run has allocated after the first argument
/// that it is given as.
void Execution::locateArguments(const tw_kernel &kernel, const int64_t *slots,
                                std::vector<Placed> &memory) {
  for (int32_t i = 0; i < kernel.num_args; ++i) {
    if (kernel.args[i].kind != TW_MEMREF)
      continue;
    View view = viewOf(kernel.args[i], slots);
    AccessMap::Root *root = accesses.rootOf(spanOf(view));
    if (!root || root->memory < 0)
      continue;
    recorder->describeMemory(root->memory, kernel.args[i], view);
    memory.push_back({root->span, recorder->addressOf(root->memory)});
    if (kernel.args[i].flags & TW_NO_DEP)
      noDep.push_back(root->memory);
  }
}

int64_t Execution::enqueue(int32_t kernel, const int64_t *slots, int64_t numSlots, bool isFailed) {
  unite(dependences);
  if (options.trace)
    result.tasks.back().dependences = dependences;
  if (graph.isFull())
    graph.workUntil([&] { return !graph.isFull(); },
                    [&](const Task &task) { return execute(hosts[0], task); });
  Task &task = graph.prepare(kernel, slots, numSlots);
  noDep.clear();
  if (kernel != Task::join && (recorder || options.exact))
    describeForWalk(task);
  if (recorder)
    recorder->addTask(dependences, noDep);
  graph.submit(task, dependences, isFailed);
  for (const Dependence &each : dependences) // not earlier: what is published waits for counting
    ++numDependences[each.reasons];
  return task.id;
}

void Execution::describeForWalk(Task &task) {
  const tw_kernel &kernel = image.kernels[task.kernel];
  task.details = std::make_unique<WalkDetails>();
  for (int32_t i = 0; walksFromDeclared(task.kernel) && i < kernel.num_args; ++i)
    task.details->rectangles.insert(task.details->rectangles.end(), declared.of(i).begin(),
                                    declared.of(i).end());
  if (recorder)
    locateArguments(kernel, task.slots, task.details->memory);
}

//===----------------------------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------------------------===//

/// Takes back what nobody needs any more, after helping where too much is awaited.
void Execution::reclaimTensors() {
  if (int64_t awaited = tensors.awaitedTask(hosts.size()); graph.endedBefore() < awaited)
    graph.workUntil([&] { return graph.endedBefore() >= awaited; },
                    [&](const Task &task) { return execute(hosts[0], task); });
  tensors.collect(graph.endedBefore(), [&](uintptr_t begin) {
    if (missing)
      missing->removeRoot(begin);
    if (options.exact)
      definedBytes.remove(begin);
  });
}

void *Execution::alloc(int64_t sizeBytes, int32_t flags) {
  leaveIfCancelled();
  reclaimTensors();
  void *memory = tensors.allocate(sizeBytes);
  auto begin = reinterpret_cast<uintptr_t>(memory);
  Span span = {begin, begin + sizeBytes};
  accesses.addRoot(span);
  if (recorder && sizeBytes > 0)
    accesses.rootOf(span)->memory =
        recorder->addMemory(span, "", graph.size(), flags & TW_MANUAL_DEP);
  if (missing)
    missing->addRoot(span, /*isTensor=*/true);
  if (options.exact)
    definedBytes.add(begin, sizeBytes);
  ++result.stats.allocations;
  result.stats.allocatedBytes += sizeBytes;
  return memory;
}

/// No task to come meets it any more. Those submitted before may still ask what of it is defined.
void Execution::release(const void *tensor) {
  if (tensors.release(tensor, graph.size()))
    accesses.removeRoot(reinterpret_cast<uintptr_t>(tensor));
}

void Execution::wait(Host &host, uintptr_t address, int64_t sizeBytes, const char *location) {
  awaitWriters(host, {address, sizeBytes, 0, nullptr, nullptr}, location);
  if (options.exact && !definedBytes.isDefined(address, sizeBytes))
    throw std::runtime_error("the orchestration expects to read a defined scalar, but got an "
                             "element that no task has written");
  host.reasonLocation = host.place.location;
}

/// Returns once the orchestration may read what `view` holds.
void Execution::awaitWriters(Host &host, const View &view, const char *location) {
  leaveIfCancelled();
  host.reasonLocation = location;
  ++result.stats.waits;
  Span bytes = spanOf(view);
  AccessMap::Root *root = accesses.rootOf(bytes);
  Rectangle whole = {0, TW_READ, view.rank, {}, {}};
  std::copy_n(view.sizes, view.rank, whole.sizes.begin());
  Box box;
  if (!root || !makeBox(view, whole, root->span, box))
    throw std::out_of_range("the orchestration expects to read a part of an array of this run, but "
                            "reaches outside");
  dependences.clear();
  accesses.findDependences(*root, box, TW_READ, dependences);
  unite(dependences);
  if (options.trace) {
    result.waits.push_back({graph.size(), {}});
    for (const Dependence &each : dependences)
      result.waits.back().writers.push_back(each.task);
  }
  if (recorder)
    recorder->addWait(dependences);
  if (missing)
    if (std::optional<std::string> reason = missing->explain(bytes, graph.size()))
      throw std::runtime_error(*reason);
  auto isEnded = [&](const Dependence &each) { return graph.isEnded(each.task); };
  graph.workUntil([&] { return std::all_of(dependences.begin(), dependences.end(), isEnded); },
                  [&](const Task &task) { return execute(hosts[0], task); });
  auto isFailed = [&](const Dependence &each) { return graph.isFailed(each.task); };
  if (std::any_of(dependences.begin(), dependences.end(), isFailed))
    throw Leave(); // it has not been written
}

static int64_t readInteger(uintptr_t address, int32_t type) {
  switch (elementBytes(type)) {
  case 1:
    return *reinterpret_cast<const int8_t *>(address);
  case 2:
    return *reinterpret_cast<const int16_t *>(address);
  case 4:
    return *reinterpret_cast<const int32_t *>(address);
  default:
    return *reinterpret_cast<const int64_t *>(address);
  }
}

void Execution::assumeDistinct(Host &host, const int64_t *memref, int32_t type,
                               const std::vector<int64_t> &ignored, const char *location) {
  View view = viewOf({TW_MEMREF, type, 1, 0, TW_READ, 0, ""}, memref);
  if (view.sizes[0] == 0)
    return;
  awaitWriters(host, view, location);
  // An ignored value is given as a number, elements have bits.
  auto isIgnored = [&](int64_t value) {
    int64_t mask = view.elementBytes < 8 ? (int64_t(1) << 8 * view.elementBytes) - 1 : -1;
    return std::any_of(ignored.begin(), ignored.end(),
                       [&](int64_t each) { return (each & mask) == (value & mask); });
  };
  std::unordered_map<int64_t, int64_t> firsts;
  for (int64_t i = 0; i < view.sizes[0]; ++i) {
    uintptr_t address = view.address + i * view.strides[0] * view.elementBytes;
    if (options.exact && !definedBytes.isDefined(address, view.elementBytes))
      throw std::runtime_error("assume_distinct expects defined elements, but got one at " +
                               std::to_string(i) + " that no task has written");
    int64_t value = readInteger(address, type);
    if (isIgnored(value))
      continue;
    auto [first, isNew] = firsts.try_emplace(value, i);
    if (!isNew)
      throw std::runtime_error("assume_distinct expects elements that differ, but got " +
                               std::to_string(value) + " at " + std::to_string(first->second) +
                               " and at " + std::to_string(i));
  }
  host.reasonLocation = host.place.location;
}

//===----------------------------------------------------------------------------------------===//
// Failure
//===----------------------------------------------------------------------------------------===//

static std::string format(const tw_check &check, const int64_t *values) {
  std::string text = check.message;
  for (int32_t i = 0; i < check.num_values; ++i) {
    std::string hole = "{" + std::to_string(i) + "}", value = std::to_string(values[i]);
    for (size_t at = 0; (at = text.find(hole, at)) != std::string::npos; at += value.size())
      text.replace(at, hole.size(), value);
  }
  return text;
}

void Execution::describeFailure(Host &host, int32_t check, const int64_t *values) {
  if (check < 0 || check >= image.num_checks) {
    host.reason = "check " + std::to_string(check) + " failed, which the image does not describe";
    return;
  }
  host.reason = format(image.checks[check], values);
  host.reasonLocation = image.checks[check].location;
}

//===----------------------------------------------------------------------------------------===//
// The border
//===----------------------------------------------------------------------------------------===//

/// Runs `body`; an exception becomes the host's reason to leave. Returns only if there was none,
/// and nothing with a destructor is alive when it does not.
template <typename Body> static auto serve(tw_host *self, Body body) {
  Host &host = *static_cast<Host *>(self);
  decltype(body(host)) value = {};
  bool leaving = false;
  {
    ServiceScope scope;
    try {
      value = body(host);
    } catch (const Execution::Leave &) {
      leaving = true;
    } catch (const std::exception &exception) {
      host.reason = exception.what();
      leaving = true;
    }
  }
  if (leaving)
    leaveNative();
  return value;
}

/// What loops say costs a run that does not record a call.
template <typename Body> static void mark(tw_host *self, Body body) {
  Recorder *recorder = static_cast<Host *>(self)->execution.recorderOrNull();
  if (recorder)
    serve(self, [=](Host &) { return body(*recorder), true; });
}

Host::Host(Execution &execution) : tw_host(), execution(execution) {
  submit = [](tw_host *self, int32_t kernel, const int64_t *slots, int64_t numDeps,
              const int64_t *deps, int64_t numGiven) {
    return serve(self, [=](Host &host) {
      return host.execution.submit(host, kernel, slots, numDeps, deps, numGiven);
    });
  };
  join = [](tw_host *self, int64_t numDeps, const int64_t *deps, int64_t numGiven) {
    return serve(self, [=](Host &host) { return host.execution.join(numDeps, deps, numGiven); });
  };
  alloc = [](tw_host *self, int64_t sizeBytes, int32_t flags) {
    return serve(self, [=](Host &host) { return host.execution.alloc(sizeBytes, flags); });
  };
  retain = [](tw_host *self, const void *tensor) {
    serve(self, [=](Host &host) { return host.execution.retain(tensor), true; });
  };
  release = [](tw_host *self, const void *tensor) {
    serve(self, [=](Host &host) { return host.execution.release(tensor), true; });
  };
  keep = [](tw_host *self, int64_t sizeBytes) {
    return serve(self, [=](Host &host) { return host.execution.keep(sizeBytes); });
  };
  wait = [](tw_host *self, const void *address, int64_t sizeBytes, const char *location) {
    serve(self, [=](Host &host) {
      host.execution.wait(host, reinterpret_cast<uintptr_t>(address), sizeBytes, location);
      return true;
    });
  };
  access = [](tw_host *self, int32_t argument, int32_t direction, const int64_t *offsets,
              const int64_t *sizes) {
    serve(self, [=](Host &host) {
      host.execution.declare(host, argument, direction, offsets, sizes);
      return true;
    });
  };
  tw_host::scratch = [](tw_host *self, int64_t sizeBytes) {
    return serve(self, [=](Host &host) { return host.scratch.allocate(sizeBytes); });
  };
  fail = [](tw_host *self, int32_t check, const int64_t *values) {
    serve(self, [=](Host &host) -> bool {
      host.execution.describeFailure(host, check, values);
      throw Execution::Leave();
    });
  };
  observe = [](tw_host *self, int32_t number, int64_t value) {
    serve(self, [=](Host &host) {
      host.execution.observe(host, number, value);
      return true;
    });
  };
  recall = [](tw_host *self, int32_t number, int32_t location) {
    return serve(self, [=](Host &host) { return host.execution.recall(host, number, location); });
  };
  look = [](tw_host *self, const void *address, int64_t sizeBytes, int32_t location) {
    serve(self, [=](Host &host) {
      host.execution.look(host, reinterpret_cast<uintptr_t>(address), sizeBytes, location);
      return true;
    });
  };
  enter = [](tw_host *self, int32_t loop, int64_t lower, int64_t step) {
    mark(self, [=](Recorder &recorder) { recorder.enterLoop(loop, lower, step); });
  };
  next = [](tw_host *self) { mark(self, [](Recorder &recorder) { recorder.nextIteration(); }); };
  leave = [](tw_host *self) { mark(self, [](Recorder &recorder) { recorder.leaveLoop(); }); };
  assume_distinct = [](tw_host *self, const int64_t *memref, int32_t type, int64_t numIgnored,
                       const int64_t *ignored, const char *location) {
    serve(self, [=](Host &host) {
      host.execution.assumeDistinct(host, memref, type, {ignored, ignored + numIgnored}, location);
      return true;
    });
  };
  emit = [](tw_host *self, const tw_instruction *instruction) {
    serve(self, [=](Host &host) {
      host.execution.emit(host, *instruction);
      return true;
    });
  };
}

} // namespace tilework::runtime
