//===- Policy.h - what the simulated runtime decides ------------------------------*- C++ -*-===//

#ifndef TILEWORK_SIMULATOR_POLICY_H
#define TILEWORK_SIMULATOR_POLICY_H

#include <cstdint>

namespace tilework::simulator {

enum class Scheduling : int32_t {
  Fifo,         ///< tasks of both kinds of cores, of the cube, of vector cores; each oldest first
  CriticalPath, ///< the task with the longest path behind it, as far as that has been submitted
};

enum class Submission : int32_t {
  Tasks, ///< one by one
  Graph, ///< recorded graphs as a whole, where that is cheaper
};

struct Policy {
  Scheduling scheduling = Scheduling::CriticalPath;
  Submission submission = Submission::Graph;
  /// A task may be brought to a core while the last it waits for execute.
  bool earlyDispatch = true;
  /// Tensors of the run share addresses where the graph allows it.
  bool reuse = true;
};

} // namespace tilework::simulator

#endif // TILEWORK_SIMULATOR_POLICY_H
