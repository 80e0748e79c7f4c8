//===- Replay.cpp - the state of one replay
//----------------------------------------------------===//

#include "Replay.h"

#include "Costs.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace tilework::simulator {

static int64_t roundUp(int64_t value, int64_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

/// Tensors share addresses if what is submitted is known to its end, and the heap has room for all.
static std::optional<recording::MemoryPlan> planFor(const recording::Recording &recording,
                                                    const Machine &machine, const Policy &policy) {
  if (!policy.reuse || policy.submission != Submission::Graph)
    return std::nullopt;
  recording::MemoryPlan plan = recording::planMemory(recording);
  if (plan.bytes > machine.heapBytes)
    return std::nullopt;
  return plan;
}

Replay::Replay(const recording::Recording &recording, const Machine &machine,
               const Options &options)
    : recording(recording), machine(machine), options(options),
      plan(planFor(recording, machine, options.policy)), links(machine),
      writeBackClass(links.hbm.addClass(machine.hbm)), programs(recording, machine, links),
      dispatcher(recording, programs, machine, options.policy, plan.has_value(), clock, timeline),
      cache(machine.l2Bytes, machine.lineBytes, machine.extentBytes), cores(machine.groups),
      runs(recording.tasks.size()), paths(machine.groups * TW_UNITS * TW_PIPES) {
  timeline.policy = options.policy;
  timeline.policy.reuse = plan.has_value();
  timeline.cores.resize(machine.groups);
  timeline.kernels.resize(recording.kernels.size());
  timeline.memories.resize(recording.memories.size() + 1);
  ringsBegin = ringBytes = 0;
  for (const recording::Memory &memory : recording.memories)
    ringsBegin = std::max(ringsBegin, memory.address + memory.bytes);
  ringsBegin = roundUp(ringsBegin, recording::memoryAlignment);
  placeMemories();
  for (const recording::Kernel &kernel : recording.kernels)
    ringBytes = std::max(ringBytes, roundUp(kernel.ringBytes, recording::memoryAlignment));
}

/// Planned tensors begin where the first of them is recorded.
void Replay::placeMemories() {
  shifts.resize(recording.memories.size());
  int64_t begin = -1;
  for (size_t i = 0; i < shifts.size(); ++i) {
    const recording::Memory &memory = recording.memories[i];
    if (plan && memory.tasksBefore >= 0) {
      if (begin < 0)
        begin = memory.address;
      shifts[i] = begin + plan->offsets[i] - memory.address;
    }
    timeline.addresses.push_back(memory.address + shifts[i]);
  }
  if (plan)
    timeline.heapPeak = plan->bytes;
}

//===----------------------------------------------------------------------------------------===//
// Events
//===----------------------------------------------------------------------------------------===//

Timeline Replay::run() {
  dispatcher.orchestrate();
  for (;;) {
    // When flows finish changes with every flow that starts, so the queue does not hold it.
    SharedLink &link = nextLink();
    if (link.nextFinish() == never && clock.next() == never)
      break;
    if (link.nextFinish() <= clock.next()) {
      clock.moveTo(link.nextFinish());
      linkChanges(link);
    } else {
      happen(clock.take());
    }
    if (options.interrupted && (clock.events() & 0xffff) == 0 &&
        options.interrupted(dispatcher.numCompleted()))
      throw Interrupted();
  }
  if (!dispatcher.isFinished())
    failDeadlocked();
  finish();
  return std::move(timeline);
}

void Replay::happen(const Event &event) {
  switch (event.what) {
  case Happens::OrchestratorGoesOn:
    return dispatcher.orchestrate();
  case Happens::SchedulerGoesOn:
    return dispatcher.scheduler(event.which);
  case Happens::CompletionSeen:
    return dispatcher.completionSeen(event.detail);
  case Happens::TaskArrives:
    return taskArrives(event.detail);
  case Happens::UnitEnds:
    return endUnit(event.which, static_cast<int32_t>(event.detail));
  case Happens::TransferBegins:
    return transferBegins(event.which);
  case Happens::TransferFlows:
    return transferFlows(event.which);
  case Happens::TransferEnds:
    return transferEnds(event.which);
  }
}

void Replay::finish() {
  const SharedLink *from[] = {&links.hbm, &links.l2Read, &links.l2Write};
  LinkTime *to[] = {&timeline.hbm, &timeline.l2Read, &timeline.l2Write};
  for (int i = 0; i < 3; ++i) {
    double bytesPerTick = static_cast<double>(from[i]->rate()) / (Rate(1) << rateBits);
    *to[i] = {from[i]->totalBytes(), bytesPerTick * 1e12, from[i]->series()};
  }
  std::vector<int64_t> dirty = cache.dirtyByOwner();
  for (size_t owner = 0; owner < timeline.memories.size(); ++owner) {
    Ledger &ledger = timeline.memories[owner];
    if (owner < dirty.size())
      ledger.dirty = dirty[owner];
    if (owner < cache.writtenBackByOwner().size())
      ledger.hbmWritten = cache.writtenBackByOwner()[owner];
  }
  for (const TaskTime &task : timeline.tasks)
    if (task.started >= 0)
      timeline.readyTasks.add(task.ready, task.started, 1);
  for (const UnitTime &unit : timeline.units)
    (unit.unit == TW_CUBE ? timeline.busyCubes : timeline.busyVectors).add(unit.begin, unit.end, 1);
  timeline.lossCubes = countLoss(/*ofCubes=*/true);
  timeline.lossVectors = countLoss(/*ofCubes=*/false);
  timeline.events = clock.events();
}

/// Cores that idle, at most as many as ready tasks have use for, times how long.
Time Replay::countLoss(bool ofCubes) const {
  struct Change {
    Time time;
    int64_t idle, wanted;
  };
  std::vector<Change> changes;
  for (const UnitTime &unit : timeline.units)
    if ((unit.unit == TW_CUBE) == ofCubes) {
      changes.push_back({unit.begin, -1, 0});
      changes.push_back({unit.end, +1, 0});
    }
  for (size_t task = 0; task < timeline.tasks.size(); ++task) {
    const TaskTime &times = timeline.tasks[task];
    if (times.started < 0)
      continue;
    const Program &program = programs[recording.tasks[task].stream];
    int64_t wanted = ofCubes ? program.hasCube : program.lanes;
    changes.push_back({times.ready, 0, wanted});
    changes.push_back({times.started, 0, -wanted});
  }
  std::sort(changes.begin(), changes.end(),
            [](const Change &a, const Change &b) { return a.time < b.time; });
  Time since = 0, loss = 0;
  int64_t idle = ofCubes ? machine.groups : 2 * machine.groups, wanted = 0;
  for (const Change &change : changes) {
    loss += (change.time - since) * std::min(idle, wanted);
    since = change.time;
    idle += change.idle;
    wanted += change.wanted;
  }
  return loss;
}

void Replay::failDeadlocked() const {
  std::string text = "the replay cannot go on: " +
                     std::to_string(recording.tasks.size() - dispatcher.numCompleted()) +
                     " tasks have not been completed";
  size_t lines = 0;
  auto add = [&](const std::vector<std::string> &more) {
    for (const std::string &line : more)
      if (lines++ < 16)
        text += "\n  " + line;
  };
  add(dispatcher.describeWaits());
  for (const auto &run : runs)
    if (std::string cycle = run ? run->describeCycle() : ""; !cycle.empty()) {
      add({cycle});
      break;
    }
  for (const auto &run : runs)
    if (run)
      add(run->describeWaits(recording));
  if (lines > 16)
    text += "\n  and " + std::to_string(lines - 16) + " more";
  throw DeadlockError(text);
}

//===----------------------------------------------------------------------------------------===//
// Cores
//===----------------------------------------------------------------------------------------===//

void Replay::taskArrives(int64_t task) {
  Place place = dispatcher.placeOf(task);
  const Program &program = programs[recording.tasks[task].stream];
  runs[task] = std::make_unique<TaskRun>(task, place.group, programs, program, machine, *this);
  TaskRun *run = runs[task].get();
  run->firstLane = place.firstLane;
  for (int32_t unit = 0; unit < TW_UNITS; ++unit)
    if (run->executes(unit)) {
      int32_t core = run->coreOf(unit);
      cores[place.group][core].arrived.push_back({run, unit});
      startNext(place.group, core);
    }
}

void Replay::startNext(int32_t group, int32_t number) {
  Core &core = cores[group][number];
  if (core.running || core.arrived.empty())
    return;
  std::tie(core.running, core.unit) = core.arrived.front();
  core.arrived.pop_front();
  core.began = clock.now();
  TaskTime &times = timeline.tasks[core.running->task];
  if (times.started < 0) {
    times.started = clock.now();
    Time couldStart = std::max(times.arrived, times.released);
    times.startedAfter = couldStart < clock.now() ? core.last : -1;
  }
  core.running->start(core.unit, clock.now(), machine.coreHead);
}

void Replay::unitEnds(TaskRun &run, int32_t unit, Time end) {
  clock.at(end, Happens::UnitEnds, static_cast<int32_t>(run.task), unit);
}

void Replay::endUnit(int32_t task, int32_t unit) {
  TaskRun &run = *runs[task];
  int32_t number = run.coreOf(unit), group = run.group;
  Core &core = cores[group][number];
  timeline.units.push_back({run.task, group, number, core.began, clock.now()});
  auto kernel = recording.streams[recording.tasks[task].stream].kernel;
  for (int32_t pipe = 0; pipe < TW_PIPES; ++pipe) {
    const PipeTime &times = run.timesOf(unit)[pipe];
    timeline.cores[group][number][pipe] += times;
    timeline.kernels[kernel][unit != TW_CUBE][pipe] += times;
  }
  core.running = nullptr;
  core.last = run.task;
  if (--run.unitsLeft == 0) {
    timeline.tasks[task].ended = clock.now();
    dispatcher.ended(task);
    runs[task].reset();
  }
  startNext(group, number);
}

void Replay::trace(const TaskRun &run, int32_t unit, const Op &op, Time begin, Time end) {
  ++timeline.operations;
  if (options.instructions)
    timeline.instructions.push_back({run.task,
                                     op.instruction,
                                     run.group,
                                     static_cast<uint8_t>(run.coreOf(unit)),
                                     op.pipe,
                                     {},
                                     begin,
                                     end});
}

//===----------------------------------------------------------------------------------------===//
// Transfers
//===----------------------------------------------------------------------------------------===//

int32_t Replay::ownerOf(int64_t address) {
  auto holds = [&](size_t owner) {
    const recording::Memory &memory = recording.memories[owner];
    return memory.address <= address && address < memory.address + memory.bytes;
  };
  if (lastOwner >= recording.memories.size() || !holds(lastOwner)) {
    lastOwner = recording::memoryBefore(recording, address);
    if (lastOwner >= recording.memories.size() || !holds(lastOwner))
      throw recording::RecordingError("a task expects its addresses to lie in memories, but got " +
                                      std::to_string(address));
  }
  return static_cast<int32_t>(lastOwner);
}

/// Where a unit's part of a slot begins.
static int64_t placeInRing(const tw_channel &channel, int64_t slot, int32_t unit) {
  int64_t bytes = recording::elementBytes(channel.type),
          place = channel.base + slot * channel.slot_bytes;
  if (unit == TW_VECTOR_1 && channel.split == 1)
    place += (channel.rows + 1) / 2 * channel.columns * bytes;
  if (unit == TW_VECTOR_1 && channel.split == 2)
    place += (channel.columns + 1) / 2 * bytes;
  return place;
}

int32_t Replay::addFlight(const Flight &flight) {
  if (freeFlights.empty()) {
    flights.push_back(flight);
    return static_cast<int32_t>(flights.size()) - 1;
  }
  int32_t number = freeFlights.back();
  freeFlights.pop_back();
  flights[number] = flight;
  return number;
}

std::deque<int32_t> &Replay::pathOf(const Flight &flight) {
  int32_t core = flight.run->group * TW_UNITS + flight.run->coreOf(flight.unit);
  return paths[core * TW_PIPES + flight.op->pipe];
}

void Replay::beginTransfer(TaskRun &run, int32_t unit, const Op &op, int32_t address, int64_t slot,
                           Time begin) {
  Flight flight = {&run, &op, 0, unit, 0};
  if (op.code == Code::Transfer) {
    const recording::Task &task = recording.tasks[run.task];
    const auto &place = recording.patterns[task.pattern].addresses[address];
    flight.address = task.bases[place.base] + place.offset;
    flight.owner = ownerOf(flight.address);
    flight.address += shifts[flight.owner];
  } else {
    const tw_channel &channel = run.program.kernel->channels[op.channel];
    flight.address = ringsBegin + run.group * ringBytes + placeInRing(channel, slot, unit);
    flight.owner = static_cast<int32_t>(recording.memories.size());
  }
  int32_t number = addFlight(flight);
  pathOf(flight).push_back(number);
  clock.at(begin, Happens::TransferBegins, number);
}

/// The rows of a transfer through the cache.
L2Cache::Traffic Replay::pass(const Flight &flight, const Movement &movement) {
  L2Cache::Traffic traffic;
  int64_t rowBytes = movement.rows.rowBytes;
  movement.rows.forEach(flight.address, [&](int64_t address) {
    if (movement.access != Access::Write)
      cache.read(address, rowBytes, flight.owner, traffic);
    if (movement.access != Access::Read)
      cache.write(address, rowBytes, flight.owner, traffic);
  });
  return traffic;
}

/// Looks the bytes up; what they displace goes to the HBM, and nobody waits for it.
void Replay::transferBegins(int32_t number) {
  Flight &flight = flights[number];
  const Movement &movement = programs.movement(flight.op->movement);
  Ledger &ledger = timeline.memories[flight.owner];
  L2Cache::Traffic traffic = pass(flight, movement);
  bool reads = movement.access == Access::Read;
  (reads ? ledger.read : ledger.written) += movement.rows.bytes;
  ledger.hbmRead += traffic.fetchedBytes;
  flight.hbmBytes = traffic.fetchedBytes;
  flight.l2Bytes = reads ? traffic.hitBytes : movement.rows.bytes;
  flight.isRagged = !movement.isRegular || flight.address % machine.alignedBytes != 0;
  auto time = [](int64_t bytes, Rate rate) {
    return static_cast<Time>((static_cast<unsigned __int128>(bytes) << rateBits) / rate);
  };
  flight.alone =
      std::max(movement.latest, time(flight.hbmBytes, movement.hbmRate[flight.isRagged]) +
                                    time(flight.l2Bytes, movement.l2Rate[flight.isRagged]));
  Time latency = reads ? machine.gmRead - (flight.hbmBytes > 0 ? 0 : machine.l2MissExtra) : 0;
  flight.flows = clock.now() + std::max<Time>(latency, 0);
  flight.hasBegun = true;
  if (traffic.writtenBackBytes > 0)
    links.hbm.start(writeBackClass, traffic.writtenBackBytes, nobody, clock.now());
  if (pathOf(flights[number]).front() == number)
    clock.at(flights[number].flows, Happens::TransferFlows, number);
}

void Replay::transferFlows(int32_t number) {
  flights[number].flows = clock.now();
  nextSegment(number);
}

void Replay::nextSegment(int32_t number) {
  Flight &flight = flights[number];
  const Movement &movement = programs.movement(flight.op->movement);
  if (int64_t bytes = std::exchange(flight.hbmBytes, 0))
    return links.hbm.start(movement.hbmClass[flight.isRagged], bytes, number, clock.now());
  if (int64_t bytes = std::exchange(flight.l2Bytes, 0))
    return (movement.access == Access::Read ? links.l2Read : links.l2Write)
        .start(movement.l2Class[flight.isRagged], bytes, number, clock.now());
  clock.at(flight.flows + movement.latest, Happens::TransferEnds, number);
}

void Replay::transferEnds(int32_t number) {
  Flight flight = flights[number];
  std::deque<int32_t> &path = pathOf(flight);
  path.pop_front();
  freeFlights.push_back(number);
  if (!path.empty() && flights[path.front()].hasBegun)
    clock.at(flights[path.front()].flows, Happens::TransferFlows, path.front());
  flight.run->transferEnds(flight.unit, flight.op->pipe, flight.flows, clock.now(), flight.alone);
}

//===----------------------------------------------------------------------------------------===//
// Bandwidths
//===----------------------------------------------------------------------------------------===//

SharedLink &Replay::nextLink() {
  SharedLink &cache =
      links.l2Write.nextFinish() < links.l2Read.nextFinish() ? links.l2Write : links.l2Read;
  return cache.nextFinish() < links.hbm.nextFinish() ? cache : links.hbm;
}

void Replay::linkChanges(SharedLink &link) {
  finished.clear();
  link.finish(clock.now(), finished);
  for (int32_t flight : finished)
    if (flight != nobody)
      nextSegment(flight);
}

Timeline simulate(const recording::Recording &recording, const Machine &machine,
                  const Options &options) {
  return Replay(recording, machine, options).run();
}

} // namespace tilework::simulator
