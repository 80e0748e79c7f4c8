//===- InstructionCheck.h - one instruction and what is demanded of it --------------*- C++ -*-===//
//
// Checks.cpp says what operands have in common, Forms.cpp what each opcode demands.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_EXACT_INSTRUCTIONCHECK_H
#define TILEWORK_RUNTIME_EXACT_INSTRUCTIONCHECK_H

#include "Exact.h"
#include "Kinds.h"
#include "Memories.h"

namespace tilework::runtime::exact {

/// Throws a ProgramError: `expects …, but got …`.
[[noreturn]] void fail(const std::string &expected, const std::string &got);
std::string text(int64_t value);
/// `1x1x1x16x128`.
std::string text(const Extents &sizes);
bool hasPipe(int32_t unit, int64_t pipe);

/// Operands are named by position.
class InstructionCheck {
public:
  InstructionCheck(const KernelStream &stream, const ExactOptions &options, int32_t unit,
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
  void slotRows(const tw_channel &channel, const Extents &part);
  void scalarRead();

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

} // namespace tilework::runtime::exact

#endif // TILEWORK_RUNTIME_EXACT_INSTRUCTIONCHECK_H
