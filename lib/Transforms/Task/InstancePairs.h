//===- InstancePairs.h - which tasks of an entry are known to meet --*- C++ -*-===//
//
// Of the conflicts of an entry, those of which the boxes of tasks say for every pair of iterations
// whether they meet, or the sets for all at such a distance. The others are the runtime's.
//
//===------------------------------------------------------------------------===//

#ifndef TILEWORK_TRANSFORMS_TASK_INSTANCEPAIRS_H
#define TILEWORK_TRANSFORMS_TASK_INSTANCEPAIRS_H

#include "lib/Transforms/Task/Instances.h"
#include "lib/Transforms/Task/TermValues.h"

namespace tilework::task {

/// A touch of an instance.
struct Place {
  int instance, touch;
  mlir::SmallVector<bool, 4> isOpen; ///< by dimension, whether it may reach further than its box
  bool mayBeEmpty = false;           ///< where the tensor is
};

/// The touches of tasks, by access.
struct Places {
  explicit Places(size_t accesses)
      : isConcrete(accesses, true), isPlain(accesses, true), of(accesses) {}
  std::vector<bool> isConcrete; ///< all of them are boxes
  std::vector<bool> isPlain;    ///< that count from the tensor's begin
  std::vector<std::vector<Place>> of;
};

/// The trips of generic loops at which the accesses may meet and beyond which they do not; 0 if
/// there are no such, or only further than `limit`.
int64_t farthestTrips(const AccessSets &sets, TermValues &values, const Pair &pair, int64_t limit);

class InstancePairs {
public:
  /// Of generic loops `near` iterations that follow any one have been looked at.
  InstancePairs(const AccessSets &sets, TermValues &values, const Places &places, int64_t near)
      : sets(sets), values(values), places(places), near(near) {}

  /// Tells `problem` which arguments are known, and which accesses never meet, or at which
  /// distances they do.
  void judge(mlir::ArrayRef<Conflict> conflicts, const ArgumentNumbers &numbers,
             tokens::Problem &problem);

private:
  bool isTold(tokens::Problem &problem, const Conflict &conflict);
  enum class Answer { never, always, unknown };
  Answer ask(const Pair &pair, const tokens::Trips &first, const tokens::Trips &second);

  const AccessSets &sets;
  TermValues &values;
  const Places &places;
  int64_t near;
  std::map<std::vector<int64_t>, Answer> answers; ///< by pair and distances of iterations
};

} // namespace tilework::task

#endif // TILEWORK_TRANSFORMS_TASK_INSTANCEPAIRS_H
