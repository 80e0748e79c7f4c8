//===- Capacity.h - what a graph asks of the runtime's rings --------------------------*- C++
//-*-===//
//
// The runtime keeps tasks, their dependences and their tensors in rings: all leave in the order
// they came, a task once it and all before it have been completed, a tensor once that holds for its
// last user. A task is submitted when there is room for it, so what the rings need follows from the
// graph.
//
// Why nothing can wait forever: a part is submitted when it fits behind what the completion of
// *all* tasks before it leaves there, and partsOf() makes no part that does not. Tasks wait only
// for earlier ones. So if the tasks of all parts before one get completed, that part gets its room,
// and then its tasks are completed too.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RECORDING_CAPACITY_H
#define TILEWORK_RECORDING_CAPACITY_H

#include "Graphs.h"

#include <string>
#include <vector>

namespace tilework::recording {

struct Rings {
  int64_t window = 0;      ///< tasks
  int64_t heap = 0;        ///< bytes
  int64_t dependences = 0; ///< entries
};

struct Capacity {
  Rings least;            ///< with less, some task can never be submitted
  Rings ample;            ///< with that, none ever waits for room, however slow the cores are
  int64_t heapTask = -1;  ///< for which the heap needs as much as it does at least
  int64_t entryTask = -1; ///< that has the most dependences
};

Capacity capacityOf(const Recording &recording);

/// Tasks [first, last), submitted together.
struct Part {
  int64_t first, last;
};

/// Rings with which the recording can never be executed; the message says who needs how much.
class CapacityError : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// Each graph in as few parts as fit into the rings, in the order of submission.
std::vector<Part> partsOf(const Recording &recording, const std::vector<Graph> &graphs,
                          const Rings &rings);

} // namespace tilework::recording

#endif // TILEWORK_RECORDING_CAPACITY_H
