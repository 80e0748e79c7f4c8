//===- Exact.h - carries out the instruction streams of a kernel --------------------*- C++ -*-===//
//
// The exact mode of the simulated device. One core group executes three instruction streams
// (StreamAbi.h) on modelled memories that start poisoned, one in-order queue per pipe, in a legal
// interleaving chosen by a seed: a program that lacks a flag gives wrong bits under some seed.
// Numerics are those of the tile dialect, written from its formulas; no code is shared with the
// compiler. Global memory is the host's, at the addresses of the regions.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_EXACT_EXACT_H
#define TILEWORK_RUNTIME_EXACT_EXACT_H

#include "KernelStream.h"

#include <cstdint>
#include <string>
#include <vector>

namespace tilework::runtime::exact {

/// A part of global memory that the kernel may touch.
struct GmRange {
  uintptr_t begin, end;
  /// One byte per byte of the range, not zero where it is defined: loads read them, stores write
  /// them. Null: an array of the caller, which is defined, and storing an undefined element in it
  /// is an error.
  uint8_t *defined = nullptr;
};

struct ExactOptions {
  CoreMemories memories;
  /// Chooses the interleaving. 0: always the instruction that is first in program order, so that
  /// everything happens as early as possible; 1: always the last one that can, so that everything
  /// else happens as late as possible; others: pseudo-random, most of them with one pipe or unit
  /// that moves only when nothing else can (Interleaving.h).
  uint64_t seed = 0;
  /// All of global memory that the kernel may touch; empty: unchecked, defined, no errors.
  std::vector<GmRange> gm;
  /// Follows undefined elements from memory to memory; off: faster, and `GmRange::defined` is not
  /// touched.
  bool tracksUndefined = true;
};

/// The first error of the program, or none.
struct ExactResult {
  std::string error;       ///< "expects …, but got …"; empty: none
  std::string instruction; ///< the one line of describe(); empty when no single one is at fault
  std::string location;    ///< of that instruction, "file.py:12:5"
  int32_t unit = -1;       ///< of that instruction
  int64_t index = -1;      ///< of that instruction in its stream
  int64_t steps = 0;       ///< instructions carried out

  bool isError() const { return !error.empty(); }
  /// Everything on one line: location, instruction, error.
  std::string message() const;
};

/// Carries out `stream`. Errors of the program are in the result; after one, global memory holds
/// what was stored until then. Thread-safe for streams that do not share global memory.
ExactResult execute(const KernelStream &stream, const ExactOptions &options);

} // namespace tilework::runtime::exact

#endif // TILEWORK_RUNTIME_EXACT_EXACT_H
