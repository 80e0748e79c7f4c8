//===- Parts.h - the parts of a recording's file ------------------------------------*- C++ -*-===//

#ifndef TILEWORK_RECORDING_PARTS_H
#define TILEWORK_RECORDING_PARTS_H

#include <cstdint>

namespace tilework::recording {

constexpr char mark[] = "TILEREC\n"; ///< its eight bytes, then the version

enum class Part : uint64_t {
  program,
  locations,
  memories,
  kernels,
  claims,
  loops,
  instructions,
  streams,
  patterns,
  tasks,
  waits,
  marks
};
constexpr const char *partNames[] = {"program",  "locations", "memories",     "kernels",
                                     "claims",   "loops",     "instructions", "streams",
                                     "patterns", "tasks",     "waits",        "marks"};

} // namespace tilework::recording

#endif // TILEWORK_RECORDING_PARTS_H
