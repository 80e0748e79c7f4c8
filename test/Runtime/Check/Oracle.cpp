//===- Oracle.cpp - what a stream does under its legal interleavings, by trying them *- C++ -*-===//

#include "Oracle.h"

#include <algorithm>

namespace tilework::check {

static constexpr int64_t cellBytes = 2;

static uint32_t mixed(uint32_t hash, uint32_t value) {
  hash = (hash ^ value) * 0x9e3779b1u;
  return hash ^ (hash >> 15);
}

static int64_t bytesOf(int64_t type) {
  return type == TW_F32 || type == TW_I32 ? 4 : 2;
}

//===----------------------------------------------------------------------------------------===//
// Instructions as elements and cells
//===----------------------------------------------------------------------------------------===//

int Oracle::cellOf(int64_t memory, int64_t address) {
  auto [entry, isNew] =
      numbers.try_emplace({memory, address / cellBytes}, static_cast<int>(start.cells.size()));
  if (isNew)
    start.cells.push_back({static_cast<uint32_t>(entry->second) * 77 + 1, memory != TW_GM});
  return entry->second;
}

Oracle::Matrix Oracle::matrixOf(int64_t memory, const tw_region &region) {
  Matrix matrix = {region.sizes[0], region.sizes[1], {}};
  int64_t bytes = bytesOf(region.type);
  for (int64_t i = 0; i < matrix.rows; ++i)
    for (int64_t j = 0; j < matrix.columns; ++j) {
      int64_t element = i * region.strides[0] + j * region.strides[1];
      matrix.elements.emplace_back();
      for (int64_t byte = 0; byte < bytes; byte += cellBytes)
        matrix.elements.back().push_back(cellOf(memory, region.base + element * bytes + byte));
    }
  return matrix;
}

Oracle::Matrix Oracle::matrixOf(const tw_region &region, int unit) {
  if (region.space == TW_GM)
    return matrixOf(TW_GM, region);
  int64_t last = (region.sizes[0] - 1) * region.strides[0] + region.sizes[1] - 1;
  if (region.base < 0 || region.base + (last + 1) * bytesOf(region.type) >
                             options.memories.capacityBytes[region.space])
    fault = "out of bounds";
  return matrixOf(region.space + 100 * (unit + 1), region);
}

Oracle::Matrix Oracle::ringMatrix(const tw_instruction &instruction, int unit, int64_t tile) {
  const tw_channel &channel = kernel.channels[instruction.channel];
  bool isHalf = unit == TW_VECTOR_1;
  int64_t row = isHalf && channel.split == 1 ? channel.rows - channel.rows / 2 : 0;
  int64_t column = isHalf && channel.split == 2 ? channel.columns - channel.columns / 2 : 0;
  int64_t first = row * channel.columns + column;
  tw_region region = instruction.regions[0];
  region.type = channel.type;
  region.base = channel.base + tile % channel.slots * channel.slot_bytes;
  region.base += first * bytesOf(channel.type);
  region.strides[0] = channel.columns, region.strides[1] = 1;
  return matrixOf(1000, region);
}

/// Rows and columns of a slot that a unit has.
static std::pair<int64_t, int64_t> partOf(const tw_channel &channel, int unit) {
  auto partOf = [&](int64_t size, int64_t split) {
    int64_t parts[] = {size, size - size / 2, size / 2};
    return parts[channel.split == split ? unit : 0];
  };
  return {partOf(channel.rows, 1), partOf(channel.columns, 2)};
}

/// Where the part of lane 1 begins.
static std::pair<int64_t, int64_t> startOf(const tw_channel &channel, int unit) {
  bool isSecond = unit == TW_VECTOR_1;
  return {isSecond && channel.split == 1 ? channel.rows - channel.rows / 2 : 0,
          isSecond && channel.split == 2 ? channel.columns - channel.columns / 2 : 0};
}

Oracle::Matrix Oracle::directMatrix(const tw_channel &channel, int receiver, int64_t tile,
                                    int64_t row, int64_t column, int64_t rows, int64_t columns) {
  int64_t pitch = partOf(channel, channel.to_cube ? 0 : 1).second;
  tw_region region = {
      channel.to_cube ? TW_L1 : TW_UB, channel.type, 2, 0, {rows, columns}, {pitch, 1}};
  region.base = channel.base + tile % channel.slots * channel.slot_bytes +
                (row * pitch + column) * bytesOf(channel.type);
  return matrixOf(region.space + 100 * (receiver + 1), region);
}

/// Each lane gets its part of what the cube pushes, the cube what a lane pushes where it belongs.
void Oracle::addDirectPush(Step &step, int64_t tile) {
  const tw_instruction &it = *step.instruction;
  const tw_channel &channel = kernel.channels[it.channel];
  Matrix source = matrixOf(it.regions[0], step.unit);
  for (int receiver = 0; receiver < TW_UNITS; ++receiver) {
    if (channel.to_cube ? receiver != TW_CUBE : !isLaneActive(receiver))
      continue;
    auto [firstRow, firstColumn] = startOf(channel, channel.to_cube ? step.unit : receiver);
    auto [rows, columns] = partOf(channel, channel.to_cube ? step.unit : receiver);
    Matrix slot = channel.to_cube
                      ? directMatrix(channel, receiver, tile, firstRow, firstColumn, rows, columns)
                      : directMatrix(channel, receiver, tile, 0, 0, rows, columns);
    if (channel.to_cube) // what a lane pushes is its part alone
      firstRow = firstColumn = 0;
    for (int64_t i = 0; i < rows; ++i)
      for (int64_t j = 0; j < columns; ++j) {
        const std::vector<int> &cells = slot.at(i, j);
        if (firstRow + i < source.rows && firstColumn + j < source.columns)
          step.elements.push_back({source.at(firstRow + i, firstColumn + j), cells});
        else
          step.lost.insert(step.lost.end(), cells.begin(), cells.end());
      }
  }
}

/// Pushes, pops and releases of direct channels.
void Oracle::addDirect(Step &step) {
  const tw_instruction &it = *step.instruction;
  const tw_channel &channel = kernel.channels[it.channel];
  int64_t tile = tiles[{it.opcode, it.channel, step.unit}]++;
  if (it.num_regions)
    matrixOf(it.regions[0], step.unit); // its bounds
  if (it.opcode == TW_PUSH)
    return addDirectPush(step, tile);
  if (it.opcode == TW_POP) {
    int64_t pitch = partOf(channel, channel.to_cube ? 0 : 1).second;
    if (it.regions[0].base != channel.base + tile % channel.slots * channel.slot_bytes ||
        (it.regions[0].sizes[0] > 1 && it.regions[0].strides[0] != pitch))
      fault = "a pop elsewhere than its slot";
    return;
  }
  auto [rows, columns] = partOf(channel, step.unit);
  Matrix slot = directMatrix(channel, step.unit, tile, 0, 0, rows, columns);
  for (const std::vector<int> &cells : slot.elements)
    step.lost.insert(step.lost.end(), cells.begin(), cells.end());
}

/// Every byte of the rings belongs to one slot. Those of direct channels are like any others.
std::string Oracle::ringProblem() const {
  std::map<int64_t, std::pair<size_t, int64_t>> owners;
  for (size_t number = 0; number < kernel.channels.size(); ++number) {
    const tw_channel &channel = kernel.channels[number];
    if (channel.direct) {
      auto [rows, columns] = partOf(channel, channel.to_cube ? 0 : 1);
      if (channel.slot_bytes < rows * columns * bytesOf(channel.type))
        return "a slot smaller than its part";
      if (channel.base % bytesOf(channel.type) || channel.slot_bytes % bytesOf(channel.type))
        return "a slot amid elements";
      if (channel.base < 0 || channel.base + channel.slots * channel.slot_bytes >
                                  options.memories.capacityBytes[channel.to_cube ? TW_L1 : TW_UB])
        return "a slot outside the memory";
      continue;
    }
    if (channel.slot_bytes < channel.rows * channel.columns * bytesOf(channel.type))
      return "a slot smaller than its tile";
    for (int64_t slot = 0; slot < channel.slots; ++slot)
      for (int64_t i = 0; i < channel.slot_bytes; ++i) {
        int64_t byte = channel.base + slot * channel.slot_bytes + i;
        std::pair<size_t, int64_t> owner = {number, slot};
        if (byte < 0 || byte >= kernel.ringBytes)
          return "a slot outside the rings";
        if (owners.try_emplace(byte, owner).first->second != owner)
          return "two slots share a byte";
      }
  }
  return "";
}

std::string Oracle::sizeProblem(const tw_instruction &it, int unit) const {
  const tw_region *regions = it.regions, &last = regions[it.num_regions - 1];
  auto fits = [](const tw_region &inner, int64_t rows, int64_t columns) {
    return inner.sizes[0] <= rows && inner.sizes[1] <= columns;
  };
  auto repeats = [&](int d) {
    return regions[1].sizes[d] == last.sizes[d] || regions[1].sizes[d] == 1;
  };
  bool isAlike = std::equal(regions[0].sizes, regions[0].sizes + 2, last.sizes), isFine = isAlike;
  if (it.opcode == TW_DMA_LOAD)
    isFine = fits(regions[0], last.sizes[0], last.sizes[1]);
  if (it.opcode == TW_DMA_STORE || it.opcode == TW_FIXPIPE)
    isFine = fits(last, regions[0].sizes[0], regions[0].sizes[1]);
  if (it.opcode == TW_VECTOR_BINARY)
    isFine = isAlike && repeats(0) && repeats(1);
  if (it.opcode == TW_VECTOR_REDUCE)
    isFine = regions[0].sizes[0] == last.sizes[0] && last.sizes[1] == 1;
  if (auto [m, k, n] = it.sizes; it.opcode == TW_MMAD)
    isFine = m <= std::min(regions[0].sizes[0], last.sizes[0]) &&
             k <= std::min(regions[0].sizes[1], regions[1].sizes[0]) &&
             n <= std::min(regions[1].sizes[1], last.sizes[1]);
  if (it.opcode == TW_PUSH || it.opcode == TW_POP) {
    auto [rows, columns] = partOf(kernel.channels[it.channel], unit);
    isFine = fits(last, rows, columns);
  }
  return isFine ? "" : "sizes do not fit";
}

static void take(std::vector<int> &into, const std::vector<int> &cells) {
  into.insert(into.end(), cells.begin(), cells.end());
}

/// An element depends on those of its row and column, unit dimensions repeated; of a reduction, on
/// those of its row.
void Oracle::addElements(Step &step, const std::vector<Matrix> &operands) {
  const Matrix &destination = operands.back();
  bool reduces = step.instruction->opcode == TW_VECTOR_REDUCE;
  for (int64_t i = 0; i < destination.rows; ++i)
    for (int64_t j = 0; j < destination.columns; ++j) {
      Element element = {{}, destination.at(i, j)};
      for (size_t n = 0; n + 1 < operands.size(); ++n) {
        const Matrix &operand = operands[n];
        int64_t row = operand.rows == 1 ? 0 : i, column = operand.columns == 1 ? 0 : j;
        for (int64_t k = 0; reduces && k < operand.columns; ++k)
          take(element.sources, operand.at(row, k));
        if (!reduces)
          take(element.sources, operand.at(row, column));
      }
      step.elements.push_back(element);
    }
}

void Oracle::addProduct(Step &step, const std::vector<Matrix> &operands) {
  auto [m, k, n] = step.instruction->sizes;
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      Element element = {{}, operands[2].at(i, j)};
      for (int64_t l = 0; l < k; ++l) {
        take(element.sources, operands[0].at(i, l));
        take(element.sources, operands[1].at(l, j));
      }
      if (!(step.instruction->flags & TW_STARTS))
        take(element.sources, element.cells);
      step.elements.push_back(element);
    }
}

