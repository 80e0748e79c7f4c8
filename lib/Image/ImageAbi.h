//===- ImageAbi.h - what generated native code and the runtime agree on ---------------*- C -*-===//
//
// A device image is a shared object that exports `const struct tw_image tilework_image`. This
// header is the whole agreement, in plain C; test/Image/ImageAbiTest.c pins its layout. A change of
// any layout or meaning raises TW_IMAGE_VERSION.
//
// Slots. Every argument list is an array of 64-bit slots. A memref of rank r takes 2 + 2r of
// them: pointer, offset, r sizes, r strides (offset and strides in elements). A scalar takes one:
// integers and index sign-extended; f32, bf16 and f16 as their bits, zero-extended; bool 0 or 1.
// A task id takes one; -1 is no task.
//
//===------------------------------------------------------------------------------------------===//

#ifndef TILEWORK_IMAGE_IMAGEABI_H
#define TILEWORK_IMAGE_IMAGEABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TW_IMAGE_MAGIC 0x4d495754u /* the bytes "TWIM" */
#define TW_IMAGE_VERSION 10u
#define TW_IMAGE_SYMBOL "tilework_image"
#define TW_MAX_RANK 8
#define TW_NO_TASK (-1)

enum tw_type {
  TW_BOOL = 0,
  TW_I8 = 1,
  TW_I16 = 2,
  TW_I32 = 3,
  TW_I64 = 4,
  TW_U8 = 5,
  TW_U16 = 6,
  TW_U32 = 7,
  TW_U64 = 8,
  TW_F16 = 9,
  TW_BF16 = 10,
  TW_F32 = 11,
  TW_INDEX = 12,
  TW_TASK_ID = 13
};

enum tw_kind { TW_SCALAR = 0, TW_MEMREF = 1, TW_TASK = 2 };
enum tw_direction { TW_READ = 1, TW_WRITE = 2, TW_READ_WRITE = 3 };
enum tw_arg_flag {
  TW_NO_DEP = 1, /* a claim: recorded, never acted on */
  TW_STATIC = 2  /* the ids given at submission are all dependences through it */
};
enum tw_kernel_flag { TW_EXPLICIT = 1 };  /* a claim on all arguments */
enum tw_alloc_flag { TW_MANUAL_DEP = 1 }; /* a claim on all tasks that are given the tensor */
enum tw_loop_kind { TW_SEQUENTIAL = 0, TW_PARALLEL = 1 }; /* parallel: a claim */
enum tw_verdict { TW_UNJUDGED = 0, TW_ASSUMED = 1, TW_PROVEN = 2 };

/// The services native code calls. Every function but `fail` returns to its caller; each may leave
/// the native code instead (a failed run, a cancelled run), so native code holds nothing that
/// needs releasing across a call.
typedef struct tw_host tw_host;
typedef struct tw_instruction tw_instruction; /* StreamAbi.h */
typedef struct tw_walk tw_walk;
struct tw_host {
  /* Orchestration. */

  /// Queues a task and returns its id. `slots` and `deps` are copied; ids of -1 in `deps` are
  /// skipped. The first `num_given` are the author's, the others the compiler has found.
  int64_t (*submit)(tw_host *, int32_t kernel, const int64_t *slots, int64_t num_deps,
                    const int64_t *deps, int64_t num_given);
  /// A tensor in global memory: 64-byte aligned, undefined, with one holder. It lives until it has
  /// none, or the run ends. `flags`: enum tw_alloc_flag.
  void *(*alloc)(tw_host *, int64_t size_bytes, int32_t flags);
  /// Returns once no pending task writes these bytes: the orchestration is about to read them, at
  /// `location`.
  void (*wait)(tw_host *, const void *address, int64_t size_bytes, const char *location);
  /// A task that only waits for others.
  int64_t (*join)(tw_host *, int64_t num_deps, const int64_t *deps, int64_t num_given);

  /* Region programs. */

  /// Declares a rectangle of memref argument `arg` (an index into tw_kernel.args), in the
  /// argument's own dimensions, elements.
  void (*access)(tw_host *, int32_t arg, int32_t direction, const int64_t *offsets,
                 const int64_t *sizes);

  /* Kernels. */

  /// On-chip tile storage: 64-byte aligned, undefined, released when the task ends.
  void *(*scratch)(tw_host *, int64_t size_bytes);

