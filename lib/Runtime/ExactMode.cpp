//===- ExactMode.cpp - tasks carried out instruction by instruction -----------------*- C++ -*-===//
//
// What a task executes is judged, as far as asked for, and then carried out.
//
//===------------------------------------------------------------------------------------------===//

#include "Check/Check.h"
#include "Exact/Exact.h"
#include "Execution.h"
#include "StreamText.h"

#include <algorithm>

namespace tilework::runtime {

/// What the kernel may touch: the bytes its arguments span. Arguments that overlap are one range.
std::vector<GlobalRange> Execution::globalMemory(const tw_kernel &kernel, const int64_t *slots) {
  std::vector<GlobalRange> spans, ranges;
  for (int32_t i = 0; i < kernel.num_args; ++i) {
    if (kernel.args[i].kind != TW_MEMREF)
      continue;
    Span span = spanOf(viewOf(kernel.args[i], slots));
    spans.push_back({span.begin, span.end, kernel.args[i].name, definedBytes.of(span.begin)});
  }
  std::stable_sort(spans.begin(), spans.end(),
                   [](const auto &a, const auto &b) { return a.begin < b.begin; });
  for (const GlobalRange &span : spans) {
    if (!ranges.empty() && span.begin < ranges.back().end)
      ranges.back().end = std::max(ranges.back().end, span.end);
    else if (span.begin < span.end)
      ranges.push_back(span);
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
  stream.ringBytes = walk.ring_bytes;
  stream.locations = walk.locations;
  stream.numLocations = walk.num_locations;
  stream.hasCube = walk.has_cube;
  stream.lanes = walk.lanes;
  return stream;
}

/// Whether all that the instructions touch has been declared, so that whoever else touches it is
/// ordered before or after; false, with the failure recorded, where it has not.
bool Execution::keepsTo(const DeclaredBytes &declared, const KernelStream &stream,
                        const std::vector<GlobalRange> &memory, Place place) {
  for (const UnitStream &unit : stream.units)
    for (int64_t i = 0; i < unit.count; ++i) {
      const tw_instruction &instruction = unit.instructions[i];
      std::optional<DeclaredBytes::Breach> breach = declared.findBreach(instruction);
      if (!breach)
        continue;
      if (instruction.location >= 0 && instruction.location < stream.numLocations)
        place.location = stream.locations[instruction.location];
      fail(place, "'" + describe(instruction, memory) + "' " +
                      describeBreach(breach->bytes, breach->writes, memory));
      return false;
    }
  return true;
}

/// Judges a stream unless one like it has been found clean; false, with the failure recorded, where
/// it is not.
bool Execution::check(const KernelStream &stream, const std::vector<GlobalRange> &memory,
                      Place place) {
  size_t digest = digestOf(stream, memory);
  if (cleanStreams.contains(digest))
    return true;
  check::CheckOptions how;
  how.memories = options.exact->memories;
  how.observed.emplace();
  for (const GlobalRange &range : memory) {
    how.gm.push_back({range.begin, range.end, range.name});
    if (!range.defined) // the caller's
      how.observed->push_back(how.gm.back());
  }
  check::CheckReport report = check::check(stream, how);
  if (report.isClean()) {
    cleanStreams.add(digest);
    return true;
  }
  std::string text = report.text();
  const auto &places = report.findings.front().places;
  if (!places.empty() && !places.back().location.empty())
    place.location = places.back().location.c_str();
  fail(place, text.substr(0, text.find_last_not_of('\n') + 1));
  return false;
}

bool Execution::carryOut(const KernelStream &stream, const std::vector<GlobalRange> &memory,
                         Place place) {
  exact::ExactOptions how;
  how.memories = options.exact->memories;
  how.seed = options.exact->seed < 2 ? options.exact->seed : options.exact->seed + place.task;
  for (const GlobalRange &range : memory)
    how.gm.push_back({range.begin, range.end, range.defined});
  exact::ExactResult outcome = exact::execute(stream, how);
  if (outcome.isError()) {
    if (!outcome.location.empty())
      place.location = outcome.location.c_str();
    std::string subject;
    if (outcome.index >= 0)
      subject =
          "'" + describe(stream.units[outcome.unit].instructions[outcome.index], memory) + "' ";
    fail(place, subject + outcome.error);
    return false;
  }
  std::lock_guard lock(mutex);
  result.stats.instructions += outcome.steps;
  return true;
}

/// False, with the failure noted, when the task failed.
bool Execution::executeExactly(Host &host, const Task &task, Place place) {
  const tw_kernel &kernel = image.kernels[task.kernel];
  const int64_t *slots = task.slots;
  if (!kernel.walk) {
    fail(place, "the exact mode expects a placed kernel, but got one that was only compiled to "
                "native code");
    return false;
  }
  try {
    DeclaredBytes declared(kernel, slots, task.details->rectangles);
    if (!walk(host, task, &declared, place))
      return false;
    KernelStream stream = streamOf(*kernel.walk, host.streams);
    std::vector<GlobalRange> memory = globalMemory(kernel, slots);
    if (!options.exact->dumpFolder.empty() && firstTasks[task.kernel] == task.id)
      dump(options.exact->dumpFolder, kernel, stream, memory);
    return keepsTo(declared, stream, memory, place) &&
           (!options.exact->checks || check(stream, memory, place)) &&
           carryOut(stream, memory, place);
  } catch (const std::exception &exception) { // out of memory, no such folder
    fail(place, exception.what());
    return false;
  }
}

} // namespace tilework::runtime
