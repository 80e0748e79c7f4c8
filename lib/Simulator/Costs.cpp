//===- Costs.cpp - what an instruction costs on its own
//-------------------------------------------===//

#include "Costs.h"

#include <algorithm>
#include <cmath>

namespace tilework::simulator {

const char *nameOf(int64_t space) {
  static const char *const names[TW_SPACES] = {"gm", "l1", "l0a", "l0b", "l0c", "ub", "bt", "fb"};
  return names[space];
}

double pathBandwidth(const Machine &machine, int64_t from, int64_t to) {
  std::string entry = std::string("bandwidth.") + nameOf(from) + "_to_" + nameOf(to);
  double bandwidth = machine.get(entry);
  if (bandwidth <= 0)
    throw DescriptionError("the simulator expects '" + entry + "' to be above 0, but got 0");
  return bandwidth;
}

/// The largest odd factor of how many blocks of 8 a row has: blocks beyond a power of two go one
/// after the other.
static double oddPart(int64_t columns) {
  int64_t blocks = std::max<int64_t>(1, (columns + 7) / 8);
  return static_cast<double>(blocks / (blocks & -blocks));
}

Time fixpipeTime(const Machine &machine, int64_t rows, int64_t columns) {
  double row = std::max(machine.get("fixpipe.row_min"), machine.get("fixpipe.row_bytes_factor") *
                                                            static_cast<double>(columns) /
                                                            machine.get("fixpipe.row_divisor"));
  row += machine.get("fixpipe.odd_factor") * (oddPart(columns) - 1);
  return machine.cycles(machine.get("fixpipe.start") + static_cast<double>(rows) * row);
}

Time sendTime(const Machine &machine, const tw_region &tile) {
  if (tile.space == TW_L0C)
    return fixpipeTime(machine, tile.rank > 1 ? tile.sizes[tile.rank - 2] : 1,
                       tile.rank > 0 ? tile.sizes[tile.rank - 1] : 1);
  return machine.cycles(static_cast<double>(recording::bytesOf(tile)) /
                        pathBandwidth(machine, TW_UB, TW_L1));
}

//===----------------------------------------------------------------------------------------===//
// The cube
//===----------------------------------------------------------------------------------------===//

static Cost costOfProduct(const Machine &machine, const tw_instruction &mmad) {
  std::string width =
      "_" + std::to_string(8 * recording::elementBytes(mmad.regions[0].type)) + "_bit";
  auto blocks = [&](int64_t size, const std::string &entry) {
    return std::ceil(static_cast<double>(size) / machine.get("mmad." + entry));
  };
  double fractals = blocks(mmad.sizes[0], "m_block") * blocks(mmad.sizes[1], "k_block" + width) *
                    blocks(mmad.sizes[2], "n_block");
  return {machine.cycles(machine.get("mmad.start") + fractals * machine.get("mmad.passes" + width)),
          0};
}

static Cost costOfMove(const Machine &machine, const tw_instruction &move) {
  const tw_region &source = move.regions[0], &destination = move.regions[1];
  if (source.space == TW_L0C)
    return {fixpipeTime(machine, source.rank > 1 ? source.sizes[source.rank - 2] : 1,
                        source.rank > 0 ? source.sizes[source.rank - 1] : 1),
            0};
  double bytes =
      static_cast<double>(std::max(recording::bytesOf(source), recording::bytesOf(destination)));
  return {machine.cycles(bytes / pathBandwidth(machine, source.space, destination.space)), 0};
}

//===----------------------------------------------------------------------------------------===//
// The vector unit
//===----------------------------------------------------------------------------------------===//

/// The enums of the core dialect, as far as they differ in cost.
enum { UnaryNeg = 0, UnaryAbs = 1, UnaryRelu = 9, UnaryNot = 10, BinaryDiv = 3, BinaryFmod = 6 };

static const char *repeatEntry(const tw_instruction &vector) {
  switch (vector.opcode) {
  case TW_VECTOR_UNARY: {
    bool isSimple = vector.kind == UnaryNeg || vector.kind == UnaryAbs ||
                    vector.kind == UnaryRelu || vector.kind == UnaryNot;
    return isSimple ? "vector.simple_repeat" : "vector.special_repeat";
  }
  case TW_VECTOR_BINARY:
    if (vector.kind == BinaryDiv || vector.kind == BinaryFmod)
      return "vector.special_repeat";
    return vector.flags & TW_SCALAR_RHS ? "vector.simple_repeat" : "vector.binary_repeat";
  case TW_VECTOR_COMPARE:
  case TW_VECTOR_SELECT:
    return "vector.binary_repeat";
  case TW_VECTOR_REDUCE:
    return "vector.reduce_repeat";
  case TW_VECTOR_TRANSPOSE:
    return "vector.transpose_repeat";
  default:
    return "vector.simple_repeat";
  }
}

static Cost costOfVector(const Machine &machine, const tw_instruction &vector) {
  int64_t bytes = 0;
  for (int64_t r = 0; r < vector.num_regions; ++r)
    bytes = std::max(bytes, recording::bytesOf(vector.regions[r]));
  double repeats = std::ceil(static_cast<double>(bytes) / machine.get("vector.repeat_bytes"));
  return {machine.cycles(machine.get("vector.start") + repeats * machine.get(repeatEntry(vector))),
          machine.cycles(machine.get("vector.completion"))};
}

Cost costOnCore(const Machine &machine, const tw_instruction &instruction) {
  switch (instruction.opcode) {
  case TW_MMAD:
    return costOfProduct(machine, instruction);
  case TW_FIXPIPE:
  case TW_MOVE:
    return costOfMove(machine, instruction);
  default:
    return costOfVector(machine, instruction);
  }
}

} // namespace tilework::simulator
