//===- RuntimeModule.cpp - the extension module tilework._runtime -------------------*- C++ -*-===//
//
// Images, slots and results; what an array is, python/tilework/runtime knows.
//
//===------------------------------------------------------------------------------------------===//

#include "Reservation.h"
#include "Run.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/shared_ptr.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <algorithm>

namespace nb = nanobind;
using namespace nb::literals;
using namespace tilework::runtime;

namespace {

/// Raises class `name` of tilework.errors.
template <typename... Args> [[noreturn]] void raise(const char *name, Args &&...args) {
  nb::object type = nb::module_::import_("tilework.errors").attr(name);
  nb::object value = type(std::forward<Args>(args)...);
  PyErr_SetObject(type.ptr(), value.ptr());
  throw nb::python_error();
}

std::shared_ptr<const Image> load(const std::string &path) {
  try {
    return Image::load(path);
  } catch (const ImageError &error) {
    raise("ImageError", error.what());
  }
}

const tw_entry &entryOf(const Image &image, const std::string &name) {
  const tw_entry *entry = image.findEntry(name);
  if (!entry)
    throw nb::key_error(("the image has no entry '" + name + "'").c_str());
  return *entry;
}

nb::list argumentsOf(const tw_arg *args, int32_t numArgs) {
  nb::list list;
  for (int32_t i = 0; i < numArgs; ++i) {
    const tw_arg &arg = args[i];
    nb::dict dict;
    dict["name"] = arg.name;
    dict["kind"] = arg.kind;
    dict["type"] = arg.element_type;
    dict["rank"] = arg.rank;
    dict["slot"] = arg.slot;
    dict["direction"] = arg.direction;
    dict["no_dep"] = (arg.flags & TW_NO_DEP) != 0;
    list.append(dict);
  }
  return list;
}

template <typename T> nb::dict signatureOf(const T &entry) {
  nb::dict dict;
  dict["name"] = entry.name;
  dict["location"] = entry.location;
  dict["arguments"] = argumentsOf(entry.args, entry.num_args);
  dict["num_slots"] = entry.num_slots;
  return dict;
}

nb::dict dictOf(const RunStats &stats) {
  nb::dict dict;
  dict["tasks"] = stats.tasks;
  dict["joins"] = stats.joins;
  dict["explicit_dependences"] = stats.explicitDependences;
  dict["known_dependences"] = stats.knownDependences;
  dict["read_after_write"] = stats.readAfterWrite;
  dict["write_after_write"] = stats.writeAfterWrite;
  dict["write_after_read"] = stats.writeAfterRead;
  dict["rectangles"] = stats.rectangles;
  dict["waits"] = stats.waits;
  dict["allocations"] = stats.allocations;
  dict["allocated_bytes"] = stats.allocatedBytes;
  dict["peak_bytes"] = stats.peakBytes;
  dict["max_outstanding"] = stats.maxOutstanding;
  dict["instructions"] = stats.instructions;
  dict["checked_streams"] = stats.checkedStreams;
  dict["wall_ns"] = stats.wallNs;
  dict["cpu_ns"] = nb::cast(stats.cpuNs);
  return dict;
}

nb::tuple tupleOf(const Rectangle &rectangle) {
  nb::list offsets, sizes;
  for (int32_t d = 0; d < rectangle.rank; ++d) {
    offsets.append(rectangle.offsets[d]);
    sizes.append(rectangle.sizes[d]);
  }
  return nb::make_tuple(rectangle.argument, rectangle.direction, nb::tuple(offsets),
                        nb::tuple(sizes));
}

nb::list traceOf(const RunResult &result) {
  nb::list tasks;
  for (const TaskTrace &task : result.tasks) {
    nb::list dependences, rectangles;
    for (const Dependence &dependence : task.dependences)
      dependences.append(nb::make_tuple(dependence.task, dependence.reasons));
    for (const Rectangle &rectangle : task.rectangles)
      rectangles.append(tupleOf(rectangle));
    tasks.append(nb::make_tuple(task.kernel, dependences, rectangles));
  }
  return tasks;
}

nb::list waitsOf(const RunResult &result) {
  nb::list waits;
  for (const WaitTrace &wait : result.waits)
    waits.append(nb::make_tuple(wait.tasksBefore, nb::cast(wait.writers)));
  return waits;
}

/// Runs with the interpreter unlocked; a signal handler that raises (Ctrl-C) cancels the run.
nb::tuple runEntry(const Image &image, const std::string &name, const std::vector<int64_t> &slots,
                   int threads, std::optional<uint64_t> orderSeed, bool trace, int64_t window,
                   std::optional<ExactMode> exact, bool records,
                   std::vector<int32_t> absentArguments) {
  const tw_entry &entry = entryOf(image, name);
  if (slots.size() != static_cast<size_t>(entry.num_slots))
    throw nb::value_error(("entry '" + name + "' expects " + std::to_string(entry.num_slots) +
                           " slots, but got " + std::to_string(slots.size()))
                              .c_str());
  std::optional<nb::python_error> raised;
  RunOptions options;
  options.threads = threads;
  options.window = window;
  options.orderSeed = orderSeed;
  options.trace = trace;
  options.exact = exact;
  options.records = records;
  options.absentArguments = std::move(absentArguments);
  options.interrupted = [&raised] {
    nb::gil_scoped_acquire locked;
    if (PyErr_CheckSignals() == 0)
      return false;
    raised.emplace();
    return true;
  };
  RunResult result;
  std::string recorded;
  try {
    nb::gil_scoped_release unlocked;
    result = run(image, entry, slots, options);
    if (result.recording)
      recorded = tilework::recording::encode(*result.recording);
  } catch (const RunCancelled &) {
    raised->restore();
    raised.reset();
    nb::raise_python_error();
  } catch (const RunError &error) {
    raise("TaskError", error.task, error.location, error.reason);
  }
  return nb::make_tuple(dictOf(result.stats), traceOf(result), waitsOf(result),
                        result.recording ? nb::bytes(recorded.data(), recorded.size())
                                         : nb::object(nb::none()));
}

} // namespace

