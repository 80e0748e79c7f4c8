//===- Shapes.cpp - sizes and element types of the operands of one instruction ------*- C++ -*-===//

#include "Shapes.h"

#include "Describe.h"

namespace tilework::check {

static bool fits(const Extents &inner, const Extents &outer) {
  for (int d = 0; d < maxRank; ++d)
    if (inner[d] > outer[d])
      return false;
  return true;
}

static Extents swapped(Extents sizes) {
  std::swap(sizes[maxRank - 1], sizes[maxRank - 2]);
  return sizes;
}

/// Whether `sizes` equals `whole` once its unit dimensions are repeated.
static bool repeatsTo(const Extents &sizes, const Extents &whole) {
  for (int d = 0; d < maxRank; ++d)
    if (sizes[d] != whole[d] && sizes[d] != 1)
      return false;
  return true;
}

static bool isReduction(const tw_instruction &instruction, Extents input, const Extents &result) {
  int64_t rank = instruction.regions[0].rank;
  if (instruction.dim < 0 || instruction.dim >= rank)
    return false;
  input[maxRank - rank + instruction.dim] = 1;
  return input == result;
}

static bool productFits(const tw_instruction &instruction, const Extents *sizes) {
  auto [m, k, n] = instruction.sizes;
  return m >= 0 && k >= 0 && n >= 0 && fits({1, 1, 1, m, k}, sizes[0]) &&
         fits({1, 1, 1, k, n}, sizes[1]) && fits({1, 1, 1, m, n}, sizes[2]);
}

static bool shapesFit(const tw_instruction &instruction, const Extents *sizes,
                      const Extents &part) {
  const Extents &last = sizes[instruction.num_regions - 1];
  switch (instruction.opcode) {
  case TW_DMA_LOAD:
    return fits(sizes[0], last);
  case TW_DMA_STORE:
  case TW_FIXPIPE:
    return fits(last, sizes[0]);
  case TW_MOVE:
    return sizes[0] == (instruction.flags & TW_TRANSPOSES ? swapped(last) : last);
  case TW_MMAD:
    return productFits(instruction, sizes);
  case TW_VECTOR_TRANSPOSE:
    return sizes[0] == swapped(last);
  case TW_VECTOR_REDUCE:
    return isReduction(instruction, sizes[0], last);
  case TW_VECTOR_BINARY:
  case TW_VECTOR_COMPARE:
    return sizes[0] == last && repeatsTo(sizes[1], last);
  case TW_VECTOR_FILL:
    return repeatsTo(sizes[0], last);
  case TW_VECTOR_SELECT:
    return sizes[0] == last && sizes[1] == last && sizes[2] == last;
  case TW_PUSH:
  case TW_POP:
    return fits(last, part);
  case TW_READ_SCALAR:
    return last == Extents{1, 1, 1, 1, 1};
  default:
    return sizes[0] == last;
  }
}

static std::string sizesText(const tw_instruction &instruction) {
  std::string text;
  for (int64_t i = 0; i < instruction.num_regions; ++i)
    text += (i ? " and " : "") + describe(instruction.regions[i], {});
  return text;
}

/// What a pop shows of a slot lies as the slot does.
static bool hasRowsOfSlot(Findings &findings, Site site) {
  const tw_instruction &it = findings.at(site);
  const tw_region &region = it.regions[0];
  int64_t elements = slotRowElements(findings.stream.channels[it.channel]);
  bool isMatrix = region.rank == 2 && (region.sizes[1] <= 1 || region.strides[1] == 1);
  if (isMatrix && (region.sizes[0] <= 1 || region.strides[0] == elements))
    return true;
  findings.add(Kind::WrongShape, {site},
               "expects a matrix in rows of " + std::to_string(elements) +
                   " elements, as the slot has them, but got " + describe(region, {}));
  return false;
}

bool checkShapes(Findings &findings, Site site) {
  const tw_instruction &instruction = findings.at(site);
  Extents sizes[TW_STREAM_MAX_REGIONS], part = {1, 1, 1, 1, 1};
  for (int64_t i = 0; i < instruction.num_regions; ++i)
    sizes[i] = operandOf(instruction.regions[i], site.unit).sizes;
  if (instruction.opcode == TW_PUSH || instruction.opcode == TW_POP) {
    Part lane = partOf(findings.stream.channels[instruction.channel], site.unit);
    part = {1, 1, 1, lane.rows, lane.columns};
  }
  bool isInSlot =
      instruction.opcode == TW_POP && findings.stream.channels[instruction.channel].direct;
  if (isInSlot && !hasRowsOfSlot(findings, site))
    return false;
  if (shapesFit(instruction, sizes, part))
    return true;
  std::string expected = "sizes that fit together";
  if (instruction.opcode == TW_PUSH || instruction.opcode == TW_POP)
    expected = "at most " + std::to_string(part[3]) + "x" + std::to_string(part[4]) + " elements";
  findings.add(Kind::WrongShape, {site},
               "expects " + expected + ", but got " + sizesText(instruction));
  return false;
}

//===----------------------------------------------------------------------------------------===//
// Element types
//===----------------------------------------------------------------------------------------===//

/// What leaves l0c may be rounded on its way.
static bool drains(int64_t from, int64_t to) {
  return from == to || (from == TW_F32 && (to == TW_BF16 || to == TW_F16));
}

static bool typesFit(const KernelStream &stream, const tw_instruction &instruction) {
  const tw_region *regions = instruction.regions;
  int64_t first = regions[0].type, last = regions[instruction.num_regions - 1].type;
  bool leavesL0c = regions[0].space == TW_L0C;
  switch (instruction.opcode) {
  case TW_DMA_LOAD:
  case TW_DMA_STORE:
  case TW_FIXPIPE:
  case TW_MOVE:
    return leavesL0c ? drains(first, last) : first == last;
  case TW_PUSH: {
    int64_t type = stream.channels[instruction.channel].type;
    return leavesL0c ? drains(first, type) : first == type;
  }
  case TW_POP:
    return first == stream.channels[instruction.channel].type;
  case TW_MMAD:
    return first == regions[1].type && last == (first == TW_I8 ? TW_I32 : TW_F32) &&
           (isFloat(first) || first == TW_I8);
  case TW_VECTOR_BINARY:
    return first == last && regions[1].type == last;
  case TW_VECTOR_COMPARE:
    return last == TW_BOOL && (instruction.num_regions == 2 || first == regions[1].type);
  case TW_VECTOR_SELECT:
    return first == TW_BOOL && regions[1].type == last && regions[2].type == last;
  case TW_VECTOR_REDUCE:
    return first == last || last == TW_I32;
  case TW_VECTOR_CAST:
    return true;
  case TW_READ_SCALAR:
    return first == instruction.scalar_type;
  default:
    return first == last;
  }
}

bool checkTypes(Findings &findings, Site site) {
  const tw_instruction &instruction = findings.at(site);
  if (typesFit(findings.stream, instruction))
    return true;
  findings.add(Kind::WrongType, {site},
               "expects element types that fit together, but got " + sizesText(instruction));
  return false;
}

} // namespace tilework::check
