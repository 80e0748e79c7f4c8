//===- Checks.cpp - whether an instruction is well formed -------------------------------------===//

#include "Checks.h"
#include "Kinds.h"
#include "Memories.h"
#include "ProgramError.h"

#include <algorithm>

namespace tilework::runtime::exact {

[[noreturn]] static void fail(const std::string &message) {
  throw ProgramError(message);
}

[[noreturn]] static void fail(const std::string &expected, const std::string &got) {
  fail("expects " + expected + ", but got " + got);
}

static std::string text(int64_t value) {
  return std::to_string(value);
}

static std::string text(const Extents &sizes) {
  std::string result;
  for (int64_t size : sizes)
    result += (result.empty() ? "" : "x") + text(size);
  return result;
}

//===----------------------------------------------------------------------------------------===//
// The core
//===----------------------------------------------------------------------------------------===//

static bool hasPipe(int32_t unit, int64_t pipe) {
  switch (pipe) {
  case TW_MTE1:
  case TW_FIXP:
  case TW_M:
    return unit == TW_CUBE;
  case TW_MTE3:
  case TW_V:
    return unit != TW_CUBE;
  case TW_MTE2:
  case TW_S:
    return true;
  default:
    return false;
  }
}

static bool hasMemory(int32_t unit, int64_t space) {
  if (space < 0 || space >= TW_SPACES)
    return false;
  return space == TW_GM || (space == TW_UB) == (unit != TW_CUBE);
}

static bool isExecuted(const KernelStream &stream, int32_t unit) {
  return unit == TW_CUBE ? stream.hasCube : unit <= stream.lanes;
}

static void checkChannel(const tw_channel &channel, const std::string &name) {
  if (channel.rows < 0 || channel.columns < 0 || channel.slots < 1)
    fail(name + " to hold tiles in at least one slot",
         text(channel.slots) + " slots of " + text(channel.rows) + "x" + text(channel.columns));
  if (!elementBytes(channel.type))
    fail(name + " to have an element type", nameOfType(channel.type));
  if (channel.split < 0 || channel.split >= static_cast<int64_t>(Split::count))
    fail(name + " to have a split of 0 to 2", text(channel.split));
  auto split = static_cast<Split>(channel.split);
  int64_t size = split == Split::left_right ? channel.columns : channel.rows;
  if (split != Split::none && size % 2)
    fail(name + " to split an even size", text(size));
}

void checkStream(const KernelStream &stream, const ExactOptions &options) {
  if (stream.lanes < 0 || stream.lanes > 2)
    fail("0, 1 or 2 vector cores", text(stream.lanes));
  for (int32_t unit = 0; unit < TW_UNITS; ++unit)
    if (stream.units[unit].count && !isExecuted(stream, unit))
      fail("no instructions for " + nameOfUnit(unit) + ", which does not execute",
           text(stream.units[unit].count));
  for (int64_t i = 0; i < stream.numChannels; ++i) {
    checkChannel(stream.channels[i], "channel " + text(i));
    if (!stream.hasCube || stream.lanes == 0)
      fail("a channel to join a cube core and vector cores", "only one of them");
  }
  for (int32_t space = 0; space < TW_SPACES; ++space)
    if (options.memories.alignmentBytes[space] < 1)
      fail("an alignment of at least 1 for " + nameOfSpace(space),
           text(options.memories.alignmentBytes[space]));
}

//===----------------------------------------------------------------------------------------===//
// Regions
//===----------------------------------------------------------------------------------------===//

static void checkAddress(const CoreMemories &memories, const tw_region &region,
                         const std::string &name) {
  int64_t alignment = elementBytes(region.type);
  if (region.base % alignment)
    fail(name + " to start at a multiple of its elements' " + text(alignment) + " bytes",
         text(region.base));
  if (region.space == TW_GM)
    return;
  std::string space = nameOfSpace(region.space);
  alignment = memories.alignmentBytes[region.space];
  if (region.base % alignment)
    fail(name + " to start at a multiple of " + text(alignment) + " bytes of " + space,
         text(region.base));
  int64_t capacity = memories.capacityBytes[region.space];
  int64_t span = spanBytes(region);
  if (region.base < 0 || (span && region.base + span > capacity))
    fail(name + " to lie in the " + text(capacity) + " bytes of " + space,
         "bytes " + text(region.base) + " to " + text(region.base + span));
}

static void checkRegion(const CoreMemories &memories, int32_t unit, const tw_region &region,
                        const std::string &name) {
  if (!hasMemory(unit, region.space))
    fail(name + " to lie in a memory of " + nameOfUnit(unit), nameOfSpace(region.space));
  if (!elementBytes(region.type))
    fail(name + " to have an element type", nameOfType(region.type));
  if (region.rank < 0 || region.rank > TW_STREAM_MAX_RANK)
    fail(name + " to have at most " + text(TW_STREAM_MAX_RANK) + " dimensions", text(region.rank));
  for (int64_t d = 0; d < region.rank; ++d)
    if (region.sizes[d] < 0 || region.strides[d] < 0)
      fail(name + " to have no negative size or stride",
           text(region.sizes[d]) + " and " + text(region.strides[d]) + " in dim " + text(d));
  checkAddress(memories, region, name);
}

//===----------------------------------------------------------------------------------------===//
// Instructions
//===----------------------------------------------------------------------------------------===//

namespace {
/// One instruction; its operands by position.
class Check {
public:
  Check(const KernelStream &stream, const ExactOptions &options, int32_t unit,
        const tw_instruction &instruction)
      : stream(stream), options(options), unit(unit), instruction(instruction) {}
  void run();

private:
  void transfer();
  void move();
  void mmad();
  void unary();
  void binary();
  void compare();
  void select();
  void cast();
  void reduce();
  void fill();
  void arange();
  void transposition();
  void flag();
  void crossFlag();
  void barrier();
  void channel();

