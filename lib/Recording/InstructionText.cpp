//===- InstructionText.cpp - instructions for readers ----------------------------------------===//

#include "InstructionText.h"

#include <cstdio>

namespace tilework {

//===----------------------------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------------------------===//

template <size_t count>
static std::string nameOf(const char *const (&names)[count], int64_t value, const char *what) {
  if (value >= 0 && value < static_cast<int64_t>(count))
    return names[value];
  return std::string(what) + " " + std::to_string(value);
}

std::string nameOfUnit(int64_t unit) {
  static const char *const names[] = {"cube", "vector 0", "vector 1"};
  return nameOf(names, unit, "unit");
}

std::string nameOfSpace(int64_t space) {
  static const char *const names[] = {"gm", "l1", "l0a", "l0b", "l0c", "ub", "bt", "fb"};
  return nameOf(names, space, "space");
}

std::string nameOfPipe(int64_t pipe) {
  static const char *const names[] = {"mte1", "mte2", "mte3", "fixp", "m", "v", "s"};
  return nameOf(names, pipe, "pipe");
}

std::string nameOfOpcode(int64_t opcode) {
  static const char *const names[] = {
      "dma_load",      "dma_store",        "fixpipe",       "move",
      "mmad",          "vector_unary",     "vector_binary", "vector_compare",
      "vector_select", "vector_cast",      "vector_reduce", "vector_fill",
      "vector_arange", "vector_transpose", "set_flag",      "wait_flag",
      "cross_set",     "cross_wait",       "barrier",       "push",
      "pop",           "release",          "read_scalar"};
  return nameOf(names, opcode, "opcode");
}

std::string nameOfType(int64_t type) {
  static const char *const names[] = {"i1",   "i8",   "i16", "i32",  "i64", "ui8",   "ui16",
                                      "ui32", "ui64", "f16", "bf16", "f32", "index", "task id"};
  return nameOf(names, type, "type");
}

static std::string nameOfKind(const tw_instruction &instruction) {
  static const char *const unary[] = {"neg",  "abs",   "exp",   "log",  "sin", "cos",
                                      "sqrt", "rsqrt", "recip", "relu", "not"};
  static const char *const binary[] = {"add",  "sub", "mul", "div", "maximum", "minimum",
                                       "fmod", "and", "or",  "xor", "shl",     "shr"};
  static const char *const predicates[] = {"eq", "ne", "lt", "le", "gt", "ge"};
  static const char *const reductions[] = {"sum", "max", "min", "prod", "argmax", "argmin"};
  static const char *const roundings[] = {"none", "rint", "round", "floor", "ceil", "trunc", "odd"};
  switch (instruction.opcode) {
  case TW_VECTOR_UNARY:
    return " " + nameOf(unary, instruction.kind, "kind");
  case TW_VECTOR_BINARY:
    return " " + nameOf(binary, instruction.kind, "kind");
  case TW_VECTOR_COMPARE:
    return " " + nameOf(predicates, instruction.kind, "kind");
  case TW_VECTOR_REDUCE:
    return " " + nameOf(reductions, instruction.kind, "kind") + " dim " +
           std::to_string(instruction.dim);
  case TW_VECTOR_CAST:
    return " " + nameOf(roundings, instruction.rounding, "rounding");
  default:
    return "";
  }
}

//===----------------------------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------------------------===//

std::string hexadecimal(uint64_t value) {
  char text[32];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

static bool isRowMajor(const tw_region &region) {
  int64_t expected = 1;
  for (int64_t d = region.rank - 1; d >= 0; --d) {
    if (region.strides[d] != expected && region.sizes[d] != 1)
      return false;
    expected *= region.sizes[d];
  }
  return true;
}

static std::string list(const int64_t *values, int64_t count, const char *separator) {
  std::string text;
  for (int64_t i = 0; i < count; ++i)
    text += (i ? separator : "") + std::to_string(values[i]);
  return text;
}

namespace {
class Describer {
public:
  Describer(const tw_instruction &instruction, const NameAddress &nameAddress, bool knowsScalar)
      : instruction(instruction), nameAddress(nameAddress), knowsScalar(knowsScalar) {}
  std::string describe() const;

private:
  std::string describeRegion(int64_t index) const;
  std::string describeScalar() const;
  std::string describeOperands() const;
  std::string describeFlags() const;

  const tw_instruction &instruction;
  const NameAddress &nameAddress;
  const bool knowsScalar;
};
} // namespace

/// `ub f32[16x128:256,1]@0`: space, type, sizes, strides unless row-major, base.
std::string Describer::describeRegion(int64_t index) const {
  const tw_region &region = instruction.regions[index];
  std::string text = nameOfSpace(region.space) + " " + nameOfType(region.type) + "[";
  if (region.rank < 0 || region.rank > TW_STREAM_MAX_RANK)
    return text + "rank " + std::to_string(region.rank) + "]";
  text += list(region.sizes, region.rank, "x");
  if (!isRowMajor(region))
    text += ":" + list(region.strides, region.rank, ",");
  return text + "]@" + (region.space == TW_GM ? nameAddress(index) : std::to_string(region.base));
}

std::string Describer::describeScalar() const {
  std::string type = nameOfType(instruction.scalar_type);
  return knowsScalar ? type + " " + hexadecimal(instruction.scalar) : type;
}

/// The inputs, the scalar among them, an arrow and the destination.
std::string Describer::describeOperands() const {
  int64_t regions = instruction.num_regions;
  if (regions < 0 || regions > TW_STREAM_MAX_REGIONS)
    return " " + std::to_string(regions) + " regions";
  std::string text;
  bool isFirst = true;
  auto add = [&](const std::string &operand) {
    text += (isFirst ? " " : ", ") + operand;
    isFirst = false;
  };
  for (int64_t i = 0; i + 1 < regions; ++i)
    add(describeRegion(i));
  if ((instruction.flags & TW_SCALAR_RHS) || instruction.opcode == TW_VECTOR_ARANGE)
    add(describeScalar());
  if (regions > 0)
    text += " -> " + describeRegion(regions - 1);
  return text;
}

std::string Describer::describeFlags() const {
  std::string text;
  if (instruction.opcode == TW_MMAD)
    text += " sizes " + list(instruction.sizes, 3, "x");
  if (instruction.flags & TW_PADS)
    text += " pads " + describeScalar();
  if (instruction.flags & TW_ATOMIC_ADD)
    text += " atomic add";
  if (instruction.flags & TW_TRANSPOSES)
    text += " transposes";
  if (instruction.flags & TW_STARTS)
    text += " starts";
  return text;
}

std::string Describer::describe() const {
  std::string pipe = nameOfPipe(instruction.pipe);
  std::string text = pipe + " " + nameOfOpcode(instruction.opcode);
  std::string channel = " channel " + std::to_string(instruction.channel);
  std::string event = " event " + std::to_string(instruction.event);
  switch (instruction.opcode) {
  case TW_SET_FLAG:
    return text + " " + pipe + " -> " + nameOfPipe(instruction.other_pipe) + event;
  case TW_WAIT_FLAG:
    return text + " " + nameOfPipe(instruction.other_pipe) + " -> " + pipe + event;
  case TW_CROSS_SET:
  case TW_CROSS_WAIT:
    return text + event;
  case TW_BARRIER:
    return text + (instruction.kind == 1 ? " all" : "");
  case TW_PUSH:
    return text + " " + describeRegion(0) + " ->" + channel;
  case TW_POP:
    return text + channel + " -> " + describeRegion(0);
  case TW_RELEASE:
    return text + channel;
  case TW_READ_SCALAR:
    return text + " " + describeRegion(0) + " = " + describeScalar();
  default:
    return text + nameOfKind(instruction) + describeOperands() + describeFlags();
  }
}

std::string describe(const tw_instruction &instruction, const NameAddress &nameAddress,
                     bool knowsScalar) {
  return Describer(instruction, nameAddress, knowsScalar).describe();
}

std::string describe(const tw_instruction &instruction) {
  return describe(instruction,
                  [&](int64_t region) { return hexadecimal(instruction.regions[region].base); });
}

} // namespace tilework