NB_MODULE(_runtime, m) {
  nb::class_<ExactMode>(m, "ExactMode")
      .def(
          "__init__",
          [](ExactMode *mode, const std::vector<int64_t> &capacityBytes, uint64_t seed, bool checks,
             const std::string &dumpFolder) {
            if (capacityBytes.size() != TW_SPACES)
              throw nb::value_error("expects a capacity for each of 8 memories");
            new (mode) ExactMode();
            std::copy(capacityBytes.begin(), capacityBytes.end(),
                      mode->memories.capacityBytes.begin());
            mode->seed = seed;
            mode->checks = checks;
            mode->dumpFolder = dumpFolder;
          },
          "capacity_bytes"_a, "seed"_a, "checks"_a, "dump_folder"_a);
  nb::class_<Reservation>(m, "Reservation")
      .def(nb::init<int64_t>(), "size_bytes"_a)
      .def_prop_ro("address", [](const Reservation &it) { return it.span().begin; });
  nb::class_<Image>(m, "Image")
      .def_prop_ro("target", [](const Image &image) { return image.table().target; })
      .def_prop_ro("producer", [](const Image &image) { return image.table().producer; })
      .def_prop_ro("version", [](const Image &image) { return image.table().version; })
      .def_prop_ro("num_checks", [](const Image &image) { return image.table().num_checks; })
      .def_prop_ro("kernels",
                   [](const Image &image) {
                     nb::list list;
                     for (int32_t i = 0; i < image.table().num_kernels; ++i)
                       list.append(signatureOf(image.table().kernels[i]));
                     return list;
                   })
      .def_prop_ro("entries",
                   [](const Image &image) {
                     nb::list list;
                     for (int32_t i = 0; i < image.table().num_entries; ++i)
                       list.append(signatureOf(image.table().entries[i]));
                     return list;
                   })
      .def("run", &runEntry, "entry"_a, "slots"_a, "threads"_a, "order_seed"_a.none(), "trace"_a,
           "window"_a, "exact"_a.none(), "records"_a, "absent_arguments"_a);
  m.def("load_image", &load, "path"_a);
  m.attr("IMAGE_VERSION") = TW_IMAGE_VERSION;
}
