//===- SimulatorModule.cpp - the extension module tilework._simulator ---------------*- C++ -*-===//
//
// A recording's bytes and a description's numbers in, tables out; what they mean,
// python/tilework/simulator knows.
//
//===------------------------------------------------------------------------------------------===//

#include "Capacity.h"
#include "Compulsory.h"
#include "MemoryPlan.h"
#include "Simulate.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>

#include <optional>
#include <tuple>

namespace nb = nanobind;
using namespace nb::literals;
using namespace tilework;
using namespace tilework::simulator;

namespace {

// python/tilework/simulator/timeline.py spells these out.
static_assert(sizeof(TaskTime) == 112 && sizeof(UnitTime) == 32 && sizeof(InstructionTime) == 40);
static_assert(sizeof(PipeTime) == 8 * (2 + Stalls) && Stalls == 16 && sizeof(Ledger) == 40);

/// Raises class `name` of tilework.errors.
[[noreturn]] void raise(const char *name, const char *message) {
  nb::object type = nb::module_::import_("tilework.errors").attr(name);
  PyErr_SetString(type.ptr(), message);
  throw nb::python_error();
}

template <typename T> nb::bytes bytesOf(const std::vector<T> &table) {
  return nb::bytes(reinterpret_cast<const char *>(table.data()), table.size() * sizeof(T));
}

nb::tuple tupleOf(const Series &series) {
  return nb::make_tuple(series.stepWidth(), bytesOf(series.steps()));
}

nb::dict dictOf(const LinkTime &link) {
  nb::dict dict;
  dict["bytes"] = link.bytes;
  dict["bytes_per_second"] = link.bytesPerSecond;
  dict["series"] = tupleOf(link.series);
  return dict;
}

nb::dict dictOf(const Timeline &timeline) {
  nb::dict dict;
  dict["makespan"] = timeline.makespan;
  dict["policy"] = nb::make_tuple(timeline.policy.scheduling == Scheduling::CriticalPath,
                                  timeline.policy.submission == Submission::Graph,
                                  timeline.policy.earlyDispatch, timeline.policy.reuse);
  dict["tasks"] = bytesOf(timeline.tasks);
  dict["taken_back"] = bytesOf(timeline.takenBack);
  dict["units"] = bytesOf(timeline.units);
  dict["instructions"] = bytesOf(timeline.instructions);
  dict["cores"] = bytesOf(timeline.cores);
  dict["kernels"] = bytesOf(timeline.kernels);
  dict["memories"] = bytesOf(timeline.memories);
  dict["addresses"] = bytesOf(timeline.addresses);
  dict["hbm"] = dictOf(timeline.hbm);
  dict["l2_read"] = dictOf(timeline.l2Read);
  dict["l2_write"] = dictOf(timeline.l2Write);
  dict["busy_cubes"] = tupleOf(timeline.busyCubes);
  dict["busy_vectors"] = tupleOf(timeline.busyVectors);
  dict["ready_tasks"] = tupleOf(timeline.readyTasks);
  dict["orchestrator_busy"] = timeline.orchestratorBusy;
  dict["orchestrator_waits"] = timeline.orchestratorWaits;
  dict["scheduler_busy"] = bytesOf(timeline.schedulerBusy);
  dict["loss_cubes"] = timeline.lossCubes;
  dict["loss_vectors"] = timeline.lossVectors;
  dict["heap_peak"] = timeline.heapPeak;
  dict["events"] = timeline.events;
  dict["operations"] = timeline.operations;
  return dict;
}

/// Replays with the interpreter unlocked; Ctrl-C ends the replay, `progress` is told the tasks
/// completed.
nb::dict replay(nb::bytes recording, const Description &description, bool instructions,
                std::tuple<bool, bool, bool, bool> policy, std::optional<nb::callable> progress) {
  std::string bytes(recording.c_str(), recording.size());
  std::optional<nb::python_error> raised;
  Options options;
  options.instructions = instructions;
  auto [byPath, asGraph, early, reuse] = policy;
  options.policy = {byPath ? Scheduling::CriticalPath : Scheduling::Fifo,
                    asGraph ? Submission::Graph : Submission::Tasks, early, reuse};
  options.interrupted = [&](int64_t completed) {
    nb::gil_scoped_acquire locked;
    if (PyErr_CheckSignals() != 0) {
      raised.emplace();
      return true;
    }
    try {
      if (progress)
        (*progress)(completed);
      return false;
    } catch (nb::python_error &error) {
      raised.emplace(std::move(error));
      return true;
    }
  };
  Timeline timeline;
  try {
    nb::gil_scoped_release unlocked;
    timeline = simulate(recording::decode(bytes), Machine(description), options);
  } catch (const Interrupted &) {
    raised->restore();
    raised.reset();
    nb::raise_python_error();
  } catch (const DeadlockError &error) {
    raise("DeadlockError", error.what());
  } catch (const recording::CapacityError &error) {
    raise("DescriptionError", error.what());
  } catch (const DescriptionError &error) {
    raise("DescriptionError", error.what());
  } catch (const recording::RecordingError &error) {
    raise("RecordingError", error.what());
  }
  return dictOf(timeline);
}

nb::list compulsory(nb::bytes recording) {
  std::vector<CompulsoryBytes> found;
  try {
    nb::gil_scoped_release unlocked;
    found = compulsoryBytes(recording::decode({recording.c_str(), recording.size()}));
  } catch (const recording::RecordingError &error) {
    raise("RecordingError", error.what());
  }
  nb::list list;
  for (const CompulsoryBytes &bytes : found)
    list.append(nb::make_tuple(bytes.read, bytes.written));
  return list;
}

nb::tuple tupleOf(const recording::Rings &rings) {
  return nb::make_tuple(rings.window, rings.heap, rings.dependences);
}

nb::dict capacity(nb::bytes given) {
  recording::Capacity capacity;
  recording::MemoryPlan plan;
  try {
    nb::gil_scoped_release unlocked;
    recording::Recording recording = recording::decode({given.c_str(), given.size()});
    capacity = recording::capacityOf(recording);
    plan = recording::planMemory(recording);
  } catch (const recording::RecordingError &error) {
    raise("RecordingError", error.what());
  }
  nb::dict dict;
  dict["least"] = tupleOf(capacity.least);
  dict["ample"] = tupleOf(capacity.ample);
  dict["planned"] = plan.bytes;
  dict["sum"] = plan.sum;
  dict["bound"] = plan.bound;
  dict["offsets"] = bytesOf(plan.offsets);
  return dict;
}

} // namespace

NB_MODULE(_simulator, m) {
  m.def("capacity", &capacity, "recording"_a);
  m.def("compulsory", &compulsory, "recording"_a);
  m.def("replay", &replay, "recording"_a, "description"_a, "instructions"_a, "policy"_a,
        "progress"_a.none());
}
