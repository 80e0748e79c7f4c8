//===- Mutants.h - good streams, broken in every way --------------------------------*- C++ -*-===//

#ifndef TILEWORK_TEST_RUNTIME_CHECK_MUTANTS_H
#define TILEWORK_TEST_RUNTIME_CHECK_MUTANTS_H

#include "Kernels.h"

#include <string>

namespace tilework::check {

struct Mutant {
  std::string kind;
  Kernel kernel;
  CheckOptions options;
};

/// All memories exactly as large as `kernel` needs; no alignment beyond that of elements.
CheckOptions tightOptions(const Kernel &kernel);

/// Every way to break `kernel` once, kind by kind.
std::vector<Mutant> mutantsOf(const Kernel &kernel);

} // namespace tilework::check

#endif // TILEWORK_TEST_RUNTIME_CHECK_MUTANTS_H
