//===- Definedness.h - follows elements that were never written ---------------------*- C++ -*-===//
//
// Every byte has a cell: zero, or how it came to be undefined. On-chip memories and channels start
// undefined, a slot anew with each tile; global memory starts defined. What is computed from an
// undefined element is undefined: element by element; per row or column in reductions; in a
// product, the row of an undefined element of lhs and the column of one of rhs. Follows one order
// of the program, which is as good as any while no hazard is found.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_CHECK_DEFINEDNESS_H
#define TILEWORK_RUNTIME_CHECK_DEFINEDNESS_H

#include "Effects.h"
#include "Findings.h"
#include "Shadow.h"

namespace tilework::check {

class Definedness {
public:
  explicit Definedness(Findings &findings) : findings(findings) {}

  void visit(Site site, const Effects &effects);
  /// What bytes hold is lost.
  void forget(const Operand &operand);

private:
  Shadow &shadowOf(Memory memory);
  Cell worstOf(const Operand &operand);
  Cells gather(const Operand &operand);
  void scatter(const Operand &operand, const Cells &cells);
  Cells productOf(const Effects &effects);
  Cells choiceOf(const Effects &effects);
  void reduce(const tw_instruction &instruction, Operand input, Cells &result);
  Cells resultOf(const tw_instruction &instruction, const Effects &effects);
  Cell originOf(Site site);
  void reportDecision(Site site, Cell cell);
  void reportArrival(Site site, const Operand &destination, const Cells &cells);

  Findings &findings;
  std::unordered_map<Memory, Shadow> shadows;
  std::vector<Site> origins; ///< by cell - 1: who read elements that were never written
};

} // namespace tilework::check

#endif // TILEWORK_RUNTIME_CHECK_DEFINEDNESS_H
