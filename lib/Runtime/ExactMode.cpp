//===- ExactMode.cpp - tasks carried out instruction by instruction
//----------------------------===//
//
// A task is walked just before its instructions are carried out, on the same thread, so that the
// walk reads the scalars in global memory that the kernel would.
//
//===------------------------------------------------------------------------------------------===//

#include "Execution.h"

#include "StreamAbi.h"

#include <algorithm>

namespace tilework::runtime {

/// Fills the host's streams. False, with the failure recorded, when the walk was left.
bool Execution::walk(Host &host, const tw_kernel &kernel, const int64_t *slots, Place place) {
  NativeFunction walkUnit = [](tw_host *self, const int64_t *slots) {
    Host &host = *static_cast<Host *>(self);
    host.kernel->walk->walk(self, slots, host.unit);
  };
  for (auto &stream : host.streams)
    stream.clear();
  host.kernel = &kernel;
  for (host.unit = kernel.walk->has_cube ? TW_CUBE : TW_VECTOR_0;
       host.unit < TW_VECTOR_0 + kernel.walk->lanes; ++host.unit)
    if (!call(host, walkUnit, slots, place))
      return false;
  return true;
}

/// What the kernel may touch: the bytes its arguments span.
std::vector<exact::GmRange> Execution::globalMemory(const tw_kernel &kernel, const int64_t *slots) {
  std::vector<Span> spans;
  for (int32_t i = 0; i < kernel.num_args; ++i)
    if (kernel.args[i].kind == TW_MEMREF)
      spans.push_back(spanOf(viewOf(kernel.args[i], slots)));
  std::sort(spans.begin(), spans.end(),
            [](const Span &a, const Span &b) { return a.begin < b.begin; });
  std::vector<exact::GmRange> ranges;
  for (const Span &span : spans) {
    if (!ranges.empty() && span.begin < ranges.back().end)
      ranges.back().end = std::max(ranges.back().end, span.end);
    else if (span.begin < span.end)
      ranges.push_back({span.begin, span.end, definedness.of(span.begin)});
  }
  return ranges;
}

static KernelStream streamOf(const tw_walk &walk,
                             const std::array<std::vector<tw_instruction>, TW_UNITS> &streams) {
  KernelStream stream;
  for (int32_t unit = 0; unit < TW_UNITS; ++unit)
    stream.units[unit] = {streams[unit].data(), static_cast<int64_t>(streams[unit].size())};
  stream.channels = walk.channels;
  stream.numChannels = walk.num_channels;
  stream.locations = walk.locations;
  stream.numLocations = walk.num_locations;
  stream.hasCube = walk.has_cube;
  stream.lanes = walk.lanes;
  return stream;
}

void Execution::executeExactly(Host &host, const Task &task, Place place) {
  const tw_kernel &kernel = image.kernels[task.kernel];
  if (!kernel.walk)
    return fail(place, "the exact mode expects a placed kernel, but got one that was only compiled "
                       "to native code");
  if (!walk(host, kernel, task.slots.data(), place))
    return;
  KernelStream stream = streamOf(*kernel.walk, host.streams);
  exact::ExactOptions how;
  how.memories = options.exact->memories;
  how.seed = options.exact->seed < 2 ? options.exact->seed : options.exact->seed + task.id;
  how.gm = globalMemory(kernel, task.slots.data());
  exact::ExactResult outcome;
  try {
    outcome = exact::execute(stream, how);
  } catch (const std::exception &exception) { // out of memory
    return fail(place, exception.what());
  }
  if (outcome.isError()) {
    if (!outcome.location.empty())
      place.location = outcome.location.c_str();
    return fail(place, outcome.instruction.empty()
                           ? outcome.error
                           : "'" + outcome.instruction + "' " + outcome.error);
  }
  std::lock_guard lock(mutex);
  result.stats.instructions += outcome.steps;
}

} // namespace tilework::runtime
