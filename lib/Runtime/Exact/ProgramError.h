//===- ProgramError.h - an error of the program that is executed --------------------*- C++ -*-===//

#ifndef TILEWORK_RUNTIME_EXACT_PROGRAMERROR_H
#define TILEWORK_RUNTIME_EXACT_PROGRAMERROR_H

#include <stdexcept>
#include <string>

namespace tilework::runtime::exact {

/// Ends the execution; execute() adds the instruction and its location, and returns it.
struct ProgramError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

} // namespace tilework::runtime::exact

#endif // TILEWORK_RUNTIME_EXACT_PROGRAMERROR_H
