//===- Rings.h - where the slots of channels lie ------------------------------------*- C++ -*-===//

#ifndef TILEWORK_RUNTIME_CHECK_RINGS_H
#define TILEWORK_RUNTIME_CHECK_RINGS_H

#include "Form.h"

namespace tilework::check {

/// Bounds, alignment and overlap of the channels that instructions use; each is reported once, at
/// the first push or pop of the channel. Such bytes are followed nevertheless, so that there may be
/// hazards as well. Whether the slots of a direct channel are anybody else's shows in hazards
/// alone; here its pops are to show the slots in turn.
void checkRings(Findings &findings, const std::array<std::vector<Standing>, TW_UNITS> &standings);

} // namespace tilework::check

#endif // TILEWORK_RUNTIME_CHECK_RINGS_H
