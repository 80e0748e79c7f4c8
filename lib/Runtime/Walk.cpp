//===- Walk.cpp - the instructions of a task, from native code ----------------------*- C++ -*-===//
//
// A task is walked just before its native code runs or its instructions are carried out, on the
// same thread, so that the walk reads the scalars in global memory that the kernel would. Where
// control flow depends on tiles, native code of the kernel says what they hold.
//
//===------------------------------------------------------------------------------------------===//

#include "Execution.h"
#include "StreamText.h"

namespace tilework::runtime {

/// Fills the host's streams, and the recording. False, with the failure noted, when native code was
/// left. `declared` is not null in exact mode, and where walksFromDeclared().
bool Execution::walk(Host &host, const Task &task, const DeclaredBytes *declared, Place place) {
  const tw_kernel &kernel = image.kernels[task.kernel];
  if (kernel.walk->num_reads > 0 && !missing && !observeReads(host, task, *declared, place))
    return false;
  for (auto &stream : host.streams)
    stream.clear();
  host.declared = options.exact ? declared : nullptr;
  if (host.walked)
    host.walked->begin(task.kernel);
  if (!walkUnits(host, kernel, task.slots, place))
    return false;
  if (host.walked)
    host.walked->end(task.id, task.details->memory);
  return true;
}

bool Execution::walkUnits(Host &host, const tw_kernel &kernel, const int64_t *slots, Place place) {
  NativeFunction walkUnit = [](tw_host *self, const int64_t *slots) {
    Host &host = *static_cast<Host *>(self);
    host.kernel->walk->walk(self, slots, host.unit);
  };
  host.kernel = &kernel;
  host.slots = slots;
  for (host.unit = kernel.walk->has_cube ? TW_CUBE : TW_VECTOR_0;
       host.unit < TW_VECTOR_0 + kernel.walk->lanes; ++host.unit) {
    host.recalled.assign(kernel.walk->num_reads, 0);
    if (!call(host, walkUnit, host.slots, place))
      return false;
  }
  return true;
}

/// Walks a task whose native code will run. False, with the failure noted, when it was left.
bool Execution::record(Host &host, const Task &task, Place place) {
  const tw_kernel &kernel = image.kernels[task.kernel];
  try {
    if (!kernel.walk)
      throw std::runtime_error("a recording expects a placed kernel, but got one that was only "
                               "compiled to native code");
    std::optional<DeclaredBytes> declared;
    if (walksFromDeclared(task.kernel))
      declared.emplace(kernel, task.slots, task.details->rectangles);
    return walk(host, task, declared ? &*declared : nullptr, place);
  } catch (const std::exception &exception) {
    fail(place, exception.what());
    return false;
  }
}

/// Whether it has to be known, when a task is walked, what it declared.
bool Execution::walksFromDeclared(int32_t kernel) const {
  if (options.exact)
    return true;
  const tw_walk *walk = image.kernels[kernel].walk;
  return options.records && walk && walk->num_reads > 0;
}

//===----------------------------------------------------------------------------------------===//
// Scalars of tiles
//===----------------------------------------------------------------------------------------===//

/// Runs the kernel's native code, and takes back what it writes. False, with the failure recorded,
/// when it was left.
bool Execution::observeReads(Host &host, const Task &task, const DeclaredBytes &declared,
                             Place place) {
  const tw_kernel &kernel = image.kernels[task.kernel];
  host.observed.assign(kernel.walk->num_reads, {});
  std::vector<uint8_t> before = declared.saveWritten();
  host.isObserved = true;
  bool returned = call(host, kernel.run, task.slots, place);
  host.isObserved = false;
  declared.restoreWritten(before);
  host.scratch.reset();
  return returned;
}

void Execution::observe(Host &host, int32_t number, int64_t value) {
  if (host.isObserved)
    host.observed.at(number).push_back(value);
}

int64_t Execution::recall(Host &host, int32_t number, int32_t location) {
  setLocation(host, location);
  if (missing)
    throw std::runtime_error("expects the value of an element that the task itself computes, but "
                             "this run is timing-only; pass all tensors on cpu");
  const std::vector<int64_t> &values = host.observed.at(number);
  size_t count = host.recalled.at(number)++;
  if (count >= values.size())
    throw std::runtime_error("the walk expects native code to read a scalar of a tile as often as "
                             "it does, but got only " +
                             std::to_string(values.size()) + " of number " +
                             std::to_string(number));
  return values[count];
}

//===----------------------------------------------------------------------------------------===//
// Scalars of global memory
//===----------------------------------------------------------------------------------------===//

void Execution::setLocation(Host &host, int32_t location) {
  const tw_walk &walk = *host.kernel->walk;
  if (location >= 0 && location < walk.num_locations)
    host.reasonLocation = walk.locations[location];
}

/// What a kernel reads to find its way is subject to the same rules as what it computes with.
void Execution::look(Host &host, uintptr_t address, int64_t sizeBytes, int32_t location) {
  setLocation(host, location);
  Span bytes = {address, address + sizeBytes};
  if (missing)
    if (std::optional<std::string> reason = missing->explain(bytes, host.place.task))
      throw std::runtime_error(*reason);
  if (host.walked && !host.isLocating)
    host.walked->look(address, sizeBytes);
  if (!host.declared)
    return;
  if (std::optional<Span> gap = host.declared->findUnreadable(bytes))
    throw std::runtime_error(
        describeBreach(*gap, /*writes=*/false, globalMemory(*host.kernel, host.slots)));
  if (!definedBytes.isDefined(address, sizeBytes))
    throw std::runtime_error("expects control flow and addresses to depend on defined elements, "
                             "but got one that no task has written");
}

} // namespace tilework::runtime
