//===- Program.cpp - what core groups execute, with what it costs
//--------------------------------===//

#include "Program.h"

#include "Costs.h"

#include <algorithm>

namespace tilework::simulator {

Programs::Programs(const recording::Recording &recording, const Machine &machine, Links &links)
    : recording(recording), machine(machine), links(links), programs(recording.streams.size()) {
  for (size_t i = 0; i < programs.size(); ++i)
    prepare(recording.streams[i], programs[i]);
}

//===----------------------------------------------------------------------------------------===//
// Lists
//===----------------------------------------------------------------------------------------===//

static int32_t countGmRegions(const tw_instruction &instruction) {
  int32_t count = 0;
  for (int64_t r = 0; r < instruction.num_regions; ++r)
    count += instruction.regions[r].space == TW_GM;
  return count;
}

void Programs::prepare(const recording::Stream &stream, Program &program) {
  program.kernel = &recording.kernels[stream.kernel];
  program.hasCube = program.kernel->hasCube;
  program.lanes = program.kernel->lanes;
  int32_t address = 0;
  for (int32_t unit = 0; unit < TW_UNITS; ++unit) {
    std::array<Time, TW_PIPES> busy = {};
    for (int32_t index : stream.units[unit]) {
      int32_t number = opOf(stream.kernel, index);
      const Op &op = ops[number];
      busy[op.pipe] += estimates[number];
      if (op.code == Code::Meet || op.code == Code::ReadScalar) {
        for (auto &pipe : program.units[unit])
          pipe.push_back({number, program.fences[unit]});
        ++program.fences[unit];
      } else {
        program.units[unit][op.pipe].push_back({number, address});
      }
      address += countGmRegions(recording.instructions[index]);
    }
    program.estimate = std::max(program.estimate, *std::max_element(busy.begin(), busy.end()));
  }
}

/// Loads come from the HBM, and hide all but a part of their latencies.
Time Programs::estimateOf(const Op &op) const {
  if (op.movement < 0)
    return op.hold;
  const Movement &it = movements[op.movement];
  bool reads = it.access == Access::Read;
  Rate rate = (reads && op.code != Code::Pop ? it.hbmRate : it.l2Rate)[!it.isRegular];
  auto bytes = static_cast<unsigned __int128>(it.rows.bytes);
  return std::max(it.latest, static_cast<Time>((bytes << rateBits) / rate)) +
         (reads ? machine.gmRead : machine.gmWrite) / machine.inFlight;
}

int32_t Programs::opOf(int32_t kernel, int32_t instruction) {
  auto [found, isNew] =
      opNumbers.try_emplace({kernel, instruction}, static_cast<int32_t>(ops.size()));
  if (isNew) {
    ops.push_back(makeOp(recording.kernels[kernel], recording.instructions[instruction]));
    ops.back().instruction = instruction;
    estimates.push_back(estimateOf(ops.back()));
  }
  return found->second;
}

//===----------------------------------------------------------------------------------------===//
// Operations
//===----------------------------------------------------------------------------------------===//

static int32_t coreMemoryOf(const tw_instruction &instruction) {
  return static_cast<int32_t>(instruction.regions[0].space == TW_GM ? instruction.regions[1].space
                                                                    : instruction.regions[0].space);
}

/// A lane's part of a slot as it lies there: rows of the whole tile.
static tw_region partOf(const tw_channel &channel, const tw_region &tile) {
  tw_region part = tile;
  part.space = TW_GM;
  part.base = 0;
  if (part.rank == 0)
    return part;
  part.strides[part.rank - 1] = 1;
  for (int64_t d = part.rank - 2; d >= 0; --d)
    part.strides[d] =
        d == part.rank - 2 ? channel.columns : part.strides[d + 1] * part.sizes[d + 1];
  return part;
}

Op Programs::makeOp(const recording::Kernel &kernel, const tw_instruction &given) {
  Op op = {Code::Execute, static_cast<uint8_t>(given.pipe), static_cast<uint8_t>(given.other_pipe)};
  op.event = static_cast<uint8_t>(given.event);
  op.channel = static_cast<int32_t>(given.channel);
  const tw_region *regions = given.regions;
  auto access = given.flags & TW_ATOMIC_ADD ? Access::Update : Access::Write;
  auto fixpipe = [&](const tw_region &source) {
    return source.space != TW_L0C
               ? 0
               : fixpipeTime(machine, source.rank > 1 ? source.sizes[source.rank - 2] : 1,
                             source.rank > 0 ? source.sizes[source.rank - 1] : 1);
  };
  switch (given.opcode) {
  case TW_SET_FLAG:
    op.code = Code::SetFlag;
    op.latency = machine.flag;
    break;
  case TW_WAIT_FLAG:
    op.code = Code::WaitFlag;
    break;
  case TW_CROSS_SET:
    op.code = Code::CrossSet;
    op.latency = machine.crossFlag;
    break;
  case TW_CROSS_WAIT:
    op.code = Code::CrossWait;
    break;
  case TW_BARRIER:
    op.code = given.kind == 1 ? Code::Meet : Code::Drain;
    op.latency = machine.barrier;
    break;
  case TW_READ_SCALAR:
    op.code = Code::ReadScalar;
    break;
  case TW_RELEASE:
    op.code = Code::Release;
    op.latency = machine.crossFlag;
    break;
  case TW_PUSH:
    if (kernel.channels.at(given.channel).direct) {
      op.code = Code::Send;
      op.hold = sendTime(machine, regions[0]);
      break;
    }
    op.code = Code::Push;
    op.latency = machine.gmWrite;
    op.movement =
        addMovement(Access::Write, coreMemoryOf(given),
                    partOf(kernel.channels.at(given.channel), regions[0]), fixpipe(regions[0]));
    break;
  case TW_POP:
    if (kernel.channels.at(given.channel).direct) {
      op.code = Code::Receive;
      break;
    }
    op.code = Code::Pop;
    op.movement = addMovement(Access::Read, coreMemoryOf(given),
                              partOf(kernel.channels.at(given.channel), regions[0]), 0);
    break;
  case TW_DMA_LOAD:
    op.code = Code::Transfer;
    op.movement = addMovement(Access::Read, coreMemoryOf(given), regions[0], 0);
    break;
  case TW_DMA_STORE:
  case TW_FIXPIPE:
    if (regions[1].space == TW_GM) {
      op.code = Code::Transfer;
      op.latency = machine.gmWrite + (access == Access::Update ? machine.atomicExtra : 0);
      op.movement = addMovement(access, coreMemoryOf(given), regions[1], fixpipe(regions[0]));
      break;
    }
    [[fallthrough]];
  default: {
    Cost cost = costOnCore(machine, given);
    op.hold = cost.hold;
    op.latency = cost.latency;
  }
  }
  return op;
}

//===----------------------------------------------------------------------------------------===//
// Movements
//===----------------------------------------------------------------------------------------===//

int32_t Programs::addMovement(Access access, int32_t core, const tw_region &region, Time latest) {
  Movement movement;
  movement.access = access;
  movement.rows = Rows(region);
  for (int32_t d = 0; d < movement.rows.rank; ++d)
    movement.isRegular = movement.isRegular && movement.rows.strides[d] % machine.alignedBytes == 0;
  movement.latest = latest;
  setRates(movement, core, latest);
  movements.push_back(movement);
  return static_cast<int32_t>(movements.size()) - 1;
}

void Programs::setRates(Movement &movement, int32_t core, Time latest) {
  bool reads = movement.access == Access::Read;
  SharedLink &l2 = reads ? links.l2Read : links.l2Write;
  std::string path =
      reads ? std::string("l2_to_") + nameOf(core) : std::string(nameOf(core)) + "_to_gm";
  for (int32_t ragged : {0, 1}) {
    double part = ragged ? machine.unalignedFraction : 1;
    // The fixpipe's formula says how fast it is; the cache alone limits what it writes.
    Rate rate = latest > 0 ? l2.rate() : machine.perCycle(part * machine.get("bandwidth." + path));
    movement.l2Rate[ragged] = std::min(rate, l2.rate());
    movement.l2Class[ragged] = classOf(l2, rate);
    // What is not in the cache: the HBM's path to the core.
    std::string miss = reads ? std::string("gm_to_") + nameOf(core) : path;
    rate =
        latest > 0 ? links.hbm.rate() : machine.perCycle(part * machine.get("bandwidth." + miss));
    movement.hbmRate[ragged] = std::min(rate, links.hbm.rate());
    movement.hbmClass[ragged] = classOf(links.hbm, rate);
  }
}

int32_t Programs::classOf(SharedLink &link, Rate rate) {
  auto [found, isNew] = classes.try_emplace({&link, rate}, 0);
  if (isNew)
    found->second = link.addClass(rate);
  return found->second;
}

} // namespace tilework::simulator
