//===- RacesText.h - claims and what refutes them, for readers ----------------------*- C++ -*-===//

#ifndef TILEWORK_RECORDING_RACES_RACESTEXT_H
#define TILEWORK_RECORDING_RACES_RACESTEXT_H

#include "Races.h"

namespace tilework::recording {

/// "the parallel loop over 'b' at model.py:12:14".
std::string nameClaim(const Recording &recording, const Claim &claim);

/// Why a refuted claim does not hold: both tasks with their lines and iterations, and what both
/// touch, in the indices of the tensor. A line each.
std::string explainRefutation(const Recording &recording, const Claim &claim);

} // namespace tilework::recording

#endif // TILEWORK_RECORDING_RACES_RACESTEXT_H
