//===- MissingValues.h - what a timing-only run cannot read -------------------------*- C++ -*-===//
//
// A timing-only run executes nothing: arrays without memory behind them, and all that tasks would
// compute, have no values. Where control flow wants one, this says whose it is and how to supply
// it.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_MISSINGVALUES_H
#define TILEWORK_RUNTIME_MISSINGVALUES_H

#include "Region.h"

#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace tilework::runtime {

class MissingValues {
public:
  /// Memory of the run, in which boxes are given: the caller's, or a tensor that holds nothing
  /// before a task writes it. Roots share no byte.
  void addRoot(Span root, bool isTensor);
  /// A root that no task touches any more.
  void removeRoot(uintptr_t begin);
  /// An argument, a part of a root, that has addresses alone.
  void addArgument(Span span, const char *name);
  void addWrite(Span root, const Box &box, int64_t task, const tw_kernel &kernel,
                const char *argument);

  /// Why bytes have no values for `task`; none if they have. Any thread may ask.
  std::optional<std::string> explain(Span bytes, int64_t task);

private:
  struct Write {
    Box box;
    int64_t task;
    const tw_kernel *kernel;
    const char *argument;
  };
  struct Root {
    Span span;
    bool isTensor;
    std::vector<Write> writes;
  };
  struct Argument {
    Span span;
    const char *name;
  };

  std::mutex mutex;
  std::map<uintptr_t, Root> roots; ///< by first byte
  std::vector<Argument> arguments;
};

} // namespace tilework::runtime

#endif // TILEWORK_RUNTIME_MISSINGVALUES_H