void Oracle::addData(Step &step) {
  const tw_instruction &it = *step.instruction;
  std::vector<Matrix> operands;
  for (int64_t i = 0; i < it.num_regions; ++i) {
    tw_region region = it.regions[i];
    matrixOf(region, step.unit); // its bounds
    for (int d : {0, 1})
      if (it.opcode <= TW_FIXPIPE) // what both have
        region.sizes[d] = std::min(it.regions[0].sizes[d], it.regions[1].sizes[d]);
    operands.push_back(matrixOf(region, step.unit));
  }
  if (it.opcode == TW_PUSH || it.opcode == TW_POP) {
    int64_t tile = tiles[{it.opcode, it.channel, step.unit}]++;
    operands.push_back(ringMatrix(it, step.unit, tile));
    tw_instruction whole = it;
    std::tie(whole.regions[0].sizes[0], whole.regions[0].sizes[1]) =
        partOf(kernel.channels[it.channel], step.unit);
    if (it.opcode == TW_PUSH)
      for (const std::vector<int> &cells : ringMatrix(whole, step.unit, tile).elements)
        take(step.lost, cells);
    if (it.opcode == TW_POP)
      std::swap(operands[0], operands[1]);
  }
  if (it.opcode == TW_MMAD)
    addProduct(step, operands);
  else
    addElements(step, operands);
  std::map<int, size_t> writers;
  for (size_t e = 0; e < step.elements.size(); ++e)
    for (int cell : step.elements[e].cells)
      writers[cell] = e;
  for (size_t e = 0; e < step.elements.size(); ++e)
    for (int cell : step.elements[e].sources)
      if (auto writer = writers.find(cell); writer != writers.end() && writer->second != e)
        fault = "an element is written before another needs it";
}

