//===- Forms.cpp - what each opcode demands of its instruction --------------------------------===//

#include "Checks.h"
#include "InstructionCheck.h"

#include <algorithm>

namespace tilework::runtime::exact {

//===----------------------------------------------------------------------------------------===//
// Transfers and products
//===----------------------------------------------------------------------------------------===//

void InstructionCheck::transfer() {
  bool loads = instruction.opcode == TW_DMA_LOAD, fixes = instruction.opcode == TW_FIXPIPE;
  regions(2, loads ? TW_PADS : TW_ATOMIC_ADD);
  int64_t chip = unit == TW_CUBE ? TW_L1 : TW_UB;
  if (loads) {
    pipe(TW_MTE2);
    space(0, TW_GM);
    space(1, chip);
    within(sizes(0), sizes(1), "a source");
    if (has(TW_PADS))
      scalar(region(1).type);
  } else {
    pipe(fixes ? TW_FIXP : TW_MTE3);
    space(0, fixes ? TW_L0C : TW_UB);
    space(1, TW_GM);
    within(sizes(1), sizes(0), "a destination");
  }
  if (fixes)
    conversion(region(0).type, region(1).type);
  else
    type(1, region(0).type);
  if (has(TW_ATOMIC_ADD) && region(1).type == TW_BOOL)
    fail("numbers to add", nameOfType(TW_BOOL));
}

void InstructionCheck::move() {
  regions(2, TW_TRANSPOSES);
  int64_t from = region(0).space, to = region(1).space;
  bool feeds = from == TW_L1 && (to == TW_L0A || to == TW_L0B || to == TW_BT || to == TW_FB);
  bool drains = from == TW_L0C && to == TW_L1;
  if (!feeds && !drains && !(from == TW_UB && to == TW_UB))
    fail("a move from l1 to l0a, l0b, bt or fb, from l0c to l1, or inside ub",
         nameOfSpace(from) + " to " + nameOfSpace(to));
  pipe(from == TW_UB ? TW_V : drains || to == TW_FB ? TW_FIXP : TW_MTE1);
  Extents expected = sizes(0);
  if (has(TW_TRANSPOSES)) {
    if (to != TW_L0A && to != TW_L0B)
      fail("a transposing move into l0a or l0b", nameOfSpace(to));
    matrix(0);
    std::swap(expected[3], expected[4]);
  }
  shape(1, expected);
  if (drains)
    conversion(region(0).type, region(1).type);
  else
    type(1, region(0).type);
}

void InstructionCheck::mmad() {
  regions(3, TW_STARTS);
  pipe(TW_M);
  space(0, TW_L0A);
  space(1, TW_L0B);
  space(2, TW_L0C);
  for (int64_t i = 0; i < 3; ++i)
    matrix(i);
  int64_t element = region(0).type;
  if (element != TW_F32 && element != TW_BF16 && element != TW_F16 && element != TW_I8)
    fail("operands of type f32, bf16, f16 or i8", nameOfType(element));
  type(1, element);
  type(2, element == TW_I8 ? TW_I32 : TW_F32);
  int64_t m = instruction.sizes[0], k = instruction.sizes[1], n = instruction.sizes[2];
  if (m < 0 || k < 0 || n < 0)
    fail("sizes that are not negative", text(m) + "x" + text(k) + "x" + text(n));
  within({1, 1, 1, m, k}, sizes(0), "sizes M and K");
  within({1, 1, 1, k, n}, sizes(1), "sizes K and N");
  within({1, 1, 1, m, n}, sizes(2), "sizes M and N");
}

//===----------------------------------------------------------------------------------------===//
// Vector instructions
//===----------------------------------------------------------------------------------------===//

/// `inputs` regions and the destination, all in ub.
void InstructionCheck::vector(int64_t inputs, int64_t flags) {
  regions(inputs + 1, flags);
  pipe(TW_V);
  for (int64_t i = 0; i <= inputs; ++i)
    space(i, TW_UB);
}

void InstructionCheck::unary() {
  vector(1, 0);
  kind(instruction.kind, static_cast<int64_t>(Unary::count), "a kind");
  shape(0, sizes(1));
  type(1, region(0).type);
  int64_t element = region(0).type;
  switch (static_cast<Unary>(instruction.kind)) {
  case Unary::neg:
  case Unary::abs:
  case Unary::relu:
    if (element == TW_BOOL)
      fail("numbers", nameOfType(element));
    return;
  case Unary::not_:
    if (isFloat(element))
      fail("integers", nameOfType(element));
    return;
  default:
    if (!isFloat(element))
      fail("floats", nameOfType(element));
  }
}

void InstructionCheck::binary() {
  bool isScalar = has(TW_SCALAR_RHS);
  vector(isScalar ? 1 : 2, TW_SCALAR_RHS);
  kind(instruction.kind, static_cast<int64_t>(Binary::count), "a kind");
  int64_t element = region(0).type;
  shape(0, sizesOf(last()));
  type(instruction.num_regions - 1, element);
  if (isScalar) {
    scalar(element);
  } else {
    repeats(1, sizes(0));
    type(1, element);
  }
  auto kind = static_cast<Binary>(instruction.kind);
  bool isBitwise = kind == Binary::and_ || kind == Binary::or_ || kind == Binary::xor_;
  if ((isBitwise || kind == Binary::shl || kind == Binary::shr) && isFloat(element))
    fail("integers", nameOfType(element));
  if (!isBitwise && element == TW_BOOL)
    fail("numbers", nameOfType(element));
}

void InstructionCheck::compare() {
  bool isScalar = has(TW_SCALAR_RHS);
  vector(isScalar ? 1 : 2, TW_SCALAR_RHS);
  kind(instruction.kind, static_cast<int64_t>(Predicate::count), "a predicate");
  shape(0, sizesOf(last()));
  type(instruction.num_regions - 1, TW_BOOL);
  if (isScalar)
    return scalar(region(0).type);
  repeats(1, sizes(0));
  type(1, region(0).type);
}

void InstructionCheck::select() {
  vector(3, 0);
  type(0, TW_BOOL);
  for (int64_t i = 0; i < 3; ++i)
    shape(i, sizes(3));
  for (int64_t i = 1; i < 3; ++i)
    type(i, region(3).type);
}

void InstructionCheck::cast() {
  vector(1, 0);
  kind(instruction.rounding, static_cast<int64_t>(Rounding::count), "a rounding");
  shape(0, sizes(1));
}

void InstructionCheck::reduce() {
  vector(1, 0);
  kind(instruction.kind, static_cast<int64_t>(Reduce::count), "a kind");
  kind(instruction.dim, 2, "a dimension");
  matrix(0);
  matrix(1);
  Extents expected = sizes(0);
  expected[3 + instruction.dim] = 1;
  shape(1, expected);
  bool isIndex = instruction.kind >= static_cast<int64_t>(Reduce::argmax);
  type(1, isIndex ? static_cast<int64_t>(TW_I32) : region(0).type);
  if (region(0).type == TW_BOOL && !isIndex)
    fail("numbers", nameOfType(TW_BOOL));
}

void InstructionCheck::fill() {
  bool isScalar = has(TW_SCALAR_RHS);
  vector(isScalar ? 0 : 1, TW_SCALAR_RHS);
  if (isScalar)
    return scalar(region(0).type);
  repeats(0, sizes(1));
  type(0, region(1).type);
}

void InstructionCheck::arange() {
  vector(0, 0);
  scalar(region(0).type);
  if (isFloat(region(0).type) || region(0).type == TW_BOOL)
    fail("integers", nameOfType(region(0).type));
}

void InstructionCheck::transposition() {
  vector(1, 0);
  matrix(0);
  matrix(1);
  Extents expected = sizes(0);
  std::swap(expected[3], expected[4]);
  shape(1, expected);
  type(1, region(0).type);
}

//===----------------------------------------------------------------------------------------===//
// Synchronisation
//===----------------------------------------------------------------------------------------===//

void InstructionCheck::flag() {
  regions(0, 0);
  if (!hasPipe(unit, instruction.other_pipe) || instruction.other_pipe == instruction.pipe)
    fail("a flag between two pipes of " + nameOfUnit(unit),
         nameOfPipe(instruction.pipe) + " and " + nameOfPipe(instruction.other_pipe));
  kind(instruction.event, flagEvents, "an event");
}

void InstructionCheck::crossFlag() {
  regions(0, 0);
  kind(instruction.event, crossEvents, "an event");
  if (!stream.hasCube || stream.lanes == 0)
    fail("a cross flag to join a cube core and vector cores", "only one of them");
}

void InstructionCheck::barrier() {
  regions(0, 0);
  kind(instruction.kind, 2, "a kind");
}

/// That a pop shows its slot in the rows that it is written in, those of the larger part.
void InstructionCheck::slotRows(const tw_channel &channel, const Extents &part) {
  bool isHalved = unit == TW_VECTOR_1 && channel.split == static_cast<int64_t>(Split::left_right);
  int64_t elements = isHalved ? channel.columns - part[4] : part[4];
  matrix(0);
  if (region(0).strides[1] != 1 || region(0).strides[0] != elements)
    fail("rows of " + text(elements) + " elements",
         text(region(0).strides[0]) + " with steps of " + text(region(0).strides[1]));
}

void InstructionCheck::channel() {
  bool isRelease = instruction.opcode == TW_RELEASE, pushes = instruction.opcode == TW_PUSH;
  regions(isRelease ? 0 : 1, 0);
  kind(instruction.channel, stream.numChannels, "a channel");
  const tw_channel &channel = stream.channels[instruction.channel];
  bool isCube = unit == TW_CUBE;
  if ((channel.to_cube != 0) != (pushes != isCube))
    fail(std::string("a channel to the ") + (pushes == isCube ? "vector cores" : "cube core"),
         std::string("one to the ") + (channel.to_cube ? "cube core" : "vector cores"));
  int64_t receiving = !channel.direct ? TW_MTE2 : isCube ? TW_MTE1 : TW_V;
  pipe(!pushes ? receiving : isCube ? TW_FIXP : TW_MTE3);
  if (isRelease)
    return;
  space(0, !isCube ? TW_UB : pushes ? TW_L0C : TW_L1);
  Extents part = {1, 1, 1, channel.rows, channel.columns};
  if (!isCube && channel.split != static_cast<int64_t>(Split::none)) {
    int64_t &size = part[channel.split == static_cast<int64_t>(Split::up_down) ? 3 : 4];
    size = unit == TW_VECTOR_0 ? size - size / 2 : size / 2;
  }
  within(sizes(0), part, "a tile");
  if (channel.direct && !pushes)
    slotRows(channel, part);
  if (pushes && isCube)
    conversion(region(0).type, channel.type);
  else
    type(0, channel.type);
}

//===----------------------------------------------------------------------------------------===//
// Scalars
//===----------------------------------------------------------------------------------------===//

void InstructionCheck::scalarRead() {
  regions(1, 0);
  pipe(TW_S);
  space(0, TW_UB);
  shape(0, {1, 1, 1, 1, 1});
  scalar(region(0).type);
}

//===----------------------------------------------------------------------------------------===//
// All
//===----------------------------------------------------------------------------------------===//

void InstructionCheck::run() {
  kind(instruction.opcode, TW_OPCODES, "an opcode");
  if (!hasPipe(unit, instruction.pipe))
    fail("a pipe of " + nameOfUnit(unit), nameOfPipe(instruction.pipe));
  switch (static_cast<tw_opcode>(instruction.opcode)) {
  case TW_DMA_LOAD:
  case TW_DMA_STORE:
  case TW_FIXPIPE:
    return transfer();
  case TW_MOVE:
    return move();
  case TW_MMAD:
    return mmad();
  case TW_VECTOR_UNARY:
    return unary();
  case TW_VECTOR_BINARY:
    return binary();
  case TW_VECTOR_COMPARE:
    return compare();
  case TW_VECTOR_SELECT:
    return select();
  case TW_VECTOR_CAST:
    return cast();
  case TW_VECTOR_REDUCE:
    return reduce();
  case TW_VECTOR_FILL:
    return fill();
  case TW_VECTOR_ARANGE:
    return arange();
  case TW_VECTOR_TRANSPOSE:
    return transposition();
  case TW_SET_FLAG:
  case TW_WAIT_FLAG:
    return flag();
  case TW_CROSS_SET:
  case TW_CROSS_WAIT:
    return crossFlag();
  case TW_BARRIER:
    return barrier();
  case TW_PUSH:
  case TW_POP:
  case TW_RELEASE:
    return channel();
  case TW_READ_SCALAR:
    return scalarRead();
  case TW_OPCODES:
    return;
  }
}

void checkInstruction(const KernelStream &stream, const ExactOptions &options, int32_t unit,
                      const tw_instruction &instruction) {
  InstructionCheck(stream, options, unit, instruction).run();
}

} // namespace tilework::runtime::exact