  void regions(int64_t count, int64_t flags);
  void pipe(int64_t expected);
  void vector(int64_t inputs, int64_t flags);
  void kind(int64_t value, int64_t count, const char *what);
  void space(int64_t operand, int64_t expected);
  void type(int64_t operand, int64_t expected);
  void shape(int64_t operand, const Extents &expected);
  void repeats(int64_t operand, const Extents &sizes);
  void within(const Extents &part, const Extents &whole, const char *what);
  void matrix(int64_t operand);
  void scalar(int64_t type);
  void conversion(int64_t from, int64_t to);

  const tw_region &region(int64_t operand) const { return instruction.regions[operand]; }
  const tw_region &last() const { return region(instruction.num_regions - 1); }
  Extents sizes(int64_t operand) const { return sizesOf(region(operand)); }
  bool has(int64_t flag) const { return instruction.flags & flag; }
  static std::string name(int64_t operand) { return "operand " + text(operand); }

  const KernelStream &stream;
  const ExactOptions &options;
  int32_t unit;
  const tw_instruction &instruction;
};
} // namespace

void Check::regions(int64_t count, int64_t flags) {
  if (instruction.num_regions != count)
    fail(text(count) + " regions", text(instruction.num_regions));
  if (instruction.flags & ~flags)
    fail("no flags but " + text(flags), text(instruction.flags));
  for (int64_t i = 0; i < count; ++i)
    checkRegion(options.memories, unit, region(i), name(i));
}

void Check::pipe(int64_t expected) {
  if (instruction.pipe != expected)
    fail("pipe " + nameOfPipe(expected), nameOfPipe(instruction.pipe));
}

void Check::kind(int64_t value, int64_t count, const char *what) {
  if (value < 0 || value >= count)
    fail(std::string(what) + " of 0 to " + text(count - 1), text(value));
}

void Check::space(int64_t operand, int64_t expected) {
  if (region(operand).space != expected)
    fail(name(operand) + " in " + nameOfSpace(expected), nameOfSpace(region(operand).space));
}

void Check::type(int64_t operand, int64_t expected) {
  if (region(operand).type != expected)
    fail(name(operand) + " of type " + nameOfType(expected), nameOfType(region(operand).type));
}

void Check::shape(int64_t operand, const Extents &expected) {
  if (sizes(operand) != expected)
    fail(name(operand) + " of shape " + text(expected), text(sizes(operand)));
}

void Check::repeats(int64_t operand, const Extents &whole) {
  Extents own = sizes(operand);
  for (int d = 0; d < TW_STREAM_MAX_RANK; ++d)
    if (own[d] != whole[d] && own[d] != 1)
      fail(name(operand) + " of shape " + text(whole) + " or 1 instead", text(own));
}

void Check::within(const Extents &part, const Extents &whole, const char *what) {
  for (int d = 0; d < TW_STREAM_MAX_RANK; ++d)
    if (part[d] > whole[d])
      fail(std::string(what) + " of at most " + text(whole), text(part));
}

void Check::matrix(int64_t operand) {
  if (region(operand).rank != 2)
    fail(name(operand) + " of rank 2", text(region(operand).rank));
}

void Check::scalar(int64_t type) {
  if (instruction.scalar_type != type)
    fail("a scalar of type " + nameOfType(type), nameOfType(instruction.scalar_type));
}

/// Of an accumulator.
void Check::conversion(int64_t from, int64_t to) {
  bool converts = from == TW_F32 && (to == TW_BF16 || to == TW_F16);
  bool stays = from == to && (from == TW_F32 || from == TW_I32);
  if (!converts && !stays)
    fail("f32 to f32, bf16 or f16, or i32 to i32", nameOfType(from) + " to " + nameOfType(to));
}

//===----------------------------------------------------------------------------------------===//
// Transfers and products
//===----------------------------------------------------------------------------------------===//

void Check::transfer() {
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

void Check::move() {
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

void Check::mmad() {
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
void Check::vector(int64_t inputs, int64_t flags) {
  regions(inputs + 1, flags);
  pipe(TW_V);
  for (int64_t i = 0; i <= inputs; ++i)
    space(i, TW_UB);
}

void Check::unary() {
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

void Check::binary() {
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

void Check::compare() {
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

void Check::select() {
  vector(3, 0);
  type(0, TW_BOOL);
  for (int64_t i = 0; i < 3; ++i)
    shape(i, sizes(3));
  for (int64_t i = 1; i < 3; ++i)
    type(i, region(3).type);
}

void Check::cast() {
  vector(1, 0);
  kind(instruction.rounding, static_cast<int64_t>(Rounding::count), "a rounding");
  shape(0, sizes(1));
}

void Check::reduce() {
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
  if (region(0).type == TW_BOOL)
    fail("numbers", nameOfType(TW_BOOL));
}

void Check::fill() {
  bool isScalar = has(TW_SCALAR_RHS);
  vector(isScalar ? 0 : 1, TW_SCALAR_RHS);
  if (isScalar)
    return scalar(region(0).type);
  repeats(0, sizes(1));
  type(0, region(1).type);
}

void Check::arange() {
  vector(0, 0);
  scalar(region(0).type);
  if (isFloat(region(0).type) || region(0).type == TW_BOOL)
    fail("integers", nameOfType(region(0).type));
}

void Check::transposition() {
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

void Check::flag() {
  regions(0, 0);
  if (!hasPipe(unit, instruction.other_pipe) || instruction.other_pipe == instruction.pipe)
    fail("a flag between two pipes of " + nameOfUnit(unit),
         nameOfPipe(instruction.pipe) + " and " + nameOfPipe(instruction.other_pipe));
  kind(instruction.event, flagEvents, "an event");
}

void Check::crossFlag() {
  regions(0, 0);
  kind(instruction.event, crossEvents, "an event");
  if (!stream.hasCube || stream.lanes == 0)
    fail("a cross flag to join a cube core and vector cores", "only one of them");
}

void Check::barrier() {
  regions(0, 0);
  kind(instruction.kind, 2, "a kind");
}

void Check::channel() {
  bool isRelease = instruction.opcode == TW_RELEASE, pushes = instruction.opcode == TW_PUSH;
  regions(isRelease ? 0 : 1, 0);
  kind(instruction.channel, stream.numChannels, "a channel");
  const tw_channel &channel = stream.channels[instruction.channel];
  bool isCube = unit == TW_CUBE;
  if ((channel.to_cube != 0) != (pushes != isCube))
    fail(std::string("a channel to the ") + (pushes == isCube ? "vector cores" : "cube core"),
         std::string("one to the ") + (channel.to_cube ? "cube core" : "vector cores"));
  pipe(!pushes ? TW_MTE2 : isCube ? TW_FIXP : TW_MTE3);
  if (isRelease)
    return;
  space(0, !isCube ? TW_UB : pushes ? TW_L0C : TW_L1);
  Extents part = {1, 1, 1, channel.rows, channel.columns};
  if (!isCube && channel.split != static_cast<int64_t>(Split::none))
    part[channel.split == static_cast<int64_t>(Split::up_down) ? 3 : 4] /= 2;
  within(sizes(0), part, "a tile");
  if (pushes && isCube)
    conversion(region(0).type, channel.type);
  else
    type(0, channel.type);
}

void Check::run() {
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
  case TW_OPCODES:
    return;
  }
}

void checkInstruction(const KernelStream &stream, const ExactOptions &options, int32_t unit,
                      const tw_instruction &instruction) {
  Check(stream, options, unit, instruction).run();
}

} // namespace tilework::runtime::exact
