//===- Checks.cpp - what streams, regions and operands have in common -------------------------===//

#include "Checks.h"
#include "InstructionCheck.h"
#include "ProgramError.h"

namespace tilework::runtime::exact {

void fail(const std::string &expected, const std::string &got) {
  throw ProgramError("expects " + expected + ", but got " + got);
}

std::string text(int64_t value) {
  return std::to_string(value);
}

std::string text(const Extents &sizes) {
  std::string result;
  for (int64_t size : sizes)
    result += (result.empty() ? "" : "x") + text(size);
  return result;
}

//===----------------------------------------------------------------------------------------===//
// The core
//===----------------------------------------------------------------------------------------===//

bool hasPipe(int32_t unit, int64_t pipe) {
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

/// The bytes of a slot that are used: of a direct one, by the larger part.
static __int128 usedBytes(const tw_channel &channel) {
  int64_t rows = channel.rows, columns = channel.columns;
  if (channel.direct && !channel.to_cube)
    switch (static_cast<Split>(channel.split)) {
    case Split::up_down:
      rows = (rows + 1) / 2;
      break;
    case Split::left_right:
      columns = (columns + 1) / 2;
      break;
    default:
      break;
    }
  return __int128(rows) * columns * elementBytes(channel.type);
}

/// That all slots lie in the ring memory, or in that of who receives; whether they share bytes
/// shows in what they carry.
static void checkRing(const tw_channel &channel, const CoreMemories &memories, int64_t ringBytes,
                      const std::string &name) {
  int64_t bytes = elementBytes(channel.type), slotBytes = channel.slot_bytes;
  int64_t space = channel.to_cube ? TW_L1 : TW_UB;
  std::string memory = "the rings";
  if (channel.direct) {
    ringBytes = memories.capacityBytes[space];
    memory = nameOfSpace(space);
  }
  if (channel.base % bytes || slotBytes % bytes)
    fail(name + " to have slots at multiples of its elements' " + text(bytes) + " bytes",
         text(slotBytes) + " bytes each at " + text(channel.base));
  if (usedBytes(channel) > slotBytes)
    fail(name + " to have slots that hold its tiles of " + text(channel.rows) + "x" +
             text(channel.columns),
         text(slotBytes) + " bytes");
  if (channel.base < 0 || channel.base + __int128(channel.slots) * slotBytes > ringBytes)
    fail(name + " to lie in the " + text(ringBytes) + " bytes of " + memory,
         text(channel.slots) + " slots of " + text(slotBytes) + " bytes at " + text(channel.base));
}

static void checkChannel(const tw_channel &channel, const std::string &name) {
  if (channel.rows < 0 || channel.columns < 0 || channel.slots < 1)
    fail(name + " to hold tiles in at least one slot",
         text(channel.slots) + " slots of " + text(channel.rows) + "x" + text(channel.columns));
  if (!elementBytes(channel.type))
    fail(name + " to have an element type", nameOfType(channel.type));
  if (channel.split < 0 || channel.split >= static_cast<int64_t>(Split::count))
    fail(name + " to have a split of 0 to 2", text(channel.split));
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
    checkRing(stream.channels[i], options.memories, stream.ringBytes, "channel " + text(i));
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

/// Of a region that a block transfers, or of one element.
static void checkAddress(const CoreMemories &memories, const tw_region &region, bool isElement,
                         const std::string &name) {
  int64_t alignment = elementBytes(region.type);
  if (region.base % alignment)
    fail(name + " to start at a multiple of its elements' " + text(alignment) + " bytes",
         text(region.base));
  if (region.space == TW_GM)
    return;
  std::string space = nameOfSpace(region.space);
  alignment = isElement ? 1 : memories.alignmentBytes[region.space];
  if (region.base % alignment)
    fail(name + " to start at a multiple of " + text(alignment) + " bytes of " + space,
         text(region.base));
  int64_t capacity = memories.capacityBytes[region.space];
  int64_t span = spanBytes(region);
  if (region.base < 0 || region.base > capacity - span)
    fail(name + " to lie in the " + text(capacity) + " bytes of " + space,
         text(span) + " bytes at " + text(region.base));
}

static void checkRegion(const CoreMemories &memories, int32_t unit, const tw_region &region,
                        bool isElement, const std::string &name) {
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
  checkAddress(memories, region, isElement, name);
}

//===----------------------------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------------------------===//

void InstructionCheck::regions(int64_t count, int64_t flags) {
  if (instruction.num_regions != count)
    fail(text(count) + " regions", text(instruction.num_regions));
  if (instruction.flags & ~flags)
    fail("no flags but " + text(flags), text(instruction.flags));
  for (int64_t i = 0; i < count; ++i)
    checkRegion(options.memories, unit, region(i), instruction.opcode == TW_READ_SCALAR, name(i));
}

void InstructionCheck::pipe(int64_t expected) {
  if (instruction.pipe != expected)
    fail("pipe " + nameOfPipe(expected), nameOfPipe(instruction.pipe));
}

void InstructionCheck::kind(int64_t value, int64_t count, const char *what) {
  if (value < 0 || value >= count)
    fail(std::string(what) + " of 0 to " + text(count - 1), text(value));
}

void InstructionCheck::space(int64_t operand, int64_t expected) {
  if (region(operand).space != expected)
    fail(name(operand) + " in " + nameOfSpace(expected), nameOfSpace(region(operand).space));
}

void InstructionCheck::type(int64_t operand, int64_t expected) {
  if (region(operand).type != expected)
    fail(name(operand) + " of type " + nameOfType(expected), nameOfType(region(operand).type));
}

void InstructionCheck::shape(int64_t operand, const Extents &expected) {
  if (sizes(operand) != expected)
    fail(name(operand) + " of shape " + text(expected), text(sizes(operand)));
}

void InstructionCheck::repeats(int64_t operand, const Extents &whole) {
  Extents own = sizes(operand);
  for (int d = 0; d < TW_STREAM_MAX_RANK; ++d)
    if (own[d] != whole[d] && own[d] != 1)
      fail(name(operand) + " of shape " + text(whole) + " or 1 instead", text(own));
}

void InstructionCheck::within(const Extents &part, const Extents &whole, const char *what) {
  for (int d = 0; d < TW_STREAM_MAX_RANK; ++d)
    if (part[d] > whole[d])
      fail(std::string(what) + " of at most " + text(whole), text(part));
}

void InstructionCheck::matrix(int64_t operand) {
  if (region(operand).rank != 2)
    fail(name(operand) + " of rank 2", text(region(operand).rank));
}

void InstructionCheck::scalar(int64_t type) {
  if (instruction.scalar_type != type)
    fail("a scalar of type " + nameOfType(type), nameOfType(instruction.scalar_type));
}

/// Of an accumulator.
void InstructionCheck::conversion(int64_t from, int64_t to) {
  bool converts = from == TW_F32 && (to == TW_BF16 || to == TW_F16);
  bool stays = from == to && (from == TW_F32 || from == TW_I32);
  if (!converts && !stays)
    fail("f32 to f32, bf16 or f16, or i32 to i32", nameOfType(from) + " to " + nameOfType(to));
}

} // namespace tilework::runtime::exact