void Oracle::add(int unit, const tw_instruction &instruction) {
  Step step = {&instruction, unit, static_cast<int>(steps.size()), {}};
  if (instruction.num_regions && fault.empty())
    fault = sizeProblem(instruction, unit);
  bool isOfChannel = instruction.opcode >= TW_PUSH && instruction.opcode <= TW_RELEASE;
  if (isOfChannel && fault.empty() && kernel.channels[instruction.channel].direct)
    addDirect(step);
  else if (instruction.num_regions && fault.empty())
    addData(step);
  if ((instruction.opcode == TW_SET_FLAG || instruction.opcode == TW_WAIT_FLAG) &&
      instruction.event >= 8)
    fault = "no such event";
  bool isForAll = instruction.opcode == TW_BARRIER && instruction.kind == 1;
  for (int64_t pipe = 0; pipe < TW_PIPES; ++pipe)
    if (isForAll || pipe == instruction.pipe)
      queues[unit * TW_PIPES + pipe].push_back(step.number);
  steps.push_back(std::move(step));
}

Oracle::Oracle(const Kernel &kernel, const CheckOptions &options)
    : kernel(kernel), options(options), fault(ringProblem()) {
  start.done.resize(numQueues);
  for (int unit = 0; unit < TW_UNITS; ++unit)
    for (const tw_instruction &instruction : kernel.units[unit])
      add(unit, instruction);
}

