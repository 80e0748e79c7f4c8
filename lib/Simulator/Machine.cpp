//===- Machine.cpp - the numbers of a device, as the simulator counts
//----------------------------===//

#include "Machine.h"

#include <cmath>

namespace tilework::simulator {

constexpr double ticksPerSecond = 1e12;

double Machine::get(const std::string &entry) const {
  auto found = description.find(entry);
  if (found == description.end())
    throw DescriptionError("the simulator expects an entry '" + entry +
                           "' of the device, but got none");
  if (!std::isfinite(found->second) || found->second < 0)
    throw DescriptionError("the simulator expects '" + entry + "' to be a number from 0, but got " +
                           std::to_string(found->second));
  return found->second;
}

Time Machine::cycles(double count) const {
  return static_cast<Time>(std::ceil(count * ticksPerSecond / coreHz));
}

static Rate rateOf(double bytesPerTick) {
  return static_cast<Rate>(bytesPerTick * (Rate(1) << rateBits));
}

Rate Machine::perCycle(double bytes) const {
  return rateOf(bytes * coreHz / ticksPerSecond);
}

Machine::Machine(const Description &given) : description(given) {
  auto positive = [&](const std::string &entry) {
    double value = get(entry);
    if (value <= 0)
      throw DescriptionError("the simulator expects '" + entry + "' to be above 0, but got 0");
    return value;
  };
  auto count = [&](const std::string &entry) {
    double value = positive(entry);
    if (value != std::floor(value))
      throw DescriptionError("the simulator expects '" + entry + "' to be whole, but got " +
                             std::to_string(value));
    return static_cast<int64_t>(value);
  };
  auto perSecond = [&](const std::string &entry) {
    return rateOf(positive(entry) / ticksPerSecond);
  };
  auto nanoseconds = [&](const std::string &entry) {
    return static_cast<Time>(std::ceil(get(entry) * 1000));
  };
  coreHz = positive("clock.core_hz");
  groups = count("cores.groups");
  if (get("cores.cubes_per_group") != 1 || get("cores.vectors_per_group") != 2)
    throw DescriptionError("the simulator expects core groups of one cube core and two vector "
                           "cores, but got 'cores.cubes_per_group' " +
                           std::to_string(get("cores.cubes_per_group")) +
                           " and 'cores.vectors_per_group' " +
                           std::to_string(get("cores.vectors_per_group")));
  inFlight = count("dma.in_flight");
  taskSlots = count("cores.running_per_core") + static_cast<int64_t>(get("cores.pending_per_core"));

  l2Bytes = count("capacity.l2");
  lineBytes = count("l2.line");
  extentBytes = count("l2.extent");
  hbm = perSecond("hbm.bandwidth");
  l2Read = perSecond("l2.read_bandwidth");
  l2Write = perSecond("l2.write_bandwidth");
  unalignedFraction = positive("dma.unaligned_fraction");
  alignedBytes = count("alignment.gm_best");

  gmRead = cycles(get("latency.gm_read"));
  gmWrite = cycles(get("latency.gm_write"));
  l2MissExtra = cycles(get("latency.l2_miss_extra"));
  flag = cycles(get("latency.flag"));
  crossFlag = cycles(get("latency.cross_flag"));
  barrier = cycles(get("latency.barrier"));
  atomicExtra = cycles(get("latency.atomic_extra"));

  schedulers = count("dispatch.schedulers");
  submit = nanoseconds("dispatch.submit");
  double lookupFraction = get("dispatch.lookup_fraction");
  if (lookupFraction > 1)
    throw DescriptionError("the simulator expects 'dispatch.lookup_fraction' to be at most 1, but "
                           "got " +
                           std::to_string(lookupFraction));
  lookup = static_cast<Time>(std::floor(static_cast<double>(submit) * lookupFraction));
  submitGraph = nanoseconds("dispatch.submit_graph");
  doorbell = nanoseconds("dispatch.doorbell_store");
  scheduleDispatch = nanoseconds("dispatch.schedule_dispatch");
  scheduleComplete = nanoseconds("dispatch.schedule_complete");
  conditionLoad = nanoseconds("dispatch.condition_load");
  toCore = nanoseconds("dispatch.to_core");
  fromCore = nanoseconds("dispatch.from_core");
  coreHead = nanoseconds("dispatch.core_head");
  windowTasks = count("rings.window");
  heapBytes = count("rings.heap");
  dependenceEntries = count("rings.dependences");
}

} // namespace tilework::simulator
