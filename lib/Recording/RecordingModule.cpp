//===- RecordingModule.cpp - the extension module tilework._recording ---------------*- C++ -*-===//

#include "Graphs.h"
#include "InstructionText.h"
#include "RacesText.h"
#include "RecordingText.h"
#include "Work.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

namespace nb = nanobind;
using namespace nb::literals;
using namespace tilework::recording;

namespace {

Recording decodeBytes(const nb::bytes &bytes) {
  try {
    return decode({bytes.c_str(), bytes.size()});
  } catch (const RecordingError &error) {
    nb::object type = nb::module_::import_("tilework.errors").attr("RecordingError");
    PyErr_SetString(type.ptr(), error.what());
    throw nb::python_error();
  }
}

int64_t joinsOf(const Recording &recording) {
  int64_t joins = 0;
  for (const Task &task : recording.tasks)
    joins += task.stream == Task::join;
  return joins;
}

/// Of all tasks.
int64_t executedBy(const Recording &recording) {
  int64_t count = 0;
  for (const Task &task : recording.tasks)
    if (task.stream != Task::join)
      for (const std::vector<int32_t> &unit : recording.streams[task.stream].units)
        count += unit.size();
  return count;
}

nb::list memoriesOf(const Recording &recording) {
  nb::list list;
  for (const Memory &it : recording.memories)
    list.append(nb::make_tuple(it.name, it.address, it.bytes, it.tasksBefore, it.manualDep,
                               nb::cast(it.sizes)));
  return list;
}

nb::list kernelsOf(const Recording &recording) {
  std::vector<int64_t> tasks(recording.kernels.size()), streams(recording.kernels.size());
  for (const Stream &stream : recording.streams)
    ++streams[stream.kernel];
  for (const Task &task : recording.tasks)
    if (task.stream != Task::join)
      ++tasks[recording.streams[task.stream].kernel];
  nb::list list;
  for (size_t i = 0; i < recording.kernels.size(); ++i) {
    const Kernel &it = recording.kernels[i];
    list.append(nb::make_tuple(it.name, it.location, it.hasCube, it.lanes, tasks[i], streams[i],
                               it.explicitOnly, it.trackedArguments));
  }
  return list;
}

nb::list tasksOf(const Recording &recording) {
  nb::list list;
  for (const Task &task : recording.tasks) {
    nb::list dependences;
    for (const Dependence &it : task.dependences)
      dependences.append(nb::make_tuple(it.task, it.reasons));
    int32_t kernel = task.stream == Task::join ? -1 : recording.streams[task.stream].kernel;
    list.append(
        nb::make_tuple(kernel, task.stream, dependences, nb::cast(recording.noDeps[task.noDep])));
  }
  return list;
}

nb::list streamsOf(const Recording &recording) {
  std::vector<Work> works = workOfStreams(recording);
  nb::list list;
  for (size_t i = 0; i < works.size(); ++i) {
    const Work &it = works[i];
    list.append(nb::make_tuple(recording.streams[i].kernel, it.multiplyAdds, it.vectorElements,
                               it.readBytes, it.writtenBytes, it.channelBytes));
  }
  return list;
}

nb::list instructionsOf(const Recording &recording) {
  nb::list list;
  for (const tw_instruction &it : recording.instructions)
    list.append(nb::make_tuple(tilework::nameOfOpcode(it.opcode),
                               tilework::describe(
                                   it, [](int64_t) { return ""; }, false),
                               recording.locations[it.location]));
  return list;
}

nb::list waitsOf(const Recording &recording) {
  nb::list list;
  for (const Wait &it : recording.waits)
    list.append(nb::make_tuple(it.tasksBefore, nb::cast(it.writers)));
  return list;
}

nb::list loopsOf(const Recording &recording) {
  nb::list list;
  for (const Loop &it : recording.loops)
    list.append(
        nb::make_tuple(it.location, it.variable, it.isParallel, static_cast<int>(it.verdict)));
  return list;
}

nb::list marksOf(const Recording &recording) {
  static const char *const kinds[] = {"enter", "next", "leave"};
  nb::list list;
  for (const Mark &it : recording.marks)
    list.append(nb::make_tuple(it.tasksBefore, kinds[it.kind], it.loop, it.lower, it.step));
  return list;
}

nb::list graphsAsTuples(const Recording &recording) {
  nb::list list;
  for (const Graph &it : graphsOf(recording))
    list.append(nb::make_tuple(it.begin, it.end));
  return list;
}

nb::list claimsOf(const Recording &recording) {
  static const char *const kinds[] = {"parallel", "no_dep", "manual_dep", "manual_scope"};
  std::vector<Claim> claims;
  {
    nb::gil_scoped_release unlocked;
    claims = judgeClaims(recording);
  }
  nb::list list;
  for (const Claim &it : claims) {
    bool isLoop = it.kind == ClaimKind::parallel;
    nb::object refutation = nb::none();
    if (it.refutation)
      refutation = nb::cast(explainRefutation(recording, it));
    list.append(nb::make_tuple(kinds[static_cast<int>(it.kind)], nameClaim(recording, it),
                               isLoop ? static_cast<int>(recording.loops[it.subject].verdict) : 0,
                               it.ordered, it.unordered, refutation));
  }
  return list;
}

std::string textOf(const Recording &recording, int64_t task) {
  if (task < 0 || task >= static_cast<int64_t>(recording.tasks.size()))
    throw nb::index_error(("expects a task below " + std::to_string(recording.tasks.size()) +
                           ", but got " + std::to_string(task))
                              .c_str());
  return describeTask(recording, task);
}

} // namespace

NB_MODULE(_recording, m) {
  nb::class_<Recording>(m, "Recording")
      .def_ro("target", &Recording::target)
      .def_ro("entry", &Recording::entry)
      .def_prop_ro("num_locations", [](const Recording &it) { return it.locations.size(); })
      .def_prop_ro("num_instructions", [](const Recording &it) { return it.instructions.size(); })
      .def_prop_ro("num_streams", [](const Recording &it) { return it.streams.size(); })
      .def_prop_ro("num_patterns", [](const Recording &it) { return it.patterns.size(); })
      .def_prop_ro("num_tasks", [](const Recording &it) { return it.tasks.size(); })
      .def_prop_ro("num_joins", &joinsOf)
      .def_prop_ro("num_executed", &executedBy)
      .def_prop_ro("memories", &memoriesOf)
      .def_prop_ro("kernels", &kernelsOf)
      .def_prop_ro("tasks", &tasksOf)
      .def_prop_ro("streams", &streamsOf)
      .def_prop_ro("instructions", &instructionsOf)
      .def_prop_ro("last_users", &lastUsers)
      .def_prop_ro("waits", &waitsOf)
      .def_prop_ro("loops", &loopsOf)
      .def_prop_ro("marks", &marksOf)
      .def_prop_ro("graphs", &graphsAsTuples)
      .def_prop_ro("claims", &claimsOf)
      .def("text", &textOf, "task"_a);
  m.def("decode", &decodeBytes, "data"_a);
  m.attr("VERSION") = version;
}
