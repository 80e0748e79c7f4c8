//===- Graphs.h - what the runtime may submit as a whole ----------------------------*- C++ -*-===//

#ifndef TILEWORK_RECORDING_GRAPHS_H
#define TILEWORK_RECORDING_GRAPHS_H

#include "Recording.h"

namespace tilework::recording {

/// Tasks from `begin` up to `end`.
struct Graph {
  int64_t begin, end;
};

/// All tasks, as the longest graphs that the orchestration can hand over in one piece: it does not
/// wait in one for what a task of the same one writes. An outermost sequential loop begins a graph
/// with each iteration, as a model does with each of its layers.
std::vector<Graph> graphsOf(const Recording &recording);

} // namespace tilework::recording

#endif // TILEWORK_RECORDING_GRAPHS_H
