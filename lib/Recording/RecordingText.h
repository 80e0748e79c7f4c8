//===- RecordingText.h - the tasks of a recording for readers -----------------------*- C++ -*-===//

#ifndef TILEWORK_RECORDING_RECORDINGTEXT_H
#define TILEWORK_RECORDING_RECORDINGTEXT_H

#include "Recording.h"

namespace tilework::recording {

/// `name+12`: the memory that holds a virtual address, and how far into it.
std::string nameAddress(const Recording &recording, int64_t address);

/// What a task waits for and executes: a line for each instruction with the line of the program it
/// comes from, unit by unit.
std::string describeTask(const Recording &recording, int64_t task);

} // namespace tilework::recording

#endif // TILEWORK_RECORDING_RECORDINGTEXT_H
