//===- Races.h - whether what a program claims of its tasks holds -------------------*- C++ -*-===//
//
// Two tasks conflict where both touch a byte of global memory and one writes it. A claim covers a
// conflict: a parallel loop, of tasks of different iterations; `no_dep`, of a task with others in
// one memory; `manual_dep`, of all tasks in one memory; explicit-only kernels, of their tasks with
// all others. A claim is refuted by a conflict that it covers and that nothing orders: neither
// explicit dependences, nor conflicts that no claim covers, nor waits of the orchestration, nor a
// chain of those. Where such a chain exists, it exists in every order in which tasks may run, so
// the verdict is not one on the order that happened.
//
// Judged on what tasks touched, not on what they declared, and from the recording alone: no code
// is shared with the runtime that finds dependences, nor with the compiler that proves claims.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RECORDING_RACES_RACES_H
#define TILEWORK_RECORDING_RACES_RACES_H

#include "Loops.h"
#include "Touched.h"

#include <optional>

namespace tilework::recording {

enum class ClaimKind { parallel, noDep, manualDep, explicitOnly };

/// A conflict that a claim covers.
struct Conflict {
  int64_t earlier, later; ///< tasks
  int32_t memory;
  bool earlierWrites, laterWrites;
  ByteSet bytes; ///< that both touch and one writes, from the memory's first
};

struct Claim {
  ClaimKind kind;
  int32_t subject;     ///< loop or kernel, as `kind` says; -1 for a memory
  std::string memory;  ///< name, of noDep and manualDep
  int64_t ordered = 0; ///< conflicts that it covers and that something orders
  int64_t unordered = 0;
  std::optional<Conflict> refutation; ///< the first of the unordered ones
};

/// Judges each claim that a recording makes: parallel loops in their order, memories, and then what
/// tasks claim, as it appears. Of conflicts with many tasks on the same bytes only those are looked
/// at, and counted, that the others follow from.
std::vector<Claim> judgeClaims(const Recording &recording);

} // namespace tilework::recording

#endif // TILEWORK_RECORDING_RACES_RACES_H
