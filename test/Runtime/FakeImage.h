//===- FakeImage.h - images written by hand -----------------------------------------*- C++ -*-===//
//
// The native code of these images is C++, held to what native code may do: nothing with a
// destructor is alive where a service may leave.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_TEST_RUNTIME_FAKEIMAGE_H
#define TILEWORK_TEST_RUNTIME_FAKEIMAGE_H

#include "Run.h"

#include <deque>
#include <functional>
#include <vector>

namespace tilework::runtime {

using Native = void (*)(tw_host *, const int64_t *);

inline tw_arg memref(const char *name, int32_t slot, int32_t rank, int32_t direction) {
  return {TW_MEMREF, TW_I64, rank, slot, direction, 0, name};
}
inline tw_arg scalar(const char *name, int32_t slot) {
  return {TW_SCALAR, TW_I64, 0, slot, 0, 0, name};
}

/// The slots of a row-major part of a matrix of int64.
struct Matrix {
  int64_t *data;
  int64_t rows, columns, pitch;
  Matrix part(int64_t row, int64_t column, int64_t numRows, int64_t numColumns) const {
    return {data + row * pitch + column, numRows, numColumns, pitch};
  }
  void appendTo(std::vector<int64_t> &slots) const {
    for (int64_t slot :
         {reinterpret_cast<int64_t>(data), int64_t(0), rows, columns, pitch, int64_t(1)})
      slots.push_back(slot);
  }
};
constexpr int32_t matrixSlots = 6;

struct FakeImage {
  std::deque<std::vector<tw_arg>> args;
  std::vector<tw_kernel> kernels;
  std::vector<tw_check> checks;
  /// What the orchestration does. Native code cannot capture; it gets here by way of slot 0.
  std::function<void(tw_host *, const int64_t *)> orchestration;

  int32_t kernel(const char *name, Native run, std::vector<tw_arg> kernelArgs,
                 Native accesses = nullptr) {
    args.push_back(std::move(kernelArgs));
    int32_t slots = 0;
    for (const tw_arg &arg : args.back())
      slots = std::max(slots, arg.slot + (arg.kind == TW_MEMREF ? 2 + 2 * arg.rank : 1));
    kernels.push_back({name, "kernels.py:7:3", run, accesses, args.back().data(),
                       static_cast<int32_t>(args.back().size()), slots, nullptr});
    return kernels.size() - 1;
  }

  /// Runs `orchestration` with the given matrices as the caller's arrays.
  RunResult run(const std::vector<Matrix> &arrays, const RunOptions &options = {}) {
    std::vector<int64_t> slots = {reinterpret_cast<int64_t>(this)};
    std::vector<tw_arg> entryArgs = {scalar("image", 0)};
    for (const Matrix &array : arrays) {
      entryArgs.push_back(memref("array", slots.size(), 2, TW_READ_WRITE));
      array.appendTo(slots);
    }
    tw_entry entry = {"main",
                      "main.py:1:1",
                      [](tw_host *host, const int64_t *slots) {
                        reinterpret_cast<FakeImage *>(slots[0])->orchestration(host, slots + 1);
                      },
                      entryArgs.data(),
                      static_cast<int32_t>(entryArgs.size()),
                      static_cast<int32_t>(slots.size())};
    tw_image table = {};
    table.magic = TW_IMAGE_MAGIC;
    table.version = TW_IMAGE_VERSION;
    table.kernels = kernels.data();
    table.num_kernels = kernels.size();
    table.checks = checks.data();
    table.num_checks = checks.size();
    table.entries = &entry;
    table.num_entries = 1;
    Image image(table);
    return tilework::runtime::run(image, *image.findEntry("main"), slots, options);
  }
};

/// Submits a task on matrices and, after them, scalars.
inline int64_t submit(tw_host *host, int32_t kernel, std::initializer_list<Matrix> matrices,
                      std::initializer_list<int64_t> scalars = {},
                      std::initializer_list<int64_t> deps = {}) {
  int64_t slots[64], count = 0;
  for (const Matrix &m : matrices)
    for (int64_t slot :
         {reinterpret_cast<int64_t>(m.data), int64_t(0), m.rows, m.columns, m.pitch, int64_t(1)})
      slots[count++] = slot;
  for (int64_t value : scalars)
    slots[count++] = value;
  return host->submit(host, kernel, slots, deps.size(), deps.begin(), deps.size());
}

inline RunOptions traced() {
  RunOptions options;
  options.trace = true;
  options.threads = 2;
  return options;
}

} // namespace tilework::runtime

#endif // TILEWORK_TEST_RUNTIME_FAKEIMAGE_H