  /* Kernels, region programs and orchestration. */

  /// A run-time check failed: does not return.
  void (*fail)(tw_host *, int32_t check, const int64_t *values);

  /* Walks. */

  /// The next instruction of the unit; copied.
  void (*emit)(tw_host *, const tw_instruction *instruction);

  /* Kernels and walks. */

  /// A kernel has read an element of a tile, a value as in a slot; `number` says where. Kept where
  /// a walk will ask.
  void (*observe)(tw_host *, int32_t number, int64_t value);
  /// What the kernel has read there: the k-th time that the walk of a unit asks, the k-th value.
  /// `location` as in an instruction.
  int64_t (*recall)(tw_host *, int32_t number, int32_t location);
  /// The walk is about to read a scalar of global memory.
  void (*look)(tw_host *, const void *address, int64_t size_bytes, int32_t location);

  /* Orchestration. */

  /// Loop `loop` of the image begins; its variable will be lower, lower + step … Matters to
  /// recordings alone, as the two services below.
  void (*enter)(tw_host *, int32_t loop, int64_t lower, int64_t step);
  /// The next iteration of the innermost loop begins.
  void (*next)(tw_host *);
  /// The innermost loop has ended.
  void (*leave)(tw_host *);
  /// Fails, naming `location`, if two elements of a memref of rank 1 are equal, except to one of
  /// the `num_ignored` values. Returns once no pending task writes them.
  void (*assume_distinct)(tw_host *, const int64_t *memref, int32_t element_type,
                          int64_t num_ignored, const int64_t *ignored, const char *location);
  /// The tensor that alloc() gave has one more holder. NULL, and what alloc() has not given: there
  /// is nobody to tell.
  void (*retain)(tw_host *, const void *tensor);
  /// It has one holder less. Without any, it may be given to no task submitted from now on; its
  /// memory is used again when those submitted before have ended.
  void (*release)(tw_host *, const void *tensor);
  /// Memory for values of the orchestration's own: 64-byte aligned, undefined. It lives as long as
  /// the run.
  void *(*keep)(tw_host *, int64_t size_bytes);
};

typedef struct {
  int32_t kind;         /* enum tw_kind */
  int32_t element_type; /* enum tw_type */
  int32_t rank;
  int32_t slot;      /* the argument's first slot */
  int32_t direction; /* enum tw_direction; scalars: 0 */
  int32_t flags;     /* enum tw_arg_flag */
  const char *name;
} tw_arg;

typedef struct {
  const char *name;
  const char *location; /* "file.py:12:5" */
  void (*run)(tw_host *, const int64_t *slots);
  /// Declares what `run` will touch; runs at submission. NULL: every memref argument, whole, in
  /// its declared direction.
  void (*accesses)(tw_host *, const int64_t *slots);
  const tw_arg *args;
  int32_t num_args;
  int32_t num_slots;
  const tw_walk *walk; /* NULL: the kernel has not been placed */
  int32_t flags;       /* enum tw_kernel_flag */
  int32_t reserved;
} tw_kernel;

/// A loop of an orchestration that holds submissions.
typedef struct {
  const char *location;
  const char *variable; /* "" where it has no name */
  int32_t kind;         /* enum tw_loop_kind */
  int32_t verdict;      /* enum tw_verdict, of parallel ones */
} tw_loop;

typedef struct {
  const char *message; /* "{0}", "{1}" stand for the values */
  const char *location;
  int32_t num_values;
  int32_t reserved;
} tw_check;

typedef struct {
  const char *name;
  const char *location;
  void (*run)(tw_host *, const int64_t *slots);
  const tw_arg *args;
  int32_t num_args;
  int32_t num_slots;
} tw_entry;

typedef struct tw_image {
  uint32_t magic;
  uint32_t version;
  const char *target; /* the device description's name, "a2a3" */
  const char *producer;
  const tw_kernel *kernels;
  const tw_check *checks;
  const tw_entry *entries;
  const tw_loop *loops;
  int32_t num_kernels;
  int32_t num_checks;
  int32_t num_entries;
  int32_t num_loops;
} tw_image;

#ifdef __cplusplus
}
#endif

#endif // TILEWORK_IMAGE_IMAGEABI_H
