//===- TensorPool.h - the memory of the tensors that a run allocates ----------------*- C++ -*-===//
//
// Holders come and go in the order of the program, tasks end later: a tensor that nobody holds any
// more awaits the end of the tasks submitted until then. Tasks before one have all ended is a
// comparison, so that nothing is counted by task.
//
// Memory of a tensor that has gone is kept for others of about its size. Keeping it never makes
// the run larger: it goes back to the host before something else would.
//
// Used by the orchestration thread alone.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_RUNTIME_TENSORPOOL_H
#define TILEWORK_RUNTIME_TENSORPOOL_H

#include "Arena.h"
#include "Reservation.h"

#include <deque>
#include <map>
#include <memory>
#include <unordered_map>

namespace tilework::runtime {

class TensorPool {
public:
  /// Where nobody touches the tensors, they get addresses alone.
  explicit TensorPool(bool reserves) : reserves(reserves) {}

  /// A tensor with one holder. Throws std::runtime_error.
  void *allocate(int64_t sizeBytes);
  /// One holder more. No tensor of the pool: nothing happens.
  void retain(const void *tensor);
  /// One holder less. True when that was the last one: the tensor then awaits the end of all tasks
  /// before `task`, which never descends.
  bool release(const void *tensor, int64_t task);
  /// Takes back what awaits no task from `oldest` on, after telling `forget(address)`.
  template <typename Forget> void collect(int64_t oldest, Forget forget) {
    for (; !awaiting.empty() && awaiting.front().task <= oldest; awaiting.pop_front()) {
      forget(awaiting.front().block.begin());
      takeBack(std::move(awaiting.front().block));
    }
  }
  /// The task before which all should have ended before more is allocated, so that the
  /// orchestration does not run away with memory; -1 for none. The more is held at once, and the
  /// more threads there are to use it, the farther it may be ahead.
  int64_t awaitedTask(int64_t threads) const;

  int64_t peakBytes() const { return peak; } ///< of all that has been taken from the host at once

private:
  struct Block {
    Memory memory;
    std::unique_ptr<Reservation> reservation; ///< instead
    int64_t sizeBytes;
    uintptr_t begin() const {
      return reservation ? reservation->span().begin : reinterpret_cast<uintptr_t>(memory.get());
    }
  };
  struct Tensor {
    Block block;
    int64_t holders;
  };
  struct Awaiting {
    Block block;
    int64_t task;
  };

  Block take(int64_t sizeBytes);
  void takeBack(Block block);

  const bool reserves;
  std::unordered_map<uintptr_t, Tensor> tensors; ///< that somebody holds; looked up alone
  std::deque<Awaiting> awaiting;                 ///< by task
  std::multimap<int64_t, Block> kept;            ///< by size
  // Bytes that tensors hold, that await, and that the host has given; and the most of some.
  int64_t held = 0, awaited = 0, taken = 0, mostHeld = 0, peak = 0;
};

} // namespace tilework::runtime

#endif // TILEWORK_RUNTIME_TENSORPOOL_H
