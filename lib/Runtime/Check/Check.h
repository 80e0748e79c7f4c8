//===- Check.h - judges a placed kernel over all its legal interleavings ------------*- C++ -*-===//
//
// The executor runs one interleaving; this checker decides for all of them. Pipes are in-order
// queues, and what orders them (flags, barriers, channels, cross flags) makes an instruction wait
// for particular earlier ones: a partial order, kept as vector clocks. Two accesses to the same
// byte, one of them a write, must be ordered by it. Accesses are exact strided rectangles.
//
// It follows StreamAbi.h and shares no code with any pass, nor with the executor.
//
// Exact, except that it refuses three kinds of kernels some of which would do no harm: two lanes
// that write equal values to the same bytes of global memory; a cross flag raised (or awaited) by
// pipes that nothing orders; unordered atomic additions of floats, whose sum depends on their
// order. And it knows no values: a select of a defined and an undefined element counts as defined.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_CHECK_CHECK_H
#define TILEWORK_RUNTIME_CHECK_CHECK_H

#include "KernelStream.h"

#include <optional>
#include <string>
#include <vector>

namespace tilework::check {

/// What is wrong, in the order of a report.
enum class Kind {
  Malformed,           ///< a field without meaning, or a unit that does not execute
  WrongPipe,           ///< a pipe of another unit, or not the pipe of the instruction
  WrongMemory,         ///< a memory of another unit, or not one the instruction works on
  WrongShape,          ///< sizes that do not fit together
  WrongType,           ///< element types that do not fit together
  EventOutOfRange,     ///< more events than the device has
  OutOfBounds,         ///< beyond the capacity of a memory or of the rings, or outside the given
                       ///< global memory
  Misaligned,          ///< a base that is no multiple of the memory's alignment
  OverlappingOperands, ///< one instruction writes what it reads, element by element elsewhere
  OverlappingRings,    ///< slots of channels that share bytes
  WrongSlot,           ///< a pop that shows other bytes than a direct channel has its next tile in
  WaitsForever,        ///< nothing satisfies a wait
  Deadlock,            ///< a cycle of waits
  FlagStillSet,        ///< a flag that some interleaving sets while it is set
  UnorderedCrossFlag,  ///< nothing orders two sets, or two waits, of one cross flag
  ReleaseOfNothing,    ///< a release without a popped slot
  FlagLeftSet,         ///< a flag set at the end
  CrossFlagLeftSet,    ///< a counter or arrivals not zero at the end
  ChannelLeftFull,     ///< a slot not free at the end
  ReadAfterWrite,      ///< nothing orders a read after the write it needs
  WriteAfterWrite,
  WriteAfterRead,
  UndefinedElement, ///< an element never written, or computed from one, reaches global memory or
                    ///< a scalar
};
constexpr int numKinds = static_cast<int>(Kind::UndefinedElement) + 1;

/// "read-after-write" and so on.
const char *nameOf(Kind kind);

/// An instruction, ready to be read by a human.
struct Place {
  int32_t unit = 0, pipe = 0;
  int64_t index = -1;      ///< in the stream of its unit
  std::string location;    ///< "file.py:12:5", or empty
  std::string description; ///< one line
};

/// One problem. Problems of the same instructions of a program met again are counted.
struct Finding {
  Kind kind;
  std::string message;       ///< "expects …, but got …"
  std::vector<Place> places; ///< the earlier instruction first; a cycle in the order of its waits
  int64_t count = 1;
};

/// Bytes [begin, end) of global memory.
struct GmRange {
  uintptr_t begin, end;
  std::string name; ///< for descriptions; empty: addresses are written
};

struct CheckOptions {
  CoreMemories memories;
  int64_t vectorBlockBytes = 32; ///< what bases of vector operands are multiples of
  int64_t flagsPerPipePair = 8;
  int64_t crossFlags = 16;
  /// All global memory the kernel may touch; empty: unchecked.
  std::vector<GmRange> gm;
  /// Where no undefined element may arrive; absent: anywhere in global memory.
  std::optional<std::vector<GmRange>> observed;
  bool findsRedundantFlags = false; ///< checks once more per flag in use
};

/// A flag without which the kernel has no finding either.
struct RedundantFlag {
  int32_t unit, from, to;
  int64_t event;
  int64_t pairs; ///< of set and wait
};

struct CheckReport {
  std::vector<Finding> findings; ///< by kind, then by first instruction
  std::array<int64_t, numKinds> counts = {};
  std::vector<RedundantFlag> redundantFlags; ///< each redundant alone, not all together
  int64_t instructions = 0;
  int64_t flagPairs = 0;

  bool isClean() const { return findings.empty(); }
  int64_t countOf(Kind kind) const { return counts[static_cast<int>(kind)]; }
  std::string text() const;
};

/// Judges `stream`; never executes it. Global memory that the kernel did not write is defined.
CheckReport check(const KernelStream &stream, const CheckOptions &options);

} // namespace tilework::check

#endif // TILEWORK_RUNTIME_CHECK_CHECK_H
