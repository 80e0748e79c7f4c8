//===- MissingValues.cpp - what a timing-only run cannot read --------------------------------===//

#include "MissingValues.h"

namespace tilework::runtime {

void MissingValues::addRoot(Span root, bool isTensor) {
  std::lock_guard lock(mutex);
  roots.try_emplace(root.begin, Root{root, isTensor, {}});
}

void MissingValues::removeRoot(uintptr_t begin) {
  std::lock_guard lock(mutex);
  roots.erase(begin);
}

void MissingValues::addArgument(Span span, const char *name) {
  std::lock_guard lock(mutex);
  arguments.push_back({span, name});
}

void MissingValues::addWrite(Span root, const Box &box, int64_t task, const tw_kernel &kernel,
                             const char *argument) {
  std::lock_guard lock(mutex);
  roots.at(root.begin).writes.push_back({box, task, &kernel, argument});
}

std::optional<std::string> MissingValues::explain(Span bytes, int64_t task) {
  std::lock_guard lock(mutex);
  auto after = roots.upper_bound(bytes.begin);
  if (after == roots.begin())
    return std::nullopt;
  const Root &root = std::prev(after)->second;
  View view = {bytes.begin, static_cast<int64_t>(bytes.end - bytes.begin), 0, nullptr, nullptr};
  Box read;
  if (!makeBox(view, {}, root.span, read))
    return std::nullopt;
  for (auto write = root.writes.rbegin(); write != root.writes.rend(); ++write)
    if (write->task < task && overlap(read, write->box))
      return std::string("expects the values of '") + write->argument + "', which task '" +
             write->kernel->name + "' at " + write->kernel->location +
             " computes, but this run is timing-only; pass them as an argument on cpu, or all "
             "tensors on cpu";
  for (const Argument &argument : arguments)
    if (argument.span.begin <= bytes.begin && bytes.end <= argument.span.end)
      return std::string("expects the values of '") + argument.name +
             "', but got a meta tensor; pass a tensor on cpu";
  if (root.isTensor)
    return "expects a defined element, but got one that no task has written";
  return std::nullopt;
}

} // namespace tilework::runtime