//===----------------------------------------------------------------------------------------===//
// One instruction
//===----------------------------------------------------------------------------------------===//

static std::array<int64_t, 4> flagKey(int unit, const tw_instruction &it) {
  if (it.opcode == TW_SET_FLAG)
    return {unit, it.pipe, it.other_pipe, it.event};
  return {unit, it.other_pipe, it.pipe, it.event};
}

template <typename Key> static int valueOf(const std::map<Key, int> &map, const Key &key) {
  auto found = map.find(key);
  return found == map.end() ? 0 : found->second;
}

bool Oracle::canGo(const State &state, int queue) const {
  if (state.done[queue] == queues[queue].size())
    return false;
  const Step &step = steps[queues[queue][state.done[queue]]];
  const tw_instruction &it = *step.instruction;
  auto traffic = [&](int64_t opcode, int unit) {
    return valueOf(state.traffic, {opcode, it.channel, unit});
  };
  auto isPartner = [&](int unit) { return step.unit == 0 ? isLaneActive(unit) : unit == 0; };
  switch (it.opcode) {
  case TW_WAIT_FLAG:
    return valueOf(state.flags, flagKey(step.unit, it)) > 0;
  case TW_CROSS_WAIT:
    for (int64_t unit = 1; unit <= kernel.lanes; ++unit)
      if ((step.unit == 0 || step.unit == unit) &&
          !valueOf(state.counters, {step.unit == 0, unit, it.event}))
        return false;
    return true;
  case TW_BARRIER:
    for (int pipe = 0; it.kind == 1 && pipe < TW_PIPES; ++pipe) {
      int other = step.unit * TW_PIPES + pipe;
      if (queues[other][state.done[other]] != step.number)
        return false;
    }
    return true;
  case TW_PUSH:
    for (int unit = 0; unit < TW_UNITS; ++unit)
      if (isPartner(unit) && traffic(TW_PUSH, step.unit) - traffic(TW_RELEASE, unit) >=
                                 kernel.channels[it.channel].slots)
        return false;
    return true;
  case TW_POP:
    for (int unit = 0; unit < TW_UNITS; ++unit)
      if (isPartner(unit) && traffic(TW_PUSH, unit) <= traffic(TW_POP, step.unit))
        return false;
    return true;
  default:
    return true;
  }
}

