//===- IdArrays.h - ids of tasks by iteration -----------------------*- C++ -*-===//
//
// Arrays in which submissions leave their ids, as far as tokens take them, and others look them up.
//
//===------------------------------------------------------------------------===//

#ifndef TILEWORK_TRANSFORMS_TASK_IDARRAYS_H
#define TILEWORK_TRANSFORMS_TASK_IDARRAYS_H

#include "lib/Transforms/Task/Instances.h"
#include "lib/Transforms/Task/TermValues.h"

#include <map>

namespace tilework::task {

/// What an array of ids has of one of the producer's loops. On either side, as far as consumers
/// reach, there is room that stays empty.
enum class Extent {
  known, ///< a place for each iteration
  near,  ///< a place for each of the run's iterations, of which a consumer takes those near its own
  latest, ///< a place for each of the latest iterations of a loop that the consumer is in
  all,    ///< a place for each of the run's iterations, of which a consumer takes all
  last,   ///< one place, of the last iteration with a task
  joined, ///< one place, of all iterations so far
  upTo,   ///< a place for each iteration, of all up to that
  from    ///< likewise, of all from that on
};

/// The loops around a producer in an iteration of which its ids are kept, and how by the others.
struct ArrayKey {
  int producer, outer;
  mlir::SmallVector<Extent> extents; ///< by loop from `outer` on
  bool operator<(const ArrayKey &other) const {
    return std::tie(producer, outer, extents) <
           std::tie(other.producer, other.outer, other.extents);
  }
};

/// One dimension of an array of ids: a loop of the producer.
struct Dim {
  int loop;
  Extent extent;
  int64_t least = 0; ///< the first trip that has a place
  int64_t most = 0;  ///< the last one; where the run counts them, how many there are more
  bool isOfRun = false;
  mlir::Value trips = {}; ///< that the run counts, if it does

  int64_t size() const { return most - least + 1; } ///< where it is known
  /// Whether there is one place for all iterations.
  bool isOne() const { return extent == Extent::last || extent == Extent::joined; }
  /// Whether a place stands for those on one side as well.
  bool isSided() const { return extent == Extent::upTo || extent == Extent::from; }
};

/// Dimensions of which a consumer takes some that are near come first, those of which it takes all
/// come last.
struct IdArray {
  mlir::SmallVector<Dim> dims;
  mlir::Value array;

  bool isOf(Extent extent) const {
    return llvm::any_of(dims, [&](const Dim &dim) { return dim.extent == extent; });
  }
  bool isCounted() const {
    return llvm::any_of(dims, [](const Dim &dim) { return dim.trips; });
  }
  Dim &of(int loop) {
    return *llvm::find_if(dims, [&](const Dim &dim) { return dim.loop == loop; });
  }
};

/// The arrays of an entry. What is built goes where the builder is.
class IdArrays {
public:
  IdArrays(EntryOp entry, const AccessSets &sets, const tokens::Problem &problem,
           mlir::OpBuilder &builder)
      : entry(entry), sets(sets), problem(problem), builder(builder), loc(entry.getLoc()) {}

  /// Makes room for what the consumers of `token` look up, or a join for all of them.
  void reserve(const tokens::Token &token, bool isJoined);
  /// Creates all arrays, once everything is reserved, and has them filled by submissions.
  void create();
  /// Appends the ids of `token` for a consumer at the insertion point: ids, and contiguous parts of
  /// the array.
  void append(const tokens::Token &token, mlir::SmallVectorImpl<mlir::Value> &ids);

  /// How many iterations of a loop around a statement are looked at, if they are known.
  int64_t tripCount(int statement, unsigned loop) const;

private:
  ArrayKey keyOf(const tokens::Token &token) const;
  mlir::Operation *partOfIteration(const ArrayKey &key) const;
  bool keepsOthers(const ArrayKey &key) const;
  void clear(mlir::Value array);
  mlir::Value place(const IdArray &ids, llvm::function_ref<mlir::Value(const Dim &)> placeIn);
  mlir::Value ownPlace(const ArrayKey &key, const Dim &dim);
  void fill(const ArrayKey &key, const IdArray &ids);
  void passOn(const ArrayKey &key, const IdArray &ids);
  void passOn(const ArrayKey &key, const IdArray &ids, const Dim &dim, mlir::Value from,
              mlir::Value to);
  mlir::Value placeOf(const Dim &dim, const tokens::Token &token);

  mlir::Value constant(int64_t value);
  mlir::Value sum(mlir::Value a, mlir::Value b);
  mlir::Value product(mlir::Value a, mlir::Value b);
  mlir::Value trip(int loop);
  mlir::Value tripsOf(int loop);
  mlir::Value sizeOf(const Dim &dim);
  mlir::Value tripsIn(const Dim &dim);
  mlir::Value affine(const tokens::Affine &term, mlir::ArrayRef<int> loops);
  bool isGeneric(int loop) const { return problem.generic.count(loop) != 0; }

  EntryOp entry;
  const AccessSets &sets;
  const tokens::Problem &problem;
  mlir::OpBuilder &builder;
  mlir::Location loc; ///< of what is built
  std::map<ArrayKey, IdArray> arrays;
  TermValues values{sets.terms};
};

} // namespace tilework::task

#endif // TILEWORK_TRANSFORMS_TASK_IDARRAYS_H
