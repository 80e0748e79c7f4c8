//===- Placement.h - where operands may lie -----------------------------------------*- C++ -*-===//

#ifndef TILEWORK_RUNTIME_CHECK_PLACEMENT_H
#define TILEWORK_RUNTIME_CHECK_PLACEMENT_H

#include "Findings.h"

namespace tilework::check {

/// Bounds and alignment of every region, and operands that overlap within one instruction.
void checkPlacement(Findings &findings, Site site);

} // namespace tilework::check

#endif // TILEWORK_RUNTIME_CHECK_PLACEMENT_H