void Oracle::compute(State &state, const Step &step, std::string &error) const {
  const tw_instruction &it = *step.instruction;
  bool isStore = it.opcode == TW_DMA_STORE || it.opcode == TW_FIXPIPE;
  bool adds = isStore && it.flags & TW_ATOMIC_ADD;
  bool commutes = adds && it.regions[1].type == TW_I32;
  std::vector<Cell> results;
  for (const Element &element : step.elements) {
    Cell result = {mixed(static_cast<uint32_t>(step.number), results.size()), false};
    for (int source : element.sources) {
      result.value = mixed(result.value, state.cells[source].value);
      result.isUndefined |= state.cells[source].isUndefined;
    }
    for (int cell : element.cells)
      result.isUndefined |= adds && state.cells[cell].isUndefined;
    if (isStore && result.isUndefined)
      error = "an undefined element reaches global memory";
    results.push_back(result);
  }
  for (int cell : step.lost)
    state.cells[cell] = {mixed(static_cast<uint32_t>(step.number), state.cells[cell].value), true};
  for (size_t e = 0; e < results.size(); ++e)
    for (int cell : step.elements[e].cells) {
      uint32_t before = state.cells[cell].value;
      state.cells[cell] = results[e];
      state.cells[cell].value =
          commutes ? before + results[e].value : mixed(results[e].value, before);
    }
}

std::string Oracle::go(State &state, int queue) const {
  const Step &step = steps[queues[queue][state.done[queue]]];
  const tw_instruction &it = *step.instruction;
  std::string error;
  for (int other = 0; other < numQueues; ++other)
    if (other / TW_PIPES == step.unit &&
        (other == queue || (it.opcode == TW_BARRIER && it.kind == 1)))
      ++state.done[other];
  switch (it.opcode) {
  case TW_SET_FLAG:
    if (state.flags[flagKey(step.unit, it)]++)
      return "a set flag is set";
    break;
  case TW_WAIT_FLAG:
    --state.flags[flagKey(step.unit, it)];
    break;
  case TW_CROSS_SET:
  case TW_CROSS_WAIT: {
    bool isSet = it.opcode == TW_CROSS_SET, toCube = (step.unit == 0) != isSet;
    for (int64_t unit = 1; unit <= kernel.lanes; ++unit)
      if (step.unit == 0 || step.unit == unit)
        state.counters[{toCube, unit, it.event}] += isSet ? 1 : -1;
    break;
  }
  case TW_RELEASE:
    if (valueOf(state.traffic, {TW_RELEASE, it.channel, step.unit}) >=
        valueOf(state.traffic, {TW_POP, it.channel, step.unit}))
      return "nothing to release";
    [[fallthrough]];
  case TW_PUSH:
  case TW_POP:
    ++state.traffic[{it.opcode, it.channel, step.unit}];
  }
  compute(state, step, error);
  return error;
}

