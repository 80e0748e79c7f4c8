//===- Form.h - what can be said of one instruction alone ---------------------------*- C++ -*-===//

#ifndef TILEWORK_RUNTIME_CHECK_FORM_H
#define TILEWORK_RUNTIME_CHECK_FORM_H

#include "Findings.h"

namespace tilework::check {

/// How far an instruction can be followed once its form is known.
enum class Standing : uint8_t {
  Skipped,  ///< means nothing
  Ordering, ///< takes its turn and synchronises, but its operands mean nothing
  Whole,
};

/// Checks fields, pipe, memories, shapes, element types, bounds and alignment.
Standing checkForm(Findings &findings, Site site);

} // namespace tilework::check

#endif // TILEWORK_RUNTIME_CHECK_FORM_H