std::string Oracle::endOf(const State &state) const {
  for (int queue = 0; queue < numQueues; ++queue)
    if (state.done[queue] < queues[queue].size())
      return "deadlock";
  for (const auto &[key, value] : state.flags)
    if (value)
      return "a flag is left set";
  for (const auto &[key, value] : state.counters)
    if (value)
      return "a cross flag is left set";
  for (size_t channel = 0; channel < kernel.channels.size(); ++channel) {
    bool toCube = kernel.channels[channel].to_cube;
    std::vector<int> counts;
    for (int unit = 0; unit < TW_UNITS; ++unit)
      for (int64_t opcode : {TW_PUSH, TW_POP, TW_RELEASE})
        if ((unit == 0 || isLaneActive(unit)) && ((opcode == TW_PUSH) == ((unit == 0) != toCube)))
          counts.push_back(valueOf(state.traffic, {opcode, static_cast<int64_t>(channel), unit}));
    if (std::any_of(counts.begin(), counts.end(), [&](int it) { return it != counts[0]; }))
      return "a slot is left full";
  }
  return "";
}

//===----------------------------------------------------------------------------------------===//
// Interleavings
//===----------------------------------------------------------------------------------------===//

std::string Oracle::tryAll() {
  if (!fault.empty())
    return fault;
  std::map<std::vector<uint16_t>, State> cuts = {{start.done, start}};
  for (size_t seen = 0; !cuts.empty();) {
    std::map<std::vector<uint16_t>, State> next; // one instruction further
    for (const auto &[done, state] : cuts) {
      bool goesOn = false;
      for (int queue = 0; queue < numQueues; ++queue) {
        if (!canGo(state, queue))
          continue;
        goesOn = true;
        State after = state;
        if (std::string error = go(after, queue); !error.empty())
          return error;
        auto [entry, isNew] = next.try_emplace(after.done, after);
        if (!isNew && !(entry->second.cells == after.cells))
          return "interleavings differ";
      }
      if (!goesOn)
        if (std::string error = endOf(state); !error.empty())
          return error;
    }
    cuts = std::move(next);
    if ((seen += cuts.size()) > mostCuts)
      return "too many";
  }
  return "";
}

/// Runs everything else first, then `heldStep` of `heldQueue`, then the rest.
std::string Oracle::runLate(int heldQueue, size_t heldStep, State &state) const {
  for (bool goesOn = true, isHeld = true; goesOn || isHeld;) {
    if (!goesOn)
      isHeld = false;
    goesOn = false;
    for (int queue = 0; queue < numQueues; ++queue)
      while (!(isHeld && queue == heldQueue && state.done[queue] == heldStep) &&
             canGo(state, queue)) {
        goesOn = true;
        if (std::string error = go(state, queue); !error.empty())
          return error;
      }
  }
  return endOf(state);
}

std::string Oracle::tryLate() {
  if (!fault.empty())
    return fault;
  State any = start;
  if (std::string error = runLate(-1, 0, any); !error.empty())
    return error;
  for (int queue = 0; queue < numQueues; ++queue)
    for (size_t step = 0; step < queues[queue].size(); ++step) {
      State state = start;
      if (std::string error = runLate(queue, step, state); !error.empty())
        return error;
      if (!(state.cells == any.cells))
        return "interleavings differ";
    }
  return "";
}

} // namespace tilework::check
